//! A session in which long statements run, beside a second one that looks on and can cancel them.

use crate::arguments::Database;
use crate::ask::ask;
use crate::connection::connect;
use crate::failure::{Failure, code_of};
use crate::interrupt::Interrupts;
use crate::trouble::Trouble;
use sqlx::postgres::PgConnection;
use sqlx::{Executor as _, query, query_scalar};
use std::pin::pin;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The SQLSTATE of a statement that was cancelled.
const CANCELLED: &str = "57014";

/// The SQLSTATEs of what is to be tried again: a serialization failure, a deadlock, a lock that is not to be had.
const AGAIN: [&str; 3] = ["40001", "40P01", "55P03"];

/// How often a statement is tried, and how long the pauses in between are at most.
const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_secs(2);

/// How often the second session looks, at most; and what part of the time it may take.
const LOOK: Duration = Duration::from_millis(300);
const PART: u32 = 20;

/// Both sessions.
#[derive(Debug)]
pub(crate) struct Session {
    /// Where statements run.
    pub(crate) work: PgConnection,
    watch: PgConnection,
    process: i32,
    interrupts: Interrupts,
    /// Whether the user wants it to end.
    pub(crate) is_interrupted: bool,
}

impl Session {
    pub(crate) async fn open(database: &Database) -> Result<Self, Failure> {
        let mut work = connect(database).await?;
        let mut watch = connect(database).await?;
        // It must not wait for what it looks at.
        watch.execute("SET statement_timeout = '10s'; SET lock_timeout = '200ms'").await?;
        let process = query_scalar("SELECT pg_backend_pid()").fetch_one(&mut work).await?;
        Ok(Self { work, watch, process, interrupts: Interrupts::listen()?, is_interrupted: false })
    }

    /// Runs a statement, and lets the second session look in between. An interruption cancels the statement in the server,
    /// which then takes back what was not committed; a second one does not wait for that.
    pub(crate) async fn run<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
        mut look: impl AsyncFnMut(&mut PgConnection),
    ) -> Result<T, Trouble> {
        let Self { work, watch, process, interrupts, is_interrupted } = self;
        let mut running = pin!(statement(work));
        let mut next = Instant::now();
        loop {
            tokio::select! {
                outcome = &mut running => return outcome.map_err(|error| {
                    if *is_interrupted && code_of(&error) == CANCELLED { Trouble::Interrupted } else { Trouble::Database(error) }
                }),
                () = interrupts.next() => {
                    if *is_interrupted {
                        return Err(Trouble::Interrupted);
                    }
                    *is_interrupted = true;
                    let cancel = query("SELECT pg_cancel_backend($1)").bind(*process);
                    if cancel.execute(&mut *watch).await.is_err() {
                        return Err(Trouble::Interrupted);
                    }
                }
                () = sleep_until(next) => {
                    let begun = Instant::now();
                    look(watch).await;
                    next = Instant::now() + LOOK.max(begun.elapsed() * PART);
                }
            }
        }
    }

    /// The same, without looking.
    pub(crate) async fn ask<T>(
        &mut self,
        statement: impl AsyncFnOnce(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, Trouble> {
        self.run(statement, async |_| ()).await
    }

    /// Whether the user agrees, or has agreed by a flag.
    pub(crate) async fn agrees(&mut self, question: &str, yes: bool) -> Result<bool, Trouble> {
        if yes {
            return Ok(true);
        }
        tokio::select! {
            answer = ask(question) => Ok(answer.unwrap_or(false)),
            () = self.interrupts.next() => {
                self.is_interrupted = true;
                Err(Trouble::Interrupted)
            }
        }
    }

    /// The same as [`Self::ask`], and again if another session was in the way.
    pub(crate) async fn insist<T>(
        &mut self,
        statement: impl AsyncFn(&mut PgConnection) -> sqlx::Result<T>,
    ) -> Result<T, Trouble> {
        let mut tried = 0;
        loop {
            tried += 1;
            match self.ask(async |work| statement(work).await).await {
                Err(Trouble::Database(error)) if tried < TRIES && is_transient(&error) => {}
                outcome => return outcome,
            }
            if !self.pause(PAUSE.min(Duration::from_millis(200) * tried)).await {
                return Err(Trouble::Interrupted);
            }
        }
    }

    /// Waits; whether nobody has interrupted meanwhile.
    pub(crate) async fn pause(&mut self, length: Duration) -> bool {
        tokio::select! {
            () = tokio::time::sleep(length) => {}
            () = self.interrupts.next() => self.is_interrupted = true,
        }
        !self.is_interrupted
    }
}

/// Whether another session was in the way.
pub(crate) fn is_transient(error: &sqlx::Error) -> bool {
    AGAIN.contains(&code_of(error).as_str())
}
