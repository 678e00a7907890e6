//! What a rollup refused, found in any chain of errors.

use crate::{ErrorKind, FoldError, Rollup};
use std::error::Error;

/// What a rollup refused, found by [`refusal_of`] in a chain of errors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refusal {
    /// Why.
    pub reason: Reason,
    /// The SQLSTATE that the server sent; for an error of the Rust fold, the one that it would have sent.
    pub sqlstate: String,
    /// The table that the error names, without its schema: the rollup's table or that of a view, or the event table for
    /// an event that is already stored.
    pub table: Option<String>,
    /// The view that the error is about, if it is about one.
    pub view: Option<String>,
    /// The column that the error is about, if it is about one.
    pub column: Option<String>,
    /// The violated constraint, if there is one.
    pub constraint: Option<String>,
}

/// Why a rollup refused something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// The event does not continue its stream, or cannot be read: both folds refuse it. An event that is already
    /// stored is [`ErrorKind::Replay`].
    Event(ErrorKind),
    /// A `check` of the rollup, or of a view, does not hold after the event.
    Check,
    /// Another row has the same values in the columns of a `unique` of the rollup, or of a view.
    Unique,
}

impl Refusal {
    /// Why both folds refuse the event; `None` for a violated constraint, which only the database knows.
    pub const fn kind(&self) -> Option<ErrorKind> {
        match self.reason {
            Reason::Event(kind) => Some(kind),
            Reason::Check | Reason::Unique => None,
        }
    }
}

/// Finds in an error, or in what it was caused by, the refusal of the rollup of `E`; `None` if there is none.
///
/// It looks at the error itself and follows [`source`](Error::source). It finds an error of the Rust fold, and the
/// errors of those drivers whose features are enabled: `sqlx-0-8`, `sqlx-0-9`, `tokio-postgres`.
///
/// ```
/// use es_rollup::{ErrorKind, Reason, Rollup, refusal_of};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize, Rollup)]
/// #[serde(rename_all = "snake_case")]
/// #[rollup(events = "account_events", id = i64, check(no_overdraft = "balance >= 0"))]
/// enum AccountEvent {
///     Deposited { #[rollup(increment = "balance")] amount: i64 },
///     Withdrawn { #[rollup(decrement = "balance")] amount: i64 },
/// }
///
/// /// What to answer, whatever library the error came through.
/// fn answer(error: &(dyn std::error::Error + 'static)) -> &'static str {
///     let Some(refusal) = refusal_of::<AccountEvent>(error) else { return "something else failed" };
///     match refusal.reason {
///         Reason::Check if refusal.constraint.as_deref() == Some("no_overdraft") => "not enough money",
///         Reason::Event(ErrorKind::Replay) => "another request was faster: read the account again and retry",
///         _ => "the event is refused",
///     }
/// }
/// # let event = AccountEvent::Deposited { amount: 1 };
/// # let error = AccountEvent::fold([es_rollup::Recorded::new(&7, 0_i64, chrono::Utc::now(), &event)]).unwrap_err();
/// # assert!(answer(&error).starts_with("another request was faster"));
/// ```
pub fn refusal_of<E: Rollup<Id: 'static>>(error: &(dyn Error + 'static)) -> Option<Refusal> {
    let mut next = Some(error);
    while let Some(error) = next {
        let folded = error.downcast_ref::<FoldError<E::Id>>().map(folded);
        let found = folded.or_else(|| sent(error).and_then(|sent| refused::<E>(&sent)));
        if found.is_some() {
            return found;
        }
        next = error.source();
    }
    None
}

/// An error of the Rust fold.
fn folded<Id>(error: &FoldError<Id>) -> Refusal {
    Refusal {
        reason: Reason::Event(error.kind),
        sqlstate: error.kind.sqlstate().into(),
        table: None,
        view: error.view.map(Into::into),
        column: error.column.map(Into::into),
        constraint: None,
    }
}

/// What a server says about an error.
struct Sent {
    sqlstate: String,
    schema: Option<String>,
    table: Option<String>,
    column: Option<String>,
    constraint: Option<String>,
}

/// The refusal, if it is one of this enum's rollup.
fn refused<E: Rollup>(sent: &Sent) -> Option<Refusal> {
    let table = qualified(sent.schema.as_deref(), sent.table.as_deref());
    let view = view_of::<E>(sent.schema.as_deref(), sent.table.as_deref());
    let (events, rollup) = (Some(E::EVENT_TABLE), Some(E::ROLLUP_TABLE));
    let table = table.as_deref();
    let is_own = table == rollup || view.is_some();
    let reason = match (ErrorKind::from_sqlstate(&sent.sqlstate), sent.sqlstate.as_str()) {
        // An error that names another table is another rollup's.
        (Some(kind), _) if table.is_none() || is_own || table == events => Reason::Event(kind),
        (None, UNIQUE_VIOLATION) if table == events => Reason::Event(ErrorKind::Replay),
        (None, UNIQUE_VIOLATION) if is_own => Reason::Unique,
        (None, CHECK_VIOLATION) if is_own => Reason::Check,
        (Some(_) | None, _) => return None,
    };
    Some(Refusal {
        reason,
        sqlstate: sent.sqlstate.clone(),
        table: sent.table.clone(),
        view: view.map(Into::into),
        column: sent.column.clone(),
        constraint: sent.constraint.clone(),
    })
}

/// The view whose table this is.
pub(crate) fn view_of<E: Rollup>(schema: Option<&str>, table: Option<&str>) -> Option<&'static str> {
    let table = qualified(schema, table)?;
    E::VIEWS.iter().find(|(_, of)| table == *of).map(|(name, _)| *name)
}

/// A table's name as the constants have it.
fn qualified(schema: Option<&str>, table: Option<&str>) -> Option<String> {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    Some(format!("{}.{}", quoted(schema?), quoted(table?)))
}

// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
const UNIQUE_VIOLATION: &str = "23505";
const CHECK_VIOLATION: &str = "23514";

/// What a server said, if this error itself comes from a driver whose feature is enabled.
#[cfg_attr(
    not(any(feature = "sqlx-0-8", feature = "sqlx-0-9", feature = "tokio-postgres")),
    expect(unused_variables, reason = "no driver is enabled")
)]
fn sent(error: &(dyn Error + 'static)) -> Option<Sent> {
    #[cfg(feature = "sqlx-0-9")]
    if let Some(sent) = sqlx_0_9(error) {
        return Some(sent);
    }
    #[cfg(feature = "sqlx-0-8")]
    if let Some(sent) = sqlx_0_8(error) {
        return Some(sent);
    }
    #[cfg(feature = "tokio-postgres")]
    if let Some(sent) = tokio_postgres(error) {
        return Some(sent);
    }
    None
}

/// A version of sqlx. A wrapper may leave its error out of the chain and continue with that error's own source, so this
/// also looks for the server's part.
macro_rules! sqlx {
    ($feature:literal, $function:ident, $sqlx:ident) => {
        #[cfg(feature = $feature)]
        fn $function(error: &(dyn Error + 'static)) -> Option<Sent> {
            use $sqlx::error::DatabaseError;
            use $sqlx::postgres::PgDatabaseError;
            let whole = error.downcast_ref::<$sqlx::Error>().and_then($sqlx::Error::as_database_error);
            let part = || error.downcast_ref::<Box<dyn DatabaseError>>().map(AsRef::as_ref);
            let error = match whole.or_else(part) {
                Some(error) => error.try_downcast_ref::<PgDatabaseError>()?,
                None => error.downcast_ref::<PgDatabaseError>()?,
            };
            Some(Sent {
                sqlstate: error.code().into(),
                schema: error.schema().map(Into::into),
                table: error.table().map(Into::into),
                column: error.column().map(Into::into),
                constraint: error.constraint().map(Into::into),
            })
        }
    };
}

sqlx!("sqlx-0-9", sqlx_0_9, sqlx);
sqlx!("sqlx-0-8", sqlx_0_8, sqlx_0_8);

/// tokio-postgres, and postgres, which uses its errors.
#[cfg(feature = "tokio-postgres")]
fn tokio_postgres(error: &(dyn Error + 'static)) -> Option<Sent> {
    use tokio_postgres::error::DbError;
    let whole = error.downcast_ref::<tokio_postgres::Error>().and_then(tokio_postgres::Error::as_db_error);
    let error = whole.or_else(|| error.downcast_ref::<DbError>())?;
    Some(Sent {
        sqlstate: error.code().code().into(),
        schema: error.schema().map(Into::into),
        table: error.table().map(Into::into),
        column: error.column().map(Into::into),
        constraint: error.constraint().map(Into::into),
    })
}
