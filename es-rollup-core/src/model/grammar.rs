//! Where a word is written, and what follows it.

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

/// One way to write a key: where, with what after it, and what it then does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spelling {
    /// Where it belongs.
    pub places: &'static [Place],
    /// What follows it.
    pub form: Form,
    /// How often it may be written in one place.
    pub repeats: Repeats,
    /// An example, which belongs in one of the places.
    pub example: &'static str,
    /// What it does, in the words of the index of `docs/attributes.md`.
    pub does: &'static str,
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
