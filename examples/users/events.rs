//! The event table, the events of the file, and the statements that write and read them.

use super::{UserEvent, UserId, UserRollup};
use chrono::{DateTime, Utc};
use es_rollup::Recorded;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::PgPool;
use sqlx::types::Json;

/// The event table in es-entity's layout. It belongs to the application, and the migration does not change it.
pub(super) const EVENT_TABLE: &str = "\
CREATE TABLE core_user_events (
  id uuid NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  context jsonb,
  recorded_at timestamptz NOT NULL,
  UNIQUE (id, sequence)
)";

/// What the migration has created, from the database's catalogue.
pub(super) const CATALOG: &str = "\
SELECT 'table', c.relname::text || ': ' || string_agg(a.attname, ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind = 'r' AND c.relname = 'core_user_events_rollup'
GROUP BY c.oid
UNION ALL
(SELECT 'function', proname::text FROM pg_proc WHERE proname LIKE 'core_user_events_rollup%' ORDER BY oid)
UNION ALL
(SELECT 'trigger', tgname::text || ', after ' ||
   CASE tgtype WHEN 4 THEN 'INSERT' WHEN 16 THEN 'UPDATE' WHEN 32 THEN 'TRUNCATE' ELSE 'DELETE' END || ' on ' || tgrelid::regclass::text ||
   CASE WHEN tgqual IS NULL THEN '' ELSE ', never fires' END
 FROM pg_trigger WHERE tgname LIKE 'core_user_events_rollup%' ORDER BY oid)";

pub(super) const INSERT_ONE: &str = "\
INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
VALUES ($1, $2, $3, $4, $5)";

pub(super) const INSERT_SHUFFLED: &str = "\
INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
SELECT * FROM jsonb_to_recordset($1)
  AS file (id uuid, sequence int, event_type text, event jsonb, recorded_at timestamptz)
ORDER BY random()";

pub(super) const ONE_ROW: &str = "SELECT * FROM core_user_events_rollup WHERE id = $1";

pub(super) const ALL_ROWS: &str = "SELECT * FROM core_user_events_rollup ORDER BY id";

pub(super) const ALL_EVENTS: &str =
    "SELECT id, sequence, event, recorded_at FROM core_user_events ORDER BY id, sequence";

/// A line of the file. The payload stays JSON, because inserting it does not need any Rust types.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct FileEvent {
    pub(super) id: UserId,
    pub(super) sequence: i32,
    pub(super) event_type: String,
    pub(super) event: Value,
    pub(super) recorded_at: DateTime<Utc>,
}

pub(crate) fn events_of_the_file() -> serde_json::Result<Vec<FileEvent>> {
    include_str!("events.jsonl").lines().map(serde_json::from_str).collect()
}

/// A row of the event table, its payload read by serde.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct StoredEvent {
    pub(super) id: UserId,
    sequence: i32,
    #[sqlx(json)]
    event: UserEvent,
    recorded_at: DateTime<Utc>,
}

impl StoredEvent {
    /// The input of the fold.
    pub(super) fn recorded(&self) -> Recorded<'_, UserEvent> {
        Recorded {
            id: &self.id,
            sequence: self.sequence.into(),
            recorded_at: self.recorded_at,
            event: &self.event,
            context: None,
        }
    }
}

pub(super) async fn insert_one(pool: &PgPool, event: &FileEvent) -> sqlx::Result<()> {
    sqlx::query(INSERT_ONE)
        .bind(event.id)
        .bind(event.sequence)
        .bind(&event.event_type)
        .bind(&event.event)
        .bind(event.recorded_at)
        .execute(pool)
        .await?;
    Ok(())
}

pub(crate) async fn insert_shuffled(pool: &PgPool, events: &[FileEvent]) -> sqlx::Result<()> {
    sqlx::query(INSERT_SHUFFLED).bind(Json(events)).execute(pool).await?;
    Ok(())
}

pub(super) async fn row_of(pool: &PgPool, user: UserId) -> sqlx::Result<UserRollup> {
    sqlx::query_as(ONE_ROW).bind(user).fetch_one(pool).await
}

pub(super) async fn count_events(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM core_user_events").fetch_one(pool).await
}
