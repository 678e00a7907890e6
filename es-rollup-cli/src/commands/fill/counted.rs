//! How many entities are filled, seen from another session.

use es_rollup_core::emit::Objects;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as, query_scalar};

/// What was counted first.
#[derive(Debug, Default)]
pub(super) struct Counted {
    all: Option<u64>,
}

impl Counted {
    /// How many of how many are done, those of earlier calls too. `None` as long as they are not listed, or if the tables
    /// cannot be read at this moment.
    pub(super) async fn look(&mut self, watch: &mut PgConnection, objects: &Objects) -> Option<(u64, u64)> {
        let Objects { todo, done, .. } = objects;
        let sql = format!(
            "SELECT count(*) FILTER (WHERE id IS NOT NULL AND refused IS NULL), count(*) FILTER (WHERE id IS NULL) FROM {todo}"
        );
        let (left, listed): (i64, i64) = query_as(AssertSqlSafe(sql)).fetch_one(&mut *watch).await.ok()?;
        if listed == 0 {
            return None;
        }
        let left = u64::try_from(left).unwrap_or_default();
        let all = if let Some(all) = self.all {
            all
        } else {
            let sql = format!(
                "SELECT count(*) FROM {done} AS d WHERE NOT EXISTS (SELECT FROM {todo} AS t WHERE t.id = d.id)"
            );
            let before: i64 = query_scalar(AssertSqlSafe(sql)).fetch_one(watch).await.ok()?;
            *self.all.insert(left + u64::try_from(before).unwrap_or_default())
        };
        Some((all.saturating_sub(left), all))
    }

    /// How many there are, if that is known.
    pub(super) const fn all(&self) -> Option<u64> {
        self.all
    }
}
