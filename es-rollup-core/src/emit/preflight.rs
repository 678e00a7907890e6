//! What must hold before anything is made: the trigger would otherwise be skipped, or fold wrongly.

use super::names::{Names, qualified};
use super::table::COMMENT;
use super::text::{FINGERPRINT, ident, indent, literal, literals, part};
use crate::ErrorKind;
use crate::model::{Model, Part, View};

/// `RAISE` of an install error; the message is an SQL expression.
pub(super) fn raise_install(message: &str, hint: &str, margin: usize) -> String {
    let text = format!(
        "RAISE EXCEPTION USING ERRCODE = '{}',\n  MESSAGE = {message},\n  HINT = {};",
        ErrorKind::Install.sqlstate(),
        literal(hint)
    );
    indent(&text, margin).trim_start().into()
}

pub(super) fn preflight(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let store = &model.store;
    let events = qualified(&store.table);
    let columns: [(&String, Vec<String>); 4] = [
        (&store.id, vec![part(&store.id_type, Part::Name)]),
        (&store.sequence, ["smallint", "integer", "bigint"].map(String::from).into()),
        (&store.payload, vec!["jsonb".into()]),
        (&store.recorded_at, vec!["timestamp with time zone".into()]),
    ];
    let column_checks: Vec<String> = columns
        .iter()
        .map(|(name, types)| {
            // Compared as types, because their names are spelt as the session likes.
            let accepted: Vec<String> = types.iter().map(|name| format!("'{name}'::regtype")).collect();
            let wanted = types.join("', '");
            let message = format!(
                "format('column %s of {} is %s, but the rollup needs %s, NOT NULL', {}, coalesce(es_found, 'not there'), concat_ws(' or ', '{wanted}'))",
                events.replace('\'', "''"),
                literal(&ident(name)),
            );
            format!(
                "es_found := NULL;
  SELECT concat(format_type(a.atttypid, a.atttypmod), CASE WHEN NOT a.attnotnull THEN ', and may be NULL' END),
    a.attnotnull AND a.atttypid IN ({accepted})
  INTO es_found, es_fits
  FROM pg_attribute AS a
  WHERE a.attrelid = es_events AND a.attname = {name} AND NOT a.attisdropped;
  IF es_found IS NULL OR NOT es_fits THEN
    {raise}
  END IF;",
                accepted = accepted.join(", "),
                name = literal(name),
                raise = raise_install(
                    &message,
                    "Alter the event table, or name its layout and id type in #[rollup(...)].",
                    4
                ),
            )
        })
        .collect();
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
  IF current_setting('server_version_num')::integer < 140000 THEN
    {old_server}
  END IF;
  es_events := to_regclass({events_literal});
  IF es_events IS NULL THEN
    {no_table}
  END IF;
  IF (SELECT c.relkind <> 'r' OR c.relispartition OR c.relhassubclass FROM pg_class AS c WHERE c.oid = es_events)
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhrelid = es_events) THEN
    {partitioned}
  END IF;
  {column_checks}
  -- The concurrency rests on this index: two writers cannot both append an entity's next event.
  IF NOT EXISTS (
    SELECT
    FROM pg_index AS i
    WHERE i.indrelid = es_events AND i.indisunique AND i.indisvalid AND i.indimmediate
      AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = 2
      AND (
        SELECT array_agg(a.attname ORDER BY a.attname)
        FROM pg_attribute AS a
        WHERE a.attrelid = es_events AND a.attnum = ANY ((i.indkey::smallint[])[0:1])
      ) = (SELECT array_agg(k ORDER BY k) FROM unnest(ARRAY[{id}, {sequence}]::name[]) AS k)
  ) THEN
    {not_unique}
  END IF;
  IF to_regclass({rollup_literal}) IS NOT NULL THEN
    es_found := obj_description(to_regclass({rollup_literal}), 'pg_class');
    IF es_found IS NULL OR NOT starts_with(es_found, {comment}) THEN
      {occupied}
    ELSIF NOT starts_with(es_found, {comment_with_fingerprint}) THEN
      {other_model}
    END IF;
  ELSIF EXISTS (
    SELECT FROM pg_proc AS p WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions})
  ) OR EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {trigger}) THEN
    {taken}
  END IF;
END
$es_rollup$;
",
        event = model.event,
        events_literal = literal(&events),
        lock = literal(&format!("{COMMENT}{}", names.rollup)),
        old_server = raise_install(
            "'the rollup needs PostgreSQL 14 or newer'",
            "Upgrade the server.",
            4
        ),
        no_table = raise_install(
            &literal(&format!("the event table {events} does not exist")),
            "Create it first, or name it with its schema: #[rollup(events = \"schema.table\")].",
            4
        ),
        partitioned = raise_install(
            &literal(&format!("{events} is no plain table: partitioned, a partition, inherited or a view")),
            "A statement trigger does not see rows that are inserted straight into a partition or a child table. Use a plain table.",
            4
        ),
        column_checks = column_checks.join("\n  "),
        id = literal(&store.id),
        sequence = literal(&store.sequence),
        not_unique = raise_install(
            &literal(&format!(
                "{events} has no unique index on ({}, {}) alone",
                ident(&store.id),
                ident(&store.sequence)
            )),
            "Add UNIQUE (id, sequence), not deferrable and not partial: it is what keeps two writers from appending the same event.",
            4
        ),
        schema = literal(&ident(&view.table.schema)),
        functions = literals(&Names::functions(view)),
        trigger = literal(&view.table.name),
        taken = raise_install(
            &literal(&format!(
                "a function or a trigger that {} needs the name of is there already",
                names.rollup
            )),
            "Drop it, or name another table: #[rollup(table = \"...\")].",
            4
        ),
        rollup_literal = literal(&names.rollup),
        comment = literal(COMMENT),
        comment_with_fingerprint = format!("'{COMMENT}{FINGERPRINT}:'"),
        occupied = raise_install(
            &literal(&format!("{} exists and is no rollup", names.rollup)),
            "Name another table: #[rollup(table = \"...\")].",
            6
        ),
        other_model = raise_install(
            &literal(&format!("{} was made from another model of {}", names.rollup, model.event)),
            "Run the REVERT_SQL of the release that made it, then this migration: the rollup is folded anew from the events.",
            6
        ),
    )
}
