//! What is said where Rust and PostgreSQL differ: here, since somebody has broken the database.

use crate::support::{
    EACH_ROW, EACH_STATEMENT, ID, SPOIL, asked, authenticated, granted, initialized, panic_of, prepared,
    revoked, spoiled, users,
};
use es_rollup::{Rollup, SqlType};
use insta::assert_snapshot;
use serde::{Deserialize, Serialize, Serializer};

fn all() -> [crate::fixtures::UserEvent; 4] {
    [initialized(), authenticated(), granted(3), revoked(3)]
}

#[test]
fn a_column_that_differs_is_shown_beside_the_events() {
    let kept = users(&spoiled(EACH_ROW, SPOIL));
    assert!(kept.kit.given(&ID, [initialized(), authenticated(), granted(3)]).state().role.is_some());
    let text = panic_of(|| kept.kit.given(&ID, all()));
    assert_snapshot!(text);
    assert!(include_str!("../../docs/testing.md").contains(&text), "the page about testing shows it");
    let difference = kept.kit.check(&ID, &all()).expect_err("they differ");
    assert_eq!(format!("{difference:?}"), difference.to_string());
}

#[test]
fn one_statement_of_all_events_may_be_what_differs() {
    let body =
        "UPDATE core_user_events_rollup SET role = id, email = 'x' WHERE (SELECT count(*) > 1 FROM added);";
    let kept = users(&spoiled(EACH_STATEMENT, body));
    assert_snapshot!(panic_of(|| kept.kit.given(&ID, [initialized(), asked()])));
}

#[test]
fn catching_up_may_be_what_differs() {
    let kept = users(
        "CREATE OR REPLACE FUNCTION core_user_events_rollup_catch_up(es_id uuid) RETURNS bigint
           LANGUAGE sql AS 'SELECT 0::bigint'",
    );
    assert_snapshot!(panic_of(|| kept.kit.given(&ID, [initialized()])));
}

#[test]
fn the_database_may_accept_what_rust_refuses() {
    let kept = users("DROP TRIGGER core_user_events_rollup ON core_user_events");
    assert_snapshot!(panic_of(|| kept.kit.given(&ID, [granted(3)])));
}

const RAISED: &str =
    "RAISE EXCEPTION USING ERRCODE = 'RU010', COLUMN = 'role', DETAIL = 'A detail.', HINT = 'A hint.',
    MESSAGE = format('event %s (x) of nothing', NEW.sequence);";

#[test]
fn the_database_may_refuse_what_rust_folds() {
    let kept = users(&spoiled("FOR EACH ROW WHEN (NEW.sequence = 2)", RAISED));
    assert_snapshot!(panic_of(|| kept.kit.given(&ID, [initialized(), granted(3)])));
}

#[test]
fn both_may_refuse_for_different_reasons() {
    let kept = users(&format!(
        "DROP TRIGGER core_user_events_rollup ON core_user_events; {}",
        spoiled("FOR EACH ROW WHEN (NEW.sequence = 2)", RAISED)
    ));
    assert_snapshot!(panic_of(|| kept.kit.given(&ID, [initialized(), initialized()])));
}

#[test]
fn an_error_that_nobody_means_is_a_difference() {
    let kept = users(&spoiled(EACH_ROW, "PERFORM no_such_function();"));
    let text = panic_of(|| kept.kit.given(&ID, [initialized()]));
    assert!(text.starts_with("PostgreSQL refuses events that Rust folds\n"), "{text}");
    assert!(text.contains("42883 at event 1\n") && text.contains("no_such_function"), "{text}");
}

/// Written in capitals, and not read back so.
#[derive(Debug, Clone, PartialEq, Deserialize, SqlType)]
pub(crate) struct Loud(pub(crate) String);

impl Serialize for Loud {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.to_uppercase())
    }
}

/// Written as something that it cannot be read from.
#[derive(Debug, Clone, Deserialize)]
struct Lost(#[allow(dead_code)] u8);

impl Serialize for Lost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str("lost")
    }
}

#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "cries", id = i32)]
enum Cry {
    Heard {
        #[rollup(set)]
        text: Loud,
    },
    #[rollup(ignore)]
    Faded { into: Lost },
}

#[test]
fn events_that_do_not_survive_serde_are_told() {
    let kept = prepared::<Cry>("");
    assert_eq!(kept.kit.given(&1, [Cry::Heard { text: Loud("A".into()) }]).state().version, 1);
    assert_snapshot!(panic_of(|| kept.kit.given(&1, [Cry::Heard { text: Loud("a".into()) }])));
    assert_snapshot!(panic_of(|| kept.kit.given(&1, [Cry::Faded { into: Lost(1) }])));
}

/// Measured with all the digits of a float.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "readings", id = i32)]
enum Reading {
    Taken {
        #[rollup(set)]
        value: f64,
        #[rollup(push = "all")]
        again: Vec<f32>,
    },
}

#[test]
fn a_float_that_serde_json_reads_as_another_is_told_with_the_remedy() {
    let kept = prepared::<Reading>("");
    let taken = |value, again| Reading::Taken { value, again };
    let state = kept.kit.given(&1, [taken(0.1, vec![0.1, -0.0]), taken(-2.5e-7, vec![1e30])]).state();
    assert_eq!((state.value, state.all), (Some(-2.5e-7), vec![0.1, -0.0, 1e30]));
    for value in [0.494_422_168_873_649_65, 1e-45] {
        let text = panic_of(|| kept.kit.given(&1, [taken(value, vec![])]));
        assert!(text.contains("column value\n  before: ") && text.contains("`float_roundtrip`"), "{text}");
        assert!(text.contains("the other 5 columns are equal"), "{text}");
    }
}

/// An integer that serde's buffer does not know, where the derive does not see it.
#[derive(Debug, Serialize, Deserialize)]
struct Wide(i128);

/// With such an integer in a field that no column reads.
#[derive(Debug, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", content = "c")]
#[rollup(events = "counts", id = i32)]
enum Count {
    #[rollup(count = "times")]
    Made,
    #[rollup(ignore)]
    Checked { total: Wide },
}

#[test]
fn an_integer_that_serde_cannot_read_as_it_is_stored_is_told() {
    let kept = prepared::<Count>("");
    assert_eq!(kept.kit.given(&1, [Count::Made, Count::Made]).state().times, 2);
    assert_snapshot!(panic_of(|| kept.kit.given(&1, [Count::Made, Count::Checked { total: Wide(5) }])));
}
