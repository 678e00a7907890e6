//! Random streams of a model's events, and what can be wrong with them.

use super::subject::Subject;
use super::types::{TYPES, Ty};
use crate::layout::{CONTENT, TAG};
use crate::parity::case::Event;
use crate::parity::insertion::Form;
use chrono::{DateTime, TimeDelta};
use es_rollup_core::model::{Absent, Field, Life, Order, Origin, Rule, Shape, Tagging, Variant};
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};
use std::fmt;

/// Streams and how they reach the table.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) streams: Vec<(String, Vec<Event>)>,
    pub(crate) form: Form,
    /// Where the events are cut into statements, as shares of 256.
    pub(crate) cuts: Vec<u8>,
    pub(crate) shuffle: u64,
    /// A bit a statement: whether the trigger is off meanwhile.
    pub(crate) unseen: u8,
    /// A bit a statement: whether unique constraints are checked after it, as a commit does.
    pub(crate) committed: u8,
    /// Whether the rollup is folded anew at the end.
    pub(crate) again: bool,
    /// Whether events are read in the order in which they happen to lie.
    pub(crate) unindexed: bool,
}

impl fmt::Debug for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { streams, form, cuts, shuffle, unseen, committed, again, unindexed } = self;
        writeln!(
            out,
            "inserted as {form:?}, cut at {cuts:?}, shuffled by {shuffle}, unseen {unseen:b}, \
             committed {committed:b}, again {again}, unindexed {unindexed}"
        )?;
        for (id, events) in streams {
            writeln!(out, "  entity {id}")?;
            for event in events {
                writeln!(out, "    {} {} {}", event.sequence, event.recorded_at, event.payload)?;
            }
        }
        Ok(())
    }
}

/// What is done to a stream.
#[derive(Clone, Debug)]
enum Fault {
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
    all
}

fn value(ty: &'static Ty) -> impl Strategy<Value = Value> {
    prop_oneof![
        19 => prop::sample::select(ty.examples()),
        1 => prop::sample::select(ty.extremes()),
    ]
}

/// What stands for a field: `None` if nothing does.
fn field(field: &Field, ty: &'static Ty) -> BoxedStrategy<Option<Value>> {
    let present = if field.many {
        prop::collection::vec(value(ty), 0..4).prop_map(Value::Array).boxed()
    } else {
        value(ty).boxed()
    };
    let absent = match &field.absent {
        Absent::Refused => 0,
        Absent::None | Absent::Default | Absent::Literal(_) => 2,
    };
    let null = if field.optional { 2 } else { 0 };
    let mut ways = vec![(6, present.prop_map(Some).boxed())];
    if absent > 0 {
        ways.push((absent, Just(None).boxed()));
    }
    if null > 0 {
        ways.push((null, Just(Some(Value::Null)).boxed()));
    }
    Union::new_weighted(ways).boxed()
}

/// A payload of one variant, from what stands for each of its fields.
pub(crate) fn wrapped(
    tagging: &Tagging,
    variant: &Variant,
    name: &str,
    fields: Vec<(usize, Option<Value>)>,
) -> Value {
    let content = match variant.shape {
        Shape::Unit => return enveloped(tagging, name, None),
        Shape::Tuple => Some(json!([1, "two"])),
        Shape::Newtype => {
            let mut own =
                variant.fields.iter().zip(fields).filter(|(field, _)| field.origin == Origin::Payload);
            own.next().and_then(|(_, (_, value))| value)
        }
        Shape::Struct => {
            let mut object = Map::new();
            let own = variant.fields.iter().zip(fields).filter(|(field, _)| field.origin == Origin::Payload);
            for (field, (key, value)) in own {
                // Where nothing may stand for the field, nothing stands inside it.
                let refused = field.whole.as_ref().is_some_and(|whole| whole.absent == Absent::Refused);
                let value = match value {
                    Some(value) => Some(at_path(&field.path, value)),
                    None => refused.then(|| json!({"beside": [1]})),
                };
                if let Some(value) = value {
                    object.insert(field.keys[key % field.keys.len()].clone(), value);
                }
            }
            Some(Value::Object(object))
        }
    };
    match tagging {
        // Even where nothing stands for it, an external newtype has content.
        Tagging::External => json!({ name: content }),
        Tagging::Internal { .. } | Tagging::Adjacent { .. } | Tagging::Separate { .. } => {
            enveloped(tagging, name, content)
        }
    }
}

/// The value inside as many objects as there are keys.
fn at_path(path: &[String], value: Value) -> Value {
    path.iter().rev().fold(value, |value, key| json!({ key.as_str(): value, "beside": [1] }))
}

/// Contexts of a model's events: each has what any of its variants reads, or lacks it.
fn contexts(subject: &Subject) -> BoxedStrategy<Option<Value>> {
    let mut all = Vec::new();
    for (variant, rule) in subject.variants() {
        for (at, one) in variant.fields.iter().enumerate().filter(|(_, one)| one.origin == Origin::Context) {
            let path = one.path.clone();
            let value = field(one, subject.field_type(rule, at));
            all.push(value.prop_map(move |value| (path.clone(), value)));
        }
    }
    if all.is_empty() {
        return Just(None).boxed();
    }
    all.prop_map(|values| {
        let mut context = Map::new();
        for (path, value) in values {
            let Some(value) = value else { continue };
            match path.as_slice() {
                [key] => drop(context.insert(key.clone(), value)),
                [outer, key] => {
                    let inner = context.entry(outer.clone()).or_insert_with(|| json!({}));
                    inner[key.as_str()] = value;
                }
                _ => unreachable!("paths in contexts have one key or two"),
            }
        }
        Some(Value::Object(context))
    })
    .boxed()
}

/// A payload with its content, or without any.
pub(crate) fn enveloped(tagging: &Tagging, name: &str, content: Option<Value>) -> Value {
    match tagging {
        Tagging::Internal { tag } => {
            let mut object = match content {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            object.insert(tag.clone(), name.into());
            Value::Object(object)
        }
        Tagging::Adjacent { tag, content: key } => adjacent(tag, name, key, content),
        // In one piece until it is stored.
        Tagging::Separate { .. } => adjacent(TAG, name, CONTENT, content),
        Tagging::External => match content {
            None => name.into(),
            Some(content) => json!({ name: content }),
        },
    }
}

fn adjacent(tag: &str, name: &str, key: &str, content: Option<Value>) -> Value {
    let mut object = Map::from_iter([(tag.into(), name.into())]);
    object.extend(content.map(|content| (key.into(), content)));
    Value::Object(object)
}

/// Payloads of one variant.
fn payload(subject: &Subject, variant: &Variant, rule: &Rule) -> BoxedStrategy<Value> {
    let mut names = variant.wire.clone();
    if variant.other {
        names.push("anything else".into());
    }
    let fields: Vec<_> = variant
        .fields
        .iter()
        .enumerate()
        .map(|(at, one)| (0..4_usize, field(one, subject.field_type(rule, at))))
        .collect();
    let (tagging, variant) = (subject.model.tagging.clone(), variant.clone());
    (prop::sample::select(names), fields)
        .prop_map(move |(name, fields)| wrapped(&tagging, &variant, &name, fields))
        .boxed()
}

fn payloads(subject: &Subject, wanted: impl Fn(Life) -> bool) -> Option<BoxedStrategy<Value>> {
    let variants = subject.variants().filter(|(variant, _)| wanted(variant.life) && !variant.wire.is_empty());
    let all: Vec<_> = variants.map(|(variant, rule)| payload(subject, variant, rule)).collect();
    (!all.is_empty()).then(|| Union::new(all).boxed())
}

fn stream(subject: &Subject) -> BoxedStrategy<Vec<Value>> {
    let any = payloads(subject, |_| true).expect("a model has variants");
    let later = payloads(subject, |life| life == Life::Change).unwrap_or_else(|| any.clone());
    let first = payloads(subject, |life| life == Life::Create).unwrap_or_else(|| later.clone());
    let last = match payloads(subject, |life| life == Life::Delete) {
        Some(last) => prop::option::weighted(0.3, last).boxed(),
        None => Just(None).boxed(),
    };
    (first, prop::collection::vec(later, 0..9), last)
        .prop_map(|(first, later, last)| [first].into_iter().chain(later).chain(last).collect())
        .boxed()
}

fn fault(subject: &Subject) -> BoxedStrategy<Fault> {
    let all = payloads(subject, |_| true).expect("a model has variants");
    let creates = payloads(subject, |life| life == Life::Create).unwrap_or_else(|| all.clone());
    let ends = payloads(subject, |life| life == Life::Delete).unwrap_or_else(|| all.clone());
    let more = prop::collection::vec(prop_oneof![all.clone(), creates, ends], 1..4);
    let index = any::<Index>;
    let junk = || prop_oneof![1 => Just(Value::Null), 3 => prop::sample::select(junk())];
    let keys = prop::sample::select(vec!["another", "", "type", "data", "é"]);
    let content = prop::option::of(prop_oneof![junk(), Just(json!({})), Just(json!([]))]);
    prop_oneof![
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
        1 => (index(), prop::option::of(junk())).prop_map(|(at, context)| Fault::Context(at, context)),
        2 => (index(), index(), junk()).prop_map(|(at, place, junk)| Fault::InContext(at, place, junk)),
    ]
    .boxed()
}

/// Cases of one model; one stream in five is broken.
pub(crate) fn cases(subject: &Subject) -> BoxedStrategy<Case> {
    let tagging = subject.model.tagging.clone();
    let aliases: Vec<Vec<String>> = subject
        .model
        .variants
        .iter()
        .flat_map(|variant| &variant.fields)
        .map(|field| field.keys.clone())
        .filter(|keys| keys.len() > 1)
        .collect();
    let contexts = prop::collection::vec(contexts(subject), 16);
    let times = prop::collection::vec(0..1_000_000_000_000_i64, 16);
    let events = (stream(subject), times, contexts).prop_map(|(payloads, times, contexts)| {
        let epoch = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let event = |(at, payload): (usize, Value)| Event {
            sequence: i32::try_from(at).expect("few events") + 1,
            payload,
            recorded_at: epoch + TimeDelta::microseconds(times[at % times.len()]),
            context: contexts[at % contexts.len()].clone(),
        };
        payloads.into_iter().enumerate().map(event).collect::<Vec<_>>()
    });
    let fault = prop::option::weighted(0.2, fault(subject));
    let events = (events, fault).prop_map(move |(mut events, fault)| {
        if let Some(fault) = fault {
            break_stream(&mut events, fault, &tagging, &aliases);
        }
        events
    });
    let (id, order) = (subject.id, subject.model.store.order);
    let streams = prop::collection::vec(events, 1..6);
    let cuts = prop::collection::vec(any::<u8>(), 0..5);
    let unseen = prop_oneof![4 => Just(0), 1 => any::<u8>()];
    let again = prop::bool::weighted(0.15);
    let unindexed = prop::bool::weighted(0.25);
    let committed = prop_oneof![1 => Just(0), 1 => any::<u8>(), 1 => Just(u8::MAX)];
    (streams, any::<u8>(), Form::any(), cuts, any::<u64>(), (unseen, committed), again, unindexed)
        .prop_map(move |(streams, salt, form, cuts, shuffle, (unseen, committed), again, unindexed)| {
            let mut streams = streams;
            if order == Order::Increasing {
                streams.iter_mut().flatten().for_each(|event| event.sequence = spread(event.sequence, salt));
            }
            // Ids in an order that is not that of the streams.
            let ids = (0..).map(|at: u16| id.text((at * 7 + u16::from(salt)) % 300));
            Case {
                streams: ids.zip(streams).collect(),
                form,
                cuts,
                shuffle,
                unseen,
                committed,
                again,
                unindexed,
            }
        })
        .boxed()
}

/// The sequence in a stream with gaps.
fn spread(sequence: i32, salt: u8) -> i32 {
    if sequence < 1 { sequence } else { sequence * 7 - i32::from(salt % 7) }
}

fn break_stream(events: &mut Vec<Event>, fault: Fault, tagging: &Tagging, aliases: &[Vec<String>]) {
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
