//! The function that returns the state of an entity after one of its events.

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
        folded = call(model, view, &Range { ids: "ARRAY[es_id]", stored: "false", upto: "es_version" }),
    ))
}
