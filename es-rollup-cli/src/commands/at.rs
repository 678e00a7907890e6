//! `at`: the row of an entity as it was after one of its events, or at a time.

use crate::answer::{Answer, Ending, shown};
use crate::arguments::At;
use crate::commands::refold::{is_about_an_event, refused};
use crate::connection::connect;
use crate::entities;
use crate::failure::{Failure, code_of, message_of};
use crate::rollups::{self, Rollup};
use es_rollup_core::emit::Objects;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, query_as, query_scalar};

/// The type of a time.
const TIME: &str = "timestamptz";

pub(crate) async fn run(arguments: &At) -> Result<Answer, Failure> {
    let At { id, version, time, database, chosen, output } = arguments;
    let mut connection = connect(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollup = rollups::one(&mut connection, wanted).await?;
    rollups::trust(std::slice::from_ref(&rollup), wanted)?;
    let objects = rollup.objects()?;
    entities::check(&mut connection, &objects, id).await?;
    let (call, when) = match time {
        None => (
            format!("{}($1::text::{}, $2::text::bigint)", objects.at, objects.id_type),
            version.unwrap_or_default().to_string(),
        ),
        Some(time) => (as_of(&mut connection, &rollup, &objects, time).await?, time.clone()),
    };
    // As the server writes it: a number of many digits stays as it is.
    let sql = format!(
        "SELECT row_to_json(r)::text, c.key, c.value
FROM {call} AS r, json_each_text(row_to_json(r)) WITH ORDINALITY AS c (key, value, place)
ORDER BY c.place"
    );
    let columns: Vec<(String, String, Option<String>)> =
        match query_as(AssertSqlSafe(sql)).bind(id).bind(&when).fetch_all(&mut connection).await {
            Ok(columns) => columns,
            Err(error) if is_about_an_event(&error) => {
                return Ok(refused(output.json, id, &message_of(&error)));
            }
            Err(error) => return Err(error.into()),
        };
    let Some((row, ..)) = columns.first() else {
        let why = match version {
            Some(version) => format!("after event {version}; it has no such event, or its stream had ended"),
            None => format!("at {}; it had no event yet, or its stream had ended", shown(&when)),
        };
        let line = format!("{}: there is no row of {} {why}", rollup.name, shown(id));
        return Ok(Answer::new(output.json, &[line], &Value::Null, Ending::Difference));
    };
    if output.json {
        return Ok(Answer::text(format!("{row}\n")));
    }
    let widest = columns.iter().map(|(_, name, _)| name.chars().count()).max().unwrap_or_default();
    let line = |(_, name, value): &(String, String, Option<String>)| {
        format!("{name:widest$}  {}\n", shown(value.as_deref().unwrap_or("NULL")))
    };
    Ok(Answer::text(columns.iter().map(line).collect()))
}

/// The call for a time.
async fn as_of(
    connection: &mut PgConnection,
    rollup: &Rollup,
    objects: &Objects,
    time: &str,
) -> Result<String, Failure> {
    let Some(as_of) = &objects.as_of else {
        return Err(Failure::usage(
            format!("the events of {} are recorded without a time", rollup.name),
            "pass the sequence of an event instead",
        ));
    };
    let sql = format!("SELECT $1::text::{TIME} IS NULL");
    match query_scalar::<_, bool>(AssertSqlSafe(sql)).bind(time).fetch_one(&mut *connection).await {
        Ok(_) => {}
        Err(error) if code_of(&error).starts_with("22") => {
            return Err(Failure::usage(message_of(&error), "write it as 2026-01-31T12:00:00Z, for example"));
        }
        Err(error) => return Err(error.into()),
    }
    rollups::must_have(connection, rollup, as_of, &format!("{}, {TIME}", objects.id_type)).await?;
    Ok(format!("{as_of}($1::text::{}, $2::text::{TIME})", objects.id_type))
}
