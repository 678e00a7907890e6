//! The way back, where things are not as the migration left them.

use crate::concurrency::somebody_waits;
use crate::fixtures::{LedgerRowEvent, UserEvent};
use crate::security::{acting, execute, forget, with_role};
use crate::support::{
    catalog, event_table, everything, insert, installed, refusal, rows_are_folds, run, user, uuid,
    with_events,
};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::{Connection, PgConnection};

#[tokio::test]
async fn the_triggers_are_found_when_the_event_table_has_another_name() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    for elsewhere in ["core_user_events RENAME TO renamed", "core_user_events SET SCHEMA other"] {
        run(pool, "CREATE SCHEMA other").await.expect("a schema");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        run(pool, &format!("ALTER TABLE {elsewhere}")).await.expect("renamed");
        // Another table in its place is left alone.
        run(pool, &event_table("core_user_events", "uuid")).await.expect("the event table is made");
        run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        run(pool, "DROP TABLE core_user_events").await.expect("dropped");
        let back = if elsewhere.contains("RENAME") {
            "ALTER TABLE renamed RENAME TO core_user_events"
        } else {
            "ALTER TABLE other.core_user_events SET SCHEMA public"
        };
        run(pool, &format!("{back}; DROP SCHEMA other")).await.expect("renamed");
        assert_eq!(catalog(pool).await, before);
    }
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    run(pool, "DROP TABLE core_user_events").await.expect("the event table is dropped");
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    let functions: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_proc WHERE oid >= 16384")
        .fetch_one(pool)
        .await
        .expect("the functions are counted");
    assert_eq!(functions, 0);
    database.close().await;
}

#[tokio::test]
async fn the_triggers_of_partitions_go_with_that_of_the_whole_table() {
    let database = Database::create().await;
    let pool = database.pool();
    let table = event_table("ledger_row_events", "uuid");
    run(
        pool,
        &format!(
            "{table} PARTITION BY HASH (id);
             CREATE TABLE leaf PARTITION OF ledger_row_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
        ),
    )
    .await
    .expect("a partitioned table");
    let before = catalog(pool).await;
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    run(pool, LedgerRowEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

/// Whoever may not drop everything drops nothing.
#[tokio::test]
async fn whoever_lacks_a_right_is_refused_before_anything_is_dropped() {
    let sql = "GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE core_user_events OWNER TO app;";
    with_role(with_events::<UserEvent>("uuid").await, sql, |pool, app| async move {
        let mut connection = acting(&pool, &app).await;
        execute(&mut connection, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        forget(connection).await;
        for foreign in [
            "TABLE core_user_events",
            "TABLE core_user_events_rollup",
            "FUNCTION core_user_events_rollup_refuse",
            "FUNCTION core_user_events_rollup_model",
        ] {
            run(&pool, &format!("ALTER {foreign} OWNER TO CURRENT_USER")).await.expect("another owner");
            let before = catalog(&pool).await;
            let mut connection = acting(&pool, &app).await;
            let error = refusal(execute(&mut connection, UserEvent::REVERT_SQL).await);
            assert!(["42501", "RU020"].contains(&error.code()), "{foreign}: {error}");
            assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "{error:?}");
            forget(connection).await;
            assert_eq!(catalog(&pool).await, before, "{foreign}");
            run(&pool, &format!("ALTER {foreign} OWNER TO {app}")).await.expect("the owner again");
        }
        // Neither does somebody who owns nothing of it.
        let other = format!("{app}_other");
        run(&pool, &format!("CREATE ROLE {other}; GRANT {other} TO CURRENT_USER")).await.expect("a role");
        let before = catalog(&pool).await;
        let mut connection = acting(&pool, &other).await;
        let error = refusal(execute(&mut connection, UserEvent::REVERT_SQL).await);
        forget(connection).await;
        run(&pool, &format!("DROP ROLE {other}")).await.expect("dropped");
        assert_eq!(error.code(), "42501", "{error}");
        assert!(error.hint().is_some_and(|hint| hint.starts_with("Revert as the owner")), "{error:?}");
        assert_eq!(catalog(&pool).await, before);
        // The owner does, and so does whoever is a member of the owner's role.
        run(&pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    })
    .await;
}

#[tokio::test]
async fn a_function_of_somebody_elses_is_not_dropped_with_the_rollup() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION core_user_events_rollup_refuse(mine text) RETURNS text LANGUAGE sql AS 'SELECT mine';
         CREATE FUNCTION core_user_events_rollup_catch_up(text, text) RETURNS text LANGUAGE sql AS 'SELECT $1'",
    )
    .await
    .expect("functions of the same names");
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    let left: Vec<String> =
        sqlx::query_scalar("SELECT oid::regprocedure::text FROM pg_proc WHERE oid >= 16384 ORDER BY 1")
            .fetch_all(pool)
            .await
            .expect("the functions are read");
    assert_eq!(left, ["core_user_events_rollup_catch_up(text,text)", "core_user_events_rollup_refuse(text)"]);
    database.close().await;
}

/// Whatever is the first to come, the other waits for it.
#[tokio::test]
async fn beside_a_migration_the_reversal_waits_and_the_other_way_round() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("events are stored");
    let mut watch = PgConnection::connect(database.url()).await.expect("a connection");
    let mut met = 0;
    for (first, second) in [
        (UserEvent::MIGRATION_SQL, UserEvent::REVERT_SQL),
        (UserEvent::MIGRATION_SQL, UserEvent::MIGRATION_SQL),
        (UserEvent::REVERT_SQL, UserEvent::MIGRATION_SQL),
        (UserEvent::MIGRATION_SQL, UserEvent::REVERT_SQL),
        (UserEvent::REVERT_SQL, UserEvent::REVERT_SQL),
    ] {
        let mut one = pool.begin().await.expect("a transaction");
        execute(&mut one, first).await.expect("the first is applied");
        let other = tokio::spawn({
            let pool = pool.clone();
            async move { run(&pool, second).await }
        });
        somebody_waits(&mut watch).await;
        met += 1;
        one.commit().await.expect("committed");
        other.await.expect("the other goes on").expect("and is applied");
    }
    assert_eq!(met, 5);
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    watch.close().await.expect("closed");
    database.close().await;
}

/// Nothing is half done, whoever runs it and however.
#[tokio::test]
async fn the_reversal_is_one_statement_and_leaves_the_session_as_it_was() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    assert_eq!(UserEvent::REVERT_SQL.matches("$es_rollup$").count(), 2);
    run(pool, "CREATE VIEW emails AS SELECT email FROM core_user_events_rollup").await.expect("a view");
    let before = (catalog(pool).await, everything::<UserEvent>(pool).await);
    let mut connection = pool.acquire().await.expect("a connection");
    assert_eq!(refusal(execute(&mut connection, UserEvent::REVERT_SQL).await).code(), "2BP01");
    drop(connection);
    assert_eq!((catalog(pool).await, everything::<UserEvent>(pool).await), before);
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}
