//! What tells the rows of a table apart.

use super::names::{ID, ROW};
use crate::model::{Key, View};

/// The columns of the key, as in a constraint.
pub(super) const fn columns(view: &View) -> &'static str {
    match view.key {
        Key::Entity => ID,
    }
}

/// Whether two rows are the same one.
pub(super) fn same(view: &View, one: &str, other: &str) -> String {
    match view.key {
        Key::Entity => format!("{one}.{ID} = {other}.{ID}"),
    }
}

/// Writes the key of the current event's row, which is new.
pub(super) fn written(view: &View) -> String {
    match view.key {
        Key::Entity => format!("{ROW}.{ID} := es_entity;"),
    }
}
