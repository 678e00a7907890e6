//! Every key of `#[rollup(...)]`: where it goes and how it is written.

/// Where a key is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Enum,
    Variant,
    Field,
}

impl Place {
    /// The place in words that complete "belongs on …".
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Enum => "the enum",
            Self::Variant => "a variant",
            Self::Field => "a field",
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
}

/// A key.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) places: &'static [Place],
    pub(crate) form: Form,
    /// The key as it is to be written.
    pub(crate) example: &'static str,
    /// Whether it may be written more than once in one place.
    pub(crate) repeats: bool,
}

/// Every key, in the order of the reference page.
pub(crate) const KEYS: &[Key] = &[
    Key::option("events", Form::Text, "events = \"schema.table\""),
    Key::option("id", Form::Type, "id = UserId"),
    Key::option("table", Form::Text, "table = \"schema.table\""),
    Key::option("state", Form::Type, "state = UserState"),
    Key::option("derive", Form::Paths, "derive(Debug, Clone)"),
    Key::option("vis", Form::Text, "vis = \"pub(crate)\""),
    Key::option("time", Form::Type, "time = time::OffsetDateTime"),
    Key::option("crate", Form::Type, "crate = ::path::to::es_rollup"),
    Key::flag("create", "create"),
    Key::flag("ignore", "ignore"),
    Key {
        name: "set",
        places: &[Place::Field],
        form: Form::WordOrText,
        example: "set = \"column\"",
        repeats: true,
    },
    Key {
        name: "clear",
        places: &[Place::Field, Place::Variant],
        form: Form::Text,
        example: "clear = \"column\"",
        repeats: true,
    },
];

impl Key {
    const fn option(name: &'static str, form: Form, example: &'static str) -> Self {
        Self { name, places: &[Place::Enum], form, example, repeats: false }
    }

    const fn flag(name: &'static str, example: &'static str) -> Self {
        Self { name, places: &[Place::Variant], form: Form::Word, example, repeats: false }
    }

    /// The key of that name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        KEYS.iter().find(|key| key.name == name)
    }

    /// The names of the keys that belong in one place.
    pub(crate) fn names(place: Place) -> impl Iterator<Item = &'static str> {
        KEYS.iter().filter(move |key| key.places.contains(&place)).map(|key| key.name)
    }
}
