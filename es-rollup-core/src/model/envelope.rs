//! The columns that every rollup has.

use super::Store;

/// A column that every rollup has, whatever its events are; times only if the store records them. They come before the other columns, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// The entity's id: the key.
    Id,
    /// The sequence of the last event that was folded.
    Version,
    /// The recorded time of the first event.
    CreatedAt,
    /// The recorded time of the last event that was folded.
    ModifiedAt,
}

impl Envelope {
    /// Every column, in order.
    pub const ALL: [Self; 4] = [Self::Id, Self::Version, Self::CreatedAt, Self::ModifiedAt];

    /// Those of a rollup whose events are in this store: without a recorded time, there are no times.
    pub fn of(store: &Store) -> impl Iterator<Item = Self> + use<> {
        let timed = store.recorded_at.is_some();
        Self::ALL.into_iter().filter(move |one| timed || !one.is_time())
    }

    /// Whether it holds a recorded time.
    pub const fn is_time(self) -> bool {
        match self {
            Self::CreatedAt | Self::ModifiedAt => true,
            Self::Id | Self::Version => false,
        }
    }

    /// All names, in the same order. No other column may have one of them.
    pub const NAMES: [&str; 4] =
        [Self::Id.name(), Self::Version.name(), Self::CreatedAt.name(), Self::ModifiedAt.name()];

    /// The column's name, in SQL and in Rust.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Version => "version",
            Self::CreatedAt => "created_at",
            Self::ModifiedAt => "modified_at",
        }
    }

    /// Whether it is written when the row is created, and never again.
    pub const fn is_fixed(self) -> bool {
        match self {
            Self::Id | Self::CreatedAt => true,
            Self::Version | Self::ModifiedAt => false,
        }
    }
}
