//! What the application's role can do, and what somebody with an account of the database cannot.

mod capture;
mod ownership;
mod policies;
mod privileges;
mod settings;

use crate::models::mutations::asked_for;
use crate::support::{row, run};
use es_rollup_test_server::Database;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use uuid::Uuid;

/// What the README tells to grant.
pub(crate) const GRANTS: &str =
    "GRANT SELECT, INSERT ON core_user_events TO app; GRANT SELECT ON core_user_events_rollup TO app;";

/// Runs a test with a role, which is called `app` in the SQL given here. Roles belong to the server, not to the
/// database: this one has a name that nobody else has, and is dropped whatever becomes of the test.
pub(crate) async fn with_role<Test>(database: Database, sql: &str, test: impl FnOnce(PgPool, String) -> Test)
where
    Test: Future<Output = ()> + Send + 'static,
{
    let pool = database.pool().clone();
    let app = format!("es_rollup_test_{}", Uuid::new_v4().simple());
    let made = run(&pool, &format!("CREATE ROLE {app}; GRANT {app} TO CURRENT_USER")).await;
    if made.as_ref().is_err_and(|error| {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
    }) {
        println!("not run: this user may not create roles");
        return database.close().await;
    }
    made.expect("the role is made");
    run(&pool, &sql.replace(" app", &format!(" {app}"))).await.expect("the role is given what it needs");
    let outcome = tokio::spawn(test(pool.clone(), app.clone())).await;
    let dropped = run(&pool, &format!("RESET ROLE; DROP OWNED BY {app} CASCADE; DROP ROLE {app}")).await;
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
    dropped.expect("the role is dropped");
    database.close().await;
}

/// A connection that acts as the role.
pub(crate) async fn acting(pool: &PgPool, app: &str) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    let mut connection = pool.acquire().await.expect("a connection");
    execute(&mut connection, &format!("SET ROLE {app}")).await.expect("the role is taken");
    connection
}

/// Gives a connection up, with everything that was set in it.
pub(crate) async fn forget(connection: sqlx::pool::PoolConnection<sqlx::Postgres>) {
    connection.close().await.expect("the connection is closed");
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: &str) -> sqlx::Result<u64> {
    connection.execute(AssertSqlSafe(asked_for(sql).into_owned())).await.map(|done| done.rows_affected())
}

pub(crate) fn account(id: &str) -> Vec<crate::support::Row> {
    let opened = json!({"holderName": "it's \\d \"A\" é", "openedOn": "2026-03-04", "status": "on-hold", "limit": "-12.50"});
    let events: [Value; 6] = [
        json!({"kind": "opened", "data": opened}),
        json!({"kind": "seen", "data": "2026-03-04T23:59:59.123456+00:00"}),
        json!({"kind": "flagged", "data": {"type": i64::MIN, "notes": {"a": [1, null, "\\", 0.1]}}}),
        json!({"kind": "limitChanged", "data": "1000.0001"}),
        json!({"kind": "statusChanged", "data": {"to": "done"}}),
        json!({"kind": "limitChanged", "data": null}),
    ];
    (1..).zip(events).map(|(sequence, payload)| row(id, sequence, payload)).collect()
}
