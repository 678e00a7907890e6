//! A real publisher and a real subscriber, on two servers: the subscriber folds what it replicates, row by row.

use crate::relation::{FORMS, append, deposited, folded, rows, stream};
use crate::support::{event_table, refusal, run};
use es_rollup_test_server::Cluster;
use serde_json::json;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool, Postgres, Transaction};
use std::time::Duration;

const TABLE: &str = FORMS[1].0;

/// What a subscriber that folds does after the migration.
const ENABLE: &str = "ALTER TABLE ledger_row_events ENABLE ALWAYS TRIGGER ledger_row_events_rollup;
    ALTER TABLE ledger_row_events ENABLE REPLICA TRIGGER ledger_row_events_rollup_replica";

async fn connect(cluster: &Cluster) -> PgPool {
    let options = PgPoolOptions::new().max_connections(3);
    let pool = options.connect(&cluster.url("postgres")).await.expect("the server takes connections");
    run(&pool, &event_table(TABLE, "uuid")).await.expect("the event table is made");
    pool
}

/// Waits until the subscriber has as many events as the publisher.
async fn caught_up(publisher: &PgPool, subscriber: &PgPool) -> bool {
    let count = format!("SELECT count(*) FROM {TABLE}");
    let stored: i64 =
        sqlx::query_scalar(AssertSqlSafe(count.clone())).fetch_one(publisher).await.expect("counted");
    for _ in 0..300 {
        let applied: i64 =
            sqlx::query_scalar(AssertSqlSafe(count.clone())).fetch_one(subscriber).await.expect("counted");
        if applied == stored {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_subscriber_folds_what_it_replicates_in_whatever_order_its_rows_come() {
    let (Some(one), Some(other)) = (
        Cluster::start(&[("wal_level", "logical")]),
        Cluster::start(&[("wal_level", "logical"), ("wal_retrieve_retry_interval", "100ms")]),
    ) else {
        println!("not run: there are no server programs on this machine");
        return;
    };
    let (publisher, subscriber) = (connect(&one).await, connect(&other).await);
    append(&publisher, TABLE, &stream(9, [3, 1, 2])).await.expect("stored before the subscription");
    run(&publisher, &format!("CREATE PUBLICATION events FOR TABLE {TABLE}")).await.expect("published");
    run(&subscriber, FORMS[1].1).await.expect("the migration is applied");
    run(&subscriber, ENABLE).await.expect("the triggers fire for replicated rows");
    let subscribe =
        format!("CREATE SUBSCRIPTION events CONNECTION '{}' PUBLICATION events", one.url("postgres"));
    subscriber.execute(AssertSqlSafe(subscribe)).await.expect("subscribed");
    assert!(caught_up(&publisher, &subscriber).await, "the first copy comes");
    assert_eq!(rows(&subscriber, TABLE).await, folded(&[3]));

    // One statement whose rows come in the wrong order, new entities and old ones.
    append(&publisher, TABLE, &stream(1, [3, 1, 2])).await.expect("stored");
    append(&publisher, TABLE, &[stream(1, [6]), stream(2, [2]), stream(1, [4, 5]), stream(2, [1])].concat())
        .await
        .expect("stored");
    append(&publisher, TABLE, &stream(2, [3])).await.expect("stored");
    // Several statements of one transaction, and an end that comes before what it ends.
    let mut transaction = publisher.begin().await.expect("a transaction");
    append(&mut *transaction, TABLE, &[stream(1, [8]), stream(3, [2])].concat()).await.expect("stored");
    append(&mut *transaction, TABLE, &[stream(3, [1]), stream(1, [7])].concat()).await.expect("stored");
    append(&mut *transaction, TABLE, &[(9, 5, json!({"type": "erased"})), (9, 4, deposited())])
        .await
        .expect("stored");
    transaction.commit().await.expect("committed");
    assert!(caught_up(&publisher, &subscriber).await, "replication goes on");
    assert_eq!(rows(&subscriber, TABLE).await, folded(&[8, 3, 2]));

    // An event that is missing is refused, and replication waits for it.
    append(&publisher, TABLE, &stream(2, [5])).await.expect("nothing checks it at the publisher");
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(rows(&subscriber, TABLE).await, folded(&[8, 3, 2]));
    run(&subscriber, &format!("SET session_replication_role = origin; INSERT INTO {TABLE} (id, sequence, event_type, event, recorded_at)
        SELECT id, 4, event_type, event, recorded_at FROM {TABLE} WHERE sequence = 3 AND id::text LIKE '00000002%'"))
        .await
        .expect("somebody inserts the missing event at the subscriber");
    let mut arrived = false;
    for _ in 0..300 {
        arrived = rows(&subscriber, TABLE).await == folded(&[8, 5, 2]);
        if arrived {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(arrived, "replication goes on: {:?}", rows(&subscriber, TABLE).await);
    run(&subscriber, "ALTER SUBSCRIPTION events DISABLE").await.expect("disabled");
    publisher.close().await;
    subscriber.close().await;
}

/// A transaction of what a logical replica's worker does, with triggers that fire for its rows; `None` if the role may
/// not act as a worker.
pub(crate) async fn as_worker(
    pool: &PgPool,
    table: &str,
    rollup: &str,
) -> Option<Transaction<'static, Postgres>> {
    let enable = format!(
        "ALTER TABLE {table} ENABLE ALWAYS TRIGGER {rollup};
         ALTER TABLE {table} ENABLE REPLICA TRIGGER {rollup}_replica"
    );
    run(pool, &enable).await.expect("the triggers fire for replicated rows");
    let mut worker = pool.begin().await.expect("a transaction");
    let set = worker.execute("SET LOCAL session_replication_role = 'replica'").await.map(drop);
    if set.is_ok() {
        return Some(worker);
    }
    assert_eq!(refusal(set).code(), "42501");
    println!("not run: the role may not act as a replica's worker");
    None
}

/// The second trigger is not enabled, so nobody would look again: it is refused at once.
#[tokio::test]
async fn a_replicated_event_that_does_not_follow_is_refused_where_nobody_looks_again() {
    let database = crate::relation::with_form(FORMS[1]).await;
    let pool = database.pool();
    run(pool, &format!("ALTER TABLE {TABLE} ENABLE ALWAYS TRIGGER {TABLE}_rollup")).await.expect("enabled");
    let mut session = pool.acquire().await.expect("a session");
    session.execute("SET session_replication_role = replica").await.expect("as the worker does");
    let error = refusal(append(&mut *session, TABLE, &stream(1, [2])).await);
    assert_eq!(error.code(), "RU001", "{error}");
    run(pool, ENABLE).await.expect("enabled");
    let error = refusal(append(&mut *session, TABLE, &stream(1, [2])).await);
    assert_eq!(error.code(), "RU001", "at the end of the transaction: {error}");
    append(&mut *session, TABLE, &stream(1, [2, 1])).await.expect("it is folded");
    session.execute("RESET session_replication_role").await.expect("as it was");
    append(&mut *session, TABLE, &stream(1, [3])).await.expect("it is folded");
    assert_eq!(rows(pool, TABLE).await, folded(&[3]));
    drop(session);
    run(pool, <crate::fixtures::LedgerRowEvent as es_rollup::Rollup>::REVERT_SQL).await.expect("reverted");
    database.close().await;
}
