//! Many streams at once.

use super::check::unread;
use super::compare::Told;
use super::database::Work;
use super::difference::Difference;
use super::driver::{Driver, Failure};
use super::history::history;
use super::insertion::{Statements, array};
use super::kit::KitOn;
use super::outcome::{Outcome, Refused};
use super::stream::{Stream, Testable, contexts, fold};
use super::tables::ComparedRows;
use std::collections::HashMap;
use std::fmt;

/// How many streams were checked, and their outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parity {
    /// The streams that were checked.
    pub streams: usize,
    /// The events in them.
    pub events: usize,
    /// The streams that have a state.
    pub states: usize,
    /// The streams whose last event deletes the entity.
    pub deleted: usize,
    /// The streams that both folds refuse, for the same reason.
    pub refused: usize,
    /// The streams that only the database refuses: see [`Refused::kind`].
    pub refused_by_database: usize,
    /// The accepted streams that were inserted once more, many in one statement. They are not counted if the database
    /// refuses them together, as your own unique index may.
    pub together: usize,
}

impl fmt::Display for Parity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { streams, events, states, deleted, refused, refused_by_database, together } = self;
        write!(
            out,
            "{streams} streams, {events} events: {states} states, {deleted} deleted, {refused} refused, \
             {refused_by_database} refused by the database alone; {together} inserted together"
        )
    }
}

/// How many entities go into one statement.
const TOGETHER: usize = 100;

/// How many shorter streams are tried.
const TRIES: usize = 500;

/// A stream that was accepted.
struct Accepted {
    stream: Stream,
    /// The rows of the fold, for each table.
    told: Vec<Told>,
}

impl<E: Testable, D: Driver> KitOn<E, D> {
    /// Checks streams one by one, each with the id that `ids` returns for its index in the list; then inserts those
    /// that were accepted once more, with many entities in one statement.
    ///
    /// ```no_run
    /// # use es_rollup::{Rollup, testing::Kit};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, Rollup)]
    /// # #[rollup(events = "user_events", id = i64)]
    /// # enum UserEvent { Renamed { #[rollup(set)] name: String } }
    /// # fn recorded_streams() -> Vec<Vec<UserEvent>> { vec![] }
    /// let kit = Kit::<UserEvent>::from_env();
    /// let parity = kit.parity(|at| at as i64, recorded_streams());
    /// assert_eq!(parity.refused, 0, "{parity}");
    /// ```
    ///
    /// # Panics
    ///
    /// At the first stream for which Rust and PostgreSQL differ. The message shows it without the events that are not
    /// needed for the difference. Also if two ids are the same, or the database cannot be queried.
    #[track_caller]
    pub fn parity<S: IntoIterator<Item = E>>(
        &self,
        ids: impl FnMut(usize) -> E::Id,
        streams: impl IntoIterator<Item = S>,
    ) -> Parity {
        parity(self, ids, streams)
    }
}

#[track_caller]
fn parity<E: Testable, D: Driver, S: IntoIterator<Item = E>>(
    kit: &KitOn<E, D>,
    mut ids: impl FnMut(usize) -> E::Id,
    streams: impl IntoIterator<Item = S>,
) -> Parity {
    let mut parity = Parity::default();
    let mut places = HashMap::new();
    let mut accepted = Vec::new();
    for (at, stream) in streams.into_iter().enumerate() {
        let id = ids(at);
        let events: Vec<E> = stream.into_iter().collect();
        let events: Vec<&E> = events.iter().collect();
        parity.streams += 1;
        parity.events += events.len();
        let outcome = match kit.check_all(&id, &events) {
            Ok(outcome) => outcome,
            Err(difference) => {
                let (difference, left) = shorten(kit, &id, events.clone(), difference);
                panic!("{}", shortened(at, events.len(), left, &difference))
            }
        };
        let contexts = contexts(&events, &*kit.contexts);
        let written = Stream::write(&id, &events, &contexts);
        if let Some(other) = places.insert(written.id.clone(), at) {
            panic!("streams {other} and {at} have the same id, {}", written.id);
        }
        let count = match &outcome {
            Outcome::State(_) => &mut parity.states,
            Outcome::Deleted => &mut parity.deleted,
            Outcome::Empty => continue,
            Outcome::Refused(Refused { kind: Some(_), .. }) => &mut parity.refused,
            Outcome::Refused(Refused { kind: None, .. }) => &mut parity.refused_by_database,
        };
        *count += 1;
        if matches!(outcome, Outcome::State(_) | Outcome::Deleted) {
            let state = fold::<E, _>(&id, events.iter().copied(), &contexts).ok().flatten();
            let history = history::<E, _>(&id, events, &contexts);
            let told = kit.statements.tables.told::<E>(state.as_ref(), &history);
            accepted.push(Accepted { stream: written, told });
        }
        if accepted.len() == TOGETHER {
            parity.together += together(kit, &std::mem::take(&mut accepted));
        }
    }
    parity.together += together(kit, &accepted);
    parity
}

fn shortened(at: usize, events: usize, left: usize, difference: &Difference) -> String {
    let without = match events - left {
        0 => String::new(),
        gone => format!(", shown without {gone} of its {events} events"),
    };
    format!("stream {at}{without}: {difference}")
}

/// Leaves out events, starting at the end, as long as the two folds still differ. Returns the last difference and the
/// number of events left.
fn shorten<'event, E: Testable, D: Driver>(
    kit: &KitOn<E, D>,
    id: &E::Id,
    mut events: Vec<&'event E>,
    mut difference: Difference,
) -> (Difference, usize) {
    let mut tries = 0;
    let mut shorter = true;
    while shorter {
        shorter = false;
        for at in (0..events.len()).rev() {
            let without: Vec<&'event E> = [&events[..at], &events[at + 1..]].concat();
            tries += 1;
            if let Err(still) = kit.check_all(id, &without) {
                (events, difference, shorter) = (without, still, true);
            }
            if tries == TRIES {
                return (difference, events.len());
            }
        }
    }
    (difference, events.len())
}

/// Inserts streams in one statement and returns their number; 0 if only the database refuses them.
#[track_caller]
fn together<E: Testable, D: Driver>(kit: &KitOn<E, D>, accepted: &[Accepted]) -> usize {
    let streams: Vec<&[String]> = accepted.iter().map(|it| it.stream.rows.as_slice()).collect();
    let rows = interleaved(&streams);
    let answers = kit.database.with(async |work| {
        let answers = ask::<D>(work, &kit.statements, &rows, accepted).await;
        work.end("ROLLBACK").await.and(answers)
    });
    let entities = accepted.len();
    let others = match entities {
        2 => "another".to_owned(),
        _ => format!("{} others", entities.saturating_sub(1)),
    };
    let inserted = format!("inserted in one statement with those of {others}");
    match answers {
        Ok(kept) => {
            for (Accepted { stream, .. }, tables) in accepted.iter().zip(kept) {
                if let Some(differs) = tables.iter().find(|table| !table.is_equal()) {
                    panic!("{}", Difference::of_table(stream, &inserted, differs));
                }
            }
            entities
        }
        Err(Failure::Refused(report)) => {
            let refused = Refused::new::<E>(*report, None);
            assert!(
                refused.is_the_databases_own(),
                "PostgreSQL refuses the events of {entities} entities in one statement, but accepts those of each entity alone\n\n\
                 {refused}"
            );
            0
        }
        Err(Failure::Other(error)) => panic!("{}", unread::<E>(&error)),
    }
}

async fn ask<D: Driver>(
    work: &mut Work<'_, D>,
    statements: &Statements,
    rows: &str,
    accepted: &[Accepted],
) -> Result<Vec<Vec<ComparedRows>>, Failure> {
    work.begin().await?;
    D::rows(work.connection, &statements.insert, &[rows]).await?;
    let mut kept = Vec::new();
    for Accepted { stream, told } in accepted {
        let tables = statements.tables.compared(work, told, &stream.id).await;
        kept.push(tables.map_err(Failure::Other)?);
    }
    Ok(kept)
}

/// The last event of each stream, then the last but one of each, and so on: neither entities nor events are in order.
fn interleaved(streams: &[&[String]]) -> String {
    let longest = streams.iter().map(|rows| rows.len()).max().unwrap_or_default();
    array((0..longest).rev().flat_map(|at| streams.iter().filter_map(move |rows| rows.get(at))))
}
