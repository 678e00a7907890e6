//! Goes through the entities of a rollup in the order of their ids, some at a time.

use crate::failure::{Failure, code_of, message_of};
use es_rollup_core::emit::Objects;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as, query_scalar};

/// An entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entity {
    pub(crate) id: String,
    /// Whether it is in the sample.
    pub(crate) is_drawn: bool,
}

/// Refuses what cannot be the id of an entity.
pub(crate) async fn check(connection: &mut PgConnection, objects: &Objects, id: &str) -> Result<(), Failure> {
    let sql = format!("SELECT $1::text::{} IS NULL", objects.id_type);
    match query_scalar::<_, bool>(AssertSqlSafe(sql)).bind(id).fetch_one(connection).await {
        Ok(_) => Ok(()),
        Err(error) if code_of(&error).starts_with("22") => Err(Failure::usage(
            message_of(&error),
            format!("ids of this rollup have the type {}", objects.id_type),
        )),
        Err(error) => Err(error.into()),
    }
}

/// The next entities that have events or rows; `share` of them are drawn.
pub(crate) async fn next(
    connection: &mut PgConnection,
    objects: &Objects,
    after: Option<&str>,
    most: i64,
    share: f64,
) -> sqlx::Result<Vec<Entity>> {
    let sql = listed(objects, after.is_some());
    let rows: Vec<(String, bool)> =
        query_as(AssertSqlSafe(sql)).bind(after).bind(most).bind(share).fetch_all(connection).await?;
    Ok(rows.into_iter().map(|(id, is_drawn)| Entity { id, is_drawn }).collect())
}

/// The query: the first bind is the id after which they are, if there is one.
fn listed(objects: &Objects, is_after: bool) -> String {
    let Objects { events, id, id_type, order, tables, base, .. } = objects;
    let some = |table: &String, id: &str| {
        let above =
            if is_after { format!("WHERE t.{id} > $1::text::{id_type}{order} ") } else { String::new() };
        format!(
            "(SELECT DISTINCT t.{id}::{id_type}{order} AS id FROM {table} AS t {above}ORDER BY 1 LIMIT $2)"
        )
    };
    let all: Vec<String> = std::iter::once(some(events, id))
        .chain(tables.iter().chain(base).map(|table| some(table, "\"id\"")))
        .collect();
    // Without a bound, the type of the first bind has to be told all the same.
    format!(
        "SELECT a.id::text, random() < $3
FROM (SELECT u.id FROM ({}) AS u WHERE $1::text IS NOT DISTINCT FROM $1::text ORDER BY u.id LIMIT $2) AS a
ORDER BY a.id",
        all.join("\n  UNION ")
    )
}

/// About how many there are: those with a row.
pub(crate) async fn count(connection: &mut PgConnection, objects: &Objects) -> sqlx::Result<u64> {
    let Some(root) = objects.tables.first() else { return Ok(0) };
    let count: i64 =
        query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {root}"))).fetch_one(connection).await?;
    Ok(u64::try_from(count).unwrap_or_default())
}
