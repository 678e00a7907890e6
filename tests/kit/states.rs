//! What a state may be made of: no driver has to know it.

use crate::support::{panic_of, prepared};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use es_rollup::{Rollup, SqlType};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::SystemTime;
use time::OffsetDateTime;
use uuid::Uuid;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct PlaneId(Uuid);

#[derive(Debug, Clone, PartialEq, PartialOrd, Serialize, Deserialize, SqlType)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    OnGround,
    InAir,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Crew {
    captain: String,
    others: Vec<String>,
}

/// A recorded time that serde does not know.
#[derive(Debug, Clone, PartialEq)]
struct Recorded(SystemTime);

impl From<SystemTime> for Recorded {
    fn from(time: SystemTime) -> Self {
        Self(time)
    }
}

impl From<Recorded> for SystemTime {
    fn from(time: Recorded) -> Self {
        time.0
    }
}

impl SqlType for Recorded {
    const SQL: es_rollup::TypeInfo = DateTime::<Utc>::SQL;

    fn keep(&mut self) {
        let mut time = DateTime::<Utc>::from(self.0);
        time.keep();
        self.0 = time.into();
    }
}

/// Nothing but what events need, and neither `PartialEq` nor `Debug` on the state.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "plane_events", id = PlaneId, time = Recorded, derive(Clone))]
enum PlaneEvent {
    #[rollup(create, set(phase = "on-ground"), at = "built_at", sequence = "first")]
    Built {
        #[rollup(set)]
        price: Decimal,
        #[rollup(set)]
        registered: Option<DateTime<Utc>>,
        #[rollup(set)]
        serial: u64,
        #[rollup(set)]
        key: Vec<u8>,
    },
    #[rollup(set(phase = "in-air"), at = "left_at")]
    Left {
        #[rollup(set)]
        crew: Crew,
        #[rollup(add = "places")]
        to: String,
        #[rollup(push = "moments")]
        moments: Vec<DateTime<Utc>>,
        #[rollup(push = "fares")]
        fares: Vec<Decimal>,
        #[rollup(set)]
        on: NaiveDate,
        #[rollup(set)]
        clock: NaiveTime,
        #[rollup(set)]
        notes: serde_json::Value,
        #[serde(with = "time::serde::rfc3339")]
        #[rollup(set, sql_type = "timestamptz")]
        due: OffsetDateTime,
        #[serde(with = "time::serde::rfc3339::option")]
        #[rollup(set, sql_type = "timestamptz")]
        late: Option<OffsetDateTime>,
        #[rollup(set, sql_type = "inet")]
        radio: String,
        #[rollup(set, sql_type = "point")]
        place: String,
    },
    #[rollup(clear = "crew", clear = "late")]
    Landed {
        #[rollup(set)]
        phase: Phase,
        #[rollup(max = "farthest")]
        distance: f32,
        #[rollup(increment = "paid")]
        fee: Decimal,
    },
}

fn built() -> PlaneEvent {
    PlaneEvent::Built {
        price: "1234.50".parse().expect("a decimal"),
        registered: DateTime::from_timestamp(-1, 123_456_000),
        serial: u64::MAX - 1,
        key: vec![0, 255],
    }
}

fn left(late: Option<OffsetDateTime>) -> PlaneEvent {
    let moment = |micros| DateTime::from_timestamp_micros(micros).expect("a time");
    PlaneEvent::Left {
        crew: Crew { captain: "Ada \"the\" ace".into(), others: vec!["Änne".into()] },
        to: "NULL".into(),
        moments: vec![moment(-1), moment(253_402_300_799_999_999)],
        fares: vec!["1.0".parse().expect("a decimal"), "2.500".parse().expect("a decimal")],
        on: NaiveDate::from_ymd_opt(1900, 2, 28).expect("a day"),
        clock: NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999).expect("a time of day"),
        notes: serde_json::json!({"b": [1, null], "a": {"x": 1.5}}),
        due: OffsetDateTime::UNIX_EPOCH,
        late,
        radio: "10.0.0.1/8".into(),
        place: "(1,2)".into(),
    }
}

fn landed() -> PlaneEvent {
    PlaneEvent::Landed { phase: Phase::OnGround, distance: 0.1, fee: "0.10".parse().expect("a decimal") }
}

const ID: PlaneId = PlaneId(Uuid::from_u128(5));

#[test]
fn no_column_needs_more_than_serde() {
    let kept = prepared::<PlaneEvent>("");
    let state = kept.kit.given(&ID, [built(), left(None), landed(), landed()]);
    let es_rollup::testing::Outcome::State(state) = state else { panic!("an event is refused") };
    assert_eq!((state.version, state.phase, state.farthest), (4, Phase::OnGround, Some(0.1)));
    assert_eq!((state.id, state.first, state.paid.to_string().as_str()), (ID, 1, "0.20"));
    let both = kept.kit.check(&ID, &[built(), left(Some(OffsetDateTime::UNIX_EPOCH))]);
    assert!(both.is_ok(), "{}", both.err().map_or_else(String::new, |it| it.to_string()));
    let streams = (0..3).map(|count| std::iter::once(built()).chain((0..count).map(|_| landed())));
    let parity = kept.kit.parity(|at| PlaneId(Uuid::from_u128(at as u128)), streams);
    assert_eq!((parity.states, parity.together), (3, 3), "{parity}");
}

#[test]
fn each_column_is_compared() {
    let kept = prepared::<PlaneEvent>("");
    let columns: BTreeMap<&str, &str> = [
        ("built_at", "built_at + interval '1 microsecond'"),
        ("clock", "'12:00'"),
        ("created_at", "created_at - interval '1 microsecond'"),
        ("crew", r#"jsonb_set(crew, '{captain}', '"Bob"')"#),
        ("due", "due + interval '1 microsecond'"),
        ("fares", "ARRAY[1.0, 2.501]"),
        ("farthest", "2"),
        ("first", "2"),
        ("key", r"'\x00fe'"),
        ("late", "now()"),
        ("left_at", "NULL"),
        ("modified_at", "created_at"),
        ("moments", "ARRAY[moments[2], moments[1]]"),
        ("notes", r#"'{"a": {"x": 1.5}, "b": [1]}'"#),
        ("on", "'1900-03-01'"),
        ("paid", "1"),
        ("phase", "'on-ground'"),
        ("place", "'(1,3)'"),
        ("places", "'{NULL}'"),
        ("price", "1234.51"),
        ("radio", "'10.0.0.2/8'"),
        ("registered", "NULL"),
        ("serial", "serial + 1"),
        ("version", "3"),
    ]
    .into();
    let rollup = PlaneEvent::ROLLUP_TABLE;
    kept.kit.execute(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
         CREATE TRIGGER spoil AFTER INSERT ON plane_events FOR EACH STATEMENT EXECUTE FUNCTION spoil();",
    );
    let events = || [built(), left(None)];
    assert!(kept.kit.check(&ID, &events()).is_ok());
    for (column, wrong) in &columns {
        kept.kit.execute(&format!(
            "CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               UPDATE {rollup} SET \"{column}\" = {wrong} WHERE version = 2; RETURN NULL;
             END $$"
        ));
        let text = panic_of(|| kept.kit.given(&ID, events()));
        assert!(text.contains(&format!("\ncolumn {column}\n  Rust:       ")), "{column}: {text}");
        assert!(
            text.ends_with(&format!("the other {} columns are equal", columns.len())),
            "{column}: {text}"
        );
    }
}

/// A value whose type serde reads and does not write.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Silent(#[allow(dead_code, reason = "nobody reads it")] i64);

impl SqlType for Silent {
    const SQL: es_rollup::TypeInfo = i64::SQL;
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "silent_events", id = i64)]
enum SilentEvent {
    #[rollup(context(set = "silent", as = Silent))]
    Happened,
}

#[test]
fn a_column_that_cannot_be_told_is_named() {
    let kept = prepared::<SilentEvent>("");
    let kit = kept.kit.with_contexts(|_, _| Some(serde_json::json!(5)));
    let text = panic_of(|| kit.check(&1, &[SilentEvent::Happened]).is_ok());
    assert!(
        text.starts_with("column silent cannot be compared: its type does not implement `Serialize`"),
        "{text}"
    );
}
