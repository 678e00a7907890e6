//! An event store in plain SQL, in es-entity's layout: events are appended at the version that the writer has seen.

use std::error::Error;
use std::fmt;

use chrono::{DateTime, TimeDelta, Utc};
use es_rollup::{ErrorKind, Recorded, Rollup, refusal_of};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::{PgExecutor, Postgres};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Decode, Encode, PgPool, Type};

/// What the store needs from an enum of events: serde writes and reads it, and sqlx knows its ids.
pub(crate) trait Events:
    Rollup<
        Id: for<'q> Encode<'q, Postgres>
                + for<'r> Decode<'r, Postgres>
                + Type<Postgres>
                + Clone
                + Send
                + Sync
                + Unpin
                + 'static,
        Time = DateTime<Utc>,
        Context: DeserializeOwned + Send + Unpin,
    > + Serialize
    + DeserializeOwned
    + Send
    + Sync
    + Unpin
    + 'static
{
}

impl<E> Events for E
where
    E: Rollup<Time = DateTime<Utc>> + Serialize + DeserializeOwned + Send + Sync + Unpin + 'static,
    E::Id: for<'q> Encode<'q, Postgres>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + Clone
        + Send
        + Sync
        + Unpin
        + 'static,
    E::Context: DeserializeOwned + Send + Unpin,
{
}

/// An event as it is stored.
#[derive(Debug)]
pub(crate) struct Stored<E: Rollup> {
    pub(crate) id: E::Id,
    pub(crate) sequence: i64,
    pub(crate) event: E,
    pub(crate) context: Option<E::Context>,
    pub(crate) recorded_at: DateTime<Utc>,
}

impl<E: Events> Stored<E> {
    /// The input of the fold.
    pub(crate) fn recorded(&self) -> Recorded<'_, E> {
        Recorded {
            id: &self.id,
            sequence: self.sequence,
            recorded_at: self.recorded_at,
            event: &self.event,
            context: self.context.as_ref(),
        }
    }
}

/// Creates the event table. It belongs to the application, not to the migration.
pub(crate) async fn create_table<E: Rollup>(pool: &PgPool) -> sqlx::Result<()> {
    let statement = format!(
        "CREATE TABLE {} (
           id uuid NOT NULL,
           sequence integer NOT NULL,
           event_type text NOT NULL,
           event jsonb NOT NULL,
           context jsonb,
           recorded_at timestamptz NOT NULL,
           UNIQUE (id, sequence)
         )",
        E::EVENT_TABLE
    );
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(pool).await?;
    Ok(())
}

/// Runs a migration in one transaction, as migration tools do.
pub(crate) async fn migrate(pool: &PgPool, migration: &'static str) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql(migration).execute(&mut *transaction).await?;
    transaction.commit().await
}

/// Appends events after a version. If another writer has appended since, the unique index of the event table refuses
/// them: [`lost_the_race`].
pub(crate) async fn append<E: Events>(
    executor: impl PgExecutor<'_>,
    id: &E::Id,
    version: i64,
    at: DateTime<Utc>,
    context: Option<&Value>,
    events: &[E],
) -> sqlx::Result<()> {
    let statement = format!(
        "INSERT INTO {} (id, sequence, event_type, event, context, recorded_at)
         SELECT $1, $2 + number, event ->> 'type', event, $3, $4
         FROM jsonb_array_elements($5) WITH ORDINALITY AS new (event, number)",
        E::EVENT_TABLE
    );
    sqlx::query(AssertSqlSafe(statement))
        .bind(id.clone())
        .bind(version)
        .bind(context)
        .bind(at)
        .bind(Json(events))
        .execute(executor)
        .await?;
    Ok(())
}

/// Why the rollup has refused events, if it has.
pub(crate) fn refused<E: Events>(error: &sqlx::Error) -> Option<ErrorKind> {
    refusal_of::<E>(error)?.kind()
}

/// Whether another writer has appended first: read again, decide again, try again.
pub(crate) fn lost_the_race<E: Events>(error: &sqlx::Error) -> bool {
    refused::<E>(error) == Some(ErrorKind::Replay)
}

/// Whether PostgreSQL has ended the transaction, since it and another one were waiting for each other.
pub(crate) fn deadlocked(error: &sqlx::Error) -> bool {
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("40P01"))
}

/// The columns of an event.
type Row<E> = (<E as Rollup>::Id, i64, Json<E>, Option<Json<<E as Rollup>::Context>>, DateTime<Utc>);

/// The events of all entities, or of one, after a version, in the order of their streams.
pub(crate) async fn events<E: Events>(
    pool: &PgPool,
    id: Option<&E::Id>,
    version: i64,
) -> sqlx::Result<Vec<Stored<E>>> {
    let statement = format!(
        "SELECT id, sequence::bigint, event, context, recorded_at FROM {}
         WHERE ($1 IS NULL OR id = $1) AND sequence > $2
         ORDER BY id, sequence",
        E::EVENT_TABLE
    );
    let rows = sqlx::query_as::<_, Row<E>>(AssertSqlSafe(statement)).bind(id.cloned()).bind(version);
    let rows = rows.fetch_all(pool).await?;
    let stored = rows.into_iter().map(|(id, sequence, Json(event), context, recorded_at)| Stored {
        id,
        sequence,
        event,
        context: context.map(|Json(context)| context),
        recorded_at,
    });
    Ok(stored.collect())
}

/// Folds all stored streams in Rust, in the order of the ids.
pub(crate) async fn folded<E: Events>(pool: &PgPool) -> Result<Vec<E::State>, Box<dyn Error>> {
    let events = events::<E>(pool, None, 0).await?;
    let streams = events.chunk_by(|one, next| one.id == next.id);
    let states = streams.map(|stream| E::fold(stream.iter().map(Stored::recorded)));
    let states: Vec<_> = states.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    Ok(states.into_iter().flatten().collect())
}

/// Why a command has appended nothing.
#[derive(Debug)]
pub(crate) enum Failed {
    /// It is against the rules, as the command's words say.
    Rejected(&'static str),
    /// What the database says.
    Database(sqlx::Error),
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(why) => out.write_str(why),
            Self::Database(error) => error.fmt(out),
        }
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Rejected(_) => None,
            Self::Database(error) => Some(error),
        }
    }
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// A clock that is a minute ahead each time it is read, so that an example prints the same times on each run.
#[derive(Debug)]
pub(crate) struct Clock(DateTime<Utc>);

impl Clock {
    /// Starts at this many seconds of Unix time.
    pub(crate) fn starting(seconds: i64) -> Self {
        Self(DateTime::from_timestamp(seconds, 0).expect("the time is in range"))
    }

    pub(crate) fn now(&mut self) -> DateTime<Utc> {
        self.0 += TimeDelta::minutes(1);
        self.0
    }
}
