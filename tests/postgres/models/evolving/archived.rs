//! Entities that are archived when a model changes. A change is refused if what is archived means something else now, and
//! otherwise has the results that all events would have.

use super::super::generate::Dice;
use super::installation::run;
use super::story::{Story, function};
use es_rollup_core::emit::qualified;
use es_rollup_core::model::Model;
use proptest::test_runner::TestRunner;
use sqlx::AssertSqlSafe;

impl Story<'_> {
    /// Archives some entities, each up to one of its events.
    pub(super) async fn archive(&mut self, model: &Model, runner: &mut TestRunner) {
        if !model.archive || Dice(runner.rng()).percent(40) {
            return;
        }
        let logs: Vec<(String, usize)> = self.logs().filter(|(_, length)| *length > 0).collect();
        for (id, length) in logs {
            if Dice(runner.rng()).percent(50) {
                let upto = Dice(runner.rng()).between(1, length);
                let (archive, id_type) = (function(model, "archive"), self.subject.id.sql());
                let id = format!("'{}'::{id_type}", id.replace('\'', "''"));
                // A view may refuse events of an entity that has ended.
                let sql = format!(
                    "DO $do$ BEGIN PERFORM {archive}({id}, {upto});
                     EXCEPTION WHEN SQLSTATE 'RU013' OR SQLSTATE 'RU014' THEN
                       IF EXISTS (SELECT FROM {} WHERE id = {id}) THEN RAISE; END IF;
                     END $do$",
                    qualified(&model.root.table)
                );
                run(self.connection, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
                *self.counts.entry("archived".into()).or_default() += 1;
            }
        }
    }

    /// Changes the rollup from a model, inside a transaction or not. If what is archived is in the way, the bases are
    /// deleted first.
    pub(super) async fn alter(&mut self, old: &Model, sql: &str, inside: bool) -> Result<(), sqlx::Error> {
        if inside {
            run(self.connection, "SAVEPOINT altered").await.expect("a savepoint");
        }
        let outcome = run(self.connection, sql).await;
        if !outcome.as_ref().is_err_and(|error| error.to_string().contains(" are archived")) {
            return outcome;
        }
        if inside {
            run(self.connection, "ROLLBACK TO SAVEPOINT altered").await.expect("it is taken back");
        }
        *self.counts.entry("refused for what is archived".into()).or_default() += 1;
        run(self.connection, &forget(old)).await.expect("the bases are deleted");
        run(self.connection, sql).await
    }

    /// Folded from their bases, the entities are as they are.
    pub(super) async fn hold(&mut self, model: &Model, context: &str) {
        if !model.archive {
            return;
        }
        let sql = format!("SELECT count(*) FROM {}", function(model, "base"));
        let bases: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.connection).await.expect("the bases");
        if bases == 0 {
            return;
        }
        self.verify(model, context).await;
        *self.counts.entry("changed with bases".into()).or_default() += 1;
    }

    /// No row differs from the fold of its events.
    pub(super) async fn verify(&mut self, model: &Model, context: &str) {
        let sql = format!("SELECT v::text FROM {}(NULL, NULL) AS v", function(model, "verify"));
        let differ: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut *self.connection)
            .await
            .unwrap_or_else(|error| panic!("{error}\n{context}\nthe model: {}", self.subject));
        assert!(differ.is_empty(), "{differ:?}\n{context}\nthe model: {}", self.subject);
    }
}

/// Deletes the bases of a model, if it has some.
pub(super) fn forget(model: &Model) -> String {
    if model.archive { format!("DELETE FROM {}", function(model, "base")) } else { "SELECT".into() }
}
