//! What the installing session has set, and what else runs in it.

use crate::fixtures::UserEvent;
use crate::support::{
    HOSTILE, catalog, event_table, insert, migration, refusal, reversion, row, rows_are_folds, run, user,
    uuid, with_events,
};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor, PgConnection};

/// The whole life of a rollup, in a session with some search path.
async fn lives_with(setting: &str, more: &str) {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, &format!("{HOSTILE}{more}")).await.expect("the hostile schema is made");
    insert::<UserEvent>(pool, user(uuid(1), 1..=3)).await.expect("events are stored");
    let before = catalog(pool).await;
    let mut connection = pool.acquire().await.expect("a connection");
    connection.execute(AssertSqlSafe(format!("SET search_path = {setting}"))).await.expect("the path is set");
    let path = search_path(&mut connection).await;
    for _ in 0..2 {
        connection.execute(migration::<UserEvent>()).await.expect("the migration is applied");
        assert_eq!(search_path(&mut connection).await, path);
    }
    let statement = format!(
        "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
           ('{id}', 5, '-', '{{\"type\": \"password_reset_requested\"}}', pg_catalog.now()),
           ('{id}', 4, '-', '{{\"type\": \"role_granted\", \"role\": \"{role}\"}}', pg_catalog.now())",
        id = uuid(1),
        role = uuid(9),
    );
    connection.execute(AssertSqlSafe(statement)).await.expect("good events are taken");
    let bad = format!(
        "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
           ('{}', 6, '-', '{{\"type\": \"role_granted\", \"role\": \"hostile\"}}', pg_catalog.now())",
        uuid(1)
    );
    assert_eq!(refusal(connection.execute(AssertSqlSafe(bad)).await).code(), "RU010");
    connection.execute("RESET search_path").await.expect("the path is reset");
    drop(connection);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);

    let mut connection = pool.acquire().await.expect("a connection");
    connection.execute(AssertSqlSafe(format!("SET search_path = {setting}"))).await.expect("the path is set");
    connection.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(search_path(&mut connection).await, path);
    connection.execute("RESET search_path").await.expect("the path is reset");
    assert_eq!(catalog(&mut *connection).await, before);
    drop(connection);
    database.close().await;
}

async fn search_path(connection: &mut PgConnection) -> String {
    sqlx::query_scalar("SHOW search_path").fetch_one(connection).await.expect("the path is shown")
}

#[tokio::test]
async fn a_search_path_with_lying_operators_first_changes_nothing() {
    lives_with("hostile, pg_catalog, public", "").await;
}

#[tokio::test]
async fn a_search_path_with_same_named_tables_first_changes_nothing() {
    lives_with("hostile, public", "").await;
}

#[tokio::test]
async fn an_empty_search_path_changes_nothing() {
    lives_with("''", "").await;
}

/// A domain's CHECK is a function of whoever made it.
#[tokio::test]
async fn a_search_path_with_lying_types_first_changes_nothing() {
    let types = "
        CREATE TABLE hostile.called ();
        CREATE FUNCTION hostile.check(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'a function of the hostile schema is called by %', current_user; END $$;
        CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (hostile.check(VALUE));
        CREATE DOMAIN hostile.jsonb AS pg_catalog.jsonb CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.uuid AS pg_catalog.uuid CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.oid AS pg_catalog.oid CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.record AS pg_catalog.text;";
    lives_with("hostile, pg_catalog, public", types).await;
}

#[tokio::test]
async fn the_migration_runs_as_one_simple_query_of_its_own() {
    let database = with_events::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    insert::<UserEvent>(&mut *connection, user(uuid(1), 1..=2)).await.expect("events are stored");
    let path = search_path(&mut connection).await;
    let before = catalog(&mut *connection).await;
    connection.execute(migration::<UserEvent>()).await.expect("the migration is applied");
    assert_eq!(search_path(&mut connection).await, path);
    // One transaction: a failure at its end takes everything back.
    connection.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(catalog(&mut *connection).await, before);
    assert_eq!(search_path(&mut connection).await, path);
    insert::<UserEvent>(&mut *connection, user(uuid(2), 2..=2)).await.expect("any event is stored");
    assert_eq!(refusal(connection.execute(migration::<UserEvent>()).await).code(), "RU001");
    assert_eq!(catalog(&mut *connection).await, before);
    assert_eq!(search_path(&mut connection).await, path);
    drop(connection);
    database.close().await;
}

#[tokio::test]
async fn the_migration_runs_in_a_transaction_among_others() {
    let database = Database::create().await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction
        .execute("CREATE SCHEMA mine; SET LOCAL search_path = mine, public")
        .await
        .expect("the path is set");
    let table = event_table("public.core_user_events", "uuid");
    transaction.execute(AssertSqlSafe(table)).await.expect("the event table is made");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 1..=2)).await.expect("events are stored");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied");
    assert_eq!(search_path(&mut transaction).await, "mine, public");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 3..=3)).await.expect("good events are taken");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied again");
    transaction.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(search_path(&mut transaction).await, "mine, public");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied once more");
    transaction.commit().await.expect("committed");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    let mut connection = pool.acquire().await.expect("a connection");
    assert!(search_path(&mut connection).await.ends_with("public"));
    drop(connection);
    database.close().await;
}

#[tokio::test]
async fn a_refused_migration_leaves_the_search_path_of_a_transaction_as_it_was() {
    let database = Database::create().await;
    let mut transaction = database.pool().begin().await.expect("a transaction");
    transaction
        .execute("SET LOCAL search_path = public; SAVEPOINT migration")
        .await
        .expect("the path is set");
    assert_eq!(refusal(transaction.execute(migration::<UserEvent>()).await).code(), "RU020");
    transaction.execute("ROLLBACK TO migration").await.expect("the savepoint is there");
    assert_eq!(search_path(&mut transaction).await, "public");
    transaction.rollback().await.expect("rolled back");
    database.close().await;
}

#[tokio::test]
async fn functions_that_are_not_checked_when_they_are_made_work_all_the_same() {
    let database = with_events::<UserEvent>("uuid").await;
    let sql = format!("SET LOCAL check_function_bodies = off; {}", UserEvent::MIGRATION_SQL);
    run(database.pool(), &sql).await.expect("the migration is applied");
    let rows =
        [user(uuid(1), 1..=3), vec![row(uuid(2), 1, json!({"type": "initialized", "email": "x"}))]].concat();
    insert::<UserEvent>(database.pool(), rows).await.expect("good events are taken");
    database.close().await;
}
