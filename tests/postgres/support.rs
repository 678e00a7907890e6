//! A database with an event table and its rollup.

use es_rollup::Rollup;
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, Executor, PgPool};

/// The event table in es-entity's layout, for ids of the given type.
pub(crate) fn event_table(table: &str, id_type: &str) -> String {
    format!(
        "CREATE TABLE {table} (
           id {id_type} NOT NULL,
           sequence integer NOT NULL,
           event_type text NOT NULL,
           event jsonb NOT NULL,
           context jsonb,
           recorded_at timestamptz NOT NULL,
           UNIQUE (id, sequence)
         )"
    )
}

/// Runs SQL of several statements, as a migration tool does: in one transaction.
pub(crate) async fn run(pool: &PgPool, sql: &str) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    transaction.execute(AssertSqlSafe(sql.to_string())).await?;
    transaction.commit().await
}

/// A database in which the rollup of `E` is installed.
pub(crate) async fn installed<E: Rollup>(id_type: &str) -> Database {
    let database = Database::create().await;
    let pool = database.pool();
    if let Some((schema, _)) = E::EVENT_TABLE.split_once('.') {
        run(pool, &format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await.expect("the schema is made");
    }
    run(pool, &event_table(E::EVENT_TABLE, id_type)).await.expect("the event table is made");
    run(pool, E::MIGRATION_SQL).await.expect("the migration is applied");
    database
}
