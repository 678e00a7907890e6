//! The indexes that a change adds, built before its end: that would lock the table meanwhile.

use crate::answer::shown;
use crate::failure::{Failure, code_of};
use crate::progress::Progress;
use crate::session::{Session, is_transient};
use crate::trouble::Trouble;
use es_rollup_core::emit::{Index, Objects};
use sqlx::{AssertSqlSafe, Executor as _, query_as, query_scalar};
use std::time::Duration;

/// How often one index is tried.
const TRIES: u32 = 10;

/// How long the command waits before it looks again.
const PAUSE: Duration = Duration::from_millis(500);

/// What another session has created meanwhile.
const EXISTS: &str = "42P07";

/// Builds those that the end of the fill would build.
pub(super) async fn build(
    session: &mut Session,
    objects: &Objects,
    progress: &Progress,
) -> Result<(), Failure> {
    let ends = "SELECT prosrc FROM pg_proc WHERE oid = to_regprocedure($1)";
    let finish = format!("{}()", objects.finish);
    let ends: Option<String> =
        session.ask(async |work| query_scalar(ends).bind(finish).fetch_optional(work).await).await?;
    let ends = ends.unwrap_or_default();
    let missing: Vec<&Index> = objects.indexes.iter().filter(|index| ends.contains(&index.create)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // A build waits for open transactions, and nobody waits for it.
    session.ask(async |work| work.execute("SET lock_timeout = 0").await).await?;
    for index in missing {
        let mut tried = 0;
        loop {
            let waits = match next(session, objects, index).await? {
                Next::Nothing => break,
                Next::Wait => true,
                Next::Run(statement) => {
                    tried += 1;
                    if statement == index.create_concurrently {
                        progress.note(&format!("building the index {}", shown(&index.name)));
                    }
                    let outcome =
                        session.ask(async |work| work.execute(AssertSqlSafe(statement)).await).await;
                    match outcome {
                        Ok(_) => false,
                        Err(Trouble::Database(error)) if tried < TRIES && is_met(&error) => true,
                        Err(trouble) => return Err(trouble.into()),
                    }
                }
            };
            if session.is_interrupted || waits && !session.pause(PAUSE).await {
                return Err(Trouble::Interrupted.into());
            }
        }
    }
    session.ask(async |work| work.execute("RESET lock_timeout").await).await?;
    Ok(())
}

/// Whether another session was in the way, or has done the same.
fn is_met(error: &sqlx::Error) -> bool {
    is_transient(error) || code_of(error) == EXISTS
}

/// What is done next about an index.
enum Next {
    /// It is built.
    Nothing,
    /// Another session is at work on it.
    Wait,
    Run(String),
}

/// Looks at what there is of an index.
async fn next(session: &mut Session, objects: &Objects, index: &Index) -> Result<Next, Failure> {
    let sql = format!(
        "SELECT to_regclass($1) IS NOT NULL, {},
           i.indexrelid IS NOT NULL AND NOT i.indisvalid,
           EXISTS (SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
                   WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND l.relation = i.indrelid
                     AND d.datname = current_database())
         FROM (SELECT) AS one LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass($1)
           AND i.indrelid = ANY (ARRAY(SELECT to_regclass(n)::oid FROM unnest($2::text[]) AS n))",
        index.is_built
    );
    let found = session.ask(async |work| {
        query_as(AssertSqlSafe(sql)).bind(&index.name).bind(&objects.tables).fetch_one(work).await
    });
    let (exists, is_built, is_unfinished, is_busy): (bool, bool, bool, bool) = found.await?;
    if is_built {
        return Ok(Next::Nothing);
    }
    if !exists {
        return Ok(Next::Run(index.create_concurrently.clone()));
    }
    if is_unfinished {
        // Whoever builds it holds this lock to the end. So does a vacuum, and to drop the index would wait for it.
        let dropped = format!("DROP INDEX CONCURRENTLY {}", index.name);
        return Ok(if is_busy { Next::Wait } else { Next::Run(dropped) });
    }
    Err(Failure::database(
        format!("{} is not the index that the change would build", shown(&index.name)),
        format!("drop it, or give it another name: DROP INDEX {}", shown(&index.name)),
    ))
}
