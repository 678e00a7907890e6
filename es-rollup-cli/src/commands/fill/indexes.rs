//! The indexes that a change adds, built while others write. The end of the fill would keep writers waiting meanwhile.

use crate::answer::shown;
use crate::progress::Progress;
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use sqlx::{AssertSqlSafe, Executor as _, query_scalar};

/// Whether an index of this name is on the rollup, and was built to its end.
const IS_VALID: &str = "SELECT i.indisvalid FROM pg_index AS i
WHERE i.indexrelid = to_regclass($1) AND i.indrelid = ANY (ARRAY(SELECT to_regclass(n) FROM unnest($2::text[]) AS n))";

/// Builds those that are missing, and again those that were not built to their end.
pub(super) async fn build(
    session: &mut Session,
    objects: &Objects,
    progress: &Progress,
) -> Result<(), Trouble> {
    for index in &objects.indexes {
        let is_valid: Option<bool> = session
            .ask(async |work| {
                query_scalar(IS_VALID).bind(&index.name).bind(&objects.tables).fetch_optional(work).await
            })
            .await?;
        match is_valid {
            Some(true) => continue,
            Some(false) => {
                let dropped = format!("DROP INDEX CONCURRENTLY {}", index.name);
                session.ask(async |work| work.execute(AssertSqlSafe(dropped)).await).await?;
            }
            None => {}
        }
        progress.note(&format!("building the index {}", shown(&index.name)));
        session.ask(async |work| work.execute(AssertSqlSafe(index.built.clone())).await).await?;
    }
    Ok(())
}
