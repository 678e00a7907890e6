//! Many writers at the same time, and writers during a catch-up.

mod installs;
mod rebuilds;

use crate::fixtures::{LedgerEvent, UserEvent};
use crate::models::mutations::asked_for;
use crate::support::migration;
use crate::support::{
    Row, event_table, insert, installed, refusal, role, row, rows_are_folds, run, user, uuid,
};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::json;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;
use tokio::task::{JoinHandle, JoinSet};

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

async fn writers_meet(isolation: &'static str) {
    let database = installed::<UserEvent>("uuid").await;
    let pool = pool(&database).await;
    let mut writers = JoinSet::new();
    for seed in 0..WRITERS {
        writers.spawn(write(pool.clone(), isolation, seed.into()));
    }
    let (mut stored, mut again) = (0, 0);
    for (events, tries) in writers.join_all().await {
        stored += events;
        again += tries;
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM core_user_events")
        .fetch_one(&pool)
        .await
        .expect("the count");
    assert_eq!(usize::try_from(count).expect("a count"), stored, "what was committed is there");
    assert!(again > 0, "nobody met anybody: this test tells nothing");
    println!("{isolation}: {stored} events, {again} tries again");
    assert_eq!(rows_are_folds::<UserEvent>(&pool).await, HOT as usize);
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn writers_of_the_same_entities_come_out_right_under_read_committed() {
    needs_several_connections!();
    writers_meet("READ COMMITTED").await;
}

#[tokio::test]
async fn writers_of_the_same_entities_come_out_right_under_repeatable_read() {
    needs_several_connections!();
    writers_meet("REPEATABLE READ").await;
}

#[tokio::test]
async fn writers_of_the_same_entities_come_out_right_under_serializable() {
    needs_several_connections!();
    writers_meet("SERIALIZABLE").await;
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

/// Stores events that the trigger does not see: of hot entities the next ones, of others the first ones as well.
async fn fall_behind(pool: &PgPool) {
    let mut missed = Vec::new();
    for number in 0..HOT + 40 {
        missed.extend(
            next(&mut pool.acquire().await.expect("a connection"), &[number], 3).await.expect("read"),
        );
    }
    pool.execute("ALTER TABLE core_user_events DISABLE TRIGGER core_user_events_rollup").await.expect("off");
    insert::<UserEvent>(pool, missed).await.expect("events are stored");
    pool.execute("ALTER TABLE core_user_events ENABLE TRIGGER core_user_events_rollup").await.expect("on");
}

/// Entities that are behind are folded by writers, by `catch_up` and by the migration, all at the same time.
#[tokio::test]
async fn writers_come_out_right_beside_catching_up_and_the_migration() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let pool = pool(&database).await;
    let (mut caught_up, mut migrated) = (0, 0);
    let mut again = 0;
    let watch = Watch::start(&database).await;
    for round in 0..3 {
        fall_behind(&pool).await;
        let mut tasks = JoinSet::new();
        let writing = Arc::new(AtomicU32::new(4));
        for seed in 0..4 {
            let (pool, writing) = (pool.clone(), Arc::clone(&writing));
            tasks.spawn(async move {
                let (_, again) = write(pool, "READ COMMITTED", round * 10 + seed).await;
                writing.fetch_sub(1, Ordering::Relaxed);
                (0, 0, again)
            });
        }
        for step in [1, 3] {
            let (pool, writing) = (pool.clone(), Arc::clone(&writing));
            tasks.spawn(async move {
                let mut beside_writers = 0;
                for number in 0..HOT + 40 {
                    let id = uuid((number * step) % (HOT + 40));
                    let call = format!("SELECT core_user_events_rollup_catch_up('{id}')");
                    let written = rows_written(&pool, &call).await;
                    if writing.load(Ordering::Relaxed) > 0 {
                        beside_writers += written;
                    }
                }
                (beside_writers, 0, 0)
            });
        }
        tasks.spawn({
            let pool = pool.clone();
            async move {
                let mut written = 0;
                for _ in 0..3 {
                    written += rows_written(&pool, migration::<UserEvent>()).await;
                }
                (0, written, 0)
            }
        });
        for (by_catch_up, by_migration, tries) in tasks.join_all().await {
            caught_up += by_catch_up;
            migrated += by_migration;
            again += tries;
        }
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, (HOT + 40) as usize);
    }
    let waits = watch.stop().await;
    println!("caught up {caught_up}, by the migration {migrated}, tries again {again}, {waits:?}");
    assert!(caught_up > 0, "catch_up folded nothing beside writers: this test tells nothing");
    assert!(again > 0 || waits.for_rows > 0, "no writer met another: this test tells nothing");
    assert!(waits.for_tables > 0, "the migration met no writer: this test tells nothing");
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn of_two_writers_of_the_same_next_event_one_wins() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut one, mut other, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut watch, user(uuid(1), 1..=1)).await.expect("good events are taken");
    let rival = |number| row(uuid(1), number, json!({"type": "role_granted", "role": role(99)}));

    // The first one commits: the other is refused by the event table.
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 2..=2)).await.expect("a good event is taken");
    let waiting = tokio::spawn(async move {
        let outcome = insert::<UserEvent>(&mut other, [rival(2)]).await;
        (other, outcome)
    });
    somebody_waits(&mut watch).await;
    execute(&mut one, "COMMIT").await;
    let (mut other, outcome) = waiting.await.expect("the other writer goes on");
    let error = refusal(outcome);
    assert_eq!((error.code(), error.table()), ("23505", Some("core_user_events")));
    rows_are_folds::<UserEvent>(database.pool()).await;

    // The first one gives up: the other wins.
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 3..=3)).await.expect("a good event is taken");
    let waiting = tokio::spawn(async move { insert::<UserEvent>(&mut other, [rival(3)]).await });
    somebody_waits(&mut watch).await;
    execute(&mut one, "ROLLBACK").await;
    waiting.await.expect("the other writer goes on").expect("the event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    let kept: (i64, bool) =
        sqlx::query_as("SELECT version, role = $1::text::uuid FROM core_user_events_rollup")
            .bind(role(99))
            .fetch_one(&mut watch)
            .await
            .expect("the row");
    assert_eq!(kept, (3, true));
    database.close().await;
}

/// Whoever appends behind an event that is not committed yet waits for it.
#[tokio::test]
async fn a_writer_of_the_event_after_next_waits_for_the_writer_of_the_next() {
    needs_several_connections!();
    for (isolation, end, code) in [
        ("READ COMMITTED", "COMMIT", None),
        ("READ COMMITTED", "ROLLBACK", Some("RU001")),
        ("REPEATABLE READ", "COMMIT", Some("40001")),
        ("SERIALIZABLE", "COMMIT", Some("40001")),
    ] {
        let database = installed::<UserEvent>("uuid").await;
        let [mut one, mut other, mut watch] =
            [connect(&database).await, connect(&database).await, connect(&database).await];
        insert::<UserEvent>(&mut watch, user(uuid(1), 1..=1)).await.expect("good events are taken");
        execute(&mut one, "BEGIN").await;
        insert::<UserEvent>(&mut one, user(uuid(1), 2..=2)).await.expect("a good event is taken");
        let waiting = tokio::spawn(async move {
            execute(&mut other, &format!("BEGIN ISOLATION LEVEL {isolation}")).await;
            insert::<UserEvent>(&mut other, user(uuid(1), 3..=3)).await?;
            other.execute("COMMIT").await
        });
        somebody_waits(&mut watch).await;
        execute(&mut one, end).await;
        let outcome = waiting.await.expect("the other writer goes on");
        match code {
            None => drop(outcome.expect("the event is taken")),
            Some(code) => assert_eq!(refusal(outcome).code(), code, "{isolation} {end}"),
        }
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
        database.close().await;
    }
}

/// An event that nobody can see yet is missing.
#[tokio::test]
async fn a_writer_behind_a_first_event_that_is_not_committed_sees_a_gap() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut one, mut other] = [connect(&database).await, connect(&database).await];
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 1..=1)).await.expect("a good event is taken");
    assert_eq!(refusal(insert::<UserEvent>(&mut other, user(uuid(1), 2..=2)).await).code(), "RU001");
    execute(&mut one, "COMMIT").await;
    insert::<UserEvent>(&mut other, user(uuid(1), 2..=2)).await.expect("a good event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

/// Somebody takes the row away, or sets it back, for it to be folded anew.
#[tokio::test]
async fn a_writer_whose_row_changes_under_its_hands_folds_from_the_log() {
    needs_several_connections!();
    let resets = [
        "DELETE FROM core_user_events_rollup",
        "DELETE FROM core_user_events_rollup; SELECT core_user_events_rollup_catch_up(id) FROM core_user_events GROUP BY id",
        // With a past that was put right.
        "UPDATE core_user_events SET event = event || '{\"role\": \"00000000-0000-0000-0000-000000000099\"}'
           WHERE sequence = 2;
         UPDATE core_user_events_rollup SET version = 1, role = NULL",
        "UPDATE core_user_events SET event = event || '{\"role\": \"00000000-0000-0000-0000-000000000099\"}'
           WHERE sequence = 2;
         DELETE FROM core_user_events_rollup",
    ];
    // A lone event, several of one entity, and several entities: each is written in another way.
    let shapes = [(1, 3), (1, 4), (2, 3)];
    for (reset, (entities, last)) in resets.into_iter().flat_map(|reset| shapes.map(|shape| (reset, shape))) {
        let database = installed::<UserEvent>("uuid").await;
        let [mut resetter, mut writer, mut watch] =
            [connect(&database).await, connect(&database).await, connect(&database).await];
        let stored: Vec<_> = (1..=entities).flat_map(|number| user(uuid(number), 1..=2)).collect();
        insert::<UserEvent>(&mut watch, stored).await.expect("good events are taken");
        execute(&mut resetter, "BEGIN").await;
        execute(&mut resetter, reset).await;
        let reset_password = json!({"type": "password_reset_requested"});
        let rows: Vec<_> = (1..=entities)
            .flat_map(|number| (3..=last).map(move |sequence| (number, sequence)))
            .map(|(number, sequence)| row(uuid(number), sequence, reset_password.clone()))
            .collect();
        let writing = tokio::spawn(async move { insert::<UserEvent>(&mut writer, rows).await });
        somebody_waits(&mut watch).await;
        execute(&mut resetter, "COMMIT").await;
        writing.await.expect("the writer goes on").expect("the events are taken");
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, entities as usize);
        database.close().await;
    }
}

/// The log ends the stream, and meanwhile somebody else writes the row as it was before: that row is to go, and its
/// last event is not one after the end.
#[tokio::test]
async fn a_writer_of_the_event_that_ends_is_right_beside_somebody_who_catches_up() {
    needs_several_connections!();
    let database = Database::create().await;
    let [mut one, mut other, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    execute(&mut watch, &event_table("ledger_events", "uuid")).await;
    let insert = |sequence: i32, event: &str| {
        format!(
            "INSERT INTO ledger_events (id, sequence, event_type, event, recorded_at)
             VALUES ('{}', {sequence}, '-', '{event}', now())",
            uuid(1)
        )
    };
    run(database.pool(), LedgerEvent::MIGRATION_SQL).await.expect("the migration is applied");
    execute(&mut watch, "ALTER TABLE ledger_events DISABLE TRIGGER USER").await;
    execute(&mut watch, &insert(1, r#"{"type": "opened", "amount": 5, "owners": ["ada"]}"#)).await;
    execute(&mut watch, "ALTER TABLE ledger_events ENABLE TRIGGER USER").await;
    execute(&mut one, "BEGIN").await;
    execute(&mut one, &format!("SELECT ledger_events_rollup_catch_up('{}')", uuid(1))).await;
    let ends = insert(2, r#"{"type": "erased"}"#);
    let writing = tokio::spawn(async move { other.execute(AssertSqlSafe(ends)).await.map(drop) });
    somebody_waits(&mut watch).await;
    execute(&mut one, "COMMIT").await;
    writing.await.expect("the writer goes on").expect("the event is taken");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events_rollup")
        .fetch_one(&mut watch)
        .await
        .expect("the count");
    assert_eq!(rows, 0);
    database.close().await;
}
