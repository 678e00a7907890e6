//! What an event does to a column.

/// An operation on one column. Each is defined here, once; both folds read this definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The column takes the field's value; `None` empties it.
    Set,
    /// The column is emptied; no value is read.
    Clear,
}

/// Where an operation may be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// On a field only.
    Field,
    /// On a field or on its variant.
    FieldOrVariant,
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 2] = [Self::Set, Self::Clear];

    /// The attribute's key.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::Clear => "clear",
        }
    }

    /// Where it may be written.
    pub const fn place(self) -> Place {
        match self {
            Self::Set => Place::Field,
            Self::Clear => Place::FieldOrVariant,
        }
    }

    /// Whether it reads the field that it stands on.
    pub const fn reads(self) -> bool {
        match self {
            Self::Set => true,
            Self::Clear => false,
        }
    }

    /// Whether the column can be empty after it, when the value it reads is one (`optional` false) or may be
    /// `None` (`optional` true).
    pub const fn empties(self, optional: bool) -> bool {
        match self {
            Self::Set => optional,
            Self::Clear => true,
        }
    }

    /// Whether the column surely holds a value after it.
    pub const fn fills(self, optional: bool) -> bool {
        match self {
            Self::Set => !optional,
            Self::Clear => false,
        }
    }
}
