//! What must hold before anything is made: the trigger would otherwise be skipped, or fold wrongly.

use super::constraints;
use super::names::{Names, qualified};
use super::table::COMMENT;
use super::text::{FINGERPRINT, ident, indent, literal, literals, part};
use crate::ErrorKind;
use crate::model::{Model, Part, Store, Trigger, View};

/// `RAISE` of an install error; the message is an SQL expression.
pub(super) fn raise_install(message: &str, hint: &str, margin: usize) -> String {
    let text = format!(
        "RAISE EXCEPTION USING ERRCODE = '{}',\n  MESSAGE = {message},\n  HINT = {};",
        ErrorKind::Install.sqlstate(),
        literal(hint)
    );
    indent(&text, margin).trim_start().into()
}

/// One check: `IF condition THEN RAISE … END IF;`, behind what it needs.
fn check(before: &str, condition: &str, message: &str, hint: &str) -> String {
    let raise = raise_install(message, hint, 2);
    format!("{before}IF {condition} THEN\n  {raise}\nEND IF;")
}

pub(super) fn preflight(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let store = &model.store;
    let mut checks = vec![server(), table(store), plain(store, view.trigger)];
    checks.extend(columns(store));
    checks.extend([unique(store), names_are_free(view, &names), same_model(model, &names)]);
    checks.extend(constraints::relations_are_free(view, &names).map(|(before, condition, message)| {
        check(&before, &condition, &message, "Drop it, or name another table: #[rollup(table = \"...\")].")
    }));
    format!(
        "-- es-rollup {FINGERPRINT}: keeps the current state of each entity in {events}.
-- Made from the enum {event}: change the enum and make a new migration, do not edit this one. Run it in one
-- transaction. It can be run again: what is there stays, what is not folded yet is folded.

-- Refuses to install where the trigger would be skipped or could not be trusted.
DO $es_rollup$
DECLARE
  es_events pg_catalog.oid;
  es_found pg_catalog.text;
  es_fits pg_catalog.bool;
BEGIN
  -- Names without a schema are PostgreSQL's own, to the end of the migration.
  PERFORM pg_catalog.set_config('es_rollup.search_path',
    pg_catalog.concat('=', pg_catalog.current_setting('search_path')), true);
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  -- One migration of this rollup at a time.
  PERFORM pg_advisory_xact_lock(hashtextextended({lock}, 0));
{checks}
END
$es_rollup$;
",
        events = names.events,
        event = model.event,
        lock = literal(&format!("{COMMENT}{}", names.rollup)),
        checks = indent(&checks.join("\n"), 2),
    )
}

fn server() -> String {
    check(
        "",
        "current_setting('server_version_num')::integer < 140000",
        "'the rollup needs PostgreSQL 14 or newer'",
        "Upgrade the server.",
    )
}

fn table(store: &Store) -> String {
    let events = qualified(&store.table);
    check(
        &format!("es_events := to_regclass({});\n", literal(&events)),
        "es_events IS NULL",
        &literal(&format!("the event table {events} does not exist")),
        "Create it first, or name it with its schema: #[rollup(events = \"schema.table\")].",
    )
}

/// A statement trigger does not see what goes straight into a partition or a child table. A row trigger is copied
/// to partitions, but not to child tables.
fn plain(store: &Store, trigger: Trigger) -> String {
    let events = qualified(&store.table);
    match trigger {
        Trigger::Statement => check(
            "",
            "(SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is no plain table: partitioned, a partition, inherited or a view")),
            "A statement trigger does not see rows that are inserted straight into a partition or a child table. Use a plain table, or for a partitioned one #[rollup(trigger = \"row\")].",
        ),
        Trigger::Row => check(
            "",
            "(SELECT c.relkind NOT IN ('r', 'p') OR c.relkind = 'r' AND c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
  OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events)",
            &literal(&format!("{events} is no whole table: a partition, inherited or a view")),
            "A row trigger sees rows of a plain table, or of all partitions of a partitioned one. Name the partitioned table, or use a plain one.",
        ),
    }
}

/// The columns are there, of the types that the functions are written for, and all but the context never NULL.
fn columns(store: &Store) -> Vec<String> {
    let of = |types: &[&str]| types.iter().map(|name| (*name).to_string()).collect::<Vec<_>>();
    let columns = [
        (&store.id, vec![part(&store.id_type, Part::Name)]),
        (&store.sequence, of(&["smallint", "integer", "bigint"])),
        (&store.payload, of(&["jsonb"])),
        (&store.recorded_at, of(&["timestamp with time zone"])),
    ];
    let context = store.context.iter().map(|name| column(store, name, &of(&["jsonb"]), true));
    columns.iter().map(|(name, types)| column(store, name, types, false)).chain(context).collect()
}

fn column(store: &Store, name: &str, types: &[String], nullable: bool) -> String {
    // Compared as types, because names are spelt as the session likes.
    let accepted: Vec<String> = types.iter().map(|name| format!("'{name}'::regtype")).collect();
    let (found, fits, needs) = if nullable {
        ("format_type(a.atttypid, a.atttypmod)", "", "")
    } else {
        (
            "concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END)",
            "a.attnotnull AND ",
            ", NOT NULL",
        )
    };
    check(
        &format!(
            "es_found := NULL;
SELECT {found},
  {fits}a.atttypid IN ({})
INTO es_found, es_fits
FROM pg_attribute AS a
WHERE a.attrelid = es_events AND a.attname = {} AND NOT a.attisdropped;
",
            accepted.join(", "),
            literal(name)
        ),
        "es_found IS NULL OR NOT es_fits",
        &format!(
            "format('column %s of {} is %s, but the rollup needs %s{needs}', {}, coalesce(es_found, 'not there'), concat_ws(' or ', '{}'))",
            qualified(&store.table).replace('\'', "''"),
            literal(&ident(name)),
            types.join("', '"),
        ),
        "Alter the event table, or name its layout and id type in #[rollup(...)].",
    )
}

/// The concurrency rests on this index.
fn unique(store: &Store) -> String {
    let (id, sequence) = (literal(&store.id), literal(&store.sequence));
    check(
        "-- The concurrency rests on this index: two writers cannot both append an entity's next event.\n",
        &format!(
            "NOT EXISTS (
  SELECT
  FROM pg_index AS i
  WHERE i.indrelid = es_events AND i.indisunique AND i.indisvalid AND i.indimmediate
    AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
    AND (
      SELECT array_agg(a.attname ORDER BY a.attname)
      FROM pg_attribute AS a
      WHERE a.attrelid = es_events AND a.attnum = ANY ((i.indkey::smallint[])[0:1])
    ) = (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY[{id}, {sequence}]::name[]) AS k)
)"
        ),
        &literal(&format!(
            "{} has no unique index on ({}, {}) alone",
            qualified(&store.table),
            ident(&store.id),
            ident(&store.sequence)
        )),
        "Add UNIQUE (id, sequence), not deferrable and not partial: it is what keeps two writers from appending the same event.",
    )
}

/// Nothing of anybody else's is replaced.
fn names_are_free(view: &View, names: &Names) -> String {
    let rollup = literal(&names.rollup);
    let occupied = check(
        &format!("es_found := obj_description(to_regclass({rollup}), 'pg_class');\n"),
        &format!(
            "to_regclass({rollup}) IS NOT NULL AND starts_with(es_found, {}) IS NOT TRUE",
            literal(COMMENT)
        ),
        &literal(&format!("{} exists and is no rollup", names.rollup)),
        "Name another table: #[rollup(table = \"...\")].",
    );
    let taken = check(
        "",
        &format!(
            "to_regclass({rollup}) IS NULL AND (
  EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  ) OR EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {trigger})
)",
            schema = literal(&ident(&view.table.schema)),
            functions = literals(&Names::functions(view)),
            trigger = literal(&view.table.name),
        ),
        &literal(&format!(
            "a function or a trigger that {} needs the name of is there already",
            names.rollup
        )),
        "Drop it, or name another table: #[rollup(table = \"...\")].",
    );
    format!("{occupied}\n{taken}")
}

/// A rollup that is there was made from this model; `es_found` holds its comment.
fn same_model(model: &Model, names: &Names) -> String {
    check(
        "",
        &format!("NOT starts_with(es_found, '{COMMENT}{FINGERPRINT}:')"),
        &literal(&format!("{} was made from another model of {}", names.rollup, model.event)),
        "Run the REVERT_SQL of the release that made it, then this migration: the rollup is folded anew from the events.",
    )
}
