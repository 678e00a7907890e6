//! Fingerprints, which tell models apart.

use crate::sql::Sql;

const DIGITS: usize = 16;

const PRIME: u64 = 0x0100_0000_01b3;

/// A fingerprint of text: 64-bit FNV-1a. A macro can hash what it knows and leave the rest to const evaluation.
///
/// It is not a cryptographic hash (<https://datatracker.ietf.org/doc/html/rfc9923>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// The fingerprint of empty text.
    pub const START: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The current value.
    pub const fn state(self) -> u64 {
        self.0
    }

    /// Appends text.
    #[must_use]
    pub const fn with(self, text: &str) -> Self {
        let Self(mut state) = self;
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            state = (state ^ bytes[at] as u64).wrapping_mul(PRIME);
            at += 1;
        }
        Self(state)
    }

    /// Appends SQL; how it is split into pieces does not matter.
    #[must_use]
    pub const fn with_sql(self, sql: Sql) -> Self {
        match sql {
            Sql::Text(text) => self.with(text),
            Sql::Join(parts) | Sql::Json(parts) => {
                let mut all = self;
                let mut at = 0;
                while at < parts.len() {
                    all = all.with_sql(parts[at]);
                    at += 1;
                }
                all
            }
        }
    }

    /// Appends another fingerprint. The fingerprint of empty text adds nothing.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        if other.0 == Self::START.0 { self } else { Self((self.0 ^ other.0).wrapping_mul(PRIME)) }
    }

    /// Combines several fingerprints in order.
    pub const fn of_states(states: &[u64]) -> Self {
        let (mut all, mut at) = (Self::START, 0);
        while at < states.len() {
            all = all.and(Self(states[at]));
            at += 1;
        }
        all
    }

    /// As 16 hexadecimal digits.
    pub const fn digits(self) -> [u8; DIGITS] {
        let Self(mut rest) = self;
        let mut digits = [0; DIGITS];
        let mut at = DIGITS;
        while at > 0 {
            at -= 1;
            digits[at] = b"0123456789abcdef"[(rest & 15) as usize];
            rest >>= 4;
        }
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::Fingerprint;
    use crate::sql::Sql;

    #[test]
    fn it_depends_on_the_text_and_not_on_how_it_is_split() {
        let cut = Sql::Join(&[Sql::Text("a"), Sql::Join(&[Sql::Text("é"), Sql::Text("")]), Sql::Text("b")]);
        let whole = Fingerprint::START.with("aéb");
        assert_eq!(Fingerprint::START.with_sql(cut), whole);
        assert_ne!(Fingerprint::START.with("aéc"), whole);
    }

    #[test]
    fn the_order_of_appended_fingerprints_matters() {
        let [a, b] = ["a", "b"].map(|text| Fingerprint::START.with(text));
        assert_ne!(Fingerprint::START.and(a).and(b), Fingerprint::START.and(b).and(a));
        let states = [a.state(), Fingerprint::START.state(), b.state()];
        assert_eq!(Fingerprint::of_states(&states), Fingerprint::START.and(a).and(b));
    }

    #[test]
    fn it_matches_the_reference_value_in_the_rfc() {
        // The reference value of FNV-1a 64 for "a" in RFC 9923.
        assert_eq!(&Fingerprint::START.with("a").digits(), b"af63dc4c8601ec8c");
    }
}
