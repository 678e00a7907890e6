//! Keys that are short for an operation with a value of its own.

use super::grammar::{Place, Spelling};
use super::operation::{Operation, named};

/// A key that is short for an operation with a value of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// Sets the recorded time.
    At,
    /// Counts the events.
    Count,
    /// Sets the sequence.
    Sequence,
    /// Sets the event's type.
    EventType,
}

/// Everything about a short key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shorthand {
    /// The key.
    pub key: &'static str,
    /// How it is written.
    pub spelling: Spelling,
    /// The operation that it is short for.
    pub operation: Operation,
    /// The value that it gives the operation.
    pub gives: Gives,
    /// The operation that it follows on the reference page.
    pub follows: Operation,
}

/// The value of a short key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// The event's recorded time.
    RecordedAt,
    /// The event's sequence.
    Sequence,
    /// The name that serde writes for the event.
    EventType,
    /// One.
    One,
}

impl Short {
    /// Every short key.
    pub const ALL: &'static [Self] = &[Self::At, Self::Count, Self::Sequence, Self::EventType];

    /// Its definition.
    pub const fn definition(self) -> Shorthand {
        const WIDE: &[Place] = &[Place::Enum, Place::Variant];
        let (key, spelling, operation, gives, follows) = match self {
            Self::At => (
                "at",
                named(WIDE, "at = \"column\"", "the column takes the recorded time"),
                Operation::Set,
                Gives::RecordedAt,
                Operation::Clear,
            ),
            Self::Count => (
                "count",
                named(&[Place::Variant], "count = \"column\"", "the counter goes up by one"),
                Operation::Increment,
                Gives::One,
                Operation::Clear,
            ),
            Self::Sequence => (
                "sequence",
                named(WIDE, "sequence = \"column\"", "the column takes the event's sequence"),
                Operation::Set,
                Gives::Sequence,
                Operation::Push,
            ),
            Self::EventType => (
                "event_type",
                named(WIDE, "event_type = \"column\"", "the column takes the event's type"),
                Operation::Set,
                Gives::EventType,
                Operation::Push,
            ),
        };
        Shorthand { key, spelling, operation, gives, follows }
    }
}
