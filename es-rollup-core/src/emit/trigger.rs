//! The triggers on the event table.

use super::names::{DELETED, GUARD, NEW, Names, OLD, TRUNCATE as TRUNCATED, UPDATED};
use super::text::{indent, literal};
use crate::model::{Model, Trigger, View};

/// Bits of `pg_trigger.tgtype`
/// (<https://github.com/postgres/postgres/blob/REL_14_STABLE/src/include/catalog/pg_trigger.h>).
const ROW: u8 = 1;
const INSERT: u8 = 4;
const DELETE: u8 = 8;
const UPDATE: u8 = 16;
const TRUNCATE: u8 = 32;

/// The type of the trigger that subscribers of logical replication enable.
pub(super) const REPLICATED: u8 = ROW | INSERT | DELETE | UPDATE;

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
    /// The transition tables.
    rows: Rows,
    /// The trigger whose firing mode it gets when it is created for the first time, unquoted.
    like: Option<&'a str>,
}

/// The transition tables of a trigger.
enum Rows {
    None,
    New,
    Old,
    Both,
    /// The old rows, in a trigger that never fires.
    OldNever,
}

/// The trigger that folds what is inserted.
pub(super) fn inserted(model: &Model, view: &View) -> String {
    inserted_by(model, view, &Names::new(&model.store, view).apply)
}

/// The same with another function.
pub(super) fn inserted_by(model: &Model, view: &View, function: &str) -> String {
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
            function,
            kind,
            rows,
            like: None,
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
            like: None,
        },
    )
}

/// The trigger that follows what is changed.
pub(super) fn updated(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (rest, kind, rows) = match model.trigger {
        Trigger::Statement => {
            let rest = format!("REFERENCING OLD TABLE AS {OLD} NEW TABLE AS {NEW}\n  FOR EACH STATEMENT");
            (rest, UPDATE, Rows::Both)
        }
        Trigger::Row => ("FOR EACH ROW".into(), UPDATE | ROW, Rows::None),
    };
    kept(
        &names,
        &One {
            remark: "-- Events that are changed are folded again. Like the next trigger, it fires when the one for an INSERT does.\n",
            name: &names.updated_trigger,
            bare: &format!("{}{UPDATED}", view.table.name),
            event: "UPDATE",
            rest,
            function: &names.edited,
            kind,
            rows,
            like: Some(&view.table.name),
        },
    )
}

/// The trigger that follows what is deleted.
pub(super) fn deleted(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (rest, kind, rows) = match model.trigger {
        Trigger::Statement => {
            (format!("REFERENCING OLD TABLE AS {OLD}\n  FOR EACH STATEMENT"), DELETE, Rows::Old)
        }
        Trigger::Row => ("FOR EACH ROW".into(), DELETE | ROW, Rows::None),
    };
    kept(
        &names,
        &One {
            remark: "-- Events that are deleted are taken back.\n",
            name: &names.deleted_trigger,
            bare: &format!("{}{DELETED}", view.table.name),
            event: "DELETE",
            rest,
            function: &names.edited,
            kind,
            rows,
            like: Some(&view.table.name),
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
        like: None,
    })
}

/// The firing mode of a trigger; NULL if there is none.
fn enabled(bare: &str) -> String {
    format!(
        "(SELECT t.tgenabled FROM pg_trigger AS t WHERE t.tgrelid = es_events AND t.tgname = {})",
        literal(bare)
    )
}

/// Creates a trigger, unless the same one exists; one that replaces another keeps its firing mode.
fn kept(names: &Names, one: &One<'_>) -> String {
    let One { remark, name, bare, event, rest, function, kind, rows, like } = one;
    let events = &names.events;
    let rows = match rows {
        Rows::None => "t.tgnewtable IS NULL AND t.tgoldtable IS NULL AND t.tgqual IS NULL",
        Rows::New => "t.tgnewtable = 'es_new' AND t.tgoldtable IS NULL AND t.tgqual IS NULL",
        Rows::Old => "t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL",
        Rows::Both => "t.tgnewtable = 'es_new' AND t.tgoldtable = 'es_old' AND t.tgqual IS NULL",
        Rows::OldNever => "t.tgnewtable IS NULL AND t.tgoldtable = 'es_old' AND t.tgqual IS NOT NULL",
    };
    format!(
        "{remark}es_enabled := {enabled};
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
        enabled = match like {
            None => enabled(bare),
            Some(like) => format!("coalesce(\n  {},\n  {}\n)", enabled(bare), enabled(like)),
        },
        rest = indent(rest, 2).trim_start(),
        bare = literal(bare),
        called = literal(&format!("{function}()")),
        off = literal(&format!("the trigger {name} on {events} is disabled and stays disabled")),
        hint = literal(&format!(
            "Enable it with ALTER TABLE {events} ENABLE TRIGGER {name}; until then the rollup is not updated."
        )),
    )
}
