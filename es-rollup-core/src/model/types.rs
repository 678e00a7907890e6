//! A column's type, known or still to be asked of the compiler.

use crate::sql::json;
use crate::sql_type::TypeInfo;

/// The SQL side of a Rust type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Type {
    /// Spelt out: what [`TypeInfo`] holds, as text.
    Known {
        /// The type's name.
        name: String,
        /// Whether a value is accepted.
        accepts: String,
        /// How it is read.
        read: String,
        /// What is accepted, in words.
        expects: String,
        /// The default value's literal.
        default: Option<String>,
        /// What the type can do beside being set.
        holds: Option<String>,
        /// How its order is spelt.
        collation: Option<String>,
        /// Whether Rust and SQL agree on what is equal.
        equality: bool,
        /// The literals of its values, where they are listed.
        values: Option<String>,
        /// Whether reading can raise an error all the same, which is then caught.
        raises: bool,
    },
    /// The n-th type of an expansion: a macro cannot see through a name, so the emitted SQL leaves a hole
    /// there, which const evaluation fills in from [`SqlType`](crate::SqlType).
    Slot(usize),
}

/// Which text of a type a hole stands for.
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
    /// Nothing, where [`TypeInfo::equality`] holds.
    Equality,
    /// [`TypeInfo::value_literals`]
    Values,
    /// All that decides what a value becomes, as a JSON object.
    Json,
    /// [`TypeInfo::expects`], as a JSON string.
    ExpectsJson,
}

/// What must be true of a type for text to appear.
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
    /// A type that is known here and now.
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

    /// What [`Part::Json`] stands for.
    pub(crate) fn json(&self) -> String {
        match self {
            Self::Slot(slot) => unreachable!("type {slot} is described when it is known"),
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
