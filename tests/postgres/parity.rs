//! Two folds, one meaning: what Rust folds and what the trigger keeps is compared row by row.
//!
//! Streams are random, and so is how they reach the table: row by row, in statements of many rows, shuffled,
//! through a join that reorders them, by COPY, cut anywhere. Some streams are broken on purpose; then both
//! sides must refuse, for the same reason, and nothing may be left behind. `ES_ROLLUP_CASES` sets the number
//! of cases an enum (each is several streams), 48 by default; `PROPTEST_RNG_SEED` repeats a run.

pub(crate) mod case;
pub(crate) mod check;
pub(crate) mod insertion;
mod subjects;

use crate::fixtures::{
    AccountEvent, ClockEvent, DocumentEvent, LedgerEvent, LedgerRowEvent, MemberEvent, ProfileEvent,
    SensorEvent, UserEvent,
};
use crate::support::installed;
use case::{Case, Subject, cases};
use es_rollup_test_server::Database;
use proptest::test_runner::{Config, TestError, TestRunner};
use tokio::runtime::Runtime;

fn count() -> u32 {
    std::env::var("ES_ROLLUP_CASES")
        .ok()
        .map_or(48, |cases| cases.parse().expect("ES_ROLLUP_CASES is a number"))
}

/// Runs random cases of one enum and prints how many streams and statements there were.
fn prove<E: Subject>() {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(installed::<E>(E::ID_TYPE));
    prove_in::<E>(&runtime, database);
}

/// The same in a database that was prepared.
pub(crate) fn prove_in<E: Subject>(runtime: &Runtime, database: Database) {
    runtime.block_on(insertion::prepare(database.pool()));
    let mut tally = check::Tally::default();
    let tallied = std::cell::RefCell::new(&mut tally);
    let config =
        Config { cases: count(), failure_persistence: None, max_shrink_iters: 400, ..Config::default() };
    let outcome = TestRunner::new(config).run(&cases::<E>(), |case: Case<E>| {
        runtime.block_on(check::check(database.pool(), &case, &mut tallied.borrow_mut()))
    });
    println!("{}: {tally}", E::ROLLUP_TABLE);
    runtime.block_on(database.close());
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => panic!("{reason}\nsmallest failing case:\n{case}"),
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
}

#[test]
fn internally_tagged_events_fold_alike() {
    prove::<UserEvent>();
}

#[test]
fn adjacently_tagged_events_fold_alike() {
    prove::<AccountEvent>();
}

#[test]
fn externally_tagged_events_fold_alike() {
    prove::<SensorEvent>();
}

#[test]
fn every_operation_folds_alike() {
    prove::<LedgerEvent>();
}

#[test]
fn every_operation_folds_alike_row_by_row() {
    prove::<LedgerRowEvent>();
}

#[test]
fn what_stands_inside_fields_beside_the_payload_and_in_foreign_types_folds_alike() {
    prove::<DocumentEvent>();
}

#[test]
fn what_is_said_in_one_word_folds_alike() {
    prove::<ProfileEvent>();
}

#[test]
fn times_sets_and_null_fold_alike() {
    prove::<ClockEvent>();
}

/// Rust knows nothing of checks: what they refuse is worked out from the states that it folds.
#[test]
fn events_are_held_to_checks_one_by_one_however_they_come() {
    prove::<MemberEvent>();
}
