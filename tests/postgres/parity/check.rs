//! Inserts a case and compares both folds.

use super::case::{Case, Event, Subject};
use super::insertion::{Form, Row, insert};
use crate::layout::Target;
use crate::support::shown;
use es_rollup::{ErrorKind, Fold, Recorded};
use proptest::test_runner::TestCaseError;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgPool};
use std::collections::BTreeMap;
use std::fmt;

/// What was tried.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    streams: u64,
    events: u64,
    statements: BTreeMap<Form, u64>,
    refused: BTreeMap<String, u64>,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { streams, events, statements, refused } = self;
        write!(out, "{streams} streams, {events} events, statements {statements:?}, refused {refused:?}")
    }
}

/// Why a stream is refused, by Rust or by the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refused<C = &'static str> {
    /// serde cannot read the event; which of its ways it took is the database's to say.
    Undecodable,
    /// The event table has the event already.
    Stored,
    /// The event cannot follow; with the column, where it is about one.
    Fold(ErrorKind, Option<C>),
    /// What has to hold does not hold after the event.
    Check(&'static str),
}

/// The Rust fold; an error with the event's sequence.
fn folded<E: Subject>(id: &E::Id, events: &[Event]) -> Result<Option<E::State>, (i32, Refused)> {
    let mut fold = Fold::<E>::new();
    for event in events {
        let refuse = |refused| (event.sequence, refused);
        let read: E =
            serde_json::from_value(event.payload.clone()).map_err(|_| refuse(Refused::Undecodable))?;
        let (sequence, recorded_at) = (i64::from(event.sequence), event.recorded_at);
        let context = event.context.as_ref().and_then(E::as_context);
        fold.apply(Recorded { id, sequence, recorded_at, event: &read, context })
            .map_err(|error| refuse(Refused::Fold(error.kind, error.column)))?;
        if let Some(state) = fold.state() {
            let broken = E::CHECKS.iter().find(|(_, holds)| !holds(state));
            broken.map_or(Ok(()), |(name, _)| Err(refuse(Refused::Check(name))))?;
        }
    }
    Ok(fold.into_state())
}

/// Whether the two refuse the same event for the same reason.
fn agree(database: Refused<&str>, message: &str, replayed: bool, rust: &[(String, i32, Refused)]) -> bool {
    rust.iter().any(|(entity, sequence, rust)| match (database, rust) {
        // The event table itself refuses, in its own words, and before any event is looked at.
        (Refused::Stored, _) => replayed,
        // Of an event that is wrong in two ways serde sees first what it cannot read.
        (Refused::Fold(..), Refused::Undecodable) => named(message, entity, *sequence),
        (database, rust) => database == *rust && named(message, entity, *sequence),
    })
}

fn named(message: &str, entity: &str, sequence: i32) -> bool {
    message.starts_with(&format!("event {sequence} "))
        && message.contains(&format!("of entity {} in", shown(entity)))
}

fn refused<E: Subject>(error: &sqlx::Error) -> Result<Refused<&str>, TestCaseError> {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
    if code == "23514" {
        let constraint = error.as_database_error().and_then(DatabaseError::constraint);
        let check = E::CHECKS.iter().find(|(name, _)| Some(*name) == constraint);
        let unknown = || TestCaseError::fail(format!("a check that nobody knows: {error}"));
        return Ok(Refused::Check(check.ok_or_else(unknown)?.0));
    }
    // The event table itself refuses an event that is stored already.
    if code == "23505" {
        return Ok(Refused::Stored);
    }
    match ErrorKind::from_sqlstate(&code) {
        Some(kind) => Ok(Refused::Fold(kind, column(error))),
        None => Err(TestCaseError::fail(format!("an error that is not the rollup's: {error}"))),
    }
}

/// The column that the database names.
fn column(error: &sqlx::Error) -> Option<&str> {
    let error: &dyn DatabaseError = error.as_database_error()?;
    error.downcast_ref::<PgDatabaseError>().column()
}

/// Inserts the case's events in its statements and compares what comes of it with the Rust fold.
pub(crate) async fn check<E: Subject>(
    pool: &PgPool,
    case: &Case<E>,
    tally: &mut Tally,
) -> Result<(), TestCaseError> {
    let mut rows: Vec<Row<'_>> = case
        .streams
        .iter()
        .flat_map(|(id, events)| events.iter().map(|event| Row { id: E::id_text(id), event }))
        .collect();
    tally.streams += case.streams.len() as u64;
    tally.events += rows.len() as u64;
    interleave(&mut rows, case.shuffle);
    let mut statements = cut(rows, case.form, &case.cuts);
    if case.form.shuffles() {
        for rows in &mut statements {
            shuffle(rows, case.shuffle);
        }
    }
    let mut transaction = pool.begin().await.map_err(failed)?;
    let mut outcome = Ok(());
    let target = Target::es_entity(E::EVENT_TABLE, E::ID_TYPE);
    for rows in &statements {
        *tally.statements.entry(case.form).or_default() += 1;
        outcome = insert(&mut transaction, &target, case.form, rows).await;
        if outcome.is_err() {
            break;
        }
    }
    match outcome {
        Ok(()) => {
            for (id, events) in &case.streams {
                let expected = folded::<E>(id, events);
                let kept = row::<E>(&mut transaction, id).await.map_err(failed)?;
                if expected.as_ref().ok() != Some(&kept) {
                    return Err(TestCaseError::fail(format!(
                        "the row is not the fold of entity {}\n  fold: {expected:?}\n  row:  {kept:?}",
                        E::id_text(id)
                    )));
                }
            }
        }
        Err(error) => {
            let database = refused::<E>(&error)?;
            *tally.refused.entry(format!("{database:?}")).or_default() += 1;
            let rust: Vec<(String, i32, Refused)> = case
                .streams
                .iter()
                .filter_map(|(id, events)| {
                    folded::<E>(id, events)
                        .err()
                        .map(|(sequence, refused)| (E::id_text(id), sequence, refused))
                })
                .collect();
            let message = error.as_database_error().map_or_else(String::new, |error| error.message().into());
            let replayed = case.streams.iter().any(|(_, events)| {
                events
                    .iter()
                    .enumerate()
                    .any(|(at, event)| events[..at].iter().any(|earlier| earlier.sequence == event.sequence))
            });
            if !agree(database, &message, replayed, &rust) {
                return Err(TestCaseError::fail(format!(
                    "the database refuses: {database:?} ({error})\nRust refuses: {rust:?}"
                )));
            }
        }
    }
    // Nothing is kept, so that ids may come again.
    transaction.rollback().await.map_err(failed)
}

#[allow(clippy::needless_pass_by_value)]
fn failed(error: sqlx::Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

async fn row<E: Subject>(connection: &mut sqlx::PgConnection, id: &E::Id) -> sqlx::Result<Option<E::State>> {
    let sql = format!("SELECT * FROM {} WHERE id = $1::text::{}", E::ROLLUP_TABLE, E::ID_TYPE);
    sqlx::query_as(AssertSqlSafe(sql)).bind(E::id_text(id)).fetch_optional(connection).await
}

/// Events of different streams in any order, those of one stream in theirs.
pub(crate) fn interleave(rows: &mut [Row<'_>], seed: u64) {
    let mut order: Vec<(u64, usize)> = Vec::new();
    let mut last: BTreeMap<&str, u64> = BTreeMap::new();
    for (at, row) in rows.iter().enumerate() {
        let place = last.entry(&row.id).or_default();
        *place += random(seed, at as u64) % 7;
        order.push((*place, at));
    }
    order.sort_unstable();
    let mut places: Vec<usize> = vec![0; rows.len()];
    for (place, (_, at)) in order.iter().enumerate() {
        places[*at] = place;
    }
    for at in 0..rows.len() {
        while places[at] != at {
            let to = places[at];
            rows.swap(at, to);
            places.swap(at, to);
        }
    }
}

pub(crate) fn cut<'a>(rows: Vec<Row<'a>>, form: Form, cuts: &[u8]) -> Vec<Vec<Row<'a>>> {
    if form == Form::Turns {
        return turns(rows);
    }
    let count = rows.len();
    let ends =
        |at: usize| form == Form::Single || cuts.iter().any(|cut| usize::from(*cut) * count / 256 == at);
    let mut statements: Vec<Vec<Row<'a>>> = vec![Vec::new()];
    for (at, row) in rows.into_iter().enumerate() {
        if ends(at) && statements.last().is_some_and(|rows| !rows.is_empty()) {
            statements.push(Vec::new());
        }
        statements.last_mut().expect("one statement").push(row);
    }
    statements
}

/// The first event of each entity, then the second of each, and so on.
fn turns<'a>(rows: Vec<Row<'a>>) -> Vec<Vec<Row<'a>>> {
    let mut statements: Vec<Vec<Row<'a>>> = Vec::new();
    for row in rows {
        let is_later = |rows: &&mut Vec<Row<'a>>| rows.iter().all(|other| other.id != row.id);
        match statements.iter_mut().find(is_later) {
            Some(statement) => statement.push(row),
            None => statements.push(vec![row]),
        }
    }
    statements
}

pub(crate) fn shuffle(rows: &mut [Row<'_>], seed: u64) {
    for at in (1..rows.len()).rev() {
        let other = random(seed, at as u64) % (at as u64 + 1);
        rows.swap(at, usize::try_from(other).expect("a place in the rows"));
    }
}

/// splitmix64: enough to put rows in another order, and the same for the same case.
fn random(seed: u64, at: u64) -> u64 {
    let mut state = seed.wrapping_add(at.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    state ^ (state >> 31)
}
