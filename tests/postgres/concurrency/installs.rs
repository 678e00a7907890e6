//! Writers during an installation or a revert, and several installations at the same time.

use super::{Watch, connect, execute, pool, somebody_waits};
use crate::fixtures::UserEvent;
use crate::support::{insert, installed, migration, refusal, rows_are_folds, user, uuid, with_events};
use es_rollup::Rollup;
use es_rollup_test_server::needs_several_connections;
use sqlx::Executor;
use tokio::task::JoinSet;

#[tokio::test]
async fn a_writer_waits_for_an_install_and_is_folded() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let [mut installer, mut writer, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut watch, [user(uuid(1), 1..=2), user(uuid(2), 1..=2)].concat())
        .await
        .expect("stored");
    // The writer's statement is prepared before there is a trigger.
    insert::<UserEvent>(&mut writer, user(uuid(1), 3..=3)).await.expect("the event is stored");
    execute(&mut installer, "BEGIN").await;
    execute(&mut installer, UserEvent::MIGRATION_SQL).await;
    let writing = tokio::spawn(async move {
        insert::<UserEvent>(&mut writer, [user(uuid(3), 1..=2), user(uuid(1), 4..=4)].concat()).await
    });
    somebody_waits(&mut watch).await;
    // Readers do not wait.
    let read: i64 = sqlx::query_scalar("SELECT count(*) FROM core_user_events")
        .fetch_one(&mut watch)
        .await
        .expect("read");
    assert_eq!(read, 5);
    execute(&mut installer, "COMMIT").await;
    writing.await.expect("the writer goes on").expect("the events are taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 3);
    database.close().await;
}

#[tokio::test]
async fn a_writer_goes_on_without_a_rollup_when_an_install_is_taken_back() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let [mut installer, mut writer, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    execute(&mut installer, "BEGIN").await;
    execute(&mut installer, UserEvent::MIGRATION_SQL).await;
    let writing = tokio::spawn(async move { insert::<UserEvent>(&mut writer, user(uuid(1), 1..=2)).await });
    somebody_waits(&mut watch).await;
    execute(&mut installer, "ROLLBACK").await;
    writing.await.expect("the writer goes on").expect("the events are stored");
    execute(&mut installer, UserEvent::MIGRATION_SQL).await;
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

#[tokio::test]
async fn an_install_waits_for_a_writer_and_folds_its_events() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let [mut installer, mut writer, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    execute(&mut writer, "BEGIN").await;
    insert::<UserEvent>(&mut writer, user(uuid(1), 1..=2)).await.expect("the events are stored");
    let installing = tokio::spawn(async move { installer.execute(migration::<UserEvent>()).await });
    somebody_waits(&mut watch).await;
    insert::<UserEvent>(&mut writer, user(uuid(1), 3..=3)).await.expect("the event is stored");
    execute(&mut writer, "COMMIT").await;
    installing.await.expect("the installer goes on").expect("the migration is applied");
    insert::<UserEvent>(&mut writer, user(uuid(1), 4..=4)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

/// Its snapshot is older than the row: it may not write it, and has to begin anew.
#[tokio::test]
async fn a_repeatable_read_that_began_before_the_install_has_to_try_again() {
    needs_several_connections!();
    for isolation in ["REPEATABLE READ", "SERIALIZABLE"] {
        let database = with_events::<UserEvent>("uuid").await;
        let [mut installer, mut writer] = [connect(&database).await, connect(&database).await];
        insert::<UserEvent>(&mut installer, user(uuid(1), 1..=2)).await.expect("the events are stored");
        execute(
            &mut writer,
            &format!("BEGIN ISOLATION LEVEL {isolation}; SELECT count(*) FROM core_user_events"),
        )
        .await;
        execute(&mut writer, "SAVEPOINT before").await;
        // The reader's lock does not hold the installer up.
        execute(&mut installer, UserEvent::MIGRATION_SQL).await;
        let error = refusal(insert::<UserEvent>(&mut writer, user(uuid(1), 3..=3)).await);
        assert_eq!(error.code(), "40001", "{error}");
        execute(&mut writer, "ROLLBACK").await;
        insert::<UserEvent>(&mut writer, user(uuid(1), 3..=3)).await.expect("the event is taken");
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
        database.close().await;
    }
}

/// As where several processes of an application start and each migrates.
#[tokio::test]
async fn migrations_at_the_same_time_leave_one_rollup() {
    needs_several_connections!();
    for installed_before in [false, true] {
        let database = with_events::<UserEvent>("uuid").await;
        let pool = pool(&database).await;
        insert::<UserEvent>(&pool, [user(uuid(1), 1..=3), user(uuid(2), 1..=3)].concat())
            .await
            .expect("stored");
        if installed_before {
            pool.execute(migration::<UserEvent>()).await.expect("the migration is applied");
        }
        let watch = Watch::start(&database).await;
        let mut tasks = JoinSet::new();
        for _ in 0..4 {
            let pool = pool.clone();
            tasks.spawn(async move { pool.execute(migration::<UserEvent>()).await.map(drop) });
        }
        for outcome in tasks.join_all().await {
            outcome.expect("each of them is applied");
        }
        let waits = watch.stop().await;
        println!("installed before: {installed_before}, {waits:?}");
        assert!(waits.for_tables > 0, "no migration waited for another: this test tells nothing");
        insert::<UserEvent>(&pool, user(uuid(1), 4..=4)).await.expect("the next event is taken");
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 2);
        pool.close().await;
        database.close().await;
    }
}

/// A session keeps plans of functions that are gone.
#[tokio::test]
async fn a_session_that_is_open_meanwhile_goes_on_after_a_revert_and_another_install() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut migrating, mut writer] = [connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut writer, user(uuid(1), 1..=2)).await.expect("good events are taken");
    execute(&mut migrating, UserEvent::REVERT_SQL).await;
    insert::<UserEvent>(&mut writer, user(uuid(1), 3..=3)).await.expect("the event is stored");
    execute(&mut migrating, UserEvent::MIGRATION_SQL).await;
    insert::<UserEvent>(&mut writer, [user(uuid(1), 4..=5), user(uuid(2), 1..=2)].concat())
        .await
        .expect("taken");
    execute(&mut migrating, UserEvent::MIGRATION_SQL).await;
    insert::<UserEvent>(&mut writer, user(uuid(2), 3..=3)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 2);
    database.close().await;
}
