//! SQL text that can be put together in const evaluation.
//!
//! A macro cannot see through `RoleId` to `uuid`; a trait can, but only when the compiler evaluates it.
//! So the derive hands over fragments, some of them constants of [`SqlType`](crate::SqlType), and they are
//! joined here while the user's crate compiles: `MIGRATION_SQL` is a plain `&'static str` in the binary.

/// A piece of SQL: text, or the pieces it is made of, in order.
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    /// Text as it stands.
    Text(&'static str),
    /// Pieces, one after the other.
    Join(&'static [Sql]),
}

const DIGITS: usize = 16;

impl Sql {
    /// The text's length in bytes.
    pub const fn len(self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Join(parts) => {
                let mut total = 0;
                let mut at = 0;
                while at < parts.len() {
                    total += parts[at].len();
                    at += 1;
                }
                total
            }
        }
    }

    /// Whether there is no text at all.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The text as bytes.
    ///
    /// # Panics
    ///
    /// When `N` is not [`len`](Self::len).
    pub const fn bytes<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        let end = self.write(&mut bytes, 0);
        assert!(end == N, "the length that was asked for is not the length of the text");
        bytes
    }

    /// The text as bytes, with zeros behind it.
    pub(crate) const fn padded<const N: usize>(self) -> [u8; N] {
        let mut bytes = [0; N];
        self.write(&mut bytes, 0);
        bytes
    }

    const fn write(self, into: &mut [u8], mut at: usize) -> usize {
        match self {
            Self::Text(text) => {
                into.split_at_mut(at).1.split_at_mut(text.len()).0.copy_from_slice(text.as_bytes());
                at + text.len()
            }
            Self::Join(parts) => {
                let mut next = 0;
                while next < parts.len() {
                    at = parts[next].write(into, at);
                    next += 1;
                }
                at
            }
        }
    }

    /// A fingerprint of the text: FNV-1a of 64 bits, in 16 hexadecimal digits.
    ///
    /// It tells one model from another, it does not protect against anybody
    /// (<https://datatracker.ietf.org/doc/html/rfc9923>).
    pub const fn fingerprint(self) -> [u8; DIGITS] {
        let mut rest = self.hash(0xcbf2_9ce4_8422_2325);
        let mut digits = [0; DIGITS];
        let mut at = DIGITS;
        while at > 0 {
            at -= 1;
            digits[at] = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        digits
    }

    const fn hash(self, mut state: u64) -> u64 {
        match self {
            Self::Text(text) => {
                let bytes = text.as_bytes();
                let mut at = 0;
                while at < bytes.len() {
                    state = (state ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
                    at += 1;
                }
                state
            }
            Self::Join(parts) => {
                let mut at = 0;
                while at < parts.len() {
                    state = parts[at].hash(state);
                    at += 1;
                }
                state
            }
        }
    }
}

/// The bytes of [`Sql::bytes`] as text.
///
/// # Panics
///
/// When they are not UTF-8.
pub const fn text(bytes: &[u8]) -> &str {
    match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(_) => panic!("text joined from text is UTF-8"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Sql, text};

    const NESTED: Sql =
        Sql::Join(&[Sql::Text("a"), Sql::Join(&[Sql::Text("é"), Sql::Text("")]), Sql::Text("b")]);
    const BYTES: [u8; NESTED.len()] = NESTED.bytes();

    #[test]
    fn pieces_are_joined_in_order_while_compiling() {
        const JOINED: &str = text(&BYTES);
        assert_eq!(JOINED, "aéb");
    }

    #[test]
    fn the_fingerprint_sees_text_and_not_how_it_was_cut() {
        assert_eq!(NESTED.fingerprint(), Sql::Text("aéb").fingerprint());
        assert_ne!(NESTED.fingerprint(), Sql::Text("aéc").fingerprint());
        // The reference value of FNV-1a 64 for "a" in RFC 9923.
        assert_eq!(&Sql::Text("a").fingerprint(), b"af63dc4c8601ec8c");
    }
}
