//! Folds entities again from nothing, some at a time: what `rebuild` and a repair have in common.

use crate::answer::{Answer, Ending, shown};
use crate::failure::{Failure, message_of};
use crate::progress::some;
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Executor as _, query_scalar};
use std::time::{Duration, Instant};

/// How long writers wait, at best: for entities that are folded in one transaction, and behind it for a lock.
const WAIT: Duration = Duration::from_millis(100);

/// How many entities are folded in the first transaction.
const FIRST: usize = 20;

/// The classes of errors that are not about an event: those of the connection, of the transaction, of rights and names, of
/// locks, of resources and of the server.
const OTHERS: [&str; 9] = ["08", "25", "40", "42", "53", "54", "55", "57", "58"];

/// An entity that does not fold, with the error.
pub(crate) type Unfolded = (String, String);

/// What was done.
#[derive(Debug)]
pub(crate) struct Refolded {
    /// How many rows were changed, inserted or deleted.
    pub(crate) rows: u64,
    pub(crate) unfolded: Vec<Unfolded>,
    /// How many entities are folded in the next transaction.
    next: usize,
}

impl Default for Refolded {
    fn default() -> Self {
        Self { rows: 0, unfolded: Vec::new(), next: FIRST }
    }
}

/// Whether an error is about an event. It then comes again however often one tries.
pub(crate) fn is_about_an_event(error: &sqlx::Error) -> bool {
    let code = crate::failure::code_of(error);
    !code.is_empty()
        && code != "RU020"
        && !OTHERS.iter().any(|class| code.starts_with(class))
        && !code.starts_with("XX")
}

/// Folds these entities again, as many in a transaction as take about as long as writers may wait. One that does not fold
/// is found by halves. What is done by the time of a failure is in `refolded`.
pub(crate) async fn refold(
    session: &mut Session,
    objects: &Objects,
    ids: &[String],
    refolded: &mut Refolded,
) -> Result<(), Failure> {
    // A lock that is not to be had would keep those waiting who come after.
    let short = format!("SET lock_timeout = {}", WAIT.as_millis());
    session.ask(async |work| work.execute(AssertSqlSafe(short)).await).await?;
    // Those that are still to be folded, the first ones last.
    let mut parts: Vec<&[String]> = vec![ids];
    while let Some(part) = parts.pop() {
        let (part, later) = part.split_at(part.len().min(refolded.next));
        if part.is_empty() {
            continue;
        }
        parts.push(later);
        match session.insist(async |work| call(work, objects, part).await).await {
            Ok((rows, took)) => {
                refolded.rows += rows;
                refolded.next = next(refolded.next, part.len(), took);
                // Half of the time is the writers'.
                session.pause(took).await;
            }
            Err(Trouble::Database(error)) if is_about_an_event(&error) => {
                if let [id] = part {
                    refolded.unfolded.push((id.clone(), message_of(&error)));
                } else {
                    let (one, other) = part.split_at(part.len() / 2);
                    parts.extend([other, one]);
                }
            }
            Err(trouble) => return Err(trouble.into()),
        }
        if session.is_interrupted && parts.iter().any(|part| !part.is_empty()) {
            return Err(Trouble::Interrupted.into());
        }
    }
    Ok(())
}

/// How many entities fit into the next transaction, if `count` of them took so long. Where there were fewer than fit, they
/// say little about many more.
fn next(before: usize, count: usize, took: Duration) -> usize {
    let fitting = count as u128 * WAIT.as_micros() / took.as_micros().max(1);
    usize::try_from(fitting).unwrap_or(usize::MAX).clamp(1, before * 2)
}

/// Folds entities in a transaction of its own; how many rows differed, and how long it took.
async fn call(work: &mut PgConnection, objects: &Objects, ids: &[String]) -> sqlx::Result<(u64, Duration)> {
    let sql = format!("SELECT {}($1::text[]::{}[])", objects.rebuild, objects.id_type);
    let begun = Instant::now();
    let rows: i64 = query_scalar(AssertSqlSafe(sql)).bind(ids).fetch_one(work).await?;
    Ok((u64::try_from(rows).unwrap_or_default(), begun.elapsed()))
}

impl Refolded {
    pub(crate) fn told(&self) -> String {
        let changed = if self.rows == 1 { "was" } else { "were" };
        format!("{} {changed} changed, inserted or deleted", some(self.rows, "row", "rows"))
    }
}

/// The lines for those that do not fold.
pub(crate) fn told(unfolded: &[Unfolded]) -> Vec<String> {
    let mut lines: Vec<String> =
        unfolded.iter().map(|(id, why)| format!("  {}  does not fold: {}", shown(id), shown(why))).collect();
    if !unfolded.is_empty() {
        lines.push("  next: correct their events, and run the same command again".into());
    }
    lines
}

/// The answer about one entity that does not fold.
pub(crate) fn refused(json: bool, id: &str, why: &str) -> Answer {
    let lines = told(&[(id.to_string(), why.to_string())]);
    Answer::new(json, &lines, &json!({ "refused": [{ "id": id, "error": why }] }), Ending::Difference)
}
