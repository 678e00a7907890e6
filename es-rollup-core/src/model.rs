//! What an event enum means for the current state: the one source that both folds are emitted from.
//!
//! The model is plain, owned data. The derive builds one while it expands; tests write one by hand; the SQL
//! emitter ([`crate::emit`]) and the derive's Rust emitter read it, and neither knows anything that does not
//! stand here.

mod constraint;
mod expression;
mod operation;
mod store;
mod types;
mod view;
mod wire;

pub use constraint::Constraint;
pub use expression::{fault_of, names_in};
pub use operation::{Kind, Operation};
pub use store::{Store, Table};
pub use types::{Fact, Part, Type};
pub use view::{Column, Literal, Row, Source, Step, Transition, Trigger, View};
pub use wire::{Absent, Field, Origin, Shape, Tagging, Variant, Whole};

/// An event enum, its event store, and the rollups kept from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Model {
    /// The Rust enum's name.
    pub event: String,
    /// Where the events stand.
    pub store: Store,
    /// How serde writes which variant an event is.
    pub tagging: Tagging,
    /// The enum's variants, in the order of their declaration.
    pub variants: Vec<Variant>,
    /// The rollups, one by default.
    pub views: Vec<View>,
}
