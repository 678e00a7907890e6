//! The reference: what a stream comes to, straight from the table of operations, over JSON values.
//!
//! It shares no code with the SQL emitter nor with the derive. It reads the model, because the model says what
//! was meant.

use super::cell::Cell;
use super::held::Held;
use super::number::Number;
use super::subject::Subject;
use super::types::Ty;
use crate::layout::{CONTENT, NO_TAG, TAG};
use crate::parity::case::Event;
use es_rollup::ErrorKind;
use es_rollup_core::model::{
    Absent, Column, Field, Life, Order, Origin, Rule, Shape, Source, Step, Tagging, Variant,
};
use serde_json::{Value, json};
use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A row, as far as it is folded.
#[derive(Clone, Debug)]
pub(crate) struct State {
    version: i64,
    /// The recorded times, if the store has them.
    times: Option<[i64; 2]>,
    cells: BTreeMap<String, Cell>,
}

/// An event that cannot be folded, and every reason that may be given for it: an event that is wrong in two
/// ways is refused for either.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) sequence: i32,
    /// With the column, where it is about one; none where the event itself is fine, but not what comes of it.
    pub(crate) causes: Vec<Cause>,
}

pub(crate) type Cause = (ErrorKind, Option<String>);

/// An operation that was done: on a column of which kind and type, and from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Done {
    pub(crate) operation: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) ty: &'static str,
    pub(crate) from: &'static str,
}

/// Folds a stream, given in the order of its sequence; `None` where there is no row (any more).
pub(crate) fn fold(
    subject: &Subject,
    events: &[&Event],
    mut done: impl FnMut(Done),
) -> Result<Option<State>, Refused> {
    let mut state: Option<State> = None;
    let order = subject.model.store.order;
    let mut version = 0;
    let mut deleted = false;
    for event in events {
        let sequence = i64::from(event.sequence);
        let next = if sequence <= version {
            Err(vec![(ErrorKind::Replay, None)])
        } else if order == Order::Contiguous && sequence > version + 1 {
            Err(vec![(ErrorKind::Gap, None)])
        } else if deleted {
            Err(vec![(ErrorKind::Deleted, None)])
        } else {
            step(subject, state.take(), event, &mut done)
        };
        let (next, life) = next.map_err(|causes| Refused { sequence: event.sequence, causes })?;
        deleted = life == Life::Delete;
        if !deleted && subject.least.is_some_and(|(column, least)| next.is_below(subject, column, least)) {
            return Err(Refused { sequence: event.sequence, causes: Vec::new() });
        }
        state = Some(next).filter(|_| !deleted);
        version = sequence;
    }
    Ok(state)
}

/// One event that is the next of its stream.
fn step(
    subject: &Subject,
    state: Option<State>,
    event: &Event,
    done: &mut impl FnMut(Done),
) -> Result<(State, Life), Vec<Cause>> {
    let one = |kind| vec![(kind, None)];
    let (tag, content) = opened(&subject.model.tagging, &event.payload)?;
    let named = |(variant, _): &(&Variant, &Rule)| variant.wire.contains(&tag);
    let (variant, rule) = subject
        .variants()
        .find(named)
        .or_else(|| subject.variants().find(|(variant, _)| variant.other))
        .ok_or_else(|| one(ErrorKind::UnknownEvent))?;
    if subject.model.has_create() {
        match (variant.life == Life::Create, &state) {
            (true, Some(_)) => return Err(one(ErrorKind::CreatedTwice)),
            (false, None) => return Err(one(ErrorKind::NotCreated)),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let content_is_right = match (variant.shape, &subject.model.tagging) {
        (_, Tagging::Internal { .. })
        | (Shape::Newtype, Tagging::Adjacent { .. } | Tagging::Separate { .. }) => true,
        (Shape::Struct, _) => content.as_deref().is_some_and(Value::is_object),
        (Shape::Tuple, _) => content.as_deref().is_some_and(Value::is_array),
        (Shape::Unit, _) => content.as_deref().is_none_or(Value::is_null),
        (Shape::Newtype, Tagging::External) => content.is_some(),
    };
    if !content_is_right {
        return Err(one(ErrorKind::Malformed));
    }
    let recorded_at = event.recorded_at.timestamp_micros();
    let mut state = state.unwrap_or_else(|| {
        let columns = subject.view().columns.iter();
        let cells = columns.map(|column| (column.name.clone(), Cell::initial(column.kind))).collect();
        let times = subject.model.store.recorded_at.as_ref().map(|_| [recorded_at, 0]);
        State { version: 0, times, cells }
    });
    state.version = event.sequence.into();
    if let Some([_, modified_at]) = &mut state.times {
        *modified_at = recorded_at;
    }
    let mut causes = Vec::new();
    for step in &rule.steps {
        let Column { name, kind, .. } = &subject.view().columns[step.column];
        let ty = subject.types[step.column];
        let cell = state.cells.get_mut(name).expect("every column has a cell");
        let outcome = brought(step, ty, variant, content.as_deref(), event).and_then(|(values, from)| {
            cell.change(step.operation, *kind, ty, values)?;
            done(Done { operation: step.operation.key(), kind: kind.words(), ty: ty.name, from });
            Ok(())
        });
        causes.extend(outcome.err().map(|kind| (kind, Some(name.clone()))));
    }
    if causes.is_empty() { Ok((state, variant.life)) } else { Err(causes) }
}

/// Whether an event is one that deletes, by its type.
pub(crate) fn deletes(subject: &Subject, event: &Event) -> bool {
    let Ok((tag, _)) = opened(&subject.model.tagging, &event.payload) else { return false };
    let named = subject.variants().find(|(variant, _)| variant.wire.contains(&tag));
    let variant = named.or_else(|| subject.variants().find(|(variant, _)| variant.other));
    variant.is_some_and(|(variant, _)| variant.life == Life::Delete)
}

/// An event's type and what its fields stand in.
fn opened<'a>(tagging: &Tagging, payload: &'a Value) -> Result<(String, Option<Cow<'a, Value>>), Vec<Cause>> {
    let malformed = || vec![(ErrorKind::Malformed, None)];
    let text = |tag: &str| Some(payload.as_object()?.get(tag)?.as_str()?.to_string());
    match tagging {
        Tagging::Internal { tag } => {
            let mut content = payload.clone();
            content.as_object_mut().map(|object| object.remove(tag));
            Ok((text(tag).ok_or_else(malformed)?, Some(Cow::Owned(content))))
        }
        Tagging::Adjacent { tag, content } => {
            Ok((text(tag).ok_or_else(malformed)?, payload.get(content).map(Cow::Borrowed)))
        }
        // What is stored for an event without a tag, or without content.
        Tagging::Separate { .. } => {
            let content = payload.get(CONTENT).cloned().unwrap_or_default();
            Ok((text(TAG).unwrap_or_else(|| NO_TAG.into()), Some(Cow::Owned(content))))
        }
        Tagging::External => match payload {
            Value::String(tag) => Ok((tag.clone(), None)),
            Value::Object(object) if object.len() == 1 => {
                let (tag, content) = object.iter().next().expect("one key");
                Ok((tag.clone(), Some(Cow::Borrowed(content))))
            }
            _ => Err(malformed()),
        },
    }
}

/// The values that a step brings to its column, and where from.
fn brought(
    step: &Step,
    ty: &'static Ty,
    variant: &Variant,
    content: Option<&Value>,
    event: &Event,
) -> Result<(Vec<Held>, &'static str), ErrorKind> {
    match &step.source {
        Source::Nothing => Ok((Vec::new(), "nothing")),
        Source::RecordedAt => Ok((vec![Held::Micros(event.recorded_at.timestamp_micros())], "recorded time")),
        Source::Sequence => Ok((vec![Held::Number(Number::integer(event.sequence.into()))], "sequence")),
        Source::Literal(literal) => {
            Ok((vec![ty.literal(literal).expect("literals are of the column's type")], "literal"))
        }
        Source::Field(place) => {
            let field = &variant.fields[*place];
            let whole = match field.keys.as_slice() {
                [] if field.origin == Origin::Context => event.context.as_ref(),
                [] => content,
                keys => {
                    let mut found = keys.iter().filter_map(|key| content?.get(key));
                    let first = found.next();
                    if found.next().is_some() {
                        return Err(ErrorKind::Malformed);
                    }
                    first
                }
            };
            if let Some(of) = &field.whole {
                match whole {
                    None if of.absent == Absent::Refused => return Err(ErrorKind::MissingKey),
                    Some(Value::Null) if !of.optional => return Err(ErrorKind::NullValue),
                    None | Some(Value::Null | Value::Object(_)) => {}
                    Some(_) => return Err(ErrorKind::WrongValue),
                }
            }
            let inside = |value: &'_ Value, key: &String| value.as_object()?.get(key).cloned();
            let mut found = whole.cloned();
            for key in &field.path {
                found = found.as_ref().and_then(|value| inside(value, key));
            }
            if field.origin == Origin::Context || !field.path.is_empty() {
                found = found.filter(|value| !value.is_null());
            }
            let (values, from) = field_values(field, ty, found.as_ref())?;
            let inside = match (field.origin, field.path.is_empty(), from) {
                (Origin::Context, _, "absent") => "absent from the context",
                (Origin::Context, _, _) => "context",
                (Origin::Payload, false, "absent") => "absent from a field",
                (Origin::Payload, false, _) => "inside a field",
                (Origin::Payload, true, from) => from,
            };
            Ok((values, inside))
        }
    }
}

fn field_values(
    field: &Field,
    ty: &'static Ty,
    found: Option<&Value>,
) -> Result<(Vec<Held>, &'static str), ErrorKind> {
    let Field { many, optional, ref absent, .. } = *field;
    match found {
        None => match absent {
            Absent::Refused => Err(ErrorKind::MissingKey),
            Absent::None => Ok((Vec::new(), "absent")),
            Absent::Literal(literal) => {
                Ok((vec![ty.literal(literal).expect("a literal of the type")], "literal"))
            }
            Absent::Default if optional => Ok((Vec::new(), "absent")),
            Absent::Default if many => Ok((Vec::new(), "default each")),
            Absent::Default => Ok((vec![ty.default().expect("the type has a default")], "default")),
        },
        Some(Value::Null) if optional => Ok((Vec::new(), "null")),
        Some(Value::Null) if many || ty.read(&Value::Null).is_none() => Err(ErrorKind::NullValue),
        Some(Value::Array(elements)) if many => {
            let read = |element: &Value| match element {
                Value::Null => ty.read(element).ok_or(ErrorKind::NullValue),
                element => ty.read(element).ok_or(ErrorKind::WrongValue),
            };
            let from = if optional { "optional each" } else { "each" };
            let mut values: Vec<Held> = elements.iter().map(read).collect::<Result<_, _>>()?;
            if field.ascending {
                // Of equal ones the first is kept.
                values.sort_by(Held::compare);
                values.dedup_by(|later, first| later.compare(first) == Ordering::Equal);
            }
            Ok((values, from))
        }
        Some(_) if many => Err(ErrorKind::WrongValue),
        Some(value) => {
            let from = if optional { "optional" } else { "field" };
            Ok((vec![ty.read(value).ok_or(ErrorKind::WrongValue)?], from))
        }
    }
}

impl State {
    /// Whether the column's number is below the least; where there is none, it is not.
    fn is_below(&self, subject: &Subject, column: usize, least: i64) -> bool {
        match &self.cells[&subject.view().columns[column].name] {
            Cell::One(Held::Number(number)) => {
                number.compare(&Number::integer(least.into())) == Ordering::Less
            }
            Cell::Empty => false,
            cell => unreachable!("{cell:?} is no number"),
        }
    }

    /// Whether a unique constraint over the columns takes both for the same. What is empty is like nothing.
    pub(crate) fn is_like(&self, other: &Self, columns: &[String]) -> bool {
        columns.iter().all(|name| match (&self.cells[name], &other.cells[name]) {
            (Cell::One(one), Cell::One(other)) => one.compare(other) == Ordering::Equal,
            (Cell::Empty, Cell::Empty | Cell::One(_)) | (Cell::One(_), Cell::Empty) => false,
            (one, other) => unreachable!("{one:?} and {other:?} are not unique"),
        })
    }

    /// The row as JSON, column by column.
    pub(crate) fn shown(&self) -> Value {
        let mut row: serde_json::Map<String, Value> =
            self.cells.iter().map(|(name, cell)| (name.clone(), cell.shown())).collect();
        row.insert("version".into(), json!(self.version.to_string()));
        if let Some([created_at, modified_at]) = self.times {
            row.insert("created_at".into(), json!(created_at.to_string()));
            row.insert("modified_at".into(), json!(modified_at.to_string()));
        }
        Value::Object(row)
    }
}
