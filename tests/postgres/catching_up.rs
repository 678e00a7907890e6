//! Events that the trigger did not see, or saw in an unusual way.

mod healing;
mod histories;
mod statements;
mod triggers;

use sqlx::{AssertSqlSafe, Executor, PgExecutor, PgPool};

async fn execute(pool: &PgPool, sql: &str) -> u64 {
    pool.execute(AssertSqlSafe(sql.to_string())).await.expect("the statement is taken").rows_affected()
}

/// The version of each row, in the order of their ids.
async fn versions<'e>(executor: impl PgExecutor<'e>) -> Vec<i64> {
    sqlx::query_scalar("SELECT version FROM core_user_events_rollup ORDER BY id")
        .fetch_all(executor)
        .await
        .expect("the versions are read")
}

async fn trigger(pool: &PgPool, on: bool) {
    let verb = if on { "ENABLE" } else { "DISABLE" };
    execute(pool, &format!("ALTER TABLE core_user_events {verb} TRIGGER core_user_events_rollup")).await;
}
