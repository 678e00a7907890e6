//! What the row form leaves to the end of a subscriber's transaction: it may have come too early.

use super::names::Names;
use super::text::literal;
use crate::model::{Model, View};

/// Leaves an event that does not follow the row to the second trigger, if that is enabled.
pub(super) fn left(model: &Model, view: &View) -> String {
    left_by(model, view, "es_relation", "RETURN;")
}

/// The same for the relation of the row, with the statement that leaves.
pub(super) fn left_by(model: &Model, view: &View, relation: &str, leave: &str) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "IF current_setting('session_replication_role') = 'replica' AND EXISTS (
  SELECT FROM pg_trigger AS t
  WHERE t.tgrelid = {relation} AND t.tgname = {trigger} AND t.tgenabled IN ('A', 'R')
) THEN
  {leave}  -- checked once all rows of the publisher's transaction have arrived
END IF;",
        trigger = literal(&names.bare_replica),
    )
}
