//! The function that returns the state of an entity after one of its events.

use super::fold::{Range, call};
use super::names::Names;
use super::text::part;
use crate::model::{Model, Part, View};

pub(super) fn at(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- The row of one entity as it was after one of its events, folded from nothing. There is none if the entity has no
-- such event, or if its stream had ended.
CREATE OR REPLACE FUNCTION {at}(es_id {id_type}, es_version bigint)
  RETURNS SETOF {rollup}
  LANGUAGE sql
  STABLE
  SECURITY DEFINER
  SET search_path = pg_catalog, pg_temp
  SET row_security = off  -- a row that a policy would hide is an error
AS $es_rollup$
  SELECT (f.es_state).*
  FROM {folded} AS f
  WHERE NOT f.es_deleted AND (f.es_state).\"version\" = es_version
$es_rollup$;
REVOKE ALL ON FUNCTION {at} FROM PUBLIC;
",
        at = names.at,
        id_type = part(&model.store.id_type, Part::Name),
        rollup = names.rollup,
        folded = call(model, view, &Range { ids: "ARRAY[es_id]", stored: "false", upto: "es_version" }),
    )
}
