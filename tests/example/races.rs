//! Writers that all have read before any of them writes.

use es_rollup::Rollup;
use es_rollup_test_server::Database;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use std::time::Duration;

pub(crate) const WRITERS: usize = 8;

/// A pool with a connection for each writer, one that lets them go and one that looks on.
pub(crate) async fn pool(database: &Database) -> PgPool {
    let connections = u32::try_from(WRITERS).expect("few") + 2;
    let options = PgPoolOptions::new().max_connections(connections);
    options.connect(database.url()).await.expect("a pool of several connections")
}

/// Starts the writers, and lets none of them write before all have read: each wants to write at the same sequence.
pub(crate) async fn at_once<E, W, T>(pool: &PgPool, write: impl Fn(usize, PgPool) -> W) -> Vec<T>
where
    E: Rollup,
    W: Future<Output = sqlx::Result<T>> + Send + 'static,
    T: Send + 'static,
{
    let mut barrier = pool.begin().await.expect("a transaction");
    let lock = format!("LOCK TABLE {} IN SHARE MODE", E::EVENT_TABLE);
    sqlx::query(AssertSqlSafe(lock)).execute(&mut *barrier).await.expect("the lock");
    let writers: Vec<_> = (0..WRITERS).map(|number| tokio::spawn(write(number, pool.clone()))).collect();
    let waiting = "SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND backend_type = 'client backend' AND wait_event_type = 'Lock'";
    let mut tries = 0;
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(pool).await.expect("the activity")
        < i64::try_from(WRITERS).expect("few")
    {
        tries += 1;
        assert!(tries < 3000, "the writers never wait");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    barrier.commit().await.expect("the lock is released");
    let mut outcomes = Vec::new();
    for writer in writers {
        outcomes.push(writer.await.expect("no panic").expect("no error but those that are expected"));
    }
    outcomes
}
