//! Which transaction wrote a row, and what became of it.

use super::filter;
use super::function::{BY_INDEX, Function, JIT, PINNED};
use super::names::{ID, Names, SEQUENCE};
use super::text::{ident, part};
use crate::model::{Model, Part, View};

/// The whole id of the transaction that a system column names, as `bigint`: its epoch is the one nearest to the ids of
/// today. `age` would not do: PostgreSQL keeps what it counts from for all of a transaction, from the first call on, when
/// the transaction may not have had an id.
fn whole(xid: &str) -> String {
    let near = "pg_snapshot_xmax(pg_current_snapshot())::text::bigint";
    format!("{near} - 2147483648 + (({xid}::text::bigint - {near} + 2147483648) & 4294967295)")
}

/// Whether a visible row version was written by the current transaction, or by a part of it that was not rolled back:
/// no other transaction in progress can have written it. The ids of parts are greater.
pub(super) fn written_here(xmin: &str) -> String {
    let whole = whole(xmin);
    format!(
        "CASE WHEN {whole} >= pg_current_xact_id_if_assigned()::text::bigint THEN pg_xact_status(({whole})::text::xid8) = 'in progress' ELSE false END"
    )
}

/// Whether a version of a row with this `xmax` has been replaced since the snapshot that sees it, and not by a transaction
/// that failed.
pub(super) fn replaced(xmax: &str) -> String {
    format!(
        "CASE WHEN {xmax} = 0 THEN false ELSE pg_xact_status((
  {whole}
)::text::xid8) IS DISTINCT FROM 'aborted' END",
        whole = whole(xmax)
    )
}

/// Whether a command of this transaction folded the current event after the one that inserted it.
pub(super) fn folded_here(model: &Model, view: &View) -> String {
    folded_of(model, view, "es_entity", SEQUENCE)
}

/// The same about another event. The arguments are SQL expressions of the types of the id and of the sequence.
pub(super) fn folded_of(model: &Model, view: &View, entity: &str, sequence: &str) -> String {
    format!("{}({entity}, {sequence})", Names::new(&model.store, view).folded)
}

/// The function that finds out.
pub(super) fn folded(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    Function {
        remark: "-- Whether a command of this transaction folded an event after the one that inserted it. Then it is not a replay: a
-- row of the same statement was folded first, or a trigger inserted further events.",
        name: &names.folded,
        arguments: &format!("es_id {}, {SEQUENCE} bigint", part(&model.store.id_type, Part::Name)),
        returns: "boolean",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_at ALIAS FOR {SEQUENCE};
BEGIN
  RETURN EXISTS (
    SELECT
    FROM {rollup} AS r JOIN {events} AS e ON e.{id} = r.{ID} AND e.{sequence} = es.es_at{and_filter}
    WHERE r.{ID} = es.es_entity AND r.cmin::text::bigint > e.cmin::text::bigint
      AND {here}
  );
END",
        and_filter = filter::and(model, "e"),
        here = written_here("r.xmin"),
        rollup = names.rollup,
        events = names.events,
        id = ident(&model.store.id),
        sequence = ident(&model.store.sequence),
    ))
}
