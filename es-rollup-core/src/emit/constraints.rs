//! Constraints and indexes: their definitions in the table, and checks after each event.
//!
//! A check is evaluated on the folded row after each event, not when the row is written: the result must not depend on
//! how events are split into statements. The table has it as well, so that an invalid expression makes the migration
//! fail, and so that it also applies to rows that are written by hand.

use super::columns::columns;
use super::names::{Event, MODIFIED_AT, Names, ROW, VERSION};
use super::order;
use super::raise::broken;
use super::text::{ident, indent};
use crate::model::{Constraint, Key, Model, View, names_in};

/// The constraints in the table's definition, after its columns.
pub(super) fn in_table(view: &View) -> Vec<String> {
    view.constraints.iter().filter_map(defined).collect()
}

/// A constraint as the table's definition has it; `None` if it is an index.
pub(super) fn defined(constraint: &Constraint) -> Option<String> {
    match constraint {
        Constraint::Check { name, expression } => {
            Some(format!("CONSTRAINT {} CHECK ({expression})", ident(name)))
        }
        Constraint::Unique { name, columns } => Some(format!(
            "CONSTRAINT {} UNIQUE ({}) DEFERRABLE INITIALLY DEFERRED",
            ident(name),
            listed(columns)
        )),
        Constraint::Index { .. } => None,
    }
}

/// The indexes that do not belong to a constraint.
pub(super) fn indexes(model: &Model, view: &View) -> String {
    view.constraints.iter().filter_map(|constraint| index(model, view, constraint)).collect()
}

/// What creates an index that does not belong to a constraint; `None` if it is a constraint.
pub(super) fn index(model: &Model, view: &View, constraint: &Constraint) -> Option<String> {
    Some(format!("CREATE INDEX IF NOT EXISTS {};\n", index_definition(model, view, constraint)?))
}

/// An index, as it is written after `CREATE INDEX`.
pub(super) fn index_definition(model: &Model, view: &View, constraint: &Constraint) -> Option<String> {
    let (name, method, columns) = index_parts(view, constraint)?;
    let method = if method == BTREE { String::new() } else { format!(" USING {method}") };
    let table = Names::new(&model.store, view).rollup;
    Some(format!("{} ON {table}{method} ({})", ident(name), listed(columns)))
}

/// PostgreSQL's own method, which need not be named.
const BTREE: &str = "btree";

/// The name, the method and the columns of an index that does not belong to a constraint.
pub(super) fn index_parts<'a>(
    view: &View,
    constraint: &'a Constraint,
) -> Option<(&'a str, &'static str, &'a [String])> {
    match constraint {
        Constraint::Index { name, columns } => {
            Some((name, if is_many(view, columns) { "gin" } else { BTREE }, columns))
        }
        Constraint::Check { .. } | Constraint::Unique { .. } => None,
    }
}

fn listed(columns: &[String]) -> String {
    columns.iter().map(|column| ident(column)).collect::<Vec<_>>().join(", ")
}

/// Whether it is a single column of many values, so that the index is for finding members.
fn is_many(view: &View, columns: &[String]) -> bool {
    columns.iter().any(|name| view.column(name).is_some_and(|column| column.kind.is_many()))
}

/// The names of all indexes, including those of constraints. Each is the name of a relation.
pub(super) fn relations(view: &View) -> Vec<String> {
    let names = view.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::Unique { name, .. } | Constraint::Index { name, .. } => Some(name.clone()),
        Constraint::Check { .. } => None,
    });
    [format!("{}_pkey", view.table.name)].into_iter().chain(names).collect()
}

/// Moves the row's version before it is written, unless each event has already done so.
pub(super) fn moved(view: &View) -> String {
    if view.has_checks() { String::new() } else { format!("{ROW}.{VERSION} := es_version;\n") }
}

/// The end of an event's step: it moves the row, and refuses an event after which a check does not hold.
pub(super) fn checked(model: &Model, view: &View) -> String {
    let recorded = match model.store.recorded_at {
        Some(_) => format!("{ROW}.{MODIFIED_AT} := {};", Event::new(&model.store).recorded_at),
        None => String::new(),
    };
    if !view.has_checks() {
        return recorded;
    }
    let moved = format!("{ROW}.{VERSION} := es_version;\n{recorded}").trim_end().to_string();
    let block = tests(model, view);
    if model.has_delete() {
        format!(
            "IF NOT es_deleted THEN  -- a deleted row keeps the values for which the checks held\n{}\nEND IF;",
            indent(&format!("{moved}\n{block}"), 2)
        )
    } else {
        format!("{moved}\n{block}")
    }
}

/// Refuses an event after which a check does not hold for the row.
pub(super) fn tests(model: &Model, view: &View) -> String {
    let names: Vec<String> = view.checks().flat_map(|(_, expression)| names_in(expression)).collect();
    let rollup = Names::new(&model.store, view).rollup;
    let variables: Vec<String> = columns(model, view)
        .into_iter()
        .filter(|column| names.iter().any(|name| ident(name) == *column))
        .map(|column| format!("{column} {rollup}.{column}%TYPE := {ROW}.{column};"))
        .collect();
    let tests: Vec<String> = view
        .checks()
        .map(|(name, expression)| {
            format!("IF ({expression}) IS FALSE THEN\n  {}\nEND IF;", broken(model, view, name, expression))
        })
        .collect();
    // Variables instead of a FROM clause, so that no query is started for each event.
    format!(
        "DECLARE  -- the columns that the checks read, after the event\n{}\nBEGIN\n{}\nEND;",
        indent(&variables.join("\n"), 2),
        indent(&tests.join("\n"), 2)
    )
}

/// Ends the catch-up of an entity that never had a row for the checks to hold for: another transaction that folds it at
/// the same time does not create one either. Needed because a row is written before it is deleted.
pub(super) fn never_seen(model: &Model, view: &View) -> Option<String> {
    let is_needed = model.has_delete() && view.has_checks();
    is_needed.then(|| {
        let (is_first, reached) = order::deleted_first(model);
        format!("IF {is_first} THEN\n  RETURN {reached};  -- deleted by its first event\nEND IF;")
    })
}

/// Whether a check reads one of the columns, or may read them.
pub(super) fn check_reads<'a>(view: &View, columns: impl IntoIterator<Item = &'a str>) -> bool {
    let names: Vec<String> = view.checks().flat_map(|(_, expression)| names_in(expression)).collect();
    columns.into_iter().any(|column| names.iter().any(|name| name == column))
}

/// The constraints in readable form, after the table of events.
pub(super) fn explained(view: &View) -> String {
    if view.constraints.is_empty() {
        return String::new();
    }
    let line = |constraint: &Constraint| match constraint {
        Constraint::Check { name, expression } => {
            format!("- check {name}: {expression}; after each event\n")
        }
        Constraint::Unique { name, columns } => {
            format!("- unique {name}: {}; at commit\n", columns.join(", "))
        }
        Constraint::Index { name, columns } => {
            let members = if is_many(view, columns) { "members of " } else { "" };
            format!("- index {name}: {members}{}\n", columns.join(", "))
        }
    };
    format!("\n{}", view.constraints.iter().map(line).collect::<String>())
}

/// The migration's comment about the table, which depends on its indexes.
pub(super) fn comment(view: &View) -> &'static str {
    match view.key {
        Key::Entity => {}
        Key::Version => return "-- One row per event: the row of the entity after it.",
        Key::Parts(_) => {
            return "-- Rows of the entities, written under the lock of the entity's row in the rollup. The space left in each page lets
-- updates stay in it (HOT), unless they change a column that has an index.";
        }
    }
    if view.constraints.iter().any(|constraint| !matches!(constraint, Constraint::Check { .. })) {
        "-- One row per entity. The space left in each page lets updates stay in it (HOT), unless they change a column
-- that has an index."
    } else {
        "-- One row per entity. The space left in each page lets updates stay in it (HOT), so no index belongs on
-- columns that change."
    }
}
