//! What happens between a change and the end of its fill, and an index that is built before.

use super::super::generate::Dice;
use super::installation::run;
use super::story::{Story, function};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::Model;
use proptest::test_runner::TestRunner;
use sqlx::Connection as _;

impl Story<'_> {
    /// Builds some indexes of a model beforehand, on columns that are there; their names.
    pub(super) async fn build(&mut self, model: &Model, runner: &mut TestRunner) -> Vec<String> {
        let mut built = Vec::new();
        for index in emit::objects(model).indexes {
            let exists = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&index.name);
            let exists: bool = exists.fetch_one(&mut *self.connection).await.expect("the catalog");
            if exists || Dice(runner.rng()).percent(30) {
                continue;
            }
            let mut savepoint = self.connection.begin().await.expect("a savepoint");
            if run(&mut savepoint, &index.create).await.is_ok() {
                savepoint.commit().await.expect("it is released");
                *self.counts.entry("index built before".into()).or_default() += 1;
                built.push(index.name);
            } else {
                savepoint.rollback().await.expect("nothing was built");
            }
        }
        built
    }

    /// Whether the rows of the rollup are still to be filled.
    pub(super) async fn is_filling(&mut self, model: &Model) -> bool {
        let todo = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL");
        let todo = todo.bind(function(model, "es_todo")).fetch_one(&mut *self.connection);
        todo.await.expect("the catalog")
    }

    /// Fills some rows. If all entities fold, events are inserted meanwhile.
    pub(super) async fn fill_some(&mut self, model: &Model, folds: bool, runner: &mut TestRunner) {
        let batch = format!("SELECT {}(3)", function(model, "batch"));
        if folds && Dice(runner.rng()).percent(70) {
            self.insert(runner).await;
        }
        if Dice(runner.rng()).percent(70) {
            let scan = format!("SELECT {}()", function(model, "scan"));
            run(self.connection, &scan).await.expect("the entities are found");
            for _ in 0..Dice(runner.rng()).between(0, 3) {
                run(self.connection, &batch).await.expect("some are filled, or refused");
                if folds && Dice(runner.rng()).percent(50) {
                    self.insert(runner).await;
                }
            }
        }
    }

    /// A change that a new installation alone would refuse is right, but nothing can be compared with it: back to the model
    /// before it.
    pub(super) async fn leave(&mut self, old: &Model, new: &Model, context: &str) {
        self.verify(new, context).await;
        let down = evolve::migration(new, old).expect("the way back");
        self.alter(new, &down, false).await.unwrap_or_else(|error| panic!("{error}\n{context}"));
        *self.counts.entry("refused by an installation alone".into()).or_default() += 1;
    }

    /// Entities that do not fold cannot be filled. The way back leads over the open fill.
    pub(super) async fn back(&mut self, old: &Model, new: &Model, context: &str) {
        let down = evolve::migration(new, old).expect("the way back");
        let expected = self.installed(new, old, false).await;
        let (hung, places) = (self.hung(new).await, self.places(new).await);
        let outcome = self.alter(new, &down, false).await;
        match (&expected, outcome) {
            (Ok(expected), Ok(())) => {
                let (found, back) = (self.state(old).await, format!("back from an open fill\n{context}"));
                self.same(expected, &found, &back);
                assert_eq!(self.hung(old).await, hung, "{back}");
                self.stay(&places, old, &back).await;
                *self.counts.entry("back from an open fill".into()).or_default() += 1;
            }
            (expected, outcome) => panic!(
                "a new installation: {:?}\nthe way back from an open fill: {outcome:?}\n{context}\nthe model: {}",
                expected.as_ref().map(|_| ()),
                self.subject
            ),
        }
    }
}
