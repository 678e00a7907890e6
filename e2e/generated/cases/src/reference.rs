//! The reference: what a stream comes to, straight from the description.

use crate::description::{Deed, Enum, Field, From, Inside, Kind, Row, Shape, Tagging, Variant};
use crate::events::Event;
use crate::operations::{Cell, Takes};
use crate::types::{Ty, json};
use serde_json::{Map, Value};
use std::borrow::Cow;

/// Why an event is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    Gap,
    Replay,
    NotCreated,
    CreatedTwice,
    UnknownEvent,
    Malformed,
    MissingKey,
    NullValue,
    WrongValue,
    Deleted,
    Overflow,
}

/// An event that is refused, with all reasons that may be given: one that is wrong in two ways is refused for either.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    pub sequence: i64,
    /// With the column, where it is about one.
    pub causes: Vec<(Why, Option<&'static str>)>,
    /// The row as it was before.
    pub before: Option<Value>,
}

/// An operation that was done, for the count.
pub type Done = (&'static str, Kind, &'static str);

/// Folds a stream in the order of its sequences; `None` where there is no row.
pub fn fold(
    subject: &Enum,
    events: &[&Event],
    done: &mut impl FnMut(Done),
) -> Result<Option<Value>, Refused> {
    let (mut state, mut version, mut deleted) = (None::<State>, 0, false);
    for event in events {
        let one = |why| Err(vec![(why, None)]);
        let next = if event.sequence <= version {
            one(Why::Replay)
        } else if event.sequence > version + 1 {
            one(Why::Gap)
        } else if deleted {
            one(Why::Deleted)
        } else {
            step(subject, state.clone(), event, done)
        };
        let next = next.map_err(|causes| {
            let before = state.as_ref().map(|state| state.shown(subject));
            Refused { sequence: event.sequence, causes, before }
        })?;
        deleted = next.is_none();
        state = next;
        version = event.sequence;
    }
    Ok(state.map(|state| state.shown(subject)))
}

#[derive(Clone)]
struct State {
    version: i64,
    created_at: Value,
    modified_at: Value,
    cells: Vec<Cell>,
}

type Causes = Vec<(Why, Option<&'static str>)>;

/// One event that is the next of its stream; `None` after one that deletes.
fn step(
    subject: &Enum,
    state: Option<State>,
    event: &Event,
    done: &mut impl FnMut(Done),
) -> Result<Option<State>, Causes> {
    let one = |why| vec![(why, None)];
    let (tag, content) = opened(subject.tagging, &event.payload).ok_or_else(|| one(Why::Malformed))?;
    let named = |variant: &&Variant| {
        !variant.skipped && !variant.other && variant.names(subject.variants_case).contains(&tag)
    };
    let mut variants = subject.variants.iter();
    let variant = variants
        .find(named)
        .or_else(|| subject.variants.iter().find(|variant| variant.other))
        .ok_or_else(|| one(Why::UnknownEvent))?;
    if subject.has_create() {
        match (variant.row == Row::Create, &state) {
            (true, Some(_)) => return Err(one(Why::CreatedTwice)),
            (false, None) => return Err(one(Why::NotCreated)),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let content = content.as_deref();
    let is_formed = match (variant.shape, subject.tagging) {
        (_, Tagging::Internal) | (Shape::Newtype, Tagging::Adjacent) => true,
        (Shape::Struct, _) => content.is_some_and(Value::is_object),
        (Shape::Tuple, _) => content.is_some_and(Value::is_array),
        (Shape::Unit, _) => content.is_none_or(Value::is_null),
        (Shape::Newtype, Tagging::External) => content.is_some(),
    };
    if !is_formed {
        return Err(one(Why::Malformed));
    }
    let time = (crate::types::TYPES.iter().find(|ty| ty.rust == "DateTime<Utc>").expect("the type").kept)(
        &Value::from(event.recorded_at.clone()),
    );
    let mut state = state.unwrap_or_else(|| State {
        version: 0,
        created_at: time.clone(),
        modified_at: time.clone(),
        cells: subject.columns.iter().map(|column| Cell::initial(column.kind, column.ty)).collect(),
    });
    state.version = event.sequence;
    state.modified_at = time.clone();
    if variant.row == Row::Delete {
        return Ok(None);
    }
    let mut causes = Vec::new();
    let on_variant = variant.deeds.iter().map(|deed| (deed, None));
    let on_fields =
        variant.fields.iter().flat_map(|field| field.deeds.iter().map(move |deed| (deed, Some(field))));
    let everywhere = subject.everywhere.iter().map(|deed| (deed, None));
    for (deed, field) in on_variant.chain(on_fields).chain(everywhere) {
        let Deed { operation, column, from } = deed;
        let column = &subject.columns[*column];
        let source = match operation.takes {
            Takes::Nothing => Ok(Brought::none("nothing")),
            Takes::RecordedAt => Ok(Brought::one(time.clone(), "recorded time")),
            Takes::Sequence => Ok(Brought::one(Value::from(event.sequence), "sequence")),
            Takes::EventType => {
                let name = variant.names(subject.variants_case).swap_remove(0);
                Ok(Brought::one(Value::from(name), "event's type"))
            }
            Takes::Literal | Takes::Value => brought(from, field, column.ty, content, event, subject),
        };
        let outcome = source.and_then(|Brought { values, from }| {
            let cell = &mut state.cells[deed.column];
            let mut each =
                |value: Option<&Value>| (operation.does)(cell, column.ty, value).map_err(|_| Why::Overflow);
            match &values {
                None => each(None)?,
                Some(values) => values.iter().try_for_each(|value| each(Some(value)))?,
            }
            done((operation.name(), column.kind, from));
            Ok(())
        });
        causes.extend(outcome.err().map(|why| (why, Some(column.name))));
    }
    if causes.is_empty() { Ok(Some(state)) } else { Err(causes) }
}

/// An event's type and what its fields stand in.
fn opened(tagging: Tagging, payload: &Value) -> Option<(String, Option<Cow<'_, Value>>)> {
    let tag = |key: &str| Some(payload.as_object()?.get(key)?.as_str()?.to_string());
    match tagging {
        Tagging::Internal => {
            let mut content = payload.clone();
            content.as_object_mut().map(|object| object.remove("type"));
            Some((tag("type")?, Some(Cow::Owned(content))))
        }
        Tagging::Adjacent => Some((tag("kind")?, payload.get("data").map(Cow::Borrowed))),
        Tagging::External => match payload {
            Value::String(tag) => Some((tag.clone(), None)),
            Value::Object(object) if object.len() == 1 => {
                object.iter().next().map(|(tag, content)| (tag.clone(), Some(Cow::Borrowed(content))))
            }
            _ => None,
        },
    }
}

/// The values that an operation gets, and where from; no list where there is none.
struct Brought {
    values: Option<Vec<Value>>,
    from: &'static str,
}

impl Brought {
    fn none(from: &'static str) -> Self {
        Self { values: None, from }
    }

    fn one(value: Value, from: &'static str) -> Self {
        Self { values: Some(vec![value]), from }
    }
}

fn brought(
    from: &From,
    field: Option<&Field>,
    ty: &Ty,
    content: Option<&Value>,
    event: &Event,
    subject: &Enum,
) -> Result<Brought, Why> {
    match from {
        From::Nothing => Ok(Brought::none("nothing")),
        From::Literal(_, text) => Ok(Brought::one((ty.reads)(&json(text)), "literal")),
        From::Context(inside) => {
            read_inside(inside, ty, event.context.as_ref(), ["context", "context, many", "context, none"])
        }
        From::Inside(inside) => {
            let whole = found(field.expect("a field"), content, subject)?;
            read_inside(inside, ty, whole, ["path", "path, many", "path, none"])
        }
        From::Field => {
            let field = field.expect("a field");
            let Some(value) = found(field, content, subject)? else {
                if let Some((_, text)) = field.default_literal {
                    return Ok(Brought::one((ty.reads)(&json(text)), "default of a function"));
                }
                return match (field.optional, field.default, field.many) {
                    (true, ..) => Ok(Brought::none("absent")),
                    (false, true, true) => Ok(Brought { values: Some(Vec::new()), from: "default of many" }),
                    (false, true, false) => Ok(Brought::one(ty.default().expect("a default"), "default")),
                    (false, false, _) => Err(Why::MissingKey),
                };
            };
            if value.is_null() && field.optional {
                return Ok(Brought::none("null"));
            }
            if value.is_null() && (field.many || ty.read(value).is_none()) {
                return Err(Why::NullValue);
            }
            let from = match (field.optional, field.many) {
                _ if field.set.is_some() => "set",
                (false, false) if value.is_null() => "JSON null",
                (false, false) => "field",
                (true, false) => "option",
                (false, true) => "many",
                (true, true) => "option of many",
            };
            let mut values = read(value, ty, field.many)?;
            if field.set.is_some() {
                let order = ty.order.expect("members of sets are ordered");
                values.sort_by(order);
                values.dedup();
            }
            Ok(Brought { values: Some(values), from })
        }
    }
}

/// What stands for a field.
fn found<'a>(field: &Field, content: Option<&'a Value>, subject: &Enum) -> Result<Option<&'a Value>, Why> {
    if field.words.is_empty() {
        return Ok(content);
    }
    let names = field.names(subject.fields_case);
    let mut found = names.iter().filter_map(|name| content?.get(name));
    let first = found.next();
    if found.next().is_some() { Err(Why::Malformed) } else { Ok(first) }
}

fn read_inside(
    inside: &Inside,
    ty: &Ty,
    whole: Option<&Value>,
    [from, many, none]: [&'static str; 3],
) -> Result<Brought, Why> {
    let mut value = whole;
    for key in &inside.path {
        value = value.and_then(|value| value.as_object()?.get(key));
    }
    match value.filter(|value| !value.is_null()) {
        None if inside.optional => Ok(Brought::none(none)),
        None => Err(Why::MissingKey),
        Some(value) => {
            let values = Some(read(value, ty, inside.many)?);
            Ok(Brought { values, from: if inside.many { many } else { from } })
        }
    }
}

fn read(value: &Value, ty: &Ty, many: bool) -> Result<Vec<Value>, Why> {
    if !many {
        return Ok(vec![ty.read(value).ok_or(Why::WrongValue)?]);
    }
    let elements = value.as_array().ok_or(Why::WrongValue)?;
    let element = |value: &Value| match value {
        Value::Null => ty.read(value).ok_or(Why::NullValue),
        value => ty.read(value).ok_or(Why::WrongValue),
    };
    elements.iter().map(element).collect()
}

impl State {
    /// The row as JSON.
    fn shown(&self, subject: &Enum) -> Value {
        let columns = subject.columns.iter().zip(&self.cells);
        let mut row: Map<String, Value> =
            columns.map(|(column, cell)| (column.name.into(), cell.shown())).collect();
        row.insert("version".into(), self.version.into());
        row.insert("created_at".into(), self.created_at.clone());
        row.insert("modified_at".into(), self.modified_at.clone());
        Value::Object(row)
    }
}
