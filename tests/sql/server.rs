//! A real server accepts the migrations: applied once, applied again, and reverted.

use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};

use crate::emissions::{Emission, emissions};

/// Runs SQL of several statements in one transaction, as migration tools do.
pub(crate) async fn run(pool: &PgPool, sql: &str) {
    let done = async {
        let mut transaction = pool.begin().await?;
        transaction.execute(AssertSqlSafe(sql.to_owned())).await?;
        transaction.commit().await
    };
    done.await.unwrap_or_else(|error: sqlx::Error| panic!("{error}:\n{sql}"));
}

/// A database with the event table that an emission needs.
pub(crate) async fn prepared(emission: &Emission) -> Database {
    let database = Database::create().await;
    for schema in emission.schemas() {
        run(database.pool(), &format!("CREATE SCHEMA IF NOT EXISTS \"{schema}\"")).await;
    }
    let table = format!(
        "CREATE TABLE {} (
           id {} NOT NULL,
           sequence integer NOT NULL,
           event_type text NOT NULL,
           event jsonb NOT NULL,
           context jsonb,
           recorded_at timestamptz NOT NULL,
           UNIQUE (id, sequence)
         )",
        emission.event_table, emission.id_type
    );
    run(database.pool(), &table).await;
    database
}

/// Every relation, function, trigger and type outside the system schemas.
async fn objects(pool: &PgPool) -> Vec<String> {
    let outside = "NOT IN ('pg_catalog', 'information_schema', 'pg_toast')";
    let sql = format!(
        "SELECT format('%s %s', relkind, oid::regclass) FROM pg_class WHERE relnamespace::regnamespace::text {outside}
         UNION ALL
         SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace::regnamespace::text {outside}
         UNION ALL
         SELECT format('%s on %s', tgname, tgrelid::regclass) FROM pg_trigger
         UNION ALL
         SELECT format('type %s', oid::regtype) FROM pg_type WHERE typnamespace::regnamespace::text {outside}
         ORDER BY 1"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("the catalogue can be read")
}

#[tokio::test]
async fn applying_twice_is_the_same_as_once_and_reverting_leaves_nothing() {
    for emission in emissions() {
        let database = prepared(&emission).await;
        let pool = database.pool();
        let before = objects(pool).await;
        run(pool, emission.migration).await;
        let after = objects(pool).await;
        assert!(after.len() > before.len());
        run(pool, emission.migration).await;
        assert_eq!(objects(pool).await, after, "{} applied twice", emission.name);
        run(pool, emission.revert).await;
        assert_eq!(objects(pool).await, before, "{} reverted", emission.name);
        run(pool, emission.revert).await;
        database.close().await;
    }
}
