//! One rollup: its table, its columns, and what each event does to them.

use super::{Constraint, Kind, Operation, Table, Type};

/// A rollup table and how it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// The rollup table.
    pub table: Table,
    /// Its columns beside `id`, `version`, `created_at` and `modified_at`, in the order in which the enum
    /// first names them.
    pub columns: Vec<Column>,
    /// What each variant does: one entry a variant, in the same order.
    pub transitions: Vec<Transition>,
    /// When it is brought up to date.
    pub trigger: Trigger,
    /// What must hold of its rows, and how they are found.
    pub constraints: Vec<Constraint>,
}

/// When a trigger folds the events that are inserted; what comes of them is the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Once a statement, each entity's events together.
    #[default]
    Statement,
    /// Once a row, also on a partitioned table.
    Row,
}

impl Trigger {
    /// Every form.
    pub const ALL: [Self; 2] = [Self::Statement, Self::Row];

    /// Its name in the attribute.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Row => "row",
        }
    }
}

/// A column of the rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, in SQL and in Rust.
    pub name: String,
    /// Its type, or that of its members.
    pub ty: Type,
    /// What it holds.
    pub kind: Kind,
    /// Whether it can be empty: NULL in SQL, `None` in Rust. Only a [`Kind::Value`] can.
    pub nullable: bool,
}

/// What one variant does to the rollup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// What it does to the row.
    pub row: Row,
    /// What it does to columns, in the order in which it is written.
    pub steps: Vec<Step>,
}

/// What an event does to the row as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// It begins the stream, and no other event may.
    Create,
    /// It changes the row. Where no variant creates, the first event makes the row.
    Change,
    /// It takes the row away and ends the stream.
    Delete,
}

/// One operation on one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The column, by its place in [`View::columns`].
    pub column: usize,
    /// What is done to it.
    pub operation: Operation,
    /// Where the value comes from.
    pub source: Source,
}

/// Where an operation's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// There is none to read.
    Nothing,
    /// A field, by its place in [`Variant::fields`](super::Variant::fields).
    Field(usize),
    /// It is the same for every event of the variant.
    Literal(Literal),
    /// The event's recorded time.
    RecordedAt,
    /// The event's place in its stream.
    Sequence,
}

/// A value that stands in the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text, or an enum's value by the name that serde writes.
    Text(String),
}

impl View {
    /// The column of that name, of those that are the rollup's own.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Whether some variant begins the stream, so that no other can.
    pub fn has_create(&self) -> bool {
        self.transitions.iter().any(|transition| transition.row == Row::Create)
    }

    /// Whether some variant takes the row away.
    pub fn has_delete(&self) -> bool {
        self.transitions.iter().any(|transition| transition.row == Row::Delete)
    }
}
