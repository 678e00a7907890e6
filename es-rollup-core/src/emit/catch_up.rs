//! The function that folds the events that an entity's row does not include yet.

use super::constraints;
use super::guarded::within;
use super::names::{Names, SEQUENCE};
use super::refuse::{raise, shown};
use super::step::{open, selected, step, taken, variables};
use super::text::{ident, indent, part};
use super::write;
use crate::ErrorKind;
use crate::model::{Model, Part, View};

pub(super) fn catch_up(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    let delete = if model.has_delete() {
        format!(
            "\n  IF es_deleted THEN\n    DELETE FROM {} AS r WHERE r.\"id\" = es.es_entity;\n  END IF;",
            names.rollup
        )
    } else {
        String::new()
    };
    let written =
        format!("{}\nIF FOUND THEN{delete}\n  RETURN es_version;\nEND IF;", write::one(model, view));
    format!(
        "-- Folds the events of one entity that its row does not include yet, from the event table, and returns the
-- version reached. For an entity that was never folded, or whose events were inserted while the trigger was disabled.
CREATE OR REPLACE FUNCTION {catch_up}(es_id {id_type})
  RETURNS bigint
  LANGUAGE plpgsql
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
#variable_conflict use_column
<<es>>
DECLARE
  es_event record;  -- the current event
{variables}
BEGIN
  es_entity := es_id;
  SELECT {selected} INTO es_event
  FROM {events} AS e
  WHERE e.{id} = es.es_entity AND e.{sequence} < 1
  ORDER BY e.{sequence}
  LIMIT 1;
  IF FOUND THEN
    es_version := 0;
{first_taken}
{first_open}
    {below}
  END IF;
  FOR es_try IN 1 .. 20 LOOP
    SELECT r.* INTO es_row FROM {rollup} AS r WHERE r.\"id\" = es.es_entity FOR UPDATE;
    es_base := coalesce(es_row.\"version\", 0);
    es_version := es_base;{undeleted}
    FOR es_event IN
      SELECT {selected}
      FROM {events} AS e
      WHERE e.{id} = es.es_entity AND e.{sequence} > es.es_base
      ORDER BY e.{sequence}
    LOOP
{taken}
{open}
      IF {next} <> es_version + 1 THEN
        {gap}
      END IF;
{step}
    END LOOP;
    IF es_version = es_base THEN
      RETURN es_version;
    END IF;
{never_seen}{write}
    -- Another transaction created the row in the meantime: read it again, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', {shown}), HINT = 'Try again.';
END
$es_rollup$;
REVOKE ALL ON FUNCTION {catch_up} FROM PUBLIC;
",
        catch_up = names.catch_up,
        id_type = part(&model.store.id_type, Part::Name),
        variables = variables(model, view),
        rollup = names.rollup,
        selected = selected(model),
        events = names.events,
        undeleted = if model.has_delete() { "\n    es_deleted := false;" } else { "" },
        first_taken = indent(&taken(model), 4),
        first_open = indent(&open(model), 4),
        below = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None),
        taken = indent(&taken(model), 6),
        open = indent(&open(model), 6),
        next = SEQUENCE,
        gap = raise(model, view, &format!("'{}'", ErrorKind::Gap.sqlstate()), None),
        step = indent(&step(model, view), 6),
        never_seen = constraints::never_seen(model, view).unwrap_or_default(),
        // Written first, so that another transaction that writes the same row at this moment is noticed.
        write = indent(&format!("{}{}", constraints::moved(view), within(model, view, "es_entity::text", &written)), 4),
        shown = shown("es_entity::text"),
    )
}
