//! Streams that their first event deletes, in rollups with checks: no row is ever there for the checks to hold for.

use crate::relation::append;
use crate::support::{event_table, refusal, run, uuid};
use es_rollup::{ErrorKind, Rollup};
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Order, Trigger};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

/// The check does not hold for an empty row.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "tab_events", id = Uuid, check(something_is_due = "due > 0"))]
enum TabEvent {
    Charged {
        #[rollup(increment = "due")]
        amount: i64,
    },
    #[rollup(delete)]
    Closed,
}

/// Every form for stores of either order, with and without times.
fn models() -> Vec<Model> {
    let mut models = Vec::new();
    for trigger in Trigger::ALL {
        for order in [Order::Contiguous, Order::Increasing] {
            for timed in [true, false] {
                let mut model = Model::read(TabEvent::MODEL).expect("the model of an enum is read");
                model.trigger = trigger;
                model.store.order = order;
                model.store.recorded_at = model.store.recorded_at.filter(|_| timed);
                models.push(model);
            }
        }
    }
    models
}

fn charged() -> Value {
    json!({"type": "charged", "amount": 3})
}

fn closed() -> Value {
    json!({"type": "closed"})
}

async fn versions(pool: &PgPool) -> Vec<i64> {
    let sql = "SELECT version FROM tab_events_rollup ORDER BY id";
    sqlx::query_scalar(sql).persistent(false).fetch_all(pool).await.expect("the rows are read")
}

#[tokio::test]
async fn a_stream_that_its_first_event_deletes_leaves_no_row_and_breaks_no_check() {
    for model in models() {
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table("tab_events", "uuid")).await.expect("the event table is made");
        run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
        let case = format!("{:?}, {:?}, {:?}", model.trigger, model.store.order, model.store.recorded_at);
        // Where a stream may begin, and its next event.
        let (first, next) = match model.store.order {
            Order::Contiguous => (1, 2),
            Order::Increasing => (7, 9),
        };
        append(pool, "tab_events", &[(1, first, closed())])
            .await
            .unwrap_or_else(|error| panic!("{case}: {error}"));
        let several =
            [(2, first, closed()), (3, first, charged()), (4, first, charged()), (4, next, closed())];
        append(pool, "tab_events", &several).await.unwrap_or_else(|error| panic!("{case}, several: {error}"));
        assert_eq!(versions(pool).await, [i64::from(first)], "{case}");
        for id in [1, 2, 4] {
            let after = refusal(append(pool, "tab_events", &[(id, next + 1, charged())]).await);
            let kinds = [ErrorKind::Deleted, ErrorKind::Gap].map(ErrorKind::sqlstate);
            assert!(kinds.contains(&after.code()), "{case}: {after}");
        }
        // Of what the trigger has not seen, the catch-up finds out alone.
        run(pool, "ALTER TABLE tab_events DISABLE TRIGGER USER").await.expect("the triggers are off");
        append(pool, "tab_events", &[(5, first, closed())]).await.expect("nobody looks");
        run(pool, "ALTER TABLE tab_events ENABLE TRIGGER USER").await.expect("the triggers are on");
        let by_hand = format!(
            "SELECT tab_events_rollup_catch_up('{}'{})",
            uuid(5),
            match model.store.order {
                Order::Contiguous => "",
                Order::Increasing => ", 7",
            }
        );
        let reached: i64 =
            sqlx::query_scalar(AssertSqlSafe(by_hand)).fetch_one(pool).await.expect("caught up");
        assert_eq!(reached, i64::from(first), "{case}");
        let mended: i64 = sqlx::query_scalar("SELECT tab_events_rollup_rebuild(NULL)")
            .fetch_one(pool)
            .await
            .expect("rebuilt");
        assert_eq!(mended, 0, "{case}: every row was the fold of its stream");
        assert_eq!(versions(pool).await, [i64::from(first)], "{case}");
        database.close().await;
    }
}
