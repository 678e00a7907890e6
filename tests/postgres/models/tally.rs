//! What was tried.

mod drawn;

use super::palette::TYPES;
use super::reference::Done;
use crate::parity::insertion::Form;
use drawn::{ALL_DRAWN, ALL_OF_VIEWS, Drawn, tagging};
use es_rollup_core::model::{Operation, Tagging};
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) models: u64,
    pub(crate) streams: u64,
    pub(crate) events: u64,
    /// The rows that were compared, some at several versions.
    pub(crate) rows: u64,
    /// The same of views.
    pub(crate) rows_of_views: u64,
    /// How many of them were read by the query for states.
    pub(crate) rows_of_states: u64,
    /// Columns of these rows that are retired.
    pub(crate) retired: u64,
    /// Rows of views as they were after an event.
    pub(crate) rows_at: u64,
    /// How often rows of views were spoilt and folded anew.
    pub(crate) restored: u64,
    /// The same of histories, and how often one was that of an entity that has ended.
    pub(crate) rows_of_histories: u64,
    pub(crate) restored_histories: u64,
    pub(crate) ended_histories: u64,
    pub(crate) statements: BTreeMap<Form, u64>,
    /// Statements that the trigger did not see, and times that everything was folded by the migration.
    pub(crate) unseen: u64,
    pub(crate) migrated: u64,
    /// Statements that changed or deleted stored events.
    pub(crate) edited: u64,
    /// How often an entity was archived, and how often one was caught up from its base.
    pub(crate) archived: u64,
    pub(crate) caught_up: u64,
    /// How often an event was appended to one that had lost its row.
    pub(crate) appended: u64,
    /// How often several rows were unique.
    pub(crate) unique: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) done: BTreeMap<Done, u64>,
    /// What the models are made of.
    drawn: BTreeMap<Drawn, u64>,
}

/// What a long run does to rows of views, and what must be refused there.
const ALL_TOUCHED: [(&str, &str); 10] = [
    ("create", "a row that is not there"),
    ("add", "a row that is not there"),
    ("add", "a row that is there"),
    ("change", "a row that is there"),
    ("remove", "a row that is not there"),
    ("remove", "a row that is there"),
    ("delete", "a row that is there"),
    ("empty", "rows"),
    ("empty", "no row"),
    ("create", "a row with a key"),
];
const ALL_REFUSED: [&str; 6] = [
    "RowMissing of a view",
    "RowExists of a view",
    "MissingKey of a view",
    "WrongValue of a view",
    "NullValue of a view",
    "Unique of a view",
];

impl Tally {
    /// How often an operation was done on a type, from any source.
    pub(crate) fn count(&self, operation: Operation, ty: &str) -> u64 {
        let done = self.done.iter().filter(|(done, _)| done.operation == operation.key() && done.ty == ty);
        done.map(|(_, count)| count).sum()
    }

    /// What a run of the usual length should have drawn, and did not.
    pub(crate) fn never(&self, tagged: &Tagging) -> Vec<String> {
        let mut all: Vec<Drawn> = ALL_DRAWN
            .iter()
            .flat_map(|(choice, chosen)| chosen.iter().map(|one| (*choice, (*one).to_string())))
            .collect();
        all.push(("tagging", tagging(tagged).into()));
        if !matches!(tagged, Tagging::Internal { .. }) {
            all.push(("shape", "Tuple".into()));
        }
        all.retain(|one| self.drawn.get(one).is_none_or(|count| *count == 0));
        let mut never: Vec<String> =
            all.into_iter().map(|(choice, chosen)| format!("{choice}: {chosen}")).collect();
        let operations = Operation::ALL.into_iter().map(Operation::key);
        let drawn = |key: &&str| self.drawn.contains_key(&("operation", (*key).to_string()));
        never.extend(operations.filter(|key| !drawn(key)).map(|key| format!("operation: {key}")));
        let inserted = |form: &Form| self.statements.contains_key(form);
        never.extend(Form::ALL.into_iter().filter(|one| !inserted(one)).map(|one| format!("form: {one:?}")));
        let counts = [
            (self.unseen, "a statement that the trigger did not see"),
            (self.migrated, "a migration over events"),
            (self.unique, "rows that are unique"),
            (self.edited, "stored events that were changed or deleted"),
            (self.archived, "an entity that was archived"),
            (self.caught_up, "an entity that was caught up from its base"),
            (self.appended, "an archived entity that had lost its row and got an event"),
        ];
        never.extend(counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string()));
        never
    }

    /// What a long run should have drawn of views and of histories, and did not.
    pub(crate) fn never_of_views(&self) -> Vec<String> {
        let drawn = |choice: &'static str, one: &str| self.drawn.contains_key(&(choice, one.to_string()));
        let mut never: Vec<String> = ALL_OF_VIEWS
            .iter()
            .flat_map(|(choice, chosen)| chosen.iter().map(move |one| (*choice, *one)))
            .filter(|(choice, one)| !drawn(choice, one))
            .map(|(choice, one)| format!("{choice}: {one}"))
            .collect();
        let counts = [
            (self.rows_of_views, "a row of a view"),
            (self.rows_of_states, "a row of a view in a state"),
            (self.retired, "a retired column of such a row"),
            (self.rows_at, "a row of a view as it was"),
            (self.restored, "a row of a view that was spoilt and restored"),
            (self.rows_of_histories, "a row of a history"),
            (self.restored_histories, "a history that was spoilt and restored"),
            (self.ended_histories, "the history of an entity that has ended"),
        ];
        never.extend(counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string()));
        let touched = |(operation, kind): &(&str, &str)| {
            self.done.keys().any(|done| (done.operation, done.kind) == (*operation, *kind))
        };
        let untouched = ALL_TOUCHED.iter().filter(|one| !touched(one));
        never.extend(untouched.map(|(touch, what)| format!("{touch} of {what}")));
        let accepted = ALL_REFUSED.into_iter().filter(|one| !self.refused.contains_key(*one));
        never.extend(accepted.map(|one| format!("refused: {one}")));
        never
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models, streams, events, rows, statements, unseen, migrated, edited, unique, .. } = self;
        let Self { rows_of_views, rows_of_states, retired, rows_at, restored, .. } = self;
        let Self { rows_of_histories, restored_histories, ended_histories, .. } = self;
        writeln!(out, "{models} models, {streams} streams, {events} events, {rows} rows compared")?;
        writeln!(out, "  and {rows_of_views} rows of views, {restored} times after they were spoilt")?;
        writeln!(
            out,
            "  and {rows_of_states} rows of views in states, {retired} columns of them retired, and {rows_at} as they were after an event"
        )?;
        writeln!(
            out,
            "  and {rows_of_histories} of histories, {restored_histories} times spoilt, {ended_histories} ended"
        )?;
        writeln!(
            out,
            "  statements {statements:?}, {unseen} of them unseen, {migrated} migrations over them, {edited} that changed them"
        )?;
        writeln!(out, "  refused {:?}; unique {unique} times", self.refused)?;
        let Self { archived, caught_up, appended, .. } = self;
        writeln!(
            out,
            "  archived {archived} times, {caught_up} caught up from there, {appended} by an event"
        )?;
        for ((choice, chosen), count) in &self.drawn {
            writeln!(out, "  {choice}: {chosen}: {count}")?;
        }
        write!(out, "  {:14}", "")?;
        for operation in Operation::ALL {
            write!(out, "{:>10}", operation.key())?;
        }
        writeln!(out)?;
        for ty in TYPES {
            write!(out, "  {:14}", ty.name)?;
            for operation in Operation::ALL {
                write!(out, "{:>10}", self.count(operation, ty.name))?;
            }
            writeln!(out)?;
        }
        let mut sources: BTreeMap<(&str, &str, &str), u64> = BTreeMap::new();
        for (done, count) in &self.done {
            *sources.entry((done.operation, done.kind, done.from)).or_default() += count;
        }
        for ((operation, kind, from), count) in sources {
            writeln!(out, "  {operation} on {kind} from {from}: {count}")?;
        }
        Ok(())
    }
}
