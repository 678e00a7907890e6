//! Sequences that only increase: each is above those before it in its stream, with gaps of any size, as positions in a
//! table of several streams have.

use crate::concurrency::somebody_waits;
use crate::relation::{MODELS, append, deposited, folded, opened, rows};
use crate::replication::as_worker;
use crate::security::{acting, execute, forget, with_role};
use crate::support::{event_table, refusal, run, uuid};
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Order};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::{Value, json};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgExecutor, PgPool};
use tokio::task::JoinSet;

/// A database with a ledger whose sequences increase.
async fn ledger((table, model): (&str, &str)) -> Database {
    let database = Database::create().await;
    run(database.pool(), &event_table(table, "uuid")).await.expect("the event table is made");
    run(database.pool(), &migration(model)).await.expect("the migration is applied");
    database
}

/// The migration of the model if its sequences increase. Without checks, so that an event alone takes the short way.
fn migration(model: &str) -> String {
    let mut model = Model::read(model).expect("the model of an enum is read");
    model.root.constraints.clear();
    model.store.order = Order::Increasing;
    emit::text(&model, emit::migration(&model))
}

/// Events of one entity: the one with sequence 10 opens, and the others deposit.
fn stream(id: u32, sequences: impl IntoIterator<Item = i32>) -> Vec<(u32, i32, Value)> {
    let event = |sequence| if sequence == 10 { opened() } else { deposited() };
    sequences.into_iter().map(|sequence| (id, sequence, event(sequence))).collect()
}

/// An event that takes the short way if it is alone.
fn withdrawn(id: u32, sequence: i32) -> Vec<(u32, i32, Value)> {
    vec![(id, sequence, json!({"type": "withdrawn", "amount": 2}))]
}

/// What the row is of an entity with so many events, up to a sequence.
fn row(version: i64, events: i64) -> (i64, i64) {
    (version, folded(&[events])[0].1)
}

fn is_overtaken<T>(outcome: sqlx::Result<T>, sequence: i32, version: i64) {
    let error = refusal(outcome);
    assert_eq!(error.code(), "RU002", "{error}");
    assert!(error.message().starts_with(&format!("event {sequence} ")), "{error}");
    assert!(error.detail().is_some_and(|detail| detail.contains(&format!("event {version},"))), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("Give it a higher sequence")), "{error:?}");
}

/// Inserts events of which the trigger sees nothing.
async fn unseen(pool: &PgPool, table: &str, rows: &[(u32, i32, Value)]) {
    run(pool, &format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await.expect("the triggers are off");
    append(pool, table, rows).await.expect("nobody looks");
    run(pool, &format!("ALTER TABLE {table} ENABLE TRIGGER USER")).await.expect("the triggers are on");
}

/// How many rows are not the fold of the event table.
async fn drift<'e>(executor: impl PgExecutor<'e>, table: &str) -> i64 {
    let sql = format!("SELECT {table}_rollup_rebuild(NULL)");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(executor).await.expect("the rollup is rebuilt")
}

#[tokio::test]
async fn a_stream_may_begin_anywhere_and_have_gaps() {
    for (table, model) in MODELS {
        let database = ledger((table, model)).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [10])).await.expect("a first event");
        append(pool, table, &stream(1, [35])).await.expect("a lone event");
        append(pool, table, &stream(1, [90, 60, 70])).await.expect("several, in any order");
        append(pool, table, &[stream(2, [10, 11]), stream(1, [95])].concat()).await.expect("two entities");
        assert_eq!(rows(pool, table).await, [row(95, 6), row(11, 2)], "{table}");
        assert_eq!(drift(pool, table).await, 0, "{table}");
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_below_the_last_folded_one_is_refused() {
    for (table, model) in MODELS {
        let database = ledger((table, model)).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [10, 30])).await.expect("good events are taken");
        is_overtaken(append(pool, table, &stream(1, [20])).await, 20, 30);
        is_overtaken(append(pool, table, &stream(1, [29, 40])).await, 29, 30);
        is_overtaken(append(pool, table, &stream(1, [0])).await, 0, 30);
        let stored = refusal(append(pool, table, &stream(1, [30])).await);
        assert_eq!(stored.code(), "23505", "{stored}");
        assert_eq!(rows(pool, table).await, [row(30, 2)], "{table}");
        database.close().await;
    }
}

/// The trigger would have refused it.
#[tokio::test]
async fn an_event_of_the_log_with_a_sequence_below_one_is_refused_when_the_log_is_folded() {
    for (table, model) in MODELS {
        let database = ledger((table, model)).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [10, 30])).await.expect("good events are taken");
        unseen(pool, table, &[(1, 0, opened())]).await;
        let rebuild = format!("SELECT {table}_rollup_rebuild(ARRAY['{}'::uuid])", uuid(1));
        let error = refusal(run(pool, &rebuild).await);
        assert_eq!(error.code(), "RU002", "{table}: {error}");
        assert!(error.message().starts_with("event 0 "), "{table}: {error}");
        assert_eq!(rows(pool, table).await, [row(30, 2)], "{table}");
        database.close().await;
    }
}

#[tokio::test]
async fn events_that_the_trigger_has_not_seen_are_folded_in_their_place() {
    for (table, model) in MODELS {
        let database = ledger((table, model)).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [10])).await.expect("a first event");
        unseen(pool, table, &stream(1, [20])).await;
        append(pool, table, &stream(1, [30])).await.expect("a lone event");
        assert_eq!(rows(pool, table).await, [row(30, 3)], "{table}: before a lone event");
        unseen(pool, table, &stream(1, [50])).await;
        append(pool, table, &stream(1, [40, 60])).await.expect("two events");
        assert_eq!(rows(pool, table).await, [row(60, 6)], "{table}: between two events of a statement");
        unseen(pool, table, &stream(2, [10])).await;
        append(pool, table, &stream(2, [20])).await.expect("the entity was created");
        assert_eq!(rows(pool, table).await, [row(60, 6), row(20, 2)], "{table}: the event that creates");
        database.close().await;
    }
}

/// One writer has an event with a higher sequence, which is not committed yet. The other one waits for it, and is
/// refused if the first one commits: whether it folded a lone event, several ones, or those of several entities.
#[tokio::test]
async fn of_two_writers_the_one_that_was_overtaken_is_refused() {
    needs_several_connections!();
    let statements: [Vec<(u32, i32, Value)>; 5] = [
        withdrawn(1, 20),
        stream(1, [20]),
        stream(1, [20, 21]),
        [stream(1, [20, 21]), stream(2, [20, 21])].concat(),
        // The entity does not exist yet.
        [stream(3, [10])].concat(),
    ];
    for (table, model) in MODELS {
        for rows_of in &statements {
            for commits in [true, false] {
                let database = ledger((table, model)).await;
                let pool = database.pool();
                append(pool, table, &stream(1, [10])).await.expect("a first event");
                append(pool, table, &stream(2, [10])).await.expect("a first event");
                let mut first = PgConnection::connect(database.url()).await.expect("a connection");
                let mut watch = PgConnection::connect(database.url()).await.expect("a connection");
                first.execute("BEGIN").await.expect("begun");
                let (id, lowest, _) = &rows_of[0];
                let ahead = [(*id, 30, if *id == 3 { opened() } else { deposited() })];
                append(&mut first, table, &ahead).await.expect("nobody is ahead of it");
                let (other, slow) = (pool.clone(), rows_of.clone());
                let table_name = table.to_string();
                let slow = tokio::spawn(async move { append(&other, &table_name, &slow).await });
                somebody_waits(&mut watch).await;
                let end = if commits { "COMMIT" } else { "ROLLBACK" };
                first.execute(end).await.expect("ended");
                let outcome = slow.await.expect("the writer is done");
                if commits {
                    is_overtaken(outcome, *lowest, 30);
                } else {
                    outcome.expect("nobody has overtaken it");
                }
                assert_eq!(drift(pool, table).await, 0, "{table}, {rows_of:?}, {end}");
                first.close().await.expect("closed");
                watch.close().await.expect("closed");
                database.close().await;
            }
        }
    }
}

/// What a logical replica's worker does: rows come one by one, in the order in which the publisher wrote them.
#[tokio::test]
async fn a_subscriber_folds_rows_of_one_transaction_in_whatever_order_they_come() {
    let (table, model) = MODELS[1];
    let database = ledger((table, model)).await;
    let pool = database.pool();
    let Some(mut worker) = as_worker(pool, table, &format!("{table}_rollup")).await else { return };
    for (id, sequence) in [(1, 30), (2, 10), (1, 10), (2, 20), (1, 20)] {
        append(&mut *worker, table, &stream(id, [sequence])).await.expect("the row is taken");
    }
    worker.commit().await.expect("the transaction folds");
    assert_eq!(rows(pool, table).await, [row(30, 3), row(20, 2)]);
    assert_eq!(drift(pool, table).await, 0);
    // The publisher should not have taken it.
    let Some(mut worker) = as_worker(pool, table, &format!("{table}_rollup")).await else { return };
    append(&mut *worker, table, &stream(2, [15])).await.expect("the row is taken until the end");
    is_overtaken(worker.commit().await, 15, 20);
    database.close().await;
}

/// A policy that holds for the owner too hides an event that was never folded: those after it are refused, and not
/// folded without it.
#[tokio::test]
async fn an_event_after_one_that_a_policy_hides_is_refused() {
    for (table, model) in MODELS {
        let database = Database::create().await;
        run(database.pool(), &event_table(table, "uuid")).await.expect("the event table is made");
        let own = format!("GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE {table} OWNER TO app");
        with_role(database, &own, move |pool, app| async move {
            let mut owner = acting(&pool, &app).await;
            execute(&mut owner, &migration(model)).await.expect("the owner installs");
            append(&mut *owner, table, &[stream(1, [10]), stream(2, [10])].concat()).await.expect("taken");
            unseen(&pool, table, &stream(1, [20])).await;
            let hide = format!(
                "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
                 CREATE POLICY visible ON {table} USING (sequence <> 20)"
            );
            execute(&mut owner, &hide).await.expect("the policy is made");
            let ways = [
                withdrawn(1, 30),
                stream(1, [30]),
                stream(1, [30, 31]),
                [stream(1, [30]), stream(2, [30])].concat(),
                stream(3, [10, 11]),
            ];
            for way in ways {
                let error = refusal(append(&mut *owner, table, &way).await);
                assert_eq!(error.code(), "42501", "{table}, {way:?}: {error}");
            }
            assert_eq!(rows(&pool, table).await, [row(10, 1), row(10, 1)], "{table}");
            let show = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY");
            execute(&mut owner, &show).await.expect("the owner sees everything");
            append(&mut *owner, table, &stream(1, [30])).await.expect("all events are seen");
            assert_eq!(rows(&pool, table).await, [row(30, 3), row(10, 1)], "{table}");
            forget(owner).await;
        })
        .await;
    }
}

const WRITERS: u32 = 8;
const APPENDS: u32 = 40;
const ENTITIES: u32 = 3;

/// Appends under positions that were taken before the transaction; returns how often that was too early.
async fn write(pool: PgPool, table: &'static str, isolation: &'static str, seed: u32) -> usize {
    let mut connection = pool.acquire().await.expect("a connection");
    let mut overtaken = 0;
    for turn in 0..APPENDS {
        let ids = [(seed + turn) % ENTITIES, (seed + turn + 1) % ENTITIES];
        let ids = if turn % 3 == 0 { &ids[..] } else { &ids[..1] };
        let count = if turn % 2 == 0 { 1 } else { 2 };
        loop {
            let mut events = Vec::new();
            for id in ids {
                for _ in 0..count {
                    let position: i32 = sqlx::query_scalar("SELECT nextval('positions')::integer")
                        .fetch_one(&mut *connection)
                        .await
                        .expect("a position");
                    events.push((*id, position, deposited()));
                }
            }
            let sql = format!("BEGIN ISOLATION LEVEL {isolation}");
            connection.execute(AssertSqlSafe(sql)).await.expect("begun");
            let outcome = append(&mut *connection, table, &events).await;
            let outcome = match outcome {
                Ok(()) => connection.execute("COMMIT").await.map(drop),
                Err(error) => {
                    connection.execute("ROLLBACK").await.expect("rolled back");
                    Err(error)
                }
            };
            let Err(error) = outcome else { break };
            let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
            assert!(["RU002", "40001", "40P01"].contains(&&*code), "{error}");
            overtaken += usize::from(code == "RU002");
        }
    }
    overtaken
}

/// Whatever overtakes whatever, each row is the fold of its events in the order of their positions.
#[tokio::test]
async fn writers_with_positions_of_one_table_come_out_right() {
    needs_several_connections!();
    let ways = [(0, "READ COMMITTED"), (1, "READ COMMITTED"), (0, "REPEATABLE READ"), (1, "SERIALIZABLE")];
    for (form, isolation) in ways {
        let (table, model) = MODELS[form];
        let database = ledger((table, model)).await;
        run(database.pool(), "CREATE SEQUENCE positions START 100").await.expect("a sequence");
        for id in 0..ENTITIES {
            append(database.pool(), table, &stream(id, [10])).await.expect("a first event");
        }
        let options = PgPoolOptions::new().max_connections(WRITERS);
        let pool = options.connect(database.url()).await.expect("a pool of several connections");
        let mut writers = JoinSet::new();
        for seed in 0..WRITERS {
            writers.spawn(write(pool.clone(), table, isolation, seed));
        }
        let overtaken: usize = writers.join_all().await.into_iter().sum();
        println!("{table}, {isolation}: {overtaken} times, a writer was overtaken");
        // At the stricter levels, PostgreSQL itself may refuse the one that comes too late.
        assert!(overtaken > 0 || isolation != "READ COMMITTED", "no writer was overtaken");
        assert_eq!(drift(&pool, table).await, 0, "{table}, {isolation}");
        pool.close().await;
        database.close().await;
    }
}
