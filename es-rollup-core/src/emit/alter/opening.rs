//! What must hold before anything is altered, and the locks.

use super::super::install::{check, raise_install};
use super::super::names::{Names, qualified};
use super::super::ownership::{
    model_of, names_are_own, nothing_is_attached, relations_are_free, triggers_are_free,
};
use super::super::plan::{self, ObjectKind};
use super::super::preflight::{Opening, before, locked, ordered};
use super::super::table::MODEL;
use super::super::text::{FINGERPRINT, ident, indent, literal, literals};
use super::super::{event, filter};
use super::{Between, kept};
use crate::alteration::Unknown;
use crate::model::{Model, View};

/// How long the migration tries to get its locks unless a setting says so.
const PATIENCE: &str = "60 s";

pub(super) fn opening(between: &Between<'_>) -> String {
    let Between { old, new, alteration } = between;
    let names = Names::new(&new.store, &new.root);
    let parent = parent(old, &names);
    let mut before = before(new);
    before.push(parent.clone());
    let mut checks = locked(new);
    checks.push(parent);
    checks.extend(new.tables().map(|view| names_are_own(new, view, &Names::new(&new.store, view))));
    checks.extend(between.created().map(|view| free(new, view)));
    checks.extend(functions_are_free(old, new));
    checks.extend(between.tables().map(|(_, view, _)| nothing_is_attached(&Names::new(&new.store, view))));
    checks.extend(kept::kept(between));
    checks.push(triggers_are_free(new, &new.root, &names));
    checks.extend(new.tables().map(|view| relations_are_free(view, &Names::new(&new.store, view))));
    checks.extend(alteration.unknown.iter().map(|unknown| known(new, unknown)));
    Opening {
        remark: format!(
            "-- es-rollup {FINGERPRINT}: changes the rollup {rollup} from the model {was}.
-- Generated from the changes of the enum {event}. Run it as the owner of the event table. It changes the tables in place:
-- grants, policies, views and indexes on them stay. It is a single statement, so that it changes everything or nothing.",
            rollup = names.rollup,
            was = fingerprint(old),
            event = new.event,
        ),
        refuses: "Refuses to change a rollup that is not at the model from which the migration starts.",
        declared: "\n  es_found pg_catalog.text;",
        before,
        locks: locks(between, &names),
        checks,
        end: ordered(new),
    }
    .text(&names)
}

fn fingerprint(model: &Model) -> String {
    model.fingerprint().expect("the types of the model are known")
}

/// The database is at the old model.
fn parent(old: &Model, names: &Names) -> String {
    let was = fingerprint(old);
    let rollup = literal(&names.rollup);
    let message = |text: &str| literal(&format!("{} {text}", names.rollup));
    [
        check(
            &format!("es_found := ({});\n", model_of(names)),
            "es_found IS NULL",
            &message("is not installed"),
            "Run the migrations that come before this one.",
        ),
        check(
            "",
            &format!("strpos(es_found, '{MODEL}{FINGERPRINT}\"') > 0"),
            &message(&format!("is at the model {FINGERPRINT} already")),
            "Nothing is left to do: the migration has run before, or the rollup was installed with this model.",
        ),
        check(
            "",
            &format!("strpos(es_found, '{MODEL}{was}\"') = 0"),
            &format!(
                "format('%s is at the model %s, but this migration starts from {was}', {rollup}, substring(es_found FROM '\"fingerprint\":\"([0-9a-f]+)\"'))"
            ),
            "Run the migrations between the two models first. If there are none, write one: ES_ROLLUP_MIGRATIONS=write cargo test es_rollup_migrations.",
        ),
    ]
    .join("\n")
}

/// A table that is created has a name of its own.
fn free(model: &Model, view: &View) -> String {
    let table = Names::new(&model.store, view).rollup;
    check(
        "",
        &format!(
            "to_regclass({literal_table}) IS NOT NULL OR EXISTS (
  SELECT FROM pg_type AS y WHERE y.typnamespace = to_regnamespace({schema}) AND y.typname = {name}
)",
            literal_table = literal(&table),
            schema = literal(&ident(&view.table.schema)),
            name = literal(&view.table.name),
        ),
        &literal(&format!("{table} already exists, but a table of the rollup needs that name")),
        "Drop it, or give the view another table: table = \"...\".",
    )
}

/// So do the functions that only the new model has.
fn functions_are_free(old: &Model, new: &Model) -> Option<String> {
    let names = |model: &Model| {
        let of = |view: &View| {
            let schema = view.table.schema.clone();
            let objects = plan::objects(model, view, ObjectKind::Function);
            objects.map(|object| (schema.clone(), object.name(view))).collect::<Vec<_>>()
        };
        model.tables().flat_map(of).collect::<Vec<_>>()
    };
    let before = names(old);
    let added: Vec<(String, String)> = names(new).into_iter().filter(|one| !before.contains(one)).collect();
    let listed = added.iter().map(|(schema, name)| {
        format!(
            "p.pronamespace = to_regnamespace({}) AND p.proname = {}",
            literal(&ident(schema)),
            literal(name)
        )
    });
    let listed: Vec<String> = listed.collect();
    (!listed.is_empty()).then(|| {
        check(
            &format!(
                "es_found := (
  SELECT min(p.oid::regprocedure::text)
  FROM pg_proc AS p
  WHERE {}
);\n",
                listed.join("\n    OR ")
            ),
            "es_found IS NOT NULL",
            "format('%s already exists, but the rollup needs its name', es_found)",
            "Drop the function, or name another table: #[rollup(table = \"...\")].",
        )
    })
}

/// No stored event is of a type that the new model does not know.
fn known(model: &Model, unknown: &Unknown) -> String {
    let Unknown { known, removed } = unknown;
    let of = if removed.is_empty() { String::new() } else { format!(": {}", removed.join(", ")) };
    check(
        "",
        &format!(
            "EXISTS (
  SELECT FROM {events} AS e
  WHERE ({tag} = ANY (ARRAY[{known}]::text[])) IS NOT TRUE{and_filter}
)",
            events = qualified(&model.store.table),
            tag = indent(&event::tag(model, "e"), 4).trim_start(),
            known = literals(known),
            and_filter = filter::and(model, "e"),
        ),
        &literal(&format!(
            "{} holds events of types that the new model does not know{of}",
            qualified(&model.store.table)
        )),
        "Keep their variants with #[rollup(ignore)], or name the types as aliases of others.",
    )
}

/// Takes the locks on the event table and on each table of the rollup, or none of them, in short tries.
fn locks(between: &Between<'_>, names: &Names) -> String {
    // Readers only wait if a table is altered.
    let lock = |view: &View, mode: &str| format!("LOCK TABLE {} IN {mode} MODE;", qualified(&view.table));
    let tables = between.tables().map(|(_, view, table)| {
        lock(view, if table.is_altered() { "ACCESS EXCLUSIVE" } else { "EXCLUSIVE" })
    });
    let dropped = between.dropped().map(|view| lock(view, "ACCESS EXCLUSIVE"));
    let tables: Vec<String> = tables.chain(dropped).collect();
    let all = between.tables().map(|(_, view, _)| view).chain(between.dropped());
    let all: Vec<String> = all.map(|view| qualified(&view.table)).collect();
    // A trigger that goes is dropped under a lock that readers wait for, too.
    let kept = plan::triggers(between.new, &between.new.root);
    let drops = plan::triggers(between.old, &between.old.root).iter().any(|name| !kept.contains(name));
    let mode = if drops { "ACCESS EXCLUSIVE" } else { "SHARE ROW EXCLUSIVE" };
    let relations =
        std::iter::once(&names.events).chain(&all).map(|table| format!("{}::regclass", literal(table)));
    let impatient = raise_install(
        "format('the event table and the rollup could not be locked in %s; processes that use them: %s', es_patience, coalesce(es_pids, 'none any more'))",
        "Try again when no long transaction uses them, or run SET es_rollup.patience = '10 min' before the migration.",
        10,
    );
    format!(
        "-- Waits for current writers, and makes new ones wait until the migration commits. The event table is locked before the
-- rollup, as writers do. Each try is short, and gives back what it has got, so that nobody waits long behind it.
DO $es_rollup$
DECLARE
  es_patience pg_catalog.text := coalesce(nullif(current_setting('es_rollup.patience', true), ''), '{PATIENCE}');
  es_begun pg_catalog.timestamptz := clock_timestamp();
  es_timeout pg_catalog.text := current_setting('lock_timeout');
  es_pids pg_catalog.text;
BEGIN
  LOOP
    BEGIN
      PERFORM set_config('lock_timeout', '100ms', true);
      LOCK TABLE {events} IN {mode} MODE;
{tables}
      EXIT;
    EXCEPTION WHEN lock_not_available THEN
      IF clock_timestamp() > es_begun + es_patience::interval THEN
        es_pids := (
          SELECT string_agg(DISTINCT l.pid::text, ', ')
          FROM pg_locks AS l
          WHERE l.granted AND l.pid <> pg_backend_pid() AND l.relation IN ({relations})
        );
        {impatient}
      END IF;
      PERFORM pg_sleep(0.1 + 0.2 * random());
    END;
  END LOOP;
  PERFORM set_config('lock_timeout', es_timeout, true);
END
$es_rollup$;",
        events = names.events,
        tables = indent(&tables.join("\n"), 6),
        relations = relations.collect::<Vec<_>>().join(", "),
        impatient = impatient.trim_start(),
    )
}
