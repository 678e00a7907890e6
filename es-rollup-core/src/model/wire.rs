//! What serde writes: how an event's variant and its fields stand in the payload.

use super::Type;

/// How the payload says which variant it is (<https://serde.rs/enum-representations.html>).
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
}

/// One variant of the enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// Its name in Rust.
    pub name: String,
    /// Its names in the payload: the one that serde writes, then those it reads as well (`alias`).
    pub wire: Vec<String>,
    /// Whether it stands for every type that has no variant (`#[serde(other)]`).
    pub other: bool,
    /// What its content looks like.
    pub shape: Shape,
    /// The fields that an operation reads, in the order of their declaration.
    pub fields: Vec<Field>,
}

/// The shape of a variant's content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Named fields: a JSON object.
    Struct,
    /// One unnamed field: that field's value.
    Newtype,
    /// Several unnamed fields: a JSON array, of which nothing is read.
    Tuple,
    /// No fields.
    Unit,
}

/// A field that an operation reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name in Rust, `0` for the field of a newtype variant.
    pub name: String,
    /// The keys that it is read from: the one that serde writes, then its aliases. None for the field of a
    /// newtype variant, which is the content itself.
    pub keys: Vec<String>,
    /// Its type, without the `Option` and, where it is read element by element, without the `Vec`.
    pub ty: Type,
    /// Whether it is a `Vec` that is read element by element.
    pub many: bool,
    /// Whether it is an `Option`, so that JSON null is a value of it.
    pub optional: bool,
    /// What an absent key means.
    pub absent: Absent,
}

/// What serde makes of a key that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// An error.
    Refused,
    /// `None`.
    None,
    /// The type's `Default::default()`.
    Default,
}
