//! How migrations are named: by the tool for which they are written.

/// The tool, or rather the form of its files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// `1_name.up.sql` and `1_name.down.sql`.
    Pair,
    /// `1_name.sql`, without a way back.
    Forward,
    /// `V1__name.sql`, without a way back.
    Refinery,
    /// `1_name.sql` with both directions in it.
    Dbmate,
}

/// The line above the way there.
pub const UP: &str = "-- migrate:up";
/// The line above the way back.
pub const DOWN: &str = "-- migrate:down";

/// The name of a file, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The number or the time in it.
    pub version: u64,
    /// The digits of the version.
    pub digits: usize,
    /// The form; `None` if only the content tells.
    pub form: Option<Form>,
    /// Whether it is the way back of a pair.
    pub is_down: bool,
}

impl Name {
    /// The name of a migration; `None` if the file is none.
    pub fn parse(name: &str) -> Option<Self> {
        let stem = name.strip_suffix(".sql")?;
        let (rest, refinery) = match stem.strip_prefix(['V', 'U']) {
            Some(rest) => (rest, true),
            None => (stem, false),
        };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let version = digits.parse().ok()?;
        let after = &rest[digits.len()..];
        if !after.starts_with(if refinery { "__" } else { "_" }) {
            return None;
        }
        let (form, is_down) = match (refinery, stem.rsplit_once('.').map(|(_, direction)| direction)) {
            (true, _) => (Some(Form::Refinery), false),
            (false, Some("up")) => (Some(Form::Pair), false),
            (false, Some("down")) => (Some(Form::Pair), true),
            (false, _) => (None, false),
        };
        Some(Self { version, digits: digits.len(), form, is_down })
    }
}

#[cfg(test)]
mod tests {
    use super::{Form, Name};

    #[test]
    fn migrations_are_told_from_other_files() {
        let pair = Name::parse("0007_users.up.sql").expect("a migration");
        assert_eq!((pair.version, pair.digits, pair.form), (7, 4, Some(Form::Pair)));
        assert!(Name::parse("0007_users.down.sql").expect("a migration").is_down);
        assert_eq!(Name::parse("V3__users.sql").expect("a migration").form, Some(Form::Refinery));
        assert_eq!(Name::parse("20260101000000_users.sql").expect("a migration").form, None);
        for other in ["es-rollup.heads", "users.sql", "7users.sql", "V3_users.sql", "0007_users.txt"] {
            assert_eq!(Name::parse(other), None, "{other}");
        }
    }
}
