//! Many writers of the same entities, alone and during a catch-up.

use super::{HOT, WRITERS, Watch, next, pool, rows_written, write};
use crate::fixtures::UserEvent;
use crate::support::{insert, installed, migration, rows_are_folds, uuid};
use es_rollup_test_server::needs_several_connections;
use sqlx::{Executor, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::task::JoinSet;

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
