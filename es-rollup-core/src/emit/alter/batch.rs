//! The function that fills some entities after a change.

use super::super::function::{ALL_ROWS, Function, PINNED};
use super::super::install::isolation_of;
use super::super::names::{ID, Names, VERSION};
use super::super::text::{indent, part};
use super::Between;
use super::scan::COMMITTED;
use crate::model::Part;

/// The classes of errors that are not about an event: a deadlock, a full disk, a lock that is not to be had, a session that
/// is to end, a server that fails
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const OTHERS: &str = "'25', '40', '53', '55', '57', '58', 'XX'";

/// An entity without a row cannot be locked before: whoever creates it at this moment is noticed only by waiting.
const SHORT: &str = "lock_timeout = '50ms'  -- for rows that somebody is creating";

/// How many events an entity is taken to have at least. A batch locks the entities that it looks at.
const AT_LEAST: u32 = 5;

/// The function that fills some of them.
pub(super) fn batch(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let id_type = part(&new.store.id_type, Part::Name);
    Function {
        remark: "-- Fills some entities, with about es_events events, and returns how many are off the list or refused. It never waits for
-- a writer: a row that somebody has locked is left for later. An entity that does not fold is noted and passed over.",
        name: &names.batch,
        arguments: "es_events integer",
        returns: "bigint",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, ALL_ROWS, SHORT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_most ALIAS FOR es_events;
  es_seen {id_type}[];  -- the entities that are looked at
  es_ids {id_type}[];  -- those to fold
  es_one {id_type};
  es_settled bigint;
  es_more bigint;
BEGIN
  IF (es_most > 0) IS NOT TRUE THEN
    RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a batch has at least one event';
  END IF;
{isolation}
{chosen}
  IF cardinality(es_ids) = 0 THEN
    RETURN es_settled;
  END IF;
{folded}
  INSERT INTO {done} (id) SELECT n.es_id FROM unnest(es_ids) AS n (es_id) ON CONFLICT DO NOTHING;
  DELETE FROM {todo} AS t WHERE t.id = ANY (es_ids);
  GET DIAGNOSTICS es_more = ROW_COUNT;
  RETURN es_settled + es_more;
END",
        isolation = indent(&isolation_of("a batch", COMMITTED), 2),
        chosen = indent(&chosen(&names), 2),
        folded = indent(&folded(&names), 2),
        todo = names.todo,
        done = names.done,
    ))
}

/// Takes entities off the list that writers have filled, and chooses others.
fn chosen(names: &Names) -> String {
    format!(
        "es_seen := ARRAY(
  SELECT t.id FROM {todo} AS t
  WHERE t.refused IS NULL AND t.id IS NOT NULL
  ORDER BY t.id
  LIMIT greatest(es.es_most / {AT_LEAST}, 1)
  FOR UPDATE SKIP LOCKED
);
-- Writers have filled some of them.
DELETE FROM {todo} AS t USING {done} AS d WHERE t.id = d.id AND t.id = ANY (es_seen);
GET DIAGNOSTICS es_settled = ROW_COUNT;
-- As many as have about that many events.
es_ids := ARRAY(
  SELECT s.id
  FROM (
    SELECT t.id, coalesce(r.{VERSION}, 1) AS es_count, sum(coalesce(r.{VERSION}, 1)) OVER (ORDER BY t.id) AS es_sum
    FROM {todo} AS t LEFT JOIN {rollup} AS r ON r.{ID} = t.id
    WHERE t.id = ANY (es_seen)
  ) AS s
  WHERE s.es_sum - s.es_count < es.es_most
);
-- An entity without a row has ended, or was never folded: no writer can have locked it.
es_ids := ARRAY(
  SELECT r.{ID} FROM {rollup} AS r WHERE r.{ID} = ANY (es_ids) ORDER BY r.{ID} FOR UPDATE SKIP LOCKED
) || ARRAY(
  SELECT n.es_id
  FROM unnest(es_ids) AS n (es_id)
  WHERE NOT EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = n.es_id)
);
IF cardinality(es_ids) = 0 AND es_settled = 0 THEN
  -- Somebody has locked all of these: others then.
  es_ids := ARRAY(
    SELECT t.id
    FROM {todo} AS t JOIN {rollup} AS r ON r.{ID} = t.id
    WHERE t.refused IS NULL
    ORDER BY t.id
    LIMIT greatest(es.es_most / {AT_LEAST}, 1)
    FOR UPDATE SKIP LOCKED
  );
END IF;
IF cardinality(es_ids) = 0 AND es_settled = 0 THEN
  es_ids := ARRAY(
    SELECT t.id
    FROM {todo} AS t
    WHERE t.refused IS NULL AND t.id IS NOT NULL AND NOT EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = t.id)
    ORDER BY t.id
    LIMIT greatest(es.es_most / {AT_LEAST}, 1)
    FOR UPDATE SKIP LOCKED
  );
END IF;",
        todo = names.todo,
        done = names.done,
        rollup = names.rollup,
    )
}

/// Folds them again, all together, or one after the other if some do not fold.
fn folded(names: &Names) -> String {
    format!(
        "-- In statements of their own, which see every event that a locked row includes. What must be unique is so at the end of
-- each.
BEGIN
  SET CONSTRAINTS ALL DEFERRED;
  PERFORM {refold}(es_ids);
  SET CONSTRAINTS ALL IMMEDIATE;
EXCEPTION WHEN OTHERS THEN
  -- Some errors are not about an event, such as a deadlock.
  IF SQLSTATE <> '55P03' AND left(SQLSTATE, 2) IN ({OTHERS}) THEN
    RAISE;
  END IF;
  FOREACH es_one IN ARRAY es_ids LOOP
    BEGIN
      SET CONSTRAINTS ALL DEFERRED;
      PERFORM {refold}(ARRAY[es_one]);
      SET CONSTRAINTS ALL IMMEDIATE;
    EXCEPTION WHEN lock_not_available THEN
      es_ids := array_remove(es_ids, es_one);  -- left for later
    WHEN OTHERS THEN
      IF left(SQLSTATE, 2) IN ({OTHERS}) THEN
        RAISE;
      END IF;
      UPDATE {todo} AS t SET refused = format('%s: %s', SQLSTATE, SQLERRM) WHERE t.id = es_one;
      GET DIAGNOSTICS es_more = ROW_COUNT;
      es_settled := es_settled + es_more;
    END;
  END LOOP;
  es_ids := ARRAY(SELECT t.id FROM {todo} AS t WHERE t.id = ANY (es_ids) AND t.refused IS NULL);
END;",
        todo = names.todo,
        refold = names.refold,
    )
}
