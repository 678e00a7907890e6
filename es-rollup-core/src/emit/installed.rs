//! The query for what a database has of a rollup.

use super::names::{APPLY, DELETED, EDITED, TRUNCATE, UPDATED};
use super::text::{indent, literal};
use super::{names, notes};
use crate::model::Model;

/// What the query returns for a trigger that is filling rows.
pub const FILLING: &str = "filling";

/// The query for the model and the triggers of a rollup, by the names in a model of it. It needs no privilege, and returns
/// one row with three columns of type `text`:
/// - `model`: the body of the function that holds the installed model; NULL if there is none;
/// - `trigger`: the mode of the triggers for an INSERT, an UPDATE, a DELETE and a TRUNCATE. If these have different modes, it is one in
///   which a trigger does not fire for writers; if they fire, it is [`FILLING`] when rows are being filled. NULL stands for a
///   trigger that is missing, or calls another function than the rollup's, or not always;
/// - `edited`: the names of the functions that are missing, or not as they were installed, one a line; NULL if there is none,
///   and an empty text if an earlier release has installed them, so that nobody knows.
pub fn check_sql(model: &Model) -> String {
    let rollup = &model.root.table;
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
{triggers}
  HAVING pg_catalog.count(*) OPERATOR(pg_catalog.=) {count}
) AS trigger, (
{edited}
) AS edited",
        schema = literal(&rollup.schema),
        function = literal(&format!("{}_model", rollup.name)),
        filling = literal(&format!("{}{}", rollup.name, names::FILLING)),
        triggers = indent(&triggers(model), 2),
        count = TRIGGERS.len(),
        edited = indent(&notes::edited(&model.root), 2),
    )
}

/// The query for the names of the triggers of [`check_sql`] that do not fire for writers, or not as they should.
pub fn off_sql(model: &Model) -> String {
    let names = TRIGGERS.iter().enumerate().map(|(at, (suffix, _))| {
        format!("({at}, {})", literal(&format!("{}{suffix}", model.root.table.name)))
    });
    format!(
        "SELECT w.name::pg_catalog.text
FROM (VALUES {names}) AS w (place, name)
WHERE NOT EXISTS (
  SELECT
{triggers}
    AND t.tgname OPERATOR(pg_catalog.=) w.name::pg_catalog.name
    AND t.tgenabled::pg_catalog.text OPERATOR(pg_catalog.=) ANY ('{{O,A}}'::pg_catalog.text[])
)
ORDER BY w.place",
        names = names.collect::<Vec<_>>().join(", "),
        triggers = indent(&triggers(model), 2),
    )
}

/// The triggers, each with the functions that it may call, as suffixes.
const TRIGGERS: [(&str, &[&str]); 4] =
    [("", &[APPLY, names::FILLING]), (UPDATED, &[EDITED]), (DELETED, &[EDITED]), (TRUNCATE, &[TRUNCATE])];

/// Those that are as they should be, from the FROM clause on.
fn triggers(model: &Model) -> String {
    let (rollup, events) = (&model.root.table, &model.store.table);
    let named = |suffix: &str| literal(&format!("{}{suffix}", rollup.name));
    let each = TRIGGERS.map(|(trigger, functions)| {
        let functions: Vec<String> = functions.iter().map(|function| named(function)).collect();
        format!(
            "t.tgname OPERATOR(pg_catalog.=) {} AND f.proname OPERATOR(pg_catalog.=) ANY (ARRAY[{}]::pg_catalog.name[])",
            named(trigger),
            functions.join(", ")
        )
    });
    format!(
        "FROM pg_catalog.pg_trigger AS t
  JOIN pg_catalog.pg_proc AS f ON f.oid OPERATOR(pg_catalog.=) t.tgfoid
  JOIN pg_catalog.pg_namespace AS s ON s.oid OPERATOR(pg_catalog.=) f.pronamespace
  JOIN pg_catalog.pg_class AS c ON c.oid OPERATOR(pg_catalog.=) t.tgrelid
  JOIN pg_catalog.pg_namespace AS n ON n.oid OPERATOR(pg_catalog.=) c.relnamespace
WHERE n.nspname OPERATOR(pg_catalog.=) {event_schema} AND c.relname OPERATOR(pg_catalog.=) {event_table}
  AND s.nspname OPERATOR(pg_catalog.=) {schema} AND t.tgqual IS NULL AND t.tgattr::pg_catalog.text OPERATOR(pg_catalog.=) ''
  AND (
    {each}
  )",
        event_schema = literal(&events.schema),
        event_table = literal(&events.name),
        schema = literal(&rollup.schema),
        each = each.join("\n    OR "),
    )
}
