//! How an event is read: its columns in the event table, its type, the part of its payload that holds its fields, and
//! whether these and its recorded time can be what Rust reads.

use super::filter;
use super::names::{Event, NEW, SEQUENCE};
use super::text::{ident, indent, literal, part};
use crate::model::{Model, Part, Shape, Tagging, Variant};

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

/// The columns of the event table that decide what becomes of an event, the id first.
pub(super) fn read(model: &Model) -> impl Iterator<Item = &String> {
    let store = &model.store;
    let always = [&store.id, &store.sequence, &store.payload];
    always.into_iter().chain(&store.recorded_at).chain(&store.context).chain(model.tagging.column())
}

/// Whether Rust can read the recorded time; `None` if there is none.
pub(super) fn is_recorded(model: &Model) -> Option<String> {
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

/// The part of the payload that holds the fields of `es_event`. A payload that is all content is not copied.
pub(super) fn content(model: &Model) -> String {
    match model.tagging {
        Tagging::Internal { .. } | Tagging::Separate { .. } => Event::new(&model.store).payload,
        Tagging::Adjacent { .. } | Tagging::External => "es_content".into(),
    }
}

/// The variable for that, if there is one.
pub(super) const fn content_variable(model: &Model) -> &'static str {
    match model.tagging {
        Tagging::Internal { .. } | Tagging::Separate { .. } => "",
        Tagging::Adjacent { .. } | Tagging::External => {
            "\n  es_content jsonb;  -- the part of the payload that holds its fields"
        }
    }
}

/// Finds the type of `es_event`, to be compared, and the part of the payload that holds its fields.
pub(super) fn open(model: &Model) -> String {
    let payload = Event::new(&model.store).payload;
    let tag = compared_tag(model, "es_event");
    match &model.tagging {
        Tagging::Internal { .. } | Tagging::Separate { .. } => format!("es_tag := {tag};"),
        Tagging::Adjacent { content, .. } => {
            format!("es_content := {payload} -> {};\nes_tag := {tag};", literal(content))
        }
        Tagging::External => format!(
            "es_content := {payload};
es_tag := {tag};
IF jsonb_typeof(es_content) = 'object' AND es_content - es_tag = '{{}}' THEN
  es_content := es_content -> es_tag;
ELSIF jsonb_typeof(es_content) = 'object' THEN
  es_tag := NULL;
ELSE
  es_content := NULL;
END IF;"
        ),
    }
}

/// Makes the type that of the event where it has none of the names to which it was compared; nothing if it already is.
pub(super) fn typed(model: &Model) -> String {
    let tag = tag(model, "es_event");
    if tag == compared_tag(model, "es_event") { String::new() } else { format!("es_tag := {tag};\n") }
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
        Tagging::Internal { .. } | Tagging::Separate { .. } => events(&format!("{tag} AS es_tag")),
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

/// The condition under which the shape of the content is not the variant's.
pub(super) fn content_wrong(model: &Model, variant: &Variant) -> Option<String> {
    let content = content(model);
    Some(match (&model.tagging, variant.shape) {
        // The payload is an object, since its tag was read from it; or absent content is handled by the field.
        (Tagging::Internal { .. }, _)
        | (Tagging::Adjacent { .. } | Tagging::Separate { .. }, Shape::Newtype) => return None,
        (_, Shape::Struct) => format!("(jsonb_typeof({content}) = 'object') IS NOT TRUE"),
        (_, Shape::Tuple) => format!("(jsonb_typeof({content}) = 'array') IS NOT TRUE"),
        (Tagging::Adjacent { .. } | Tagging::Separate { .. }, Shape::Unit) => {
            format!("jsonb_typeof({content}) <> 'null'")
        }
        (Tagging::External, Shape::Unit) => format!(
            "jsonb_typeof({}) = 'object' AND (jsonb_typeof({content}) = 'null') IS NOT TRUE",
            Event::new(&model.store).payload
        ),
        (Tagging::External, Shape::Newtype) => format!("{content} IS NULL"),
    })
}
