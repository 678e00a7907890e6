//! What serde writes: how an event's variant and its fields appear in the payload.

use super::{Literal, Type};

/// How the stored event says which variant it is (<https://serde.rs/enum-representations.html>).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tagging {
    /// `{"RoleGranted": {"role": …}}`, and `"Archived"` for a variant without data.
    External,
    /// `{"type": "role_granted", "role": …}`
    Internal {
        /// The tag's key.
        tag: String,
    },
    /// `{"type": "role_granted", "data": {"role": …}}`
    Adjacent {
        /// The tag's key.
        tag: String,
        /// The content's key.
        content: String,
    },
    /// The payload is the content: `{"role": …}`. The tag is in a column of its own, as in event stores that are not
    /// written through serde's enum.
    Separate {
        /// The event table's column of the tag, `text`.
        column: String,
    },
}

impl Tagging {
    /// The event table's column of the tag, if it has one.
    pub const fn column(&self) -> Option<&String> {
        match self {
            Self::External | Self::Internal { .. } | Self::Adjacent { .. } => None,
            Self::Separate { column } => Some(column),
        }
    }
}

/// One variant of the enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name in Rust.
    pub name: String,
    /// Its names in the payload: the one that serde writes, then those that serde also reads (`alias`).
    pub wire: Vec<String>,
    /// Whether it represents every event type without a variant (`#[serde(other)]`).
    pub other: bool,
    /// What it does to the stream, and so to the entity's row.
    pub life: Life,
    /// The shape of its content.
    pub shape: Shape,
    /// The fields that an operation reads, in order of declaration.
    pub fields: Vec<Field>,
}

/// What an event does to the stream that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It begins the stream and creates the row; no other event can.
    Create,
    /// It changes the row. If no variant creates rows, the first event of any kind does.
    Change,
    /// It deletes the row and ends the stream.
    Delete,
}

impl Life {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Create, Self::Change, Self::Delete];

    /// Its name in the model's description.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}

/// The shape of a variant's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Named fields: a JSON object.
    Struct,
    /// One unnamed field: the field's value.
    Newtype,
    /// Several unnamed fields: a JSON array, which is never read.
    Tuple,
    /// No fields.
    Unit,
}

impl Shape {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Struct, Self::Newtype, Self::Tuple, Self::Unit];

    /// Its name in the model's description.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Struct => "struct",
            Self::Newtype => "newtype",
            Self::Tuple => "tuple",
            Self::Unit => "unit",
        }
    }
}

/// A value that an operation reads: a field, something inside a field, or something in the event's context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Rust, `0` for the field of a newtype variant; `context` for the event's context.
    pub name: String,
    /// Where it is stored.
    pub origin: Origin,
    /// The keys that it is read from: the one that serde writes, then its aliases. Empty for the field of a
    /// newtype variant, which is the whole content, and for the context.
    pub keys: Vec<String>,
    /// The keys that lead to the value inside it, one for each level. With a path, null counts as absent.
    pub path: Vec<String>,
    /// The field that the path leads through, which is checked like any field before the path is followed. `None`
    /// without a path, in the context, and if an earlier value comes from the same field.
    pub whole: Option<Whole>,
    /// Its type, without the `Option` and, if it is read element by element, without the `Vec`.
    pub ty: Type,
    /// Whether it is a `Vec` or another collection that is read element by element.
    pub many: bool,
    /// Whether its elements are taken in ascending order, each once, as those of a set are: in JSON they may have any
    /// order.
    pub ascending: bool,
    /// Whether it is an `Option`, so that JSON null is a value of it.
    pub optional: bool,
    /// What an absent key means.
    pub absent: Absent,
}

/// A field that a path leads through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its type, without the `Option`.
    pub ty: Type,
    /// Whether it is an `Option`, so that JSON null is a value of it.
    pub optional: bool,
    /// What an absent key means. No path leads through a default.
    pub absent: Absent,
}

/// Where a value is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// In the payload.
    Payload,
    /// In the event's context, a separate column of the event table.
    Context,
    /// In the current element of the field whose elements choose [rows](super::Rule::each), which has the same keys.
    Element,
}

/// What serde does about an absent key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Absent {
    /// An error.
    Refused,
    /// `None`.
    None,
    /// The type's `Default::default()`.
    Default,
    /// The result of a function of the user's, which is this.
    Literal(Literal),
}

impl Variant {
    /// Whether serde reads it. One that it never reads is never stored.
    pub fn is_read(&self) -> bool {
        self.other || !self.wire.is_empty()
    }
}

impl Field {
    /// The name in Rust that the key suggests.
    pub(crate) fn expected_name(&self) -> &str {
        match self.origin {
            Origin::Payload | Origin::Element => self.keys.first().map_or("0", String::as_str),
            Origin::Context => "context",
        }
    }

    /// Its label in messages: its name, with the path inside it.
    pub fn label(&self) -> String {
        let keys = [&self.name].into_iter().chain(&self.path);
        keys.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    /// Whether null counts as absent.
    pub const fn null_is_absent(&self) -> bool {
        match self.origin {
            Origin::Payload | Origin::Element => !self.path.is_empty(),
            Origin::Context => true,
        }
    }
}
