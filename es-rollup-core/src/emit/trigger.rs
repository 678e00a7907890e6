//! The triggers on the event table.

use super::names::{GUARD, NEW, Names, TRUNCATE as TRUNCATED};
use super::ownership::names_are_own;
use super::plan::{self, Kind};
use super::preflight::in_one_transaction;
use super::text::{ident, indent, literal, literals};
use crate::model::{Model, Trigger, View};

/// Bits of `pg_trigger.tgtype`
/// (<https://github.com/postgres/postgres/blob/REL_14_STABLE/src/include/catalog/pg_trigger.h>).
const ROW: u8 = 1;
const INSERT: u8 = 4;
const DELETE: u8 = 8;
const TRUNCATE: u8 = 32;

/// The transition table of the trigger that never fires.
const OLD: &str = "\"es_old\"";

/// One trigger, and how it is distinguished from another one with its name.
struct One<'a> {
    remark: &'static str,
    name: &'a str,
    bare: &'a str,
    /// The event that it fires for.
    event: &'static str,
    rest: String,
    function: &'a str,
    kind: u8,
    /// The transition table.
    rows: Rows,
}

/// The transition table of a trigger.
enum Rows {
    None,
    New,
    /// The old rows, in a trigger that never fires.
    OldNever,
}

/// The trigger that folds what is inserted.
pub(super) fn inserted(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (rest, kind, rows) = match model.trigger {
        Trigger::Statement => {
            (format!("REFERENCING NEW TABLE AS {NEW}\n  FOR EACH STATEMENT"), INSERT, Rows::New)
        }
        Trigger::Row => ("FOR EACH ROW".into(), INSERT | ROW, Rows::None),
    };
    kept(
        &names,
        &One {
            remark: "",
            name: &names.trigger,
            bare: &view.table.name,
            event: "INSERT",
            rest,
            function: &names.apply,
            kind,
            rows,
        },
    )
}

/// The trigger that empties the rollup.
pub(super) fn truncated(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    kept(
        &names,
        &One {
            remark: "-- A TRUNCATE of the event table empties the rollup.\n",
            name: &names.truncate_trigger,
            bare: &format!("{}{TRUNCATED}", view.table.name),
            event: "TRUNCATE",
            rest: "FOR EACH STATEMENT".into(),
            function: &names.truncate,
            kind: TRUNCATE,
            rows: Rows::None,
        },
    )
}

/// The statement form's trigger that keeps the event table an ordinary one.
pub(super) fn guard(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    kept(&names, &One {
        remark: "-- Never fires. PostgreSQL does not let a table with such a trigger become a partition or a child of another
-- table, which would let in rows that the statement trigger does not see. An INSERT ignores it.\n",
        name: &names.guard,
        bare: &format!("{}{GUARD}", view.table.name),
        event: "DELETE",
        rest: format!("REFERENCING OLD TABLE AS {OLD}\n  FOR EACH ROW WHEN (false)"),
        function: &names.apply,
        kind: DELETE | ROW,
        rows: Rows::OldNever,
    })
}

/// The block that creates the triggers.
pub(super) fn triggers(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- Revokes what default privileges may have granted, and creates the triggers on the event table. An existing
-- trigger that is the same is left as it is.
DO $es_rollup$
DECLARE
  es_events pg_catalog.regclass := pg_catalog.to_regclass({events});
  es_enabled pg_catalog.\"char\";
  es_found pg_catalog.text;
  es_grant pg_catalog.record;
BEGIN
{transaction}
{planted}
{revoked}
{triggers}
END
$es_rollup$;
",
        events = literal(&names.events),
        transaction = indent(&in_one_transaction(), 2),
        planted = indent(&names_are_own(view, &names), 2),
        revoked = indent(&revoked(view, &names), 2),
        triggers = indent(&plan::created(model, view, Kind::Trigger).join("\n"), 2),
    )
}

/// Lets only the owner run the functions, and only the owner's functions write the table.
fn revoked(view: &View, names: &Names) -> String {
    format!(
        "-- Only the owner may run the functions and write the rollup, whatever was granted by default.
FOR es_grant IN
  SELECT DISTINCT p.oid::regprocedure AS es_function, a.grantee
  FROM pg_proc AS p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) AS a
  WHERE p.pronamespace = to_regnamespace({schema}) AND p.proname IN ({functions}) AND a.grantee <> p.proowner
LOOP
  EXECUTE format('REVOKE ALL ON FUNCTION %s FROM %s CASCADE', es_grant.es_function,
    CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
END LOOP;
FOR es_grant IN
  SELECT c.oid::regclass AS es_table, a.privilege_type AS es_right, a.grantee
  FROM pg_class AS c, aclexplode(c.relacl) AS a
  WHERE c.oid = to_regclass({rollup}) AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
  UNION
  SELECT c.oid::regclass, a.privilege_type, a.grantee
  FROM pg_class AS c JOIN pg_attribute AS n ON n.attrelid = c.oid, aclexplode(n.attacl) AS a
  WHERE c.oid = to_regclass({rollup}) AND a.grantee <> c.relowner AND a.privilege_type <> 'SELECT'
LOOP
  EXECUTE format('REVOKE %I ON TABLE %s FROM %s CASCADE', lower(es_grant.es_right), es_grant.es_table,
    CASE es_grant.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(es_grant.grantee)) END);
END LOOP;",
        schema = literal(&ident(&view.table.schema)),
        functions = literals(&plan::functions(view)),
        rollup = literal(&names.rollup),
    )
}

/// Creates a trigger, unless the same one exists; one that replaces another keeps its firing mode.
fn kept(names: &Names, one: &One<'_>) -> String {
    let One { remark, name, bare, event, rest, function, kind, rows } = one;
    let events = &names.events;
    let rows = match rows {
        Rows::None => "t.tgnewtable IS NULL AND t.tgoldtable IS NULL AND t.tgqual IS NULL",
        Rows::New => "t.tgnewtable = 'es_new' AND t.tgoldtable IS NULL AND t.tgqual IS NULL",
        Rows::OldNever => "t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NOT NULL",
    };
    format!(
        "{remark}es_enabled := (SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {bare});
IF NOT EXISTS (
  SELECT
  FROM pg_trigger AS t
  WHERE t.tgrelid = es_events AND t.tgname = {bare} AND t.tgfoid = to_regprocedure({called})
    AND t.tgtype = {kind} AND {rows}
    AND t.tgconstraint = 0 AND t.tgattr::text = ''
) THEN
  CREATE OR REPLACE TRIGGER {name}
  AFTER {event} ON {events}
  {rest}
  EXECUTE FUNCTION {function}();
  IF es_enabled = 'A' THEN
    ALTER TABLE {events} ENABLE ALWAYS TRIGGER {name};
  ELSIF es_enabled = 'R' THEN
    ALTER TABLE {events} ENABLE REPLICA TRIGGER {name};
  ELSIF es_enabled = 'D' THEN
    ALTER TABLE {events} DISABLE TRIGGER {name};
  END IF;
END IF;
IF es_enabled = 'D' THEN
  RAISE WARNING USING MESSAGE = {off}, HINT = {hint};
END IF;",
        rest = indent(rest, 2).trim_start(),
        bare = literal(bare),
        called = literal(&format!("{function}()")),
        off = literal(&format!("the trigger {name} on {events} is disabled and stays disabled")),
        hint = literal(&format!("Enable it with ALTER TABLE {events} ENABLE TRIGGER {name}; until then the rollup is not updated.")),
    )
}
