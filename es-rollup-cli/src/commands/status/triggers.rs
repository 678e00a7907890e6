//! What the triggers of a rollup do, and how many of its rows are to be filled.

use crate::failure::Failure;
use crate::progress::some;
use crate::rollups::{Rollup, Trigger};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as};

/// How many entities are to be filled.
#[derive(Clone, Copy)]
pub(super) struct Left {
    /// `None` if they are not listed yet.
    pub(super) entities: Option<i64>,
    pub(super) refused: i64,
}

/// How many are left, if this role may know.
pub(super) async fn left(connection: &mut PgConnection, rollup: &Rollup) -> Result<Option<Left>, Failure> {
    let todo = rollup.objects()?.todo;
    let sql = format!(
        "SELECT count(*) FILTER (WHERE id IS NOT NULL), count(refused), count(*) FILTER (WHERE id IS NULL) FROM {todo}"
    );
    let counted: sqlx::Result<(i64, i64, i64)> = query_as(AssertSqlSafe(sql)).fetch_one(connection).await;
    match counted {
        Ok((entities, refused, listed)) => {
            Ok(Some(Left { entities: (listed > 0).then_some(entities), refused }))
        }
        // The owner alone may read it; and the fill may have ended a moment ago.
        Err(error) if ["42501", "42P01"].contains(&crate::failure::code_of(&error).as_str()) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The state of the triggers, in one word and in a sentence.
pub(super) fn told(trigger: &Trigger, left: Option<Left>, inserted: &str) -> (&'static str, String) {
    match (trigger, left) {
        (Trigger::Fires, _) => ("fire", "fire".into()),
        (Trigger::Off(off), _) => {
            let what = if off.iter().any(|name| name == inserted) {
                "new events do not reach the rows"
            } else {
                "events that are changed or deleted are not followed"
            };
            ("off", format!("missing, disabled or replaced: {}; {what}", off.join(", ")))
        }
        (Trigger::Fills, None) => ("filling", "fire, and rows are being filled".into()),
        (Trigger::Fills, Some(Left { entities: None, .. })) => {
            ("filling", "fire, and rows have to be filled: es-rollup fill".into())
        }
        (Trigger::Fills, Some(Left { entities: Some(entities), refused })) => {
            let left = some(entities.unsigned_abs(), "entity is", "entities are");
            let not = if refused > 0 { format!(", of which {refused} did not fold") } else { String::new() };
            ("filling", format!("fire, and {left} left to be filled{not}: es-rollup fill"))
        }
    }
}
