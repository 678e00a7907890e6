//! A random case: streams, what is broken in them, and how they are inserted.

use super::insertion::Form;
use crate::fixtures::Check;
use chrono::{DateTime, TimeDelta, Utc};
use es_rollup::Rollup;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::PgRow;
use std::fmt;

/// What a state must be to be read back and compared.
pub(crate) trait Kept:
    for<'row> sqlx::FromRow<'row, PgRow> + PartialEq + fmt::Debug + Send + Unpin
{
}

impl<S: for<'row> sqlx::FromRow<'row, PgRow> + PartialEq + fmt::Debug + Send + Unpin> Kept for S {}

/// An enum that can be put to the test.
pub(crate) trait Subject:
    Rollup<Time = DateTime<Utc>, State: Kept> + Serialize + DeserializeOwned + fmt::Debug + Clone + 'static
{
    /// The SQL type of its ids.
    const ID_TYPE: &'static str;
    /// A random id and its text.
    fn id() -> BoxedStrategy<Self::Id>;
    fn id_text(id: &Self::Id) -> String;
    /// A first event, and any later one.
    fn first() -> BoxedStrategy<Self>;
    fn later() -> BoxedStrategy<Self>;
    /// The keys that columns are read from, as paths in the payload.
    fn keys() -> &'static [&'static str];
    /// What has to hold after each event, by name and in Rust; the fold knows nothing of it.
    const CHECKS: &'static [Check<Self::State>] = &[];
    /// Where the payload says which event it is.
    fn tag() -> Option<&'static str>;
    /// What is recorded beside an event.
    fn context() -> BoxedStrategy<Option<Value>> {
        Just(None).boxed()
    }
    /// The same, as the fold takes it.
    fn as_context(_: &Value) -> Option<&Self::Context> {
        None
    }
}

/// One event of a stream, as it goes to the database.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) sequence: i32,
    pub(crate) payload: Value,
    pub(crate) recorded_at: DateTime<Utc>,
    pub(crate) context: Option<Value>,
}

/// What is done to a stream to break it.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// An event is missing.
    Gap(prop::sample::Index),
    /// An event comes twice.
    Replay(prop::sample::Index),
    /// The first event is another.
    LaterFirst(Value),
    /// The first event comes again.
    FirstAgain(Value),
    /// The type is unknown.
    UnknownType(prop::sample::Index),
    /// The payload is something else.
    Payload(prop::sample::Index, Value),
    /// A key is gone (`None`) or holds something else.
    Key(prop::sample::Index, prop::sample::Index, Option<Value>),
}

#[derive(Clone)]
pub(crate) struct Case<E: Rollup> {
    pub(crate) streams: Vec<(E::Id, Vec<Event>)>,
    /// The stream that is broken, if one is.
    pub(crate) broken: Option<(usize, Fault)>,
    pub(crate) form: Form,
    /// Where the events are cut into statements, as shares of 256.
    pub(crate) cuts: Vec<u8>,
    pub(crate) shuffle: u64,
}

impl<E: Subject> fmt::Debug for Case<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "inserted as {:?}, cut at {:?}, broken: {:?}", self.form, self.cuts, self.broken)?;
        for (id, events) in &self.streams {
            writeln!(out, "  entity {}", E::id_text(id))?;
            for event in events {
                writeln!(out, "    {} {} {}", event.sequence, event.recorded_at, event.payload)?;
            }
        }
        Ok(())
    }
}

impl<E: Subject> fmt::Display for Case<E> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, out)
    }
}

/// Values that are wrong nearly everywhere.
fn junk() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(serde_json::json!("")),
        Just(serde_json::json!("5")),
        Just(serde_json::json!(5)),
        Just(serde_json::json!(-1.5)),
        Just(serde_json::json!(true)),
        Just(serde_json::json!([])),
        Just(serde_json::json!({})),
        Just(serde_json::json!("2026-02-30")),
        Just(serde_json::json!("2026-02-28T24:00:00Z")),
        Just(serde_json::json!("8a0b4f0e-6a57-4d0b-9f0e-0d9f1c4f3a2")),
    ]
}

fn event<E: Subject>(event: BoxedStrategy<E>) -> impl Strategy<Value = (Value, i64, Option<Value>)> {
    let payload = event.prop_map(|event| serde_json::to_value(event).expect("events are JSON"));
    (payload, 0..1_000_000_000_000_i64, E::context())
}

fn stream<E: Subject>() -> impl Strategy<Value = (E::Id, Vec<Event>)>
where
    E::Id: 'static,
{
    let later = prop::collection::vec(event::<E>(E::later()), 0..8);
    (E::id(), event::<E>(E::first()), later).prop_map(|(id, first, later)| {
        let epoch = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
        let events = std::iter::once(first)
            .chain(later)
            .enumerate()
            .map(|(at, (payload, micros, context))| Event {
                sequence: i32::try_from(at).expect("few events") + 1,
                payload,
                recorded_at: epoch + TimeDelta::microseconds(micros),
                context,
            })
            .collect();
        (id, events)
    })
}

fn fault<E: Subject>() -> impl Strategy<Value = Fault> {
    let payload =
        |event: BoxedStrategy<E>| event.prop_map(|event| serde_json::to_value(event).expect("JSON"));
    let index = any::<prop::sample::Index>;
    prop_oneof![
        1 => index().prop_map(Fault::Gap),
        1 => index().prop_map(Fault::Replay),
        1 => payload(E::later()).prop_map(Fault::LaterFirst),
        1 => payload(E::first()).prop_map(Fault::FirstAgain),
        1 => index().prop_map(Fault::UnknownType),
        1 => (index(), junk()).prop_map(|(at, junk)| Fault::Payload(at, junk)),
        6 => (index(), index(), prop::option::of(junk())).prop_map(|(at, key, junk)| Fault::Key(at, key, junk)),
    ]
}

/// Random cases of one enum; one in two has a broken stream.
pub(crate) fn cases<E: Subject>() -> impl Strategy<Value = Case<E>>
where
    E::Id: 'static,
{
    let streams = prop::collection::vec(stream::<E>(), 1..6);
    let broken = prop::option::of((any::<prop::sample::Index>(), fault::<E>()));
    let cuts = prop::collection::vec(any::<u8>(), 0..4);
    (streams, broken, Form::any(), cuts, any::<u64>()).prop_map(
        |(mut streams, broken, form, cuts, shuffle)| {
            let mut ids: Vec<String> = Vec::new();
            streams.retain(|(id, _)| {
                let text = E::id_text(id);
                let fresh = !ids.contains(&text);
                ids.push(text);
                fresh
            });
            let broken = broken.map(|(at, fault)| (at.index(streams.len()), fault));
            if let Some((at, fault)) = &broken {
                break_stream::<E>(&mut streams[*at].1, fault);
            }
            Case { streams, broken, form, cuts, shuffle }
        },
    )
}

fn break_stream<E: Subject>(events: &mut Vec<Event>, fault: &Fault) {
    let count = events.len();
    match fault {
        // Without the last event nothing is missing yet: the ones after it are moved up instead.
        Fault::Gap(at) => {
            let from = at.index(count);
            events[from..].iter_mut().for_each(|event| event.sequence += 1);
        }
        Fault::Replay(at) => {
            let again = events[at.index(count)].clone();
            events.push(again);
        }
        Fault::LaterFirst(payload) => events[0].payload = payload.clone(),
        Fault::FirstAgain(payload) => {
            let last = events.last().expect("a first event").clone();
            events.push(Event { sequence: last.sequence + 1, payload: payload.clone(), ..last });
        }
        Fault::UnknownType(at) => {
            let payload = &mut events[at.index(count)].payload;
            match E::tag() {
                Some(tag) => payload[tag] = "no_such_event".into(),
                None => *payload = serde_json::json!({ "NoSuchEvent": {} }),
            }
        }
        Fault::Payload(at, junk) => events[at.index(count)].payload = junk.clone(),
        Fault::Key(at, key, junk) => {
            let payload = &mut events[at.index(count)].payload;
            let keys: Vec<&&str> = E::keys().iter().filter(|key| payload.pointer(key).is_some()).collect();
            if keys.is_empty() {
                return;
            }
            let path = keys[key.index(keys.len())];
            if let Some(junk) = junk {
                *payload.pointer_mut(path).expect("the key is there") = junk.clone();
                return;
            }
            let (parent, key) = path.rsplit_once('/').expect("a path");
            match payload.pointer_mut(parent) {
                Some(Value::Object(object)) => drop(object.remove(key)),
                Some(Value::Array(array)) => drop(array.remove(key.parse().expect("an index"))),
                _ => unreachable!("what has a path stands in something"),
            }
        }
    }
}
