//! Operations: what an event does to a column.

/// An operation on one column. It is defined only here, and both folds follow this definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// The column takes the value; `None` does what [`Clear`](Self::Clear) does.
    Set,
    /// The column takes the value; `None` leaves it as it is.
    SetOrKeep,
    /// The column is emptied: no value, no members, or zero.
    Clear,
    /// The value is added to the column; a result that its type cannot hold is an error.
    Increment,
    /// The value is subtracted from the column; a result that its type cannot hold is an error.
    Decrement,
    /// The column keeps the greater of its value and the new one. A missing value never wins.
    Max,
    /// The column keeps the smaller of its value and the new one. A missing value never wins.
    Min,
    /// The value becomes a member, unless it already is one. Members keep the order in which they were first added.
    Add,
    /// The value is removed from the members.
    Remove,
    /// The value is appended at the end.
    Push,
}

/// What a column holds. It follows from the operations on the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One value, or none.
    Value,
    /// A number that starts at zero.
    Counter,
    /// Members without duplicates.
    Set,
    /// Members that may repeat.
    List,
}

impl Kind {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Value, Self::Counter, Self::Set, Self::List];

    /// Its name in the model's description.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Counter => "counter",
            Self::Set => "set",
            Self::List => "list",
        }
    }

    /// The kind in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Value => "a value",
            Self::Counter => "a counter",
            Self::Set => "a set",
            Self::List => "a list",
        }
    }

    /// Whether the column holds many values of its type, in an array.
    pub const fn is_many(self) -> bool {
        match self {
            Self::Set | Self::List => true,
            Self::Value | Self::Counter => false,
        }
    }
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 10] = [
        Self::Set,
        Self::SetOrKeep,
        Self::Clear,
        Self::Increment,
        Self::Decrement,
        Self::Max,
        Self::Min,
        Self::Add,
        Self::Remove,
        Self::Push,
    ];

    /// Its name, which is the attribute's key; `set` with `keep` has its own name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::SetOrKeep => "set or keep",
            Self::Clear => "clear",
            Self::Increment => "increment",
            Self::Decrement => "decrement",
            Self::Max => "max",
            Self::Min => "min",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Push => "push",
        }
    }

    /// The kind that it gives a column, if it determines one.
    pub const fn makes(self) -> Option<Kind> {
        match self {
            Self::Set | Self::SetOrKeep | Self::Clear => None,
            Self::Max | Self::Min => Some(Kind::Value),
            Self::Increment | Self::Decrement => Some(Kind::Counter),
            Self::Add | Self::Remove => Some(Kind::Set),
            Self::Push => Some(Kind::List),
        }
    }

    /// Whether it can be used on a column of that kind.
    pub fn works_on(self, kind: Kind) -> bool {
        match self {
            Self::Clear => true,
            Self::Set | Self::SetOrKeep => !kind.is_many(),
            Self::Increment
            | Self::Decrement
            | Self::Max
            | Self::Min
            | Self::Add
            | Self::Remove
            | Self::Push => self.makes() == Some(kind),
        }
    }

    /// Whether it is arithmetic, whose result has to be in range.
    pub const fn counts(self) -> bool {
        match self {
            Self::Increment | Self::Decrement => true,
            Self::Set
            | Self::SetOrKeep
            | Self::Clear
            | Self::Max
            | Self::Min
            | Self::Add
            | Self::Remove
            | Self::Push => false,
        }
    }

    /// Whether it takes each element of a `Vec`.
    pub const fn takes_many(self) -> bool {
        match self {
            Self::Add | Self::Remove | Self::Push => true,
            Self::Set
            | Self::SetOrKeep
            | Self::Clear
            | Self::Increment
            | Self::Decrement
            | Self::Max
            | Self::Min => false,
        }
    }

    /// Whether it puts values into the column, so that there can be something to remove.
    pub const fn brings(self) -> bool {
        match self {
            Self::Clear | Self::Remove => false,
            Self::Set
            | Self::SetOrKeep
            | Self::Increment
            | Self::Decrement
            | Self::Max
            | Self::Min
            | Self::Add
            | Self::Push => true,
        }
    }

    /// Whether its result depends on the column's current value, so that one event may do it several times.
    pub const fn accumulates(self) -> bool {
        match self {
            Self::Set | Self::SetOrKeep | Self::Clear => false,
            Self::Increment
            | Self::Decrement
            | Self::Max
            | Self::Min
            | Self::Add
            | Self::Remove
            | Self::Push => true,
        }
    }

    /// Whether a column of kind [`Kind::Value`] can be empty afterwards. `optional` says whether the source may lack a
    /// value.
    pub const fn empties(self, optional: bool) -> bool {
        match self {
            Self::Set => optional,
            Self::Clear => true,
            Self::SetOrKeep
            | Self::Increment
            | Self::Decrement
            | Self::Max
            | Self::Min
            | Self::Add
            | Self::Remove
            | Self::Push => false,
        }
    }

    /// Whether a column of kind [`Kind::Value`] always holds a value afterwards.
    pub const fn fills(self, optional: bool) -> bool {
        match self {
            Self::Set | Self::SetOrKeep | Self::Max | Self::Min => !optional,
            Self::Clear | Self::Increment | Self::Decrement | Self::Add | Self::Remove | Self::Push => false,
        }
    }
}
