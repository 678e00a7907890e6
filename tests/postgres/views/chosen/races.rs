//! Single events of the same rows by several writers at once.

use super::{books, bought, differences, forms, insert, of, shelves};
use crate::concurrency::somebody_waits;
use es_rollup_test_server::needs_several_connections;
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use tokio::task::JoinSet;

const WRITERS: usize = 8;
const APPENDS: usize = 25;

/// Whether another writer was faster.
fn is_slower(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
    ["23505", "40001", "40P01", "RU001", "RU002"].contains(&&*code)
}

/// An event that fits the books that are there: three of them come and go, and are lent in between.
fn next(books: &[String], step: usize) -> Value {
    let book = ["b", "c", "d"][step % 3];
    let is_there = books.iter().any(|row| row.starts_with(book));
    match (is_there, step % 5) {
        (false, 0 | 1) => bought(book),
        (false, _) | (true, 1) => of("found", book),
        (true, 0) => of("sold", book),
        (true, 2) => of("missed", book),
        (true, _) => of("lent", book),
    }
}

/// Appends until it is the writer's turn so often; how often another one was faster.
async fn append(mut connection: PgConnection, isolation: &str, writer: usize) -> u32 {
    let begin = format!("BEGIN ISOLATION LEVEL {isolation}");
    let mut slower = 0;
    for step in 0..APPENDS {
        loop {
            connection.execute(AssertSqlSafe(begin.clone())).await.expect("it begins");
            let last = "SELECT max(sequence) FROM shelf_events WHERE id = 1";
            let last: i32 =
                sqlx::query_scalar(last).fetch_one(&mut connection).await.expect("there are events");
            let event = next(&books(&mut connection).await, step * WRITERS + writer);
            let taken = insert(&mut connection, last + 1, event).await;
            let taken = match taken {
                Ok(()) => connection.execute("COMMIT").await.map(drop),
                refused => refused,
            };
            match taken {
                Ok(()) => break,
                Err(error) => {
                    assert!(is_slower(&error), "{error}");
                    slower += 1;
                    connection.execute("ROLLBACK").await.expect("it ends");
                }
            }
        }
    }
    slower
}

async fn append_at_once(isolation: &'static str) {
    needs_several_connections!();
    for migration in forms() {
        let database = shelves(migration).await;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let connection = PgConnection::connect(database.url()).await.expect("a connection");
            writers.spawn(append(connection, isolation, writer));
        }
        let slower: u32 = writers.join_all().await.into_iter().sum();
        assert!(slower > 0, "no two writers met");
        let mut connection = database.pool().acquire().await.expect("a connection");
        let events: i64 = sqlx::query_scalar("SELECT count(*) FROM shelf_events")
            .fetch_one(&mut *connection)
            .await
            .expect("the events are counted");
        assert_eq!(usize::try_from(events).expect("not that many"), 2 + WRITERS * APPENDS);
        assert_eq!(differences(&mut connection).await, 0);
        drop(connection);
        database.close().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_of_the_same_rows_come_out_right_under_read_committed() {
    append_at_once("READ COMMITTED").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_of_the_same_rows_come_out_right_under_repeatable_read() {
    append_at_once("REPEATABLE READ").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_writers_of_the_same_rows_come_out_right_under_serializable() {
    append_at_once("SERIALIZABLE").await;
}

/// Applications lock the row that they decide on.
#[tokio::test]
async fn an_event_waits_for_whoever_has_locked_the_row_of_its_entity() {
    needs_several_connections!();
    for migration in forms() {
        for end in ["COMMIT", "ROLLBACK"] {
            let database = shelves(migration).await;
            let mut holder = PgConnection::connect(database.url()).await.expect("a connection");
            holder
                .execute("BEGIN; SELECT FROM shelf_events_rollup WHERE id = 1 FOR UPDATE")
                .await
                .expect("it is locked");
            let url = database.url().to_owned();
            let writer = tokio::spawn(async move {
                let mut connection = PgConnection::connect(&url).await.expect("a connection");
                insert(&mut connection, 3, of("lent", "a")).await.expect("a good event");
                connection.close().await.expect("it closes");
            });
            let mut watcher = PgConnection::connect(database.url()).await.expect("a connection");
            somebody_waits(&mut watcher).await;
            watcher.close().await.expect("it closes");
            assert_eq!(books(&mut holder).await, ["a v2 T 0"]);
            holder.execute(end).await.expect("it ends");
            writer.await.expect("the event is taken");
            assert_eq!(books(&mut holder).await, ["a v3 T 1"]);
            assert_eq!(differences(&mut holder).await, 0);
            holder.close().await.expect("it closes");
            database.close().await;
        }
    }
}
