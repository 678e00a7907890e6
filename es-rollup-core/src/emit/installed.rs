//! The query for what a database has of a rollup.

use super::notes;
use super::text::{indent, literal};
use crate::model::Model;

/// What the query returns for a trigger that is filling rows.
pub const FILLING: &str = "filling";

/// The query for the model and the triggers of a rollup, by the names in a model of it. It needs no privilege, and returns
/// one row with three columns of type `text`:
/// - `model`: the body of the function that holds the installed model; NULL if there is none;
/// - `trigger`: the mode of the triggers for an INSERT, an UPDATE and a DELETE. If these have different modes, it is one in
///   which a trigger does not fire for writers; if they fire, it is [`FILLING`] when rows are being filled. NULL stands for a
///   trigger that is missing;
/// - `edited`: the names of the functions that are missing, or not as they were installed, one a line; NULL if there is none,
///   and an empty text if an earlier release has installed them, so that nobody knows.
pub fn check_sql(model: &Model) -> String {
    let (rollup, events) = (&model.root.table, &model.store.table);
    format!(
        "SELECT (
  SELECT p.prosrc
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) p.pronamespace
  WHERE n.nspname OPERATOR(pg_catalog.=) {schema} AND p.proname OPERATOR(pg_catalog.=) {function}
    AND p.pronargs OPERATOR(pg_catalog.=) 0
) AS model, (
  SELECT coalesce(
    pg_catalog.min(t.tgenabled::pg_catalog.text)
      FILTER (WHERE NOT t.tgenabled::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{{O,A}}'::pg_catalog.text[])),
    CASE WHEN pg_catalog.bool_or(f.proname OPERATOR(pg_catalog.=) {filling}) THEN '{FILLING}' END,
    pg_catalog.min(t.tgenabled::pg_catalog.text)
  )
  FROM pg_catalog.pg_trigger AS t
    JOIN pg_catalog.pg_proc AS f ON f.oid OPERATOR(pg_catalog.=) t.tgfoid
    JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
  WHERE n.nspname OPERATOR(pg_catalog.=) {event_schema} AND c.relname OPERATOR(pg_catalog.=) {event_table}
    AND t.tgname OPERATOR(pg_catalog.=) ANY (ARRAY[{trigger}, {updated}, {deleted}]::pg_catalog.name[])
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) 3
) AS trigger, (
{edited}
) AS edited",
        edited = indent(&notes::edited(&model.root), 2),
        schema = literal(&rollup.schema),
        function = literal(&format!("{}_model", rollup.name)),
        filling = literal(&format!("{}_filling", rollup.name)),
        event_schema = literal(&events.schema),
        event_table = literal(&events.name),
        trigger = literal(&rollup.name),
        updated = literal(&format!("{}_updated", rollup.name)),
        deleted = literal(&format!("{}_deleted", rollup.name)),
    )
}
