//! Begins to fill rows after a change of a rollup that has many events: the trigger gets a function that does not trust
//! rows before they are filled.

use super::super::attach::functions_revoked;
use super::super::install::check;
use super::super::names::{Names, qualified};
use super::super::plan;
use super::super::text::{indent, literal, part};
use super::super::trigger;
use super::{Between, batch, checked, filling, scan};
use crate::model::{Part, Trigger};

/// How many events a batch folds by default. Views take most of the time: with them, some tens of milliseconds.
const EVENTS: u32 = 1000;

/// Creates the tables and functions of a fill, and gives the trigger its function. `why` it is needed, in words.
pub(super) fn begin(between: &Between<'_>, why: &str) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let id_type = part(&new.store.id_type, Part::Name);
    format!(
        "-- The entities that are still to be filled, and those that are filled. A server that crashes may lose the latter: then
-- they are folded once more.
CREATE TABLE {todo} (id {id_type} UNIQUE, refused text);
CREATE UNLOGGED TABLE {done} (id {id_type} PRIMARY KEY);
{functions}
-- Lets only the owner use them, and gives the trigger its function.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := to_regclass({events});
  es_enabled pg_catalog.\"char\";
  es_grant pg_catalog.record;
BEGIN
{replica}
{revoked}
FOR es_grant IN
  SELECT c.oid::regclass AS es_table, a.grantee
  FROM pg_class AS c, aclexplode(c.relacl) AS a
  WHERE c.oid IN (to_regclass({todo_name}), to_regclass({done_name})) AND a.grantee <> c.relowner
  GROUP BY c.oid, a.grantee
LOOP
  EXECUTE format('REVOKE ALL ON TABLE %s FROM %s CASCADE', es_grant.es_table,
    CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
END LOOP;
{trigger}
  RAISE WARNING USING MESSAGE = {message}, HINT = {hint};
END
$es_rollup$;
",
        todo = names.todo,
        done = names.done,
        functions = [
            filling::step(between),
            filling::filling(between),
            scan::scan(between),
            batch::batch(between),
            procedure(between),
        ]
        .join("\n"),
        events = literal(&names.events),
        replica = indent(&replica(between, &names), 2),
        revoked = indent(&functions_revoked(&new.root, &plan::fill_functions(&new.root)), 2),
        todo_name = literal(&names.todo),
        done_name = literal(&names.done),
        trigger = indent(&trigger::inserted_by(new, &new.root, &names.filling), 2),
        message = literal(&format!("{} has to be filled: {why}", names.rollup)),
        hint = literal(&format!("In a session without a transaction: CALL {}(). Writers go on meanwhile.", names.fill)),
    )
}

/// What a publisher has inserted is folded at the end of its transaction, from the rows as they are.
fn replica(between: &Between<'_>, names: &Names) -> String {
    match between.new.trigger {
        Trigger::Statement => String::new(),
        Trigger::Row => check(
            "",
            &format!(
                "EXISTS (
  SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {} AND t.tgenabled <> 'D'
)",
                literal(&names.bare_replica)
            ),
            "'the rollup of a subscriber cannot be filled while events arrive'",
            "Stop the subscription, and run SET es_rollup.history_limit = N before the migration, with N above the number of events.",
        ),
    }
}

/// The procedure that fills all of them, in many transactions.
fn procedure(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let body = format!(
        "DECLARE
  es_all bigint;  -- how many entities there were
  es_settled bigint := 0::bigint;  -- how many of them are settled
  es_more bigint;
  es_ends boolean;  -- whether none is left
  es_begun timestamp with time zone;
  es_told timestamp with time zone := pg_catalog.clock_timestamp();
BEGIN
  -- In each transaction, names without a schema are PostgreSQL's own.
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  es_all := {scan}();
  COMMIT;
  LOOP
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    es_begun := clock_timestamp();
    BEGIN
      es_more := {batch}(es_events);
      es_ends := NOT EXISTS (SELECT FROM {todo} AS t WHERE t.refused IS NULL AND t.id IS NOT NULL);
    EXCEPTION WHEN undefined_table OR undefined_function THEN
      IF to_regclass({todo_name}) IS NULL THEN
        RETURN;  -- another session has ended the change meanwhile
      END IF;
      RAISE;
    WHEN lock_not_available THEN
      es_more := 0;  -- another session is about to
      es_ends := false;
    END;
    es_settled := es_settled + es_more;
    COMMIT;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    EXIT WHEN es_ends;
    IF clock_timestamp() > es_told + '2 s'::interval THEN
      RAISE NOTICE '% of % entities', es_settled, es_all;
      es_told := clock_timestamp();
    END IF;
    -- Half of the time is left to others. If all that is left is locked, so is a moment.
    PERFORM pg_sleep(CASE es_more WHEN 0 THEN 0.05 ELSE extract(epoch FROM clock_timestamp() - es_begun) END);
  END LOOP;
  -- Statistics of an empty table would mislead the planner.
  ANALYZE {tables};
  COMMIT;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF to_regclass({todo_name}) IS NULL THEN
    RETURN;
  END IF;{checked}
  PERFORM {finish}();
END",
        scan = names.scan,
        batch = names.batch,
        todo = names.todo,
        todo_name = literal(&names.todo),
        tables = new.tables().map(|view| qualified(&view.table)).collect::<Vec<_>>().join(", "),
        checked = checked::checked(between),
        finish = names.finish,
    );
    format!(
        "-- Fills all entities, in short transactions with about es_events events each, and ends the change. It can be cancelled,
-- and called again.
CREATE OR REPLACE PROCEDURE {fill}(es_events integer DEFAULT {EVENTS})
  LANGUAGE plpgsql
AS $es_rollup$
{body}
$es_rollup$;
REVOKE ALL ON PROCEDURE {fill}(integer) FROM PUBLIC;
",
        fill = names.fill,
    )
}
