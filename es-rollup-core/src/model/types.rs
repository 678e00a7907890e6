//! A column's type: already known, or left to the compiler.

use crate::sql::json;
use crate::sql_type::TypeInfo;

/// The SQL side of a Rust type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// A known type: the content of its [`TypeInfo`] as text.
    Known {
        /// The type's name.
        name: String,
        /// The SQL test of whether a value is accepted.
        accepts: String,
        /// The SQL that reads it.
        read: String,
        /// A description of what is accepted.
        expects: String,
        /// The default value's literal.
        default: Option<String>,
        /// For a number: the SQL test of whether the type can hold it.
        holds: Option<String>,
        /// The collation that its order needs, if it has an order.
        collation: Option<String>,
        /// Whether Rust and SQL agree on equality.
        equality: bool,
        /// The literals of its values, if they are listed.
        values: Option<String>,
        /// Whether reading an accepted value can still raise an error, which is then caught.
        raises: bool,
    },
    /// The n-th type of an expansion. A macro cannot see what a name refers to, so the emitted SQL has a placeholder
    /// there, which const evaluation fills in from [`SqlType`](crate::SqlType).
    Slot(usize),
}

/// Which text of a type goes into a placeholder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// [`TypeInfo::name`]
    Name,
    /// [`TypeInfo::accepts`]
    Accepts,
    /// [`TypeInfo::read`]
    Read,
    /// [`TypeInfo::expects`]
    Expects,
    /// [`TypeInfo::default_literal`]
    Default,
    /// [`TypeInfo::holds`]
    Holds,
    /// [`TypeInfo::collation`]
    Collation,
    /// Empty if [`TypeInfo::equality`] is true.
    Equality,
    /// [`TypeInfo::value_literals`]
    Values,
    /// Everything that decides what a value becomes, as a JSON object.
    Json,
    /// [`TypeInfo::expects`], as a JSON string.
    ExpectsJson,
}

/// A fact about a type that decides whether text appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// [`TypeInfo::is_one_of_values`]
    OneOfValues,
    /// [`TypeInfo::is_array_of_values`]
    ArrayOfValues,
    /// [`TypeInfo::is_collated`]
    Collated,
    /// [`TypeInfo::is_text`]
    Text,
}

impl Type {
    /// A type that is already known.
    pub fn known(info: TypeInfo) -> Self {
        Self::Known {
            name: info.name.to_string(),
            accepts: info.accepts.to_string(),
            read: info.read.to_string(),
            expects: info.expects.into(),
            default: info.default.map(Into::into),
            holds: info.number.map(|sql| sql.to_string()),
            collation: info.order.map(Into::into),
            equality: info.equality,
            values: info.values.map(|sql| sql.to_string()),
            raises: false,
        }
    }

    /// The text of [`Part::Json`].
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Slot(slot) => unreachable!("type {slot} is only described once it is known"),
            Self::Known {
                name, accepts, read, default, holds, collation, equality, values, raises, ..
            } => {
                let optional = |text: &Option<String>| text.as_deref().map_or("null".into(), json);
                let members = [
                    ("name", json(name)),
                    ("accepts", json(accepts)),
                    ("read", json(read)),
                    ("default", optional(default)),
                    ("number", optional(holds)),
                    ("order", optional(collation)),
                    ("equality", equality.to_string()),
                    ("values", optional(values)),
                    ("raises", raises.to_string()),
                ];
                let members = members.map(|(name, text)| format!("{}:{text}", json(name)));
                format!("{{{}}}", members.join(","))
            }
        }
    }

    /// Whether reading an accepted value can raise an error.
    pub const fn raises(&self) -> bool {
        match self {
            Self::Known { raises, .. } => *raises,
            Self::Slot(_) => false,
        }
    }
}
