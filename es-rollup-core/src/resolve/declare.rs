//! What is written: an event enum as plain data, without a parser's types.

use super::fault::Mark;
use super::key::{Key, Name};
use super::rust_type::{RustTypes, TypeAt};
use crate::emit;
use crate::model::{Absent, Form, Literal, Place, Shape, Table, Tagging, Trigger, View};

/// An event enum: as serde writes it, with the words written on it.
#[derive(Clone, Debug)]
pub struct Declarations {
    /// The Rust enum's name.
    pub name: Marked<String>,
    /// How serde writes the variant of an event.
    pub tagging: Tagging,
    /// The event table.
    pub events: Option<Marked<String>>,
    /// The type of the entity's id.
    pub id: Option<TypeAt>,
    /// The rollup table; by default, the event table with the suffix `_rollup`.
    pub table: Option<Marked<String>>,
    /// When events are folded.
    pub trigger: Trigger,
    /// Where a history of the rollup table is asked for, if it is.
    pub history: Option<Mark>,
    /// Where it is said that events can be archived, if it is.
    pub archive: Option<Mark>,
    /// The words on the enum itself.
    pub words: Vec<Word>,
    /// Its further tables, in order.
    pub views: Vec<DeclaredView>,
    /// The enum's variants, in order.
    pub variants: Vec<DeclaredVariant>,
    /// Every Rust type that is mentioned.
    pub types: RustTypes,
    /// Whether the caller reported mistakes. Then there is no model, only further faults.
    pub mistaken: bool,
}

impl Declarations {
    /// The rollup table, as named or by default.
    pub(super) fn rollup_table(&self) -> Option<Table> {
        match (&self.table, &self.events) {
            (Some(table), _) => Some(Table::parse(&table.is)),
            (None, Some(events)) => {
                let events = Table::parse(&events.is);
                Some(Table { name: format!("{}_rollup", events.name), ..events })
            }
            (None, None) => None,
        }
    }

    /// The table of the history, if one is asked for.
    pub(super) fn history_table(&self) -> Option<(Table, Mark)> {
        let (mark, table) = (self.history?, self.rollup_table()?);
        Some((Table { name: format!("{}_{}", table.name, View::HISTORY), ..table }, mark))
    }

    /// The table of the bases of archived entities, if events can be archived.
    pub(super) fn base_table(&self) -> Option<(Table, Mark)> {
        let (mark, table) = (self.archive?, self.rollup_table()?);
        Some((emit::base(&table), mark))
    }
}

/// One variant as declared.
#[derive(Clone, Debug)]
pub struct DeclaredVariant {
    /// Its name in Rust.
    pub name: Marked<String>,
    /// The name that serde writes, then the others that it reads; empty if serde never reads the variant.
    pub wire: Vec<String>,
    /// Whether it represents every unknown event type (`#[serde(other)]`).
    pub other: bool,
    /// The shape of its content.
    pub shape: Shape,
    /// The words on the variant itself.
    pub words: Vec<Word>,
    /// Its words in the brackets of each view; what is missing at the end has none.
    pub in_views: Vec<InView>,
    /// Its fields, in order.
    pub fields: Vec<DeclaredField>,
}

/// One field of a variant as declared.
#[derive(Clone, Debug)]
pub struct DeclaredField {
    /// Its name; `None` in a tuple or newtype variant.
    pub name: Option<String>,
    /// The words on the field.
    pub words: Vec<Word>,
    /// Its words in the brackets of each view; what is missing at the end has none.
    pub in_views: Vec<InView>,
    /// Whether other words were written and reported by the caller, so that none is said to be missing.
    pub mistaken: bool,
    /// Its type without the `Option`.
    pub ty: TypeAt,
    /// Whether it is an `Option`.
    pub optional: bool,
    /// The key that serde writes, then the others that it reads; empty without a name.
    pub keys: Vec<String>,
    /// What an absent key means to serde.
    pub absent: Absent,
    /// Whether a `set` on the variant leaves it out: serde skips it, or the caller has added what the `set` implies.
    pub left_out: bool,
}

/// A further table, with several rows per entity.
#[derive(Clone, Debug)]
pub struct DeclaredView {
    /// Its name, which is a place for words on variants and fields.
    pub name: Marked<String>,
    /// The words after the name.
    pub words: Vec<Word>,
}

impl DeclaredView {
    /// The names of the parts of its key.
    pub(super) fn key(&self) -> &[Marked<String>] {
        self.words.iter().find(|word| word.key.name == Name::Key).map_or(&[], Word::names)
    }
}

/// The words in the brackets of a view on a variant or a field.
#[derive(Clone, Debug, Default)]
pub struct InView {
    /// The words.
    pub words: Vec<Word>,
    /// Whether there are others, which the caller reported.
    pub mistaken: bool,
}

/// One key as written, with its value.
#[derive(Clone, Debug)]
pub struct Word {
    /// The key.
    pub key: &'static Key,
    /// Where it is.
    pub mark: Mark,
    /// What follows it.
    pub value: WordValue,
    /// Which brackets it is in: words in one `#[rollup(…)]` belong together.
    pub group: usize,
    /// Whether a `set` on the variant implies it.
    pub implied: bool,
}

/// What follows a key.
#[derive(Clone, Debug)]
pub enum WordValue {
    /// Nothing.
    None,
    /// A string.
    Text(Marked<String>),
    /// A type.
    Type(TypeAt),
    /// A literal.
    Literal(Marked<Literal>),
    /// Columns, each with a literal.
    Assignments(Vec<(Marked<String>, Marked<Literal>)>),
    /// Names, each with an SQL expression.
    Expressions(Vec<(Marked<String>, Marked<String>)>),
    /// Names of columns.
    Names(Vec<Marked<String>>),
    /// Further words in brackets.
    Words {
        /// The words.
        words: Vec<Word>,
        /// Whether there are others, which the caller reported.
        mistaken: bool,
    },
}

/// Something with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked<T> {
    /// The thing.
    pub is: T,
    /// Its place.
    pub mark: Mark,
}

impl<T> Marked<T> {
    /// Something in this place.
    pub const fn new(is: T, mark: Mark) -> Self {
        Self { is, mark }
    }
}

impl Word {
    /// A word in this place, in the first brackets.
    ///
    /// # Errors
    ///
    /// The fault, if the key has no form with this value there.
    pub fn new(name: &str, place: Place, value: WordValue, mark: Mark) -> Result<Self, super::Fault> {
        let here = Key::in_place(name, place).find(|key| value.has(key.spelling.form));
        let fault = || super::Fault { mark, message: Key::misplaced(name, place) };
        Ok(Self { key: here.ok_or_else(fault)?, mark, value, group: 0, implied: false })
    }

    /// The string of the key, such as the column that an operation names.
    pub const fn text(&self) -> Option<&Marked<String>> {
        if let WordValue::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The names in the brackets of the key.
    pub(super) fn names(&self) -> &[Marked<String>] {
        if let WordValue::Names(names) = &self.value { names } else { &[] }
    }

    /// The literal of the key.
    pub(super) const fn literal(&self) -> Option<&Marked<Literal>> {
        if let WordValue::Literal(literal) = &self.value { Some(literal) } else { None }
    }

    /// The type of the key.
    pub(super) const fn ty(&self) -> Option<TypeAt> {
        if let WordValue::Type(ty) = self.value { Some(ty) } else { None }
    }
}

impl WordValue {
    /// Whether it is written in this form.
    pub const fn has(&self, form: Form) -> bool {
        match form {
            Form::Word => matches!(self, Self::None),
            Form::Text => matches!(self, Self::Text(_)),
            Form::WordOrText => matches!(self, Self::None | Self::Text(_)),
            Form::Type => matches!(self, Self::Type(_)),
            Form::Literal => matches!(self, Self::Literal(_)),
            Form::Assignments => matches!(self, Self::Assignments(_)),
            Form::Expressions => matches!(self, Self::Expressions(_)),
            Form::Names => matches!(self, Self::Names(_)),
            Form::Keys(_) => matches!(self, Self::Words { .. }),
            // The derives of the struct, and the views: neither is among the words.
            Form::Paths | Form::NameAndKeys(_) => false,
        }
    }
}
