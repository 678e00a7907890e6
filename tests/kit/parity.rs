//! Many streams, from a list and from a strategy.

use crate::fixtures::{UserEvent, UserId};
use crate::support::{
    EACH_ROW, EACH_STATEMENT, ID, SPOIL, asked, authenticated, granted, initialized, panic_of, revoked,
    spoiled, users,
};
use insta::assert_snapshot;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};
use std::cell::Cell;
use uuid::Uuid;

fn id(at: usize) -> UserId {
    UserId(Uuid::from_u128(at as u128))
}

/// The strategy that a user writes.
fn event() -> impl Strategy<Value = UserEvent> {
    prop_oneof![
        1 => Just(initialized()),
        3 => Just(authenticated()),
        3 => (0..3_u128).prop_map(granted),
        3 => (0..3_u128).prop_map(revoked),
        3 => Just(asked()),
    ]
}

fn stream() -> impl Strategy<Value = Vec<UserEvent>> {
    prop::collection::vec(event(), 0..8).prop_map(|mut events| {
        events.insert(0, initialized());
        events
    })
}

/// The same cases each time, and no file of failures.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(
        config,
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[test]
fn a_strategy_is_checked_case_by_case() {
    let kept = users("");
    let (states, refusals) = (Cell::new(0), Cell::new(0));
    let checked = runner(40).run(&stream(), |events| {
        let outcome = kept.kit.check(&ID, &events).map_err(|it| TestCaseError::fail(it.to_string()))?;
        let count =
            if matches!(outcome, es_rollup::testing::Outcome::State(_)) { &states } else { &refusals };
        count.set(count.get() + 1);
        Ok(())
    });
    checked.expect("both folds are equal");
    assert!(states.get() > 0 && refusals.get() > 0, "both kinds of streams are checked");
}

#[test]
fn proptest_finds_the_shortest_stream_that_differs() {
    let kept = users(&spoiled(EACH_ROW, SPOIL));
    let checked = runner(200).run(&stream(), |events| {
        kept.kit.check(&ID, &events).map(drop).map_err(|it| TestCaseError::fail(it.to_string()))
    });
    let Err(TestError::Fail(why, events)) = checked else { panic!("a difference is not found: {checked:?}") };
    assert_eq!(events, [initialized(), authenticated(), revoked(0)]);
    assert!(why.message().contains("column authentication_id"), "{why}");
}

#[test]
fn a_list_is_counted() {
    let kept = users("ALTER TABLE core_user_events_rollup ADD CHECK (email <> 'nobody')");
    let nobody = UserEvent::Initialized { id: ID, email: "nobody".into() };
    let streams = vec![
        vec![initialized(), granted(1)],
        vec![granted(1)],
        vec![nobody],
        vec![],
        vec![initialized(), asked(), revoked(1)],
    ];
    let parity = kept.kit.parity(id, streams);
    assert_snapshot!(parity);
    assert_eq!((parity.states, parity.refused, parity.refused_by_database), (2, 1, 1));

    let many = (0..205).map(|at| vec![initialized(), granted(at), asked()]);
    assert_eq!(kept.kit.parity(id, many).together, 205);
}

#[test]
fn streams_that_the_database_refuses_together_are_not_counted_there() {
    let kept = users("CREATE UNIQUE INDEX ON core_user_events_rollup (email)");
    let parity = kept.kit.parity(id, [[initialized()], [initialized()]]);
    assert_eq!((parity.states, parity.together), (2, 0));
}

#[test]
fn the_first_stream_that_differs_is_shown_without_what_it_does_not_take() {
    let kept = users(&spoiled(EACH_ROW, SPOIL));
    let long = vec![
        initialized(),
        granted(1),
        asked(),
        authenticated(),
        granted(2),
        asked(),
        revoked(2),
        granted(3),
    ];
    assert_snapshot!(panic_of(|| kept.kit.parity(id, [vec![initialized()], long])));
    let short = vec![initialized(), authenticated(), revoked(2)];
    let text = panic_of(|| kept.kit.parity(id, [short]));
    assert!(text.starts_with("stream 0: the row in "), "{text}");
}

#[test]
fn entities_that_only_differ_together_are_told() {
    let body = "UPDATE core_user_events_rollup SET role = id
      WHERE id = '00000000-0000-0000-0000-000000000001' AND (SELECT count(DISTINCT id) > 1 FROM added);";
    let kept = users(&spoiled(EACH_STATEMENT, body));
    assert_snapshot!(panic_of(|| kept
        .kit
        .parity(id, [[initialized(), asked()], [initialized(), granted(2)]])));
}

#[test]
fn entities_that_are_only_refused_together_are_told() {
    let body = "IF (SELECT count(DISTINCT id) > 1 FROM added) THEN
        RAISE EXCEPTION USING ERRCODE = 'RU001', MESSAGE = 'event 1 of them';
      END IF;";
    let kept = users(&spoiled(EACH_STATEMENT, body));
    assert_snapshot!(panic_of(|| kept.kit.parity(id, [[initialized()], [initialized()]])));
}

#[test]
fn two_streams_of_one_entity_are_a_mistake() {
    let kept = users("");
    let text = panic_of(|| kept.kit.parity(|_| ID, [[initialized()], [initialized()]]));
    assert_eq!(text, r#"streams 0 and 1 have the same id, "00000000-0000-0000-0000-000000000007""#);
}
