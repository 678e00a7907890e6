//! The triggers on the event table.

use super::names::{NEW, Names};
use super::ownership::names_are_own;
use super::preflight::in_one_transaction;
use super::text::{ident, indent, literal, literals};
use crate::model::{Model, Trigger, View};

/// Bits of `pg_trigger.tgtype`
/// (<https://github.com/postgres/postgres/blob/REL_14_STABLE/src/include/catalog/pg_trigger.h>).
const ROW: u8 = 1;
const INSERT: u8 = 4;
const DELETE: u8 = 8;
const TRUNCATE: u8 = 32;

/// The rule table of the trigger that never fires.
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
    /// The rule table.
    rows: Rows,
}

/// The rule table of a trigger.
enum Rows {
    None,
    New,
    /// The old rows, in a trigger that never fires.
    OldNever,
}

pub(super) fn trigger(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let bare = Names::triggers(model, view);
    let (each, kind, rows) = match model.trigger {
        Trigger::Statement => {
            (format!("REFERENCING NEW TABLE AS {NEW}\n  FOR EACH STATEMENT"), INSERT, Rows::New)
        }
        Trigger::Row => ("FOR EACH ROW".into(), INSERT | ROW, Rows::None),
    };
    let mut triggers = vec![
        One {
            remark: "",
            name: &names.trigger,
            bare: &bare[0],
            event: "INSERT",
            rest: each,
            function: &names.apply,
            kind,
            rows,
        },
        One {
            remark: "-- A TRUNCATE of the event table empties the rollup.\n",
            name: &names.truncate_trigger,
            bare: &bare[1],
            event: "TRUNCATE",
            rest: "FOR EACH STATEMENT".into(),
            function: &names.truncate,
            kind: TRUNCATE,
            rows: Rows::None,
        },
    ];
    match model.trigger {
        Trigger::Statement => triggers.push(One {
            remark: "-- Never fires. PostgreSQL does not let a table with such a trigger become a partition or a child of another
-- table, which would let in rows that the statement trigger does not see. An INSERT ignores it.\n",
            name: &names.guard,
            bare: &bare[2],
            event: "DELETE",
            rest: format!("REFERENCING OLD TABLE AS {OLD}\n  FOR EACH ROW WHEN (false)"),
            function: &names.apply,
            kind: DELETE | ROW,
            rows: Rows::OldNever,
        }),
        Trigger::Row => {}
    }
    let triggers: Vec<String> = triggers.iter().map(|one| kept(&names, one)).collect();
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
        triggers = indent(&triggers.join("\n"), 2),
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
        functions = literals(&Names::functions(view)),
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
