//! Every key of `#[rollup(...)]`: where it goes and how it is written.

use super::fault::{listed, nearest};
use crate::model::Operation;

/// The name of a key. Code that handles keys matches on it exhaustively, so that a new key cannot be forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name {
    /// The event table.
    Events,
    /// The type of the entity's id.
    Id,
    /// The rollup table.
    Table,
    /// The name of the struct.
    State,
    /// When events are folded.
    Trigger,
    /// What the struct derives.
    Derive,
    /// Who sees the struct.
    Vis,
    /// The type of recorded times.
    Time,
    /// Where es-rollup is.
    Crate,
    /// A condition that holds after each event.
    Check,
    /// The newtype is a number.
    Number,
    /// The type is stored as JSON.
    Json,
    /// The enum is written as numbers.
    Repr,
    /// The enum is written as names.
    Text,
    /// The event begins the stream.
    Create,
    /// The event ends the stream.
    Delete,
    /// The event changes no column; on a field: it is left out of a `set` on the variant.
    Ignore,
    /// The key changes a column.
    Does(Action),
    /// The key declares a property of the column of an operation or, on the enum, of the columns that it names.
    Property(Property),
    /// The key gives a detail of the value of an operation in the same brackets.
    Detail(Detail),
}

/// A change of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// An operation whose key has the same name.
    Own(Operation),
    /// The column takes the recorded time.
    At,
    /// The counter goes up by one.
    Count,
    /// The column takes the event's sequence.
    Sequence,
    /// The column takes the event's type.
    EventType,
    /// Operations with values from the event's context.
    Context,
}

/// A property of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Property {
    /// No two rows have the same values.
    Unique,
    /// There is an index.
    Index,
    /// The column is proven to be NOT NULL.
    NotNull,
}

/// A detail of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Where the value is inside the field.
    Path,
    /// The type of the value.
    As,
    /// The SQL type that the value is cast to.
    SqlType,
    /// If there is no value, the column stays as it is.
    Keep,
    /// The value that serde's function returns for an absent key.
    Default,
}

impl Name {
    /// The word as the user writes it.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Id => "id",
            Self::Table => "table",
            Self::State => "state",
            Self::Trigger => "trigger",
            Self::Derive => "derive",
            Self::Vis => "vis",
            Self::Time => "time",
            Self::Crate => "crate",
            Self::Check => "check",
            Self::Number => "number",
            Self::Json => "json",
            Self::Repr => "repr",
            Self::Text => "text",
            Self::Create => "create",
            Self::Delete => "delete",
            Self::Ignore => "ignore",
            Self::Does(Action::Own(operation)) => operation.key(),
            Self::Does(Action::At) => "at",
            Self::Does(Action::Count) => "count",
            Self::Does(Action::Sequence) => "sequence",
            Self::Does(Action::EventType) => "event_type",
            Self::Does(Action::Context) => "context",
            Self::Property(Property::Unique) => "unique",
            Self::Property(Property::Index) => "index",
            Self::Property(Property::NotNull) => "not_null",
            Self::Detail(Detail::Path) => "path",
            Self::Detail(Detail::As) => "as",
            Self::Detail(Detail::SqlType) => "sql_type",
            Self::Detail(Detail::Keep) => "keep",
            Self::Detail(Detail::Default) => "default",
        }
    }
}

impl Action {
    /// Whether it reads a value.
    const fn reads(self) -> bool {
        match self {
            Self::Own(Operation::Clear) => false,
            Self::Own(
                Operation::Set
                | Operation::SetOrKeep
                | Operation::Increment
                | Operation::Decrement
                | Operation::Max
                | Operation::Min
                | Operation::Add
                | Operation::Remove
                | Operation::Push,
            )
            | Self::At
            | Self::Count
            | Self::Sequence
            | Self::EventType
            | Self::Context => true,
        }
    }
}

/// Where a key is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The enum.
    Enum,
    /// A variant.
    Variant,
    /// A field of a variant.
    Field,
    /// Inside `context(...)`.
    Context,
    /// A type with `#[derive(SqlType)]`.
    ColumnType,
}

impl Place {
    /// The place in words, to complete "belongs on …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Enum => "the enum",
            Self::Variant => "a variant",
            Self::Field => "a field",
            Self::Context => "`context(...)`",
            Self::ColumnType => "a column type",
        }
    }

    /// Several places in words.
    pub fn words_of(places: &[Self]) -> String {
        // Operations that read a value are allowed in `context(...)` too; naming the field is enough.
        let places = places.iter().filter(|place| places == [Self::Context] || **place != Self::Context);
        places.map(|place| place.words()).collect::<Vec<_>>().join(" or ")
    }
}

/// What follows a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Nothing.
    Word,
    /// `= "text"`.
    Text,
    /// Nothing, or `= "text"`.
    WordOrText,
    /// `= Type`.
    Type,
    /// `= literal`.
    Literal,
    /// `(Path, Path)`.
    Paths,
    /// `(name = literal, name = literal)`.
    Assignments,
    /// `(name = "expression", name = "expression")`.
    Expressions,
    /// `(name, name)`.
    Names,
    /// `(key = value, key = value)`, with the keys of this place.
    Keys(Place),
}

impl Form {
    /// The form in words, to complete "expected …".
    pub const fn words(self) -> &'static str {
        match self {
            Self::Word => "the key alone",
            Self::Text => "a string",
            Self::WordOrText => "the key alone or a string",
            Self::Type => "a type",
            Self::Literal => "`true`, `false`, a whole number or a string",
            Self::Paths => "a list in parentheses",
            Self::Keys(_) => "keys in parentheses",
            Self::Assignments => "columns, each with `true`, `false`, a whole number or a string",
            Self::Expressions => "names, each with an SQL condition as a string",
            Self::Names => "column names in parentheses",
        }
    }
}

/// How often a key may be written in one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// Once.
    Never,
    /// Once in each `#[rollup(...)]`.
    InOtherBrackets,
    /// Any number of times.
    Always,
}

/// A key in one form. A key with two forms has two entries.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: Name,
    /// Where it belongs.
    pub places: &'static [Place],
    /// What follows it.
    pub form: Form,
    /// An example of how to write the key.
    pub example: &'static str,
    /// How often it may be written in one place.
    pub repeats: Repeats,
}

/// Every key, in the order of the reference page.
pub const KEYS: &[Key] = &[
    Key::once(Name::Events, &[Place::Enum], Form::Text, "events = \"schema.table\""),
    Key::once(Name::Id, &[Place::Enum], Form::Type, "id = UserId"),
    Key::once(Name::Table, &[Place::Enum], Form::Text, "table = \"schema.table\""),
    Key::once(Name::State, &[Place::Enum], Form::Type, "state = UserState"),
    Key::once(Name::Trigger, &[Place::Enum], Form::Text, "trigger = \"row\""),
    Key::once(Name::Derive, &[Place::Enum], Form::Paths, "derive(Debug, Clone)"),
    Key::once(Name::Vis, &[Place::Enum], Form::Text, "vis = \"pub(crate)\""),
    Key::once(Name::Time, &[Place::Enum], Form::Type, "time = time::OffsetDateTime"),
    Key::once(Name::Crate, &[Place::Enum, Place::ColumnType], Form::Type, "crate = ::path::to::es_rollup"),
    Key::repeated(Name::Check, &[Place::Enum], Form::Expressions, "check(no_overdraft = \"balance >= 0\")"),
    Key::repeated(Name::Property(Property::Unique), &[Place::Enum], Form::Names, "unique(tenant, email)"),
    Key::repeated(Name::Property(Property::Index), &[Place::Enum], Form::Names, "index(role, plan)"),
    Key::once(Name::Number, &[Place::ColumnType], Form::Word, "number"),
    Key::once(Name::Detail(Detail::SqlType), &[Place::ColumnType], Form::Text, "sql_type = \"bigint\""),
    Key::once(Name::Json, &[Place::ColumnType], Form::Word, "json"),
    Key::once(Name::Repr, &[Place::ColumnType], Form::Word, "repr"),
    Key::once(Name::Text, &[Place::ColumnType], Form::Word, "text"),
    Key::once(Name::Create, &[Place::Variant], Form::Word, "create"),
    Key::once(Name::Delete, &[Place::Variant], Form::Word, "delete"),
    Key::once(Name::Ignore, &[Place::Variant, Place::Field], Form::Word, "ignore"),
    Key::repeated(Name::Does(Action::Own(Operation::Set)), VALUE, Form::WordOrText, "set = \"column\""),
    Key::repeated(
        Name::Does(Action::Own(Operation::Set)),
        &[Place::Variant],
        Form::Assignments,
        "set(column = true)",
    ),
    Key::once(Name::Does(Action::Own(Operation::Set)), &[Place::Variant], Form::Word, "set"),
    Key::repeated(
        Name::Does(Action::Own(Operation::Clear)),
        &[Place::Field, Place::Variant],
        Form::Text,
        "clear = \"column\"",
    ),
    Key::repeated(Name::Does(Action::At), &[Place::Enum, Place::Variant], Form::Text, "at = \"column\""),
    Key::repeated(Name::Does(Action::Count), &[Place::Variant], Form::Text, "count = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Increment)), VALUE, Form::Text, "increment = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Decrement)), VALUE, Form::Text, "decrement = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Max)), VALUE, Form::Text, "max = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Min)), VALUE, Form::Text, "min = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Add)), VALUE, Form::Text, "add = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Remove)), VALUE, Form::Text, "remove = \"column\""),
    Key::repeated(Name::Does(Action::Own(Operation::Push)), VALUE, Form::Text, "push = \"column\""),
    Key::repeated(
        Name::Does(Action::Sequence),
        &[Place::Enum, Place::Variant],
        Form::Text,
        "sequence = \"column\"",
    ),
    Key::repeated(
        Name::Does(Action::EventType),
        &[Place::Enum, Place::Variant],
        Form::Text,
        "event_type = \"column\"",
    ),
    Key::repeated(
        Name::Does(Action::Context),
        &[Place::Enum, Place::Variant],
        Form::Keys(Place::Context),
        "context(set = \"author\", path = \"user\", as = UserId)",
    ),
    Key::in_brackets(
        Name::Detail(Detail::Path),
        VALUE,
        Form::Text,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(
        Name::Detail(Detail::As),
        VALUE,
        Form::Type,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(Name::Detail(Detail::SqlType), VALUE, Form::Text, "set, sql_type = \"inet\""),
    Key::in_brackets(Name::Detail(Detail::Keep), VALUE, Form::Word, "set, keep"),
    Key::in_brackets(Name::Detail(Detail::Default), &[Place::Field], Form::Literal, "set, default = 5"),
    Key::repeated(
        Name::Property(Property::Unique),
        &[Place::Field, Place::Variant],
        Form::Word,
        "set, unique",
    ),
    Key::repeated(Name::Property(Property::Index), &[Place::Field, Place::Variant], Form::Word, "set, index"),
    Key::repeated(
        Name::Property(Property::NotNull),
        &[Place::Field, Place::Variant],
        Form::Word,
        "set, not_null",
    ),
];

/// The places where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

impl Key {
    /// Its name, as the user writes it.
    pub const fn name(&self) -> &'static str {
        self.name.text()
    }

    /// The property that it declares of the column of the operation that it accompanies.
    pub fn property(&self) -> Option<Property> {
        if let (Name::Property(property), Form::Word) = (self.name, self.form) {
            Some(property)
        } else {
            None
        }
    }

    /// The change that it makes to a column.
    pub fn action(&self) -> Option<Action> {
        if let Name::Does(action) = self.name { Some(action) } else { None }
    }

    /// The operation with the same name, which a field or the event's context can have.
    pub fn operation(&self) -> Option<Operation> {
        match self.action()? {
            Action::Own(operation) => Some(operation),
            Action::At | Action::Count | Action::Sequence | Action::EventType | Action::Context => None,
        }
    }

    /// Whether it changes a column.
    pub fn is_operation(&self) -> bool {
        self.action().is_some()
    }

    /// Whether it changes a column with a value that it reads.
    pub fn reads(&self) -> bool {
        self.action().is_some_and(Action::reads)
    }

    /// The detail that it gives of the value of an operation in the same brackets.
    pub fn detail(&self) -> Option<Detail> {
        if let Name::Detail(detail) = self.name { Some(detail) } else { None }
    }

    const fn once(name: Name, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, places, form, example, repeats: Repeats::Never }
    }

    const fn repeated(name: Name, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, places, form, example, repeats: Repeats::Always }
    }

    const fn in_brackets(name: Name, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, places, form, example, repeats: Repeats::InOtherBrackets }
    }

    /// The key with this name in this place; the first if there are several.
    pub fn find(name: &str, place: Place) -> Option<&'static Self> {
        Self::in_place(name, place).next()
    }

    /// The keys with this name in this place, which differ in their forms.
    pub fn in_place(name: &str, place: Place) -> impl Iterator<Item = &'static Self> {
        Self::named(name).filter(move |key| key.places.contains(&place))
    }

    /// Whether it is the `set` for all fields of a variant.
    pub fn sets_all(&self) -> bool {
        self.name == Name::Does(Action::Own(Operation::Set)) && self.form == Form::Word
    }

    /// Whether it changes columns and names them itself.
    pub fn names_columns(&self) -> bool {
        self.is_operation() && !self.sets_all()
    }

    /// What is wrong with a key that does not belong here, and what was probably meant.
    pub fn misplaced(name: &str, place: Place) -> String {
        match Self::named(name).next() {
            Some(key) => format!(
                "`{name}` is not allowed here; `#[rollup({})]` belongs on {}",
                key.example,
                Place::words_of(key.places)
            ),
            None => match Self::nearest(name, place) {
                Some(meant) => {
                    format!("unknown rollup key `{name}`; did you mean `{}`?", meant.name())
                }
                None => format!(
                    "unknown rollup key `{name}`; the keys of {} are {}",
                    place.words(),
                    listed(Self::names(place))
                ),
            },
        }
    }

    /// The key of this place that was probably meant.
    pub fn nearest(name: &str, place: Place) -> Option<&'static Self> {
        Self::find(nearest(name, Self::names(place))?, place)
    }

    /// The keys with this name, in any place.
    pub fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        KEYS.iter().filter(move |key| key.name() == name)
    }

    /// The names of the keys that belong in one place.
    pub fn names(place: Place) -> impl Iterator<Item = &'static str> {
        let here = move |key: &&Self| key.places.contains(&place);
        // A key with two forms in one place is listed once.
        let first = move |(at, key): &(usize, &Self)| {
            KEYS[..*at].iter().filter(|one| one.places.contains(&place)).all(|one| one.name != key.name)
        };
        KEYS.iter().enumerate().filter(move |(_, key)| here(key)).filter(first).map(|(_, key)| key.name())
    }
}
