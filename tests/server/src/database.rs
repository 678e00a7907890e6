//! A separate database for each caller.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgPool};
use tokio::sync::MutexGuard;

use crate::connections::{connect, turn};
use crate::folder::random;
use crate::ladder::{Server, server, server_line};
use crate::url::with_database;

/// A separate database for a test, an example or a benchmark. It is deleted when this value is closed or dropped.
///
/// On a server that accepts one connection at a time there is also only one `Database` at a time: the next one in the
/// process waits until this one is gone. Close the [`pool`](Self::pool) before connecting to [`url`](Self::url) there.
#[derive(Debug)]
pub struct Database {
    name: String,
    url: String,
    // Dropped before `_turn`, so before another test gets its turn.
    pool: PgPool,
    _turn: Option<MutexGuard<'static, ()>>,
    closed: bool,
}

impl Database {
    /// Creates an empty database on the server of this process, which is started if necessary.
    ///
    /// # Panics
    ///
    /// If no server is available, or it refuses to create a database.
    pub async fn create() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        server_line().await;
        let server = server();
        let turn = turn(server).await;
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("es_rollup_{}_{count}_{:08x}", std::process::id(), random() & 0xffff_ffff);
        // From the empty template: no client can be connected to it, and it contains no local additions.
        execute(server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await.unwrap_or_else(
            |error| {
                panic!("{} refuses to create a database (its user needs CREATEDB): {error}", server.origin)
            },
        );
        let url = with_database(&server.url, &name);
        let connections = if server.several_connections { 5 } else { 1 };
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .connect_lazy(&url)
            .unwrap_or_else(|error| panic!("the URL of {} is not valid: {error}", server.origin));
        Self { name, url, pool, _turn: turn, closed: false }
    }

    /// The URL of this database, for any client.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A pool of a few connections to this database, made when first used.
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Closes the pool and drops the database at once.
    ///
    /// # Panics
    ///
    /// If the database cannot be dropped.
    pub async fn close(mut self) {
        self.pool.close().await;
        self.closed = true;
        let dropped = drop_database(&self.name).await;
        dropped.unwrap_or_else(|error| panic!("cannot drop the database {}: {error}", self.name));
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // With one connection at a time, the pool would have to be closed first. That needs a runtime, which may be
        // busy with this very call. The embedded server's folder is removed with the process anyway.
        if self.closed || !server().several_connections {
            return;
        }
        let name = std::mem::take(&mut self.name);
        let drop = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(drop_database(&name)).ok()
        };
        // In a new thread, because a runtime cannot be entered from within another.
        let _ = std::thread::spawn(drop).join();
    }
}

/// Drops a database even if a client is still connected to it.
async fn drop_database(name: &str) -> Result<(), sqlx::Error> {
    execute(server(), &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
}

async fn execute(server: &Server, statement: &str) -> Result<(), sqlx::Error> {
    let mut connection = connect(server).await;
    let executed = connection.execute(AssertSqlSafe(statement.to_owned())).await;
    connection.close().await?;
    executed.map(drop)
}
