//! Connects to the database.

use crate::arguments::Database;
use crate::failure::{Failure, message_of};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions as _, Executor as _, query};
use std::time::Duration;

/// How long a server may take to answer.
const PATIENCE: Duration = Duration::from_secs(15);

/// What holds for each session: names without a schema are PostgreSQL's own, and no timeout of the role ends a fill.
const SETTINGS: &str = "SET search_path = pg_catalog, pg_temp; SET statement_timeout = 0; \
    SET default_transaction_isolation = 'read committed'; SET client_min_messages = warning;";

/// A connection with the rights of the role that is asked for.
pub(crate) async fn connect(database: &Database) -> Result<PgConnection, Failure> {
    let Some(url) = database.database_url.as_deref().filter(|url| !url.is_empty()) else {
        return Err(Failure::usage(
            "no database is given",
            "pass --database-url postgres://user@host/name, or set DATABASE_URL",
        ));
    };
    let options: PgConnectOptions = url.parse().map_err(|error: sqlx::Error| {
        Failure::usage(
            format!("the URL of the database cannot be read: {}", reason(&error)),
            "write it as postgres://user@host/name",
        )
    })?;
    let options = options.application_name("es-rollup").disable_statement_logging();
    let place = place(&options);
    let connecting = tokio::time::timeout(PATIENCE, options.connect());
    let mut connection = match connecting.await {
        Ok(Ok(connection)) => connection,
        Ok(Err(sqlx::Error::Io(error))) => return Err(unreachable(&place, &error.to_string())),
        Ok(Err(error)) => return Err(unreachable(&place, &message_of(&error))),
        Err(_) => return Err(unreachable(&place, "it does not answer")),
    };
    connection.execute(SETTINGS).await?;
    if let Some(role) = &database.role {
        let set = query("SELECT set_config('role', $1, false)").bind(role).execute(&mut connection).await;
        set.map_err(|error| {
            Failure::database(message_of(&error), "name a role of which the user in the URL is a member")
        })?;
    }
    Ok(connection)
}

/// What is wrong with a URL, without the words that sqlx puts before it.
fn reason(error: &sqlx::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

fn unreachable(place: &str, why: &str) -> Failure {
    Failure::database(
        format!("cannot connect to {place}: {why}"),
        "check the URL, and that the server runs and lets you in",
    )
}

/// Where the server is, without the password.
fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}
