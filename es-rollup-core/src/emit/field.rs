//! How a field is found in an event, and what it has without a value, as SQL expressions.

use super::event::content;
use super::expression::{empty, spelt};
use super::names::{ELEMENT, Event};
use super::text::{literal, part};
use crate::model::{Absent, Column, Field, Kind, Model, Nothing, Operation, Origin, Part, Tagging};

/// A key of the content.
fn of_content(model: &Model, key: &str) -> String {
    format!("{} -> {}", content(model), literal(key))
}

/// The JSON of the field, or of the field that a path leads through.
pub(super) fn whole(model: &Model, field: &Field) -> String {
    match (field.origin, field.keys.as_slice(), &model.tagging) {
        (Origin::Context, _, _) => Event::new(&model.store).context,
        (Origin::Element, _, _) => ELEMENT.into(),
        // serde reads an internally tagged newtype from the object without its tag.
        (Origin::Payload, [], Tagging::Internal { tag }) => {
            format!("{} - {}", content(model), literal(tag))
        }
        (Origin::Payload, [], Tagging::Adjacent { .. } | Tagging::External | Tagging::Separate { .. }) => {
            content(model)
        }
        (Origin::Payload, [key], _) => of_content(model, key),
        (Origin::Payload, keys, _) => {
            let keys = keys.iter().map(|key| of_content(model, key));
            format!("coalesce({})", keys.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The field's JSON in that.
pub(super) fn within_whole(field: &Field, whole: String) -> String {
    if !field.null_is_absent() {
        return whole;
    }
    let keys = [whole].into_iter().chain(field.path.iter().map(|key| literal(key)));
    let value = keys.collect::<Vec<_>>().join(" -> ");
    format!("CASE WHEN jsonb_typeof({value}) <> 'null' THEN {value} END")
}

/// Whether the content has the field under more than one of its keys; `None` if it has only one, or if that was found out
/// before its elements were read.
pub(super) fn twice(model: &Model, field: &Field) -> Option<String> {
    match field.origin {
        Origin::Payload | Origin::Context => {}
        Origin::Element => return None,
    }
    let all = field.keys.iter().map(|key| of_content(model, key)).collect::<Vec<_>>().join(", ");
    (field.keys.len() > 1).then(|| format!("num_nonnulls({all}) > 1"))
}

/// What a field has that is absent.
pub(super) enum Missing {
    /// No values, of a list.
    Empty,
    /// An SQL expression.
    Value(String),
}

/// The default of the field; `None` if it has none, or if that is `None`.
pub(super) fn default(field: &Field) -> Option<Missing> {
    match (&field.absent, field.optional) {
        (Absent::Refused, _) | (Absent::None | Absent::Default, true) => None,
        (Absent::Default, false) if field.many => Some(Missing::Empty),
        (Absent::Default, false) => Some(Missing::Value(part(&field.ty, Part::Default))),
        (Absent::Literal(literal), _) => {
            Some(Missing::Value(format!("({})::{}", spelt(literal), part(&field.ty, Part::Qualified))))
        }
        (Absent::None, false) => unreachable!("only an Option is None when its key is absent"),
    }
}

/// Whether the field is `None`; `None` if it never is.
pub(super) fn none(field: &Field, value: &str) -> Option<String> {
    let null = format!("jsonb_typeof({value}) = 'null'");
    match (&field.absent, field.optional) {
        (_, false) => None,
        (Absent::Refused | Absent::Literal(_), true) => Some(null),
        (Absent::None | Absent::Default, true) => Some(format!("{value} IS NULL OR {null}")),
    }
}

/// A field as expressions, for statements that read many events.
pub(super) struct Read {
    /// The column's operand, over `es_value`; NULL for `None`, and if it is refused.
    pub(super) operand: String,
    /// The field's JSON, which is that value.
    pub(super) json: String,
    /// Whether the operand is NULL because the field is `None`; `None` if it never is.
    pub(super) none: Option<String>,
    /// Whether the content has the field twice; `None` if it cannot.
    pub(super) twice: Option<String>,
}

/// The same as [`copied`](super::change::copied) and [`found`](super::change::found), as expressions. A path is not
/// followed.
pub(super) fn reads(model: &Model, column: &Column, operation: Operation, field: &Field) -> Read {
    let json = within_whole(field, whole(model, field));
    let keeps = operation.replaces() && operation.definition().none == Nothing::Keeps;
    let unread = none(field, "es_value")
        .map(|none| format!("WHEN {none} THEN {} ", if keeps { "NULL" } else { empty(column) }));
    let absent = match default(field) {
        Some(Missing::Value(default)) => format!("WHEN es_value IS NULL THEN {default} "),
        Some(Missing::Empty) | None => String::new(),
    };
    let (accepts, read) = (part(&field.ty, Part::Accepts), part(&field.ty, Part::Read));
    let operand = format!("CASE {absent}{}WHEN ({accepts}) THEN {read} END", unread.unwrap_or_default());
    let none = none(field, &format!("({json})")).filter(|_| keeps || column.kind != Kind::Counter);
    Read { operand, json, none, twice: twice(model, field) }
}
