//! Every key of `#[rollup(...)]`: where it goes and how it is written.

use es_rollup_core::model::Operation;

/// The name of a key. Code that handles keys matches on it exhaustively, so that a new key cannot be forgotten.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    Events,
    Id,
    Table,
    State,
    Trigger,
    Derive,
    Vis,
    Time,
    Crate,
    Check,
    Number,
    Json,
    Repr,
    Text,
    Create,
    Delete,
    Ignore,
    /// The key changes a column.
    Does(Action),
    /// The key declares a property of the column of an operation or, on the enum, of the columns that it names.
    Property(Property),
    /// The key gives a detail of the value of an operation in the same brackets.
    Detail(Detail),
}

/// A change of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    /// An operation whose key has the same name.
    Own(Operation),
    At,
    Count,
    Sequence,
    EventType,
    Context,
}

/// A property of a column.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Property {
    Unique,
    Index,
    NotNull,
}

/// A detail of a value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Detail {
    Path,
    As,
    SqlType,
    Keep,
    Default,
}

impl Word {
    /// The word as the user writes it.
    pub(crate) const fn name(self) -> &'static str {
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
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Enum,
    Variant,
    Field,
    /// Inside `context(...)`.
    Context,
    /// A type with `#[derive(SqlType)]`.
    ColumnType,
}

impl Place {
    /// The place in words, to complete "belongs on …".
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Enum => "the enum",
            Self::Variant => "a variant",
            Self::Field => "a field",
            Self::Context => "`context(...)`",
            Self::ColumnType => "a column type",
        }
    }
}

/// What follows a key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
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
    /// `(key = value, key = value)`.
    Keys,
}

/// How often a key may be written in one place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeats {
    Never,
    /// Once in each `#[rollup(...)]`.
    InOtherBrackets,
    Always,
}

/// A key in one form. A key with two forms has two entries.
pub(crate) struct Key {
    pub(crate) word: Word,
    pub(crate) places: &'static [Place],
    pub(crate) form: Form,
    /// An example of how to write the key.
    pub(crate) example: &'static str,
    pub(crate) repeats: Repeats,
}

/// Every key, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    Key::once(Word::Events, &[Place::Enum], Form::Text, "events = \"schema.table\""),
    Key::once(Word::Id, &[Place::Enum], Form::Type, "id = UserId"),
    Key::once(Word::Table, &[Place::Enum], Form::Text, "table = \"schema.table\""),
    Key::once(Word::State, &[Place::Enum], Form::Type, "state = UserState"),
    Key::once(Word::Trigger, &[Place::Enum], Form::Text, "trigger = \"row\""),
    Key::once(Word::Derive, &[Place::Enum], Form::Paths, "derive(Debug, Clone)"),
    Key::once(Word::Vis, &[Place::Enum], Form::Text, "vis = \"pub(crate)\""),
    Key::once(Word::Time, &[Place::Enum], Form::Type, "time = time::OffsetDateTime"),
    Key::once(Word::Crate, &[Place::Enum, Place::ColumnType], Form::Type, "crate = ::path::to::es_rollup"),
    Key::repeated(Word::Check, &[Place::Enum], Form::Expressions, "check(no_overdraft = \"balance >= 0\")"),
    Key::repeated(Word::Property(Property::Unique), &[Place::Enum], Form::Names, "unique(tenant, email)"),
    Key::repeated(Word::Property(Property::Index), &[Place::Enum], Form::Names, "index(role, plan)"),
    Key::once(Word::Number, &[Place::ColumnType], Form::Word, "number"),
    Key::once(Word::Detail(Detail::SqlType), &[Place::ColumnType], Form::Text, "sql_type = \"bigint\""),
    Key::once(Word::Json, &[Place::ColumnType], Form::Word, "json"),
    Key::once(Word::Repr, &[Place::ColumnType], Form::Word, "repr"),
    Key::once(Word::Text, &[Place::ColumnType], Form::Word, "text"),
    Key::once(Word::Create, &[Place::Variant], Form::Word, "create"),
    Key::once(Word::Delete, &[Place::Variant], Form::Word, "delete"),
    Key::once(Word::Ignore, &[Place::Variant, Place::Field], Form::Word, "ignore"),
    Key::repeated(Word::Does(Action::Own(Operation::Set)), VALUE, Form::WordOrText, "set = \"column\""),
    Key::repeated(
        Word::Does(Action::Own(Operation::Set)),
        &[Place::Variant],
        Form::Assignments,
        "set(column = true)",
    ),
    Key::once(Word::Does(Action::Own(Operation::Set)), &[Place::Variant], Form::Word, "set"),
    Key::repeated(
        Word::Does(Action::Own(Operation::Clear)),
        &[Place::Field, Place::Variant],
        Form::Text,
        "clear = \"column\"",
    ),
    Key::repeated(Word::Does(Action::At), &[Place::Enum, Place::Variant], Form::Text, "at = \"column\""),
    Key::repeated(Word::Does(Action::Count), &[Place::Variant], Form::Text, "count = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Increment)), VALUE, Form::Text, "increment = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Decrement)), VALUE, Form::Text, "decrement = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Max)), VALUE, Form::Text, "max = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Min)), VALUE, Form::Text, "min = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Add)), VALUE, Form::Text, "add = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Remove)), VALUE, Form::Text, "remove = \"column\""),
    Key::repeated(Word::Does(Action::Own(Operation::Push)), VALUE, Form::Text, "push = \"column\""),
    Key::repeated(
        Word::Does(Action::Sequence),
        &[Place::Enum, Place::Variant],
        Form::Text,
        "sequence = \"column\"",
    ),
    Key::repeated(
        Word::Does(Action::EventType),
        &[Place::Enum, Place::Variant],
        Form::Text,
        "event_type = \"column\"",
    ),
    Key::repeated(
        Word::Does(Action::Context),
        &[Place::Enum, Place::Variant],
        Form::Keys,
        "context(set = \"author\", path = \"user\", as = UserId)",
    ),
    Key::in_brackets(
        Word::Detail(Detail::Path),
        VALUE,
        Form::Text,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(
        Word::Detail(Detail::As),
        VALUE,
        Form::Type,
        "set = \"city\", path = \"address.city\", as = String",
    ),
    Key::in_brackets(Word::Detail(Detail::SqlType), VALUE, Form::Text, "set, sql_type = \"inet\""),
    Key::in_brackets(Word::Detail(Detail::Keep), VALUE, Form::Word, "set, keep"),
    Key::in_brackets(Word::Detail(Detail::Default), &[Place::Field], Form::Literal, "set, default = 5"),
    Key::repeated(
        Word::Property(Property::Unique),
        &[Place::Field, Place::Variant],
        Form::Word,
        "set, unique",
    ),
    Key::repeated(Word::Property(Property::Index), &[Place::Field, Place::Variant], Form::Word, "set, index"),
    Key::repeated(
        Word::Property(Property::NotNull),
        &[Place::Field, Place::Variant],
        Form::Word,
        "set, not_null",
    ),
];

/// The places where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

impl Key {
    /// Its name, as the user writes it.
    pub(crate) const fn name(&self) -> &'static str {
        self.word.name()
    }

    /// The property that it declares of the column of the operation that it accompanies.
    pub(crate) fn property(&self) -> Option<Property> {
        if let (Word::Property(property), Form::Word) = (self.word, self.form) {
            Some(property)
        } else {
            None
        }
    }

    /// The change that it makes to a column.
    pub(crate) fn action(&self) -> Option<Action> {
        if let Word::Does(action) = self.word { Some(action) } else { None }
    }

    /// The operation with the same name, which a field or the event's context can have.
    pub(crate) fn operation(&self) -> Option<Operation> {
        match self.action()? {
            Action::Own(operation) => Some(operation),
            Action::At | Action::Count | Action::Sequence | Action::EventType | Action::Context => None,
        }
    }

    /// Whether it changes a column.
    pub(crate) fn is_operation(&self) -> bool {
        self.action().is_some()
    }

    /// Whether it changes a column with a value that it reads.
    pub(crate) fn reads(&self) -> bool {
        self.action().is_some_and(Action::reads)
    }

    /// The detail that it gives of the value of an operation in the same brackets.
    pub(crate) fn detail(&self) -> Option<Detail> {
        if let Word::Detail(detail) = self.word { Some(detail) } else { None }
    }

    const fn once(word: Word, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { word, places, form, example, repeats: Repeats::Never }
    }

    const fn repeated(word: Word, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { word, places, form, example, repeats: Repeats::Always }
    }

    const fn in_brackets(word: Word, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { word, places, form, example, repeats: Repeats::InOtherBrackets }
    }

    /// The key with this name in this place; the first if there are several.
    pub(crate) fn find(name: &str, place: Place) -> Option<&'static Self> {
        Self::in_place(name, place).next()
    }

    /// The keys with this name in this place, which differ in their forms.
    pub(crate) fn in_place(name: &str, place: Place) -> impl Iterator<Item = &'static Self> {
        Self::named(name).filter(move |key| key.places.contains(&place))
    }

    /// Whether it is the `set` for all fields of a variant.
    pub(crate) fn sets_all(&self) -> bool {
        self.word == Word::Does(Action::Own(Operation::Set)) && self.form == Form::Word
    }

    /// Whether it changes columns and names them itself.
    pub(crate) fn names_columns(&self) -> bool {
        self.is_operation() && !self.sets_all()
    }

    /// The keys with this name, in any place.
    pub(crate) fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        KEYS.iter().filter(move |key| key.name() == name)
    }

    /// The names of the keys that belong in one place.
    pub(crate) fn names(place: Place) -> impl Iterator<Item = &'static str> {
        let here = move |key: &&Self| key.places.contains(&place);
        // A key with two forms in one place is listed once.
        let first = move |(at, key): &(usize, &Self)| {
            KEYS[..*at].iter().filter(|one| one.places.contains(&place)).all(|one| one.word != key.word)
        };
        KEYS.iter().enumerate().filter(move |(_, key)| here(key)).filter(first).map(|(_, key)| key.name())
    }
}
