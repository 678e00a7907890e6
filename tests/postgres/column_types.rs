//! What the columns of some types hold beside what the trigger writes to them, and how sqlx reads it.

use crate::support::{Stored, insert, installed, refusal, row, rows_are_folds, run};
use chrono::{DateTime, Datelike, NaiveDate, Utc};
use es_rollup::{ErrorKind, Recorded, Rollup, SqlType};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::Postgres;
use sqlx::postgres::{PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::types::Json;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
enum Plan {
    Free,
    #[serde(alias = "gold")]
    PaidYearly,
    #[serde(rename = "it's")]
    #[sqlx(rename = "it's")]
    Its,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
struct Former(Plan);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "plan_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum PlanEvent {
    #[rollup(create)]
    Begun {
        #[rollup(set)]
        plan: Plan,
        #[rollup(set)]
        former: Option<Former>,
        #[rollup(set)]
        offered: Vec<Plan>,
    },
    Changed {
        #[rollup(add = "had")]
        had: Plan,
        #[rollup(push = "order")]
        order: Vec<Plan>,
    },
}

impl Stored for PlanEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn no_column_of_an_enum_holds_what_rust_cannot_read() {
    let database = installed::<PlanEvent>("bigint").await;
    let pool = database.pool();
    let events = [
        row(1, 1, json!({"type": "Begun", "plan": "gold", "former": "free", "offered": ["it's", "gold"]})),
        row(1, 2, json!({"type": "Changed", "had": "it's", "order": ["free", "gold"]})),
        row(2, 1, json!({"type": "Begun", "plan": "free", "former": null, "offered": []})),
    ];
    insert::<PlanEvent>(pool, events).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<PlanEvent>(pool).await, 2);
    let of = |value: &str| format!("UPDATE plan_events_rollup SET {value}");
    for good in ["plan = 'it''s'", "former = NULL", "offered = '{free,paid_yearly}'", "had = '{}'"] {
        run(pool, &of(good)).await.unwrap_or_else(|error| panic!("{good}: {error}"));
    }
    // An alias is read, and the name kept: it is no value of the column.
    for bad in [
        "plan = 'gold'",
        "plan = ''",
        "plan = 'Free'",
        "former = 'none'",
        "offered = '{free,gold}'",
        "offered = ARRAY[NULL]",
        "had = '{gold}'",
        "\"order\" = ARRAY['free', NULL]",
    ] {
        let error = refusal(run(pool, &of(bad)).await);
        assert_eq!(error.code(), "23514", "{bad}: {error}");
    }
    database.close().await;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Address {
    city: String,
    #[serde(alias = "postcode")]
    zip: Option<String>,
    #[serde(default)]
    lines: Vec<String>,
    place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(deny_unknown_fields)]
struct Place {
    north: f64,
    east: f64,
}

impl sqlx::Type<Postgres> for Address {
    fn type_info() -> PgTypeInfo {
        <Json<Self> as sqlx::Type<Postgres>>::type_info()
    }
}

impl PgHasArrayType for Address {
    fn array_type_info() -> PgTypeInfo {
        <Json<Self> as PgHasArrayType>::array_type_info()
    }
}

impl<'r> sqlx::Decode<'r, Postgres> for Address {
    fn decode(value: PgValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
        Json::decode(value).map(|Json(address)| address)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "person_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum PersonEvent {
    #[rollup(create)]
    Arrived(#[rollup(set = "home")] Address),
    Worked {
        #[rollup(set)]
        work: Option<Address>,
        #[rollup(push = "former")]
        former: Vec<Address>,
        #[rollup(set)]
        holidays: Vec<Address>,
    },
}

impl Stored for PersonEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn structs_are_kept_as_the_json_that_serde_wrote() {
    let database = installed::<PersonEvent>("bigint").await;
    let pool = database.pool();
    let bern = json!({"city": "Bern", "zip": null, "lines": ["a"], "place": {"north": 46.9, "east": 7.4}});
    let short = json!({"city": "Basel", "postcode": "4000", "founded": -44});
    let arrived = |address: &Value| {
        let mut event = json!({"type": "Arrived"});
        event.as_object_mut().expect("keys").extend(address.as_object().expect("keys").clone());
        event
    };
    let worked = |work: &Value, former: Value, holidays: &Value| json!({"type": "Worked", "work": work, "former": former, "holidays": [holidays]});
    let events = [
        row(1, 1, arrived(&bern)),
        row(1, 2, worked(&short, json!([short, bern, bern]), &bern)),
        row(2, 1, arrived(&short)),
        row(2, 2, worked(&Value::Null, json!([]), &short)),
    ];
    insert::<PersonEvent>(pool, events).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<PersonEvent>(pool).await, 2);
    let kept: Value = sqlx::query_scalar("SELECT home FROM person_events_rollup WHERE id = 2")
        .fetch_one(pool)
        .await
        .expect("the row");
    assert_eq!(kept, short, "the tag is no part of it, and what serde does not know is kept");
    for bad in [
        json!({"city": "Bern", "place": {"north": 46.9}}),
        json!({"city": "Bern", "place": {"north": 46.9, "east": 7.4, "up": 1}}),
        json!({"city": "Bern", "zip": "1", "postcode": "1"}),
        json!({"city": "Bern", "lines": null}),
        json!({"zip": null}),
    ] {
        let payload = arrived(&bad);
        assert!(serde_json::from_value::<PersonEvent>(payload.clone()).is_err(), "serde reads {payload}");
        let error = refusal(insert::<PersonEvent>(pool, [row(3, 1, payload)]).await);
        assert_eq!(error.code(), ErrorKind::WrongValue.sqlstate(), "{error}");
        assert_eq!(error.column(), Some("home"));
        let payload = worked(&Value::Null, json!([bern, bad]), &bern);
        let error = refusal(insert::<PersonEvent>(pool, [row(1, 3, payload)]).await);
        assert_eq!(error.column(), Some("former"), "{error}");
    }
    database.close().await;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[rollup(events = "file_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum FileEvent {
    #[rollup(create)]
    Uploaded {
        #[rollup(set)]
        head: Vec<u8>,
        #[rollup(set, max = "highest")]
        key: [u8; 4],
        #[rollup(set)]
        tail: Option<Box<[u8]>>,
    },
    Cut {
        #[rollup(add = "chunks")]
        chunks: Vec<Vec<u8>>,
        #[rollup(set)]
        tail: Option<Box<[u8]>>,
        #[rollup(max = "highest")]
        key: [u8; 4],
    },
}

impl Stored for FileEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn sqlx_reads_bytes_from_the_columns_that_hold_them() {
    let database = installed::<FileEvent>("bigint").await;
    let pool = database.pool();
    let events = [
        row(1, 1, json!({"Uploaded": {"head": [0, 255, 92, 39], "key": [9, 0, 0, 0], "tail": [1]}})),
        row(1, 2, json!({"Cut": {"chunks": [[1, 2], [], [1, 2]], "tail": null, "key": [200, 0, 0, 0]}})),
        row(2, 1, json!({"Uploaded": {"head": [], "key": [0, 0, 0, 1], "tail": null}})),
        row(2, 2, json!({"Cut": {"chunks": [[]], "tail": [], "key": [0, 0, 0, 0]}})),
    ];
    insert::<FileEvent>(pool, events).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<FileEvent>(pool).await, 2);
    let first: FileRollup = sqlx::query_as("SELECT * FROM file_events_rollup WHERE id = 1")
        .fetch_one(pool)
        .await
        .expect("the struct reads the row");
    assert_eq!(first.head, [0, 255, 92, 39]);
    assert_eq!(first.highest, [200, 0, 0, 0]);
    assert_eq!(first.chunks, [vec![1, 2], vec![]]);
    for bad in [json!([1, 2, 3]), json!([1, 2, 3, 256]), json!("abcd"), json!(null)] {
        let events = [row(3, 1, json!({"Uploaded": {"head": [], "key": bad, "tail": null}}))];
        refusal(insert::<FileEvent>(pool, events).await);
    }
    database.close().await;
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[rollup(events = "visit_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum VisitEvent {
    Planned(#[rollup(set = "on")] NaiveDate),
    Left {
        #[rollup(max = "latest")]
        left: Option<NaiveDate>,
    },
    Repeated {
        #[rollup(add = "days")]
        on: Vec<NaiveDate>,
    },
}

impl Stored for VisitEvent {
    const ID_TYPE: &'static str = "bigint";
}

/// chrono has years that no column is filled with: what serde reads is then refused by the Rust fold too.
#[tokio::test]
async fn what_rust_holds_and_the_column_does_not_is_refused_by_both_folds() {
    let database = installed::<VisitEvent>(VisitEvent::ID_TYPE).await;
    let pool = database.pool();
    let good = NaiveDate::MAX.with_year(9999).expect("a day");
    for bad in [NaiveDate::MAX, good.with_year(10_000).expect("a day"), good.with_year(0).expect("a day")] {
        for (event, column) in [
            (VisitEvent::Planned(bad), "on"),
            (VisitEvent::Left { left: Some(bad) }, "latest"),
            (VisitEvent::Repeated { on: vec![good, bad] }, "days"),
        ] {
            let error = VisitEvent::fold([Recorded::new(&1, 1, DateTime::<Utc>::UNIX_EPOCH, &event)])
                .expect_err("the fold refuses it");
            assert_eq!((error.kind, error.column), (ErrorKind::WrongValue, Some(column)), "{event:?}");
            let payload = serde_json::to_value(&event).expect("serde writes it");
            let error = refusal(insert::<VisitEvent>(pool, [row(1, 1, payload)]).await);
            assert_eq!((error.code(), error.column()), ("RU010", Some(column)), "{event:?}: {error}");
        }
    }
    let events = [VisitEvent::Planned(good), VisitEvent::Left { left: Some(good) }];
    let rows = (1..).zip(&events).map(|(sequence, event)| row(1, sequence, json!(event)));
    insert::<VisitEvent>(pool, rows.collect::<Vec<_>>()).await.expect("the last day is taken");
    assert_eq!(rows_are_folds::<VisitEvent>(pool).await, 1);
    database.close().await;
}
