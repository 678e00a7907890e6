//! `at`: the row of an entity as it was after one of its events.

use crate::answer::{Answer, Ending, shown};
use crate::arguments::At;
use crate::commands::refold::{is_about_an_event, told};
use crate::connection::connect;
use crate::entities;
use crate::failure::{Failure, message_of};
use crate::rollups;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, query_as};

pub(crate) async fn run(arguments: &At) -> Result<Answer, Failure> {
    let At { id, version, database, chosen, output } = arguments;
    let mut connection = connect(database).await?;
    let wanted = chosen.rollup.as_deref();
    let rollup = rollups::one(&mut connection, wanted).await?;
    rollups::trust(std::slice::from_ref(&rollup), wanted)?;
    let objects = rollup.objects()?;
    entities::check(&mut connection, &objects, id).await?;
    // As the server writes it: a number of many digits stays as it is.
    let sql = format!(
        "SELECT row_to_json(r)::text, c.key, c.value
FROM {}($1::text::{}, $2) AS r, json_each_text(row_to_json(r)) WITH ORDINALITY AS c (key, value, place)
ORDER BY c.place",
        objects.at, objects.id_type
    );
    let columns: Vec<(String, String, Option<String>)> =
        match query_as(AssertSqlSafe(sql)).bind(id).bind(version).fetch_all(&mut connection).await {
            Ok(columns) => columns,
            Err(error) if is_about_an_event(&error) => {
                let lines = told(&[(id.clone(), message_of(&error))]);
                let value = json!({ "refused": [{ "id": id, "error": message_of(&error) }] });
                return Ok(Answer::new(output.json, &lines, &value, Ending::Difference));
            }
            Err(error) => return Err(error.into()),
        };
    let Some((row, ..)) = columns.first() else {
        let line = format!(
            "{}: there is no row of {} after event {version}; it has no such event, or its stream had ended",
            rollup.name,
            shown(id)
        );
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
