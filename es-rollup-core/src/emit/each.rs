//! The trigger's function in the row form: folds one event as it is inserted.

use super::catch_up::has_others;
use super::constraints;
use super::filter;
use super::function::Function;
use super::guarded::is_guarded;
use super::names::{ID, Names, SEQUENCE, VERSION};
use super::order;
use super::ordinary::{ORDINARY, ordinary};
use super::refuse::{raise, unreached};
use super::relation;
use super::replica;
use super::step::{Kept, and_is_recorded, open, step, variables};
use super::text::indent;
use super::transaction::folded_here;
use super::write;
use crate::ErrorKind;
use crate::model::{Model, Order, View};

pub(super) fn each(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    // Folded from the event table, up to this event.
    let caught_up = format!(
        "es_base := {};
IF es_base < {SEQUENCE} THEN
  {};
END IF;",
        order::catch_up(model, view, "es_entity", SEQUENCE),
        unreached(model, view, "es_entity", SEQUENCE, "es_base")
    );
    let ended = if model.has_delete() {
        format!(
            "  IF es_deleted OR {} THEN
    -- The stream has ended, or may have: the catch-up function deletes its row.
{}
{}
    RETURN NULL;
  END IF;\n",
            indent(&has_others(model), 2).trim_start(),
            indent(&replica::left(model, view), 4),
            indent(&caught_up, 4)
        )
    } else {
        String::new()
    };
    let (declared, ordinary) = match ordinary(model, view) {
        Some(ordinary) => (
            ORDINARY,
            format!(
                "  IF NOT {}{} THEN\n{}\n  END IF;\n",
                is_guarded(model, view),
                and_is_recorded(model),
                indent(&ordinary, 4)
            ),
        ),
        None => ("", String::new()),
    };
    Function::of_trigger(
        "-- Folds one event. An event that does not follow the row is folded from the event table, which by now holds all
-- rows of the statement.",
        &names.apply,
    )
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_event ALIAS FOR NEW;  -- the current event
{variables}{declared}
BEGIN
{relation}
{skip}{early}{open}
{ordinary}  SELECT r.* INTO es_row FROM {rollup} AS r WHERE r.{ID} = es.es_entity;
  es_base := coalesce(es_row.{VERSION}, 0);
  es_version := es_base;{undeleted}
  IF {next} <= es_base THEN
    -- Already folded. That is fine if a later command of this transaction did it (a row of the same
    -- statement, or a trigger that itself inserts events); otherwise the row is ahead of the event table.
    IF {next} < 1 OR NOT {folded} THEN
      {replay}
    END IF;
    RETURN NULL;
  ELSIF {strays} OR {guarded} THEN
    -- The row is behind{or_gone}, or an event is missing: fold from the event table.
{left}
{caught_up}
    RETURN NULL;
  END IF;
{step}
{ended}{write}
  IF NOT FOUND THEN
    -- Another transaction has folded meanwhile: continue from the row as it is now.
{caught_up}
  END IF;
  RETURN NULL;
END",
        variables = variables(model, view, Kept::Declared),
        relation = indent(&relation::row(model, view), 2),
        rollup = names.rollup,
        skip = filter::skip(model),
        early = early(model, view),
        open = indent(&open(model), 2),
        next = SEQUENCE,
        folded = indent(&folded_here(model, view), 4).trim_start(),
        replay = raise(model, view, &format!("'{}'", ErrorKind::Replay.sqlstate()), None),
        strays = indent(&order::strays(model), 2).trim_start(),
        or_gone = if model.has_delete() { " or gone" } else { "" },
        undeleted = if model.has_delete() { "\n  es_deleted := false;" } else { "" },
        guarded = is_guarded(model, view),
        left = indent(&replica::left(model, view), 4),
        caught_up = indent(&caught_up, 4),
        step = indent(&step(model, view), 2),
        write = indent(&format!("{}{}", constraints::moved(view), write::one(model, view)), 2),
    ))
}

/// If sequences only increase, nothing in an event says that it reached a subscriber too early.
fn early(model: &Model, view: &View) -> String {
    match model.store.order {
        Order::Contiguous => String::new(),
        Order::Increasing => format!("{}\n", indent(&replica::left(model, view), 2)),
    }
}
