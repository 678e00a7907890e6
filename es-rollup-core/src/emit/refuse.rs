//! The function that raises every error about an event, so that each reads the same wherever it comes from.
//!
//! Values are never shown: an error message ends up in logs, and events hold personal data.

use super::names::{Event, Names, qualified};
use super::text::{literal, part};
use crate::ErrorKind;
use crate::model::{Column, Constraint, Model, Part, Type, View};

/// The column and the key that an error is about, and the type that was expected.
pub(super) struct About<'a> {
    pub(super) column: &'a Column,
    pub(super) key: &'a str,
    pub(super) ty: &'a Type,
}

/// Raises an error about the event at hand. The kind is an SQL expression; NULL leaves it to what `es_value`
/// holds.
pub(super) fn raise(model: &Model, view: &View, kind: &str, about: Option<&About<'_>>) -> String {
    let names = Names::new(&model.store, view);
    let about = about.map_or_else(String::new, |About { column, key, ty }| {
        format!(", {}, {}, '{}', es_value", literal(&column.name), literal(key), part(ty, Part::Expects))
    });
    format!(
        "PERFORM {}({kind}, es_entity::text, {}, es_version, es_tag{about});",
        names.refuse,
        Event::new(&model.store).sequence
    )
}

/// Raises the refusal of an event after which a check does not hold.
pub(super) fn broken(model: &Model, view: &View, name: &str, expression: &str) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "PERFORM {}('{CHECK_VIOLATION}', es_entity::text, es_event.sequence, es_version, es_tag, es_expects => {}, es_constraint => {});",
        names.refuse,
        literal(expression),
        literal(name)
    )
}

/// What PostgreSQL raises for a check of a table
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>).
const CHECK_VIOLATION: &str = "23514";

/// What the function has besides for a rollup with checks: an argument, a clause, a detail, a hint, a path.
fn for_checks(view: &View) -> [(&'static str, String); 5] {
    let parts = if view.constraints.iter().any(|one| matches!(one, Constraint::Check { .. })) {
        [
            ",\n  es_constraint text DEFAULT NULL".to_string(),
            format!("\n      WHEN '{CHECK_VIOLATION}' THEN format('check \"%s\" does not hold after it', es_constraint)"),
            "\n    WHEN es_constraint IS NOT NULL THEN format('Check \"%s\" of %s says: %s', es_constraint, @rollup@, es_expects)".into(),
            format!("\n    WHEN '{CHECK_VIOLATION}' THEN 'Do not write the event, or change the check in Rust and migrate.'"),
            "IF es_constraint IS NOT NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = @schema@, TABLE = @table@, CONSTRAINT = es_constraint;
  ELSIF".into(),
        ]
    } else {
        let nothing = String::new;
        [nothing(), nothing(), nothing(), nothing(), "IF".into()]
    };
    let [argument, clause, detail, hint, path] = parts;
    [
        ("@check_argument@", argument),
        ("@check_clause@", clause),
        ("@check_detail@", detail),
        ("@check_hint@", hint),
        ("@check_path@", path),
    ]
}

const HEAD: &str = r#"-- Raises every error about an event. Values are not shown: messages end up in logs.
CREATE OR REPLACE FUNCTION @refuse@(
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL@check_argument@
)
  RETURNS void
  LANGUAGE plpgsql
  SET search_path = pg_catalog, pg_temp
AS $es_rollup$
DECLARE
  es_message text;
  es_detail text;
  es_hint text;
BEGIN
  IF es_kind IS NULL THEN
    es_kind := CASE
      WHEN es_value IS NULL THEN '@missing_key@'
      WHEN jsonb_typeof(es_value) = 'null' THEN '@null_value@'
      ELSE '@wrong_value@'
    END;
  END IF;
  es_message := format('event %s%s of entity %s in %s is refused: %s', es_sequence,
    coalesce(' (' || es_tag || ')', ''), es_entity, @events@,
    CASE es_kind
@clauses@@check_clause@
    END);
  es_detail := CASE@check_detail@
    WHEN es_kind = '@overflow@' THEN format('Column "%s" of %s cannot hold the result.', es_column, @rollup@)
    WHEN es_kind = '@malformed@' AND es_column IS NOT NULL THEN format(
      'Column "%s" of %s is kept from key "%s", which is given under more than one of its names.',
      es_column, @rollup@, es_key)
    WHEN es_column IS NOT NULL THEN format('Column "%s" of %s is kept from key "%s": expected %s, %s.',
      es_column, @rollup@, es_key, es_expects,
      coalesce('which this JSON ' || jsonb_typeof(es_value) || ' is not', 'but there is no such key'))
    ELSE format('The rollup %s is folded up to event %s, counting this statement''s.', @rollup@, es_version)
  END;
  es_hint := CASE es_kind
@hints@@check_hint@
  END;
  @check_path@ es_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = @schema@, TABLE = @table@;
  ELSE
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = @schema@, TABLE = @table@, COLUMN = es_column;
  END IF;
END
$es_rollup$;
REVOKE ALL ON FUNCTION @refuse@ FROM PUBLIC;
"#;

/// The kinds that the function raises, with what to do about each.
const HINTS: [(ErrorKind, &str); 11] = [
    (
        ErrorKind::Gap,
        "Events of an entity are numbered from 1 without gaps. Insert the missing event first, or in the same statement.",
    ),
    (
        ErrorKind::Replay,
        "The event was folded once already, or its sequence is below 1. A stream goes on at its version + 1.",
    ),
    (ErrorKind::NotCreated, "Insert the event that creates the entity first."),
    (ErrorKind::CreatedTwice, "Use a new id for a new entity."),
    (
        ErrorKind::UnknownEvent,
        "Apply the migration of the release that writes this event before that release starts.",
    ),
    (ErrorKind::Malformed, "Write the payload as serde serialises the event."),
    (ErrorKind::MissingKey, "Write the key, or give the field a default in Rust and migrate."),
    (ErrorKind::NullValue, "Write a value, or make the field an Option in Rust and migrate."),
    (ErrorKind::WrongValue, "Write the value as serde serialises the field."),
    (ErrorKind::Deleted, "Nothing follows the event that deletes. Use a new id for a new entity."),
    (ErrorKind::Overflow, "Use a wider type for the field in Rust and migrate, or do not write the event."),
];

pub(super) fn refuse(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let width = 4;
    let clauses: Vec<String> = HINTS
        .iter()
        .map(|(kind, _)| format!("{:width$}  WHEN '{}' THEN {}", "", kind.sqlstate(), literal(kind.clause())))
        .collect();
    let hints: Vec<String> = HINTS
        .iter()
        .map(|(kind, hint)| format!("{:width$}WHEN '{}' THEN {}", "", kind.sqlstate(), literal(hint)))
        .collect();
    let text =
        for_checks(view).iter().fold(HEAD.to_string(), |text, (mark, value)| text.replace(mark, value));
    let replaced = [
        ("@refuse@", names.refuse.clone()),
        ("@missing_key@", ErrorKind::MissingKey.sqlstate().into()),
        ("@null_value@", ErrorKind::NullValue.sqlstate().into()),
        ("@wrong_value@", ErrorKind::WrongValue.sqlstate().into()),
        ("@overflow@", ErrorKind::Overflow.sqlstate().into()),
        ("@malformed@", ErrorKind::Malformed.sqlstate().into()),
        ("@events@", literal(&qualified(&model.store.table))),
        ("@rollup@", literal(&qualified(&view.table))),
        ("@schema@", literal(&view.table.schema)),
        ("@table@", literal(&view.table.name)),
        ("@clauses@", clauses.join("\n")),
        ("@hints@", hints.join("\n")),
    ];
    replaced.iter().fold(text, |text, (mark, value)| text.replace(mark, value))
}
