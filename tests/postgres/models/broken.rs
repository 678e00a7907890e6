//! What can be wrong with a stream.

use super::palette::TYPES;
use super::payloads::{enveloped, payloads};
use super::subject::Subject;
use super::types::Ty;
use crate::layout::TAG;
use crate::parity::case::Event;
use es_rollup_core::model::{Life, Tagging};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

/// What is done to a stream.
#[derive(Clone, Debug)]
pub(super) enum Fault {
    /// An event is missing.
    Gap(Index),
    /// An event comes twice.
    Replay(Index),
    /// An event has a sequence below 1.
    Below(i32),
    /// An event is another.
    Other(Index, Value),
    /// More events follow: after the end, or ones that create.
    More(Vec<Value>),
    /// A value somewhere in a payload is another, or gone.
    Value(Index, Index, Option<Value>),
    /// A payload has other content, or none.
    Content(Index, Option<Value>),
    /// An object somewhere in a payload has one more key.
    Key(Index, Index, &'static str, Value),
    /// A field stands under another of its keys too.
    Twice(Index, Index),
    /// What a path leads to is null.
    Part,
    /// The context is another, or none.
    Context(Index, Option<Value>),
    /// A value somewhere in the context is another.
    InContext(Index, Index, Value),
}

/// JSON that is wrong in most places.
pub(crate) fn junk() -> Vec<Value> {
    let mut all = vec![
        Value::Null,
        json!(""),
        json!("5"),
        json!(5),
        json!(-1.5),
        json!(true),
        json!([]),
        json!({}),
        json!([null]),
        json!({"Unknown": {}}),
        json!("no such event"),
        json!(1e30),
    ];
    all.extend(TYPES.iter().flat_map(Ty::near_misses));
    // serde_json reads the digits that PostgreSQL prints for such numbers as one of their neighbours.
    all.retain(|value| value.as_f64().is_none_or(|number| number == 0.0 || number.abs() > 1e-30));
    all
}

/// Faults of a model's streams.
pub(super) fn fault(subject: &Subject) -> BoxedStrategy<Fault> {
    let all = payloads(subject, |_| true).expect("a model has variants");
    let creates = payloads(subject, |life| life == Life::Create).unwrap_or_else(|| all.clone());
    let ends = payloads(subject, |life| life == Life::Delete).unwrap_or_else(|| all.clone());
    let more = prop::collection::vec(prop_oneof![all.clone(), creates, ends], 1..4);
    let index = any::<Index>;
    let junk = || prop_oneof![1 => Just(Value::Null), 3 => prop::sample::select(junk())];
    let keys = prop::sample::select(vec!["another", "", "type", "data", "é"]);
    let content = prop::option::of(prop_oneof![junk(), Just(json!({})), Just(json!([]))]);
    // It prints like the name of an event type that every model has.
    let untyped = match &subject.model.tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => json!({ tag: 7 }),
        Tagging::Separate { .. } | Tagging::External => json!(7),
    };
    prop_oneof![
        1 => index().prop_map(move |at| Fault::Other(at, untyped.clone())),
        1 => index().prop_map(Fault::Gap),
        1 => index().prop_map(Fault::Replay),
        1 => (-2..1_i32).prop_map(Fault::Below),
        1 => (index(), all).prop_map(|(at, payload)| Fault::Other(at, payload)),
        1 => more.prop_map(Fault::More),
        1 => (index(), junk()).prop_map(|(at, junk)| Fault::Other(at, junk)),
        8 => (index(), index(), prop::option::weighted(0.8, junk()))
            .prop_map(|(at, place, junk)| Fault::Value(at, place, junk)),
        2 => (index(), content).prop_map(|(at, content)| Fault::Content(at, content)),
        1 => (index(), index(), keys, junk()).prop_map(|(at, place, key, junk)| Fault::Key(at, place, key, junk)),
        1 => (index(), index()).prop_map(|(at, field)| Fault::Twice(at, field)),
        1 => Just(Fault::Part),
        1 => (index(), prop::option::of(junk())).prop_map(|(at, context)| Fault::Context(at, context)),
        2 => (index(), index(), junk()).prop_map(|(at, place, junk)| Fault::InContext(at, place, junk)),
    ]
    .boxed()
}

/// Does to a stream what the fault says.
pub(super) fn break_stream(
    events: &mut Vec<Event>,
    fault: Fault,
    tagging: &Tagging,
    aliases: &[Vec<String>],
) {
    let count = events.len();
    match fault {
        Fault::Gap(at) => events[at.index(count)..].iter_mut().for_each(|event| event.sequence += 1),
        Fault::Replay(at) => events.push(events[at.index(count)].clone()),
        Fault::Below(sequence) => events.push(Event { sequence, ..events[count - 1].clone() }),
        Fault::Other(at, payload) => events[at.index(count)].payload = payload,
        Fault::More(payloads) => {
            for payload in payloads {
                let last = events.last().expect("a first event").clone();
                events.push(Event { sequence: last.sequence + 1, payload, ..last });
            }
        }
        Fault::Value(at, place, junk) => {
            let payload = &mut events[at.index(count)].payload;
            let places = places(payload);
            let Some((parent, key)) = places[place.index(places.len())].rsplit_once('/') else {
                *payload = junk.unwrap_or_default();
                return;
            };
            let key = key.replace("~1", "/").replace("~0", "~");
            match (payload.pointer_mut(parent), junk) {
                (Some(Value::Object(object)), Some(junk)) => drop(object.insert(key, junk)),
                (Some(Value::Object(object)), None) => drop(object.remove(&key)),
                (Some(Value::Array(array)), junk) => {
                    let at: usize = key.parse().expect("an index");
                    match junk {
                        Some(junk) => array[at] = junk,
                        None => drop(array.remove(at)),
                    }
                }
                _ => unreachable!("what has a path stands in something"),
            }
        }
        Fault::Content(at, content) => {
            let payload = &mut events[at.index(count)].payload;
            let name = match tagging {
                Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => {
                    payload.get(tag).and_then(Value::as_str)
                }
                Tagging::Separate { .. } => payload.get(TAG).and_then(Value::as_str),
                Tagging::External => {
                    let key = || payload.as_object()?.keys().next().map(String::as_str);
                    payload.as_str().or_else(key)
                }
            };
            if let Some(name) = name {
                *payload = enveloped(tagging, name, content);
            }
        }
        Fault::Key(at, place, key, junk) => {
            let payload = &mut events[at.index(count)].payload;
            let places = places(payload);
            if let Some(Value::Object(object)) = payload.pointer_mut(&places[place.index(places.len())]) {
                object.insert(key.into(), junk);
            }
        }
        Fault::Part => {
            let leads =
                |payload: &Value| places(payload).into_iter().find(|place| place.ends_with("/whole/part"));
            let found = events.iter_mut().find_map(|event| Some((leads(&event.payload)?, event)));
            if let Some((place, event)) = found {
                *event.payload.pointer_mut(&place).expect("a place") = Value::Null;
            }
        }
        Fault::Context(at, context) => events[at.index(count)].context = context,
        Fault::InContext(at, place, junk) => {
            if let Some(context) = &mut events[at.index(count)].context {
                let places = places(context);
                *context.pointer_mut(&places[place.index(places.len())]).expect("a place") = junk;
            }
        }
        Fault::Twice(at, field) => {
            if !aliases.is_empty() {
                let keys = &aliases[field.index(aliases.len())];
                double(&mut events[at.index(count)].payload, keys);
            }
        }
    }
}

/// Every place in a payload, down to the elements of its lists, as JSON pointers; the payload itself first.
fn places(payload: &Value) -> Vec<String> {
    let mut places = vec![String::new()];
    let mut at = 0;
    while at < places.len() && places.len() < 100 {
        let here = places[at].clone();
        match payload.pointer(&here) {
            Some(Value::Object(object)) => {
                places.extend(
                    object.keys().map(|key| format!("{here}/{}", key.replace('~', "~0").replace('/', "~1"))),
                );
            }
            Some(Value::Array(array)) => places.extend((0..array.len()).map(|at| format!("{here}/{at}"))),
            _ => {}
        }
        at += 1;
    }
    places
}

/// Puts what stands under one of the keys under all of them.
fn double(payload: &mut Value, keys: &[String]) {
    let Value::Object(object) = payload else { return };
    if let Some(value) = keys.iter().find_map(|key| object.get(key)).cloned() {
        object.extend(keys.iter().map(|key| (key.clone(), value.clone())));
    }
    object.values_mut().for_each(|value| double(value, keys));
}
