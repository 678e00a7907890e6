//! The row form's function for an event that is not an ordinary one: it folds one event with all checks.

use super::base;
use super::catch_up::has_more;
use super::constraints;
use super::early;
use super::event::open;
use super::function::{BY_INDEX, Function, JIT, PINNED};
use super::guarded::is_guarded;
use super::members::Members;
use super::names::{ID, Names, ROW, SEQUENCE, VERSION};
use super::order;
use super::others;
use super::raise::{raise, unreached};
use super::step::{Held, beginning, step, variables};
use super::text::{ident, indent, part};
use super::transaction::folded_here;
use super::write;
use crate::ErrorKind;
use crate::model::{Model, Order, Part, Store, View};

/// The event's values, apart from its id and its sequence: each column of the event table that the step reads, with the
/// argument that has it and its type.
fn values(model: &Model) -> Vec<(&String, &'static str, &'static str)> {
    let Store { payload, recorded_at, context, .. } = &model.store;
    let recorded_at =
        recorded_at.as_ref().map(|column| (column, "es_recorded_at", "timestamp with time zone"));
    let context = context.as_ref().map(|column| (column, "es_context", "jsonb"));
    let tag = model.tagging.column().map(|column| (column, "es_type", "text"));
    [(payload, "es_payload", "jsonb")].into_iter().chain(recorded_at).chain(context).chain(tag).collect()
}

/// Calls the function for the row of the trigger.
pub(super) fn call(model: &Model, view: &View) -> String {
    let values: Vec<String> =
        values(model).iter().map(|(column, _, ty)| format!(", NEW.{}::{ty}", ident(column))).collect();
    let values = values.concat();
    format!("PERFORM {}(TG_RELID, es_entity, {SEQUENCE}{values});", Names::new(&model.store, view).each)
}

pub(super) fn each(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let caught_up = caught_up(model, view);
    let what = if model.has_delete() {
        "the catch-up function deletes its row"
    } else {
        "the catch-up function begins at its base"
    };
    let ended = has_more(model).map(|(condition, why)| {
        format!(
            "  IF {} THEN
    -- {why}: {what}.
{}{}
{}
    RETURN;
  END IF;\n",
            indent(&condition, 2).trim_start(),
            exists(model, view, &names, 4),
            indent(&early::left(model, view), 4),
            indent(&format!("{}{caught_up}", base::refused::replayed(model, view, SEQUENCE)), 4)
        )
    });
    let ended = ended.unwrap_or_default();
    let id_type = part(&model.store.id_type, Part::Name);
    let values = values(model);
    let arguments: Vec<String> =
        values.iter().map(|(_, argument, ty)| format!(", {argument} {ty}")).collect();
    let arguments = arguments.concat();
    let columns: Vec<String> = values
        .iter()
        .map(|(column, argument, _)| format!("  {} ALIAS FOR {argument};\n", ident(column)))
        .collect();
    Function {
        remark: "-- Folds one event with all checks. An event that does not follow the row is folded from the event table, which by now
-- holds all rows of the statement.",
        name: &names.each,
        arguments: &format!("es_relation oid, es_id {id_type}, es_at bigint{arguments}"),
        returns: "void",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es_event>>
DECLARE
{columns}BEGIN
<<es>>
DECLARE
{variables}
BEGIN
  es_entity := es_id;
  {SEQUENCE} := es_at;
{early}{open}
{row}
  es_base := coalesce({ROW}.{VERSION}, 0);
  es_version := es_base;{undeleted}
  IF {next} <= es_base THEN
    -- Already folded. That is fine if a later command of this transaction did it (a row of the same
    -- statement, or a trigger that itself inserts events); otherwise the row is ahead of the event table.
    IF {next} < 1 OR NOT {folded}{or_replayed} THEN
{replay}
    END IF;
    RETURN;
  ELSIF {strays} OR {guarded} THEN
    -- The row is behind{or_gone}, or an event is missing: fold from the event table.
{left}
{unseen}
    RETURN;
  END IF;
{beginning}
{step}
{ended}{write}
  IF NOT FOUND THEN
{exists}    -- Another transaction has folded meanwhile: continue from the row as it is now.
{caught_up}
  {or_end}
END;
END",
        columns = columns.concat(),
        or_end = indent(&others::or_end(model, "es_entity", "es_base", "es_version"), 2).trim_start(),
        row = indent(&stored(model, view, &names), 2),
        variables = variables(model, view, Held::Declared),
        exists = exists(model, view, &names, 4),
        early = early(model, view),
        open = indent(&open(model), 2),
        next = SEQUENCE,
        folded = indent(&folded_here(model, view), 4).trim_start(),
        replay = indent(&replay(model, view), 6),
        strays = indent(&order::strays(model), 2).trim_start(),
        or_gone = if model.has_delete() { " or gone" } else { "" },
        undeleted = if model.has_delete() { "\n  es_deleted := false;" } else { "" },
        guarded = is_guarded(model, view),
        or_replayed = base::known::or_replayed(model, view),
        left = indent(&early::left(model, view), 4),
        caught_up = indent(&caught_up, 4),
        unseen = indent(&format!("{}{caught_up}", base::refused::replayed(model, view, SEQUENCE)), 4),
        beginning = indent(&beginning(model, view), 2),
        step = indent(&step(model, view, Members::Applied), 2),
        write = indent(&format!("{}{}", constraints::moved(view), write::one(model, view)), 2),
    ))
}

/// Folds the entity from the event table, up to this event.
fn caught_up(model: &Model, view: &View) -> String {
    format!(
        "es_base := {};
IF es_base < {SEQUENCE} THEN
  {};
END IF;",
        order::catch_up(model, view, "es_entity", SEQUENCE),
        unreached(model, view, "es_entity", SEQUENCE, "es_base")
    )
}

/// Refuses the event as one that the row includes. On a subscriber, the row may be one from before a change that the
/// publisher made to the entity's events, and is looked at again.
fn replay(model: &Model, view: &View) -> String {
    let raise = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None);
    format!("{}\n{raise}", early::left(model, view))
}

/// Reads the row of the entity, unless the event begins the stream.
fn stored(model: &Model, view: &View, names: &Names) -> String {
    let read = format!("SELECT r.* INTO {ROW} FROM {} AS r WHERE r.{ID} = es.es_entity;", names.rollup);
    match order::begins(model) {
        Some(begins) => format!(
            "IF NOT ({begins}) OR {} THEN  -- otherwise there is no row yet\n  {read}\nEND IF;",
            is_guarded(model, view)
        ),
        None => read,
    }
}

/// Ends with an event that begins a stream if there is a row after all: refuses it, unless a command of this transaction
/// has folded it.
fn exists(model: &Model, view: &View, names: &Names, spaces: usize) -> String {
    let Some(begins) = order::begins(model) else { return String::new() };
    let text = format!(
        "es_version := CASE WHEN {begins} THEN (SELECT r.{VERSION} FROM {rollup} AS r WHERE r.{ID} = es.es_entity) END;
IF es_version IS NOT NULL THEN
  IF NOT {folded} THEN
{replay}
  END IF;
  RETURN;
END IF;",
        folded = folded_here(model, view),
        rollup = names.rollup,
        replay = indent(&replay(model, view), 4),
    );
    format!("{}\n", indent(&text, spaces))
}

/// If sequences only increase, nothing in an event says that it reached a subscriber too early.
fn early(model: &Model, view: &View) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!("{}\n", indent(&early::left(model, view), 2)),
    }
}
