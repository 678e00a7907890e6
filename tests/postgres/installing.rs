//! Where the migration installs, where it refuses to, and how it is taken back.

mod columns;
mod indexes;
mod names;
mod removal;
mod sessions;
mod tables;

use crate::fixtures::UserEvent;
use crate::support::{catalog, insert, refusal, rows_are_folds, run, user, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use sqlx::PgPool;
use sqlx::postgres::PgDatabaseError;

const COLUMNS: &str = "id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL, \
    context jsonb, recorded_at timestamptz NOT NULL";

/// Refuses to install, says so, and leaves everything as it was.
async fn refuses(pool: &PgPool) -> PgDatabaseError {
    let before = catalog(pool).await;
    let error = refusal(run(pool, UserEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020", "{error}");
    assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "a hint: {error:?}");
    assert_eq!(catalog(pool).await, before);
    error
}

/// The migration is refused beside what the SQL makes.
async fn is_refused(sql: &str, says: &str) {
    let database = Database::create().await;
    run(database.pool(), sql).await.expect("the objects are made");
    let error = refuses(database.pool()).await;
    assert!(error.message().contains("\"public\".\"core_user_events"), "{error}");
    assert!(error.message().contains(says), "{error}");
    database.close().await;
}

/// The migration is applied beside what the SQL makes, and the trigger works.
async fn is_installed(sql: &str) {
    let database = Database::create().await;
    run(database.pool(), sql).await.expect("the objects are made");
    run(database.pool(), UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert::<UserEvent>(database.pool(), user(uuid(1), 1..=3)).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

fn table(constraints: &str) -> String {
    format!("CREATE TABLE core_user_events ({COLUMNS}{constraints})")
}

/// The usual table with one column declared in another way.
fn column(name: &str, other: &str) -> String {
    let columns = COLUMNS.split(", ").map(|column| if column.starts_with(name) { other } else { column });
    let columns: Vec<&str> = columns.filter(|column| !column.is_empty()).collect();
    format!("CREATE TABLE core_user_events ({}, UNIQUE (id, sequence))", columns.join(", "))
}
