//! What a fill checks before it ends, while others read and write: under the last lock, no row has to be looked at then.

use super::super::names::{Names, qualified};
use super::super::text::{ident, indent, literal};
use super::proof::{REQUIRED, unless_checked};
use super::{Between, tables};

/// How often a lock is tried for. Without the check, the rows are looked at later.
const TRIES: u32 = 50;

/// The part of the procedure that adds the checks and has them validated; empty if there are none.
pub(super) fn checked(between: &Between<'_>) -> String {
    let names = Names::new(&between.new.store, &between.new.root);
    let of = |(was, is, table)| {
        let required = tables::required(was, is, table);
        let conditions: Vec<String> =
            required.iter().map(|column| format!("{} IS NOT NULL", ident(column))).collect();
        let required = (!required.is_empty()).then(|| {
            (
                REQUIRED.to_string(),
                format!("CONSTRAINT {} CHECK ({})", ident(REQUIRED), conditions.join(" AND ")),
            )
        });
        let checks = required.into_iter().chain(tables::checks(between, is, table));
        let table = qualified(&is.table);
        checks.map(|(name, defined)| (table.clone(), name, defined)).collect::<Vec<_>>()
    };
    let all: Vec<(String, String, String)> = between.tables().flat_map(of).collect();
    if all.is_empty() {
        return String::new();
    }
    let added: Vec<String> = all
        .iter()
        .map(|(table, name, defined)| {
            unless_checked(table, name, &format!("ALTER TABLE {table} ADD {defined} NOT VALID;\n"))
        })
        .collect();
    let validated: Vec<String> = all
        .iter()
        .map(|(table, name, _)| {
            format!(
                "PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
IF EXISTS (
  SELECT FROM pg_constraint AS c
  WHERE c.conrelid = to_regclass({table_name}) AND c.conname = {constraint} AND NOT c.convalidated
) THEN
  ALTER TABLE {table} VALIDATE CONSTRAINT {name};
END IF;
COMMIT;
",
                table_name = literal(table),
                constraint = literal(name),
                name = ident(name),
            )
        })
        .collect();
    format!(
        "
  -- What is checked now, while others write, is not checked under the last lock. If some entities do not fold, the end says
  -- so.
  BEGIN
    es_ends := NOT EXISTS (SELECT FROM {todo} AS t WHERE t.id IS NOT NULL);
  EXCEPTION WHEN undefined_table THEN
    RETURN;  -- another session has ended the change meanwhile
  END;
  IF es_ends THEN
    FOR es_try IN 1 .. {TRIES} LOOP
      PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true), pg_catalog.set_config('lock_timeout', '100ms', true);
      BEGIN
{added}
        EXIT;
      EXCEPTION WHEN lock_not_available OR duplicate_object THEN
        NULL;  -- tried again
      END;
      COMMIT;
      PERFORM pg_catalog.pg_sleep(0.2);
    END LOOP;
    COMMIT;
{validated}  END IF;
  PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
  IF to_regclass({todo_name}) IS NULL THEN
    RETURN;
  END IF;",
        todo = names.todo,
        todo_name = literal(&names.todo),
        added = indent(added.concat().trim_end(), 8),
        validated = indent(&validated.concat(), 4),
    )
}
