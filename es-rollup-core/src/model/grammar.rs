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
    /// Inside `view(...)` on the enum.
    View,
    /// Inside the brackets of a view on a variant.
    ViewVariant,
    /// Inside the brackets of a view on a field.
    ViewField,
    /// Inside `context(...)` in the brackets of a view.
    ViewContext,
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
            Self::View => "`view(...)`",
            Self::ViewVariant => "a view on a variant",
            Self::ViewField => "a view on a field",
            Self::ViewContext => "`context(...)` of a view",
            Self::ColumnType => "a column type",
        }
    }

    /// Several places in words.
    pub fn words_of(places: &[Self]) -> String {
        // Operations that read a value are allowed in `context(...)` too; naming the field is enough.
        let named = |place: &Self| match place {
            Self::Context => places == [Self::Context],
            Self::ViewContext => places == [Self::ViewContext],
            Self::Enum
            | Self::Variant
            | Self::Field
            | Self::View
            | Self::ViewVariant
            | Self::ViewField
            | Self::ColumnType => true,
        };
        // The example shows that it is in the brackets of a view.
        let words = |place: &Self| place.outside().unwrap_or(*place).words();
        places.iter().filter(|place| named(place)).map(words).collect::<Vec<_>>().join(" or ")
    }

    /// The place whose words are also those of this place, as far as a view has them; `None` outside of views.
    pub const fn outside(self) -> Option<Self> {
        match self {
            Self::View => Some(Self::Enum),
            Self::ViewVariant => Some(Self::Variant),
            Self::ViewField => Some(Self::Field),
            Self::ViewContext => Some(Self::Context),
            Self::Enum | Self::Variant | Self::Field | Self::Context | Self::ColumnType => None,
        }
    }

    /// The place inside the brackets of a view here; `None` where no view can be named.
    pub const fn in_view(self) -> Option<Self> {
        match self {
            Self::Variant => Some(Self::ViewVariant),
            Self::Field => Some(Self::ViewField),
            Self::Enum
            | Self::Context
            | Self::View
            | Self::ViewVariant
            | Self::ViewField
            | Self::ViewContext
            | Self::ColumnType => None,
        }
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
    /// `(name, key = value)`, with the keys of this place after the name.
    NameAndKeys(Place),
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
            Self::NameAndKeys(_) => "a name in parentheses, with keys after it",
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
