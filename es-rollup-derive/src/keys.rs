//! Every key of `#[rollup(...)]`: where it goes and how it is written.

use es_rollup_core::model::Operation;

/// Where a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Enum,
    Variant,
    Field,
    /// Inside `context(...)`.
    Context,
    /// What `#[derive(SqlType)]` stands on.
    ColumnType,
}

impl Place {
    /// The place in words that complete "belongs on …".
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

/// What stands behind a key.
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
    /// Once in each pair of brackets.
    InOtherBrackets,
    Always,
}

/// A key. One that is written in two ways stands here twice.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) places: &'static [Place],
    pub(crate) form: Form,
    /// The key as it is to be written.
    pub(crate) example: &'static str,
    pub(crate) repeats: Repeats,
}

/// Every key, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    Key::once("events", &[Place::Enum], Form::Text, "events = \"schema.table\""),
    Key::once("id", &[Place::Enum], Form::Type, "id = UserId"),
    Key::once("table", &[Place::Enum], Form::Text, "table = \"schema.table\""),
    Key::once("state", &[Place::Enum], Form::Type, "state = UserState"),
    Key::once("trigger", &[Place::Enum], Form::Text, "trigger = \"row\""),
    Key::once("derive", &[Place::Enum], Form::Paths, "derive(Debug, Clone)"),
    Key::once("vis", &[Place::Enum], Form::Text, "vis = \"pub(crate)\""),
    Key::once("time", &[Place::Enum], Form::Type, "time = time::OffsetDateTime"),
    Key::once("crate", &[Place::Enum, Place::ColumnType], Form::Type, "crate = ::path::to::es_rollup"),
    Key::operation("check", &[Place::Enum], Form::Expressions, "check(no_overdraft = \"balance >= 0\")"),
    Key::operation("unique", &[Place::Enum], Form::Names, "unique(tenant, email)"),
    Key::operation("index", &[Place::Enum], Form::Names, "index(role, plan)"),
    Key::once("number", &[Place::ColumnType], Form::Word, "number"),
    Key::once("sql_type", &[Place::ColumnType], Form::Text, "sql_type = \"bigint\""),
    Key::once("json", &[Place::ColumnType], Form::Word, "json"),
    Key::once("repr", &[Place::ColumnType], Form::Word, "repr"),
    Key::once("text", &[Place::ColumnType], Form::Word, "text"),
    Key::once("create", &[Place::Variant], Form::Word, "create"),
    Key::once("delete", &[Place::Variant], Form::Word, "delete"),
    Key::once("ignore", &[Place::Variant], Form::Word, "ignore"),
    Key::operation("set", VALUE, Form::WordOrText, "set = \"column\""),
    Key::operation("set", &[Place::Variant], Form::Assignments, "set(column = true)"),
    Key::operation("clear", &[Place::Field, Place::Variant], Form::Text, "clear = \"column\""),
    Key::operation("at", &[Place::Variant], Form::Text, "at = \"column\""),
    Key::operation("count", &[Place::Variant], Form::Text, "count = \"column\""),
    Key::operation("increment", VALUE, Form::Text, "increment = \"column\""),
    Key::operation("decrement", VALUE, Form::Text, "decrement = \"column\""),
    Key::operation("max", VALUE, Form::Text, "max = \"column\""),
    Key::operation("min", VALUE, Form::Text, "min = \"column\""),
    Key::operation("add", VALUE, Form::Text, "add = \"column\""),
    Key::operation("remove", VALUE, Form::Text, "remove = \"column\""),
    Key::operation("push", VALUE, Form::Text, "push = \"column\""),
    Key::operation("sequence", &[Place::Variant], Form::Text, "sequence = \"column\""),
    Key::operation(
        "context",
        &[Place::Enum, Place::Variant],
        Form::Keys,
        "context(set = \"author\", path = \"user\", as = UserId)",
    ),
    Key::beside("path", VALUE, Form::Text, "set = \"city\", path = \"address.city\", as = String"),
    Key::beside("as", VALUE, Form::Type, "set = \"city\", path = \"address.city\", as = String"),
    Key::beside("sql_type", VALUE, Form::Text, "set, sql_type = \"inet\""),
    Key::operation("unique", &[Place::Field, Place::Variant], Form::Word, "set, unique"),
    Key::operation("index", &[Place::Field, Place::Variant], Form::Word, "set, index"),
    Key::operation("not_null", &[Place::Field, Place::Variant], Form::Word, "set, not_null"),
];

/// Where an operation has a value to read.
const VALUE: &[Place] = &[Place::Field, Place::Context];

impl Key {
    /// Whether it says something about the column of an operation that stands beside it.
    pub(crate) fn is_about_columns(&self) -> bool {
        self.form == Form::Word && matches!(self.name, "unique" | "index" | "not_null")
    }

    /// Whether it does something to a column.
    pub(crate) fn is_operation(&self) -> bool {
        matches!(self.name, "at" | "count" | "sequence" | "context")
            || Operation::ALL.iter().any(|operation| operation.key() == self.name)
    }

    const fn once(name: &'static str, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, places, form, example, repeats: Repeats::Never }
    }

    const fn operation(
        name: &'static str,
        places: &'static [Place],
        form: Form,
        example: &'static str,
    ) -> Self {
        Self { name, places, form, example, repeats: Repeats::Always }
    }

    const fn beside(name: &'static str, places: &'static [Place], form: Form, example: &'static str) -> Self {
        Self { name, places, form, example, repeats: Repeats::InOtherBrackets }
    }

    /// The key of that name in that place.
    pub(crate) fn find(name: &str, place: Place) -> Option<&'static Self> {
        Self::named(name).find(|key| key.places.contains(&place))
    }

    /// The keys of that name, wherever they belong.
    pub(crate) fn named(name: &str) -> impl Iterator<Item = &'static Self> {
        KEYS.iter().filter(move |key| key.name == name)
    }

    /// The names of the keys that belong in one place.
    pub(crate) fn names(place: Place) -> impl Iterator<Item = &'static str> {
        KEYS.iter().filter(move |key| key.places.contains(&place)).map(|key| key.name)
    }
}
