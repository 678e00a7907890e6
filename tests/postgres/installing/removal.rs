//! How an installation is taken back.

use crate::fixtures::{AccountEvent, UserEvent};
use crate::support::{catalog, everything, insert, installed, refusal, run, user, uuid, with_events};
use es_rollup::Rollup;
use es_rollup_test_server::Database;

#[tokio::test]
async fn reverting_leaves_nothing_but_the_events() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    for _ in 0..2 {
        insert::<UserEvent>(pool, [user(uuid(1), 1..=3), user(uuid(2), 1..=1)].concat())
            .await
            .expect("stored");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        insert::<UserEvent>(pool, user(uuid(1), 4..=4)).await.expect("the next event is taken");
        let (events, _) = everything::<UserEvent>(pool).await;
        run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        assert_eq!(catalog(pool).await, before);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM core_user_events")
            .fetch_one(pool)
            .await
            .expect("the events");
        assert_eq!(kept, 5);
        assert_eq!(events.as_array().map(Vec::len), Some(5));
        // Anything can be stored now.
        insert::<UserEvent>(pool, user(uuid(3), 7..=7)).await.expect("the event is stored");
        run(pool, "DELETE FROM core_user_events").await.expect("gone");
    }
    database.close().await;
}

#[tokio::test]
async fn reverting_in_another_schema_leaves_nothing() {
    let database = with_events::<AccountEvent>("text").await;
    let before = catalog(database.pool()).await;
    run(database.pool(), AccountEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let of_public: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
              + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)",
    )
    .fetch_one(database.pool())
    .await
    .expect("the catalog is read");
    assert_eq!(of_public, 0, "everything stands beside the rollup");
    run(database.pool(), AccountEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(database.pool()).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_twice_is_harmless() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    let before = catalog(pool).await;
    run(pool, UserEvent::REVERT_SQL).await.expect("there is nothing to revert");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_what_was_never_installed_is_harmless() {
    let database = Database::create().await;
    let before = catalog(database.pool()).await;
    run(database.pool(), UserEvent::REVERT_SQL).await.expect("there is no table");
    run(database.pool(), AccountEvent::REVERT_SQL).await.expect("there is no schema");
    assert_eq!(catalog(database.pool()).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_what_is_half_gone_takes_the_rest() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    for sql in [
        // With the functions that return its rows.
        "DROP TABLE core_user_events_rollup CASCADE",
        "DROP FUNCTION core_user_events_rollup_apply CASCADE",
        "DROP TRIGGER core_user_events_rollup ON core_user_events",
    ] {
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        run(pool, sql).await.expect("a part is gone");
        run(pool, UserEvent::REVERT_SQL).await.expect("the rest is reverted");
        assert_eq!(catalog(pool).await, before);
    }
    database.close().await;
}

#[tokio::test]
async fn reverting_does_not_touch_a_table_that_is_no_rollup() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE TABLE core_user_events_rollup (mine text); INSERT INTO core_user_events_rollup VALUES ('x')",
    )
    .await
    .expect("the table is made");
    let before = catalog(pool).await;
    for comment in ["", "COMMENT ON TABLE core_user_events_rollup IS 'a table of mine'"] {
        run(pool, comment).await.expect("commented");
        let before_that = catalog(pool).await;
        let error = refusal(run(pool, UserEvent::REVERT_SQL).await);
        assert_eq!(error.code(), "RU020");
        assert_eq!(error.message(), "\"public\".\"core_user_events_rollup\" is not a rollup");
        assert!(error.hint().is_some());
        assert_eq!(catalog(pool).await, before_that);
    }
    assert!(before.iter().any(|line| line.contains("core_user_events_rollup")));
    database.close().await;
}

#[tokio::test]
async fn a_view_on_the_rollup_is_not_dropped_with_it() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, "CREATE VIEW emails AS SELECT email FROM core_user_events_rollup").await.expect("a view");
    let before = catalog(pool).await;
    assert_eq!(refusal(run(pool, UserEvent::REVERT_SQL).await).code(), "2BP01");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}
