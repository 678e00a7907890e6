//! Why a command cannot do what it was asked for.

use crate::trouble::Trouble;
use sqlx::postgres::PgDatabaseError;
use std::io::Write as _;
use std::process::ExitCode;

/// The SQLSTATE of a missing right.
const NO_RIGHT: &str = "42501";

/// What stands before the next command.
const NEXT: &str = "\n  next: ";

/// A reason with a message, and what to do next.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments, or what they name.
    Usage(String),
    /// The database.
    Database(String),
    /// The user.
    Interrupted(String),
}

impl Failure {
    /// Something about the arguments, and what to do.
    pub(crate) fn usage(what: impl std::fmt::Display, next: impl std::fmt::Display) -> Self {
        Self::Usage(with_next(what, next))
    }

    /// Something about the database, and what to do.
    pub(crate) fn database(what: impl std::fmt::Display, next: impl std::fmt::Display) -> Self {
        Self::Database(with_next(what, next))
    }

    /// The same with what the same command does if it is run again: `rest` is what to add to it.
    pub(crate) fn resumable(self, kept: &str, rest: &str) -> Self {
        let next = format!("run the same command again{rest}");
        match self {
            Self::Interrupted(_) => Self::Interrupted(with_next(kept, next)),
            Self::Database(text) if text.contains(NEXT) => {
                Self::Database(with_next(text, format!("then {next}")))
            }
            Self::Database(text) => Self::Database(with_next(text, next)),
            Self::Usage(_) => self,
        }
    }

    /// Prints it, and returns the code with which the process ends.
    pub(crate) fn tell(self) -> ExitCode {
        let (code, text) = match self {
            Self::Usage(text) => (2, format!("error: {text}")),
            Self::Database(text) => (3, format!("error: {text}")),
            Self::Interrupted(text) => (4, format!("interrupted: {text}")),
        };
        let _ = writeln!(std::io::stderr(), "{text}");
        ExitCode::from(code)
    }
}

fn with_next(what: impl std::fmt::Display, next: impl std::fmt::Display) -> String {
    format!("{what}{NEXT}{next}")
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Interrupted => Self::Interrupted("nothing was changed".into()),
            Trouble::Database(error) => error.into(),
        }
    }
}

/// Only the message and the hint: an error's detail can have values.
impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        let Some(told) =
            error.as_database_error().and_then(|error| error.try_downcast_ref::<PgDatabaseError>())
        else {
            return Self::database(format!("the connection failed: {error}"), "check that the server runs");
        };
        let what = format!("{} ({})", told.message(), told.code());
        match (told.hint(), told.code()) {
            (Some(hint), _) => Self::database(what, hint),
            (None, NO_RIGHT) => Self::database(
                what,
                "connect as the owner of the event table, or become it with --role OWNER",
            ),
            (None, _) => Self::Database(what),
        }
    }
}

/// The SQLSTATE of an error; empty if it is not one of the database.
pub(crate) fn code_of(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned()
}

/// The message of an error of the database, without its values.
pub(crate) fn message_of(error: &sqlx::Error) -> String {
    error.as_database_error().map_or_else(|| error.to_string(), |error| error.message().to_string())
}
