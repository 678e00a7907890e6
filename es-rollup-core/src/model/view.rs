//! A table of the rollup: its columns, and what each event does to them.

use super::{Constraint, Kind, Life, Operation, Table, Type};

/// A table that is kept from the events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    /// Its name in the attributes; [`ROOT`](Self::ROOT) for the rollup's own table.
    pub name: String,
    /// The name that it had before, so that its table is renamed.
    pub was: Option<String>,
    /// The table.
    pub table: Table,
    /// What tells its rows apart.
    pub key: Key,
    /// Its columns apart from those of the [envelope](super::Envelope), in the order in which the enum first names
    /// them.
    pub columns: Vec<Column>,
    /// What each variant does to it: one entry for each variant, in the same order.
    pub rules: Vec<Rule>,
    /// Constraints on its rows, and indexes over them.
    pub constraints: Vec<Constraint>,
}

/// What tells the rows of a table apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    /// The entity's id: there is one row per entity, so it begins and ends with the entity's stream.
    Entity,
    /// The entity's id and these columns, which are never empty. Rows come and go within the stream, and end with it.
    /// Without a column, an entity has at most one row.
    Parts(Vec<Column>),
    /// The entity's id and the version: there is one row per event, and it stays when the stream ends.
    Version,
}

/// When the trigger folds inserted events. The resulting rows are the same either way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Once per statement, with each entity's events together.
    #[default]
    Statement,
    /// Once per row; also works on a partitioned table.
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
    /// The name that it had before, so that it is renamed in the database.
    pub was: Option<String>,
    /// Its type, or the type of its members.
    pub ty: Type,
    /// What it holds.
    pub kind: Kind,
    /// Whether it can be empty: NULL in SQL, `None` in Rust. Only a [`Kind::Value`] can.
    pub nullable: bool,
    /// Whether the database alone keeps it: the structs in Rust do not have it, so that it can be dropped later.
    pub retired: bool,
}

/// What one variant does to a table: first to the row as a whole, then to its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Which of the entity's rows it deletes before all else.
    pub empty: Option<Empty>,
    /// What it does to the row.
    pub touch: Touch,
    /// The field whose elements each choose a row, by its index in [`Variant::fields`](super::Variant::fields); `None` if
    /// the event itself chooses one.
    pub each: Option<usize>,
    /// Where each part of the [key](Key::Parts) of the row comes from.
    pub key: Vec<Source>,
    /// What it does to columns, in the order written.
    pub steps: Vec<Step>,
}

impl Rule {
    /// A rule that does nothing.
    pub const NOTHING: Self =
        Self { empty: None, touch: Touch::Nothing, each: None, key: Vec::new(), steps: Vec::new() };

    /// A rule for the row of the entity.
    pub const fn of_entity(touch: Touch, steps: Vec<Step>) -> Self {
        Self { empty: None, touch, each: None, key: Vec::new(), steps }
    }

    /// The fields that it reads, in the order in which a description has them; a field may be there several times.
    pub fn fields(&self) -> impl Iterator<Item = usize> {
        let matching = match &self.empty {
            Some(Empty::Matching(parts)) => parts.as_slice(),
            Some(Empty::All) | None => &[],
        };
        let sources = matching.iter().map(|(_, source)| source).chain(&self.key);
        let sources = sources.chain(self.steps.iter().map(|step| &step.source));
        self.each.into_iter().chain(sources.filter_map(Source::field))
    }
}

/// Which of the entity's rows an event deletes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Empty {
    /// All of them.
    All,
    /// Those with these values in some parts of the key, each given by its index in [`Key::Parts`].
    Matching(Vec<(usize, Source)>),
}

/// What an event does to a row as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Touch {
    /// Nothing.
    Nothing,
    /// It creates the row. There must be none.
    Create,
    /// It changes the row, and creates it first if there is none.
    Add,
    /// It changes the row. There must be one.
    Change,
    /// It deletes the row, if there is one.
    Remove,
    /// It deletes the row. There must be one.
    Delete,
}

impl Touch {
    /// Each of them.
    pub const ALL: [Self; 6] =
        [Self::Nothing, Self::Create, Self::Add, Self::Change, Self::Remove, Self::Delete];

    /// Its name in the model's description: the word in the attribute, where there is one.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Create => "create",
            Self::Add => "add",
            Self::Change => "change",
            Self::Remove => "remove",
            Self::Delete => "delete",
        }
    }

    /// Whether the row is there afterwards, so that columns can change.
    pub const fn keeps(self) -> bool {
        match self {
            Self::Create | Self::Add | Self::Change => true,
            Self::Nothing | Self::Remove | Self::Delete => false,
        }
    }

    /// What an event does to the row of its entity. `created`: whether some event of the enum creates the row, so that
    /// no other can begin the stream.
    pub const fn of_entity(life: Life, created: bool) -> Self {
        match (life, created) {
            (Life::Create, _) => Self::Create,
            (Life::Change, false) => Self::Add,
            (Life::Change, true) => Self::Change,
            (Life::Delete, false) => Self::Remove,
            (Life::Delete, true) => Self::Delete,
        }
    }
}

/// One operation on one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The column, by its index in [`View::columns`].
    pub column: usize,
    /// The operation on it.
    pub operation: Operation,
    /// Where the value comes from.
    pub source: Source,
}

/// Where an operation's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// There is no value.
    Nothing,
    /// A field, by its index in [`Variant::fields`](super::Variant::fields).
    Field(usize),
    /// A fixed value, the same for every event of the variant.
    Literal(Literal),
    /// The event's recorded time.
    RecordedAt,
    /// The event's sequence in its stream.
    Sequence,
}

/// A value that is written in the attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Text, or an enum value by the name that serde writes.
    Text(String),
}

impl Source {
    /// The field that it is.
    pub const fn field(&self) -> Option<usize> {
        match self {
            Self::Field(place) => Some(*place),
            Self::Nothing | Self::Literal(_) | Self::RecordedAt | Self::Sequence => None,
        }
    }
}

impl View {
    /// The name of the rollup's own table among the views.
    pub const ROOT: &str = "root";
    /// The name of the table that keeps a row of the root for each version.
    pub const HISTORY: &str = "history";

    /// The columns of its key apart from the entity's id.
    pub fn parts(&self) -> &[Column] {
        match &self.key {
            Key::Entity | Key::Version => &[],
            Key::Parts(parts) => parts,
        }
    }

    /// The columns of its key apart from the entity's id, then the others.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.parts().iter().chain(&self.columns)
    }

    /// The same, to be changed.
    pub fn all_columns_mut(&mut self) -> impl Iterator<Item = &mut Column> {
        let parts = match &mut self.key {
            Key::Entity | Key::Version => &mut [],
            Key::Parts(parts) => parts.as_mut_slice(),
        };
        parts.iter_mut().chain(&mut self.columns)
    }

    /// The table that keeps a row of the root for each version.
    pub fn history(root: &Self, table: Table) -> Self {
        Self {
            name: Self::HISTORY.into(),
            was: None,
            table,
            key: Key::Version,
            columns: root.columns.clone(),
            rules: vec![Rule::NOTHING; root.rules.len()],
            constraints: Vec::new(),
        }
    }

    /// The columns that the structs in Rust have besides the key.
    pub fn shown(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().filter(|column| !column.retired)
    }

    /// The column with that name; the columns that every rollup has are not included.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Its checks, each as its name and its expression.
    pub fn checks(&self) -> impl Iterator<Item = (&String, &String)> {
        self.constraints.iter().filter_map(|constraint| match constraint {
            Constraint::Check { name, expression } => Some((name, expression)),
            Constraint::Unique { .. } | Constraint::Index { .. } => None,
        })
    }

    /// Whether it has checks.
    pub fn has_checks(&self) -> bool {
        self.checks().next().is_some()
    }
}
