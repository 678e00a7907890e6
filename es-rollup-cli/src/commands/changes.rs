//! `changes`: which event of an entity changed which column.

use crate::answer::{Answer, shown};
use crate::arguments::Changes;
use crate::commands::refold::{is_about_an_event, refused};
use crate::connection::connect;
use crate::entities;
use crate::failure::{Failure, message_of};
use crate::rollups::{self, Rollup};
use sqlx::{AssertSqlSafe, query_as};

/// The sequence and the type of an event, a column, its value before and after it, and all of them as JSON.
type Change = (i64, String, String, Option<String>, Option<String>, String);

pub(crate) async fn run(arguments: &Changes) -> Result<Answer, Failure> {
    let Changes { id, column, database, chosen, output } = arguments;
    let mut connection = connect(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollup = rollups::one(&mut connection, wanted).await?;
    rollups::trust(std::slice::from_ref(&rollup), wanted)?;
    known(&rollup, column)?;
    let objects = rollup.objects()?;
    entities::check(&mut connection, &objects, id).await?;
    rollups::must_have(&mut connection, &rollup, &objects.changes, &objects.id_type).await?;
    // As the server writes it: a number of many digits stays as it is.
    let sql = format!(
        "SELECT c.es_sequence, c.es_event_type, c.es_column, c.es_was::text, c.es_is::text,
  json_build_object('sequence', c.es_sequence, 'event_type', c.es_event_type, 'column', c.es_column,
    'was', c.es_was, 'is', c.es_is)::text
FROM {}($1::text::{}) AS c
WHERE cardinality($2::text[]) = 0 OR c.es_column = ANY ($2)",
        objects.changes, objects.id_type
    );
    let changes: Vec<Change> =
        match query_as(AssertSqlSafe(sql)).bind(id).bind(column).fetch_all(&mut connection).await {
            Ok(changes) => changes,
            Err(error) if is_about_an_event(&error) => {
                return Ok(refused(output.json, id, &message_of(&error)));
            }
            Err(error) => return Err(error.into()),
        };
    if output.json {
        let all: Vec<&str> = changes.iter().map(|(.., json)| json.as_str()).collect();
        return Ok(Answer::text(format!("[{}]\n", all.join(",\n "))));
    }
    if changes.is_empty() {
        let line = format!("{}: no event of {} has changed a column", rollup.name, shown(id));
        return Ok(Answer::text(line + "\n"));
    }
    let line = |(sequence, event_type, column, was, is, _): &Change| {
        let [was, is] = [was, is].map(|value| shown(value.as_deref().unwrap_or("NULL")));
        format!("{sequence}  {}  {}: {was} -> {is}\n", shown(event_type), shown(column))
    };
    Ok(Answer::text(changes.iter().map(line).collect()))
}

/// Refuses a column that the rollup does not have.
fn known(rollup: &Rollup, columns: &[String]) -> Result<(), Failure> {
    let all = &rollup.model()?.root.columns;
    match columns.iter().find(|name| !all.iter().any(|column| column.name == **name)) {
        None => Ok(()),
        Some(unknown) => {
            let all: Vec<&str> = all.iter().map(|column| column.name.as_str()).collect();
            Err(Failure::usage(
                format!("{} has no column {unknown}", rollup.name),
                format!("pass one of these to --column: {}", all.join(", ")),
            ))
        }
    }
}
