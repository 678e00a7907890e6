//! The ways in which events reach the table.

use super::case::Event;
use proptest::prelude::*;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

/// How a statement's rows are brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Form {
    /// One statement a row.
    Single,
    /// `VALUES` of many rows.
    Rows,
    /// `VALUES` in any order.
    Shuffled,
    /// `SELECT … FROM unnest(…) JOIN …`, in any order, as es-entity writes batches.
    Join,
    /// `COPY`.
    Copy,
    /// `COPY` in any order.
    CopyShuffled,
}

impl Form {
    pub(crate) const ALL: [Self; 6] =
        [Self::Single, Self::Rows, Self::Shuffled, Self::Join, Self::Copy, Self::CopyShuffled];

    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop::sample::select(Self::ALL.to_vec())
    }

    /// Whether the rows of one statement may come in any order.
    pub(crate) fn shuffles(self) -> bool {
        match self {
            Self::Shuffled | Self::Join | Self::CopyShuffled => true,
            Self::Single | Self::Rows | Self::Copy => false,
        }
    }
}

/// A row of the event table.
pub(crate) struct Row<'a> {
    pub(crate) id: String,
    pub(crate) event: &'a Event,
}

/// What the join needs.
pub(crate) async fn prepare(pool: &PgPool) {
    sqlx::query("CREATE TABLE entities (id text PRIMARY KEY)").execute(pool).await.expect("a table");
}

/// Inserts rows in one statement.
pub(crate) async fn insert(
    connection: &mut PgConnection,
    table: &str,
    id_type: &str,
    form: Form,
    rows: &[Row<'_>],
) -> sqlx::Result<()> {
    match form {
        Form::Single | Form::Rows | Form::Shuffled => values(connection, table, id_type, rows).await,
        Form::Join => join(connection, table, id_type, rows).await,
        Form::Copy | Form::CopyShuffled => copy(connection, table, rows).await,
    }
}

async fn values(
    connection: &mut PgConnection,
    table: &str,
    id_type: &str,
    rows: &[Row<'_>],
) -> sqlx::Result<()> {
    let places: Vec<String> = (0..rows.len())
        .map(|row| {
            let at = row * 5;
            format!("(${}::text::{id_type}, ${}, '-', ${}, ${}, ${})", at + 1, at + 2, at + 3, at + 4, at + 5)
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} (id, sequence, event_type, event, recorded_at, context) VALUES {}",
        places.join(", ")
    );
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Row { id, event } in rows {
        query = query
            .bind(id)
            .bind(event.sequence)
            .bind(&event.payload)
            .bind(event.recorded_at)
            .bind(&event.context);
    }
    query.execute(connection).await.map(drop)
}

async fn join(
    connection: &mut PgConnection,
    table: &str,
    id_type: &str,
    rows: &[Row<'_>],
) -> sqlx::Result<()> {
    let sql = format!(
        "WITH touched AS (
           INSERT INTO entities (id) SELECT DISTINCT * FROM unnest($1::text[])
           ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id RETURNING id
         )
         INSERT INTO {table} (id, sequence, event_type, event, recorded_at, context)
         SELECT id::{id_type}, sequence, '-', event, recorded_at, context
         FROM unnest($1::text[], $2::integer[], $3::jsonb[], $4::timestamptz[], $5::jsonb[])
           AS rows (id, sequence, event, recorded_at, context)
         JOIN touched USING (id)"
    );
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let sequences: Vec<i32> = rows.iter().map(|row| row.event.sequence).collect();
    let payloads: Vec<_> = rows.iter().map(|row| row.event.payload.clone()).collect();
    let times: Vec<_> = rows.iter().map(|row| row.event.recorded_at).collect();
    let contexts: Vec<_> = rows.iter().map(|row| row.event.context.clone()).collect();
    sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .bind(sequences)
        .bind(payloads)
        .bind(times)
        .bind(contexts)
        .execute(connection)
        .await
        .map(drop)
}

async fn copy(connection: &mut PgConnection, table: &str, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let sql = format!(
        "COPY {table} (id, sequence, event_type, event, recorded_at, context) FROM STDIN WITH (FORMAT csv)"
    );
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let lines = rows.iter().map(|Row { id, event }| {
        let (id, payload) = (quoted(id), quoted(&event.payload.to_string()));
        let context = event.context.as_ref().map_or_else(String::new, |context| quoted(&context.to_string()));
        format!("{id},{},-,{payload},{},{context}\n", event.sequence, event.recorded_at.to_rfc3339())
    });
    let csv: Vec<String> = lines.collect();
    let mut copy = connection.copy_in_raw(&sql).await?;
    copy.send(csv.concat().as_bytes()).await?;
    copy.finish().await.map(drop)
}
