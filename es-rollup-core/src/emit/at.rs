//! The functions that return the state of an entity as it was: after one of its events, or at a time.

use super::columns::TIME;
use super::fold::{Range, call};
use super::function::{ALL_ROWS, DEFINER, Function, PINNED};
use super::names::{Names, VERSION};
use super::text::part;
use crate::model::{Model, Part, View};

pub(super) fn at(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id_type, rollup) = (part(&model.store.id_type, Part::Name), &names.rollup);
    Function {
        remark: "-- The row of one entity as it was after one of its events, folded from nothing. There is none if the entity has no
-- such event, or if its stream had ended.",
        name: &names.at,
        arguments: &format!("es_id {id_type}, es_version bigint"),
        returns: &format!("SETOF {rollup}"),
        language: "sql",
        properties: &["STABLE", DEFINER],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&format!(
        "  SELECT (f.es_state).*
  FROM {folded} AS f
  WHERE NOT f.es_deleted AND (f.es_state).{VERSION} = es_version",
        folded = call(model, &Range { ids: "ARRAY[es_id]", upto: "es_version", ..Range::ALL }),
    ))
}

/// The function for a time, of a store that records one with each event.
pub(super) fn as_of(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function {
        remark: "-- The row of one entity as it was at a time, folded from nothing: after all events before the first that was recorded
-- later. There is none if its first event was, or if its stream had ended.",
        name: &names.as_of,
        arguments: &format!("es_id {}, es_time {TIME}", part(&model.store.id_type, Part::Name)),
        returns: &format!("SETOF {}", names.rollup),
        language: "sql",
        properties: &["STABLE STRICT  -- no row for NULL", DEFINER],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&format!(
        "  SELECT (f.es_state).*
  FROM {folded} AS f
  WHERE NOT f.es_deleted",
        folded = call(model, &Range { ids: "ARRAY[es_id]", until: "es_time", ..Range::ALL }),
    ))
}
