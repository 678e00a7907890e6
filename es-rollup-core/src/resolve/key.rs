//! Every key of `#[rollup(...)]`: where it goes and how it is written.

mod table;

use super::fault::{listed, nearest};
use crate::model::{Form, Operation, Place, Repeats, Short, Spelling, Takes};
use table::KEYS;

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
    /// There is a table with a row for each version.
    History,
    /// Events can be archived.
    Archive,
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
    /// There is another table, with several rows per entity.
    View,
    /// What tells the rows of a view apart; on a field: the part of it that the field is.
    Key,
    /// The event makes a row of a view, unless it is there.
    Add,
    /// The event takes away a row of a view, if it is there.
    Remove,
    /// The event takes away rows of a view.
    Empty,
    /// The key changes a column.
    Does(Action),
    /// The key declares a property of the column of an operation or, on the enum, of the columns that it names.
    Property(Property),
    /// The column of an operation had another name before; in a view: the view had.
    Was,
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
    /// The structs in Rust do not have the column.
    Retired,
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
            Self::History => "history",
            Self::Archive => "archive",
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
            Self::View => "view",
            Self::Key => "key",
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Empty => "empty",
            Self::Does(Action::Own(operation)) => operation.key(),
            Self::Does(Action::Short(short)) => short.definition().key,
            Self::Does(Action::Context) => "context",
            Self::Property(Property::Unique) => "unique",
            Self::Property(Property::Index) => "index",
            Self::Property(Property::NotNull) => "not_null",
            Self::Property(Property::Retired) => "retired",
            Self::Was => "was",
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

    /// Whether it says something of the columns of operations in the same brackets.
    pub fn is_of_columns(&self) -> bool {
        self.property().is_some() || self.name == Name::Was
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

    /// Whether it reads a value: to change a column with it, or to find a row.
    pub fn reads(&self) -> bool {
        self.action().is_some_and(Action::reads) || self.is_part()
    }

    /// Whether it gives a part of the key of a row.
    pub fn is_part(&self) -> bool {
        self.name == Name::Key
    }

    /// Whether it can give a part of the key of a row if it names the part.
    pub fn gives_parts(&self) -> bool {
        let of_column = self.action().is_some_and(|action| match action {
            Action::Own(operation) => operation == Operation::Set,
            Action::Short(short) => short.definition().operation == Operation::Set,
            Action::Context => true,
        });
        of_column || self.is_part()
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
        Self::named(name).filter(move |key| key.is_in(place))
    }

    /// Whether it belongs in this place. In the brackets of a view, most words mean what they mean outside.
    pub fn is_in(&self, place: Place) -> bool {
        let places = self.spelling.places;
        let outside = place.outside().filter(|_| self.is_in_views(place));
        places.contains(&place) || outside.is_some_and(|outside| places.contains(&outside))
    }

    /// Whether it means the same in the brackets of a view.
    fn is_in_views(&self, place: Place) -> bool {
        match self.name {
            Name::Table
            | Name::State
            | Name::Check
            | Name::Property(_)
            | Name::Detail(_)
            | Name::Create
            | Name::Delete => true,
            Name::Ignore => place == Place::ViewField,
            // A view has a former name of its own.
            Name::Does(_) | Name::Was => place != Place::View,
            Name::Events
            | Name::Id
            | Name::Trigger
            | Name::History
            | Name::Archive
            | Name::Derive
            | Name::Vis
            | Name::Time
            | Name::Crate
            | Name::Number
            | Name::Json
            | Name::Repr
            | Name::Text
            | Name::View
            | Name::Key
            | Name::Add
            | Name::Remove
            | Name::Empty => false,
        }
    }

    /// Whether it is only written in the brackets of a view.
    pub fn is_only_in_views(&self) -> bool {
        self.spelling.places.iter().all(|place| place.outside().is_some())
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
        Self::misplaced_beside(name, place, &[])
    }

    /// The same, where the names of views can stand too.
    pub fn misplaced_beside(name: &str, place: Place, views: &[String]) -> String {
        let in_view = |key: &&Self| key.spelling.places.iter().any(|one| one.outside() == Some(place));
        let in_view = Self::named(name).find(in_view).filter(|_| !views.is_empty());
        if let Some(key) = in_view.or_else(|| Self::named(name).next()) {
            let here = place.outside().map_or_else(|| "here".into(), |_| format!("in {}", place.words()));
            return format!(
                "`{name}` is not allowed {here}; `#[rollup({})]` belongs on {}",
                key.spelling.example,
                Place::words_of(key.spelling.places)
            );
        }
        let own: Vec<&str> = Self::names(place).collect();
        let all = || own.iter().copied().chain(views.iter().map(String::as_str));
        match nearest(name, all()) {
            Some(meant) => format!("unknown rollup key `{name}`; did you mean `{meant}`?"),
            None => {
                format!("unknown rollup key `{name}`; the keys of {} are {}", place.words(), listed(all()))
            }
        }
    }

    /// What is wrong with a key that says something of a column, without an operation on one.
    pub fn unaccompanied(&self) -> String {
        let (name, property) = (self.name(), self.property());
        let written = property.map_or_else(|| format!("{name} = \"before\""), |_| name.into());
        format!(
            "`{name}` must accompany an operation that names a column; write both in one attribute: `#[rollup(set = \"column\", {written})]` on a field"
        )
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
        let here = move |key: &&Self| key.is_in(place);
        // A key with two forms in one place is listed once.
        let first = move |(at, key): &(usize, &Self)| {
            KEYS[..*at].iter().filter(|one| one.is_in(place)).all(|one| one.name != key.name)
        };
        KEYS.iter().enumerate().filter(move |(_, key)| here(key)).filter(first).map(|(_, key)| key.name())
    }
}
