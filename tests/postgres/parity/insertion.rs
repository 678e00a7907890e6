//! The ways in which events reach the table.

use super::case::Event;
use crate::layout::Target;
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
    target: &Target<'_>,
    form: Form,
    rows: &[Row<'_>],
) -> sqlx::Result<()> {
    match form {
        Form::Single | Form::Rows | Form::Shuffled => values(connection, target, rows).await,
        Form::Join => join(connection, target, rows).await,
        Form::Copy | Form::CopyShuffled => copy(connection, target, rows).await,
    }
}

async fn values(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, id_type, layout, .. } = target;
    let places: Vec<String> = (0..rows.len())
        .map(|row| {
            let [id, sequence, tag, payload, recorded_at, context] =
                [1, 2, 3, 4, 5, 6].map(|at| row * 6 + at);
            format!("(${id}::text::{id_type}, ${sequence}, ${tag}, ${payload}, ${recorded_at}, ${context})")
        })
        .collect();
    let sql = format!("INSERT INTO {table} ({}) VALUES {}", layout.columns(), places.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Row { id, event } in rows {
        let (tag, payload) = target.stored(&event.payload);
        query = query
            .bind(id)
            .bind(i64::from(event.sequence))
            .bind(tag)
            .bind(payload)
            .bind(event.recorded_at)
            .bind(&event.context);
    }
    query.execute(connection).await.map(drop)
}

async fn join(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, id_type, layout, .. } = target;
    let sql = format!(
        "WITH touched AS (
           INSERT INTO entities (id) SELECT DISTINCT * FROM unnest($1::text[])
           ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id RETURNING id
         )
         INSERT INTO {table} ({})
         SELECT id::{id_type}, sequence, tag, payload, recorded_at, context
         FROM unnest($1::text[], $2::integer[], $3::text[], $4::jsonb[], $5::timestamptz[], $6::jsonb[])
           AS rows (id, sequence, tag, payload, recorded_at, context)
         JOIN touched USING (id)",
        layout.columns()
    );
    let ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let sequences: Vec<i32> = rows.iter().map(|row| row.event.sequence).collect();
    let (tags, payloads): (Vec<_>, Vec<_>) = rows.iter().map(|row| target.stored(&row.event.payload)).unzip();
    let times: Vec<_> = rows.iter().map(|row| row.event.recorded_at).collect();
    let contexts: Vec<_> = rows.iter().map(|row| row.event.context.clone()).collect();
    sqlx::query(AssertSqlSafe(sql))
        .bind(ids)
        .bind(sequences)
        .bind(tags)
        .bind(payloads)
        .bind(times)
        .bind(contexts)
        .execute(connection)
        .await
        .map(drop)
}

async fn copy(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, layout, .. } = target;
    let sql = format!("COPY {table} ({}) FROM STDIN WITH (FORMAT csv)", layout.columns());
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let lines = rows.iter().map(|Row { id, event }| {
        let (tag, payload) = target.stored(&event.payload);
        let (id, tag, payload) = (quoted(id), quoted(&tag), quoted(&payload.to_string()));
        let context = event.context.as_ref().map_or_else(String::new, |context| quoted(&context.to_string()));
        format!("{id},{},{tag},{payload},{},{context}\n", event.sequence, event.recorded_at.to_rfc3339())
    });
    let csv: Vec<String> = lines.collect();
    let mut copy = connection.copy_in_raw(&sql).await?;
    copy.send(csv.concat().as_bytes()).await?;
    copy.finish().await.map(drop)
}
