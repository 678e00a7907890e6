//! Folds entities again from nothing, some at a time: what `rebuild` and a repair have in common.

use crate::answer::{Answer, Ending, shown};
use crate::failure::{Failure, message_of};
use crate::progress::some;
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, query_as};
use std::time::Duration;

/// How long a transaction that folds entities should take, and how long it waits for a lock: writers wait meanwhile.
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
    /// How long the last one took. Writers get as much time before the next.
    took: Duration,
}

impl Default for Refolded {
    fn default() -> Self {
        Self { rows: 0, unfolded: Vec::new(), next: FIRST, took: Duration::ZERO }
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
    let set = set_timeout(objects);
    // Those that are still to be folded, the first ones last.
    let mut parts: Vec<&[String]> = vec![ids];
    while let Some(part) = parts.pop() {
        let (part, later) = part.split_at(part.len().min(refolded.next));
        if part.is_empty() {
            continue;
        }
        if !session.pause(std::mem::take(&mut refolded.took)).await {
            return Err(Trouble::Interrupted.into());
        }
        parts.push(later);
        match session.insist(async |work| call(work, objects, &set, part).await).await {
            Ok((rows, took)) => {
                refolded.rows += rows;
                refolded.next = next(refolded.next, part.len(), took);
                refolded.took = took;
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

/// How many entities fit into the next transaction, if `count` of them took so long: never more than twice as many, but a
/// few that are left over do not make it fewer.
fn next(before: usize, count: usize, took: Duration) -> usize {
    let fitting = count as u128 * WAIT.as_micros() / took.as_micros().max(1);
    usize::try_from(fitting).unwrap_or(usize::MAX).clamp(1, before.max(count * 2))
}

/// Sets how long the transaction waits for a lock. While it waits, writers queue behind it. But an autovacuum is cancelled
/// only for a session that has waited for longer than `deadlock_timeout`.
fn set_timeout(objects: &Objects) -> String {
    let relations: Vec<String> = std::iter::once(&objects.events)
        .chain(&objects.tables)
        .map(|table| format!("to_regclass('{}')", table.replace('\'', "''")))
        .collect();
    format!(
        "SELECT set_config('lock_timeout', CASE
           WHEN EXISTS (
             SELECT FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
             WHERE l.granted AND l.mode = 'ShareUpdateExclusiveLock' AND l.relation IN ({})
               AND d.datname = current_database()
           ) THEN (SELECT (s.setting::bigint + 200)::text FROM pg_settings AS s WHERE s.name = 'deadlock_timeout')
           ELSE '{}'
         END, true)",
        relations.join(", "),
        WAIT.as_millis()
    )
}

/// Folds entities in a transaction of its own; how many rows differed, and how long it took the server.
async fn call(
    work: &mut PgConnection,
    objects: &Objects,
    set: &str,
    ids: &[String],
) -> sqlx::Result<(u64, Duration)> {
    let sql = format!(
        "SELECT r.rows, extract(epoch FROM clock_timestamp() - statement_timestamp())::float8
         FROM (SELECT {}($1::text[]::{}[]) AS rows OFFSET 0) AS r",
        objects.rebuild, objects.id_type
    );
    let mut transaction = work.begin().await?;
    transaction.execute(AssertSqlSafe(set.to_owned())).await?;
    let (rows, took): (i64, f64) =
        query_as(AssertSqlSafe(sql)).bind(ids).fetch_one(&mut *transaction).await?;
    transaction.commit().await?;
    Ok((u64::try_from(rows).unwrap_or_default(), Duration::from_secs_f64(took.max(0.0))))
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

#[cfg(test)]
mod tests {
    use super::next;
    use std::time::Duration;

    #[test]
    fn as_many_entities_are_folded_as_fit() {
        let of = |before, count, millis| next(before, count, Duration::from_millis(millis));
        assert_eq!(of(20, 20, 10), 40, "not more than twice as many at once");
        assert_eq!(of(1_000, 1_000, 800), 125);
        assert_eq!(of(20, 20, 4_000), 1, "one at least");
        assert_eq!(of(1, 1, 0), 2);
        assert_eq!(of(400, 3, 1), 300, "a few that are left over say less");
        assert_eq!(of(400, 1, 0), 400);
    }
}
