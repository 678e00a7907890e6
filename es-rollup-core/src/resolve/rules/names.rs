//! The rules for names: those of tables and columns.

use super::super::declare::Marked;
use super::super::fault::{Faults, Mark};
use super::super::meaning::Meaning;
use crate::emit::{LONGEST_SUFFIX, RESERVED_PREFIX};
use crate::model::{Envelope, LONGEST_NAME, Table};

/// An enum names its event table and the type of its ids.
pub(super) fn check_required(meaning: &Meaning<'_>, faults: &mut Faults) {
    let name = &meaning.input.name;
    if meaning.input.events.is_none() {
        faults.add(
            name.mark,
            "the event table is missing; write `#[rollup(events = \"schema.table\", id = ...)]` on the enum",
        );
    }
    if meaning.input.id.is_none() {
        faults.add(name.mark, "the type of the entity's id is missing; write `#[rollup(events = \"...\", id = UserId)]` on the enum");
    }
}

/// A name is `[a-z_][a-z0-9_]*` and not too long.
pub(super) fn check_identifier(name: &str, suffix: &str, mark: Mark, faults: &mut Faults) {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let goes_on = name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_');
    if !starts || !goes_on {
        faults.add(mark, format!("`{name}` is not a valid name here; use lower-case letters, digits and `_`, and do not begin with a digit"));
    } else if name.len() + suffix.len() > LONGEST_NAME {
        let with = if suffix.is_empty() { String::new() } else { format!(" with the suffix `{suffix}`") };
        faults.add(
            mark,
            format!(
                "`{name}` is {} bytes long{with}, and PostgreSQL truncates names after {LONGEST_NAME} bytes; use a shorter name",
                name.len() + suffix.len()
            ),
        );
    }
}

/// Table names are valid, also with every suffix that is added to them.
pub(super) fn check_tables(meaning: &Meaning<'_>, faults: &mut Faults) {
    let table = |written: &Marked<String>, suffix: &str, faults: &mut Faults| {
        let parts: Vec<&str> = written.is.split('.').collect();
        match parts.as_slice() {
            [name] => check_identifier(name, suffix, written.mark, faults),
            [schema, name] => {
                check_identifier(schema, "", written.mark, faults);
                check_identifier(name, suffix, written.mark, faults);
            }
            _ => faults
                .add(written.mark, "expected the name of a table; write `\"table\"` or `\"schema.table\"`"),
        }
    };
    let (events, named) = (&meaning.input.events, &meaning.input.table);
    if let Some(written) = named {
        table(written, LONGEST_SUFFIX, faults);
        let table = Table::parse(&written.is);
        if events.as_ref().is_some_and(|events| Table::parse(&events.is) == table) {
            faults.add(written.mark, "the rollup table cannot be the event table; name another table");
        }
    }
    if let Some((history, mark)) = meaning.input.history_table() {
        check_identifier(&history.name, LONGEST_SUFFIX, mark, faults);
        if events.as_ref().is_some_and(|events| Table::parse(&events.is) == history) {
            faults.add(mark, "the table of the history would be the event table; name another table");
        }
    }
    if let Some((base, mark)) = meaning.input.base_table()
        && events.as_ref().is_some_and(|events| Table::parse(&events.is) == base)
    {
        faults.add(
            mark,
            "the table of the bases of archived entities would be the event table; name another table",
        );
    }
    if let Some(written) = events.as_ref().filter(|_| meaning.view.is_none()) {
        let suffix = format!("_rollup{LONGEST_SUFFIX}");
        table(written, if named.is_some() { "" } else { &suffix }, faults);
    }
}

/// The system columns of every PostgreSQL table (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
pub(super) const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Names that a column cannot have: those of every rollup, those of every table, and those that no Rust field can have.
pub(super) const TAKEN: [(&[&str], &str); 3] = [
    (&Envelope::NAMES, "every rollup already has a column with this name"),
    (&SYSTEM_COLUMNS, "every PostgreSQL table has a system column with this name"),
    (&["self", "super", "crate", "_"], "a Rust field cannot have this name"),
];

/// Column names are valid and not taken.
pub(super) fn check_column_names(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in &meaning.columns {
        let name = &column.name;
        for step in column.written() {
            check_identifier(name, "", step.mark, faults);
            let repair = if step.implied {
                match meaning.view {
                    None => "write `#[rollup(ignore)]` on the field, or `#[rollup(set = \"column\")]` with another name".into(),
                    Some(view) => format!("write `#[rollup({0}(ignore))]` on the field, or `#[rollup({0}(set = \"column\"))]` with another name", view.name.is),
                }
            } else {
                String::from("choose another name")
            };
            if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&name.as_str())) {
                faults.add(step.mark, format!("a column cannot be called `{name}`: {why}; {repair}"));
            } else if name.starts_with(RESERVED_PREFIX) {
                faults.add(step.mark, format!("a column cannot be called `{name}`: names that begin with `{RESERVED_PREFIX}` are reserved for the trigger; {repair}"));
            }
        }
    }
}
