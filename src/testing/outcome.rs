//! The outcome of a stream.

use super::driver::Report;
use crate::refusal::view_of;
use crate::{ErrorKind, Rollup};
use std::fmt;

/// The outcome of a stream, which is the same in Rust and in PostgreSQL.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Outcome<S> {
    /// The entity has this state.
    State(S),
    /// Its last event deleted the entity.
    Deleted,
    /// There are no events.
    Empty,
    /// One of the events is refused.
    Refused(Refused),
}

/// Why an event is refused, as the database reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Why both folds refuse it; `None` if only the database does: a constraint, an error that your own trigger
    /// raises, or JSON that PostgreSQL cannot hold.
    pub kind: Option<ErrorKind>,
    /// The SQLSTATE.
    pub sqlstate: String,
    /// The event's sequence.
    pub sequence: Option<i64>,
    /// The view that it is about; `None` for the entity's own row.
    pub view: Option<String>,
    /// The column that it is about.
    pub column: Option<String>,
    /// The constraint that does not hold.
    pub constraint: Option<String>,
    /// The error's message.
    pub message: String,
    /// Its detail.
    pub detail: Option<String>,
    /// Its hint.
    pub hint: Option<String>,
}

impl<S: fmt::Debug> Outcome<S> {
    /// The state.
    ///
    /// # Panics
    ///
    /// If there is none; the message says what the outcome is instead.
    #[track_caller]
    pub fn state(self) -> S {
        match self {
            Self::State(state) => state,
            Self::Deleted => panic!("there is no state: the last event deleted the entity"),
            Self::Empty => panic!("there is no state: no events were given"),
            Self::Refused(refused) => panic!("there is no state: an event was refused\n{refused}"),
        }
    }

    /// Whether the last event deletes the entity.
    pub const fn deleted(&self) -> bool {
        matches!(self, Self::Deleted)
    }

    /// Why an event is refused.
    ///
    /// # Panics
    ///
    /// If no event is refused; the message says what the outcome is instead.
    #[track_caller]
    pub fn refused(self) -> Refused {
        match self {
            Self::Refused(refused) => refused,
            Self::State(state) => panic!("no event was refused; the state is\n{state:#?}"),
            Self::Deleted => panic!("no event was refused: the last one deleted the entity"),
            Self::Empty => panic!("no event was refused: none were given"),
        }
    }
}

impl Refused {
    /// A refusal from the server's report, and the sequence if the statement inserted a single event.
    pub(super) fn new<E: Rollup>(report: Report, statement: Option<i64>) -> Self {
        let Report { sqlstate, message, detail, hint, schema, table, column, constraint } = report;
        let view = view_of::<E>(schema.as_deref(), table.as_deref()).map(Into::into);
        let kind = ErrorKind::from_sqlstate(&sqlstate);
        // The rollup's errors contain it, whichever statement inserted the event.
        let sequence = if kind.is_some() { told(&message) } else { statement };
        Self { kind, sqlstate, sequence, view, column, constraint, message, detail, hint }
    }

    /// Whether the fold in Rust cannot know of it: an integrity constraint, an error that the user's own SQL raises,
    /// text that JSON in PostgreSQL cannot hold.
    pub(super) fn is_the_databases_own(&self) -> bool {
        self.sqlstate.starts_with("23") || ["P0001", "22P05"].contains(&self.sqlstate.as_str())
    }
}

/// The sequence in a message of the rollup: `event 5 (role_granted) of …`.
fn told(message: &str) -> Option<i64> {
    message.strip_prefix("event ")?.split(' ').next()?.parse().ok()
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kind, sqlstate, sequence, view, column, constraint, message, detail, hint } = self;
        out.write_str(sqlstate)?;
        if let Some(kind) = kind {
            write!(out, " {kind:?}")?;
        }
        if let Some(sequence) = sequence {
            write!(out, " at event {sequence}")?;
        }
        let about = [("view", view), ("column", column), ("constraint", constraint)];
        for (name, what) in about.into_iter().filter_map(|(name, what)| Some((name, what.as_ref()?))) {
            write!(out, ", {name} {what}")?;
        }
        write!(out, "\nmessage: {message}")?;
        let more = [("detail", detail), ("hint", hint)];
        more.into_iter()
            .filter_map(|(name, text)| Some((name, text.as_ref()?)))
            .try_for_each(|(name, text)| write!(out, "\n{name}: {text}"))
    }
}

#[cfg(test)]
mod tests {
    use super::told;

    #[test]
    fn a_refusal_contains_its_sequence() {
        assert_eq!(told("event 12 (role_granted) of entity 7 in \"public\".\"e\" is refused"), Some(12));
        assert_eq!(told("event 3 of entity 7"), Some(3));
        assert_eq!(told("new row violates"), None);
        assert_eq!(told("event twelve"), None);
    }
}
