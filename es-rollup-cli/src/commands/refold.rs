//! Folds entities again from nothing, some at a time: what `rebuild` and a repair have in common.

use crate::answer::{Answer, Ending, shown};
use crate::failure::{Failure, message_of};
use crate::progress::some;
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_scalar};

/// The classes of errors that are not about an event: those of the connection, of the transaction, of rights and names, of
/// locks, of resources and of the server.
const OTHERS: [&str; 9] = ["08", "25", "40", "42", "53", "54", "55", "57", "58"];

/// An entity that does not fold, with the error.
pub(crate) type Unfolded = (String, String);

/// What was done.
#[derive(Debug, Default)]
pub(crate) struct Refolded {
    /// How many rows were changed, inserted or deleted.
    pub(crate) rows: u64,
    pub(crate) unfolded: Vec<Unfolded>,
}

/// Whether an error is about an event. It then comes again however often one tries.
pub(crate) fn is_about_an_event(error: &sqlx::Error) -> bool {
    let code = crate::failure::code_of(error);
    !code.is_empty()
        && code != "RU020"
        && !OTHERS.iter().any(|class| code.starts_with(class))
        && !code.starts_with("XX")
}

/// Folds these entities again, in one transaction, or in several if some of them do not fold. What is done by the time of
/// a failure is in `refolded`.
pub(crate) async fn refold(
    session: &mut Session,
    objects: &Objects,
    ids: &[String],
    refolded: &mut Refolded,
) -> Result<(), Failure> {
    // Those that are still to be folded, the first ones last.
    let mut parts: Vec<&[String]> = vec![ids];
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        match session.insist(async |work| call(work, objects, part).await).await {
            Ok(rows) => refolded.rows += u64::try_from(rows).unwrap_or_default(),
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
        if session.is_interrupted && !parts.is_empty() {
            return Err(Trouble::Interrupted.into());
        }
    }
    Ok(())
}

async fn call(work: &mut PgConnection, objects: &Objects, ids: &[String]) -> sqlx::Result<i64> {
    let sql = format!("SELECT {}($1::text[]::{}[])", objects.rebuild, objects.id_type);
    query_scalar(AssertSqlSafe(sql)).bind(ids).fetch_one(work).await
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
