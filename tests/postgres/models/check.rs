//! Inserts a case and compares every row and every refusal with the reference.

use super::archived::Archived;
use super::expected::{Expected, Log, Logs, late, refusals, unique, violated};
use super::installed::Installed;
use super::reference::{Cause, Reason, State, deletes, fold, history};
use super::streams::Case;
use super::subject::BOUND;
use super::tables::Folds;
use super::tally::Tally;
use crate::parity::check::{cut, interleave, shuffle};
use crate::parity::insertion::{Row, insert};
use crate::support::shown;
use es_rollup::ErrorKind;
use es_rollup_core::model::{Table, Trigger};
use proptest::test_runner::TestCaseError;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
use std::collections::BTreeSet;

/// A transaction of which nothing will be kept.
pub(crate) struct Session<'a, 'c> {
    pub(super) installed: &'a Installed<'a>,
    pub(super) connection: &'c mut PgConnection,
    pub(super) tally: &'a mut Tally,
    pub(super) logs: Logs<'a>,
    /// How often logs may have been read by now.
    logs_read: i64,
    /// Which entities are archived.
    pub(super) archived: Archived,
    /// Whether nothing has happened so far for which the log would have to be read.
    ordinary: bool,
}

/// Inserts the case's events in its statements and compares what comes of each.
pub(crate) async fn check(
    pool: &PgPool,
    installed: &Installed<'_>,
    case: &Case,
    tally: &mut Tally,
) -> Result<(), TestCaseError> {
    let case = &case.mended(installed.subject);
    let mut rows: Vec<Row<'_>> = case
        .streams
        .iter()
        .flat_map(|(id, events)| events.iter().map(|event| Row { id: id.clone(), event }))
        .collect();
    tally.streams += case.streams.len() as u64;
    tally.events += rows.len() as u64;
    interleave(&mut rows, case.shuffle);
    let mut statements = cut(rows, case.form, &case.cuts);
    if case.form.shuffles() {
        for rows in &mut statements {
            shuffle(rows, case.shuffle);
        }
    }
    let mut transaction = pool.begin().await.map_err(failed)?;
    if installed.counts {
        transaction.execute("SET LOCAL track_functions = 'pl'").await.map_err(failed)?;
    }
    // What earlier transactions counted may not have been taken over yet.
    let logs_read = installed.logs_read(&mut transaction).await.map_err(failed)?;
    if case.unindexed {
        transaction.execute("SET LOCAL enable_indexscan = off").await.map_err(failed)?;
        transaction.execute("SET LOCAL enable_bitmapscan = off").await.map_err(failed)?;
    }
    let mut session = Session {
        installed,
        connection: &mut transaction,
        tally,
        logs: Logs::default(),
        logs_read,
        archived: Archived::new(),
        ordinary: !installed.subject.model.has_delete(),
    };
    for (at, rows) in statements.iter().enumerate() {
        // The trigger would have refused these, and nobody else does.
        let below = rows.iter().any(|row| row.event.sequence < 1);
        let seen = below || case.unseen >> (at % 8) & 1 == 0;
        let committed = case.committed >> (at % 8) & 1 == 1;
        if session.is_archived(rows) {
            continue;
        }
        session.statement(case, rows, seen, committed).await?;
        // In half of the cases: what is archived keeps other things from being tried.
        let is_archived = installed.subject.model.archive && (case.shuffle / 5).is_multiple_of(2);
        if is_archived && at as u64 == case.shuffle / 10 % statements.len() as u64 {
            session.archive(case.shuffle).await?;
        }
    }
    session.reads_few_logs().await?;
    // What a commit would refuse ends the transaction.
    let mut unique = session.are_unique().await?;
    if unique {
        session.refold_archived().await?;
    }
    // What follows reads, changes or empties all events.
    unique &= session.archived.is_empty();
    if unique && (case.again || case.unseen > 0) {
        session.migrate(case.again).await?;
        unique = session.are_unique().await?;
    }
    if unique && case.followed {
        session.refold(case.shuffle).await?;
        session.follow(case.shuffle).await?;
    }
    if unique && case.again {
        session.truncate().await?;
    }
    for log in session.logs.values() {
        let done = &mut session.tally.done;
        let _ = fold(installed.subject, &log.events, |one| *done.entry(one).or_default() += 1);
    }
    // Nothing is kept, so that ids may come again.
    transaction.rollback().await.map_err(failed)
}

impl<'a> Session<'a, '_> {
    /// The same session with other logs.
    pub(super) fn with<'b>(&'b mut self, logs: Logs<'b>) -> Session<'b, 'b> {
        let Self { installed, connection, tally, logs_read, archived, .. } = self;
        let archived = archived.clone();
        Session { installed, connection, tally, logs, logs_read: *logs_read, archived, ordinary: false }
    }

    /// Inserts rows in one statement, and compares. What a unique constraint refuses is refused here if the statement is
    /// to be committed, and else later.
    async fn statement(
        &mut self,
        case: &Case,
        rows: &[Row<'a>],
        seen: bool,
        committed: bool,
    ) -> Result<(), TestCaseError> {
        let Self { installed, connection, tally, logs, ordinary, .. } = self;
        // A row trigger meets rows in the order in which they come.
        let in_order = match installed.subject.model.trigger {
            Trigger::Statement => true,
            Trigger::Row => !case.form.shuffles(),
        };
        *ordinary &= seen && in_order;
        *tally.statements.entry(case.form).or_default() += 1;
        tally.unseen += u64::from(!seen);
        connection.execute("SAVEPOINT before").await.map_err(failed)?;
        let switch = "TRIGGER USER";
        if !seen {
            alter(connection, &installed.events, "DISABLE", switch).await?;
        }
        let outcome = insert(connection, &installed.target(), case.form, rows).await;
        if !seen && outcome.is_ok() {
            alter(connection, &installed.events, "ENABLE", switch).await?;
        }
        let mut next = logs.clone();
        let mut stored_already = false;
        for row in rows {
            let log = next.entry(row.id.clone()).or_default();
            stored_already |= log.events.iter().any(|event| event.sequence == row.event.sequence);
            log.events.push(row.event);
            log.events.sort_by_key(|event| event.sequence);
        }
        let touched: BTreeSet<&String> = rows.iter().map(|row| &row.id).collect();
        // An entity's log is read once a statement, or once a row.
        let reads = match installed.subject.model.trigger {
            _ if !seen => 0,
            Trigger::Statement => touched.len(),
            Trigger::Row => rows.len(),
        };
        let refusals = if seen {
            let folded = refusals(installed.subject, &next, touched.iter().copied());
            folded.into_iter().chain(late(installed.subject, logs, rows)).collect()
        } else {
            Vec::new()
        };
        let expected = Expected { stored_already, refusals };
        let mut accepted = self.agrees(outcome, &expected)?;
        if accepted {
            if seen {
                let touched = touched.into_iter();
                touched.for_each(|id| {
                    let log = next.get_mut(id).expect("a log");
                    log.folded = log.events.len();
                    log.kept = log.folded;
                });
            }
            let before = std::mem::replace(&mut self.logs, next);
            accepted = !committed || self.are_unique().await?;
            if !accepted {
                self.logs = before;
            }
        }
        if !accepted {
            self.ordinary = false;
            self.connection.execute("ROLLBACK TO SAVEPOINT before").await.map_err(failed)?;
        }
        if !self.ordinary {
            self.logs_read += i64::try_from(reads).expect("not that many");
        }
        // The server has taken back what was refused, and all rows were compared before.
        if accepted { self.compare().await } else { Ok(()) }
    }

    /// Where every statement was seen and in order, each was folded from its own rows and the rollup's, and else
    /// a log was read once. The result would be right either way, since whoever reads the log comes out right;
    /// only slower.
    async fn reads_few_logs(&mut self) -> Result<(), TestCaseError> {
        let read = self.installed.logs_read(self.connection).await.map_err(failed)?;
        if self.installed.counts && read > self.logs_read {
            return Err(TestCaseError::fail("the trigger reads the log, though it has all that it needs"));
        }
        Ok(())
    }

    /// Folds what is not folded yet by the migration, and compares.
    async fn migrate(&mut self, again: bool) -> Result<(), TestCaseError> {
        let Self { installed, connection, tally, logs, .. } = self;
        tally.migrated += 1;
        connection.execute("SAVEPOINT before").await.map_err(failed)?;
        if again {
            for table in installed.tables() {
                let sql = format!("DELETE FROM {table}");
                connection.execute(AssertSqlSafe(sql)).await.map_err(failed)?;
            }
        }
        let outcome = connection.execute(AssertSqlSafe(installed.migration.clone())).await.map(drop);
        let subject = installed.subject;
        // What has no row and ends with the event that deletes is taken for folded, and is not looked at.
        let is_left = |log: &Log<'_>| {
            let has_row =
                !again && fold(subject, &log.events[..log.folded], |_| {}).is_ok_and(|row| row.is_some());
            !has_row && log.events.last().is_some_and(|event| deletes(subject, event))
        };
        let looked_at = logs.iter().filter(|(_, log)| !is_left(log)).map(|(id, _)| id);
        let expected = Expected { stored_already: false, refusals: refusals(subject, logs, looked_at) };
        let agrees = self.agrees(outcome, &expected).map_err(|error| in_words("by the migration", &error))?;
        if agrees {
            for log in self.logs.values_mut() {
                let folds = fold(subject, &log.events, |_| {}).is_ok();
                log.kept = match is_left(log) {
                    false => log.events.len(),
                    true if again => 0,
                    true => log.kept,
                };
                log.folded = if folds { log.events.len() } else { 0 };
            }
        } else {
            self.connection.execute("ROLLBACK TO SAVEPOINT before").await.map_err(failed)?;
        }
        self.compare().await
    }

    /// Whether a commit would find the rows unique, and the reference does too; an error if only one does. If they are
    /// not, the transaction has to go back to a savepoint.
    pub(super) async fn are_unique(&mut self) -> Result<bool, TestCaseError> {
        let Self { installed, connection, tally, logs, .. } = self;
        let subject = installed.subject;
        if subject.model.tables().all(|view| unique(view).next().is_none()) {
            return Ok(true);
        }
        let rows: Vec<State> = logs
            .values()
            .filter_map(|log| fold(subject, &log.events[..log.folded], |_| {}).ok().flatten())
            .collect();
        let expected = violated(subject, &rows);
        let Err(error) = connection.execute("SET CONSTRAINTS ALL IMMEDIATE").await else {
            if !expected.is_empty() {
                let message = format!("the database finds unique what the reference does not: {expected:?}");
                return Err(TestCaseError::fail(message));
            }
            connection.execute("SET CONSTRAINTS ALL DEFERRED").await.map_err(failed)?;
            tally.unique += u64::from(rows.len() > 1);
            return Ok(true);
        };
        let database = error.as_database_error().map(<dyn DatabaseError>::downcast_ref::<PgDatabaseError>);
        let agrees = database.is_some_and(|error| {
            let is_this = |(table, name): &(&Table, &str)| {
                (error.schema(), error.table(), error.constraint())
                    == (Some(&*table.schema), Some(&*table.name), Some(*name))
            };
            error.code() == "23505" && expected.iter().any(is_this)
        });
        if !agrees {
            let message = format!("the database refuses at commit: {error}\nthe reference: {expected:?}");
            return Err(TestCaseError::fail(message));
        }
        let is_root = |(table, _): &(&Table, &str)| **table == subject.model.root.table;
        let kind = if expected.iter().all(is_root) { "Unique" } else { "Unique of a view" };
        *tally.refused.entry(kind.into()).or_default() += 1;
        Ok(false)
    }

    /// Whether both accept; an error if only one does, or if they refuse for different reasons.
    pub(super) fn agrees(
        &mut self,
        outcome: sqlx::Result<()>,
        expected: &Expected,
    ) -> Result<bool, TestCaseError> {
        let differ = |database: String| {
            Err(TestCaseError::fail(format!("the database {database}\nthe reference: {expected}")))
        };
        let Err(error) = outcome else {
            let accepted = !expected.stored_already && expected.refusals.is_empty();
            return if accepted { Ok(true) } else { differ("accepts".into()) };
        };
        let Some(error) = error.as_database_error().map(<dyn DatabaseError>::downcast_ref::<PgDatabaseError>)
        else {
            return differ(format!("fails: {error}"));
        };
        // The event table itself refuses, before any event is looked at.
        if error.code() == "23505" && expected.stored_already {
            *self.tally.refused.entry("StoredAlready".into()).or_default() += 1;
            return Ok(false);
        }
        let model = &self.installed.subject.model;
        let kind = ErrorKind::from_sqlstate(error.code());
        let agree = !expected.stored_already
            && expected.refusals.iter().any(|(id, refused)| {
                let cause = |Cause { reason, view, column }: &Cause| {
                    let table = &view.map_or(&model.root, |view| &model.views[view]).table;
                    (error.schema(), error.table()) == (Some(&*table.schema), Some(&*table.name))
                        && match reason {
                            Reason::Kind(one) => Some(*one) == kind && column.as_deref() == error.column(),
                            Reason::Check => (error.code(), error.constraint()) == ("23514", Some(BOUND)),
                        }
                };
                let starts = error.message().starts_with(&format!("event {} ", refused.sequence));
                starts
                    && error.message().contains(&format!("of entity {} in", shown(id)))
                    && refused.causes.iter().any(cause)
            });
        if agree {
            let kind = kind.map_or_else(|| "Check".into(), |kind| format!("{kind:?}"));
            let is_root = error.table() == Some(&*model.root.table.name);
            let kind = if is_root { kind } else { format!("{kind} of a view") };
            *self.tally.refused.entry(kind).or_default() += 1;
            return Ok(false);
        }
        let (code, message) = (error.code(), error.message());
        let (table, column) = (error.table(), error.column());
        differ(format!("refuses: {code} {message} (table {table:?}, column {column:?})"))
    }

    /// Every row of the tables is the fold of what the rollup has seen, and there are no others.
    pub(super) async fn compare(&mut self) -> Result<(), TestCaseError> {
        let mut folds = Folds::default();
        let subject = self.installed.subject;
        let refused = |refused| {
            TestCaseError::fail(format!("the database has folded what the reference refuses: {refused:?}"))
        };
        for (id, log) in &self.logs {
            let state = fold(subject, &log.events[..log.folded], |_| {}).map_err(refused)?;
            folds.rows.extend(state.map(|state| (id.clone(), state)));
            if subject.model.history.is_some() {
                let states = history(subject, &log.events[..log.kept]).map_err(refused)?;
                folds.history.extend(states.into_iter().map(|state| (id.clone(), state)));
            }
        }
        self.are_folds(&folds).await
    }
}

pub(super) async fn alter(
    connection: &mut PgConnection,
    table: &str,
    how: &str,
    what: &str,
) -> Result<(), TestCaseError> {
    let sql = format!("ALTER TABLE {table} {how} {what}");
    connection.execute(AssertSqlSafe(sql)).await.map(drop).map_err(failed)
}

/// The error with where it was found.
pub(super) fn in_words(place: &str, error: &TestCaseError) -> TestCaseError {
    TestCaseError::fail(format!("{place}: {error}"))
}

#[allow(clippy::needless_pass_by_value)]
pub(super) fn failed(error: sqlx::Error) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}
