//! Random streams of a model's events, and what can be wrong with them.

use super::broken::{break_stream, fault};
use super::payloads::{contexts, payloads};
use super::reference::{Reason, Refused, fold};
use super::subject::Subject;
use crate::parity::case::Event;
use crate::parity::insertion::Form;
use chrono::{DateTime, TimeDelta};
use es_rollup::ErrorKind;
use es_rollup_core::model::{Life, Order};
use proptest::prelude::*;
use serde_json::Value;
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
    /// Whether the rollup is folded anew at the end, and emptied.
    pub(crate) again: bool,
    /// Whether what is stored is folded from nothing at the end, and then changed and deleted.
    pub(crate) followed: bool,
    /// Whether events are read in the order in which they happen to lie.
    pub(crate) unindexed: bool,
    /// A bit an event: whether it stays in its stream although a row that it needs is not there, and whether it does
    /// although one that it makes is there.
    pub(crate) wrong: [u64; 2],
}

impl fmt::Debug for Case {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { streams, form, cuts, shuffle, unseen, committed, again, followed, unindexed, wrong } =
            self;
        writeln!(
            out,
            "inserted as {form:?}, cut at {cuts:?}, shuffled by {shuffle}, unseen {unseen:b}, \
             committed {committed:b}, again {again}, followed {followed}, unindexed {unindexed}, wrong {wrong:x?}"
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

impl Case {
    /// The case with most of the events left out that a view refuses because of the rows that are there: keys are so few
    /// that hardly a stream would go on for long.
    pub(crate) fn mended(&self, subject: &Subject) -> Self {
        let mut mended = self.clone();
        for (at, (_, events)) in (0_u32..).zip(&mut mended.streams) {
            if events.is_sorted_by(|one, next| one.sequence < next.sequence) {
                *events = without_misses(subject, events, self.wrong.map(|bits| bits.rotate_right(at * 11)));
            }
        }
        mended
    }
}

/// The events without those that a view refuses because of its rows, unless their bits are set. The others move up.
fn without_misses(subject: &Subject, events: &[Event], wrong: [u64; 2]) -> Vec<Event> {
    let mut kept: Vec<Event> = Vec::new();
    for (at, event) in (0_u32..).zip(events) {
        let sequence = events[kept.len()].sequence;
        kept.push(Event { sequence, ..event.clone() });
        let all: Vec<&Event> = kept.iter().collect();
        let misses = |kind, wrong: u64| {
            let is_it = |refused: Refused| {
                refused.sequence == sequence && refused.causes[0].reason == Reason::Kind(kind)
            };
            fold(subject, &all, |_| {}).is_err_and(is_it) && wrong.rotate_right(at) & 1 == 0
        };
        if misses(ErrorKind::RowMissing, wrong[0]) || misses(ErrorKind::RowExists, wrong[1]) {
            kept.pop();
        }
    }
    kept
}

fn stream(subject: &Subject) -> BoxedStrategy<Vec<Value>> {
    let any = payloads(subject, |_| true).expect("a model has variants");
    let later = payloads(subject, |life| life == Life::Change).unwrap_or_else(|| any.clone());
    let first = payloads(subject, |life| life == Life::Create).unwrap_or_else(|| later.clone());
    let last = match payloads(subject, |life| life == Life::Delete) {
        Some(last) => prop::option::weighted(0.3, last).boxed(),
        None => Just(None).boxed(),
    };
    let most = if subject.model.views.is_empty() { 9 } else { 16 };
    (first, prop::collection::vec(later, 0..most), last)
        .prop_map(|(first, later, last)| [first].into_iter().chain(later).chain(last).collect())
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
    // Every eighth or so, and every other one.
    let wrong = [any::<u64>(), any::<u64>(), any::<u64>(), any::<u64>()];
    let wrong = wrong.prop_map(|[one, two, three, other]| [one & two & three, other]);
    let last = (again, unindexed, wrong);
    (streams, any::<u8>(), Form::any(), cuts, any::<u64>(), (unseen, committed), last)
        .prop_map(
            move |(streams, salt, form, cuts, shuffle, (unseen, committed), (again, unindexed, wrong))| {
                let mut streams = streams;
                if order == Order::Increasing {
                    streams
                        .iter_mut()
                        .flatten()
                        .for_each(|event| event.sequence = spread(event.sequence, salt));
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
                    followed: true,
                    unindexed,
                    wrong,
                }
            },
        )
        .boxed()
}

/// The sequence in a stream with gaps.
fn spread(sequence: i32, salt: u8) -> i32 {
    if sequence < 1 { sequence } else { sequence * 7 - i32::from(salt % 7) }
}
