//! The kit's own database, and how it can be used from anywhere.

use super::driver::{Driver, Failure};
use std::hash::{BuildHasher, RandomState};
use std::panic::resume_unwind;
use std::process;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::runtime::{Builder, Runtime};

/// A database that is dropped with this value.
pub(super) struct Database<D: Driver> {
    /// Another database of the same server, for statements that cannot run in this one.
    url: String,
    name: String,
    session: Mutex<Option<Session<D>>>,
}

/// A connection with the runtime that serves it.
struct Session<D: Driver> {
    runtime: Runtime,
    connection: D::Connection,
    /// Whether a transaction is open, even if a panic kept it from being ended.
    open: bool,
}

impl<D: Driver> Database<D> {
    /// Creates a database on the server of the URL.
    pub(super) fn create(url: &str) -> Result<Self, String> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        // Each `RandomState` has a random seed.
        let random = RandomState::new().hash_one(count) & 0xffff_ffff;
        let name = format!("es_rollup_kit_{}_{count}_{random:08x}", process::id());
        let session = elsewhere(|| {
            let runtime = runtime()?;
            let made = runtime.block_on(async {
                // From the empty template: no client can be connected to it, and it contains no user's objects.
                let sql = format!("CREATE DATABASE {name} TEMPLATE template0");
                on_the_server::<D>(url, &sql).await?;
                D::connect(url, Some(&name)).await
            });
            let connection =
                made.map_err(|error| format!("cannot create a database on the server: {error}"))?;
            Ok::<_, String>(Session { runtime, connection, open: false })
        })?;
        Ok(Self { url: url.into(), name, session: Mutex::new(Some(session)) })
    }

    /// Runs SQL of several statements in one transaction.
    pub(super) fn run(&self, sql: &str) -> Result<(), Failure> {
        self.with(async |work| {
            work.begin().await?;
            let ran = D::run(work.connection, sql).await;
            work.end(if ran.is_ok() { "COMMIT" } else { "ROLLBACK" }).await?;
            ran
        })
    }

    /// Runs `work` with the connection and waits for it, even from inside a runtime.
    pub(super) fn with<T: Send>(&self, work: impl AsyncFnOnce(&mut Work<'_, D>) -> T + Send) -> T {
        let mut session = self.lock();
        let Session { runtime, connection, open } =
            session.as_mut().expect("the session exists until the database is dropped");
        elsewhere(|| runtime.block_on(work(&mut Work { connection, open })))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Session<D>>> {
        // A transaction that a panic left open is ended before anything else.
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection while it is in use.
pub(super) struct Work<'session, D: Driver> {
    pub(super) connection: &'session mut D::Connection,
    open: &'session mut bool,
}

impl<D: Driver> Work<'_, D> {
    /// Ends a transaction that a panic has left open.
    pub(super) async fn reset(&mut self) -> Result<(), Failure> {
        if *self.open { self.end("ROLLBACK").await } else { Ok(()) }
    }

    pub(super) async fn begin(&mut self) -> Result<(), Failure> {
        self.reset().await?;
        *self.open = true;
        D::run(self.connection, "BEGIN").await
    }

    /// Ends the transaction.
    pub(super) async fn end(&mut self, how: &str) -> Result<(), Failure> {
        *self.open = false;
        D::run(self.connection, how).await
    }
}

impl<D: Driver> Drop for Database<D> {
    fn drop(&mut self) {
        let session = self.lock().take();
        let dropped = elsewhere(|| match session {
            None => Ok(()),
            Some(Session { runtime, connection, .. }) => runtime.block_on(async {
                D::close(connection).await;
                let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
                on_the_server::<D>(&self.url, &sql).await
            }),
        });
        if let Err(error) = dropped {
            // Not a panic: the thread may already be panicking.
            eprintln!("cannot drop the database {} of a test: {error}", self.name);
        }
    }
}

/// Executes a statement from another database of the server.
async fn on_the_server<D: Driver>(url: &str, sql: &str) -> Result<(), Failure> {
    let mut connection = D::connect(url, None).await?;
    let ran = D::run(&mut connection, sql).await;
    D::close(connection).await;
    ran
}

fn runtime() -> Result<Runtime, String> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("cannot build a runtime: {error}"))
}

/// Runs `work` on a separate thread: a runtime can neither be entered nor dropped from within another.
fn elsewhere<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(work).join()).unwrap_or_else(|panic| resume_unwind(panic))
}
