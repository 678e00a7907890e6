//! A range of entities that is verified by one call.

use super::Found;
use crate::answer::shown;
use crate::commands::refold::is_about_an_event;
use crate::entities::Entity;
use crate::failure::{Failure, message_of};
use crate::session::Session;
use crate::trouble::Trouble;
use es_rollup_core::emit::Objects;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as};
use std::fmt;

/// Entities that follow each other, and the one before them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range<'a> {
    pub(super) after: Option<&'a str>,
    pub(super) ids: &'a [Entity],
}

/// A row that is not the fold of its events, or several of a view that nothing tells apart here.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) id: String,
    table: String,
    version: Option<i64>,
    /// In one word.
    how: String,
    columns: Vec<String>,
    /// How many rows there are.
    pub(super) rows: i64,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, table, version, how, columns, rows } = self;
        write!(out, "{table}  {}", shown(id))?;
        if let Some(version) = version {
            write!(out, "  version {version}")?;
        }
        write!(out, "  {how}")?;
        if *rows > 1 {
            write!(out, " in {rows} rows")?;
        }
        if columns.is_empty() { Ok(()) } else { write!(out, ": {}", columns.join(", ")) }
    }
}

impl Difference {
    pub(super) fn as_json(&self) -> Value {
        let Self { id, table, version, how, columns, rows } = self;
        json!({ "table": table, "id": id, "version": version, "difference": how, "columns": columns, "rows": rows })
    }
}

/// The ranges of those that are drawn.
pub(super) fn ranges<'a>(after: Option<&'a str>, listed: &'a [Entity]) -> Vec<Range<'a>> {
    let mut ranges = Vec::new();
    let mut at = 0;
    for run in listed.chunk_by(|one, other| one.is_drawn == other.is_drawn) {
        if run.iter().any(|entity| entity.is_drawn) {
            ranges.push(Range { after: before(after, listed, at), ids: run });
        }
        at += run.len();
    }
    ranges
}

/// The entity before the one at a place.
fn before<'a>(after: Option<&'a str>, listed: &'a [Entity], at: usize) -> Option<&'a str> {
    at.checked_sub(1).and_then(|at| listed.get(at)).map_or(after, |entity| Some(&entity.id))
}

/// Verifies a range, or its halves if one of its entities does not fold.
pub(super) async fn verify(
    session: &mut Session,
    objects: &Objects,
    range: Range<'_>,
    found: &mut Found,
) -> Result<(), Failure> {
    let mut parts = vec![range];
    while let Some(Range { after, ids }) = parts.pop() {
        let Some(last) = ids.last() else { continue };
        match session.ask(async |work| call(work, objects, after, &last.id).await).await {
            Ok(differences) => found.differences.extend(differences),
            Err(Trouble::Database(error)) if is_about_an_event(&error) => {
                if let [one] = ids {
                    found.unfolded.push((one.id.clone(), message_of(&error)));
                } else {
                    let at = ids.len() / 2;
                    let (first, rest) = ids.split_at(at);
                    parts.extend([
                        Range { after: before(after, ids, at), ids: rest },
                        Range { after, ids: first },
                    ]);
                }
            }
            Err(trouble) => return Err(trouble.into()),
        }
        if session.is_interrupted {
            return Err(Trouble::Interrupted.into());
        }
    }
    Ok(())
}

type Row = (String, String, Option<i64>, String, Option<Vec<String>>, i64);

async fn call(
    work: &mut PgConnection,
    objects: &Objects,
    after: Option<&str>,
    to: &str,
) -> sqlx::Result<Vec<Difference>> {
    let Objects { verify, id_type, .. } = objects;
    let sql = format!(
        "SELECT v.es_id::text, v.es_table::text, v.es_version, v.es_difference, v.es_columns, count(*)
FROM {verify}($1::text::{id_type}, $2::text::{id_type}) WITH ORDINALITY
  AS v (es_id, es_table, es_version, es_difference, es_columns, es_nth)
GROUP BY 1, 2, 3, 4, 5
ORDER BY min(v.es_nth)"
    );
    let rows: Vec<Row> = query_as(AssertSqlSafe(sql)).bind(after).bind(to).fetch_all(work).await?;
    let difference = |(id, table, version, how, columns, rows): Row| Difference {
        id,
        table,
        version,
        how,
        columns: columns.unwrap_or_default(),
        rows,
    };
    Ok(rows.into_iter().map(difference).collect())
}

#[cfg(test)]
mod tests {
    use super::ranges;
    use crate::entities::Entity;

    #[test]
    fn a_sample_is_verified_in_ranges_of_neighbours() {
        let drawn = [true, false, true, true, false];
        let listed: Vec<Entity> =
            ('b'..).zip(drawn).map(|(id, is_drawn)| Entity { id: id.into(), is_drawn }).collect();
        let drawn = |after| -> Vec<(Option<String>, Vec<String>)> {
            let ranges = ranges(after, &listed).into_iter();
            ranges
                .map(|range| {
                    (range.after.map(Into::into), range.ids.iter().map(|one| one.id.clone()).collect())
                })
                .collect()
        };
        let rest = (Some("c".to_string()), vec!["d".to_string(), "e".to_string()]);
        assert_eq!(drawn(None), [(None, vec!["b".to_string()]), rest.clone()]);
        assert_eq!(drawn(Some("a")), [(Some("a".to_string()), vec!["b".to_string()]), rest]);
    }
}
