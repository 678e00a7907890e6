//! A stream as it goes to the database, and as Rust folds it.

use crate::{FoldError, Recorded, Rollup, SqlType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An event enum that the kit can check: serde writes and reads its events, its id has a column type, its
/// recorded time can be made of a [`SystemTime`], its states can be compared and shown.
///
/// Nothing to implement: every enum that has these is one.
pub trait Testable:
    Rollup<
        Id: SqlType + Serialize,
        Time: From<SystemTime>,
        Context: Serialize,
        State: PartialEq + Debug + Send,
    > + Serialize
    + DeserializeOwned
{
}

impl<E> Testable for E where
    E: Rollup<
            Id: SqlType + Serialize,
            Time: From<SystemTime>,
            Context: Serialize,
            State: PartialEq + Debug + Send,
        > + Serialize
        + DeserializeOwned
{
}

/// What Rust makes of a stream.
pub(super) type Folded<E> = Result<Option<<E as Rollup>::State>, FoldError<<E as Rollup>::Id>>;

/// 2026-01-01, in seconds of Unix time.
const START: u64 = 1_767_225_600;

/// When the kit says that an event was recorded: a second after the one before it.
fn seconds(at: usize) -> u64 {
    START + at as u64
}

/// What the kit says is recorded beside an event, of which it is told the sequence.
pub(super) type Contexts<E> = dyn Fn(&E, i64) -> Option<<E as Rollup>::Context> + Send + Sync;

/// The events' places in their stream.
fn sequence(at: usize) -> i64 {
    i64::try_from(at).expect("the events are in memory") + 1
}

/// The fold in Rust.
pub(super) fn fold<'event, E: Testable + 'event>(
    id: &'event E::Id,
    events: impl IntoIterator<Item = &'event E>,
    contexts: &Contexts<E>,
) -> Folded<E> {
    let events = events.into_iter().enumerate().map(|(at, event)| (at, event, contexts(event, sequence(at))));
    let events: Vec<_> = events.collect();
    E::fold(events.iter().map(|(at, event, context)| {
        let recorded_at = (UNIX_EPOCH + Duration::from_secs(seconds(*at))).into();
        Recorded { id, sequence: sequence(*at), recorded_at, event: *event, context: context.as_ref() }
    }))
}

/// A stream as JSON.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: String,
    pub(super) events: Vec<String>,
    /// What is inserted for each event.
    pub(super) rows: Vec<String>,
}

impl Stream {
    /// # Panics
    ///
    /// When serde refuses to write something.
    #[track_caller]
    pub(super) fn write<E: Testable>(id: &E::Id, events: &[&E], contexts: &Contexts<E>) -> Self {
        let id = match serde_json::to_string(id) {
            Ok(id) => id,
            Err(error) => panic!("serde does not write the id: {error}"),
        };
        let mut stream = Self { id, events: Vec::new(), rows: Vec::new() };
        for (at, event) in events.iter().enumerate() {
            let payload = match serde_json::to_string(event) {
                Ok(payload) => payload,
                Err(error) => panic!("serde does not write event {}: {error}", at + 1),
            };
            let context = match serde_json::to_string(&contexts(event, sequence(at))) {
                Ok(context) => context,
                Err(error) => panic!("serde does not write the context of event {}: {error}", at + 1),
            };
            stream.rows.push(format!(
                r#"{{"id":{},"sequence":{},"event_type":{},"event":{payload},"context":{context},"recorded_at":{}}}"#,
                stream.id,
                at + 1,
                serde_json::Value::from(event.event_name()),
                seconds(at)
            ));
            stream.events.push(payload);
        }
        stream
    }
}

/// The events after they were written and read back.
pub(super) fn read_back<E: Testable>(events: &[&E]) -> Result<Vec<E>, String> {
    let mut read = Vec::new();
    for (at, event) in events.iter().enumerate() {
        // By way of a value: text may lose the last digit of a float. Only integers of 128 bits are none.
        let back = match serde_json::to_value(event) {
            Ok(value) => serde_json::from_value(value),
            Err(_) => serde_json::to_string(event).and_then(|text| serde_json::from_str(&text)),
        };
        read.push(back.map_err(|error| format!("event {}: {error}", at + 1))?);
    }
    Ok(read)
}
