//! What one event does: the match over event types, as PL/pgSQL.
//!
//! `open` finds the event's type, so that every error can name it; `step` folds `es_event` (id, sequence,
//! payload and recorded time) into `es_row` and `es_version`. Both are the same in every function; the function decides
//! which events are folded and what happens to the row.

use super::change::{change, counts, reads_lists};
use super::constraints;
use super::expression::initial;
use super::filter;
use super::members::Members;
use super::names::{CREATED_AT, Event, ID, NEW, Names, SEQUENCE};
use super::refuse::{raise, untimely};
use super::text::{ident, indent, literal, literals, part};
use crate::ErrorKind;
use crate::model::{Life, Model, Part, Rule, Shape, Tagging, Variant, View};

/// Where the row so far, the event's type and whether the stream has ended are kept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// In variables.
    Declared,
    /// In what the function returns.
    Returned,
}

/// The variables that the step needs in addition to `es_event`.
pub(super) fn variables(model: &Model, view: &View, kept: Held) -> String {
    let names = Names::new(&model.store, view);
    let (row, tag) = match kept {
        Held::Declared => (
            format!("\n  es_row {}%ROWTYPE;  -- its row so far", names.rollup),
            "\n  es_tag text;  -- the event's type",
        ),
        Held::Returned => (String::new(), ""),
    };
    let sometimes = [
        (
            model.has_delete() && kept == Held::Declared,
            "es_deleted boolean;  -- whether the stream has ended",
        ),
        (model.variants.iter().any(reads_lists), "es_list jsonb;  -- the current list of values"),
        (counts(view), "es_number numeric;  -- the new value of a counter"),
    ];
    let sometimes: Vec<&str> =
        sometimes.into_iter().filter(|(needed, _)| *needed).map(|(_, declaration)| declaration).collect();
    let sometimes = sometimes.iter().flat_map(|declaration| ["\n  ", *declaration]).collect::<String>();
    format!(
        "  es_entity {id};  -- the entity that is being folded{row}
  es_version bigint;  -- the version of that row
  {SEQUENCE} bigint;  -- the event's sequence
  es_base bigint;  -- the version in the table; 0 if there is no row{tag}
  es_content jsonb;  -- the part of the payload that holds its fields
  es_value jsonb;  -- the current value{sometimes}",
        id = part(&model.store.id_type, Part::Qualified),
    )
}

/// The columns of the event table that the step reads.
pub(super) fn selected(model: &Model) -> String {
    let store = &model.store;
    let id =
        format!("e.{id}::{ty} AS {id}", id = ident(&store.id), ty = part(&store.id_type, Part::Qualified));
    // Cast to the types that the step expects, even if those of the event table change while a session is open.
    let sequence = format!("e.{sequence}::bigint AS {sequence}", sequence = ident(&store.sequence));
    let others = read(model).skip(2).map(|column| format!("e.{}", ident(column)));
    [id, sequence].into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// Reads the sequence of `es_event`.
pub(super) fn taken(model: &Model) -> String {
    format!("{SEQUENCE} := es_event.{};", ident(&model.store.sequence))
}

/// As many NULLs as `selected` has columns.
pub(super) fn unselected(model: &Model) -> String {
    read(model).map(|_| "NULL").collect::<Vec<_>>().join(", ")
}

fn read(model: &Model) -> impl Iterator<Item = &String> {
    let store = &model.store;
    let always = [&store.id, &store.sequence, &store.payload];
    always.into_iter().chain(&store.recorded_at).chain(&store.context).chain(model.tagging.column())
}

/// Folds `es_event`, whose type has been found, into `es_row`.
pub(super) fn step(model: &Model, view: &View, members: Members) -> String {
    let mut branches: Vec<String> = Vec::new();
    let unknown = format!(
        "CASE WHEN es_tag IS NULL THEN '{}' ELSE '{}' END",
        ErrorKind::Malformed.sqlstate(),
        ErrorKind::UnknownEvent.sqlstate()
    );
    let mut otherwise = format!("  {}", raise(model, view, &unknown, None));
    for (variant, rule) in model.variants.iter().zip(&view.rules) {
        let body = indent(&branch(model, view, variant, rule, members), 2);
        if variant.other {
            let untyped = raise(model, view, &format!("'{}'", ErrorKind::Malformed.sqlstate()), None);
            otherwise = format!(
                "  -- {}: any other type\n  IF es_tag IS NULL THEN\n    {untyped}\n  END IF;\n{body}",
                variant.name
            );
        } else if !variant.wire.is_empty() {
            branches.push(format!("WHEN {} THEN  -- {}\n{body}", literals(&variant.wire), variant.name));
        }
    }
    let event = Event::new(&model.store);
    [
        ended(model, view),
        begin(model, view),
        format!("CASE es_tag\n{}\nELSE\n{otherwise}\nEND CASE;", branches.join("\n")),
        recorded(model, view),
        format!("es_version := {};", event.sequence),
        constraints::checked(model, view),
    ]
    .into_iter()
    .filter(|part| !part.is_empty())
    .collect::<Vec<_>>()
    .join("\n")
}

/// Whether Rust can read the recorded time; `None` if there is none.
fn is_recorded(model: &Model) -> Option<String> {
    model.store.recorded_at.as_ref()?;
    Some(format!(
        "{recorded_at} >= '0001-01-01 00:00:00+00' AND {recorded_at} <= '9999-12-31 23:59:59.999999+00'",
        recorded_at = Event::new(&model.store).recorded_at
    ))
}

/// The same as a further condition.
pub(super) fn and_is_recorded(model: &Model) -> String {
    is_recorded(model).map(|recorded| format!(" AND {recorded}")).unwrap_or_default()
}

/// Refuses an event whose recorded time Rust cannot read: infinity, or a year that does not have four digits.
fn recorded(model: &Model, view: &View) -> String {
    is_recorded(model)
        .map(|recorded| format!("IF ({recorded}) IS NOT TRUE THEN\n  {}\nEND IF;", untimely(model, view)))
        .unwrap_or_default()
}

/// What an event of one variant does.
fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule, members: Members) -> String {
    let mut body = Vec::new();
    match variant.life {
        Life::Create => body.push(format!(
            "IF es_version > 0 THEN\n  {}\nEND IF;",
            raise(model, view, &format!("'{}'", ErrorKind::CreatedTwice.sqlstate()), None)
        )),
        Life::Delete => body.push("es_deleted := true;".into()),
        Life::Change => {}
    }
    body.extend(content_check(model, view, variant));
    body.extend(rule.steps.iter().map(|step| change(model, view, variant, step, members)));
    if body.is_empty() {
        body.push("NULL;  -- only moves the version".into());
    }
    body.join("\n")
}

/// The row before its first event, and the refusal of a first event that does not create one. An unreadable event
/// passes here: the match over types refuses it.
fn begin(model: &Model, view: &View) -> String {
    let event = Event::new(&model.store);
    let mut lines = Vec::new();
    if model.has_create() {
        let names = |creates: bool| {
            let chosen = model.variants.iter().filter(|variant| (variant.life == Life::Create) == creates);
            literals(chosen.flat_map(|variant| &variant.wire))
        };
        let known = match (model.variants.iter().any(|variant| variant.other), names(false).as_str()) {
            (true, _) => "true".to_string(),
            (false, "") => "false".into(),
            (false, names) => format!("es_tag IN ({names})"),
        };
        let kind = format!(
            "CASE WHEN {known} THEN '{}' ELSE '{}' END",
            ErrorKind::NotCreated.sqlstate(),
            ErrorKind::UnknownEvent.sqlstate()
        );
        let refusal = raise(model, view, &kind, None);
        lines.push(format!("IF es_tag NOT IN ({}) THEN\n  {refusal}\nEND IF;", names(true)));
    }
    lines.push(format!("es_row.{ID} := es_entity;"));
    if model.store.recorded_at.is_some() {
        lines.push(format!("es_row.{CREATED_AT} := {};", event.recorded_at));
    }
    lines.extend(view.columns.iter().filter_map(initial));
    format!("IF es_version = 0 THEN\n{}\nEND IF;", indent(&lines.join("\n"), 2))
}

/// Refuses every event after the one that deletes.
fn ended(model: &Model, view: &View) -> String {
    if !model.has_delete() {
        return String::new();
    }
    let kind = format!("'{}'", ErrorKind::Deleted.sqlstate());
    format!("IF es_deleted THEN\n  {}\nEND IF;", raise(model, view, &kind, None))
}

/// The type of the event in a row or record; NULL if it has none.
pub(super) fn tag(model: &Model, row: &str) -> String {
    let payload = format!("{row}.{}", ident(&model.store.payload));
    match &model.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
            let key = literal(tag);
            format!("CASE WHEN jsonb_typeof({payload} -> {key}) = 'string' THEN {payload} ->> {key} END")
        }
        Tagging::Separate { column } => format!("{row}.{}", ident(column)),
        // An object with one key, or the bare name of a variant without data.
        Tagging::External => format!(
            "CASE
  WHEN jsonb_typeof({payload}) = 'string' THEN {payload} #>> '{{}}'
  WHEN jsonb_typeof({payload}) = 'object' THEN jsonb_path_query_first({payload}, '$.keyvalue().key') #>> '{{}}'
END"
        ),
    }
}

/// The type of the event in a row or record, to be compared with the names of types only: it may have other texts than
/// [`tag`] for events that have none of these.
pub(super) fn compared_tag(model: &Model, row: &str) -> String {
    // `->>` also gives the text of JSON that is not a string.
    let other = |tag: &String| {
        ["true", "false"].contains(&tag.as_str())
            || tag.starts_with(|c: char| "-[{".contains(c) || c.is_ascii_digit())
    };
    match &model.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. }
            if !model.variants.iter().flat_map(|variant| &variant.wire).any(other) =>
        {
            format!("{row}.{} ->> {}", ident(&model.store.payload), literal(tag))
        }
        Tagging::Internal { .. }
        | Tagging::Adjacent { .. }
        | Tagging::Separate { .. }
        | Tagging::External => tag(model, row),
    }
}

/// Finds the type of `es_event` and the part of the payload that holds its fields.
pub(super) fn open(model: &Model) -> String {
    open_by(model, &tag(model, "es_event"))
}

/// The same, where the type is only compared.
pub(super) fn open_compared(model: &Model) -> String {
    open_by(model, &compared_tag(model, "es_event"))
}

fn open_by(model: &Model, tag: &str) -> String {
    let payload = Event::new(&model.store).payload;
    let content = match &model.tagging {
        Tagging::Internal { .. } | Tagging::Separate { .. } => payload,
        Tagging::Adjacent { content, .. } => format!("{payload} -> {}", literal(content)),
        Tagging::External => {
            return format!(
                "es_content := {payload};
es_tag := {tag};
IF jsonb_typeof(es_content) = 'object' AND es_content - es_tag = '{{}}' THEN
  es_content := es_content -> es_tag;
ELSIF jsonb_typeof(es_content) = 'object' THEN
  es_tag := NULL;
ELSE
  es_content := NULL;
END IF;"
            );
        }
    };
    format!("es_content := {content};\nes_tag := {tag};")
}

/// The same for all events of the statement, or only for those that are the first of their streams, as a query.
pub(super) fn opened(model: &Model, first: bool) -> String {
    let sequence = ident(&model.store.sequence);
    let payload = format!("e.{}", ident(&model.store.payload));
    let first = if first { format!("e.{sequence} = 1{}", filter::and(model, "e")) } else { String::new() };
    let chosen = if first.is_empty() { filter::only(model, "e") } else { format!(" WHERE {first}") };
    let events = |columns: &str| {
        format!(
            "SELECT {}, e.{sequence}::bigint AS {SEQUENCE}, {columns}\nFROM {NEW} AS e{chosen}\nOFFSET 0",
            selected(model)
        )
    };
    let tag = compared_tag(model, "e");
    match &model.tagging {
        Tagging::Internal { .. } | Tagging::Separate { .. } => {
            events(&format!("{tag} AS es_tag, {payload} AS es_content"))
        }
        Tagging::Adjacent { content, .. } => {
            events(&format!("{tag} AS es_tag, {payload} -> {} AS es_content", literal(content)))
        }
        Tagging::External => {
            let payload = Event::new(&model.store).payload;
            let is_object = format!("jsonb_typeof({payload}) = 'object'");
            format!(
                "SELECT es_event.*,
  CASE WHEN {is_object} THEN {payload} -> es_key END AS es_content,
  CASE WHEN {is_object} AND {payload} - es_key <> '{{}}' THEN NULL ELSE es_key END AS es_tag
FROM (
{}
) AS es_event
OFFSET 0",
                indent(&events(&format!("{tag} AS es_key")), 2)
            )
        }
    }
}

/// Refuses content whose shape is not the variant's.
fn content_check(model: &Model, view: &View, variant: &Variant) -> Option<String> {
    let kind = format!("'{}'", ErrorKind::Malformed.sqlstate());
    let refuse = |wrong| format!("IF {wrong} THEN\n  {}\nEND IF;", raise(model, view, &kind, None));
    content_wrong(model, variant).map(refuse)
}

/// The condition under which the shape of the content is not the variant's.
pub(super) fn content_wrong(model: &Model, variant: &Variant) -> Option<String> {
    let wrong = match (&model.tagging, variant.shape) {
        // The payload is an object, since its tag was read from it; or absent content is handled by the field.
        (Tagging::Internal { .. }, _)
        | (Tagging::Adjacent { .. } | Tagging::Separate { .. }, Shape::Newtype) => return None,
        (_, Shape::Struct) => "(jsonb_typeof(es_content) = 'object') IS NOT TRUE",
        (_, Shape::Tuple) => "(jsonb_typeof(es_content) = 'array') IS NOT TRUE",
        (Tagging::Adjacent { .. } | Tagging::Separate { .. }, Shape::Unit) => {
            "jsonb_typeof(es_content) <> 'null'"
        }
        (Tagging::External, Shape::Unit) => &format!(
            "jsonb_typeof({}) = 'object' AND (jsonb_typeof(es_content) = 'null') IS NOT TRUE",
            Event::new(&model.store).payload
        ),
        (Tagging::External, Shape::Newtype) => "es_content IS NULL",
    };
    Some(wrong.into())
}
