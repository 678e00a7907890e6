//! Turns a model into SQL: plain functions from [`Model`] to text.
//!
//! `plan` lists the objects, `names` has their names, and `step` is what an event does. `apply` (the statement
//! trigger), `each` (behind the row trigger, `row`) and `fold` (stored events) contain the step, and `write` is how a
//! row is written. `catch_up`, `at`, `rebuild`, `verify` and `history` are thin over `fold`. `edited` follows events
//! that are changed or deleted. `guarded` is for rollups with constraints that the migration did not create. `relation`
//! checks for which table the triggers run. `ordinary` is the fast path that both triggers try first for a single
//! event, and `singles` the one for an event of each of several entities; `direct` says when they may, and `qualify`
//! gives them the schemas. `notes` says in the database what was installed. `alter` changes a rollup from one model to another. The same model always gives the same
//! text, byte for byte: a migration's identity is its bytes.

#[cfg(feature = "evolve")]
mod alter;
mod apply;
mod archive;
mod at;
mod attach;
mod base;
#[cfg(feature = "evolve")]
mod built;
mod catch_up;
mod change;
mod changes;
mod chosen;
mod columns;
mod constraints;
mod describe;
mod direct;
mod each;
mod early;
mod edited;
mod effect;
mod event;
mod explain;
mod expression;
mod field;
mod filter;
mod fold;
mod former;
mod function;
mod guarded;
mod held;
mod history;
mod install;
#[cfg(feature = "migrations")]
mod installed;
mod key;
mod members;
mod names;
mod notes;
#[cfg(feature = "migrations")]
mod objects;
mod operands;
mod order;
mod ordinary;
mod others;
mod ownership;
mod pass;
mod plain;
mod plan;
mod preflight;
#[cfg(feature = "evolve")]
pub(crate) mod program;
mod put;
mod qualify;
mod raise;
mod rebuild;
mod refuse;
mod relation;
mod replays;
mod replica;
mod revert;
mod row;
mod since;
mod singles;
mod state;
mod step;
mod table;
mod text;
mod touch;
mod transaction;
mod trigger;
mod unfilled;
mod verify;
mod versions;
mod views;
mod write;

use crate::Fingerprint;
use crate::model::{Model, Part, Type};
#[cfg(feature = "serde_json")]
pub(crate) use describe::{FORMAT, name as name_of};
#[cfg(feature = "migrations")]
pub use installed::{FILLING, check_sql, off_sql};
#[cfg(feature = "evolve")]
pub(crate) use names::TODO;
pub use names::{LONGEST_SUFFIX, RESERVED_PREFIX, base};
pub use notes::EARLIER;
#[cfg(feature = "migrations")]
pub use objects::{Index, Objects, objects};
use plan::ObjectKind;
pub use text::{DOLLAR_TAG, MODEL_TAG, Piece, ended_quote, pieces, spell};

/// The migration that creates the rollup and folds the existing events.
///
/// Its [`Piece::Fingerprint`] is the fingerprint of the model's [`meaning`]. That way, a release that only rewords the
/// SQL can be applied over an older one.
pub fn migration(model: &Model) -> Vec<Piece> {
    let view = &model.root;
    let mut parts = vec![preflight::preflight(model, view)];
    for kind in [ObjectKind::Table, ObjectKind::Function] {
        parts.extend(model.tables().flat_map(|view| plan::created(model, view, kind)));
    }
    parts.extend([attach::attach(model, view), notes::notes(model, view), history::history(model, view)]);
    pieces(&parts.join("\n"))
}

/// The migration that removes the rollup.
pub fn revert(model: &Model) -> Vec<Piece> {
    pieces(&revert::revert(model, &model.root))
}

/// The migration from one model to another, which [`evolve`](crate::evolve) has compared.
///
/// # Panics
///
/// If a type of a model is still left to the compiler.
#[cfg(feature = "evolve")]
pub fn change(old: &Model, new: &Model, alteration: &crate::alteration::Alteration) -> String {
    alter::change(old, new, alteration)
}

/// The migration that creates the rollup, as [`migration`] does, over a log of any size: if there are many events, they are
/// folded afterwards, as after a [`change`].
///
/// # Panics
///
/// If a type of the model is still left to the compiler.
#[cfg(feature = "evolve")]
pub fn installation(model: &Model) -> String {
    alter::installation(model)
}

/// The query for whole states: each row of the rollup with its rows of all views. `time` is the type of a recorded time
/// in Rust, which the model itself does not need.
pub fn state(model: &Model, time: Type) -> Vec<Piece> {
    pieces(&state::state(model, time))
}

/// What each event does to each column, as a Markdown table.
pub fn explanation(model: &Model) -> Vec<Piece> {
    pieces(&explain::explained(model))
}

/// The model as JSON, including all SQL text of its types.
pub fn description(model: &Model) -> Vec<Piece> {
    pieces(&describe::describe(model))
}

/// The part of the model that its fingerprint covers; see [`fingerprint`].
pub fn meaning(model: &Model) -> Vec<Piece> {
    pieces(&describe::meaning(model))
}

/// The fingerprint of the pieces of [`meaning`]. Each piece is hashed separately and the hashes are then combined in
/// order, so that the compiler can hash the pieces that only it knows. `of_type` gives the fingerprint of a part of a
/// type.
pub fn fingerprint(pieces: &[Piece], of_type: impl Fn(Type, Part) -> Fingerprint) -> Fingerprint {
    pieces.iter().fold(Fingerprint::START, |all, piece| match piece {
        Piece::Text(text) => all.and(Fingerprint::START.with(text)),
        Piece::Type(ty, part) => all.and(of_type(*ty, *part)),
        Piece::If(..) | Piece::Fingerprint => unreachable!("the meaning contains neither"),
    })
}

/// The pieces as text.
///
/// # Panics
///
/// If a type of the model is still left to the compiler.
pub fn text(model: &Model, pieces: Vec<Piece>) -> String {
    let fingerprint = model.fingerprint();
    let spelt = spell(pieces, &|ty| model.types.texts(ty), fingerprint.as_deref());
    let text = |piece| match piece {
        Piece::Text(text) => text,
        Piece::Type(..) | Piece::If(..) | Piece::Fingerprint => panic!("a type is left to the compiler"),
    };
    spelt.into_iter().map(text).collect()
}

impl Model {
    /// The fingerprint of what it means, as digits; `None` if a type is still left to the compiler.
    pub fn fingerprint(&self) -> Option<String> {
        let pieces = meaning(self);
        let unknown = |piece: &Piece| matches!(piece, Piece::Type(ty, _) if self.types.texts(*ty).is_none());
        if pieces.iter().any(unknown) {
            return None;
        }
        let of_type = |ty, part| {
            let texts = self.types.texts(ty);
            texts.map_or(Fingerprint::START, |texts| Fingerprint::START.with(&texts.meaning(part)))
        };
        let digits = fingerprint(&pieces, of_type).digits();
        Some(digits.into_iter().map(char::from).collect())
    }
}

/// A table's quoted and qualified name, for messages and queries.
pub fn qualified(table: &crate::model::Table) -> String {
    names::qualified(table)
}
