//! What is kept of values that have more to them than their column, or than JSON.

use crate::fixtures::{ClockEvent, ClockRollup, Tick};
use crate::support::{Stored, insert, installed, refusal, row, rows_are_folds};
use chrono::{DateTime, NaiveTime, Utc};
use es_rollup::{ErrorKind, Recorded, Rollup, SqlType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

impl Stored for ClockEvent {
    const ID_TYPE: &'static str = "bigint";
}

fn at(seconds: i64, nanoseconds: u32) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, nanoseconds).expect("a moment")
}

/// Folds events as they stand in memory, each recorded at a second of its own.
fn folded<E: Rollup<Id = i64, Time = DateTime<Utc>, Context = ()>>(
    events: &[E],
) -> Result<E::State, (ErrorKind, Option<&'static str>)> {
    let recorded = (1..).zip(events).map(|(sequence, event)| {
        let recorded_at = at(1_767_225_600 + sequence, 0);
        Recorded::new(&1, sequence, recorded_at, event)
    });
    match E::fold(recorded) {
        Ok(state) => Ok(state.expect("a row")),
        Err(error) => Err((error.kind, error.column)),
    }
}

fn wound(moment: DateTime<Utc>, alarm: Option<NaiveTime>) -> ClockEvent {
    ClockEvent::Wound { at: Tick(moment), alarm, note: Value::Null }
}

fn stored<E: Serialize>(events: &[E]) -> Vec<crate::support::Row> {
    (1..).zip(events).map(|(sequence, event)| row(1, sequence, json!(event))).collect()
}

#[tokio::test]
async fn a_time_is_kept_to_the_microsecond_and_the_rest_goes_towards_the_past() {
    let boundaries = [
        at(1_772_368_496, 789_123_999),
        at(1_772_368_496, 999_999_999),
        at(0, 1),
        at(-1, 999_999_999),
        at(-1, 999_999_500),
        at(-14_182_940, 1_999),
        at(-62_135_596_800, 999),
        at(253_402_300_799, 999_999_999),
    ];
    for moment in boundaries {
        let database = installed::<ClockEvent>("bigint").await;
        let pool = database.pool();
        let alarm = NaiveTime::from_hms_nano_opt(23, 59, 59, 999_999_999);
        let events = [wound(moment, alarm)];
        insert::<ClockEvent>(pool, stored(&events)).await.expect("the event is taken");
        let state: ClockRollup = sqlx::query_as("SELECT * FROM clock_events_rollup")
            .fetch_one(pool)
            .await
            .expect("the row is read");
        assert_eq!(folded(&events), Ok(state.clone()), "{moment}");
        let below = moment - state.at.0;
        assert!(below >= chrono::TimeDelta::zero() && below < chrono::TimeDelta::microseconds(1), "{moment}");
        assert_eq!(state.alarm, NaiveTime::from_hms_micro_opt(23, 59, 59, 999_999));
        database.close().await;
    }
}

#[test]
fn a_recorded_time_is_kept_to_the_microsecond_as_the_event_table_has_it() {
    let event = wound(at(0, 0), None);
    let recorded = Recorded::new(&1, 1, at(-1, 999_999_999), &event);
    let state = ClockEvent::fold([recorded]).expect("it folds").expect("a row");
    let kept = at(-1, 999_999_000);
    assert_eq!((state.created_at, state.modified_at, state.wound_at), (kept, kept, kept));
}

#[tokio::test]
async fn members_that_are_equal_in_the_column_are_one_member() {
    let database = installed::<ClockEvent>("bigint").await;
    let pool = database.pool();
    let rang = |nanoseconds: u32, more: &[u32]| ClockEvent::Rang {
        at: Tick(at(5, nanoseconds)),
        days: ["2026-03-02", "2026-03-01"].map(|day| day.parse().expect("a day")).into(),
        more: Some(more.iter().map(|nanoseconds| Tick(at(5, *nanoseconds))).collect()),
        names: ["b", "Z", "a"].map(String::from).into(),
    };
    let events = [wound(at(5, 1_001), None), rang(1_999, &[7_001, 7_002, 3_000]), rang(2_000, &[])];
    insert::<ClockEvent>(pool, stored(&events)).await.expect("the events are taken");
    let state = folded(&events).expect("Rust folds them");
    assert_eq!(state.rung, [Tick(at(5, 1_000)), Tick(at(5, 2_000))]);
    assert_eq!(state.log.len(), 5, "of a set each is pushed once: {:?}", state.log);
    assert_eq!(state.names, ["Z", "a", "b"]);
    assert_eq!(state.all_days.len(), 4);
    assert_eq!(rows_are_folds::<ClockEvent>(pool).await, 1);
    // Whoever wrote them, they are taken as serde reads them.
    let payload = json!({"type": "rang", "at": at(5, 0), "days": ["2026-03-09", "2026-03-08", "2026-03-09"], "more": null,
        "names": ["z", "y", "z"]});
    insert::<ClockEvent>(pool, [row(1, 4, payload)]).await.expect("the event is taken");
    assert_eq!(rows_are_folds::<ClockEvent>(pool).await, 1);
    let payload = json!({"type": "rang", "at": at(5, 0), "days": ["2026-03-09", "x"], "more": null});
    let error = refusal(insert::<ClockEvent>(pool, [row(1, 5, payload)]).await);
    assert_eq!((error.code(), error.column()), ("RU010", Some("days")), "{error}");
    database.close().await;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
struct Rate(f64);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Reading {
    rate: Option<f64>,
    note: Option<Value>,
    taken: DateTime<Utc>,
}

impl sqlx::Type<sqlx::Postgres> for Reading {
    fn type_info() -> sqlx::postgres::PgTypeInfo {
        <sqlx::types::Json<Self> as sqlx::Type<sqlx::Postgres>>::type_info()
    }
}

impl<'r> sqlx::Decode<'r, sqlx::Postgres> for Reading {
    fn decode(value: sqlx::postgres::PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        sqlx::types::Json::decode(value).map(|sqlx::types::Json(reading)| reading)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[rollup(events = "probe_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum ProbeEvent {
    Read {
        #[rollup(set)]
        rate: Option<Rate>,
        #[rollup(set)]
        note: Option<Value>,
        #[rollup(set)]
        any: Value,
        #[rollup(set, sql_type = "jsonb")]
        raw: Value,
        #[rollup(set)]
        reading: Reading,
    },
    Rated(#[rollup(set = "exact")] f64),
    Listed {
        #[rollup(push = "rates")]
        rates: Vec<f64>,
    },
    Swept {
        #[rollup(set = "sweep")]
        sweep: Vec<f64>,
    },
}

impl Stored for ProbeEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn what_serde_writes_as_null_is_null_to_both_folds() {
    let database = installed::<ProbeEvent>("bigint").await;
    let pool = database.pool();
    let read = |rate, note| ProbeEvent::Read {
        rate,
        note,
        any: Value::Null,
        raw: Value::Null,
        reading: Reading { rate: Some(f64::NAN), note: Some(Value::Null), taken: at(1, 999_999_999) },
    };
    let events = [read(Some(Rate(1.5)), Some(json!(7))), read(Some(Rate(f64::INFINITY)), Some(Value::Null))];
    insert::<ProbeEvent>(pool, stored(&events)).await.expect("null is a value here");
    let state: ProbeRollup =
        sqlx::query_as("SELECT * FROM probe_events_rollup").fetch_one(pool).await.expect("the row is read");
    assert_eq!(folded(&events), Ok(state.clone()));
    assert_eq!((state.rate, state.note, state.any), (None, None, Some(Value::Null)));
    // JSON is kept as it is written, its times in full.
    let kept = Reading { rate: None, note: None, taken: at(1, 999_999_999) };
    assert_eq!(state.reading, Some(kept));
    let null: bool = sqlx::query_scalar("SELECT \"any\" = 'null' AND raw = 'null' FROM probe_events_rollup")
        .fetch_one(pool)
        .await
        .expect("the row is read");
    assert!(null, "JSON's null is not the column's");
    for (bad, kind, column) in [
        (ProbeEvent::Rated(f64::NAN), ErrorKind::NullValue, "exact"),
        (ProbeEvent::Rated(f64::MAX), ErrorKind::WrongValue, "exact"),
        (ProbeEvent::Listed { rates: vec![1.0, f64::NAN, f64::MAX] }, ErrorKind::NullValue, "rates"),
        (ProbeEvent::Listed { rates: vec![f64::MAX, f64::NAN] }, ErrorKind::WrongValue, "rates"),
        // The array is no value of the column, which is a value itself.
        (ProbeEvent::Swept { sweep: vec![f64::NAN] }, ErrorKind::WrongValue, "sweep"),
    ] {
        assert_eq!(folded(std::slice::from_ref(&bad)).map(drop), Err((kind, Some(column))), "{bad:?}");
        let error = refusal(insert::<ProbeEvent>(pool, [row(2, 1, json!(bad))]).await);
        assert_eq!((error.code(), error.column()), (kind.sqlstate(), Some(column)), "{bad:?}: {error}");
    }
    database.close().await;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Parcel {
    a: Option<i64>,
    label: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "k")]
#[rollup(events = "parcel_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum ParcelEvent {
    P {
        #[rollup(set = "pa", path = "a", as = Option<i64>)]
        #[rollup(set = "pl", path = "label", as = String)]
        x: Parcel,
        #[rollup(set = "pb", path = "a", as = Option<i64>)]
        y: Option<Parcel>,
    },
}

impl Stored for ParcelEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn a_field_that_a_path_leads_through_is_checked_as_any_other() {
    let database = installed::<ParcelEvent>("bigint").await;
    let pool = database.pool();
    let good = json!({"a": 7, "label": "x"});
    for (payload, kind, column) in [
        (json!({"k": "P"}), ErrorKind::MissingKey, "pa"),
        (json!({"k": "P", "x": null}), ErrorKind::NullValue, "pa"),
        (json!({"k": "P", "x": 5}), ErrorKind::WrongValue, "pa"),
        (json!({"k": "P", "x": {"a": 7}}), ErrorKind::WrongValue, "pa"),
        (json!({"k": "P", "x": good, "y": 5}), ErrorKind::WrongValue, "pb"),
        (json!({"k": "P", "x": good, "y": {"a": 7}}), ErrorKind::WrongValue, "pb"),
    ] {
        assert!(serde_json::from_value::<ParcelEvent>(payload.clone()).is_err(), "serde reads {payload}");
        let error = refusal(insert::<ParcelEvent>(pool, [row(1, 1, payload.clone())]).await);
        assert_eq!((error.code(), error.column()), (kind.sqlstate(), Some(column)), "{payload}: {error}");
    }
    let rows = [
        row(1, 1, json!({"k": "P", "x": good})),
        row(1, 2, json!({"k": "P", "x": {"label": ""}, "y": good})),
        row(1, 3, json!({"k": "P", "x": {"a": null, "label": "z"}, "y": null})),
    ];
    insert::<ParcelEvent>(pool, rows).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<ParcelEvent>(pool).await, 1);
    database.close().await;
}
