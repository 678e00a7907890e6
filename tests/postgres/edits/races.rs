//! Events that are changed while others append, and by transactions whose snapshot is old.

use super::rows_are_folds;
use crate::relation::{FORMS, append, folded, rows as rows_of, stream};
use crate::support::{event_table, refusal, run, uuid};
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use tokio::task::JoinSet;

const ENTITIES: u32 = 3;

/// What a session meets that was slower than another: a sequence that is taken, a gap because the last event was deleted
/// meanwhile, a replay or an end likewise, a serialization failure, a deadlock.
const AGAIN: [&str; 5] = ["23505", "RU001", "RU002", "40001", "40P01"];

async fn with_pool((table, migration): (&str, &str), connections: u32) -> (Database, PgPool) {
    let database = Database::create().await;
    let options = PgPoolOptions::new().max_connections(connections).after_connect(|connection, _| {
        Box::pin(async move {
            // Only a superuser may ask the server to look for deadlocks sooner; for others the tests take longer.
            let _ = connection.execute("SET deadlock_timeout = '10ms'").await;
            Ok(())
        })
    });
    let pool = options.connect(database.url()).await.expect("connections");
    run(&pool, &event_table(table, "uuid")).await.expect("the event table is made");
    run(&pool, migration).await.expect("the migration is applied");
    (database, pool)
}

fn random(state: &mut u64, below: u32) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from((*state >> 33) % u64::from(below)).expect("below a u32")
}

/// One transaction: appends, or deletes last events, or changes some, or does several of it.
async fn work(
    connection: &mut PgConnection,
    table: &str,
    isolation: &str,
    state: &mut u64,
) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    transaction.execute(AssertSqlSafe(format!("SET TRANSACTION ISOLATION LEVEL {isolation}"))).await?;
    for _ in 0..=random(state, 2) {
        let id = random(state, ENTITIES);
        let last: i32 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT coalesce(max(sequence), 0) FROM {table} WHERE id = '{}'",
            uuid(id)
        )))
        .fetch_one(&mut *transaction)
        .await?;
        let chosen = match random(state, 8) {
            0..=4 => {
                append(&mut *transaction, table, &stream(id, last + 1..=last + 2)).await?;
                continue;
            }
            5 => format!("DELETE FROM {table} WHERE id = '{}' AND sequence >= {last}", uuid(id)),
            6 => format!(
                "UPDATE {table} SET event = event || '{{\"amount\": {}}}' WHERE id = '{}' AND sequence > {}",
                random(state, 100),
                uuid(id),
                last / 2
            ),
            _ => format!("DELETE FROM {table} WHERE sequence > {}", 2 + random(state, 4)),
        };
        transaction.execute(AssertSqlSafe(chosen)).await?;
    }
    transaction.commit().await
}

#[tokio::test]
async fn rows_come_out_right_while_many_append_change_and_delete() {
    needs_several_connections!();
    for (form, isolation) in FORMS.iter().flat_map(|form| {
        ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"].map(|isolation| (*form, isolation))
    }) {
        let (table, _) = form;
        let (database, pool) = with_pool(form, 7).await;
        let mut sessions = JoinSet::new();
        for seed in 0..6 {
            let pool = pool.clone();
            sessions.spawn(async move {
                let mut state = 1_000_003 * (seed + 1);
                let mut connection = pool.acquire().await.expect("a connection");
                for _ in 0..30 {
                    while let Err(error) = work(&mut connection, table, isolation, &mut state).await {
                        let code =
                            error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                        assert!(AGAIN.contains(&&*code), "{table}, {isolation}: {error}");
                    }
                }
            });
        }
        while let Some(session) = sessions.join_next().await {
            session.expect("the session comes to its end");
        }
        rows_are_folds(&pool, table).await;
        pool.close().await;
        database.close().await;
    }
}

#[tokio::test]
async fn a_transaction_with_an_old_snapshot_changes_events_or_fails() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let (database, pool) = with_pool(form, 3).await;
        append(&pool, table, &[stream(1, 1..=3), stream(2, 1..=3)].concat()).await.expect("good events");
        let begin = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
        let look = format!("SELECT FROM {table}");
        for (id, sql) in [
            (1, format!("DELETE FROM {table} WHERE sequence = 3 AND id = '{}'", uuid(1))),
            (
                2,
                format!(
                    "UPDATE {table} SET event = event || '{{\"amount\": 40}}' WHERE sequence = 3 AND id = '{}'",
                    uuid(2)
                ),
            ),
        ] {
            let mut old = pool.begin().await.expect("a transaction");
            old.execute(begin).await.expect("set");
            old.execute(AssertSqlSafe(look.clone())).await.expect("a snapshot");
            append(&pool, table, &stream(id, [4])).await.expect("somebody appends meanwhile");
            assert_eq!(
                refusal(old.execute(AssertSqlSafe(sql.clone())).await).code(),
                "40001",
                "{table}, {sql}"
            );
            old.rollback().await.expect("rolled back");
            run(&pool, &format!("DELETE FROM {table} WHERE sequence = 4")).await.expect("gone");
            let mut old = pool.begin().await.expect("a transaction");
            old.execute(begin).await.expect("set");
            old.execute(AssertSqlSafe(look.clone())).await.expect("a snapshot");
            append(&pool, table, &stream(3, [1])).await.expect("somebody appends to another entity");
            old.execute(AssertSqlSafe(sql)).await.expect("what is left folds");
            old.commit().await.expect("committed");
            run(&pool, &format!("DELETE FROM {table} WHERE id = '{}'", uuid(3))).await.expect("gone");
        }
        assert_eq!(rows_of(&pool, table).await, [(2, 7), (3, 47)], "{table}");
        // Who has an older snapshot does not write back what was there before.
        let mut old = pool.begin().await.expect("a transaction");
        old.execute(begin).await.expect("set");
        old.execute(AssertSqlSafe(look.clone())).await.expect("a snapshot");
        run(&pool, &format!("UPDATE {table} SET event = event || '{{\"amount\": 50}}' WHERE sequence = 2"))
            .await
            .expect("what is left folds");
        assert_eq!(refusal(append(&mut *old, table, &stream(1, [3])).await).code(), "40001", "{table}");
        old.rollback().await.expect("rolled back");
        append(&pool, table, &stream(1, [3])).await.expect("it goes on");
        assert_eq!(rows_of(&pool, table).await, [(3, 57), (3, 95)], "{table}");
        rows_are_folds(&pool, table).await;
        let none = folded(&[]);
        run(&pool, &format!("DELETE FROM {table}")).await.expect("gone");
        assert_eq!(rows_of(&pool, table).await, none);
        pool.close().await;
        database.close().await;
    }
}
