//! Indexes that were built before a change, with `CREATE INDEX CONCURRENTLY`, so that nobody waited for the build.

use super::constraints::index_parts;
use super::install::raise_install;
use super::names::qualified;
use super::text::{indent, literal, literals};
use crate::model::{Constraint, Table, View};

/// The name of an index in the schema of its table.
pub(super) fn index_name(table: &Table, name: &str) -> String {
    qualified(&Table { schema: table.schema.clone(), name: name.into() })
}

/// Whether the index of this name is the one that the change would build. The definition that PostgreSQL returns includes
/// everything else that an index can have, such as a condition.
pub(super) fn is_built(view: &View, table: &Table, constraint: &Constraint) -> Option<String> {
    let (name, method, columns) = index_parts(view, constraint)?;
    let places = vec!["%I"; columns.len()].join(", ");
    Some(format!(
        "EXISTS (
  SELECT FROM pg_index AS i
  WHERE i.indexrelid = to_regclass({index}) AND i.indisvalid AND pg_get_indexdef(i.indexrelid) = format(
    'CREATE INDEX %I ON %I.%I USING %I ({places})',
    {name}, {schema}, {table}, {method}, {columns}
  )
)",
        index = literal(&index_name(table, name)),
        name = literal(name),
        schema = literal(&table.schema),
        table = literal(&table.name),
        method = literal(method),
        columns = literals(columns),
    ))
}

/// Refuses another index of that name, and one whose build has not finished.
pub(super) fn refuse_another(view: &View, constraint: &Constraint) -> String {
    let built = is_built(view, &view.table, constraint).zip(index_parts(view, constraint));
    let Some((built, (name, ..))) = built else { return String::new() };
    let index = index_name(&view.table, name);
    let message =
        format!("{index} is not the index that the change would build, or its build has not finished");
    let hint =
        format!("If it is still being built, wait. Otherwise drop it and try again: DROP INDEX {index}.");
    format!(
        "IF to_regclass({}) IS NOT NULL AND NOT {} THEN
  {}
END IF;
",
        literal(&index),
        indent(&built, 2).trim_start(),
        raise_install(&literal(&message), &hint, 2),
    )
}
