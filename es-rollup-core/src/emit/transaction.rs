//! What the current transaction has written itself.

use super::filter;
use super::names::{ID, Names, SEQUENCE};
use super::text::ident;
use crate::model::{Model, View};

/// Whether a visible row version was written by the current transaction, or by a part of it that was not rolled back:
/// no other transaction in progress can have written it. The epoch of its `xmin` is the one nearest to the current id.
pub(super) fn written_here(xmin: &str) -> String {
    format!(
        "CASE WHEN age({xmin}) <= 0 THEN pg_xact_status((pg_current_xact_id()::text::bigint - age({xmin}))::text::xid8) = 'in progress' ELSE false END"
    )
}

/// Whether a command of this transaction folded `es_event` after the one that inserted it.
pub(super) fn folded_here(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "EXISTS (
  SELECT
  FROM {rollup} AS r JOIN {events} AS e ON e.{id} = r.{ID} AND e.{sequence} = {next}{and_filter}
  WHERE r.{ID} = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
    AND {here}
)",
        and_filter = filter::and(model, "e"),
        here = written_here("r.xmin"),
        rollup = names.rollup,
        events = names.events,
        id = ident(&model.store.id),
        sequence = ident(&model.store.sequence),
        next = format_args!("es.{SEQUENCE}"),
    )
}
