//! What must hold before anything is altered, and the locks.

use super::super::install::check;
use super::super::names::{Names, qualified};
use super::super::notes::earlier;
use super::super::ownership::{
    model_of, names_are_own, nothing_is_attached, relations_are_free, triggers_are_free,
};
use super::super::plan::{self, ObjectKind};
use super::super::preflight::{Opening, before, locked, ordered};
use super::super::table::MODEL;
use super::super::text::{FINGERPRINT, ident, indent, literal, literals};
use super::super::unfilled::is_filled;
use super::super::{event, filter};
use super::scan::FROM;
use super::{Between, bases, kept, locks, renames};
use crate::alteration::Unknown;
use crate::model::{Model, View};

pub(super) fn opening(between: &Between<'_>) -> String {
    let Between { found: old, new, alteration, .. } = between;
    let names = Names::new(&new.store, &new.root);
    let parent = parent(&between.was(), &names);
    let mut before = before(new);
    before.push(parent.clone());
    let mut checks = locked(new);
    checks.extend([parent, earlier(Some(&between.was()))]);
    checks.extend(new.tables().map(|view| names_are_own(new, view, &Names::new(&new.store, view))));
    checks.push(fill_is_own(&new.root, &names));
    let moved = between.tables().filter(|(_, _, table)| table.table.is_some()).map(|(_, view, _)| view);
    checks.extend(between.created().chain(moved).map(|view| free(new, view)));
    checks.extend(renames::checks(between));
    checks.extend(functions_are_free(old, new));
    checks.extend(between.found().map(|(view, ..)| nothing_is_attached(&qualified(&view.table))));
    checks.extend(kept::kept(between));
    checks.extend(bases::checks(between));
    let mut functions = plan::functions(new, &new.root);
    functions.extend(plan::fill_functions(&new.root));
    checks.push(triggers_are_free(new, &new.root, &names, &functions));
    // A table that is renamed still has its old name.
    checks.extend(new.tables().enumerate().map(|(at, view)| {
        let mut found = between.found().filter(|(_, _, table)| table.new == at);
        let found = found.next().map_or(view, |(found, ..)| found);
        relations_are_free(view, &Names::new(&new.store, found))
    }));
    checks.extend(alteration.unknown.iter().map(|unknown| known(new, unknown)));
    Opening {
        remark: format!(
            "-- es-rollup {FINGERPRINT}: changes the rollup {rollup} from the model {was}.
-- Generated from the changes of the enum {event}. Run it as the owner of the event table. It changes the tables in place:
-- grants, policies, views and indexes on them stay. It is a single statement, so that it changes everything or nothing.",
            rollup = names.rollup,
            was = between.was(),
            event = new.event,
        ),
        refuses: "Refuses to change a rollup that is not at the model from which the migration starts.",
        declared: "\n  es_found pg_catalog.text;",
        before,
        locks: locks::of_change(between, &names),
        checks,
        end: ordered(new),
    }
    .text(&names)
}

/// The database is at the old model.
fn parent(was: &str, names: &Names) -> String {
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
        // Only back to where it came from: the entities that are filled by then are folded again.
        is_filled(
            names,
            &format!(
                " AND NOT EXISTS (
  SELECT FROM pg_proc AS p
  WHERE p.oid = to_regprocedure({}) AND strpos(p.prosrc, '{FROM}{FINGERPRINT} ') > 0
)",
                literal(&format!("{}()", names.scan))
            ),
        ),
    ]
    .join("\n")
}

/// What exists only while rows are filled belongs to the rollup.
fn fill_is_own(view: &View, names: &Names) -> String {
    let schema = literal(&ident(&view.table.schema));
    check(
        &format!(
            "es_found := (
  SELECT min(n.es_name)
  FROM (
    SELECT c.oid::regclass::text, c.relowner
    FROM pg_class AS c
    WHERE c.relnamespace = to_regnamespace({schema}) AND c.relname IN ({tables})
    UNION ALL
    SELECT p.oid::regprocedure::text, p.proowner
    FROM pg_proc AS p
    WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
    UNION ALL
    SELECT y.oid::regtype::text, y.typowner
    FROM pg_type AS y
    WHERE y.typnamespace = to_regnamespace({schema}) AND y.typname IN ({tables}) AND y.typrelid = 0
  ) AS n (es_name, es_owner)
  WHERE pg_get_userbyid(n.es_owner) <> current_user
    OR to_regclass({todo}) IS NULL
);\n",
            tables = literals(&plan::fill_tables(view)),
            functions = literals(&plan::fill_functions(view)),
            todo = literal(&names.todo),
        ),
        "es_found IS NOT NULL",
        "format('%s has a name that the rollup needs while rows are filled', es_found)",
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    )
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
