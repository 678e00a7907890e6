//! Entities are archived in the middle of a case: up to one of their events, which some lose then. What is inserted
//! afterwards has the same results, and so has whatever is folded anew.

use super::check::{Session, alter, failed, in_words};
use super::expected::{Log, Logs};
use super::reference::fold;
use super::refold::states;
use super::subject::Subject;
use super::tables::Folds;
use crate::parity::insertion::{Form, Row, insert};
use es_rollup_core::emit::{base, qualified};
use es_rollup_core::model::{Model, Order};
use proptest::test_runner::TestCaseError;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor};
use std::collections::BTreeMap;

/// Up to which sequence each entity is archived.
pub(super) type Archived = BTreeMap<String, i32>;

/// How many entities of a crowd are archived, appended to and caught up, each by a statement of its own.
const ONE_BY_ONE: usize = 50;

/// Whether events can be archived: with views and without, with a history, in both trigger forms and orders, and where
/// entities end.
pub(super) const fn archives(number: usize) -> bool {
    matches!(number % 8, 1 | 2 | 4 | 7)
}

impl Subject {
    /// The same with events that can be archived.
    pub(super) fn with_archive(self) -> Self {
        Self { model: Model { archive: true, ..self.model }, ..self }
    }
}

impl<'a> Session<'a, '_> {
    /// Archives about half of the first entities, each up to one of its events, and deletes the events of some of these.
    pub(super) async fn archive(&mut self, chance: u64) -> Result<(), TestCaseError> {
        let subject = self.installed.subject;
        let logs = self.logs.clone();
        for (at, (id, log)) in logs.iter().take(ONE_BY_ONE).enumerate() {
            let chance = chance.rotate_right(u32::try_from(at * 7 % 64).expect("not that many"));
            let is_folded = log.folded == log.events.len() && fold(subject, &log.events, |_| {}).is_ok();
            if !chance.is_multiple_of(2) || !is_folded || log.events.is_empty() {
                continue;
            }
            let of = |chance: u64| {
                let place = usize::try_from(chance / 4).unwrap_or_default() % log.events.len();
                log.events[place].sequence
            };
            // Some are archived a second time, further on or not.
            for upto in [of(chance), of(chance.rotate_right(11))] {
                self.archive_one(id, upto).await?;
            }
            if (chance / 2).is_multiple_of(2) {
                self.delete(id, &format!("<= {}", self.archived[id])).await?;
            }
        }
        self.compare().await.map_err(|error| in_words("after entities were archived", &error))
    }

    async fn archive_one(&mut self, id: &str, upto: i32) -> Result<(), TestCaseError> {
        let sql = format!("SELECT {}({}, {upto})", self.function("_archive"), self.id(id));
        let reached: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *self.connection).await.map_err(failed)?;
        let expected = self.archived.get(id).copied().unwrap_or_default().max(upto);
        if reached != i64::from(expected) {
            return Err(TestCaseError::fail(format!("{id} is archived up to {reached}, not {expected}")));
        }
        self.archived.insert(id.to_string(), expected);
        self.tally.archived += 1;
        Ok(())
    }

    /// Deletes the events of an entity whose sequences are as given, and what of other enums is stored with them.
    async fn delete(&mut self, id: &str, sequences: &str) -> Result<(), TestCaseError> {
        let store = &self.installed.subject.model.store;
        let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
        let (column, sequence) = (quoted(&store.id), quoted(&store.sequence));
        let sql = format!(
            "DELETE FROM {} WHERE {column} = {} AND {sequence} {sequences}",
            self.installed.events,
            self.id(id),
        );
        self.connection.execute(AssertSqlSafe(sql)).await.map(drop).map_err(failed)
    }

    /// Whether a statement would insert an event that is archived, and maybe deleted.
    pub(super) fn is_archived(&self, rows: &[Row<'_>]) -> bool {
        rows.iter().any(|row| self.archived.get(&row.id).is_some_and(|upto| row.event.sequence <= *upto))
    }

    /// Folds anew what is left of the events, from the bases.
    pub(super) async fn refold_archived(&mut self) -> Result<(), TestCaseError> {
        if self.archived.is_empty() {
            return Ok(());
        }
        self.connection.execute("SAVEPOINT archived").await.map_err(failed)?;
        self.read_archived().await?;
        let subject = self.installed.subject;
        let folds = |log: &Log<'_>| fold(subject, &log.events, |_| {}).is_ok();
        if self.logs.values().all(folds) {
            let logs = self.logs.clone();
            self.begin_again(&states(self, &logs)).await?;
        }
        self.connection.execute("ROLLBACK TO SAVEPOINT archived").await.map(drop).map_err(failed)
    }

    /// Reads archived entities as they were: at their bases and after them, and not before.
    async fn read_archived(&mut self) -> Result<(), TestCaseError> {
        let (logs, archived): (Logs<'a>, Archived) = (self.logs.clone(), self.archived.clone());
        let timed = self.installed.subject.model.store.recorded_at.is_some();
        for (id, upto) in &archived {
            let log = &logs[id];
            for event in log.events.iter().filter(|event| event.sequence >= *upto) {
                self.at(id, log, event).await?;
                let latest = log.events.iter().filter(|one| one.sequence <= *upto).map(|one| one.recorded_at);
                if timed && latest.max().is_some_and(|latest| latest <= event.recorded_at) {
                    self.until(id, log, event).await?;
                    self.as_of(id, log, event).await?;
                }
            }
            if log.events.iter().any(|event| event.sequence < *upto) {
                self.is_not_known(id, *upto).await?;
            }
        }
        Ok(())
    }

    /// What an entity was before its base is refused.
    async fn is_not_known(&mut self, id: &str, upto: i32) -> Result<(), TestCaseError> {
        self.connection.execute("SAVEPOINT before_base").await.map_err(failed)?;
        let sql = format!("SELECT FROM {}({}, {})", self.function("_at"), self.id(id), upto - 1);
        let outcome = self.connection.execute(AssertSqlSafe(sql)).await;
        let error = outcome.err();
        let error = error.as_ref().and_then(|error| error.as_database_error());
        let error = error.map(<dyn DatabaseError>::downcast_ref::<PgDatabaseError>);
        let is_refused = error.is_some_and(|error| {
            error.code() == "RU001" && error.message().contains(&format!("is archived up to event {upto}:"))
        });
        if !is_refused {
            return Err(TestCaseError::fail(format!("{id} before its base {upto}: {error:?}")));
        }
        self.connection.execute("ROLLBACK TO SAVEPOINT before_base").await.map(drop).map_err(failed)
    }

    /// Takes all rows away, and folds the entities again: all at once, each by its next event, and each from the events that
    /// it lacks.
    async fn begin_again(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        self.rebuilt("NULL").await.map_err(failed)?;
        self.are_folds(folds).await.map_err(|error| in_words("after a rebuild from bases", &error))?;
        let differ = self.differ().await?;
        if !differ.is_empty() {
            return Err(TestCaseError::fail(format!("found were {differ:?}")));
        }
        self.empty().await?;
        self.rebuilt("NULL").await.map_err(failed)?;
        self.are_folds(folds).await.map_err(|error| in_words("folded anew from bases", &error))?;
        self.empty().await?;
        self.append_again().await?;
        self.are_folds(folds).await.map_err(|error| in_words("appended to without rows", &error))?;
        self.catch_up(folds).await
    }

    /// Appends the last event of each entity once more, whose row is gone. If that is archived, there is nothing to append.
    async fn append_again(&mut self) -> Result<(), TestCaseError> {
        self.rebuild_the_crowd().await?;
        for (id, log) in self.logs.clone().into_iter().take(ONE_BY_ONE) {
            let Some(event) = log.events.last().copied() else { continue };
            if self.archived.get(&id).is_some_and(|upto| event.sequence <= *upto) {
                self.rebuilt(&format!("ARRAY[{}]", self.id(&id))).await.map_err(failed)?;
                continue;
            }
            let events = &self.installed.events;
            alter(self.connection, events, "DISABLE", "TRIGGER USER").await?;
            self.delete(&id, &format!("= {}", event.sequence)).await?;
            alter(self.connection, events, "ENABLE", "TRIGGER USER").await?;
            let row = [Row { id, event }];
            insert(self.connection, &self.installed.target(), Form::Single, &row).await.map_err(failed)?;
            self.tally.appended += u64::from(self.archived.contains_key(&row[0].id));
        }
        Ok(())
    }

    /// Folds the entities of a crowd that are not taken one by one, all at once.
    async fn rebuild_the_crowd(&mut self) -> Result<(), TestCaseError> {
        let ids: Vec<String> = self.logs.keys().skip(ONE_BY_ONE).map(|id| self.id(id)).collect();
        self.rebuilt(&format!("ARRAY[{}]", ids.join(", "))).await.map(drop).map_err(failed)
    }

    /// Takes all rows away once more, and lets each entity catch up.
    async fn catch_up(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        // If sequences only increase, the function has to know from which on it is called.
        match self.installed.subject.model.store.order {
            Order::Contiguous => {}
            Order::Increasing => return Ok(()),
        }
        self.empty().await?;
        self.rebuild_the_crowd().await?;
        // Those that have ended have a history.
        for id in self.logs.clone().keys().take(ONE_BY_ONE) {
            let sql = format!("SELECT {}({})", self.function("_catch_up"), self.id(id));
            self.connection.execute(AssertSqlSafe(sql)).await.map_err(failed)?;
            self.tally.caught_up += 1;
        }
        self.are_folds(folds).await.map_err(|error| in_words("caught up from bases", &error))
    }

    /// Deletes all rows that can be folded again.
    async fn empty(&mut self) -> Result<(), TestCaseError> {
        let base = qualified(&base(&self.installed.subject.view().table));
        let views = self.installed.views.iter().chain([&self.installed.rollup]);
        let mut all: Vec<String> = views.map(|table| format!("DELETE FROM {table}")).collect();
        all.extend(self.installed.history.iter().map(|history| {
            format!(
                "DELETE FROM {history} AS h
                 WHERE NOT EXISTS (SELECT FROM {base} AS b WHERE b.id = h.id AND b.version >= h.version)"
            )
        }));
        for sql in all {
            self.connection.execute(AssertSqlSafe(sql)).await.map_err(failed)?;
        }
        Ok(())
    }
}
