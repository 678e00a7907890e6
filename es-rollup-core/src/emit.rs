//! The SQL that a model stands for: plain functions from [`Model`] to text.
//!
//! `names` says what everything is called, `step` what an event does; `apply` (the statement trigger), `each` (the
//! row trigger) and `catch_up` (history) hold the step, `write` is how they write a row. `ordinary` is the short way
//! that both triggers try first with a single event. Text is the same, byte for byte, for the same model: a
//! migration's identity is its bytes.

mod apply;
mod catch_up;
mod change;
mod constraints;
mod describe;
mod each;
mod explain;
mod history;
mod names;
mod ordinary;
mod preflight;
mod refuse;
mod revert;
mod step;
mod table;
mod text;
mod trigger;
mod write;

use crate::model::{Model, Trigger, View};
pub use names::{LONGEST_SUFFIX, RESERVED_PREFIX};
pub use text::{DOLLAR_TAG, Piece, pieces};

/// The migration that makes one view and folds the events that are there already.
///
/// Its [`Piece::Fingerprint`] stands for the fingerprint of the model: of its [`description`] and of how its
/// types are read. A release that only words the SQL in another way can so be applied over an older one.
pub fn migration(model: &Model, view: &View) -> Vec<Piece> {
    let parts = [
        preflight::preflight(model, view),
        table::table(model, view),
        table::model(model, view),
        refuse::refuse(model, view),
        catch_up::catch_up(model, view),
        match view.trigger {
            Trigger::Statement => apply::apply(model, view),
            Trigger::Row => each::each(model, view),
        },
        table::truncate(model, view),
        trigger::trigger(model, view),
        history::history(model, view),
    ];
    pieces(&parts.join("\n"))
}

/// The migration that takes one view away.
pub fn revert(model: &Model, view: &View) -> Vec<Piece> {
    pieces(&revert::revert(model, view))
}

/// What each event does to each column, as a Markdown table.
pub fn explanation(model: &Model, view: &View) -> Vec<Piece> {
    pieces(&explain::explain(model, view))
}

/// The model as JSON, with the type's names where types stand.
pub fn description(model: &Model) -> Vec<Piece> {
    pieces(&describe::describe(model))
}

/// A table's name as SQL spells it, for messages and queries.
pub fn qualified(table: &crate::model::Table) -> String {
    names::qualified(table)
}
