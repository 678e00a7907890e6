//! The row form's support for subscribers of logical replication.
//!
//! The worker that applies a publisher's changes inserts rows one by one, each in a separate statement and in the order
//! in which the publisher wrote them, which need not be the order of their sequence. So an event that does not follow
//! the row may have come too early. It is left to a second trigger, which runs at the end of the transaction. So is every
//! event that is changed or deleted: what a publisher does in one statement arrives in several, and what is left need not
//! fold in between.

use super::edited;
use super::event::tag;
use super::filter;
use super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::names::{ID, Names, SEQUENCE, VERSION};
use super::order;
use super::raise::{self, unreached};
use super::relation;
use super::text::{ident, indent, literal, part};
use super::transaction::folded_here;
use super::trigger::REPLICATED as KIND;
use crate::ErrorKind;
use crate::model::{Model, Order, Part, View};

/// The function of the second trigger.
pub(super) fn function(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function::of_trigger(
        "-- Folds, at the end of the transaction, an event that reached the subscriber too early, and the entities whose events
-- the publisher has changed or deleted.",
        &names.replica,
        &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    )
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_ids {id}[];  -- the entities whose events have changed
  es_entity {id};  -- the entity that is being folded
  {SEQUENCE} bigint;  -- the event's sequence
  es_base bigint;  -- the version of its row in the table
BEGIN
  IF TG_OP <> 'INSERT' THEN
{edited}
  END IF;
{relation}
{skip}  IF NOT EXISTS (
    SELECT FROM {events} AS e WHERE e.{event_id} = es.es_entity AND e.{sequence} = es.{SEQUENCE}{and_filter}
  ) THEN
    RETURN NULL;  -- changed or deleted later in the transaction, which was followed or will be
  END IF;
  SELECT r.{VERSION} INTO es_base FROM {rollup} AS r WHERE r.{ID} = es.es_entity;
{replay}  IF ({included}) IS NOT TRUE THEN
    es_base := {catch_up};
    IF es_base < {SEQUENCE} THEN
      {unreached};
    END IF;
  END IF;
  RETURN NULL;
END",
        id = part(&model.store.id_type, Part::Name),
        edited = indent(&edited::each(model, view), 4),
        events = names.events,
        event_id = ident(&model.store.id),
        sequence = ident(&model.store.sequence),
        and_filter = filter::and(model, "e"),
        replay = replay(model, view),
        relation = indent(&relation::row(model, view), 2),
        skip = filter::skip(model),
        rollup = names.rollup,
        included = indent(&order::included(model, view), 2).trim_start(),
        catch_up = order::catch_up(model, view, "es_entity", SEQUENCE),
        unreached = unreached(model, view, "es_entity", SEQUENCE, "es_base"),
    ))
}

/// Refuses an event that the row includes although nothing in this transaction has folded it.
fn replay(model: &Model, view: &View) -> String {
    match model.store.order {
        Order::Contiguous => {}
        // The catch-up function refuses it.
        Order::Increasing => return String::new(),
    }
    format!(
        "  IF es_base >= {SEQUENCE} AND NOT {folded} THEN
    {refuse};
  END IF;
",
        folded = folded_here(model, view),
        refuse = raise::call(
            view,
            model,
            [&format!("'{}'", ErrorKind::Replay.sqlstate()), "es_entity", SEQUENCE, "es_base"],
            &[&tag(model, "NEW")]
        ),
    )
}

/// The second trigger.
pub(super) fn trigger(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- For subscribers of logical replication. It is disabled; they enable it as REPLICA, and the trigger for an INSERT as
-- ALWAYS.
es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {name});
IF es_enabled IS NOT NULL AND NOT EXISTS (
  SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {name} AND t.tgtype = {KIND}
) THEN
  DROP TRIGGER {trigger} ON {on};  -- one of an earlier release, which does not follow an UPDATE or a DELETE
END IF;
IF NOT EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {name}) THEN
  CREATE CONSTRAINT TRIGGER {trigger}
    AFTER INSERT OR UPDATE OR DELETE ON {on}
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW
    WHEN (pg_catalog.current_setting('session_replication_role') OPERATOR(pg_catalog.=) 'replica')
    EXECUTE FUNCTION {replica}();
  IF es_enabled = 'A' THEN
    ALTER TABLE {on} ENABLE ALWAYS TRIGGER {trigger};
  ELSIF es_enabled = 'R' THEN
    ALTER TABLE {on} ENABLE REPLICA TRIGGER {trigger};
  ELSIF es_enabled IS DISTINCT FROM 'O' THEN
    ALTER TABLE {on} DISABLE TRIGGER {trigger};
  END IF;
END IF;",
        on = names.events,
        name = literal(&names.bare_replica),
        trigger = names.replica_trigger,
        replica = names.replica,
    )
}
