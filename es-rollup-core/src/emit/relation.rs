//! Checks for which relation the trigger's function runs.
//!
//! A role that may execute the function can attach it to its own table, and the event table may be renamed or become a
//! partition. The names are compared as oids: they are constants of the plan, which is made again when the relation or
//! its schema changes.

use super::function::{Function, PINNED};
use super::names::{APPLY, FILLING, Names, SEQUENCE};
use super::qualify::qualify;
use super::text::{ident, indent, literal, literals, part};
use crate::model::{Model, Part, View};

fn events(model: &Model, view: &View) -> String {
    format!("{}::regclass", literal(&Names::new(&model.store, view).events))
}

/// Refuses to run for another relation than the event table.
fn refusal(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
  MESSAGE = pg_catalog.format('the trigger of the rollup %s fires for \"%s\".\"%s\", but the rollup is derived from %s',
    {rollup}, TG_TABLE_SCHEMA, TG_TABLE_NAME, {events}),
  HINT = 'If the event table was renamed, give it its old name back. If another table is meant to be the event table, or if the event table became a partition, drop this trigger and run the migration again.',
  SCHEMA = {schema}, TABLE = {table};",
        rollup = literal(&names.rollup),
        events = literal(&names.events),
        schema = literal(&view.table.schema),
        table = literal(&view.table.name),
    )
}

/// The beginning of the statement form.
pub(super) fn statement(model: &Model, view: &View) -> String {
    qualify(&format!(
        "IF TG_RELID <> {events} THEN\n{refusal}\nEND IF;",
        events = events(model, view),
        refusal = indent(&refusal(model, view), 2),
    ))
}

/// The beginning of the row form while rows are filled.
#[cfg(feature = "evolve")]
pub(super) fn partition(model: &Model, view: &View) -> String {
    format!(
        "IF coalesce(pg_partition_root(TG_RELID), TG_RELID) <> {events} THEN\n{refusal}\nEND IF;",
        events = events(model, view),
        refusal = indent(&refusal(model, view), 2),
    )
}

/// The beginning of the row form, which also reads what it needs from the row. The plan of an expression that names the
/// event table is made again when the table changes, so its columns may change their types while sessions are open.
pub(super) fn row(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    qualify(&format!(
        "{SEQUENCE} := CASE WHEN TG_RELID = ANY ({leaves}({events})) THEN NEW.{sequence}::bigint END;
IF {SEQUENCE} IS NULL THEN
{other}
  {SEQUENCE} := CASE WHEN {events} IS NOT NULL THEN NEW.{sequence}::bigint END;
END IF;
es_entity := CASE WHEN {events} IS NOT NULL THEN NEW.{id}::{id_type} END;",
        leaves = names.leaves,
        events = events(model, view),
        sequence = ident(&model.store.sequence),
        id = ident(&model.store.id),
        id_type = part(&model.store.id_type, Part::Qualified),
        other = indent(&other(model, view), 2),
    ))
}

/// Refuses a row of another table.
fn other(model: &Model, view: &View) -> String {
    format!(
        "-- The plan was made in a snapshot from before the trigger, or the row is not one of the event table's.
IF coalesce(pg_partition_root(TG_RELID), TG_RELID) <> {events}
  OR (TG_RELID = ANY ({leaves}(coalesce(pg_partition_root(TG_RELID), TG_RELID)))) IS NOT TRUE THEN
{refusal}
END IF;",
        leaves = Names::new(&model.store, view).leaves,
        events = events(model, view),
        refusal = indent(&refusal(model, view), 2),
    )
}

/// The beginning of what runs for each row that is changed or deleted.
pub(super) fn edited_row(model: &Model, view: &View) -> String {
    format!(
        "IF (TG_RELID = ANY ({leaves}({events}))) IS NOT TRUE THEN
{other}
END IF;",
        leaves = Names::new(&model.store, view).leaves,
        events = events(model, view),
        other = indent(&other(model, view), 2),
    )
}

/// The value of an expression over a row of the trigger, which is planned again when the event table changes.
pub(super) fn planned_again(model: &Model, view: &View, expression: &str) -> String {
    format!("CASE WHEN {} IS NOT NULL THEN {expression} END", events(model, view))
}

/// The row form's function that returns the relations whose rows the trigger sees. There are none if the event table
/// itself does not have the trigger: for example, it became a partition and another table now has its name.
pub(super) fn leaves(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function {
        remark: "-- The event table and its partitions, if the event table has the trigger. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the event table by its name, and is made again when the
-- table changes.",
        name: &names.leaves,
        arguments: "es_events regclass",
        returns: "oid[]",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT es_events::oid || ARRAY(SELECT p.relid::oid FROM pg_partition_tree(es_events) AS p)
  -- By names: in an older snapshot, the trigger may have a function that is no longer there.
  WHERE EXISTS (
    SELECT
    FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
    WHERE t.tgrelid = es_events AND p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  )",
        schema = literal(&ident(&view.table.schema)),
        functions = literals(&[APPLY, FILLING].map(|suffix| format!("{}{suffix}", view.table.name))),
    ))
}
