//! The trigger's function: folds the rows of one statement, whatever order they come in.

use super::names::{NEW, Names};
use super::refuse::raise;
use super::step::{open, selected, step, variables};
use super::text::{ident, indent};
use super::write::write;
use crate::ErrorKind;
use crate::model::{Model, View};

pub(super) fn apply(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
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
{variables}
  es_done boolean;  -- whether the entity's events in this statement are folded already
BEGIN
  FOR es_event IN
    SELECT {selected},
      lead(e.{id}) OVER es_run IS DISTINCT FROM e.{id} AS last
    FROM {NEW} AS e
    WINDOW es_run AS (ORDER BY e.{id}, e.{sequence})
    ORDER BY e.{id}, e.{sequence}
  LOOP
    IF es_entity IS DISTINCT FROM es_event.id THEN
      es_entity := es_event.id;
      SELECT r.* INTO es_row FROM {rollup} AS r WHERE r.\"id\" = es_entity;
      es_base := coalesce(es_row.\"version\", 0);
      es_version := es_base;
      es_done := false;{undeleted}
    END IF;
    CONTINUE WHEN es_done;
{open}
    IF es_event.sequence <= es_base THEN
      -- Folded already. That is in order where a later command of this transaction did it (a trigger that
      -- inserts events in its turn); otherwise the row is ahead of the log.
      CONTINUE WHEN EXISTS (
        SELECT
        FROM {rollup} AS r JOIN {events} AS e ON e.{id} = r.\"id\" AND e.{sequence} = es_event.sequence
        WHERE r.\"id\" = es_entity AND age(r.xmin) <= 0 AND r.cmin::text::bigint > e.cmin::text::bigint
      );
      {replay}
    ELSIF es_event.sequence <> es_version + 1{rowless} THEN
      -- {why}
      PERFORM {catch_up}(es_entity);
      es_done := true;
      CONTINUE;
    END IF;
{step}
    IF es_event.last THEN
{write}
      IF NOT FOUND THEN
        -- Somebody else folded meanwhile: go on from where the row is now.
        PERFORM {catch_up}(es_entity);
      END IF;
    END IF;
  END LOOP;
  RETURN NULL;
END
$es_rollup$;
REVOKE ALL ON FUNCTION {apply} FROM PUBLIC;
",
        apply = names.apply,
        variables = variables(model, view),
        selected = selected(model),
        rollup = names.rollup,
        events = names.events,
        undeleted = if view.has_delete() { "\n      es_deleted := false;" } else { "" },
        // Without a row it cannot be told whether the stream begins or has ended.
        rowless = if view.has_delete() { " OR es_base = 0" } else { "" },
        why = if view.has_delete() {
            "The row is behind its log, or gone, or an event is missing: the log tells."
        } else {
            "The row is behind its log, or an event is missing: the log tells."
        },
        open = indent(&open(model), 4),
        replay = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None),
        catch_up = names.catch_up,
        step = indent(&step(model, view), 4),
        write = indent(&write(model, view), 6),
    )
}
