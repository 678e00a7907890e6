//! The functions that fold the views of an entity without writing anything: what verifies them, what writes only the rows
//! that differ, and what shows them as they were.

use super::base;
use super::columns::TIME;
use super::function::{ALL_ROWS, BY_INDEX, DEFINER, Function, JIT, PINNED};
use super::held;
use super::names::{ID, Names, VERSION};
use super::pass;
use super::text::{indent, part};
use super::touch::Rows;
use crate::model::{Model, Part, View};

/// The function that folds all views of an entity in one pass.
pub(super) fn views(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let columns = model
        .views
        .iter()
        .enumerate()
        .map(|(nth, view)| format!("{} {}[]", held::column(nth), Names::new(&model.store, view).rollup));
    Function {
        remark: "-- Folds the events of one entity up to a version from nothing, and returns the rows that each view has then. It writes
-- nothing, and is called for entities that the rollup's own fold has accepted.",
        name: &names.views,
        arguments: &format!("es_id {id_type}, es_upto bigint"),
        returns: &format!("TABLE ({})", columns.collect::<Vec<_>>().join(", ")),
        language: "plpgsql",
        properties: &[
            "STABLE  -- rows and events are those of one snapshot",
            "ROWS 1  -- so that plans do not expect a thousand, and read whole tables",
        ],
        settings: &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_last ALIAS FOR es_upto;{variables}{held}{archived}
BEGIN
{begun}{folded}{returned}
END",
        variables = pass::variables(model, true),
        held = held::variables(model),
        archived = base::views::variables(model),
        begun = indent(&base::views::begun(model, &names), 2),
        folded = pass::folded(model, &names, model.archive.then_some("es.es_version"), Rows::Held),
        returned = indent(&held::returned(model), 2),
    ))
}

/// The function that returns the rows of one view as they were after an event.
pub(super) fn at(model: &Model, view: &View) -> String {
    let (names, root) = (Names::new(&model.store, view), Names::new(&model.store, &model.root));
    Function {
        remark: "-- The rows of one entity as they were after one of its events, folded from nothing, in the order of their keys. There
-- are none if the entity has no such event, or if its stream had ended.",
        name: &names.at,
        arguments: &format!("es_id {}, es_version bigint", part(&model.store.id_type, Part::Name)),
        returns: &format!("SETOF {}", names.rollup),
        language: "sql",
        properties: &["STABLE", DEFINER],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&rows_of(model, view, &format!("{}(es_id, es_version)", root.at)))
}

/// The function that returns them as they were at a time.
pub(super) fn as_of(model: &Model, view: &View) -> String {
    let (names, root) = (Names::new(&model.store, view), Names::new(&model.store, &model.root));
    Function {
        remark: "-- The same at a time: after all events before the first that was recorded later.",
        name: &names.as_of,
        arguments: &format!("es_id {}, es_time {TIME}", part(&model.store.id_type, Part::Name)),
        returns: &format!("SETOF {}", names.rollup),
        language: "sql",
        properties: &["STABLE STRICT  -- no row for NULL", DEFINER],
        settings: &[PINNED, ALL_ROWS],
    }
    .text(&rows_of(model, view, &format!("{}(es_id, es_time)", root.as_of)))
}

/// The rows of a view for a state of the entity.
fn rows_of(model: &Model, view: &View, state: &str) -> String {
    let nth = model.views.iter().position(|one| one.table == view.table).unwrap_or_default();
    format!(
        "  SELECT v.*
  FROM {state} AS r
    CROSS JOIN LATERAL {views}(r.{ID}, r.{VERSION}) AS f
    CROSS JOIN LATERAL unnest(f.{column}) AS v",
        views = Names::new(&model.store, &model.root).views,
        column = held::column(nth),
    )
}
