//! What a service does, one line of its standard input after the other.

use chrono::{DateTime, Utc};
use es_rollup::startup::{check_sql, judge};
use es_rollup::{Recorded, Rollup};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, Connection as _, FromRow, PgConnection, query, query_as};
use std::error::Error;
use std::fmt::Display;
use std::io::stdin;

/// Connects to the server of `DATABASE_URL` and prints what it finds there. Then it prints an answer to each line:
/// `ID SEQUENCE EVENT` inserts an event, `ID` reads a row and compares it with the fold, `ID state` reads it with the
/// query for whole states, and `ID *` with all columns, whatever they are.
///
/// # Errors
///
/// If the database cannot be reached, or a line is something else.
pub async fn serve<E>(columns: &str) -> Result<(), Box<dyn Error>>
where
    E: Rollup<Id = i64, Time = DateTime<Utc>, Context = ()> + Serialize + DeserializeOwned,
    E::State: for<'r> FromRow<'r, PgRow> + PartialEq + Serialize + Send + Unpin,
{
    let mut connection = PgConnection::connect(&std::env::var("DATABASE_URL")?).await?;
    let (model, trigger, edited): (Option<String>, Option<String>, Option<String>) =
        query_as(AssertSqlSafe(check_sql::<E>())).fetch_one(&mut connection).await?;
    say(judge::<E>(model.as_deref(), trigger.as_deref(), edited.as_deref()));
    let named = format!("SELECT {columns} FROM {} WHERE id = $1", E::ROLLUP_TABLE);
    let all = format!("SELECT * FROM {} WHERE id = $1", E::ROLLUP_TABLE);
    let whole = format!("{} WHERE r.id = $1", E::STATE_SQL);
    for line in stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.splitn(3, ' ').collect();
        let outcome = match words[..] {
            [id, sequence, event] => {
                let event: E = serde_json::from_str(event)?;
                insert(&mut connection, id.parse()?, sequence.parse()?, &event).await
            }
            [id, "*"] => compared::<E>(&mut connection, id.parse()?, &all).await,
            [id, "state"] => compared::<E>(&mut connection, id.parse()?, &whole).await,
            [id] => compared::<E>(&mut connection, id.parse()?, &named).await,
            _ => return Err(line.into()),
        };
        match outcome {
            Ok(answer) => say(answer),
            Err(error) => say(told(&*error)),
        }
    }
    Ok(())
}

/// In one line.
fn say(answer: impl Display) {
    println!("{}", answer.to_string().replace('\n', ";"));
}

/// The SQLSTATE, if it is an error of the database, and the message.
fn told(error: &(dyn Error + 'static)) -> String {
    match error.downcast_ref::<sqlx::Error>() {
        Some(sqlx::Error::Database(error)) => {
            format!("{}: {}", error.code().unwrap_or_default(), error.message())
        }
        _ => error.to_string(),
    }
}

async fn insert<E: Serialize>(
    connection: &mut PgConnection,
    id: i64,
    sequence: i32,
    event: &E,
) -> Result<String, Box<dyn Error>> {
    let event = serde_json::to_value(event)?;
    query(
        "INSERT INTO user_events (id, sequence, event_type, event, recorded_at)
         VALUES ($1, $2, $3 ->> 'type', $3, now())",
    )
    .bind(id)
    .bind(sequence)
    .bind(event)
    .execute(connection)
    .await?;
    Ok("inserted".into())
}

/// The row, and whether it is the fold of the entity's events, as far as the enum can read them.
async fn compared<E>(connection: &mut PgConnection, id: i64, sql: &str) -> Result<String, Box<dyn Error>>
where
    E: Rollup<Id = i64, Time = DateTime<Utc>, Context = ()> + DeserializeOwned,
    E::State: for<'r> FromRow<'r, PgRow> + PartialEq + Serialize + Send + Unpin,
{
    let row: E::State = query_as(AssertSqlSafe(sql)).bind(id).fetch_one(&mut *connection).await?;
    let mut shown = serde_json::to_value(&row)?;
    if let Value::Object(columns) = &mut shown {
        columns.retain(|name, _| !["id", "created_at", "modified_at"].contains(&&**name));
    }
    let events =
        "SELECT sequence::bigint, recorded_at, event FROM user_events WHERE id = $1 ORDER BY sequence";
    let stored: Vec<(i64, DateTime<Utc>, Value)> =
        query_as(events).bind(id).fetch_all(&mut *connection).await?;
    let events: Result<Vec<E>, _> =
        stored.iter().map(|(.., event)| serde_json::from_value(event.clone())).collect();
    let fold = match &events {
        Ok(events) => {
            let stream = stored.iter().zip(events);
            let stream = stream.map(|((sequence, at, _), event)| Recorded::new(&id, *sequence, *at, event));
            E::fold(stream).map_err(|error| error.to_string())
        }
        Err(error) => Err(error.to_string()),
    };
    Ok(match fold {
        Ok(Some(fold)) if fold == row => format!("{shown}, which is the fold"),
        Ok(_) => format!("{shown}, which is not the fold"),
        Err(error) => format!("{shown}, but there is no fold: {error}"),
    })
}
