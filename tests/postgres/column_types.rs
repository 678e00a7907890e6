//! What the columns of some types hold beside what the trigger writes to them, and how sqlx reads it.

use crate::support::{Stored, insert, installed, refusal, row, rows_are_folds, run};
use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};
use serde_json::json;

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
