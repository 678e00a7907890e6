//! Random events of an enum, as they are stored.

use crate::description::{Deed, Enum, Field, From, Inside, Shape, Tagging, Variant};
use crate::dice::Dice;
use crate::operations::Takes;
use crate::types::{Ty, json};
use serde_json::{Map, Value, json};

/// One event as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: String,
    pub sequence: i64,
    pub payload: Value,
    /// In UTC, to the microsecond.
    pub recorded_at: String,
    pub context: Option<Value>,
    /// Whether serde may be unable to read it.
    pub unreadable: bool,
}

/// An event of a variant, with random values.
pub(crate) fn event(subject: &Enum, variant: &Variant, id: &str, sequence: usize, dice: &mut Dice) -> Event {
    let micros = dice.below(1_000_000);
    let (minute, second) = (dice.below(60), dice.below(60));
    Event {
        id: id.into(),
        sequence: i64::try_from(sequence).expect("few events"),
        payload: payload(subject, variant, dice),
        recorded_at: format!("2026-01-01T00:{minute:02}:{second:02}.{micros:06}Z"),
        context: context(subject, dice),
        unreadable: false,
    }
}

/// A type, and whether its values are few, so that they meet again as keys of rows.
#[derive(Clone, Copy)]
struct Of<'a> {
    ty: &'a Ty,
    few: bool,
}

fn one(Of { ty, few }: Of<'_>, dice: &mut Dice) -> Value {
    let among = match (few, ty.edges.is_empty()) {
        (true, _) if dice.percent(90) => &ty.good[..ty.good.len().min(3)],
        (_, false) if dice.percent(6) => ty.edges,
        (true | false, _) => ty.good,
    };
    json(dice.pick(among))
}

fn some(of: Of<'_>, many: bool, dice: &mut Dice) -> Value {
    if many { (0..dice.below(4)).map(|_| one(of, dice)).collect() } else { one(of, dice) }
}

fn inside(whole: &mut Value, inside: &Inside, of: Of<'_>, dice: &mut Dice) {
    if inside.optional && dice.percent(20) {
        return;
    }
    let value = if inside.optional && dice.percent(20) { Value::Null } else { some(of, inside.many, dice) };
    *slot(whole, &inside.path) = value;
}

/// The place of a path, made where it is missing.
pub(crate) fn slot<'a>(whole: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(whole, |place, key| {
        if !place.is_object() {
            *place = json!({});
        }
        place.as_object_mut().expect("an object").entry(key.clone()).or_insert(Value::Null)
    })
}

fn context(subject: &Enum, dice: &mut Dice) -> Option<Value> {
    let reads = subject.in_context().count() > 0;
    let mut whole = json!({"beside": [1.5]});
    for (deed, place) in subject.in_context() {
        inside(&mut whole, place, brought(subject, deed), dice);
    }
    reads.then_some(whole)
}

/// What an operation reads.
fn brought<'a>(subject: &'a Enum, deed: &Deed) -> Of<'a> {
    Of { ty: subject.column(deed).ty, few: subject.is_part(deed) }
}

/// What stands for a field; `None` if nothing does.
fn field(subject: &Enum, field: &Field, dice: &mut Dice) -> Option<Value> {
    let inside: Vec<(&Inside, Of<'_>)> = field
        .deeds
        .iter()
        .filter_map(|deed| match &deed.from {
            From::Inside(place) => Some((place, brought(subject, deed))),
            From::Nothing | From::Literal(..) | From::Field | From::Context(_) => None,
        })
        .collect();
    let filled = |dice: &mut Dice| {
        let mut whole = json!({"beside": [1]});
        inside.iter().for_each(|(place, of)| self::inside(&mut whole, place, *of, dice));
        whole
    };
    if !inside.is_empty() && !field.many {
        return Some(filled(dice));
    }
    let has_default = field.default || field.default_literal.is_some();
    let can_be_absent = (field.optional || has_default) && !field.words.is_empty();
    match dice.below(10) {
        0 | 1 if can_be_absent => None,
        2 | 3 if field.optional => Some(Value::Null),
        // Elements, in each of which something is read.
        _ if !inside.is_empty() => Some((0..dice.below(4)).map(|_| filled(dice)).collect()),
        _ => {
            let is_key = |deed: &Deed| subject.is_part(deed) && deed.operation.takes == Takes::Value;
            let few = field.deeds.iter().any(is_key);
            Some(some(Of { ty: field.ty, few }, field.many, dice))
        }
    }
}

fn payload(subject: &Enum, variant: &Variant, dice: &mut Dice) -> Value {
    let mut names = variant.names(subject.variants_case);
    if variant.other {
        names.push("anything else".into());
    }
    let name = names.swap_remove(dice.below(names.len()));
    let content = match variant.shape {
        Shape::Unit => None,
        Shape::Tuple => Some(json!([1, "two"])),
        Shape::Newtype => field(subject, &variant.fields[0], dice),
        Shape::Struct => {
            let mut object = Map::new();
            for one in &variant.fields {
                if let Some(value) = field(subject, one, dice) {
                    let mut names = one.names(subject.fields_case);
                    let name = names.swap_remove(dice.below(names.len()));
                    object.insert(name, value);
                }
            }
            Some(Value::Object(object))
        }
    };
    enveloped(subject.tagging, &name, content)
}

/// A payload with its content, or without any.
pub(crate) fn enveloped(tagging: Tagging, name: &str, content: Option<Value>) -> Value {
    match (tagging, content) {
        (Tagging::Internal, content) => {
            let mut object = match content {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            object.insert("type".into(), name.into());
            Value::Object(object)
        }
        (Tagging::Adjacent, Some(content)) => json!({"kind": name, "data": content}),
        (Tagging::Adjacent, None) => json!({"kind": name}),
        (Tagging::External, Some(content)) => json!({ name: content }),
        (Tagging::External, None) => name.into(),
    }
}
