//! Operations: what an event does to a column.
//!
//! An operation is defined once, in the table below: how it is written, which columns it works on, what it takes, and
//! what holds after it. The attributes' keys, the rules, the documentation's index and the generators of random models
//! read this table. What is left is to say it in SQL (`emit/change.rs`) and in Rust (the derive's
//! `emission/arm/operation.rs`).

use super::grammar::{Form, Place, Repeats, Spelling};

/// Everything about an operation that is not text in a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// Its name in a model: the key, except that `set` with `keep` has its own name.
    pub name: &'static str,
    /// How it is written; nothing if another key implies it.
    pub spellings: &'static [Spelling],
    /// What it is with `keep` beside it, if `keep` changes it.
    pub with_keep: Option<Operation>,
    /// The kinds of columns that it works on.
    pub works_on: &'static [Kind],
    /// Whether a column with it has the first of these kinds because of it.
    pub makes: bool,
    /// What it takes.
    pub takes: Takes,
    /// What `None` does.
    pub none: Nothing,
    /// Whether it puts values into the column, so that there can be something to remove.
    pub brings: bool,
    /// Whether its result depends on the column's current value, so that one event may do it several times.
    pub accumulates: bool,
    /// What it leaves in a column of kind [`Kind::Value`].
    pub leaves: Leaves,
    /// What the column's type must have.
    pub needs: Option<Need>,
}

/// What an operation takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// No value.
    Nothing,
    /// One value.
    One,
    /// One value, or each element of a collection.
    Each,
}

/// What a value that is `None` does to the column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nothing {
    /// What [`Operation::Clear`] does.
    Clears,
    /// Nothing.
    Keeps,
}

/// What an operation leaves in a column of one value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// No value.
    Empty,
    /// A value, unless the operation's own value is `None`.
    Filled,
    /// It works on no such column.
    Other,
}

/// What an operation needs of the column's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// It is a number, which SQL can test for its range.
    Number,
    /// It is ordered the same way in Rust and SQL.
    Order,
    /// It is compared for equality the same way in Rust and SQL.
    Equality,
    /// It is `bool`. An operation that reads no value gives its column this type.
    Boolean,
}

impl Need {
    /// In words, to complete "the column's type is not …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Order => "ordered the same way in Rust and SQL",
            Self::Equality => "compared for equality the same way in Rust and SQL",
            Self::Boolean => "`boolean`",
        }
    }
}

/// The places where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

/// A key with the name of a column, in one of these places.
pub(super) const fn named(places: &'static [Place], example: &'static str, does: &'static str) -> Spelling {
    Spelling { places, form: Form::Text, repeats: Repeats::Always, example, does }
}

/// Writes the table as the enum, the list of all operations, and their definitions.
macro_rules! operations {
    ($($(#[doc = $doc:literal])* $name:ident, $constant:ident: $definition:expr;)*) => {
        $(const $constant: Definition = $definition;)*

        /// An operation on one column. It is defined only here, and both folds follow this definition.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(#[doc = $doc])* $name,)*
        }

        impl Operation {
            /// Every operation, in the order of the reference page.
            pub const ALL: [Self; [$(Self::$name),*].len()] = [$(Self::$name),*];

            /// Its definition.
            pub const fn definition(self) -> Definition {
                match self { $(Self::$name => $constant,)* }
            }
        }
    };
}

operations! {
    /// The column takes the value; `None` does what [`Clear`](Self::Clear) does.
    Set, SET: Definition {
        name: "set",
        spellings: &[
            Spelling {
                places: VALUE,
                form: Form::WordOrText,
                repeats: Repeats::Always,
                example: "set = \"column\"",
                does: "the column takes the field's value",
            },
            Spelling {
                places: &[Place::Variant],
                form: Form::Assignments,
                repeats: Repeats::Always,
                example: "set(column = true)",
                does: "the column takes the literal",
            },
            Spelling {
                places: &[Place::Variant],
                form: Form::Word,
                repeats: Repeats::Never,
                example: "set",
                does: "each of its fields sets the column with its name",
            },
        ],
        with_keep: Some(Operation::SetOrKeep),
        works_on: &[Kind::Value, Kind::Counter],
        makes: false,
        takes: Takes::One,
        none: Nothing::Clears,
        brings: true,
        accumulates: false,
        leaves: Leaves::Filled,
        needs: None,
    };
    /// The column takes the value; `None` leaves it as it is.
    SetOrKeep, SET_OR_KEEP: Definition {
        name: "set or keep",
        spellings: &[],
        with_keep: None,
        none: Nothing::Keeps,
        ..SET
    };
    /// The column is emptied: no value, no members, or zero.
    Clear, CLEAR: Definition {
        name: "clear",
        spellings: &[named(&[Place::Field, Place::Variant], "clear = \"column\"", "the column is emptied")],
        with_keep: None,
        works_on: &[Kind::Value, Kind::Counter, Kind::Set, Kind::List],
        makes: false,
        takes: Takes::Nothing,
        none: Nothing::Clears,
        brings: false,
        accumulates: false,
        leaves: Leaves::Empty,
        needs: None,
    };
    /// The value is added to the column; a result that its type cannot hold is an error.
    Increment, INCREMENT: Definition {
        name: "increment",
        spellings: &[named(VALUE, "increment = \"column\"", "the value is added to the counter")],
        with_keep: None,
        works_on: &[Kind::Counter],
        makes: true,
        takes: Takes::One,
        none: Nothing::Keeps,
        brings: true,
        accumulates: true,
        leaves: Leaves::Other,
        needs: Some(Need::Number),
    };
    /// The value is subtracted from the column; a result that its type cannot hold is an error.
    Decrement, DECREMENT: Definition {
        name: "decrement",
        spellings: &[named(VALUE, "decrement = \"column\"", "the value is subtracted from the counter")],
        ..INCREMENT
    };
    /// The column keeps the greater of its value and the new one. A missing value never wins.
    Max, MAX: Definition {
        name: "max",
        spellings: &[named(VALUE, "max = \"column\"", "the column keeps the greater value")],
        with_keep: None,
        works_on: &[Kind::Value],
        makes: true,
        takes: Takes::One,
        none: Nothing::Keeps,
        brings: true,
        accumulates: true,
        leaves: Leaves::Filled,
        needs: Some(Need::Order),
    };
    /// The column keeps the smaller of its value and the new one. A missing value never wins.
    Min, MIN: Definition {
        name: "min",
        spellings: &[named(VALUE, "min = \"column\"", "the column keeps the smaller value")],
        ..MAX
    };
    /// The column becomes the opposite of what it is; without a value it counts as false.
    Toggle, TOGGLE: Definition {
        name: "toggle",
        spellings: &[named(&[Place::Variant], "toggle = \"column\"", "the column is flipped")],
        with_keep: None,
        works_on: &[Kind::Value],
        makes: true,
        takes: Takes::Nothing,
        none: Nothing::Keeps,
        brings: true,
        accumulates: true,
        leaves: Leaves::Filled,
        needs: Some(Need::Boolean),
    };
    /// The value becomes a member, unless it already is one. Members keep the order in which they were first added.
    Add, ADD: Definition {
        name: "add",
        spellings: &[named(VALUE, "add = \"column\"", "the value becomes a member of the set")],
        with_keep: None,
        works_on: &[Kind::Set],
        makes: true,
        takes: Takes::Each,
        none: Nothing::Keeps,
        brings: true,
        accumulates: true,
        leaves: Leaves::Other,
        needs: Some(Need::Equality),
    };
    /// The value is removed from the members.
    Remove, REMOVE: Definition {
        name: "remove",
        spellings: &[named(VALUE, "remove = \"column\"", "the value is removed from the set")],
        brings: false,
        ..ADD
    };
    /// The value is appended at the end.
    Push, PUSH: Definition {
        name: "push",
        spellings: &[named(VALUE, "push = \"column\"", "the value is appended to the list")],
        works_on: &[Kind::List],
        needs: None,
        ..ADD
    };
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
    /// Its name, which is the attribute's key; `set` with `keep` has its own name.
    pub const fn key(self) -> &'static str {
        self.definition().name
    }

    /// The kind that it gives a column, if it determines one.
    pub const fn makes(self) -> Option<Kind> {
        match self.definition() {
            Definition { makes: true, works_on: [kind, ..], .. } => Some(*kind),
            Definition { .. } => None,
        }
    }

    /// Whether it can be used on a column of that kind.
    pub fn works_on(self, kind: Kind) -> bool {
        self.definition().works_on.contains(&kind)
    }

    /// Whether it is arithmetic, whose result has to be in range.
    pub const fn counts(self) -> bool {
        matches!(self.definition().needs, Some(Need::Number))
    }

    /// Whether it takes each element of a `Vec`.
    pub const fn takes_many(self) -> bool {
        matches!(self.definition().takes, Takes::Each)
    }

    /// Whether the column then holds the value that it takes, whatever it held before.
    pub const fn replaces(self) -> bool {
        let Definition { takes, accumulates, .. } = self.definition();
        !accumulates && !matches!(takes, Takes::Nothing)
    }

    /// Whether it puts values into the column, so that there can be something to remove.
    pub const fn brings(self) -> bool {
        self.definition().brings
    }

    /// Whether its result depends on the column's current value, so that one event may do it several times.
    pub const fn accumulates(self) -> bool {
        self.definition().accumulates
    }

    /// Whether a column of kind [`Kind::Value`] can be empty afterwards. `optional` says whether the source may lack a
    /// value.
    pub const fn empties(self, optional: bool) -> bool {
        let definition = self.definition();
        match (definition.leaves, definition.none) {
            (Leaves::Empty, _) => true,
            (Leaves::Filled, Nothing::Clears) => optional,
            (Leaves::Filled | Leaves::Other, Nothing::Clears | Nothing::Keeps) => false,
        }
    }

    /// Whether a column of kind [`Kind::Value`] always holds a value afterwards.
    pub const fn fills(self, optional: bool) -> bool {
        matches!(self.definition().leaves, Leaves::Filled) && !optional
    }
}
