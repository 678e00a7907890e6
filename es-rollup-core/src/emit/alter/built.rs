//! Indexes that somebody has built before the change does, while others went on to write (`CREATE INDEX CONCURRENTLY`).

use super::super::constraints::{is_many, is_named};
use super::super::install::raise_install;
use super::super::names::qualified;
use super::super::text::{indent, literal, literals};
use crate::model::{Constraint, Table, View};

/// Whether the index of this name, in the schema of the table, is the one that the change would build. PostgreSQL spells
/// out whatever else an index can be, such as partial.
pub(super) fn is_built(view: &View, table: &Table, constraint: &Constraint) -> Option<String> {
    let (name, columns) = is_named(constraint)?;
    let method = if is_many(view, columns) { "gin" } else { "btree" };
    let places = vec!["%I"; columns.len()].join(", ");
    Some(format!(
        "EXISTS (
  SELECT FROM pg_index AS i
  WHERE i.indexrelid = to_regclass({index}) AND i.indisvalid AND pg_get_indexdef(i.indexrelid) = format(
    'CREATE INDEX %I ON %I.%I USING {method} ({places})',
    {name}, {schema}, {table}, {columns}
  )
)",
        index = literal(&qualified(&Table { schema: table.schema.clone(), name: name.clone() })),
        name = literal(name),
        schema = literal(&table.schema),
        table = literal(&table.name),
        columns = literals(columns),
    ))
}

/// Refuses another index of that name, and one that was not built to its end.
pub(super) fn unless_another(view: &View, constraint: &Constraint) -> String {
    let Some((built, (name, _))) = is_built(view, &view.table, constraint).zip(is_named(constraint)) else {
        return String::new();
    };
    let index = qualified(&Table { schema: view.table.schema.clone(), name: name.clone() });
    format!(
        "IF to_regclass({}) IS NOT NULL AND NOT {} THEN
  {}
END IF;
",
        literal(&index),
        indent(&built, 2).trim_start(),
        raise_install(
            &literal(&format!(
                "{index} is not the index that the change would build, or was not built to its end"
            )),
            &format!("Drop it, and go on: DROP INDEX {index}."),
            2,
        ),
    )
}
