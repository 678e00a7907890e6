//! The trigger's function: folds the rows of one statement, whatever order they come in.

use super::names::{Event, NEW, Names};
use super::refuse::raise;
use super::step::{folded_here, open, selected, step, unselected, variables};
use super::text::{ident, indent};
use super::write;
use crate::ErrorKind;
use crate::model::{Model, View};

pub(super) fn apply(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    let deletes = view.has_delete();
    let event = Event::new(&model.store);
    format!(
        "-- Folds the events of one statement: each entity's in the order of their sequence, and one write for each.
CREATE OR REPLACE FUNCTION {apply}()
  RETURNS trigger
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
#variable_conflict use_column
DECLARE
  es_event record;  -- the event at hand
{variables}
  es_done boolean := true;  -- whether nothing of the entity is left to be written
  es_rows {rollup}[];  -- the rows of entities before it, to be written
  es_bases bigint[];  -- how far the table has those
  es_written bigint;
  es_more bigint;
BEGIN
  FOR es_event IN
    SELECT {selected}
    FROM {NEW} AS e
    -- The last row, without an entity, ends the one before it.
    UNION ALL SELECT {unselected}
    ORDER BY {id}, {sequence}
  LOOP
    IF es_entity IS DISTINCT FROM {event_id} OR {event_id} IS NULL THEN
{end}
      EXIT WHEN {event_id} IS NULL;
      es_entity := {event_id};
      SELECT r.* INTO es_row FROM {rollup} AS r WHERE r.\"id\" = es_entity;
      es_base := coalesce(es_row.\"version\", 0);
      es_version := es_base;
      es_done := false;{undeleted}
    END IF;
    CONTINUE WHEN es_done;
{open}
    IF {next} <= es_base THEN
      -- Folded already. That is in order where a later command of this transaction did it (a trigger that
      -- inserts events in its turn); otherwise the row is ahead of the log.
      CONTINUE WHEN {next} > 0 AND {folded};
      {replay}
    ELSIF {next} <> es_version + 1{rowless} THEN
      -- {why}
      PERFORM {catch_up}(es_entity);
      es_done := true;
      CONTINUE;
    END IF;
{step}
  END LOOP;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION {apply} FROM PUBLIC;
",
        apply = names.apply,
        variables = variables(model, view),
        rollup = names.rollup,
        selected = selected(model),
        event_id = event.id,
        next = event.sequence,
        unselected = unselected(model),
        end = indent(&end(model, view, &names), 6),
        undeleted = if deletes { "\n      es_deleted := false;" } else { "" },
        open = indent(&open(model), 4),
        folded = indent(&folded_here(model, view), 6).trim_start(),
        replay = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None),
        // Without a row it cannot be told whether the stream begins or has ended.
        rowless = if deletes { " OR es_base = 0" } else { "" },
        why = if deletes {
            "The row is behind its log, or gone, or an event is missing: the log tells."
        } else {
            "The row is behind its log, or an event is missing: the log tells."
        },
        catch_up = names.catch_up,
        step = indent(&step(model, view), 4),
    )
}

/// How many rows are kept before they are written: what is kept stands in memory.
const KEPT: u32 = 1000;

/// Ends an entity's events: its row is written at once when it is the statement's only one, and else kept until
/// there are many.
fn end(model: &Model, view: &View, names: &Names) -> String {
    let ended = if view.has_delete() {
        // What has ended is for the log to take away.
        format!("ELSIF es_deleted THEN\n  PERFORM {}(es_entity);\n", names.catch_up)
    } else {
        String::new()
    };
    format!(
        "IF es_done OR es_version = es_base THEN
  NULL;  -- nothing of it is left to be written
{ended}ELSIF {event_id} IS NULL AND es_bases IS NULL THEN
  -- The statement's only entity, as mostly.
{one}
  IF NOT FOUND THEN
    -- Somebody else folded meanwhile: go on from where the row is now.
    PERFORM {catch_up}(es_entity);
  END IF;
ELSE
  es_rows := array_append(es_rows, es_row);
  es_bases := array_append(es_bases, es_base);
END IF;
IF cardinality(es_bases) >= {KEPT} OR {event_id} IS NULL AND es_bases IS NOT NULL THEN
{many}
  IF es_written < cardinality(es_bases) THEN
    -- Somebody else folded some of them meanwhile: go on from where their rows are now.
    PERFORM {catch_up}(n.\"id\")
    FROM unnest(es_rows) AS n LEFT JOIN {rollup} AS r ON r.\"id\" = n.\"id\"
    WHERE r.\"version\" IS NULL OR r.\"version\" < n.\"version\";
  END IF;
  es_rows := NULL;
  es_bases := NULL;
END IF;",
        event_id = Event::new(&model.store).id,
        one = indent(&write::one(model, view), 2),
        catch_up = names.catch_up,
        many = indent(&write::many(model, view), 2),
        rollup = names.rollup,
    )
}
