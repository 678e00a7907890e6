//! What was tried.

use super::reference::Done;
use super::types::TYPES;
use crate::parity::insertion::Form;
use es_rollup_core::model::Operation;
use std::collections::BTreeMap;
use std::fmt;

#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) models: u64,
    pub(crate) streams: u64,
    pub(crate) events: u64,
    /// The rows that were compared, some at several versions.
    pub(crate) rows: u64,
    pub(crate) statements: BTreeMap<Form, u64>,
    /// Statements that the trigger did not see, and times that everything was folded by the migration.
    pub(crate) unseen: u64,
    pub(crate) migrated: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) done: BTreeMap<Done, u64>,
}

impl Tally {
    /// How often an operation was done on a type, from any source.
    pub(crate) fn count(&self, operation: Operation, ty: &str) -> u64 {
        let done = self.done.iter().filter(|(done, _)| done.operation == operation.key() && done.ty == ty);
        done.map(|(_, count)| count).sum()
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { models, streams, events, rows, statements, unseen, migrated, refused, done: _ } = self;
        writeln!(out, "{models} models, {streams} streams, {events} events, {rows} rows compared")?;
        writeln!(
            out,
            "  statements {statements:?}, {unseen} of them unseen, {migrated} migrations over them"
        )?;
        writeln!(out, "  refused {refused:?}")?;
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
