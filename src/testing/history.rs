//! The rows of a history in Rust: the folds of the first events of a stream, of the first two, and so on.

use super::column::Held;
use super::stream::{Testable, recorded};
use super::tables::{ComparedRows, Tables, values};
use crate::Fold;
use std::borrow::Borrow;

/// The rows after each event; none for an enum without a history.
pub(super) fn history<'event, E: Testable + 'event, C: Borrow<Option<E::Context>>>(
    id: &'event E::Id,
    events: impl IntoIterator<Item = &'event E>,
    contexts: &'event [C],
) -> Vec<Vec<Held>> {
    let (mut fold, mut rows) = (Fold::<E>::new(), Vec::new());
    if E::HISTORY.is_none() {
        return rows;
    }
    for event in recorded(id, events, contexts) {
        // Where Rust refuses an event, the database has to do the same, and there are no rows to compare.
        if fold.apply(event).is_err() {
            break;
        }
        rows.extend(fold.state().map(values::<E>));
    }
    rows
}

/// The first row in which the histories of two streams differ. Later events may hide it from the state.
pub(super) fn first_difference<'event, E: Testable + 'event, C: Borrow<Option<E::Context>>>(
    tables: &Tables,
    id: &'event E::Id,
    (events, contexts): (impl IntoIterator<Item = &'event E>, &'event [C]),
    (others, of_others): (impl IntoIterator<Item = &'event E>, &'event [impl Borrow<Option<E::Context>>]),
) -> Option<ComparedRows> {
    let (mut fold, mut other) = (Fold::<E>::new(), Fold::<E>::new());
    for (one, two) in recorded(id, events, contexts).zip(recorded(id, others, of_others)) {
        fold.apply(one).ok()?;
        other.apply(two).ok()?;
        let rows = tables.pair_of_history::<E>(fold.state()?, other.state()?)?;
        if !rows.is_equal() {
            return Some(rows);
        }
    }
    None
}
