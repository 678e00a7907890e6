//! The layout of the event table, as generated code has it.

use crate::model::Order;

/// The columns of the event table, unquoted, and how its events are ordered: [`Store`](crate::model::Store) for code that
/// has no model.
#[derive(Clone, Copy, Debug)]
pub struct Layout {
    /// The column of the entity's id.
    pub id: &'static str,
    /// The column of the event's sequence.
    pub sequence: &'static str,
    /// How the sequences of a stream follow each other.
    pub order: Order,
    /// The column of the event's type.
    pub event_type: &'static str,
    /// The column of the payload.
    pub payload: &'static str,
    /// The column of the recorded time.
    pub recorded_at: Option<&'static str>,
    /// The column of the context, if the enum reads it.
    pub context: Option<&'static str>,
    /// A column that selects the enum's rows by its value.
    pub filter: Option<(&'static str, &'static str)>,
}
