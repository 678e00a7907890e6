//! Writers during a rebuild.

use super::{HOT, WRITERS, connect, execute, pool, random, somebody_waits, waiting_are, write};
use crate::fixtures::UserEvent;
use crate::support::{insert, installed, refusal, rows_are_folds, user, uuid};
use es_rollup_test_server::needs_several_connections;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Executor};
use tokio::task::JoinSet;

/// Rows are spoilt and folded again from nothing, while others append to them.
#[tokio::test]
async fn writers_come_out_right_during_rebuilds() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let pool = pool(&database).await;
    for number in 0..HOT + 20 {
        insert::<UserEvent>(&pool, user(uuid(number), 1..=2)).await.expect("good events are taken");
    }
    let mut writers = JoinSet::new();
    for seed in 0..WRITERS {
        writers.spawn(write(pool.clone(), "READ COMMITTED", 100 + u64::from(seed)));
    }
    let stored = "SELECT count(*) FROM core_user_events";
    // In one snapshot, no row is behind or ahead of its events.
    let astray = "SELECT count(*) FROM core_user_events_rollup AS r
                  WHERE r.version <> (SELECT max(e.sequence) FROM core_user_events AS e WHERE e.id = r.id)";
    let (mut met, mut state) = (0, 7);
    while !writers.is_empty() {
        let mut connection = pool.acquire().await.expect("a connection");
        let spoilt = uuid(random(&mut state, HOT + 20));
        let ids = if random(&mut state, 2) == 0 {
            "NULL".to_string()
        } else {
            format!("ARRAY['{spoilt}', '{}']::uuid[]", uuid(random(&mut state, HOT)))
        };
        let missing = random(&mut state, 4) == 0;
        let spoil = if missing {
            format!("DELETE FROM core_user_events_rollup WHERE id = '{spoilt}'")
        } else {
            format!("UPDATE core_user_events_rollup SET email = 'spoilt' WHERE id = '{spoilt}'")
        };
        connection.execute(AssertSqlSafe(spoil)).await.expect("a row is spoilt");
        let before: i64 = sqlx::query_scalar(stored).fetch_one(&mut *connection).await.expect("a number");
        let rebuild = format!("SELECT core_user_events_rollup_rebuild({ids})");
        let changed: i64 = loop {
            match sqlx::query_scalar(AssertSqlSafe(rebuild.clone())).fetch_one(&mut *connection).await {
                Ok(changed) => break changed,
                Err(error) => {
                    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                    assert_eq!(code, "40P01", "{error}");
                }
            }
        };
        let after: i64 = sqlx::query_scalar(stored).fetch_one(&mut *connection).await.expect("a number");
        let wrong: i64 = sqlx::query_scalar(astray).fetch_one(&mut *connection).await.expect("a number");
        assert_eq!(wrong, 0);
        met += u32::from(changed > 0 && after > before);
        while let Some(writer) = writers.try_join_next() {
            writer.expect("the writer is done");
        }
    }
    println!("{met} times, rows were folded again while others appended");
    assert!(met > 0, "nobody appended while rows were folded again");
    assert_eq!(rows_are_folds::<UserEvent>(&pool).await, (HOT + 20) as usize);
    pool.close().await;
    database.close().await;
}

/// A writer that has read a row before it is rebuilt must not write it back as it was.
#[tokio::test]
async fn a_writer_during_a_rebuild_does_not_write_back_what_was_wrong() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut holder, mut writer, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut watch, user(uuid(1), 1..=1)).await.expect("good events are taken");
    execute(&mut watch, "UPDATE core_user_events_rollup SET email = 'spoilt'").await;
    // Both wait for the row, the one that rebuilds first.
    execute(&mut holder, "BEGIN").await;
    execute(&mut holder, "SELECT FROM core_user_events_rollup FOR UPDATE").await;
    let pool = database.pool().clone();
    let rebuilding =
        tokio::spawn(async move { pool.execute("SELECT core_user_events_rollup_rebuild(NULL)").await });
    waiting_are(&mut watch, 1).await;
    // Two events, so that the row is read before it is written.
    let writing = tokio::spawn(async move { insert::<UserEvent>(&mut writer, user(uuid(1), 2..=3)).await });
    waiting_are(&mut watch, 2).await;
    execute(&mut holder, "COMMIT").await;
    rebuilding.await.expect("the rebuild goes on").expect("the row is mended");
    writing.await.expect("the writer goes on").expect("good events are taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

/// A snapshot from before must not decide about a row that has moved on.
#[tokio::test]
async fn a_rebuild_with_an_older_snapshot_changes_nothing_or_has_to_try_again() {
    needs_several_connections!();
    for isolation in ["REPEATABLE READ", "SERIALIZABLE"] {
        for (spoil, code) in [(true, Some("40001")), (false, None)] {
            let database = installed::<UserEvent>("uuid").await;
            let [mut rebuilder, mut writer] = [connect(&database).await, connect(&database).await];
            insert::<UserEvent>(&mut writer, user(uuid(1), 1..=1)).await.expect("good events are taken");
            if spoil {
                execute(&mut writer, "UPDATE core_user_events_rollup SET email = 'spoilt'").await;
            }
            execute(&mut rebuilder, &format!("BEGIN ISOLATION LEVEL {isolation}")).await;
            execute(&mut rebuilder, "SELECT FROM core_user_events").await;
            insert::<UserEvent>(&mut writer, user(uuid(1), 2..=3)).await.expect("good events are taken");
            let rebuilt = rebuilder.execute("SELECT core_user_events_rollup_rebuild(NULL)").await;
            match code {
                Some(code) => assert_eq!(refusal(rebuilt).code(), code, "{isolation}"),
                None => drop(rebuilt.expect("nothing differs")),
            }
            execute(&mut rebuilder, "COMMIT").await;
            execute(&mut rebuilder, "SELECT core_user_events_rollup_rebuild(NULL)").await;
            assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
            database.close().await;
        }
    }
}

/// A rebuild waits for a writer, and folds what the writer has appended.
#[tokio::test]
async fn a_row_is_rebuilt_with_the_events_of_the_writer_that_held_it() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut one, mut watch] = [connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut watch, user(uuid(1), 1..=1)).await.expect("good events are taken");
    let (mut met, ids) = (0, format!("ARRAY['{}']::uuid[]", uuid(1)));
    for (next, ids) in [(2, "NULL"), (3, &ids)] {
        execute(&mut one, "UPDATE core_user_events_rollup SET email = 'spoilt'").await;
        execute(&mut one, "BEGIN").await;
        insert::<UserEvent>(&mut one, user(uuid(1), next..=next)).await.expect("a good event is taken");
        let (pool, sql) = (database.pool().clone(), format!("SELECT core_user_events_rollup_rebuild({ids})"));
        let waiting =
            tokio::spawn(
                async move { sqlx::query_scalar::<_, i64>(AssertSqlSafe(sql)).fetch_one(&pool).await },
            );
        somebody_waits(&mut watch).await;
        met += 1;
        execute(&mut one, "COMMIT").await;
        assert_eq!(waiting.await.expect("it goes on").expect("and is done"), 1);
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    }
    assert_eq!(met, 2);
    database.close().await;
}
