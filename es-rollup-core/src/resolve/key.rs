//! Every key of `#[rollup(...)]`: where it goes and how it is written.

use super::fault::{listed, nearest};
use crate::model::{Form, Operation, Place, Repeats, Short, Spelling, Takes};
use std::sync::LazyLock;

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
    /// An operation with a value of its own.
    Short(Short),
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
            Self::Does(Action::Short(short)) => short.definition().key,
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
            Self::Own(operation) => !matches!(operation.definition().takes, Takes::Nothing),
            Self::Short(_) | Self::Context => true,
        }
    }
}

/// A key in one form. A key with several forms has several entries.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name.
    pub name: Name,
    /// Where it belongs, what follows it, and what it does.
    pub spelling: Spelling,
}

/// The places where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

/// The keys before the operations, in the order of the reference page.
const BEFORE: &[Key] = &[
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
];

/// The keys after the operations.
const AFTER: &[Key] = &[
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
    Key::repeated(Name::Property(Property::Unique), COLUMN, Form::Word, "set, unique"),
    Key::repeated(Name::Property(Property::Index), COLUMN, Form::Word, "set, index"),
    Key::repeated(Name::Property(Property::NotNull), COLUMN, Form::Word, "set, not_null"),
];

/// The places of words for the column of an operation.
const COLUMN: &[Place] = &[Place::Field, Place::Variant];

/// Every key, in the order of the reference page: the operations' keys are those of their definitions.
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let own = |operation: Operation| {
        let name = Name::Does(Action::Own(operation));
        operation.definition().spellings.iter().map(move |spelling| Key { name, spelling: *spelling })
    };
    let short = |operation: Operation| {
        let all = Short::ALL.iter().filter(move |short| short.definition().follows == operation);
        all.map(|short| Key {
            name: Name::Does(Action::Short(*short)),
            spelling: short.definition().spelling,
        })
    };
    let operations = Operation::ALL.iter().flat_map(|one| own(*one).chain(short(*one)));
    let copy = |keys: &'static [Key]| {
        keys.iter().map(|Key { name, spelling }| Key { name: *name, spelling: *spelling })
    };
    copy(BEFORE).chain(operations).chain(copy(AFTER)).collect()
});

impl Key {
    /// Its name, as the user writes it.
    pub const fn name(&self) -> &'static str {
        self.name.text()
    }

    /// The property that it declares of the column of the operation that it accompanies.
    pub fn property(&self) -> Option<Property> {
        if let (Name::Property(property), Form::Word) = (self.name, self.spelling.form) {
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
            Action::Short(_) | Action::Context => None,
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
        Self { name, spelling: Spelling { places, form, repeats: Repeats::Never, example, does: "" } }
    }

    const fn repeated(name: Name, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, spelling: Spelling { places, form, repeats: Repeats::Always, example, does: "" } }
    }

    const fn in_brackets(name: Name, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self {
            name,
            spelling: Spelling { places, form, repeats: Repeats::InOtherBrackets, example, does: "" },
        }
    }

    /// Every key, in the order of the reference page.
    pub fn all() -> &'static [Self] {
        &KEYS
    }

    /// The key with this name in this place; the first if there are several.
    pub fn find(name: &str, place: Place) -> Option<&'static Self> {
        Self::in_place(name, place).next()
    }

    /// The keys with this name in this place, which differ in their forms.
    pub fn in_place(name: &str, place: Place) -> impl Iterator<Item = &'static Self> {
        Self::named(name).filter(move |key| key.spelling.places.contains(&place))
    }

    /// Whether it is the `set` for all fields of a variant.
    pub fn sets_all(&self) -> bool {
        self.name == Name::Does(Action::Own(Operation::Set)) && self.spelling.form == Form::Word
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
                key.spelling.example,
                Place::words_of(key.spelling.places)
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
        let here = move |key: &&Self| key.spelling.places.contains(&place);
        // A key with two forms in one place is listed once.
        let first = move |(at, key): &(usize, &Self)| {
            KEYS[..*at]
                .iter()
                .filter(|one| one.spelling.places.contains(&place))
                .all(|one| one.name != key.name)
        };
        KEYS.iter().enumerate().filter(move |(_, key)| here(key)).filter(first).map(|(_, key)| key.name())
    }
}
