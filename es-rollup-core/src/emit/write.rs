//! How folded rows are written: each once, and only over the version from which it was folded.

use super::columns::columns;
use super::key;
use super::names::{ID, Names, ROW, VERSION};
use super::others;
use super::text::{ident, indent};
use crate::model::{Envelope, Model, View};

/// The columns that change, each set from a row.
fn changed(model: &Model, view: &View, row: &str) -> String {
    let written = Envelope::of(&model.store).filter(|one| !one.is_fixed()).map(|one| ident(one.name()));
    let columns = written.chain(view.columns.iter().map(|column| ident(&column.name)));
    columns.map(|column| format!("{column} = {row}.{column}")).collect::<Vec<_>>().join(",\n    ")
}

/// Inserts `es_row`, without the end of the statement.
pub(super) fn inserted(model: &Model, view: &View) -> String {
    let columns = columns(model, view);
    let values: Vec<String> = columns.iter().map(|column| format!("{ROW}.{column}")).collect();
    format!(
        "INSERT INTO {table}\n  ({columns})\nVALUES\n  ({values})",
        table = Names::new(&model.store, view).rollup,
        columns = columns.join(", "),
        values = values.join(", "),
    )
}

/// Writes `es_row` over the row with its key.
pub(super) fn updated(model: &Model, view: &View) -> String {
    format!(
        "UPDATE {table} AS v SET\n    {changed}\nWHERE {same};",
        table = Names::new(&model.store, view).rollup,
        changed = changed(model, view, ROW),
        same = key::current(view, "v"),
    )
}

/// Writes `es_row`, which was folded from version `es_base`; `FOUND` says whether it was written.
pub(super) fn one(model: &Model, view: &View) -> String {
    format!(
        "IF es_base = 0 THEN
{insert}
  ON CONFLICT ({key}) DO NOTHING;
ELSE
  UPDATE {rollup} AS r SET
    {changed}
  WHERE {same} AND r.{VERSION} = es.es_base;
END IF;",
        insert = indent(&inserted(model, view), 2),
        key = key::columns(view),
        same = key::same(view, "r", ROW),
        rollup = Names::new(&model.store, view).rollup,
        changed = changed(model, view, ROW),
    )
}

/// One of many rows.
const KEPT: &str = "n.es_row";

/// Writes `es_rows`, which were folded from the versions `es_bases`; `es_written` says how many were written.
pub(super) fn many(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let columns = columns(model, view);
    let values: Vec<String> = columns.iter().map(|column| format!("({KEPT}).{column}")).collect();
    // Each row as one value, so that the table's columns and their names do not matter.
    let kept = "(SELECT unnest(es.es_bases) AS es_base, unnest(es.es_rows) AS es_row) AS n";
    let update = format!(
        "UPDATE {rollup} AS r SET
    {changed}
FROM {kept}
WHERE n.es_base > 0 AND {same} AND r.{VERSION} = n.es_base",
        rollup = names.rollup,
        changed = changed(model, view, &format!("({KEPT})")),
        same = key::same(view, "r", &format!("({KEPT})")),
    );
    let insert = format!(
        "INSERT INTO {rollup} AS r ({columns})
SELECT {values}
FROM {kept}
WHERE n.es_base = 0
ON CONFLICT ({key}) DO NOTHING",
        rollup = names.rollup,
        key = key::columns(view),
        columns = columns.join(", "),
        values = values.join(", "),
    );
    if !model.has_others() {
        return format!(
            "{update};
GET DIAGNOSTICS es_written = ROW_COUNT;
IF es_written < cardinality(es_bases) THEN
{insert};
  GET DIAGNOSTICS es_more = ROW_COUNT;
  es_written := es_written + es_more;
END IF;",
            insert = indent(&insert.replacen(" AS r ", " ", 1), 2),
        );
    }
    format!(
        "{moved}
IF es_written < cardinality(es_bases) THEN
{inserted}
  es_written := es_written + es_more;
END IF;",
        moved =
            and_put(model, &format!("{update}\n  RETURNING r.{ID}, n.es_base, r.{VERSION}"), "es_written"),
        inserted = indent(
            &and_put(
                model,
                &format!("{insert}\n  RETURNING r.{ID}, 0::bigint AS es_base, r.{VERSION}"),
                "es_more"
            ),
            2
        ),
    )
}

/// Writes rows, and folds the events of those that were written into the views.
fn and_put(model: &Model, statement: &str, count: &str) -> String {
    format!(
        "WITH es_moved AS (
  {statement}
)
SELECT {put} INTO {count}
FROM (SELECT m.* FROM es_moved AS m ORDER BY m.{ID} OFFSET 0) AS m;",
        statement = statement.replace('\n', "\n  ").replace("\n    RETURNING", "\n  RETURNING"),
        put = others::call_for_all(model, &format!("m.{ID}"), "m.es_base", &format!("m.{VERSION}")),
    )
}

/// Inserts those of the folded rows `from` that the condition selects. If another transaction inserts one at the same
/// time, the one that includes more events stays.
pub(super) fn missing(model: &Model, view: &View, from: &str, condition: &str) -> String {
    let columns = columns(model, view);
    let values: Vec<String> = columns.iter().map(|column| format!("(f.es_state).{column}")).collect();
    format!(
        "INSERT INTO {rollup} AS r ({columns})
SELECT {values}
FROM {from} AS f
WHERE {condition}
ON CONFLICT ({key}) DO UPDATE SET
  {changed}
WHERE r.{VERSION} < excluded.{VERSION}",
        rollup = Names::new(&model.store, view).rollup,
        key = key::columns(view),
        columns = columns.join(", "),
        values = values.join(", "),
        changed = changed(model, view, "excluded").replace("\n    ", "\n  "),
    )
}

/// Moves the rows that the folded rows `from` continue.
pub(super) fn behind(model: &Model, view: &View, from: &str, condition: &str) -> String {
    format!(
        "UPDATE {rollup} AS r SET
  {changed}
FROM {from} AS f
WHERE {same} AND r.{VERSION} < (f.es_state).{VERSION} AND {condition}",
        rollup = Names::new(&model.store, view).rollup,
        same = key::same(view, "r", "(f.es_state)"),
        changed = changed(model, view, "(f.es_state)").replace("\n    ", "\n  "),
    )
}
