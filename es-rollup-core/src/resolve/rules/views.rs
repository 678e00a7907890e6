//! The rules for a view as a whole: its name, its table, and the parts of its key.

use super::super::column::DeclaredStep;
use super::super::declare::{DeclaredView, Marked};
use super::super::fault::{Faults, Mark};
use super::super::key::Key;
use super::super::meaning::Meaning;
use super::super::rust_type::RustTypes;
use super::names::{TAKEN, check_identifier, check_tables};
use crate::emit::RESERVED_PREFIX;
use crate::model::{Table, View};

/// Names that a view cannot have, apart from the keys: the suffixes of the database's objects, which begin with the
/// rollup's name too, those of objects to come, and the field of the rollup's own row.
const RESERVED: [&str; 31] = [
    View::ROOT,
    "rollup",
    "apply",
    "as_of",
    "at",
    "base",
    "catch_up",
    "changes",
    "deleted",
    "each",
    "edited",
    "extended",
    "fold",
    "folded",
    "guard",
    "guarded",
    "idx",
    "leaves",
    "model",
    "pkey",
    "plain",
    "put",
    "rebuild",
    "refuse",
    "replica",
    "small",
    "step",
    "todo",
    "truncate",
    "unseen",
    "updated",
];

/// A view has a name and a table of its own.
pub(super) fn check_names(
    root: &Meaning<'_>,
    earlier: &[Meaning<'_>],
    meaning: &Meaning<'_>,
    faults: &mut Faults,
) {
    let Some(view) = meaning.view else { return };
    let DeclaredView { name: Marked { is: name, mark }, .. } = view;
    let before = faults.0.len();
    check_identifier(name, "", *mark, faults);
    if Key::named(name).next().is_some() {
        faults.add(
            *mark,
            format!(
                "a view cannot be called `{name}`, which is a key of `#[rollup(...)]`; choose another name"
            ),
        );
    } else if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&name.as_str())) {
        faults.add(*mark, format!("a view cannot be called `{name}`: {why}; choose another name"));
    } else if RESERVED.contains(&name.as_str()) || name.starts_with(RESERVED_PREFIX) {
        faults.add(
            *mark,
            format!(
                "a view cannot be called `{name}`, which is reserved for the rollup's own objects; choose another name"
            ),
        );
    }
    if let Some(column) = root.columns.iter().find(|column| column.name == *name) {
        let first = column.steps.first().map_or(*mark, |step| step.mark);
        faults.add(*mark, format!("a view cannot be called `{name}`, since the rollup has a column with this name; choose another name"));
        faults.add(first, format!("the column `{name}` is first written here"));
    }
    let is_same = |one: &&Meaning<'_>| one.view.is_some_and(|view| view.name.is == *name);
    if let Some(first) = earlier.iter().find(is_same).and_then(|first| first.view) {
        faults.add(*mark, format!("two views are called `{name}`; choose another name"));
        faults.add(first.name.mark, format!("`{name}` is first used here"));
        return;
    }
    let Some(Marked { is: table, mark }) = &meaning.input.table else { return };
    // A table that is called like the view was reported with it.
    if faults.0.len() == before || *mark != view.name.mark {
        check_tables(meaning, faults);
    }
    let table = Table::parse(table);
    let others = [root].into_iter().chain(earlier);
    let own = [root.input.history_table(), root.input.base_table()].into_iter().flatten();
    let tables = others.filter_map(|other| other.input.rollup_table()).chain(own.map(|(table, _)| table));
    if tables.into_iter().any(|other| other == table) {
        faults.add(
            *mark,
            "another table of this enum has this name; choose another name for the table of the view",
        );
    }
}

/// The parts of a key have names that columns can have, and values that can be found again.
pub(super) fn check_parts(meaning: &Meaning<'_>, faults: &mut Faults) {
    let Some(view) = meaning.view else { return };
    let parts = view.key();
    for (at, Marked { is: name, mark }) in parts.iter().enumerate() {
        check_identifier(name, "", *mark, faults);
        if parts[..at].iter().any(|earlier| earlier.is == *name) {
            faults.add(*mark, format!("`{name}` is listed twice; keep one"));
        }
        if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&name.as_str())) {
            let why = why.replace("every rollup", "every view");
            faults
                .add(*mark, format!("a part of a key cannot be called `{name}`: {why}; choose another name"));
        } else if name.starts_with(RESERVED_PREFIX) {
            faults.add(*mark, format!("a part of a key cannot be called `{name}`: names that begin with `{RESERVED_PREFIX}` are reserved for the trigger; choose another name"));
        }
    }
    for step in meaning.parts.iter().flat_map(|part| &part.steps) {
        if let Some((mark, fault)) = fault_of_part(&meaning.input.types, step) {
            faults.add(mark, fault);
        }
    }
}

/// What is wrong with what gives a part of a key, which is one value that is always there and is compared exactly.
pub(super) fn fault_of_part(types: &RustTypes, step: &DeclaredStep) -> Option<(Mark, String)> {
    let read = step.read().filter(|_| step.key.is_part())?;
    let ty = types.get(read.ty);
    let spelt = &ty.spelling;
    if let Some(cast) = &read.sql_type {
        let name = &cast.is;
        return Some((
            cast.mark,
            format!(
                "a part of a key cannot be cast to `{name}`, whose values Rust and SQL may compare differently; implement `SqlType` for a newtype"
            ),
        ));
    }
    let fault = if read.optional {
        format!("a part of a key always has a value, and this is an `Option` of `{spelt}`; use another field")
    } else if ty.elements.is_some() {
        format!("a part of a key is one value, and `{spelt}` is a list; use another field")
    } else if ["f32", "f64"].contains(&ty.last_segment()) {
        format!(
            "a part of a key is found by its exact value, which `{spelt}` does not have; use a whole or decimal number"
        )
    } else if spelt.ends_with("serde_json::Value") {
        "a part of a key is one value, and JSON may be anything; name the type that it has, as in `as = String`".into()
    } else {
        return None;
    };
    Some((read.type_mark, fault))
}
