//! The columns that every rollup has.

/// A column that every rollup has, whatever its events are. They come before the other columns, in this order.
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

    /// The names, in the same order.
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
