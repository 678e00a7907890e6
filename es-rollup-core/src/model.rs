//! What an event enum means for the current state: the single source that both folds are emitted from.
//!
//! The model is plain, owned data. The derive builds one during expansion, and tests write one by hand. The SQL
//! emitter ([`crate::emit`]) and the derive's Rust emitter read it, and the model is all that either of them knows.

mod constraint;
mod envelope;
mod expression;
mod grammar;
#[cfg(feature = "serde_json")]
mod json;
mod operation;
#[cfg(feature = "serde_json")]
mod read;
mod short;
mod store;
mod types;
mod validate;
mod view;
mod wire;

pub use constraint::Constraint;
pub use envelope::Envelope;
#[cfg(feature = "evolve")]
pub(crate) use expression::renamed_in;
pub use expression::{fault_of, names_in};
pub use grammar::{Form, Place, Repeats, Spelling};
pub use operation::{Definition, Kind, Leaves, Need, Nothing, Operation, Takes};
#[cfg(feature = "serde_json")]
pub use read::Faults;
pub use short::{Gives, Short, Shorthand};
pub use store::{Filter, Order, Store, Table};
pub use types::{Entry, Fact, OwnTexts, Part, Type, TypeTexts, Types};
pub use validate::LONGEST_NAME;
pub use view::{Column, Empty, Key, Literal, Rule, Source, Step, Touch, Trigger, View};
pub use wire::{Absent, Field, Life, Origin, Shape, Tagging, Variant, Whole};

/// An event enum, its event store, and the rollup kept from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The Rust enum's name.
    pub event: String,
    /// The types to which the rest refers.
    pub types: Types,
    /// Where the events are stored.
    pub store: Store,
    /// How serde writes the variant of an event.
    pub tagging: Tagging,
    /// The enum's variants, in order of declaration.
    pub variants: Vec<Variant>,
    /// When the rollup is updated.
    pub trigger: Trigger,
    /// The rollup's table with one row per entity.
    pub root: View,
    /// Its other tables, in order of declaration, which is the order in which each event changes them.
    pub views: Vec<View>,
    /// The table that keeps a row of the root for each version: [`View::history`].
    pub history: Option<View>,
    /// Whether events can be archived: the database keeps a base of each entity, at which its fold begins.
    pub archive: bool,
}

impl Model {
    /// All tables: the root, then the others.
    pub fn tables(&self) -> impl Iterator<Item = &View> {
        std::iter::once(&self.root).chain(self.others())
    }

    /// All tables but the root.
    pub fn others(&self) -> impl Iterator<Item = &View> {
        self.views.iter().chain(&self.history)
    }

    /// Whether there are tables with several rows per entity.
    pub const fn has_others(&self) -> bool {
        !self.views.is_empty() || self.history.is_some()
    }

    /// Whether some variant creates the row, so that no other can begin the stream.
    pub fn has_create(&self) -> bool {
        self.variants.iter().any(|variant| variant.life == Life::Create)
    }

    /// Whether some variant deletes the row.
    pub fn has_delete(&self) -> bool {
        self.variants.iter().any(|variant| variant.life == Life::Delete)
    }
}
