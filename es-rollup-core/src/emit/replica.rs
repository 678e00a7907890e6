//! The row form's support for subscribers of logical replication.
//!
//! The worker that applies a publisher's changes inserts rows one by one, each in a separate statement and in the order
//! in which the publisher wrote them, which need not be the order of their sequence. So an event that does not follow
//! the row may have come too early. It is left to a second trigger, which runs at the end of the transaction.

use super::filter;
use super::function::{BY_INDEX, Function, JIT, PINNED};
use super::names::{ID, Names, SEQUENCE, VERSION};
use super::order;
use super::raise::unreached;
use super::relation;
use super::text::{indent, literal, part};
use crate::model::{Model, Part, View};

/// Leaves an event that does not follow the row to the second trigger, if that is enabled.
pub(super) fn left(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "IF current_setting('session_replication_role') = 'replica' AND EXISTS (
  SELECT FROM pg_trigger AS t
  WHERE t.tgrelid = es_relation AND t.tgname = {trigger} AND t.tgenabled IN ('A', 'R')
) THEN
  RETURN;  -- checked once all rows of the publisher's transaction have arrived
END IF;",
        trigger = literal(&names.bare_replica),
    )
}

/// The function of the second trigger.
pub(super) fn function(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function::of_trigger(
        "-- Folds an event that reached the subscriber too early, at the end of the transaction.",
        &names.replica,
        &[PINNED, BY_INDEX, JIT],
    )
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity {id};  -- the entity that is being folded
  {SEQUENCE} bigint;  -- the event's sequence
  es_base bigint;  -- the version of its row in the table
BEGIN
{relation}
{skip}  SELECT r.{VERSION} INTO es_base FROM {rollup} AS r WHERE r.{ID} = es.es_entity;
  IF ({included}) IS NOT TRUE THEN
    es_base := {catch_up};
    IF es_base < {SEQUENCE} THEN
      {unreached};
    END IF;
  END IF;
  RETURN NULL;
END",
        id = part(&model.store.id_type, Part::Name),
        relation = indent(&relation::row(model, view), 2),
        skip = filter::skip(model),
        rollup = names.rollup,
        included = indent(&order::included(model, view), 2).trim_start(),
        catch_up = order::catch_up(model, view, "es_entity", SEQUENCE),
        unreached = unreached(model, view, "es_entity", SEQUENCE, "es_base"),
    ))
}

/// The second trigger.
pub(super) fn trigger(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- For subscribers of logical replication. It is disabled; they enable it as REPLICA, and the other trigger as ALWAYS.
IF NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {name}) THEN
  CREATE CONSTRAINT TRIGGER {trigger}
    AFTER INSERT ON {on}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN (pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.=) 'replica')
    EXECUTE FUNCTION {replica}();
  ALTER TABLE {on} DISABLE TRIGGER {trigger};
END IF;",
        on = names.events,
        name = literal(&names.bare_replica),
        trigger = names.replica_trigger,
        replica = names.replica,
    )
}
