//! What was tried, counted.

use es_rollup_e2e_cases::reference::Done;
use es_rollup_e2e_cases::streams::Form;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// What was tried.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(super) enums: u64,
    pub(super) streams: u64,
    pub(super) events: u64,
    pub(super) folds: u64,
    pub(crate) statements: BTreeMap<Form, u64>,
    pub(crate) faults: BTreeMap<&'static str, u64>,
    pub(crate) drawn: BTreeMap<String, u64>,
    /// Times in the events with more than microseconds, and values that are JSON's null.
    pub(crate) fine_times: u64,
    pub(crate) nulls: u64,
    pub(crate) refused: BTreeMap<String, u64>,
    pub(crate) done: BTreeMap<Done, u64>,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            enums,
            streams,
            events,
            folds,
            statements,
            faults,
            drawn,
            fine_times,
            nulls,
            refused,
            done,
        } = self;
        writeln!(
            out,
            "{enums} enums, {streams} streams, {events} events, {folds} folds compared three ways"
        )?;
        writeln!(out, "  statements {statements:?}\n  faults {faults:?}\n  refused {refused:?}")?;
        writeln!(out, "  {fine_times} values are times with nanoseconds, {nulls} are null")?;
        for (what, count) in drawn {
            writeln!(out, "  {what}: {count}")?;
        }
        for (done, count) in done {
            match done {
                Done::Operation { in_view, operation, kind, from } => {
                    let place = if *in_view { ", in a view" } else { "" };
                    writeln!(out, "  {operation} on {kind:?} from {from}{place}: {count}")?;
                }
                Done::Part(from) => writeln!(out, "  part of a key from {from}: {count}")?,
                Done::Row(touch, met) => writeln!(out, "  {} of {met:?}: {count}", touch.word())?,
                Done::Empty { matching, some } => {
                    let (which, what) = (
                        if *matching { "those that match" } else { "all" },
                        if *some { "rows" } else { "no row" },
                    );
                    writeln!(out, "  empty {which}, {what}: {count}")?;
                }
            }
        }
        Ok(())
    }
}

impl Tally {
    /// Counts values of which both folds make something particular, however deep they are.
    pub(super) fn look_at(&mut self, value: &Value) {
        match value {
            Value::Null => self.nulls += 1,
            Value::String(text) => {
                let digits = text.strip_suffix('Z').and_then(|text| text.split_once('.'));
                self.fine_times += u64::from(digits.is_some_and(|(_, digits)| digits.len() > 6));
            }
            Value::Array(values) => values.iter().for_each(|value| self.look_at(value)),
            Value::Object(object) => object.values().for_each(|value| self.look_at(value)),
            Value::Bool(_) | Value::Number(_) => {}
        }
    }
}
