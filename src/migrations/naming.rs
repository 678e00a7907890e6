//! How new migrations are named: as the others in the directory are.

use chrono::Utc;
use es_rollup_core::migrations::{Form, Name};

/// The versions of new migrations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Versions {
    next: u64,
    /// At least so many digits.
    digits: usize,
}

impl Versions {
    /// Above all that are there: numbered if these are, or else by the time. They are numbered if the last two follow each
    /// other, or if the only one is 0 or 1, as sqlx-cli has it
    /// (<https://github.com/launchbadge/sqlx/blob/v0.8.6/sqlx-cli/src/migrate.rs>).
    pub(super) fn above(names: &[Name], form: Form) -> Self {
        let mut versions: Vec<(u64, usize)> = names.iter().map(|name| (name.version, name.digits)).collect();
        versions.sort_unstable();
        versions.dedup_by_key(|(version, _)| *version);
        let numbered = match versions.as_slice() {
            [] => form == Form::Refinery,
            [(only, _)] => *only <= 1,
            // Two that are a second apart are no numbers.
            [.., (before, _), (last, _)] => last - before == 1 && !is_time(*last),
        };
        let last = versions.last().copied();
        let above = last.map_or(0, |(last, _)| last + 1);
        // The versions of refinery are numbers of 32 bits.
        if numbered || form == Form::Refinery && !last.is_some_and(|(last, _)| is_time(last)) {
            let digits = last.map_or(1, |(_, digits)| digits);
            return Self { next: above.max(1), digits };
        }
        let now = Utc::now().format("%Y%m%d%H%M%S").to_string();
        Self { next: now.parse().map_or(above, |now: u64| now.max(above)), digits: now.len() }
    }

    pub(super) fn next(&mut self) -> String {
        self.next += 1;
        format!("{:0digits$}", self.next - 1, digits = self.digits)
    }
}

/// Whether a version is a time, and not a number.
fn is_time(version: u64) -> bool {
    version > u64::from(u32::MAX)
}

/// The names of a migration's files, the way there first.
pub(super) fn files(form: Form, version: &str, name: &str) -> Vec<String> {
    match form {
        Form::Pair => vec![format!("{version}_{name}.up.sql"), format!("{version}_{name}.down.sql")],
        Form::Forward | Form::Dbmate => vec![format!("{version}_{name}.sql")],
        Form::Refinery => vec![format!("V{version}__{name}.sql")],
    }
}

/// Words as a part of a name: small letters, digits and underscores.
pub(super) fn slug(words: &str) -> String {
    const LONGEST: usize = 60;
    let letters = words.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' });
    let mut slug = String::new();
    for letter in letters {
        if letter != '_' || !slug.is_empty() && !slug.ends_with('_') {
            slug.push(letter);
        }
    }
    slug.truncate(LONGEST);
    slug.trim_end_matches('_').into()
}

#[cfg(test)]
mod tests {
    use super::{Form, Name, Versions, files, slug};

    fn names(names: &[&str]) -> Vec<Name> {
        names.iter().map(|name| Name::parse(name).expect("a migration")).collect()
    }

    #[test]
    fn versions_go_on_as_they_are() {
        let next = |others: &[&str], form| Versions::above(&names(others), form).next();
        assert_eq!(next(&["0001_a.sql"], Form::Forward), "0002");
        assert_eq!(next(&["07_a.up.sql", "08_b.up.sql"], Form::Pair), "09");
        assert_eq!(next(&["V5__a.sql"], Form::Refinery), "6");
        assert_eq!(next(&[], Form::Refinery), "1");
        assert_eq!(next(&["99990101000000_a.sql"], Form::Forward), "99990101000001");
        let apart = ["20260101000000_a.sql", "20260101000001_b.sql"];
        for by_time in
            [next(&[], Form::Pair), next(&["5_a.sql", "9_b.sql"], Form::Forward), next(&apart, Form::Forward)]
        {
            assert!(
                by_time.len() == 14 && by_time.starts_with("202") && *by_time > *"20260101000002",
                "{by_time}"
            );
        }
    }

    #[test]
    fn names_have_no_other_characters() {
        assert_eq!(slug("public.it's \"é\" Users"), "public_it_s_users");
        assert_eq!(files(Form::Refinery, "3", "a"), ["V3__a.sql"]);
    }
}
