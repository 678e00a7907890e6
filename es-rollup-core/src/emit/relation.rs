//! For which relation the trigger's function runs.
//!
//! Whoever may execute the function can make it the trigger of a table of his own, and the event table may get
//! another name or become a partition. The names are compared as oids: a constant of the plan, which is made anew
//! when the relation or its schema changes.

use super::names::{Names, SEQUENCE};
use super::text::{ident, indent, literal, part};
use crate::model::{Model, Part, View};

fn events(model: &Model, view: &View) -> String {
    format!("{}::regclass", literal(&Names::new(&model.store, view).events))
}

/// Refuses to run for another relation than the event table.
fn refusal(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
  MESSAGE = format('the trigger of the rollup %s fires for \"%s\".\"%s\", but the rollup is derived from %s',
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
    format!(
        "IF TG_RELID <> {events} THEN\n{refusal}\nEND IF;",
        events = events(model, view),
        refusal = indent(&refusal(model, view), 2),
    )
}

/// The beginning of the row form, which also takes what it needs of the row. An expression that names the event
/// table is made anew with it, so that it may change the types of its columns while sessions are open.
pub(super) fn row(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "{SEQUENCE} := CASE WHEN TG_RELID = ANY ({leaves}({events})) THEN NEW.{sequence}::bigint END;
IF {SEQUENCE} IS NULL THEN
  -- The plan was made in a snapshot from before the trigger, or the row is not one of the event table's.
  IF coalesce(pg_partition_root(TG_RELID), TG_RELID) <> {events}
    OR (TG_RELID = ANY ({leaves}(coalesce(pg_partition_root(TG_RELID), TG_RELID)))) IS NOT TRUE THEN
{refusal}
  END IF;
  {SEQUENCE} := CASE WHEN {events} IS NOT NULL THEN NEW.{sequence}::bigint END;
END IF;
es_entity := CASE WHEN {events} IS NOT NULL THEN NEW.{id}::{id_type} END;",
        leaves = names.leaves,
        events = events(model, view),
        sequence = ident(&model.store.sequence),
        id = ident(&model.store.id),
        id_type = part(&model.store.id_type, Part::Name),
        refusal = indent(&refusal(model, view), 4),
    )
}

/// The row form's function that says of which relations the trigger sees the rows: none if the event table itself
/// does not have it, as when it has become a partition and another table has its name.
pub(super) fn leaves(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- The event table and its partitions, if the event table has the trigger. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the event table by its name, and is made again when the
-- table changes.
CREATE OR REPLACE FUNCTION {leaves}(es_events regclass)
  RETURNS oid[]
  LANGUAGE sql
  IMMUTABLE
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
  SELECT es_events::oid || ARRAY(SELECT p.relid::oid FROM pg_partition_tree(es_events) AS p)
  WHERE EXISTS (
    SELECT FROM pg_trigger AS t
    WHERE t.tgrelid = es_events AND t.tgfoid = to_regprocedure({apply})
  )
$es_rollup$;
REVOKE ALL ON FUNCTION {leaves} FROM PUBLIC;
",
        leaves = names.leaves,
        apply = literal(&format!("{}()", names.apply)),
    )
}
