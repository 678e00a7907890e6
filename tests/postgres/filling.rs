//! Rows are filled after a change of a rollup with many events: in short transactions, while events are inserted. Until it
//! is done, a row that is not filled counts for nothing, and whoever could take it for the fold is refused.

mod days;
mod ending;
mod forgotten;
mod indexes;
mod killed;
mod large;
mod refused;
mod sessions;

use crate::changing::{is_filling, with_history, without_notes};
use crate::support::run;
use crate::views::cart::{self, added, created, noted, put};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::{Model, Trigger};
use es_rollup_test_server::Database;
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many carts there are.
const CARTS: i64 = 40;

/// The models between which the carts go.
fn models(trigger: Trigger) -> [Model; 2] {
    [without_notes(cart::model(trigger)), with_history(cart::model(trigger))]
}

/// Carts whose items have notes, of which nothing is kept yet, and the migration after which they are filled.
async fn carts(trigger: Trigger, events: &str) -> (Database, String) {
    let [old, new] = models(trigger);
    carts_between(&old, &new, events).await
}

/// The same for other models.
async fn carts_between(old: &Model, new: &Model, events: &str) -> (Database, String) {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, events).await.expect("the event table is made");
    run(pool, &emit::text(old, emit::migration(old))).await.expect("the migration is applied");
    for cart in 1..=CARTS {
        let stream = [created(), added("a", 1), noted("a"), put("b", 2), noted("a")];
        let stream: Vec<(i64, i32, Value)> =
            (1..).zip(stream).map(|(sequence, event)| (cart, sequence, event)).collect();
        insert(pool, &stream).await.expect("good events");
    }
    let change = evolve::migration(old, new).expect("a change");
    (database, format!("SET LOCAL es_rollup.history_limit = 10;\n{change}"))
}

/// The same after the migration.
async fn filling(trigger: Trigger) -> Database {
    let [old, new] = models(trigger);
    filling_between(&old, &new).await
}

async fn filling_between(old: &Model, new: &Model) -> Database {
    let (database, change) = carts_between(old, new, EVENTS).await;
    run(database.pool(), &change).await.expect("it is changed");
    assert!(is_filling(database.pool()).await);
    database
}

async fn insert(pool: &PgPool, events: &[(i64, i32, Value)]) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    insert_of_several(&mut connection, events).await
}

async fn number(pool: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(pool).await.expect("a number")
}

/// How many entities are still to be filled.
const LEFT: &str = "SELECT count(*) FROM carts_es_todo WHERE id IS NOT NULL";

/// The SQLSTATE and the message of an error.
fn told(outcome: sqlx::Result<()>) -> (String, String) {
    let error = outcome.expect_err("it is refused");
    let error = error.as_database_error().expect("the database refuses");
    (error.code().unwrap_or_default().into_owned(), error.message().to_string())
}

/// Inserts one event after another into random carts until it is told to end, and returns how long each took.
async fn go_on(pool: PgPool, carts: i64, seed: i64, ends: Arc<AtomicBool>) -> Vec<Duration> {
    let mut connection = pool.acquire().await.expect("a connection");
    let insertion = "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
        SELECT $1, max(sequence) + 1, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', now() FROM cart_events WHERE id = $1";
    let mut waits = Vec::new();
    let mut cart = seed;
    while !ends.load(Ordering::Relaxed) {
        cart = (cart * 7_919 + 12_553 + seed) % carts;
        let begun = Instant::now();
        match sqlx::query(insertion).bind(cart + 1).execute(&mut *connection).await {
            Ok(_) => waits.push(begun.elapsed()),
            // Another writer was faster.
            Err(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                assert_eq!(code, "23505", "{error:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    waits
}
