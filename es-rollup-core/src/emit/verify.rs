//! The function that compares rows with the fold of their events, and changes nothing.

use super::columns::columns;
use super::fold;
use super::function::{ALL_ROWS, DEFINER, Function, PINNED};
use super::key;
use super::names::{ID, Names, VERSION, qualified};
use super::text::{indent, literal, part};
use crate::model::{Model, Part, View};

pub(super) fn verify(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let root = compared(model, view, "NULL::bigint", false);
    let history = model.history.iter().map(|history| {
        let (r, f) = (format!("r.{VERSION}"), format!("(f.es_state).{VERSION}"));
        compared(model, history, &format!("coalesce({r}, {f})"), true)
    });
    let queries: Vec<String> = [root].into_iter().chain(history).collect();
    let (views, history) = (
        if model.views.is_empty() {
            ""
        } else {
            " Rows of views are not compared: a rebuild counts those that differ."
        },
        if model.history.is_some() { "; es_version is that of a row of the history" } else { "" },
    );
    Function {
        remark: &format!(
            "-- Compares rows with the fold of their events, in one snapshot and without any lock, and returns what differs: rows
-- that are missing, rows that nothing accounts for (unexpected), and rows that are different, with their columns but no
-- values{history}. es_after, es_to: the entities whose id is above the first and not above the second; NULL for no
-- bound. A row is different, too, if it is behind its events.{views}"
        ),
        name: &names.verify,
        arguments: &format!("es_after {id_type}, es_to {id_type}"),
        returns: &format!(
            "TABLE (es_id {id_type}, es_table regclass, es_version bigint, es_difference text, es_columns text[])"
        ),
        language: "plpgsql",
        properties: &["STABLE  -- rows and events are those of one snapshot", DEFINER],
        settings: &[PINNED, ALL_ROWS, "plan_cache_mode = force_custom_plan"],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_above ALIAS FOR es_after;
  es_last_id ALIAS FOR es_to;
BEGIN
{}
END",
        indent(&queries.join("\n"), 2)
    ))
}

/// The rows of one table that differ; `each` compares the row after each event.
fn compared(model: &Model, view: &View, version: &str, each: bool) -> String {
    let table = qualified(&view.table);
    let all = columns(model, view);
    let of = |row: &str| all.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    let id = part(&model.store.id_type, Part::Name);
    let differing = all.iter().map(|column| {
        let name = literal(&column[1..column.len() - 1].replace("\"\"", "\""));
        format!("CASE WHEN ROW(r.{column})::record *<> ROW((f.es_state).{column})::record THEN {name} END")
    });
    format!(
        "RETURN QUERY
WITH es_folded AS MATERIALIZED (
  SELECT f.es_state
  FROM {fold} AS f
  WHERE NOT f.es_deleted
)
SELECT coalesce(r.{ID}, (f.es_state).{ID})::{id}, {table_name}::regclass, {version},
  CASE WHEN r.{ID} IS NULL THEN 'missing' WHEN (f.es_state).{ID} IS NULL THEN 'unexpected' ELSE 'different' END,
  CASE WHEN r.{ID} IS NOT NULL AND (f.es_state).{ID} IS NOT NULL THEN array_remove(ARRAY[
    {differing}
  ], NULL) END
FROM es_folded AS f
  FULL JOIN (
    SELECT r.* FROM {table} AS r
    WHERE (es.es_above IS NULL OR r.{ID} > es.es_above) AND (es.es_last_id IS NULL OR r.{ID} <= es.es_last_id)
  ) AS r ON {same}
WHERE ROW({stored})::record *<> ROW({folded})::record
ORDER BY 1, 3;",
        fold = fold::call_between(model, each),
        table_name = literal(&table),
        differing = differing.collect::<Vec<_>>().join(",\n    "),
        same = key::same(view, "r", "(f.es_state)"),
        stored = of("r"),
        folded = of("(f.es_state)"),
    )
}
