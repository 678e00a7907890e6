//! The history: a row of the root for each version.

use super::columns::columns;
use super::fold::{Range, call};
use super::names::{ID, VERSION, qualified};
use super::others;
use super::raise::shown;
use super::text::{indent, literal};
use crate::model::{Model, View};

/// The statement that writes rows of the root, extended to keep them in the history, if there is one. `row` is how the
/// statement calls the row.
pub(super) fn and_kept(model: &Model, statement: &str, row: &str) -> String {
    let Some(history) = &model.history else { return statement.into() };
    let columns = columns(model, history);
    let written: Vec<String> = columns.iter().map(|column| format!("{row}.{column}")).collect();
    format!(
        "WITH es_moved AS (
{statement}
  RETURNING {written}
)
INSERT INTO {table} ({columns})
SELECT {columns} FROM es_moved AS m;",
        statement = indent(statement.trim_end_matches(';'), 2),
        written = written.join(", "),
        table = qualified(&history.table),
        columns = columns.join(", "),
    )
}

/// Keeps the row of the entity after each of the events. They are folded from the row that was kept after the one before.
pub(super) fn kept(model: &Model, history: &View) -> String {
    let columns = columns(model, history);
    let states: Vec<String> = columns.iter().map(|column| format!("(f.es_state).{column}")).collect();
    let missing = format!(
        "RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
  MESSAGE = format('the history %s of entity %s has no row for version %s', {table}, {shown}, es_above),
  HINT = {hint}, SCHEMA = {schema}, TABLE = {name};",
        table = literal(&qualified(&history.table)),
        shown = shown("es_entity::text"),
        hint = others::again(model, ""),
        schema = literal(&history.table.schema),
        name = literal(&history.table.name),
    );
    format!(
        "
IF es_above > 0 AND NOT EXISTS (
  SELECT FROM {table} AS h WHERE h.{ID} = es.es_entity AND h.{VERSION} = es.es_above
) THEN
{missing}
END IF;
INSERT INTO {table} ({columns})
SELECT {states}
FROM {fold} AS f
WHERE NOT f.es_deleted;",
        table = qualified(&history.table),
        missing = indent(&missing, 2),
        columns = columns.join(", "),
        states = states.join(", "),
        fold = call(
            model,
            &Range {
                ids: "ARRAY[es.es_entity]",
                upto: "es_uptos[es_place]",
                each: true,
                from: "es.es_above",
                ..Range::ALL
            },
        ),
    )
}
