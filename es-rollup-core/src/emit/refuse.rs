//! The function that raises every error about an event, so that an error reads the same wherever it is raised.
//!
//! Values are never shown: error messages end up in logs, and events contain personal data.

use super::base;
use super::filter;
use super::function::{Function, PINNED};
use super::names::{ID, Names, VERSION, qualified};
use super::order;
use super::others;
use super::raise::{CHECK_VIOLATION, has_checks, shown};
use super::rebuild::REFOLDS;
use super::text::{ident, indent, literal, part};
use super::transaction::written_here;
use crate::ErrorKind;
use crate::model::{Model, Part, Table, View};

/// An event's type as messages show it: the beginning, and only if it looks like a type. The type comes from the payload
/// and could be any text.
const SHOWN_TAG: &str = "CASE
    WHEN left(es_tag, 40) ~ '^[A-Za-z][A-Za-z0-9_.:-]*$' AND left(es_tag, 40) !~ '[0-9]{5}' AND es_tag NOT IN ('true', 'false')
    THEN format(' (%s%s)', left(es_tag, 40), CASE WHEN length(es_tag) > 40 THEN '...' END)
  END";

/// Looks for the lowest event that would have been refused as a replay if each event had been compared with its row, in
/// the order of their sequence. Rows may come in any order, and an event that begins its stream is compared last.
fn lower(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let lower = format!(
        "-- Rows may come in any order, and the first event is compared with the row only when it is written. The error is
-- the one of the lowest sequence.
SELECT min(e.{sequence})::bigint INTO es_lower
FROM {events} AS e
  LEFT JOIN {rollup} AS r ON r.{ID} = e.{id}
  LEFT JOIN {events} AS n ON n.{id} = e.{id} AND n.{sequence} = es_sequence{and_n}
WHERE e.{id} = es_entity::{id_type}{and_e} AND e.{sequence} <= es_sequence
  AND (e.{sequence} < 1 OR e.{sequence} <= r.{VERSION}
    AND {inserted}
    AND {refused}
    AND e.cmin::text::bigint >= n.cmin::text::bigint
    AND NOT (r.cmin::text::bigint > e.cmin::text::bigint
      AND {folded}));
IF es_lower < es_sequence OR es_lower IS NOT NULL AND es_kind IS DISTINCT FROM '{replay}' THEN
  es_kind := '{replay}';
  es_tag := CASE WHEN es_lower = es_sequence THEN es_tag END;
  es_sequence := es_lower;
  es_column := NULL;{unbroken}
END IF;
",
        events = names.events,
        rollup = names.rollup,
        id = ident(&model.store.id),
        id_type = part(&model.store.id_type, Part::Name),
        sequence = ident(&model.store.sequence),
        and_n = filter::and(model, "n"),
        and_e = filter::and(model, "e"),
        inserted = written_here("e.xmin"),
        // Not events that earlier statements of the transaction inserted.
        refused = written_here("n.xmin"),
        folded = written_here("r.xmin"),
        replay = ErrorKind::Replay.sqlstate(),
        unbroken = if has_checks(model) { "\n  es_constraint := NULL;" } else { "" },
    );
    if model.views.is_empty() {
        return indent(&lower, 2);
    }
    // The function that folds into the views raises its own errors, about events in their order.
    let id_type = part(&model.store.id_type, Part::Name);
    let earlier = format!(
        "-- A view may refuse an event before this one. The error is the one of the lowest sequence.
es_before := (
  SELECT max(e.{sequence})::bigint FROM {events} AS e
  WHERE e.{id} = es_entity::{id_type}{and_filter} AND e.{sequence} <= es_version AND e.{sequence} < es_sequence
);
IF current_setting('{REFOLDS}', true) = 'true' THEN
  -- The stored rows count for nothing.
  PERFORM FROM {views}(es_entity::{id_type}, es_before);
ELSIF current_setting('transaction_read_only') = 'off' THEN
  SELECT r.{VERSION} INTO es_lower FROM {rollup} AS r WHERE r.{ID} = es_entity::{id_type} FOR NO KEY UPDATE;
  es_lower := coalesce(es_lower, 0);
  IF es_lower < es_before THEN
    {put}
  END IF;
END IF;",
        views = names.views,
        rollup = names.rollup,
        sequence = ident(&model.store.sequence),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        put = others::perform(model, &format!("es_entity::{id_type}"), "es_lower", "es_before"),
    );
    format!("  IF es_view IS NULL THEN\n{}\n  END IF;\n", indent(&(lower + &earlier), 4))
}

/// The additional parts for a rollup with views: an argument, variables, details, and how the table is called.
fn for_views(model: &Model, view: &View) -> [(&'static str, String); 7] {
    let Table { schema, name } = &view.table;
    if !model.has_others() {
        return [
            ("@view_argument@", String::new()),
            ("@view_variables@", String::new()),
            ("@view_detail@", String::new()),
            ("@view_clause@", String::new()),
            ("@rollup@", literal(&qualified(&view.table))),
            ("@schema@", literal(schema)),
            ("@table@", literal(name)),
        ];
    }
    let before = if model.views.is_empty() { "" } else { "\n  es_before bigint;" };
    let variables = format!(
        "{before}\n  es_table text := coalesce(es_view, {});\n  es_names text[] := parse_ident(es_table);",
        literal(&qualified(&view.table))
    );
    let detail = [(ErrorKind::RowMissing, "no row"), (ErrorKind::RowExists, "a row")].map(|(kind, row)| {
        format!(
            "\n    WHEN es_kind = '{}' THEN format('%s has {row} with the key of the event.', es_table)",
            kind.sqlstate()
        )
    });
    [
        ("@view_argument@", ",\n  es_view text DEFAULT NULL".into()),
        ("@view_variables@", variables),
        ("@view_detail@", detail.concat()),
        ("@view_clause@", " || coalesce(' (in ' || es_view || ')', '')".into()),
        ("@rollup@", "es_table".into()),
        ("@schema@", "es_names[1]".into()),
        ("@table@", "es_names[2]".into()),
    ]
}

/// The additional parts for a rollup with checks: an argument, a clause, a detail, a hint, a branch.
fn for_checks(model: &Model) -> [(&'static str, String); 5] {
    let parts = if has_checks(model) {
        [
            ",\n  es_constraint text DEFAULT NULL".to_string(),
            format!("\n        WHEN '{CHECK_VIOLATION}' THEN format('check \"%s\" does not hold after it', es_constraint)"),
            "\n    WHEN es_constraint IS NOT NULL THEN format('Check \"%s\" of %s requires: %s', es_constraint, @rollup@, es_expects)".into(),
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

/// The additional parts for events with a recorded time: a detail, a hint.
fn for_times(model: &Model) -> [(&'static str, String); 2] {
    let (detail, hint) = match &model.store.recorded_at {
        None => (String::new(), ""),
        Some(recorded_at) => (
            format!(
                "    WHEN es_column IS NOT NULL AND es_key IS NULL THEN format(
      'Column \"%s\" of %s is read from column \"%s\": expected %s.', es_column, @rollup@, {}, es_expects)\n",
                literal(recorded_at)
            ),
            "es_key IS NULL AND es_kind = '@wrong_value@' THEN
    es_hint := 'Write the time at which the event was recorded.';
  ELSIF ",
        ),
    };
    [("@timed_detail@", detail), ("@timed_hint@", hint.into())]
}

const ARGUMENTS: &str = "
  es_kind text, es_entity text, es_sequence bigint, es_version bigint, es_tag text,
  es_column text DEFAULT NULL, es_key text DEFAULT NULL, es_expects text DEFAULT NULL, es_value jsonb DEFAULT NULL@check_argument@@view_argument@
";

const BODY: &str = r#"#variable_conflict use_variable
DECLARE
  es_message text;
  es_detail text;
  es_hint text;
  es_lower bigint;@view_variables@
BEGIN
@lower@
  IF es_kind IS NULL THEN
    es_kind := CASE
      WHEN es_value IS NULL THEN '@missing_key@'
      WHEN jsonb_typeof(es_value) = 'null' THEN '@null_value@'
      ELSE '@wrong_value@'
    END;
  END IF;
  es_message := format('event %s%s of entity %s in %s is refused: %s', es_sequence,
  @tag@, @entity@, @events@,
    CASE
      WHEN es_kind = '@gap@'@absent@ THEN 'the event table does not hold it'
      ELSE CASE es_kind
@clauses@@check_clause@
      END
    END)@view_clause@;
  es_detail := CASE@check_detail@@view_detail@
    WHEN es_kind = '@overflow@' THEN format('Column "%s" of %s cannot hold the result.', es_column, @rollup@)
    WHEN es_kind = '@malformed@' AND es_column IS NOT NULL THEN format(
      'Column "%s" of %s is read from key "%s", which is present under more than one of its names.',
      es_column, @rollup@, es_key)
@timed_detail@    WHEN es_column IS NOT NULL THEN format('Column "%s" of %s is read from key "%s": expected %s, %s.',
      es_column, @rollup@, es_key, es_expects,
      coalesce('which this JSON ' || jsonb_typeof(es_value) || ' is not', 'but the key is missing'))
    ELSE format('The rollup %s is folded up to event %s, including the events of this statement.', @rollup@, es_version)
  END;
  es_hint := CASE es_kind
@hints@@check_hint@
  END;
  IF @timed_hint@es_kind = '@gap@'@absent@ THEN
    es_hint := 'A trigger or a rule removed the event from the event table before it was folded. Change it or drop it.';
  END IF;
  @check_path@ es_column IS NULL THEN
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = @schema@, TABLE = @table@;
  ELSE
    RAISE EXCEPTION USING ERRCODE = es_kind, MESSAGE = es_message, DETAIL = es_detail, HINT = es_hint,
      SCHEMA = @schema@, TABLE = @table@, COLUMN = es_column;
  END IF;
END"#;

/// The kinds that the function raises, each with its hint.
const HINTS: [(ErrorKind, &str); 13] = [
    (
        ErrorKind::Gap,
        "Events of an entity are numbered from 1 without gaps. Insert the missing event first, or in the same statement.",
    ),
    (
        ErrorKind::Replay,
        "The event is already folded, or its sequence is below 1. The next sequence of a stream is its version + 1.",
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
    (ErrorKind::Deleted, "No event may follow the one that deletes. Use a new id for a new entity."),
    (ErrorKind::Overflow, "Use a wider type for the field in Rust and migrate, or do not write the event."),
    (ErrorKind::RowMissing, "Write the event that creates the row first, or do not write this one."),
    (
        ErrorKind::RowExists,
        "Write an event that changes the row or deletes it, or give the new row another key.",
    ),
];

/// Whether an event of the model can be refused so.
const fn is_raised(model: &Model, kind: ErrorKind) -> bool {
    match kind {
        ErrorKind::RowMissing | ErrorKind::RowExists => !model.views.is_empty(),
        ErrorKind::Gap
        | ErrorKind::Replay
        | ErrorKind::NotCreated
        | ErrorKind::CreatedTwice
        | ErrorKind::OtherEntity
        | ErrorKind::UnknownEvent
        | ErrorKind::Malformed
        | ErrorKind::MissingKey
        | ErrorKind::NullValue
        | ErrorKind::WrongValue
        | ErrorKind::Deleted
        | ErrorKind::Overflow
        | ErrorKind::Install => true,
    }
}

pub(super) fn refuse(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let width = 4;
    let raised = || HINTS.iter().filter(|(kind, _)| is_raised(model, *kind));
    let clauses: Vec<String> = raised()
        .map(|(kind, _)| {
            format!("{:width$}    WHEN '{}' THEN {}", "", kind.sqlstate(), literal(kind.clause()))
        })
        .collect();
    let hints: Vec<String> = raised()
        .map(|(kind, hint)| (kind, order::hint(model, *kind).unwrap_or(hint)))
        .map(|(kind, hint)| {
            let archived = if *kind == ErrorKind::Gap {
                base::refused::and_archive(model, &names)
            } else {
                String::new()
            };
            let hint = literal(&format!("{hint}{archived}"));
            format!("{:width$}WHEN '{}' THEN {hint}", "", kind.sqlstate())
        })
        .collect();
    let function = Function {
        remark: "-- Raises every error about an event. Values are not shown: messages end up in logs.",
        name: "@refuse@",
        arguments: ARGUMENTS,
        returns: "void",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED],
    };
    let text = for_checks(model)
        .iter()
        .chain(&for_times(model))
        .fold(function.text(&BODY.replace("@lower@", &lower(model, view))), |text, (mark, value)| {
            text.replace(mark, value)
        });
    let replaced = [
        ("@refuse@", names.refuse.clone()),
        ("@tag@", SHOWN_TAG.into()),
        ("@entity@", shown("es_entity")),
        ("@absent@", order::absent(model).into()),
        ("@gap@", ErrorKind::Gap.sqlstate().into()),
        ("@missing_key@", ErrorKind::MissingKey.sqlstate().into()),
        ("@null_value@", ErrorKind::NullValue.sqlstate().into()),
        ("@wrong_value@", ErrorKind::WrongValue.sqlstate().into()),
        ("@overflow@", ErrorKind::Overflow.sqlstate().into()),
        ("@malformed@", ErrorKind::Malformed.sqlstate().into()),
        ("@events@", literal(&qualified(&model.store.table))),
        ("@clauses@", clauses.join("\n")),
        ("@hints@", hints.join("\n")),
    ];
    let views = for_views(model, view);
    replaced.iter().chain(&views).fold(text, |text, (mark, value)| text.replace(mark, value))
}
