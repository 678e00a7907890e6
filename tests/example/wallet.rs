//! `cargo run --example wallet`: its output, its migration, and that no wallet is overdrawn.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/wallet.rs"]
mod wallet;

use crate::files::{assert_is_file, assert_is_output};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use sqlx::PgPool;
use std::time::Duration;
use tokio::task::JoinSet;
use wallet::{Debit, WalletEvent};

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("wallet/wallet.sql", WalletEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    wallet::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("wallet/output.txt", out);
}

/// Eight writers each take 30 out of 100, four times. How often that was done, and the balance.
async fn race(pool: &PgPool) -> (usize, i64) {
    wallet::credit(pool, 7, 0).await.expect_err("a wallet is opened first");
    sqlx::query(
        "INSERT INTO wallet_events (id, sequence, event_type, event, recorded_at)
         VALUES (7, 1, 'opened', '{\"type\": \"opened\"}', now()),
           (7, 2, 'credited', '{\"type\": \"credited\", \"amount\": 100}', now())",
    )
    .execute(pool)
    .await
    .expect("a wallet");
    let mut writers = JoinSet::new();
    for _ in 0..8 {
        let pool = pool.clone();
        writers.spawn(async move {
            let mut done = 0;
            for _ in 0..4 {
                let debit = wallet::debit(&pool, 7, 30).await.expect("done or rejected");
                done += usize::from(debit == Debit::Done);
            }
            done
        });
    }
    let done = writers.join_all().await.into_iter().sum();
    let balance = sqlx::query_scalar("SELECT balance FROM wallets WHERE id = 7").fetch_one(pool).await;
    (done, balance.expect("the wallet"))
}

#[tokio::test]
async fn no_number_of_writers_takes_more_than_there_is() {
    let database = Database::create().await;
    let pool = database.pool();
    wallet::install(pool).await.expect("installed");
    assert_eq!(race(pool).await, (3, 10));
    let rejected: i64 = sqlx::query_scalar("SELECT rejections FROM wallets WHERE id = 7")
        .fetch_one(pool)
        .await
        .expect("the wallet");
    assert_eq!(rejected, 29);
    assert_eq!(wallet::compare(pool).await.expect("equal"), [1, 33, 34]);
    database.close().await;
}

#[tokio::test]
async fn without_the_check_they_take_more() {
    let database = Database::create().await;
    let pool = database.pool();
    wallet::install(pool).await.expect("installed");
    // The check is in the functions that fold, and in the table.
    let functions: Vec<String> = sqlx::query_scalar(
        "SELECT replace(pg_get_functiondef(p.oid), '(balance >= 0) IS FALSE', 'false') FROM pg_proc AS p
         WHERE p.proname LIKE 'wallets\\_%' AND p.prosrc LIKE '%(balance >= 0) IS FALSE%'",
    )
    .fetch_all(pool)
    .await
    .expect("the functions");
    assert!(!functions.is_empty());
    for function in functions {
        sqlx::raw_sql(sqlx::AssertSqlSafe(function)).execute(pool).await.expect("replaced");
    }
    sqlx::query("ALTER TABLE wallets DROP CONSTRAINT no_overdraft").execute(pool).await.expect("dropped");
    assert_eq!(race(pool).await, (32, 100 - 32 * 30));
    database.close().await;
}

#[tokio::test]
async fn readers_never_go_back_in_version() {
    let database = Database::create().await;
    let pool = database.pool();
    wallet::install(pool).await.expect("installed");
    let load = wallet::load(pool, 64, Duration::from_millis(500)).await.expect("no reader goes back");
    assert!(load.writes > 0 && load.reads > 0, "{load:?}");
    database.close().await;
}
