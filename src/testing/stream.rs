//! A stream as it is sent to the database, and as Rust folds it.

use super::columns::Columns;
use super::database::Database;
use super::driver::{Driver, Failure};
use crate::{FoldError, Recorded, Rollup, SqlType};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::borrow::Borrow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An event enum that the kit can check: serde writes and reads its events, its id has a column type, and its
/// recorded time can be created from a [`SystemTime`].
///
/// There is nothing to implement: every enum with `#[derive(Rollup)]` that meets these conditions has it.
pub trait Testable:
    Columns
    + Rollup<
        Id: SqlType + Serialize,
        Time: From<SystemTime>,
        Context: Serialize + DeserializeOwned,
        State: Send,
    > + Serialize
    + DeserializeOwned
{
}

impl<E> Testable for E where
    E: Columns
        + Rollup<
            Id: SqlType + Serialize,
            Time: From<SystemTime>,
            Context: Serialize + DeserializeOwned,
            State: Send,
        > + Serialize
        + DeserializeOwned
{
}

/// The result of folding a stream in Rust.
pub(super) type Folded<E> = Result<Option<<E as Rollup>::State>, FoldError<<E as Rollup>::Id>>;

/// 2026-01-01, in seconds of Unix time.
const START: u64 = 1_767_225_600;

/// The recorded time that the kit gives to an event: a second after the one before it.
fn seconds(at: usize) -> u64 {
    START + at as u64
}

/// The function that gives the context of an event, from the event and its sequence.
pub(super) type Contexts<E> = dyn Fn(&E, i64) -> Option<<E as Rollup>::Context> + Send + Sync;

/// The sequence of the event at an index.
fn sequence(at: usize) -> i64 {
    i64::try_from(at).expect("the events are in memory") + 1
}

/// The context of each event.
pub(super) fn contexts<E: Rollup>(events: &[&E], contexts: &Contexts<E>) -> Vec<Option<E::Context>> {
    events.iter().enumerate().map(|(at, event)| contexts(event, sequence(at))).collect()
}

/// The fold in Rust.
pub(super) fn fold<'event, E: Testable + 'event, C: Borrow<Option<E::Context>>>(
    id: &'event E::Id,
    events: impl IntoIterator<Item = &'event E>,
    contexts: &'event [C],
) -> Folded<E> {
    E::fold(recorded(id, events, contexts))
}

/// The events as they are recorded.
pub(super) fn recorded<'event, E: Testable + 'event, C: Borrow<Option<E::Context>>>(
    id: &'event E::Id,
    events: impl IntoIterator<Item = &'event E>,
    contexts: &'event [C],
) -> impl Iterator<Item = Recorded<'event, E>> {
    events.into_iter().zip(contexts).enumerate().map(move |(at, (event, context))| {
        let recorded_at = (UNIX_EPOCH + Duration::from_secs(seconds(at))).into();
        Recorded { id, sequence: sequence(at), recorded_at, event, context: context.borrow().as_ref() }
    })
}

/// A stream as JSON.
#[derive(Debug)]
pub(super) struct Stream {
    pub(super) id: String,
    pub(super) events: Vec<String>,
    contexts: Vec<String>,
    /// The row that is inserted for each event.
    pub(super) rows: Vec<String>,
}

impl Stream {
    /// # Panics
    ///
    /// If serde cannot write something.
    #[track_caller]
    pub(super) fn write<E: Testable>(id: &E::Id, events: &[&E], contexts: &[Option<E::Context>]) -> Self {
        let id = match serde_json::to_string(id) {
            Ok(id) => id,
            Err(error) => panic!("serde cannot write the id: {error}"),
        };
        let mut stream = Self { id, events: Vec::new(), contexts: Vec::new(), rows: Vec::new() };
        for (at, (event, context)) in events.iter().zip(contexts).enumerate() {
            let payload = match serde_json::to_string(event) {
                Ok(payload) => payload,
                Err(error) => panic!("serde cannot write event {}: {error}", at + 1),
            };
            let context = match serde_json::to_string(context) {
                Ok(context) => context,
                Err(error) => panic!("serde cannot write the context of event {}: {error}", at + 1),
            };
            stream.rows.push(format!(
                r#"{{"id":{},"sequence":{},"event_type":{},"event":{payload},"context":{context},"recorded_at":{}}}"#,
                stream.id,
                at + 1,
                serde_json::Value::from(event.event_name()),
                seconds(at)
            ));
            stream.events.push(payload);
            stream.contexts.push(context);
        }
        stream
    }
}

/// JSON as `jsonb` returns it; `None` if `jsonb` cannot hold it.
#[derive(Debug)]
pub(super) struct Stored {
    event: Option<String>,
    context: Option<String>,
}

/// Asks the database what it would store.
pub(super) fn stored<D: Driver>(database: &Database<D>, stream: &Stream) -> Result<Vec<Stored>, String> {
    const ALL: &str = "SELECT es_item::text FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY
        AS es_items (es_item, es_place) ORDER BY es_place";
    const ONE: &str = "SELECT ($1::text::jsonb)::text";
    let texts: Vec<&str> = stream.events.iter().chain(&stream.contexts).map(String::as_str).collect();
    let texts = database.with(async |work| {
        work.reset().await.map_err(|failure| failure.to_string())?;
        let all = format!("[{}]", texts.join(","));
        if let Ok(rows) = D::rows(work.connection, ALL, &[&all]).await {
            return Ok(rows.into_iter().map(|row| row.into_iter().next().flatten()).collect());
        }
        // Some cannot be stored. Find out which, one by one.
        let mut stored = Vec::new();
        for text in &texts {
            match D::rows(work.connection, ONE, &[text]).await {
                Ok(rows) => stored.push(rows.into_iter().next().and_then(|row| row.into_iter().next()?)),
                Err(Failure::Refused(_)) => stored.push(None),
                Err(Failure::Other(error)) => return Err(error),
            }
        }
        Ok::<Vec<Option<String>>, String>(stored)
    })?;
    let (events, contexts) = texts.split_at(stream.events.len());
    let both = events.iter().cloned().zip(contexts.iter().cloned());
    Ok(both.map(|(event, context)| Stored { event, context }).collect())
}

/// The events and their contexts, as serde reads them from the stored JSON; `None` for those that cannot be stored.
#[expect(clippy::type_complexity, reason = "two lists that belong together")]
pub(super) fn read_back<E: Testable>(
    stored: &[Stored],
) -> Result<(Vec<Option<E>>, Vec<Option<Option<E::Context>>>), String> {
    let (mut events, mut contexts) = (Vec::new(), Vec::new());
    for (at, Stored { event, context }) in stored.iter().enumerate() {
        let event = event.as_deref().map(serde_json::from_str).transpose();
        events.push(event.map_err(|error| format!("event {}: {error}", at + 1))?);
        let context = context.as_deref().map(serde_json::from_str).transpose();
        contexts.push(context.map_err(|error| format!("the context of event {}: {error}", at + 1))?);
    }
    Ok((events, contexts))
}
