//! The same kinds of errors for both folds.

use std::fmt;

/// Why an event was refused, by the Rust fold or by the database.
///
/// Each kind has an SQLSTATE of the class `RU`, which PostgreSQL leaves to implementations
/// (<https://www.postgresql.org/docs/current/errcodes-appendix.html>). A unique violation (`23505`) on the
/// event table means the same as [`Replay`](Self::Replay): the event is already stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// An event before this one is missing.
    Gap,
    /// The stream is already folded past this event's sequence.
    Replay,
    /// The stream's first event is not one that creates.
    NotCreated,
    /// An event that creates, but the stream has begun already.
    CreatedTwice,
    /// The event belongs to another entity than the stream.
    OtherEntity,
    /// The enum has no such event type.
    UnknownEvent,
    /// The payload does not have the form that serde writes: it is not an object, has no tag, or has a key twice.
    Malformed,
    /// A required key is absent.
    MissingKey,
    /// JSON null where there must be a value.
    NullValue,
    /// A value of the wrong type, or one that the column cannot hold exactly.
    WrongValue,
    /// The stream has ended: an event before this one deleted the row.
    Deleted,
    /// A counter would leave the range of its type.
    Overflow,
    /// The row that it changes or deletes does not exist.
    RowMissing,
    /// It creates a row that already exists.
    RowExists,
    /// The rollup cannot be installed here.
    Install,
}

impl ErrorKind {
    /// Every kind, in the order of the SQLSTATEs.
    pub const ALL: [Self; 15] = [
        Self::Gap,
        Self::Replay,
        Self::NotCreated,
        Self::CreatedTwice,
        Self::OtherEntity,
        Self::UnknownEvent,
        Self::Malformed,
        Self::MissingKey,
        Self::NullValue,
        Self::WrongValue,
        Self::Deleted,
        Self::Overflow,
        Self::RowMissing,
        Self::RowExists,
        Self::Install,
    ];

    /// The SQLSTATE that the database raises for it.
    pub const fn sqlstate(self) -> &'static str {
        match self {
            Self::Gap => "RU001",
            Self::Replay => "RU002",
            Self::NotCreated => "RU003",
            Self::CreatedTwice => "RU004",
            Self::OtherEntity => "RU005",
            Self::UnknownEvent => "RU006",
            Self::Malformed => "RU007",
            Self::MissingKey => "RU008",
            Self::NullValue => "RU009",
            Self::WrongValue => "RU010",
            Self::Deleted => "RU011",
            Self::Overflow => "RU012",
            Self::RowMissing => "RU013",
            Self::RowExists => "RU014",
            Self::Install => "RU020",
        }
    }

    /// The kind with this SQLSTATE; `None` if it is not one of this crate's.
    ///
    /// ```
    /// use es_rollup_core::ErrorKind;
    /// assert_eq!(ErrorKind::from_sqlstate("RU001"), Some(ErrorKind::Gap));
    /// assert_eq!(ErrorKind::from_sqlstate("23505"), None);
    /// ```
    pub fn from_sqlstate(sqlstate: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.sqlstate() == sqlstate)
    }

    /// What is wrong, as one clause.
    pub const fn clause(self) -> &'static str {
        match self {
            Self::Gap => "an event before it is missing",
            Self::Replay => "the rollup is already folded past it",
            Self::NotCreated => "the stream does not begin with an event that creates the entity",
            Self::CreatedTwice => "it creates an entity that already exists",
            Self::OtherEntity => "it belongs to another entity",
            Self::UnknownEvent => "its type is unknown",
            Self::Malformed => "its payload does not have the form that serde writes",
            Self::MissingKey => "a key is missing",
            Self::NullValue => "a value is null",
            Self::WrongValue => "a value does not fit its column",
            Self::Deleted => "the stream has ended: the entity was deleted",
            Self::Overflow => "a counter would leave the range of its type",
            Self::RowMissing => "the row that it changes does not exist",
            Self::RowExists => "it creates a row that already exists",
            Self::Install => "the rollup cannot be installed",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.clause())
    }
}

/// The Rust fold refused an event; the state is as it was before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldError<Id> {
    /// Why.
    pub kind: ErrorKind,
    /// The entity.
    pub id: Id,
    /// The refused event's sequence.
    pub sequence: i64,
    /// The refused event's type, as serde writes it.
    pub event_type: &'static str,
    /// The version that the fold had reached.
    pub version: i64,
    /// The view, if the error is about one rather than about the entity's own row.
    pub view: Option<&'static str>,
    /// The column, if the error is about one.
    pub column: Option<&'static str>,
}

impl<Id: fmt::Debug> fmt::Display for FoldError<Id> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, id, sequence, event_type, version, view, column } = self;
        write!(
            out,
            "event {sequence} ({event_type}) of entity {id:?} is refused at version {version}: {kind}"
        )?;
        match (view, column) {
            (None, Some(column)) => write!(out, " (column {column})"),
            (Some(view), Some(column)) => write!(out, " (column {column} of {view})"),
            (Some(view), None) => write!(out, " (in {view})"),
            (None, None) => Ok(()),
        }
    }
}

impl<Id: fmt::Debug> std::error::Error for FoldError<Id> {}

#[cfg(test)]
mod tests {
    use super::ErrorKind;

    #[test]
    fn every_kind_has_its_own_sqlstate() {
        for kind in ErrorKind::ALL {
            assert_eq!(ErrorKind::from_sqlstate(kind.sqlstate()), Some(kind));
            assert!(kind.sqlstate().starts_with("RU") && kind.sqlstate().len() == 5);
        }
    }
}
