//! The store's filter: which rows of the event table are events of the enum.

use super::text::{ident, literal};
use crate::model::{Filter, Model};

/// The condition that a row is one of those events; `None` if all are.
pub(super) fn condition(model: &Model, row: &str) -> Option<String> {
    let Filter { column, value } = model.store.filter.as_ref()?;
    Some(format!("{row}.{} = {}", ident(column), literal(value)))
}

/// A WHERE clause with no other condition.
pub(super) fn only(model: &Model, row: &str) -> String {
    condition(model, row).map(|condition| format!(" WHERE {condition}")).unwrap_or_default()
}

/// The same as a further condition.
pub(super) fn and(model: &Model, row: &str) -> String {
    condition(model, row).map(|condition| format!(" AND {condition}")).unwrap_or_default()
}

/// Skips, in a row trigger, a row that is not one of those events.
pub(super) fn skip(model: &Model) -> String {
    condition(model, "NEW")
        .map(|condition| format!("  IF ({condition}) IS NOT TRUE THEN\n    RETURN NULL;\n  END IF;\n"))
        .unwrap_or_default()
}
