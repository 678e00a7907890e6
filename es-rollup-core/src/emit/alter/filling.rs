//! The trigger's function while rows are filled. A row that is not filled yet was folded by the old model, so it counts for
//! nothing: its entity is folded again from its first event.

use super::super::catch_up::STEPS;
use super::super::event;
use super::super::filter;
use super::super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::super::names::{ID, NEW, Names, SEQUENCE, VERSION};
use super::super::order;
use super::super::raise;
use super::super::relation;
use super::super::text::{ident, indent, part};
use super::super::transaction::folded_of;
use super::Between;
use crate::ErrorKind;
use crate::model::{Part, Trigger};

/// The function that both forms of the trigger call for each entity.
pub(super) fn step(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let id_type = part(&new.store.id_type, Part::Name);
    let replay = format!("'{}'", ErrorKind::Replay.sqlstate());
    Function {
        remark: "-- Folds the events that were inserted for an entity, from the first to the last of these sequences. A row that is not
-- filled yet counts for nothing.",
        name: &names.step,
        arguments: &format!("es_id {id_type}, es_first bigint, es_last bigint"),
        returns: "void",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_base bigint;  -- the version of its row in the table
  es_reached bigint;  -- the version reached
  es_tag text;  -- the type of an event that is refused
BEGIN
  SELECT r.{VERSION} INTO es_base FROM {rollup} AS r WHERE r.{ID} = es.es_entity FOR UPDATE;
  IF es_first <= es_base AND NOT {folded} THEN
    es_tag := (
      SELECT {tag} FROM {events} AS e WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} = es_first
    );
    {refuse};
  END IF;
  -- In a statement of its own, which sees what the one that had locked the row has written.
  IF EXISTS (SELECT FROM {done} AS d WHERE d.id = es.es_entity) THEN
    PERFORM set_config('{STEPS}', 'true', true);
    es_reached := {catch_up};
    PERFORM set_config('{STEPS}', 'false', true);
  ELSE
    PERFORM {refold}(ARRAY[es_entity]);
    INSERT INTO {done} (id) VALUES (es_entity) ON CONFLICT DO NOTHING;
    -- If its stream has ended, all of its events are folded.
    es_reached := coalesce((SELECT r.{VERSION} FROM {rollup} AS r WHERE r.{ID} = es.es_entity), es_last);
  END IF;
  IF es_reached < es_last THEN
    {unreached};
  END IF;
END",
        rollup = names.rollup,
        folded = folded_of(new, &new.root, "es_entity", "es_first"),
        refuse = raise::call(&new.root, new, [&replay, "es_entity", "es_first", "es_base"], &["es_tag"]),
        tag = indent(&event::tag(new, "e"), 4).trim_start(),
        events = names.events,
        id = ident(&new.store.id),
        sequence = ident(&new.store.sequence),
        and_filter = filter::and(new, "e"),
        done = names.done,
        catch_up = order::catch_up(new, &new.root, "es_entity", "es_first"),
        refold = names.refold,
        unreached = raise::unreached(new, &new.root, "es_entity", "es_last", "es_reached"),
    ))
}

/// The trigger's function.
pub(super) fn filling(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let (id, sequence) = (ident(&new.store.id), ident(&new.store.sequence));
    let id_type = part(&new.store.id_type, Part::Name);
    let body = match new.trigger {
        Trigger::Statement => format!(
            "#variable_conflict use_column
DECLARE
  es_one record;
BEGIN
{relation}
  FOR es_one IN
    SELECT e.{id}::{id_type} AS es_entity, min(e.{sequence})::bigint AS es_first, max(e.{sequence})::bigint AS es_last
    FROM {NEW} AS e{only}
    GROUP BY 1
    ORDER BY 1
  LOOP
    PERFORM {step}(es_one.es_entity, es_one.es_first, es_one.es_last);
  END LOOP;
  RETURN NULL;
END",
            relation = indent(&relation::statement(new, &new.root), 2),
            only = filter::only(new, "e"),
            step = names.step,
        ),
        Trigger::Row => format!(
            "#variable_conflict use_column
DECLARE
  {SEQUENCE} bigint := NEW.{sequence}::bigint;
BEGIN
{relation}
{skip}  PERFORM {step}(NEW.{id}::{id_type}, {SEQUENCE}, {SEQUENCE});
  RETURN NULL;
END",
            relation = indent(&relation::partition(new, &new.root), 2),
            skip = filter::skip(new),
            step = names.step,
        ),
    };
    Function::of_trigger(
        "-- Folds what is inserted while rows are filled.",
        &names.filling,
        &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    )
    .text(&body)
}
