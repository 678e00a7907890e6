//! Many writers at the same time, and writers during a catch-up.

mod installs;
mod races;
mod rebuilds;
mod writers;

use crate::fixtures::UserEvent;
use crate::models::mutations::asked_for;
use crate::support::{Row, insert, user, uuid};
use es_rollup_test_server::Database;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;

const HOT: u32 = 4;
const WRITERS: u32 = 8;
const APPENDS: u32 = 40;

/// The errors after which a writer tries again, because another one was faster.
const AGAIN: [&str; 3] = ["23505", "40001", "40P01"];

/// A pool with a connection for each writer, and a few more.
async fn pool(database: &Database) -> PgPool {
    let options = PgPoolOptions::new().max_connections(WRITERS + 2).after_connect(|connection, _| {
        Box::pin(async move {
            // Writers that append to two entities in any order do run into deadlocks, which the server looks for
            // after a second. Only a superuser may ask it to look sooner; for others the tests take longer.
            let _ = connection.execute("SET deadlock_timeout = '10ms'").await;
            Ok(())
        })
    });
    options.connect(database.url()).await.expect("a pool of several connections")
}

async fn connect(database: &Database) -> PgConnection {
    PgConnection::connect(database.url()).await.expect("a connection")
}

async fn execute(connection: &mut PgConnection, sql: &str) {
    let sql = asked_for(sql).into_owned();
    connection.execute(AssertSqlSafe(sql)).await.expect("the statement is taken");
}

/// Waits until a session of the database waits for a lock.
pub(crate) async fn somebody_waits(connection: &mut PgConnection) {
    for _ in 0..400 {
        let waiting: bool = sqlx::query_scalar(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')",
        )
        .fetch_one(&mut *connection)
        .await
        .expect("the activity is read");
        if waiting {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nobody waits");
}

/// Waits until so many sessions of the database wait for a lock.
async fn waiting_are(connection: &mut PgConnection, count: i64) {
    for _ in 0..400 {
        let waiting: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        )
        .fetch_one(&mut *connection)
        .await
        .expect("the activity is read");
        if waiting == count {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("there are never {count} waiting sessions");
}

/// One step of a small generator: enough to make writers meet in different places.
fn random(state: &mut u64, below: u32) -> u32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    u32::try_from((*state >> 33) % u64::from(below)).expect("below a u32")
}

/// The next events of some entities, as the session sees them.
async fn next(connection: &mut PgConnection, numbers: &[u32], count: i32) -> sqlx::Result<Vec<Row>> {
    let mut rows = Vec::new();
    for number in numbers {
        let stored: i32 = sqlx::query_scalar(
            "SELECT coalesce(max(sequence), 0) FROM core_user_events WHERE id = $1::text::uuid",
        )
        .bind(uuid(*number))
        .fetch_one(&mut *connection)
        .await?;
        rows.extend(user(uuid(*number), stored + 1..=stored + count));
    }
    Ok(rows)
}

/// One transaction of a writer: appends to one entity or to two, now and then after a change of mind.
async fn append(connection: &mut PgConnection, isolation: &str, state: &mut u64) -> sqlx::Result<usize> {
    let mut transaction = connection.begin().await?;
    transaction.execute(AssertSqlSafe(format!("SET TRANSACTION ISOLATION LEVEL {isolation}"))).await?;
    let mut numbers = vec![random(state, HOT)];
    if random(state, 6) == 0 {
        numbers.push((numbers[0] + 1) % HOT);
    }
    let count = 1 + i32::try_from(random(state, 3)).expect("small");
    let mut rows = next(&mut transaction, &numbers, count).await?;
    if random(state, 2) == 0 {
        rows.reverse();
    }
    if random(state, 10) == 0 {
        let mut savepoint = transaction.begin().await?;
        insert::<UserEvent>(&mut *savepoint, rows.clone()).await?;
        savepoint.rollback().await?;
    }
    insert::<UserEvent>(&mut *transaction, rows.clone()).await?;
    let mut stored = rows.len();
    if random(state, 4) == 0 {
        // A second statement for the first entity.
        let rows = next(&mut transaction, &numbers[..1], 1).await?;
        stored += rows.len();
        insert::<UserEvent>(&mut *transaction, rows).await?;
    }
    if random(state, 10) == 0 {
        transaction.rollback().await?;
        return Ok(0);
    }
    transaction.commit().await?;
    Ok(stored)
}

/// Appends until everything is stored. Returns the number of stored events and how often it had to try again.
async fn write(pool: PgPool, isolation: &'static str, seed: u64) -> (usize, usize) {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) + 1;
    let mut connection = pool.acquire().await.expect("a connection");
    let (mut stored, mut again) = (0, 0);
    for _ in 0..APPENDS {
        loop {
            match append(&mut connection, isolation, &mut state).await {
                Ok(count) => break stored += count,
                Err(error) => {
                    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                    assert!(AGAIN.contains(&&*code), "{error}");
                    again += 1;
                }
            }
        }
    }
    (stored, again)
}

/// Counts how often a session that waits for a lock was seen, until it is told to stop.
struct Watch {
    stop: Arc<AtomicBool>,
    watching: JoinHandle<Waits>,
}

/// What a watcher saw.
#[derive(Clone, Copy, Debug, Default)]
struct Waits {
    /// How often it looked.
    looks: u32,
    /// Sessions that waited for a table or an advisory lock, and for another transaction; once per look.
    for_tables: i64,
    for_rows: i64,
    /// The most sessions that waited at once.
    at_once: i64,
}

impl Watch {
    async fn start(database: &Database) -> Self {
        let mut connection = connect(database).await;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let watching = tokio::spawn(async move {
            let mut waits = Waits::default();
            while !stopped.load(Ordering::Relaxed) {
                let (tables, rows): (i64, i64) = sqlx::query_as(
                    "SELECT count(*) FILTER (WHERE wait_event IN ('relation', 'advisory')),
                       count(*) FILTER (WHERE wait_event IN ('transactionid', 'tuple', 'spectoken'))
                     FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event_type = 'Lock'",
                )
                .fetch_one(&mut connection)
                .await
                .expect("the activity is read");
                waits.looks += 1;
                waits.for_tables += tables;
                waits.for_rows += rows;
                waits.at_once = waits.at_once.max(tables + rows);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            waits
        });
        Self { stop, watching }
    }

    async fn stop(self) -> Waits {
        self.stop.store(true, Ordering::Relaxed);
        self.watching.await.expect("the watcher goes on")
    }
}

/// Runs a statement in a transaction and counts the rows of the rollup that this transaction wrote.
async fn rows_written(pool: &PgPool, statement: &str) -> u64 {
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction.execute(AssertSqlSafe(statement.to_string())).await.expect("the statement is taken");
    let sql = "SELECT count(*) FROM core_user_events_rollup
               WHERE xmin = pg_current_xact_id()::xid";
    let written: i64 = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await.expect("the count");
    transaction.commit().await.expect("the transaction commits");
    written.try_into().expect("a count")
}
