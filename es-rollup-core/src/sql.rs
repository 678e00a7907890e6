//! SQL text that can be put together in const evaluation.
//!
//! A macro cannot see through `RoleId` to `uuid`; a trait can, but only when the compiler evaluates it.
//! So the derive hands over fragments, some of them constants of [`SqlType`](crate::SqlType), and they are
//! joined here while the user's crate compiles: `MIGRATION_SQL` is a plain `&'static str` in the binary.

use std::fmt;

/// A piece of SQL: text, or the pieces it is made of, in order.
#[derive(Clone, Copy, Debug)]
pub enum Sql {
    /// Text as it stands.
    Text(&'static str),
    /// Pieces, one after the other.
    Join(&'static [Sql]),
}

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
}

impl fmt::Display for Sql {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => out.write_str(text),
            Self::Join(parts) => parts.iter().try_for_each(|part| part.fmt(out)),
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
    fn pieces_are_joined_when_they_are_shown_too() {
        assert_eq!(NESTED.to_string(), "aéb");
    }
}
