//! The function that compares rows with the fold of their events, and changes nothing.

use super::base;
use super::columns::{column_names, columns};
use super::fold::{Range, call};
use super::function::{ALL_ROWS, DEFINER, Function, JIT, PINNED};
use super::held;
use super::key;
use super::names::{ID, Names, VERSION, qualified};
use super::rebuild::REFOLDS;
use super::text::{ident, indent, literal, part};
use crate::model::{Model, Part, View};

pub(super) fn verify(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let root = format!(
        "WITH {folded}\n{differing}\nORDER BY 1",
        folded = folded("", &states(model, false)),
        differing = differing(model, view, "", "NULL::bigint"),
    );
    let history = model.history.iter().map(|history| {
        let version = format!("coalesce(r.{VERSION}, (f.es_state).{VERSION})");
        format!(
            "WITH {folded}\n{differing}\nORDER BY 1, 3",
            folded = folded("", &states(model, true)),
            differing = differing(model, history, "", &version),
        )
    });
    let views = (!model.views.is_empty()).then(|| views(model, &names));
    let queries = [root].into_iter().chain(history).chain(views);
    let queries: Vec<String> = queries.map(|query| format!("RETURN QUERY\n{query};")).collect();
    // An error is that of the event which the fold from nothing meets first, and no row is locked to find it.
    let refolds = |value: &str| format!("  PERFORM set_config('{REFOLDS}', '{value}', true);");
    let [begins, ends] = if model.views.is_empty() {
        [const { String::new() }; 2]
    } else {
        [format!("{}\n", refolds("true")), format!("\n{}", refolds("false"))]
    };
    let version = if model.history.is_some() { "; es_version is that of a row of the history" } else { "" };
    Function {
        remark: &format!(
            "-- Compares rows with the fold of their events, in one snapshot and without any lock, and returns what differs: rows
-- that are missing, rows that nothing accounts for (unexpected), and rows that are different, with their columns but no
-- values{version}. es_after, es_to: the entities whose id is above the first and not above the second; NULL for no
-- bound. A row is different, too, if it is behind its events."
        ),
        name: &names.verify,
        arguments: &format!("es_after {id_type}, es_to {id_type}"),
        returns: &format!(
            "TABLE (es_id {id_type}, es_table regclass, es_version bigint, es_difference text, es_columns text[])"
        ),
        language: "plpgsql",
        properties: &["STABLE  -- rows and events are those of one snapshot", DEFINER],
        settings: &[PINNED, ALL_ROWS, JIT, "plan_cache_mode = force_custom_plan"],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_above ALIAS FOR es_after;
  es_last_id ALIAS FOR es_to;
BEGIN
{begins}{queries}{ends}
END",
        queries = indent(&queries.join("\n"), 2)
    ))
}

/// The states of the entities; `each` returns the state after each event.
fn states(model: &Model, each: bool) -> String {
    let range = Range { between: Some(["es.es_above", "es.es_last_id"]), each, ..Range::ALL };
    format!("SELECT f.es_state\nFROM {} AS f\nWHERE NOT f.es_deleted", call(model, &range))
}

/// The rows of all views that differ. The views of an entity are folded in one pass.
fn views(model: &Model, names: &Names) -> String {
    let all = || model.views.iter().enumerate().map(|(nth, view)| (nth, view, format!("_{}", nth + 1)));
    let tables = all().map(|(nth, _, suffix)| {
        let column = held::column(nth);
        folded(
            &suffix,
            &format!("SELECT v AS es_state\nFROM es_states AS s CROSS JOIN LATERAL unnest(s.{column}) AS v"),
        )
    });
    let differing = all().map(|(_, view, suffix)| differing(model, view, &suffix, "NULL::bigint"));
    format!(
        "WITH es_states AS MATERIALIZED (
  SELECT s.*
  FROM (
{states}
  ) AS f CROSS JOIN LATERAL {views}((f.es_state).{ID}, (f.es_state).{VERSION}) AS s
), {tables}
{differing}
ORDER BY 1, 2",
        states = indent(&states(model, false), 4),
        views = names.views,
        tables = tables.collect::<Vec<_>>().join(", "),
        differing = differing.collect::<Vec<_>>().join("\nUNION ALL\n"),
    )
}

/// The rows that a table should have.
fn folded(suffix: &str, rows: &str) -> String {
    format!("es_folded{suffix} AS MATERIALIZED (\n{}\n)", indent(rows, 2))
}

/// The rows of the table that differ from them. `version` is the version to name.
fn differing(model: &Model, view: &View, suffix: &str, version: &str) -> String {
    let table = qualified(&view.table);
    let all = columns(model, view);
    let of = |row: &str| all.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    let id = part(&model.store.id_type, Part::Name);
    let differing = column_names(model, view).map(|name| {
        let (column, name) = (ident(name), literal(name));
        format!("CASE WHEN ROW(r.{column})::record *<> ROW((f.es_state).{column})::record THEN {name} END")
    });
    format!(
        "SELECT coalesce(r.{ID}, (f.es_state).{ID})::{id}, {table_name}::regclass, {version},
  CASE WHEN r.{ID} IS NULL THEN 'missing' WHEN (f.es_state).{ID} IS NULL THEN 'unexpected' ELSE 'different' END,
  CASE WHEN r.{ID} IS NOT NULL AND (f.es_state).{ID} IS NOT NULL THEN array_remove(ARRAY[
    {differing}
  ], NULL) END
FROM es_folded{suffix} AS f
  FULL JOIN (
    SELECT r.* FROM {table} AS r
    WHERE (es.es_above IS NULL OR r.{ID} > es.es_above) AND (es.es_last_id IS NULL OR r.{ID} <= es.es_last_id){and_not_below}
  ) AS r ON {same}
WHERE ROW({stored})::record *<> ROW({folded})::record",
        table_name = literal(&table),
        differing = differing.collect::<Vec<_>>().join(",\n    "),
        same = key::same(view, "r", "(f.es_state)"),
        stored = of("r"),
        and_not_below = base::known::and_not_below(model, view, "r"),
        folded = of("(f.es_state)"),
    )
}
