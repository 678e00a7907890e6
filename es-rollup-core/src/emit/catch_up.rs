//! The function that folds the events that an entity's row does not include yet.

use super::base;
use super::constraints;
use super::filter;
use super::fold::{Range, call, reached};
use super::function::{ALL_ROWS, BY_INDEX, DEFINER, Function, JIT, PINNED};
use super::guarded::within;
use super::names::{ID, Names, ROW, VERSION, qualified};
use super::order;
use super::others;
use super::raise::shown;
use super::replays;
use super::text::{ident, indent, literal, part};
use super::unfilled::is_filled;
use super::write;
use crate::model::{Model, Part, View};

/// The setting that says that the row is filled, while rows are filled after a change.
pub(super) const STEPS: &str = "es_rollup.steps";

pub(super) fn catch_up(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let (id_type, argument) = (part(&model.store.id_type, Part::Name), order::argument(model));
    let delete = if model.has_delete() {
        format!(
            "\n  IF es_folded.es_deleted THEN\n    DELETE FROM {} AS r WHERE r.{ID} = es.es_entity;{}\n  END IF;",
            names.rollup,
            indent(&others::deleted(model, &model.views, "es.es_entity"), 4)
        )
    } else {
        String::new()
    };
    let overtaken = match replays::overtaken(model, view) {
        none if none.is_empty() => none,
        text => format!("{}\n", indent(&text, 4)),
    };
    let reached = reached(model, "es_folded");
    let put = match others::perform(model, "es_entity", "es_base", &reached) {
        none if none.is_empty() => none,
        perform => format!("\n  {perform}"),
    };
    let written =
        format!("{}\nIF FOUND THEN{put}{delete}\n  RETURN {reached};\nEND IF;", write::one(model, view));
    Function {
        remark: "-- Folds the events of one entity that its row does not include yet, from the event table, and returns the
-- version reached. For an entity that was never folded, or whose events were inserted while the trigger was disabled.",
        name: &names.catch_up,
        arguments: &format!("es_id {id_type}{argument}"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity {id_type} := es_id;{first}
  es_folded record;  -- what the fold returns
  {ROW} {rollup}%ROWTYPE;  -- the new row
  es_base bigint;  -- the version in the table; 0 if there is no row
BEGIN
{filled}
  FOR es_try IN 1 .. 20 LOOP
    SELECT r.{VERSION} INTO es_base FROM {rollup} AS r WHERE r.{ID} = es.es_entity FOR UPDATE;
    es_base := coalesce(es_base, 0);
{overtaken}    -- In a statement of its own, which sees every event that the locked row includes.
    SELECT f.es_state, f.es_deleted INTO es_folded
    FROM {fold} AS f;
    IF NOT FOUND THEN
      -- Nothing is left to fold. Another transaction may have created the row in the meantime.
      RETURN coalesce((SELECT r.{VERSION} FROM {rollup} AS r WHERE r.{ID} = es.es_entity), 0);
    END IF;
    {ROW} := es_folded.es_state;
{never_seen}{write}
    -- Another transaction created the row in the meantime: fold from it, it is locked now.
  END LOOP;
  RAISE EXCEPTION USING ERRCODE = 'serialization_failure',
    MESSAGE = format('the rollup row of entity %s kept changing', {shown}), HINT = 'Try again.';
END",
        filled = indent(&is_filled(&names, &format!(" AND current_setting('{STEPS}', true) IS DISTINCT FROM 'true'")), 2),
        first = order::declared(model),
        overtaken = overtaken,
        rollup = names.rollup,
        fold = call(model, &Range { ids: "ARRAY[es.es_entity]", stored: "true", ..Range::ALL }),
        never_seen = constraints::never_seen(model, view)
            .map(|text| format!("{}\n", indent(&text, 4)))
            .unwrap_or_default(),
        // Written first, so that another transaction that writes the same row at this moment is noticed.
        write = indent(&within(model, view, "es_entity::text", &written), 4),
        shown = shown("es_entity::text"),
    ))
}

/// Whether a folded entity has ended, or may have, or is archived without a row: then it is folded from the event table. With
/// the reason in words; `None` if there is none for any entity.
pub(super) fn has_more(model: &Model) -> Option<(String, &'static str)> {
    match (model.has_delete(), model.archive) {
        (true, false) => {
            Some((format!("es_deleted OR {}", has_others(model)), "The stream has ended, or may have"))
        }
        (true, true) => Some((
            format!("es_deleted OR {}", has_others(model)),
            "The stream has ended, or may have, or the entity is archived and its row is gone",
        )),
        (false, true) => Some((
            format!("es_base = 0 AND {}", base::known::exists(model)),
            "The entity is archived, and its row is gone",
        )),
        (false, false) => None,
    }
}

/// Whether an entity without a row has other events than those folded so far, one of which may have ended it, or
/// lacks one of those. If policies may hide events, it counts as if it had: what folds the event table then says so.
fn has_others(model: &Model) -> String {
    format!(
        "es_base = 0 AND (row_security_active({table}::regclass::oid) OR EXISTS (
  SELECT
  FROM {events} AS e
  WHERE e.{id} = es.es_entity{and_filter}{others}
){or_archived})",
        table = literal(&qualified(&model.store.table)),
        events = qualified(&model.store.table),
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        others = order::others(model),
        or_archived = base::known::or_archived(model),
    )
}
