//! The fold of the events that stand in the event table when the migration runs.

use super::names::Names;
use super::preflight::raise_install;
use super::text::ident;
use crate::ErrorKind;
use crate::model::{Model, View};

/// How many events the migration folds before it refuses: some seconds, in which writers wait.
const LIMIT: u32 = 1_000_000;

pub(super) fn history(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    format!(
        "-- Folds the events that were there before the trigger.
DO $es_rollup$
DECLARE
  es_limit pg_catalog.int8;
  es_entities pg_catalog.int8;
  es_path pg_catalog.text;
BEGIN
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  es_limit := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, {LIMIT});
  IF es_limit < (
    SELECT count(*)
    FROM (
      SELECT
      FROM {events} AS e LEFT JOIN {rollup} AS r ON r.\"id\" = e.{id}
      WHERE e.{sequence} > coalesce(r.\"version\", 0)
      LIMIT es_limit + 1
    ) AS es_unfolded
  ) THEN
    {too_many}
  END IF;
  PERFORM {refuse}('{replay}', e.{id}::text, e.{sequence}, 0, NULL)
  FROM {events} AS e
  WHERE e.{sequence} < 1;
  SELECT count({catch_up}(es_behind.id)) INTO es_entities
  FROM (
    SELECT e.{id} AS id
    FROM {events} AS e LEFT JOIN {rollup} AS r ON r.\"id\" = e.{id}
    GROUP BY e.{id}, r.\"version\"
    HAVING max(e.{sequence}) > coalesce(r.\"version\", 0)
    ORDER BY e.{id}
  ) AS es_behind;
  -- Statistics only of a table that holds something: of an empty one they would mislead the planner.
  IF es_entities > 0 THEN
    ANALYZE {rollup};
  END IF;
  -- Names are the session's again.
  es_path := current_setting('es_rollup.search_path', true);
  IF starts_with(es_path, '=') THEN
    PERFORM set_config('search_path', substr(es_path, 2), true);
    PERFORM set_config('es_rollup.search_path', '', true);
  END IF;
END
$es_rollup$;
",
        events = names.events,
        rollup = names.rollup,
        catch_up = names.catch_up,
        refuse = names.refuse,
        replay = ErrorKind::Replay.sqlstate(),
        too_many = raise_install(
            "format('more than %s events are not folded yet', es_limit)",
            "Writers would wait while they are folded. If they may, say SET es_rollup.history_limit = a larger number before the migration.",
            6,
        ),
    )
}
