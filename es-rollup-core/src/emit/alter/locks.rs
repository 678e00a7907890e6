//! How a change locks the event table and the rollup: all of them or none, in short tries.

use super::super::install::raise_install;
use super::super::names::{Names, qualified};
use super::super::plan;
use super::super::text::{indent, literal};
use super::{Between, tables};
use crate::model::View;

/// How long the locks are tried for, unless a setting says so.
const PATIENCE: &str = "60 s";

/// The locks of the migration.
pub(super) fn of_change(between: &Between<'_>, names: &Names) -> String {
    // Readers only wait if a table is altered.
    let tables = between.found().map(|(view, _, table)| {
        lock(view, if table.is_altered() { "ACCESS EXCLUSIVE" } else { "EXCLUSIVE" })
    });
    let dropped = between.dropped().map(|view| lock(view, "ACCESS EXCLUSIVE"));
    let tables: Vec<String> = tables.chain(dropped).chain([filled(names)]).collect();
    let all = between.found().map(|(view, _, _)| view).chain(between.dropped());
    // A trigger that goes is dropped under a lock that readers wait for, too.
    let kept = plan::triggers(between.new, &between.new.root);
    let drops = plan::triggers(between.old, &between.old.root).iter().any(|name| !kept.contains(name));
    let mode = if drops { "ACCESS EXCLUSIVE" } else { "SHARE ROW EXCLUSIVE" };
    format!(
        "-- Waits for current writers, and makes new ones wait until the migration commits. The event table is locked before the
-- rollup, as writers do. Each try is short, and gives back what it has got, so that nobody waits long behind it.
DO $es_rollup$
{tries}
$es_rollup$;",
        tries = tries(names, mode, &tables.join("\n"), all).trim_end_matches(';'),
    )
}

/// The locks of the end of a fill.
pub(super) fn of_finish(between: &Between<'_>, names: &Names) -> String {
    let tables = between.tables().map(|(was, is, table)| {
        let is_altered = !tables::closed(between, was, is, table).is_empty();
        lock(is, if is_altered { "ACCESS EXCLUSIVE" } else { "EXCLUSIVE" })
    });
    let tables: Vec<String> = tables.chain([filled(names)]).collect();
    let all = between.tables().map(|(_, view, _)| view);
    tries(names, "SHARE ROW EXCLUSIVE", &tables.join("\n"), all)
}

fn lock(view: &View, mode: &str) -> String {
    format!("LOCK TABLE {} IN {mode} MODE;", qualified(&view.table))
}

/// The lock on the tables of a fill, if there is one.
fn filled(names: &Names) -> String {
    format!(
        "IF to_regclass({}) IS NOT NULL THEN
  LOCK TABLE {}, {} IN ACCESS EXCLUSIVE MODE;
END IF;",
        literal(&names.todo),
        names.todo,
        names.done,
    )
}

/// A block that tries to lock the event table and the tables.
fn tries<'a>(names: &Names, mode: &str, tables: &str, all: impl Iterator<Item = &'a View>) -> String {
    let all: Vec<String> = all.map(|view| qualified(&view.table)).collect();
    let relations =
        std::iter::once(&names.events).chain(&all).map(|table| format!("{}::regclass", literal(table)));
    let impatient = raise_install(
        "format('the event table and the rollup could not be locked in %s; processes that use them: %s', es_patience, coalesce(es_pids, 'none by now, or a prepared transaction'))",
        "Try again when no long transaction uses them, or run SET es_rollup.patience = '10 min' before.",
        10,
    );
    format!(
        "DECLARE
  es_patience pg_catalog.text := coalesce(nullif(current_setting('es_rollup.patience', true), ''), '{PATIENCE}');
  es_begun pg_catalog.timestamptz := clock_timestamp();
  es_timeout pg_catalog.text := current_setting('lock_timeout');
  es_wait pg_catalog.text := '100ms';
  es_pids pg_catalog.text;
  -- Databases that were copied have the same numbers for their tables.
  es_database pg_catalog.oid := (SELECT d.oid FROM pg_database AS d WHERE d.datname = current_database());
BEGIN
  LOOP
    BEGIN
      PERFORM set_config('lock_timeout', es_wait, true);
      LOCK TABLE {events} IN {mode} MODE;
{tables}
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF clock_timestamp() > es_begun + es_patience::interval THEN
        es_pids := (
          SELECT string_agg(DISTINCT l.pid::text, ', ')
          FROM pg_locks AS l
          WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation IN ({relations}) AND l.database = es_database
        );
        {impatient}
      END IF;
      -- An autovacuum yields only to a session that has waited for longer than this.
      es_wait := CASE
        WHEN EXISTS (
          SELECT FROM pg_locks AS l
          WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND l.relation IN ({relations})
            AND l.database = es_database
        ) THEN (SELECT (s.setting::bigint + 200)::text FROM pg_settings AS s WHERE s.name = 'deadlock_timeout')
        ELSE '100ms'
      END;
      PERFORM pg_sleep(0.1 + 0.2 * random());
    END;
  END LOOP;
  PERFORM set_config('lock_timeout', es_timeout, true);
END;",
        events = names.events,
        tables = indent(tables, 6),
        relations = relations.collect::<Vec<_>>().join(", "),
        impatient = impatient.trim_start(),
    )
}
