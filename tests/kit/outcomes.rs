//! Given these events, what comes of them.

use crate::fixtures::{
    AccountEvent, Cents, DocumentEvent, Home, LedgerEvent, Room, SensorEvent, Status, UserEvent, UserRollup,
};
use crate::support::{ID, asked, authenticated, granted, initialized, panic_of, prepared, revoked, users};
use chrono::{DateTime, NaiveDate, Utc};
use es_rollup::testing::{Outcome, Refused};
use es_rollup::{ErrorKind, Rollup, SqlType};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use uuid::Uuid;

#[test]
fn a_stream_becomes_its_state() {
    let kept = users("");
    let given = kept.kit.given(&ID, [initialized(), granted(3), asked(), revoked(3), authenticated()]);
    let at = |seconds: i64| DateTime::<Utc>::from_timestamp(1_767_225_600 + seconds, 0).expect("a time");
    let expected = UserRollup {
        id: ID,
        version: 5,
        created_at: at(0),
        modified_at: at(4),
        email: "ada@example.org".into(),
        authentication_id: Some(Uuid::from_u128(1)),
        role: None,
    };
    assert_eq!(given, Outcome::State(expected));
    assert_eq!(kept.kit.given(&ID, [initialized(), granted(3)]).state().version, 2, "nothing is kept");
    assert_eq!(kept.kit.given(&ID, []), Outcome::Empty);
}

fn deposited(amount: i64) -> LedgerEvent {
    LedgerEvent::Deposited { amount: Cents(amount), fee: None, memo: Some("it's \"one\"".into()) }
}

fn opened(amount: i64) -> LedgerEvent {
    LedgerEvent::Opened { amount: Cents(amount), owners: vec!["Ada".into(), "Änne".into()] }
}

#[test]
fn an_entity_is_deleted() {
    let kept = prepared::<LedgerEvent>("");
    let id = Uuid::from_u128(9);
    assert_eq!(kept.kit.given(&id, [opened(5), deposited(7)]).state().balance, Cents(12));
    assert!(kept.kit.given(&id, [opened(5), LedgerEvent::Erased]).deleted());
    assert!(!kept.kit.given(&id, [opened(5)]).deleted());
    let refused = kept.kit.given(&id, [opened(5), LedgerEvent::Erased, deposited(7)]).refused();
    assert_eq!((refused.kind, refused.sequence), (Some(ErrorKind::Deleted), Some(3)));
}

#[test]
fn what_is_recorded_beside_an_event_is_told_by_the_test() {
    let kept = prepared::<DocumentEvent>("");
    let editor = |sequence: i64| Uuid::from_u128(sequence.unsigned_abs().into());
    let kit = kept.kit.with_contexts(move |event, sequence| {
        let known = !matches!(event, DocumentEvent::Viewed);
        known.then(|| serde_json::json!({"editor": {"id": editor(sequence)}}))
    });
    let about = serde_json::json!({"language": "de", "count": {"words": 5}});
    let home = Home { street_name: "a".into(), room: Room { name: "b".into(), floor: None } };
    let drafted = || DocumentEvent::Drafted { about: about.clone(), home: Some(home.clone()) };
    let edited = || DocumentEvent::Edited { change: Some(serde_json::json!({"words": {"added": 2}})) };
    let document = kit.given(&ID.0, [drafted(), edited()]).state();
    assert_eq!((document.author, document.editor, document.words), (editor(1), Some(editor(2)), 7));
    assert_eq!(kit.given(&ID.0, [drafted(), DocumentEvent::Viewed]).state().editor, None);
    let parity = kit.parity(|at| Uuid::from_u128(at as u128), [vec![drafted()], vec![drafted(), edited()]]);
    assert_eq!((parity.streams, parity.refused), (2, 0));
}

#[test]
fn both_folds_refuse_an_event_alike() {
    let kept = users("");
    let refused = kept.kit.given(&ID, [granted(3)]).refused();
    assert_eq!(
        (refused.kind, refused.sequence, refused.column),
        (Some(ErrorKind::NotCreated), Some(1), None)
    );
    let refused = kept.kit.given(&ID, [initialized(), granted(3), initialized(), asked()]).refused();
    assert_eq!((refused.kind, refused.sequence), (Some(ErrorKind::CreatedTwice), Some(3)));
    assert_eq!(refused.sqlstate, "RU004");
    assert_eq!(refused.hint.as_deref(), Some("Use a new id for a new entity."));
    // A server of one connection has room for one kit.
    drop(kept);

    let kept = prepared::<LedgerEvent>("");
    let refused = kept.kit.given(&Uuid::from_u128(9), [opened(i64::MAX), deposited(1)]).refused();
    let Refused { kind, sequence, column, constraint, .. } = refused;
    assert_eq!((kind, sequence), (Some(ErrorKind::Overflow), Some(2)));
    assert_eq!((column.as_deref(), constraint), (Some("balance"), None));
}

#[test]
fn a_value_that_json_cannot_hold_is_an_outcome() {
    let kept = users("");
    let nul = |email: &str| UserEvent::Initialized { id: ID, email: email.into() };
    let refused = kept.kit.given(&ID, [nul("a\0b")]).refused();
    assert_eq!((refused.kind, refused.sqlstate.as_str(), refused.sequence), (None, "22P05", Some(1)));
    drop(kept);

    let kept = prepared::<ProbeEvent>("");
    for celsius in [f64::NAN, f64::INFINITY] {
        let refused = kept.kit.given(&1, [ProbeEvent::Measured { celsius, note: String::new() }]).refused();
        assert_eq!((refused.kind, refused.column.as_deref()), (Some(ErrorKind::NullValue), Some("celsius")));
    }
    let refused = kept.kit.given(&1, [ProbeEvent::Measured { celsius: 0.1, note: "\0".into() }]).refused();
    assert_eq!((refused.kind, refused.sequence), (None, Some(1)), "though no column reads it");
}

/// Folded by time's type, with floats and an id of text.
#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(
    events = "lab.probe_events",
    id = i64,
    time = OffsetDateTime
)]
enum ProbeEvent {
    #[rollup(at = "measured_at")]
    Measured {
        #[rollup(set)]
        celsius: f64,
        note: String,
    },
}

#[test]
fn times_and_names_may_be_others() {
    let kept = prepared::<ProbeEvent>("");
    let measured = |celsius| ProbeEvent::Measured { celsius, note: "x".into() };
    let state = kept.kit.given(&-3, [measured(0.1), measured(1e300)]).state();
    assert_eq!((state.id, state.celsius), (-3, Some(1e300)));
    assert_eq!(state.measured_at.map(OffsetDateTime::unix_timestamp), Some(1_767_225_601));
}

#[test]
fn ids_may_be_of_any_type() {
    let kept = prepared::<AccountEvent>("");
    let day = NaiveDate::from_ymd_opt(2026, 2, 28).expect("a day");
    let opened = AccountEvent::Opened {
        holder_name: "Ada".into(),
        opened_on: day,
        status: Status::OnHold,
        limit: None,
    };
    let flagged = AccountEvent::Flagged { r#type: 4, notes: serde_json::json!({"a": [1, null]}) };
    let state = kept.kit.given(&"it's \"x\"".to_string(), [opened, flagged]).state();
    assert_eq!((state.id.as_str(), state.opened_on, state.order), ("it's \"x\"", day, Some(4)));
    drop(kept);

    let kept = prepared::<SensorEvent>("");
    assert_eq!(kept.kit.given(&i64::MIN, [SensorEvent::Renamed("a".into())]).state().id, i64::MIN);
    drop(kept);

    let kept = prepared::<LineEvent>("");
    assert!(kept.kit.given(&Line(5), [LineEvent::Drawn]).state().drawn);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Line(i16);

#[derive(Debug, Serialize, Deserialize, Rollup)]
#[rollup(events = "line_events", id = Line)]
enum LineEvent {
    #[rollup(create, set(drawn = true))]
    Drawn,
}

#[test]
fn a_constraint_is_an_outcome() {
    let kept = users(
        "ALTER TABLE core_user_events_rollup
           ADD CONSTRAINT role_needs_sign_in CHECK (role IS NULL OR authentication_id IS NOT NULL)",
    );
    let refused = kept.kit.given(&ID, [initialized(), granted(3)]).refused();
    let Refused { kind, sqlstate, sequence, constraint, .. } = refused;
    assert_eq!((kind, sqlstate.as_str(), sequence), (None, "23514", Some(2)));
    assert_eq!(constraint.as_deref(), Some("role_needs_sign_in"));
    let state = kept.kit.given(&ID, [initialized(), authenticated(), granted(3)]).state();
    assert_eq!(state.version, 3);
    // In one statement the row is written once, and then the constraint holds again.
    let refused = kept.kit.given(&ID, [initialized(), granted(3), authenticated()]).refused();
    assert_eq!(refused.sequence, Some(2));
    // The fold would refuse a later event.
    let refused = kept.kit.given(&ID, [initialized(), granted(3), initialized()]).refused();
    assert_eq!((refused.sequence, refused.constraint.is_some()), (Some(2), true));
}

#[test]
fn what_somebody_elses_trigger_refuses_is_an_outcome() {
    let kept = users(
        "CREATE TABLE allowed (role uuid PRIMARY KEY);
         ALTER TABLE core_user_events_rollup ADD CONSTRAINT allowed
           FOREIGN KEY (role) REFERENCES allowed DEFERRABLE INITIALLY DEFERRED;
         INSERT INTO allowed VALUES ('00000000-0000-0000-0000-000000000003');
         CREATE FUNCTION guard() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'not today' USING HINT = 'Tomorrow.'; END $$;
         CREATE TRIGGER guard BEFORE INSERT ON core_user_events FOR EACH ROW
           WHEN (NEW.event ->> 'type' = 'password_reset_requested') EXECUTE FUNCTION guard();",
    );
    assert!(kept.kit.given(&ID, [initialized(), granted(3)]).state().role.is_some());
    let refused = kept.kit.given(&ID, [initialized(), granted(4)]).refused();
    assert_eq!((refused.sqlstate.as_str(), refused.sequence), ("23503", Some(2)), "deferred constraints too");
}

#[test]
fn what_there_is_instead_is_told() {
    let kept = prepared::<LedgerEvent>("");
    let id = Uuid::from_u128(9);
    let told = [
        ("deleted", panic_of(|| kept.kit.given(&id, [opened(1), LedgerEvent::Erased]).state())),
        ("empty", panic_of(|| kept.kit.given(&id, []).state())),
        ("not refused", panic_of(|| kept.kit.given(&id, [opened(1), LedgerEvent::Erased]).refused())),
        ("refused", panic_of(|| kept.kit.given(&id, [deposited(1)]).state())),
    ];
    insta::assert_snapshot!(told.map(|(what, text)| format!("{what}: {text}")).join("\n"));
    let state = panic_of(|| kept.kit.given(&id, [opened(1)]).refused());
    assert!(state.starts_with("no event was refused; the state is\nLedgerRollup {\n"), "{state}");
}
