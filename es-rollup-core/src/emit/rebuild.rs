//! The function that folds rows again from nothing, whatever they hold now.

use super::columns::columns;
use super::fold::{Range, call};
use super::function::{ALL_ROWS, DEFINER, Function, PINNED};
use super::guarded::block;
use super::names::{ID, Names};
use super::text::{indent, part};
use super::write;
use crate::model::{Model, Part, View};

pub(super) fn rebuild(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    Function {
        remark: "-- Folds entities again from nothing, or all if es_ids is NULL, and returns how many rows were changed, inserted or
-- deleted. The event table decides: a row without events goes, and so does what later events had made of a row if
-- those events are gone.",
        name: &names.rebuild,
        arguments: &format!("es_ids {id_type}[]"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[PINNED, ALL_ROWS, "plan_cache_mode = force_custom_plan"],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entities ALIAS FOR es_ids;
  es_changed bigint;
BEGIN
  -- Waits for current writers, and makes new ones wait: one of them could have read a row before it is mended, and
  -- would write it back as it was. The event table before the rollup, as writers do.
  LOCK TABLE {events} IN SHARE ROW EXCLUSIVE MODE;
{written}
  RETURN es_changed;
END",
        events = names.events,
        written = indent(&block(model, view, "NULL::text", &written(model, view, &names)), 2),
    ))
}

/// The rows of the entities.
fn chosen() -> String {
    format!("es.es_entities IS NULL OR r.{ID} = ANY (es.es_entities)")
}

/// One statement that writes what differs.
fn written(model: &Model, view: &View, names: &Names) -> String {
    let columns = columns(model, view);
    let of =
        |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    let folded = of("(f.es_state)");
    let every = columns.iter().skip(1).map(|column| format!("{column} = (d.es_state).{column}"));
    format!(
        "WITH es_folded AS MATERIALIZED (
  SELECT f.es_state
  FROM {fold} AS f
  WHERE NOT f.es_deleted
), es_drift AS MATERIALIZED (
  SELECT r.{ID} AS es_id, f.es_state
  FROM es_folded AS f
    FULL JOIN (SELECT r.* FROM {rollup} AS r WHERE {chosen}) AS r ON r.{ID} = (f.es_state).{ID}
  -- Compared byte by byte, since not every type has an operator for it.
  WHERE ROW({stored})::record *<> ROW({folded})::record
), es_dropped AS (
  DELETE FROM {rollup} AS r USING es_drift AS d
  WHERE r.{ID} = d.es_id AND (d.es_state).{ID} IS NULL
  RETURNING 1
), es_mended AS (
  UPDATE {rollup} AS r SET
    {every}
  FROM es_drift AS d
  WHERE r.{ID} = d.es_id AND (d.es_state).{ID} IS NOT NULL
  RETURNING 1
), es_missing AS (
{inserted}
  RETURNING 1
)
SELECT (SELECT count(*) FROM es_dropped) + (SELECT count(*) FROM es_mended) + (SELECT count(*) FROM es_missing)
INTO es_changed;",
        fold = call(model, view, &Range { ids: "es.es_entities", stored: "false", upto: "NULL" }),
        rollup = names.rollup,
        chosen = chosen(),
        stored = of("r"),
        every = every.collect::<Vec<_>>().join(",\n    "),
        inserted = indent(&write::missing(model, view, "es_drift", "f.es_id IS NULL"), 2),
    )
}
