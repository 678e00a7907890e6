//! What the fold of the log makes of the events that a case leaves, whatever the triggers have made of them: all of
//! them, one entity's at a version and at a time, and the rows after somebody has spoilt them.

use super::check::{Session, failed, in_words};
use super::expected::{Expected, Log, Logs, refusals, refusals_of_root};
use super::installed::under;
use super::reference::{Refused, Scope, fold, fold_of, history};
use super::tables::{Folds, same};
use crate::parity::case::Event;
use es_rollup_core::emit::qualified;
use es_rollup_core::model::Table;
use proptest::test_runner::TestCaseError;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};
use std::collections::BTreeMap;

type Rows = BTreeMap<String, Value>;

impl<'a> Session<'a, '_> {
    pub(super) async fn refold(&mut self, chance: u64) -> Result<(), TestCaseError> {
        let logs = self.logs.clone();
        let all = self.fold("NULL", &self.rest("NULL", "NULL", false));
        let folds = self.agree(&all, &logs).await?;
        let chosen = usize::try_from(chance % logs.len().max(1) as u64).expect("not that many");
        if let Some((id, log)) = logs.iter().nth(chosen) {
            let event = log.events[usize::try_from(chance / 7).unwrap_or_default() % log.events.len()];
            self.at(id, log, event).await?;
            if self.installed.subject.model.store.recorded_at.is_some() {
                self.until(id, log, event).await?;
                self.as_of(id, log, event).await?;
            }
            self.changes(id, log, event).await?;
        }
        // The fold from nothing is that of the entities' own rows.
        if folds { self.rebuild(&logs, chance.is_multiple_of(2)).await } else { Ok(()) }
    }

    pub(super) fn function(&self, suffix: &str) -> String {
        let Table { schema, name } = &self.installed.subject.view().table;
        qualified(&Table { schema: schema.clone(), name: format!("{name}{suffix}") })
    }

    /// A call of the fold from nothing.
    fn fold(&self, ids: &str, rest: &str) -> String {
        let id = self.installed.subject.id.sql();
        format!("{}({ids}::{id}[], NULL, NULL, false, {rest})", self.function("_fold"))
    }

    /// The fold's last arguments.
    fn rest(&self, upto: &str, until: &str, each: bool) -> String {
        // From nothing, and not from a row that is kept.
        let from = if self.installed.history.is_some() { ", 0" } else { "" };
        match self.installed.subject.model.store.recorded_at {
            Some(_) => format!("{upto}, {until}, {each}{from}"),
            None => format!("{upto}, {each}{from}"),
        }
    }

    pub(super) fn id(&self, id: &str) -> String {
        format!("'{}'::{}", id.replace('\'', "''"), self.installed.subject.id.sql())
    }

    /// Compares what a fold returns with the reference; whether it returns anything, and does not refuse.
    async fn agree(&mut self, call: &str, logs: &Logs<'_>) -> Result<bool, TestCaseError> {
        let source = format!("(SELECT (f.es_state).* FROM {call} AS f WHERE NOT f.es_deleted)");
        let refusals = refusals_of_root(self.installed.subject, logs, logs.keys());
        self.read(&source, refusals, folds(self, logs)).await
    }

    async fn read(
        &mut self,
        source: &str,
        refusals: Vec<(String, Refused)>,
        folds: Rows,
    ) -> Result<bool, TestCaseError> {
        self.connection.execute("SAVEPOINT refold").await.map_err(failed)?;
        let (outcome, rows) = match self.installed.rows(self.connection, source).await {
            Ok(rows) => (Ok(()), rows),
            Err(error) => (Err(error), Rows::new()),
        };
        let agrees = self.agrees(outcome, &Expected { stored_already: false, refusals });
        if agrees.map_err(|error| in_words(&format!("by {source}"), &error))? {
            self.tally.rows += folds.len() as u64;
            return same(&rows, &folds).map(|()| true);
        }
        self.connection.execute("ROLLBACK TO SAVEPOINT refold").await.map_err(failed)?;
        Ok(false)
    }

    /// One entity after one of its events, twice: as its row of that version, and as one of those after each event.
    pub(super) async fn at(&mut self, id: &str, log: &Log<'_>, event: &Event) -> Result<(), TestCaseError> {
        let sequence = event.sequence;
        let before = |one: &&Event| one.sequence <= sequence;
        let some = one(id, log.events.iter().copied().filter(before));
        let subject = self.installed.subject;
        let at = format!("{}({}, {sequence})", self.function("_at"), self.id(id));
        if self.read(&at, refusals_of_root(subject, &some, some.keys()), folds(self, &some)).await? {
            self.views_at(id, &some, "_at", &sequence.to_string()).await?;
        }
        let all = one(id, log.events.iter().copied());
        let each = self.fold(&format!("ARRAY[{}]", self.id(id)), &self.rest("NULL", "NULL", true));
        let each = format!(
            "(SELECT (f.es_state).* FROM {each} AS f WHERE NOT f.es_deleted AND (f.es_state).version = {sequence})"
        );
        self.read(&each, refusals_of_root(subject, &all, all.keys()), folds(self, &some)).await.map(drop)
    }

    /// The rows of each view after that event, or at that time.
    async fn views_at(
        &mut self,
        id: &str,
        logs: &Logs<'_>,
        suffix: &str,
        when: &str,
    ) -> Result<(), TestCaseError> {
        let subject = self.installed.subject;
        let refusals = refusals(subject, logs, folds(self, logs).keys());
        let states = states(self, logs);
        for (nth, view) in subject.model.views.iter().enumerate() {
            let Table { schema, name } = &view.table;
            let at = qualified(&Table { schema: schema.clone(), name: format!("{name}{suffix}") });
            let source = format!("{at}({}, {when})", self.id(id));
            self.connection.execute("SAVEPOINT views_at").await.map_err(failed)?;
            let (outcome, rows) = match self.installed.rows_from(self.connection, nth, &source).await {
                Ok(rows) => (Ok(()), rows),
                Err(error) => (Err(error), Rows::new()),
            };
            let agrees =
                self.agrees(outcome, &Expected { stored_already: false, refusals: refusals.clone() });
            if agrees.map_err(|error| in_words(&format!("by {source}"), &error))? {
                let expected: Rows = states
                    .rows
                    .iter()
                    .flat_map(|(id, state)| state.rows(nth).map(move |(key, row)| (under(id, &key), row)))
                    .collect();
                self.tally.rows_at += expected.len() as u64;
                same(&rows, &expected).map_err(|error| in_words(&format!("by {source}"), &error))?;
            }
            self.connection.execute("ROLLBACK TO SAVEPOINT views_at").await.map_err(failed)?;
        }
        Ok(())
    }

    /// One entity before the first event that was recorded later.
    pub(super) async fn until(
        &mut self,
        id: &str,
        log: &Log<'_>,
        event: &Event,
    ) -> Result<(), TestCaseError> {
        let time = event.recorded_at;
        let some = one(id, log.events.iter().copied().take_while(|one| one.recorded_at <= time));
        let id = self.id(id);
        let call = self.fold(
            &format!("ARRAY[{id}, NULL, {id}]"),
            &self.rest("NULL", &format!("'{}'", time.to_rfc3339()), false),
        );
        self.agree(&call, &some).await.map(drop)
    }

    /// The same by the functions for a time, with the rows of each view.
    pub(super) async fn as_of(
        &mut self,
        id: &str,
        log: &Log<'_>,
        event: &Event,
    ) -> Result<(), TestCaseError> {
        let (time, subject) = (event.recorded_at, self.installed.subject);
        let some = one(id, log.events.iter().copied().take_while(|one| one.recorded_at <= time));
        let when = format!("'{}'::timestamptz", time.to_rfc3339());
        let as_of = format!("{}({}, {when})", self.function("_as_of"), self.id(id));
        if self.read(&as_of, refusals_of_root(subject, &some, some.keys()), folds(self, &some)).await? {
            self.views_at(id, &some, "_as_of", &when).await?;
        }
        Ok(())
    }

    /// What the events of the entity changed: what each column was is what the change before made of it, and the last
    /// changes up to an event are the row after it.
    async fn changes(&mut self, id: &str, log: &Log<'_>, event: &Event) -> Result<(), TestCaseError> {
        let subject = self.installed.subject;
        let all = one(id, log.events.iter().copied());
        let (changes, at) = (self.function("_changes"), self.function("_at"));
        let (id, sequence) = (self.id(id), event.sequence);
        let envelope: Vec<&str> =
            ["id", "version"].into_iter().chain(self.installed.subject.times()).collect();
        let sql = format!(
            "WITH c AS MATERIALIZED (
               SELECT c.*, lag(c.es_is) OVER (PARTITION BY c.es_column ORDER BY c.es_sequence) AS before
               FROM {changes}({id}) AS c
             ), last AS (
               SELECT DISTINCT ON (c.es_column) c.es_column, c.es_is
               FROM c WHERE c.es_sequence <= {sequence} ORDER BY c.es_column, c.es_sequence DESC
             )
             SELECT coalesce((SELECT bool_and(c.es_was::text IS NOT DISTINCT FROM c.before::text
                 AND c.es_was::text IS DISTINCT FROM c.es_is::text) FROM c), true)
               AND coalesce((SELECT jsonb_object_agg(l.es_column, l.es_is)
                   FROM last AS l WHERE l.es_is IS NOT NULL), '{{}}')::text = coalesce((
                 SELECT jsonb_object_agg(a.key, a.value)
                 FROM {at}({id}, {sequence}) AS es_row
                   CROSS JOIN LATERAL (SELECT to_jsonb(es_row) - '{{{envelope}}}'::text[] AS whole OFFSET 0) AS w
                   CROSS JOIN LATERAL jsonb_each(w.whole) AS a
                 WHERE a.value <> 'null' OR EXISTS (
                   SELECT FROM last AS l WHERE l.es_column = a.key AND l.es_is = 'null')
               ), '{{}}')::text",
            envelope = envelope.join(", "),
        );
        self.connection.execute("SAVEPOINT changes").await.map_err(failed)?;
        let outcome: sqlx::Result<bool> =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.connection).await;
        let (outcome, agree) = match outcome {
            Ok(agree) => (Ok(()), agree),
            Err(error) => (Err(error), true),
        };
        let refusals = refusals_of_root(subject, &all, all.keys());
        let agrees = self.agrees(outcome, &Expected { stored_already: false, refusals });
        if !agrees.map_err(|error| in_words("by the changes", &error))? {
            return self.connection.execute("ROLLBACK TO SAVEPOINT changes").await.map(drop).map_err(failed);
        }
        if !agree {
            return Err(TestCaseError::fail(format!(
                "the changes of {id} do not lead to its row of {sequence}"
            )));
        }
        Ok(())
    }

    /// Spoils a row, drops another and plants a third, and folds them anew: all, or only these.
    async fn rebuild(&mut self, logs: &Logs<'a>, only: bool) -> Result<(), TestCaseError> {
        let (rollup, folds) = (&self.installed.rollup, folds(self, logs));
        let ghost = self.id(&self.installed.subject.id.text(u16::MAX));
        let mut drift = Vec::new();
        if let Some(id) = folds.keys().next() {
            let id = self.id(id);
            let columns = &self.installed.subject.view().columns;
            let columns: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
            // The columns of another entity, which no check refuses, if there is one.
            let other = folds.keys().nth(1).filter(|_| !columns.is_empty());
            let exchanged = other.map(|other| {
                let all = columns.join(", ");
                format!(", ({all}) = (SELECT {all} FROM {rollup} WHERE id = {})", self.id(other))
            });
            let envelope = ["version"].into_iter().chain(self.installed.subject.times()).map(String::from);
            let others = envelope.chain(columns).collect::<Vec<_>>().join(", ");
            drift.push((
                ghost.clone(),
                format!(
                    "INSERT INTO {rollup} (id, {others})
                     SELECT {ghost}, {others} FROM {rollup} WHERE id = {id}"
                ),
            ));
            let times =
                self.installed.subject.times().map(|name| format!(", {name} = {name} - interval '1 second'"));
            let spoilt = format!(
                "version = version + 1{}{}",
                times.collect::<String>(),
                exchanged.unwrap_or_default()
            );
            drift.push((id.clone(), format!("UPDATE {rollup} SET {spoilt} WHERE id = {id}")));
        }
        if let Some(id) = folds.keys().nth(1) {
            let id = self.id(id);
            drift.push((id.clone(), format!("DELETE FROM {rollup} WHERE id = {id}")));
        }
        self.connection.execute("SAVEPOINT rebuild").await.map_err(failed)?;
        // What the trigger has not seen may differ too, and a view may refuse it.
        // An entity that has ended has no rows, whatever a view makes of its events, and the history has none of views.
        let has_row = |log: &Log<'_>| {
            fold_of(self.installed.subject, &log.events, Scope::Root, |_| {}).is_ok_and(|row| row.is_some())
        };
        let looked_at = logs.iter().filter(|(_, log)| has_row(log)).map(|(id, _)| id);
        let refusals = refusals(self.installed.subject, logs, looked_at);
        let outcome = self.rebuilt("NULL").await;
        let agrees = self.agrees(outcome.map(drop), &Expected { stored_already: false, refusals });
        if !agrees.map_err(|error| in_words("by a rebuild", &error))? {
            return self.connection.execute("ROLLBACK TO SAVEPOINT rebuild").await.map(drop).map_err(failed);
        }
        let states = states(self, logs);
        self.are_folds(&states).await?;
        for (_, sql) in &drift {
            self.connection.execute(AssertSqlSafe(sql.clone())).await.map_err(failed)?;
        }
        let differ = self.differ().await?;
        if differ.len() != drift.len() {
            return Err(TestCaseError::fail(format!(
                "{} rows were spoilt, found were {differ:?}",
                drift.len()
            )));
        }
        let ids: Vec<&str> = drift.iter().map(|(id, _)| id.as_str()).collect();
        let ids = if only { format!("ARRAY[{}]", ids.join(", ")) } else { "NULL".into() };
        let changed = self.rebuilt(&ids).await.map_err(failed)?;
        let again = self.rebuilt("NULL").await.map_err(failed)?;
        if (changed, again) != (drift.len(), 0) {
            return Err(TestCaseError::fail(format!(
                "{} rows were spoilt, {changed} were changed, and then {again}",
                drift.len()
            )));
        }
        self.are_folds(&states).await?;
        self.has_states(&states).await?;
        self.restores_views(&states).await?;
        self.restores_history(&states).await?;
        let differ = self.differ().await?;
        if !differ.is_empty() {
            return Err(TestCaseError::fail(format!("nothing is spoilt any more, found were {differ:?}")));
        }
        self.connection.execute("ROLLBACK TO SAVEPOINT rebuild").await.map(drop).map_err(failed)
    }

    /// What the database finds to differ from the fold, in all tables.
    pub(super) async fn differ(&mut self) -> Result<Vec<String>, TestCaseError> {
        let sql = format!(
            "SELECT concat_ws(' ', v.es_id, v.es_table, v.es_version, v.es_difference, v.es_columns) FROM {}(NULL, NULL) AS v",
            self.function("_verify")
        );
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut *self.connection).await.map_err(failed)
    }

    pub(super) async fn rebuilt(&mut self, ids: &str) -> sqlx::Result<usize> {
        let id = self.installed.subject.id.sql();
        let sql = format!("SELECT {}({ids}::{id}[])", self.function("_rebuild"));
        let changed: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.connection).await?;
        Ok(usize::try_from(changed).expect("a number of rows"))
    }
}

/// One entity's log.
fn one<'a>(id: &str, events: impl Iterator<Item = &'a Event>) -> Logs<'a> {
    Logs::from([(id.to_string(), Log { events: events.collect(), folded: 0, kept: 0 })])
}

/// The rows that logs come to, as far as they fold.
fn folds(session: &Session<'_, '_>, logs: &Logs<'_>) -> Rows {
    let fold =
        |events: &[&Event]| fold_of(session.installed.subject, events, Scope::Root, |_| {}).ok().flatten();
    logs.iter().filter_map(|(id, log)| Some((id.clone(), fold(&log.events)?.shown()))).collect()
}

/// The same of all tables.
pub(super) fn states(session: &Session<'_, '_>, logs: &Logs<'_>) -> Folds {
    let subject = session.installed.subject;
    let fold = |events: &[&Event]| fold(subject, events, |_| {}).ok().flatten();
    let rows = logs.iter().filter_map(|(id, log)| Some((id.clone(), fold(&log.events)?))).collect();
    let kept = |(id, log): (&String, &Log<'_>)| {
        let states = history(subject, &log.events).unwrap_or_default();
        states.into_iter().map(|state| (id.clone(), state)).collect::<Vec<_>>()
    };
    let history = subject.model.history.iter().flat_map(|_| logs.iter().flat_map(kept)).collect();
    Folds { rows, history }
}
