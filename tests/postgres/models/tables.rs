//! The rows of all tables against the reference; and what becomes of the views' rows when somebody spoils them, or
//! empties the event table.

use super::check::{Session, failed};
use super::installed::{at_version, under};
use super::reference::State;
use proptest::test_runner::TestCaseError;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Executor};
use std::collections::{BTreeMap, BTreeSet};

/// What all tables must hold, each row given with its entity.
#[derive(Default)]
pub(super) struct Folds {
    /// The entities' rows, with those of views.
    pub(super) rows: Vec<(String, State)>,
    /// The rows of the history, if there is one.
    pub(super) history: Vec<(String, State)>,
}

impl Session<'_, '_> {
    /// Whether every row of every table is one of these, and none is missing.
    pub(super) async fn are_folds(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        let installed = self.installed;
        let kept = installed.kept(self.connection).await.map_err(failed)?;
        let rows: BTreeMap<String, Value> = folds
            .history
            .iter()
            .map(|(id, state)| (id, state.shown()))
            .map(|(id, row)| (at_version(id, &row), row))
            .collect();
        self.tally.rows_of_histories += rows.len() as u64;
        same(&kept, &rows).map_err(|error| TestCaseError::fail(format!("of the history {error}")))?;
        let folds = &folds.rows;
        let kept = installed.rows(self.connection, &installed.rollup).await.map_err(failed)?;
        let rows = folds.iter().map(|(id, state)| (id.clone(), state.shown())).collect();
        self.tally.rows += folds.len() as u64;
        same(&kept, &rows)?;
        for (at, view) in installed.subject.model.views.iter().enumerate() {
            let kept = installed.rows_of(self.connection, at).await.map_err(failed)?;
            let rows = folds
                .iter()
                .flat_map(|(id, state)| state.rows(at).map(move |(key, row)| (under(id, &key), row)));
            let rows: BTreeMap<String, Value> = rows.collect();
            self.tally.rows_of_views += rows.len() as u64;
            same(&kept, &rows)
                .map_err(|error| TestCaseError::fail(format!("of view {:?} {error}", view.name)))?;
        }
        Ok(())
    }

    /// Spoils rows of each view, drops some or plants others, and folds everything anew.
    pub(super) async fn restores_views(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        let ghost = self.id(&self.installed.subject.id.text(u16::MAX));
        for (at, view) in self.installed.subject.model.views.iter().enumerate() {
            let table = &self.installed.views[at];
            let Some((id, _)) = folds.rows.iter().find(|(_, state)| state.rows(at).next().is_some()) else {
                continue;
            };
            let id = self.id(id);
            let columns =
                view.parts().iter().chain(&view.columns).map(|column| format!("\"{}\"", column.name));
            let envelope = ["version"].into_iter().chain(self.installed.subject.times()).map(String::from);
            let columns = envelope.chain(columns).collect::<Vec<_>>().join(", ");
            let spoilt = [
                format!("UPDATE {table} SET version = version + 1 WHERE id = {id}"),
                format!("DELETE FROM {table} WHERE id = {id}"),
                format!("DELETE FROM {table}"),
                format!(
                    "INSERT INTO {table} (id, {columns}) SELECT {ghost}, {columns} FROM {table} WHERE id = {id}"
                ),
            ];
            // One way each time: a run has hundreds of cases.
            let way = usize::try_from(self.tally.restored).unwrap_or_default() % spoilt.len();
            self.restores(&spoilt[way], folds).await?;
            self.tally.restored += 1;
        }
        Ok(())
    }

    /// The same of the history, of an entity that has ended if there is one.
    pub(super) async fn restores_history(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        let (Some(table), Some((first, _))) = (&self.installed.history, folds.history.first()) else {
            return Ok(());
        };
        let is_there = |id: &String| folds.rows.iter().any(|(other, _)| other == id);
        let ended = folds.history.iter().map(|(id, _)| id).find(|id| !is_there(id));
        self.tally.ended_histories += u64::from(ended.is_some());
        let id = self.id(ended.unwrap_or(first));
        let ghost = self.id(&self.installed.subject.id.text(u16::MAX));
        let columns =
            self.installed.subject.view().columns.iter().map(|column| format!("\"{}\"", column.name));
        let times = self.installed.subject.times().map(String::from);
        let columns: String = times.chain(columns).flat_map(|column| [", ".to_string(), column]).collect();
        let spoilt = [
            format!("UPDATE {table} SET version = version + 1000 WHERE id = {id}"),
            format!(
                "DELETE FROM {table} WHERE id = {id} AND version = (SELECT min(version) FROM {table} WHERE id = {id})"
            ),
            format!("DELETE FROM {table}"),
            format!(
                "INSERT INTO {table} (id, version{columns}) SELECT {ghost}, version{columns} FROM {table} WHERE id = {id}"
            ),
            format!(
                "INSERT INTO {table} (id, version{columns}) SELECT id, version + 1000{columns} FROM {table} WHERE id = {id}"
            ),
        ];
        let way = usize::try_from(self.tally.restored_histories).unwrap_or_default() % spoilt.len();
        self.restores(&spoilt[way], folds).await?;
        self.tally.restored_histories += 1;
        Ok(())
    }

    /// Spoils rows, finds each of them, and folds everything anew: what is changed is what was found.
    async fn restores(&mut self, sql: &str, folds: &Folds) -> Result<(), TestCaseError> {
        self.connection.execute(AssertSqlSafe(sql.to_string())).await.map_err(failed)?;
        let differ = self.differ().await?;
        let changed = self.rebuilt("NULL").await.map_err(failed)?;
        if differ.len() != changed {
            return Err(TestCaseError::fail(format!(
                "{changed} rows were changed after {sql}, found were {differ:?}"
            )));
        }
        let again = self.rebuilt("NULL").await.map_err(failed)?;
        if changed == 0 || again > 0 {
            return Err(TestCaseError::fail(format!(
                "{changed} rows were changed after {sql}, and then {again}"
            )));
        }
        self.are_folds(folds)
            .await
            .map_err(|error| TestCaseError::fail(format!("after {sql} and a rebuild: {error}")))
    }

    /// Empties the event table, and with it all tables.
    pub(super) async fn truncate(&mut self) -> Result<(), TestCaseError> {
        if !self.installed.subject.model.has_others() {
            return Ok(());
        }
        self.connection.execute("SAVEPOINT truncation").await.map_err(failed)?;
        // What is deferred keeps a table from being emptied.
        let sql = format!("SET CONSTRAINTS ALL IMMEDIATE; TRUNCATE {}", self.installed.events);
        self.connection.execute(AssertSqlSafe(sql)).await.map_err(failed)?;
        self.are_folds(&Folds::default())
            .await
            .map_err(|error| TestCaseError::fail(format!("after the event table was emptied: {error}")))?;
        self.connection.execute("ROLLBACK TO SAVEPOINT truncation").await.map(drop).map_err(failed)
    }
}

/// Whether the rows are the folds; an error that says which are not.
pub(super) fn same(
    kept: &BTreeMap<String, Value>,
    folds: &BTreeMap<String, Value>,
) -> Result<(), TestCaseError> {
    if kept == folds {
        return Ok(());
    }
    let ids: BTreeSet<&String> = kept.keys().chain(folds.keys()).collect();
    let mut report = vec!["the rows are not the folds".to_string()];
    for id in ids.into_iter().filter(|id| kept.get(*id) != folds.get(*id)) {
        report.push(format!("  entity {id}"));
        match (kept.get(id), folds.get(id)) {
            (Some(Value::Object(row)), Some(Value::Object(fold))) => {
                let differ = fold.iter().filter(|(column, value)| row.get(*column) != Some(value));
                report.extend(differ.map(|(column, value)| {
                    let row = row.get(column).unwrap_or(&Value::Null);
                    format!("    {column}: row {row}, reference {value}")
                }));
            }
            (row, fold) => report.push(format!("    row: {row:?}\n    reference: {fold:?}")),
        }
    }
    Err(TestCaseError::fail(report.join("\n")))
}
