//! The Rust types that declarations mention.

use super::fault::Mark;
use crate::model;

/// A type in [`RustTypes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TypeAt(pub usize);

/// A Rust type as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RustType {
    /// Its spelling. Types with the same spelling are the same.
    pub spelling: String,
    /// Where it is.
    pub mark: Mark,
    /// The `T`, if it is an `Option<T>`.
    pub option: Option<TypeAt>,
    /// The elements, if it is a collection.
    pub elements: Option<(Collection, TypeAt)>,
    /// The owned type, if it borrows its data.
    pub owned: Option<TypeAt>,
    /// Whether it mentions a lifetime of the enum.
    pub borrows: bool,
    /// Its SQL, if it is known before the compiler says it.
    pub sql: Option<model::TypeTexts>,
}

impl RustType {
    /// A type without anything inside it.
    pub fn plain(spelling: impl Into<String>, mark: Mark) -> Self {
        Self {
            spelling: spelling.into(),
            mark,
            option: None,
            elements: None,
            owned: None,
            borrows: false,
            sql: None,
        }
    }

    /// The last segment of its path: `b::C` and `C` may be the same type; the compiler compares the types themselves.
    pub(super) fn last_segment(&self) -> &str {
        let spelt = self.spelling.as_str();
        let path = spelt.find('<').map_or(spelt, |at| &spelt[..at]);
        path.rfind("::").map_or(spelt, |at| &spelt[at + 2..])
    }
}

/// A collection of the standard library that serde writes as an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// A `Vec`.
    Vec,
    /// Another collection that keeps its order.
    Ordered,
    /// A set, whose elements are read in ascending order.
    Set,
}

/// Every type that declarations mention, and those of values without a written type.
#[derive(Clone, Debug)]
pub struct RustTypes {
    all: Vec<RustType>,
    /// The types of literals and sequences, and that of recorded times.
    pub(super) standard: Standard,
}

/// The types of values that no field has.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    /// `bool`
    pub boolean: TypeAt,
    /// `i64`
    pub integer: TypeAt,
    /// `String`
    pub text: TypeAt,
    /// The type of recorded times.
    pub time: TypeAt,
}

impl RustTypes {
    /// `bool`, `i64`, `String` and the type of recorded times.
    pub fn new([boolean, integer, text, time]: [RustType; 4]) -> Self {
        let at = |place| TypeAt(place);
        Self {
            all: vec![boolean, integer, text, time],
            standard: Standard { boolean: at(0), integer: at(1), text: at(2), time: at(3) },
        }
    }

    /// Adds a type.
    pub fn add(&mut self, ty: RustType) -> TypeAt {
        self.all.push(ty);
        TypeAt(self.all.len() - 1)
    }

    /// The types of values that no field has.
    pub const fn standard(&self) -> Standard {
        self.standard
    }

    /// The type that [`RustTypes::add`] put there.
    pub fn get(&self, at: TypeAt) -> &RustType {
        &self.all[at.0]
    }

    pub(super) fn spelling(&self, at: TypeAt) -> &str {
        &self.get(at).spelling
    }
}
