//! What is in the event table, and what the database must refuse because of it, by the reference.

use super::reference::{Cause, Refused, Scope, State, fold, fold_of};
use super::subject::Subject;
use crate::parity::case::Event;
use crate::parity::insertion::Row;
use es_rollup::ErrorKind;
use es_rollup_core::model::{Constraint, Order, Table, Trigger, View};
use std::collections::BTreeMap;

/// One entity's events that are in the table, in order, and how many of them the rollup has.
#[derive(Clone, Default)]
pub(super) struct Log<'a> {
    pub(super) events: Vec<&'a Event>,
    pub(super) folded: usize,
    /// How many of them the history has, which keeps those of an entity that has ended.
    pub(super) kept: usize,
}

pub(super) type Logs<'a> = BTreeMap<String, Log<'a>>;

/// Why a statement must be refused, if it must.
pub(super) struct Expected {
    /// An event of that sequence is in the event table.
    pub(super) stored_already: bool,
    /// Entities whose events cannot be folded.
    pub(super) refusals: Vec<(String, Refused)>,
}

impl std::fmt::Display for Expected {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.stored_already, self.refusals.as_slice()) {
            (true, _) => write!(out, "refuses what is stored already"),
            (false, []) => write!(out, "accepts"),
            (false, refusals) => write!(out, "refuses {refusals:?}"),
        }
    }
}

/// The first event of each entity that cannot be folded.
pub(super) fn refusals<'a>(
    subject: &Subject,
    logs: &Logs<'_>,
    ids: impl Iterator<Item = &'a String>,
) -> Vec<(String, Refused)> {
    let mut all = Vec::new();
    for id in ids {
        let events = &logs[id].events;
        all.extend(refused(subject, id, events, Scope::All));
        // A row trigger may meet what comes behind an event of no place in the stream before that.
        if subject.model.trigger == Trigger::Row {
            all.extend(refused(subject, id, &placed(events), Scope::All));
        }
    }
    all
}

/// The same where only the entities' own rows are folded. If that is refused, an event that a view refuses before may be
/// named instead.
pub(super) fn refusals_of_root<'a>(
    subject: &Subject,
    logs: &Logs<'_>,
    ids: impl Iterator<Item = &'a String>,
) -> Vec<(String, Refused)> {
    let mut all = Vec::new();
    for id in ids {
        let events = &logs[id].events;
        let of_row = (subject.model.trigger == Trigger::Row).then(|| placed(events));
        for events in [events].into_iter().chain(&of_row) {
            if let Some(one) = refused(subject, id, events, Scope::Root) {
                all.push(one);
                all.extend(refused(subject, id, events, Scope::All));
            }
        }
    }
    all
}

/// The events that have a place in a stream.
fn placed<'a>(events: &[&'a Event]) -> Vec<&'a Event> {
    events.iter().copied().filter(|event| event.sequence > 0).collect()
}

fn refused(subject: &Subject, id: &str, events: &[&Event], scope: Scope) -> Option<(String, Refused)> {
    fold_of(subject, events, scope, |_| {}).err().map(|one| (id.to_string(), one))
}

/// Events that come behind later ones which are folded, in a store whose sequences only increase. That can be after a
/// statement that was refused as a whole. An entity without a row is folded anew, with all its events.
pub(super) fn late(subject: &Subject, logs: &Logs<'_>, rows: &[Row<'_>]) -> Vec<(String, Refused)> {
    match subject.model.store.order {
        Order::Contiguous => return Vec::new(),
        Order::Increasing => {}
    }
    let is_late = |row: &&Row<'_>| {
        let Some(log) = logs.get(&row.id) else { return false };
        let folded = &log.events[..log.folded];
        folded.last().is_some_and(|last| row.event.sequence < last.sequence)
            && fold(subject, folded, |_| {}).is_ok_and(|state| state.is_some())
    };
    let refused = |row: &Row<'_>| Refused {
        sequence: row.event.sequence,
        causes: vec![Cause::of_event(ErrorKind::Replay)],
    };
    rows.iter().filter(is_late).map(|row| (row.id.clone(), refused(row))).collect()
}

/// The unique constraints of a table, each with its columns.
pub(super) fn unique(view: &View) -> impl Iterator<Item = (&str, &[String])> {
    view.constraints.iter().filter_map(|constraint| match constraint {
        Constraint::Unique { name, columns } => Some((name.as_str(), columns.as_slice())),
        Constraint::Check { .. } | Constraint::Index { .. } => None,
    })
}

/// The unique constraints that two rows of the entities violate: each with its table.
pub(super) fn violated<'a>(subject: &'a Subject, states: &[State]) -> Vec<(&'a Table, &'a str)> {
    let root = &subject.model.root;
    let of_root = unique(root).filter(|(_, columns)| {
        let mut pairs = states.iter().enumerate();
        pairs.any(|(at, row)| states[..at].iter().any(|other| row.is_like(other, columns)))
    });
    let of_root = of_root.map(|(name, _)| (&root.table, name));
    let of_views = subject.model.views.iter().enumerate().flat_map(|(at, view)| {
        let violated =
            unique(view).filter(move |(_, columns)| State::has_like_rows(states, at, view, columns));
        violated.map(|(name, _)| (&view.table, name))
    });
    of_root.chain(of_views).collect()
}
