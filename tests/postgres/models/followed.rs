//! Stored events that are changed and deleted at random: the triggers make of them what the reference makes of the log
//! that is left, or refuse the statement as the reference does.

use super::check::{Session, failed, in_words};
use super::expected::{Expected, Log, Logs, refusals, refusals_of_root};
use super::reference::{Refused, Scope, fold_of};
use super::refold::states;
use crate::parity::case::Event;
use proptest::test_runner::TestCaseError;
use sqlx::{AssertSqlSafe, Executor};
use std::collections::BTreeSet;
use std::fmt;

/// How many statements change the events of a case.
const EDITS: usize = 4;

/// What one statement does to stored events, each given with its entity.
enum Edit {
    Delete(Vec<(String, i32)>),
    /// The payload and the time of the event that has its sequence.
    Update(Vec<(String, Event)>),
}

impl fmt::Display for Edit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Delete(events) => write!(out, "after events {events:?} were deleted"),
            Self::Update(events) => {
                out.write_str("after events were changed to")?;
                events.iter().try_for_each(|(id, event)| {
                    write!(out, " {id} {} {} {}", event.sequence, event.recorded_at, event.payload)
                })
            }
        }
    }
}

/// A number below another, which is above 0.
fn random(state: &mut u64, below: usize) -> usize {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*state >> 33) % below as u64).expect("below a number of events")
}

impl Edit {
    fn random(logs: &Logs<'_>, state: &mut u64) -> Self {
        let logs: Vec<(&String, &[&Event])> =
            logs.iter().map(|(id, log)| (id, log.events.as_slice())).collect();
        let (id, events) = logs[random(state, logs.len())];
        let at = random(state, events.len());
        let sequences =
            |events: &[&Event]| events.iter().map(|event| (id.clone(), event.sequence)).collect::<Vec<_>>();
        let last = |(id, events): &(&String, &[&Event])| Some(((*id).clone(), events.last()?.sequence));
        let changed = |event: &Event, state: &mut u64| {
            let (_, others) = logs[random(state, logs.len())];
            let other = others[random(state, others.len())];
            let Event { sequence, ref context, .. } = *event;
            (id.clone(), Event { sequence, context: context.clone(), ..other.clone() })
        };
        match random(state, 8) {
            0 | 1 => Self::Delete(sequences(&events[at..])),
            2 => Self::Delete(sequences(events)),
            3 => Self::Delete(sequences(&events[at..=at])),
            4 => Self::Delete(logs.iter().filter_map(last).collect()),
            5 | 6 => Self::Update(vec![changed(events[at], state)]),
            _ => Self::Update(events.iter().map(|event| changed(event, state)).collect()),
        }
    }

    /// What is left of the logs, and the entities that are touched.
    fn applied<'e>(&'e self, logs: &Logs<'e>) -> (Logs<'e>, BTreeSet<String>) {
        let mut logs = logs.clone();
        let mut touched = BTreeSet::new();
        let place = |log: &Log<'_>, sequence| log.events.iter().position(|event| event.sequence == sequence);
        match self {
            Self::Delete(events) => {
                for (id, sequence) in events {
                    let Some(log) = logs.get_mut(id) else { continue };
                    let Some(at) = place(log, *sequence) else { continue };
                    log.events.remove(at);
                    touched.insert(id.clone());
                }
            }
            Self::Update(events) => {
                for (id, event) in events {
                    let Some(log) = logs.get_mut(id) else { continue };
                    let Some(at) = place(log, event.sequence) else { continue };
                    log.events[at] = event;
                    touched.insert(id.clone());
                }
            }
        }
        logs.retain(|_, log| !log.events.is_empty());
        for log in logs.values_mut() {
            (log.folded, log.kept) = (log.events.len(), log.events.len());
        }
        (logs, touched)
    }
}

impl<'a> Session<'a, '_> {
    /// Changes and deletes stored events. Nothing of it stays.
    pub(super) async fn follow(&mut self, chance: u64) -> Result<(), TestCaseError> {
        if self.logs.is_empty() {
            return Ok(());
        }
        self.connection.execute("SAVEPOINT follow").await.map_err(failed)?;
        let mut state = chance;
        let edits: Vec<Edit> = (0..EDITS).map(|_| Edit::random(&self.logs, &mut state)).collect();
        // What the trigger has not seen is folded first.
        if self.rebuilt("NULL").await.is_ok() {
            let mut logs = self.logs.clone();
            for log in logs.values_mut() {
                (log.folded, log.kept) = (log.events.len(), log.events.len());
            }
            let mut session = self.with(logs);
            if session.are_unique().await? {
                for edit in &edits {
                    session.edit(edit).await.map_err(|error| in_words(&edit.to_string(), &error))?;
                }
            }
        }
        self.connection.execute("ROLLBACK TO SAVEPOINT follow").await.map(drop).map_err(failed)
    }

    /// Runs one statement and compares.
    async fn edit(&mut self, edit: &'a Edit) -> Result<(), TestCaseError> {
        let (next, touched) = edit.applied(&self.logs);
        self.connection.execute("SAVEPOINT edit").await.map_err(failed)?;
        let sql = self.statement_of(edit);
        let outcome = self.connection.execute(AssertSqlSafe(sql)).await.map(drop);
        let refusals = self.refusals_after(&next, &touched);
        self.tally.edited += 1;
        let mut accepted = self.agrees(outcome, &Expected { stored_already: false, refusals })?;
        if accepted {
            let before = std::mem::replace(&mut self.logs, next);
            let folds = states(self, &self.logs);
            self.are_folds(&folds).await?;
            accepted = self.are_unique().await?;
            if !accepted {
                self.logs = before;
            }
        }
        if !accepted {
            self.connection.execute("ROLLBACK TO SAVEPOINT edit").await.map_err(failed)?;
            let folds = states(self, &self.logs);
            self.are_folds(&folds).await?;
        }
        Ok(())
    }

    /// Why what is left of the entities does not fold.
    fn refusals_after(&self, logs: &Logs<'_>, touched: &BTreeSet<String>) -> Vec<(String, Refused)> {
        let subject = self.installed.subject;
        let touched = || touched.iter().filter(|id| logs.contains_key(*id));
        // An entity that has ended has no rows, whatever a view makes of its events, and the history has none of views.
        let is_looked_at = |id: &&String| {
            fold_of(subject, &logs[*id].events, Scope::Root, |_| {}).is_ok_and(|row| row.is_some())
        };
        let of_root = refusals_of_root(subject, logs, touched());
        of_root.into_iter().chain(refusals(subject, logs, touched().filter(is_looked_at))).collect()
    }

    fn statement_of(&self, edit: &Edit) -> String {
        let target = self.installed.target();
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let literal = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let [id, sequence] = [target.layout.id, target.layout.sequence].map(quoted);
        let chosen = format!("e.{id} = n.id AND e.{sequence} = n.sequence");
        match edit {
            Edit::Delete(events) => {
                let rows: Vec<String> =
                    events.iter().map(|(id, sequence)| format!("({}, {sequence})", self.id(id))).collect();
                format!(
                    "DELETE FROM {} AS e USING (VALUES {}) AS n (id, sequence) WHERE {chosen}",
                    target.table,
                    rows.join(", ")
                )
            }
            Edit::Update(events) => {
                let rows = events.iter().map(|(id, event)| {
                    let (tag, payload) = target.stored(&event.payload);
                    format!(
                        "({}, {}, {}, {}::jsonb, {}::timestamptz)",
                        self.id(id),
                        event.sequence,
                        literal(&tag),
                        literal(&payload.to_string()),
                        literal(&event.recorded_at.to_rfc3339())
                    )
                });
                let rows: Vec<String> = rows.collect();
                let time = target.layout.recorded_at.map(|name| format!(", {} = n.time", quoted(name)));
                format!(
                    "UPDATE {} AS e SET {} = n.tag, {} = n.payload{}
                     FROM (VALUES {}) AS n (id, sequence, tag, payload, time) WHERE {chosen}",
                    target.table,
                    quoted(target.layout.event_type),
                    quoted(target.layout.payload),
                    time.unwrap_or_default(),
                    rows.join(", ")
                )
            }
        }
    }
}
