//! Many writers of the same carts: whoever folds an entity's events into the views does so alone, and once.

use super::cart::{self, added, created, ended, noted, put, removed};
use super::{EVENTS, run};
use es_rollup_core::emit;
use es_rollup_core::model::{Table, Trigger, View};
use es_rollup_test_server::Database;
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::sync::Arc;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const WRITERS: usize = 8;

/// What a writer meets that was slower than another: a sequence that is taken, a gap, a serialization failure, a deadlock.
const AGAIN: [&str; 5] = ["23505", "RU001", "RU002", "40001", "40P01"];

/// A database with carts, their items, and the history of the carts.
async fn carts(trigger: Trigger) -> (Database, PgPool) {
    let database = Database::create().await;
    let options = PgPoolOptions::new().max_connections(u32::try_from(WRITERS).expect("few") + 1);
    let pool = options.connect(database.url()).await.expect("connections");
    let mut model = cart::model(trigger);
    model.history = Some(View::history(&model.root, Table::parse("carts_history")));
    run(&pool, EVENTS).await.expect("the event table is made");
    run(&pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
    (database, pool)
}

async fn scalar(connection: &mut PgConnection, sql: String) -> sqlx::Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await
}

pub(crate) async fn insert(connection: &mut PgConnection, events: &[(i64, i32, Value)]) -> sqlx::Result<()> {
    let (mut ids, mut sequences, mut payloads) = (Vec::new(), Vec::new(), Vec::new());
    for (id, sequence, payload) in events {
        ids.push(*id);
        sequences.push(*sequence);
        payloads.push(payload.clone());
    }
    sqlx::query(
        "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
         SELECT id, sequence, event ->> 'type', event, '2026-01-01 00:00:00Z'
         FROM unnest($1::bigint[], $2::integer[], $3::jsonb[]) AS given (id, sequence, event)",
    )
    .bind(ids)
    .bind(sequences)
    .bind(payloads)
    .execute(connection)
    .await
    .map(drop)
}

fn is_slower(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
    AGAIN.contains(&&*code)
}

/// Rows of all tables that differ from a fold from nothing.
async fn differences(pool: &PgPool) -> i64 {
    let mut connection = pool.acquire().await.expect("a connection");
    scalar(&mut connection, "SELECT carts_rebuild(NULL)".into()).await.expect("every stream folds")
}

/// Writers that catch up, and writers that append, begin at once with a stream that was never folded.
async fn never_folded(trigger: Trigger) {
    const ROUNDS: i64 = 25;
    let (database, pool) = carts(trigger).await;
    let mut at_once = 0;
    for cart in 0..ROUNDS {
        let mut unseen = vec![(cart, 1, created()), (cart, 2, added("a", 1))];
        unseen.extend((3..40).map(|sequence| (cart, sequence, noted("a"))));
        let mut connection = pool.acquire().await.expect("a connection");
        run(&pool, "ALTER TABLE cart_events DISABLE TRIGGER USER").await.expect("disabled");
        insert(&mut connection, &unseen).await.expect("inserted unseen");
        run(&pool, "ALTER TABLE cart_events ENABLE TRIGGER USER").await.expect("enabled");
        drop(connection);
        let begin = Arc::new(Barrier::new(WRITERS));
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let (pool, begin) = (pool.clone(), begin.clone());
            writers.spawn(async move {
                let mut connection = pool.acquire().await.expect("a connection");
                begin.wait().await;
                // Whether the row was not there yet when this writer came.
                let first = scalar(&mut connection, format!("SELECT count(*) FROM carts WHERE id = {cart}"));
                let first = first.await.expect("counted") == 0;
                let catches_up = writer % 2 == 0;
                loop {
                    let done = if catches_up {
                        scalar(&mut connection, format!("SELECT carts_catch_up({cart})")).await.map(drop)
                    } else {
                        let last = format!("SELECT max(sequence)::bigint FROM cart_events WHERE id = {cart}");
                        let last = scalar(&mut connection, last).await.expect("events");
                        let next = i32::try_from(last).expect("a short stream") + 1;
                        insert(&mut connection, &[(cart, next, noted("a"))]).await
                    };
                    match done {
                        Ok(()) => return first,
                        Err(error) => assert!(is_slower(&error), "{error}"),
                    }
                }
            });
        }
        let first = writers.join_all().await.into_iter().filter(|first| *first).count();
        at_once += usize::from(first > 1);
    }
    assert!(at_once > 0, "no two writers found the stream without a row");
    let notes = "SELECT sum(notes)::bigint FROM carts_items";
    let mut connection = pool.acquire().await.expect("a connection");
    let appended = i64::try_from(WRITERS / 2).expect("few");
    assert_eq!(scalar(&mut connection, notes.into()).await.expect("items"), ROUNDS * (37 + appended));
    drop(connection);
    assert_eq!(differences(&pool).await, 0);
    pool.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_never_folded_is_folded_once_by_many() {
    never_folded(Trigger::Statement).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_that_was_never_folded_is_folded_once_by_many_in_the_row_form() {
    never_folded(Trigger::Row).await;
}

/// Some next events of a cart, the later ones first.
fn next(cart: i64, last: i64, step: u64) -> Vec<(i64, i32, Value)> {
    let first = i32::try_from(last).expect("a short stream") + 1;
    let item = ["a", "b", "c"][usize::try_from(step % 3).expect("small")];
    let more = match step % 5 {
        0 => vec![put(item, 7), noted(item), removed(item), put(item, 8)],
        1 => vec![put(item, 1), noted(item)],
        2 if last > 15 => vec![put(item, 2), ended()],
        2 | 3 => vec![removed(item)],
        _ => vec![put(item, 3), noted(item), noted(item)],
    };
    let begun = if last == 0 { vec![created()] } else { Vec::new() };
    let mut events: Vec<(i64, i32, Value)> = (first..)
        .zip(begun.into_iter().chain(more))
        .map(|(sequence, event)| (cart, sequence, event))
        .collect();
    events.reverse();
    events
}

/// Writers append to a few carts at once, several events a statement and sometimes two carts, and end some of them.
async fn append_at_once(trigger: Trigger, isolation: &'static str) {
    const APPENDS: u64 = 15;
    let (database, pool) = carts(trigger).await;
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let pool = pool.clone();
        writers.spawn(async move {
            let mut connection = pool.acquire().await.expect("a connection");
            let setting = format!("SET default_transaction_isolation = '{isolation}'");
            sqlx::query(AssertSqlSafe(setting)).execute(&mut *connection).await.expect("set");
            let mut slower = 0;
            for step in 0..APPENDS {
                let step = step + u64::try_from(writer).expect("few") * 7;
                // Another cart once the one before has ended.
                let mut cart = i64::try_from(step % 4).expect("small");
                loop {
                    let last = "SELECT coalesce(max(sequence), 0)::bigint FROM cart_events WHERE id =";
                    let last = match scalar(&mut connection, format!("{last} {cart}")).await {
                        Ok(last) => last,
                        Err(error) if is_slower(&error) => continue,
                        Err(error) => panic!("{error}"),
                    };
                    let mut events = next(cart, last, step);
                    if step % 6 == 0 {
                        let other = 1_000
                            + i64::try_from(writer).expect("few") * 1_000
                            + i64::try_from(step).expect("few");
                        events.extend(next(other, 0, step));
                    }
                    match insert(&mut connection, &events).await {
                        Ok(()) => break,
                        Err(error) => {
                            let code =
                                error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                            if code == "RU011" {
                                cart += 4;
                            } else {
                                assert!(is_slower(&error), "{error}");
                                slower += 1;
                            }
                        }
                    }
                }
            }
            slower
        });
    }
    let slower: u32 = writers.join_all().await.into_iter().sum();
    assert!(slower > 0, "no two writers met");
    let mut connection = pool.acquire().await.expect("a connection");
    let ended = "SELECT count(*) FROM cart_events WHERE event_type = 'ended'";
    assert!(scalar(&mut connection, ended.into()).await.expect("counted") > 0, "no cart was ended");
    drop(connection);
    assert_eq!(differences(&pool).await, 0);
    pool.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_the_same_carts_come_out_right_under_read_committed() {
    append_at_once(Trigger::Statement, "read committed").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_the_same_carts_come_out_right_under_repeatable_read() {
    append_at_once(Trigger::Statement, "repeatable read").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_of_the_same_carts_come_out_right_under_serializable_in_the_row_form() {
    append_at_once(Trigger::Row, "serializable").await;
}
