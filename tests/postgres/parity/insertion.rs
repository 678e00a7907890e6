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
    /// `VALUES` of one row of each entity, in any order.
    Turns,
}

impl Form {
    pub(crate) const ALL: [Self; 7] =
        [Self::Single, Self::Rows, Self::Shuffled, Self::Join, Self::Copy, Self::CopyShuffled, Self::Turns];

    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop::sample::select(Self::ALL.to_vec())
    }

    /// Whether the rows of one statement may come in any order.
    pub(crate) fn shuffles(self) -> bool {
        match self {
            Self::Shuffled | Self::Join | Self::CopyShuffled | Self::Turns => true,
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
        Form::Single | Form::Rows | Form::Shuffled | Form::Turns => values(connection, target, rows).await,
        Form::Join => join(connection, target, rows).await,
        Form::Copy | Form::CopyShuffled => copy(connection, target, rows).await,
    }
}

/// A query for the rows, once for each category if there are any.
fn by_category(target: &Target<'_>, source: &str) -> String {
    match target.layout.categories() {
        [] => format!("SELECT * FROM {source}"),
        all => {
            let all: Vec<String> = all.iter().map(|one| format!("('{}')", one.replace('\'', "''"))).collect();
            format!("SELECT * FROM {source}, (VALUES {}) AS categories", all.join(", "))
        }
    }
}

async fn values(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, id_type, layout, .. } = target;
    if rows.is_empty() {
        // `VALUES` has at least one row, but a statement need not insert any.
        let columns = layout.columns();
        let sql = format!("INSERT INTO {table} ({columns}) SELECT {columns} FROM {table} WHERE false");
        return sqlx::query(AssertSqlSafe(sql)).execute(connection).await.map(drop);
    }
    let timed = layout.recorded_at.is_some();
    let count = if timed { 6 } else { 5 };
    let places: Vec<String> = (0..rows.len())
        .map(|row| {
            let [id, sequence, tag, payload, context, recorded_at] =
                [1, 2, 3, 4, 5, 6].map(|at| row * count + at);
            let recorded_at = if timed { format!(", ${recorded_at}") } else { String::new() };
            format!("(${id}::text::{id_type}, ${sequence}, ${tag}, ${payload}, ${context}{recorded_at})")
        })
        .collect();
    let source = match layout.categories() {
        [] => format!("VALUES {}", places.join(", ")),
        _ => by_category(target, &format!("(VALUES {}) AS rows", places.join(", "))),
    };
    let sql = format!("INSERT INTO {table} ({}) {source}", layout.columns());
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for Row { id, event } in rows {
        let (tag, payload) = target.stored(&event.payload);
        query = query.bind(id).bind(i64::from(event.sequence)).bind(tag).bind(payload).bind(&event.context);
        if timed {
            query = query.bind(event.recorded_at);
        }
    }
    query.execute(connection).await.map(drop)
}

async fn join(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, id_type, layout, .. } = target;
    let time = if layout.recorded_at.is_some() { ", recorded_at" } else { "" };
    let source = format!(
        "(
           SELECT id::{id_type}, sequence, tag, payload, context{time}
           FROM unnest($1::text[], $2::integer[], $3::text[], $4::jsonb[], $5::jsonb[], $6::timestamptz[])
             AS rows (id, sequence, tag, payload, context, recorded_at)
           JOIN touched USING (id)
         ) AS rows"
    );
    let sql = format!(
        "WITH touched AS (
           INSERT INTO entities (id) SELECT DISTINCT * FROM unnest($1::text[])
           ON CONFLICT (id) DO UPDATE SET id = EXCLUDED.id RETURNING id
         )
         INSERT INTO {table} ({}) {}",
        layout.columns(),
        by_category(target, &source)
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
        .bind(contexts)
        .bind(times)
        .execute(connection)
        .await
        .map(drop)
}

async fn copy(connection: &mut PgConnection, target: &Target<'_>, rows: &[Row<'_>]) -> sqlx::Result<()> {
    let Target { table, layout, .. } = target;
    let sql = format!("COPY {table} ({}) FROM STDIN WITH (FORMAT csv)", layout.columns());
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let lines = rows.iter().flat_map(|Row { id, event }| {
        let (tag, payload) = target.stored(&event.payload);
        let (id, tag, payload) = (quoted(id), quoted(&tag), quoted(&payload.to_string()));
        let context = event.context.as_ref().map_or_else(String::new, |context| quoted(&context.to_string()));
        let time =
            layout.recorded_at.map_or_else(String::new, |_| format!(",{}", event.recorded_at.to_rfc3339()));
        let line = format!("{id},{},{tag},{payload},{context}{time}", event.sequence);
        match layout.categories() {
            [] => vec![format!("{line}\n")],
            all => all.iter().map(|one| format!("{line},{one}\n")).collect(),
        }
    });
    let csv: Vec<String> = lines.collect();
    let mut copy = connection.copy_in_raw(&sql).await?;
    copy.send(csv.concat().as_bytes()).await?;
    copy.finish().await.map(drop)
}
