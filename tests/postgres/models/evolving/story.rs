//! One history: a rollup is installed, and changed again and again, with events in between.

use super::super::edits::{Edit, all, edited};
use super::super::generate::Dice;
use super::super::reference::fold;
use super::super::streams;
use super::super::subject::Subject;
use super::Counts;
use super::archived::forget;
use super::earlier::followed;
use super::fault::Fault;
use super::hung::holdable;
use super::installation::{install, run};
use crate::layout::Target;
use crate::parity::case::Event;
use crate::parity::insertion::{Form, Row, insert};
use es_rollup_core::emit::{self, qualified};
use es_rollup_core::evolve::{self, Change, Class, Diff, Sign, Touched};
use es_rollup_core::model::Model;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use sqlx::error::DatabaseError;
use sqlx::{Connection, PgConnection};
use std::collections::{BTreeMap, BTreeSet};

/// How many changes a history has.
const CHANGES: usize = 4;

/// One history of a subject, in a database with its event table.
pub(super) struct Story<'a> {
    pub(super) subject: &'a Subject,
    pub(super) connection: &'a mut PgConnection,
    pub(super) events: String,
    /// The events of each entity.
    logs: BTreeMap<String, Vec<Event>>,
    pub(super) counts: &'a mut Counts,
    /// A column of the root that is never dropped, since people depend on it.
    pub(super) held: Option<usize>,
    /// What the changes forget.
    fault: Option<Fault>,
}

impl<'a> Story<'a> {
    pub(super) async fn begin(
        subject: &'a Subject,
        connection: &'a mut PgConnection,
        counts: &'a mut Counts,
        fault: Option<Fault>,
    ) -> Self {
        let events = qualified(&subject.model.store.table);
        run(connection, &subject.layout.event_table(&events, subject.id.sql()))
            .await
            .expect("the event table");
        Self { subject, connection, events, logs: BTreeMap::new(), counts, held: None, fault }
    }

    /// The entities that have events, and how many each has.
    pub(super) fn logs(&self) -> impl Iterator<Item = (String, usize)> {
        self.logs.iter().map(|(id, log)| (id.clone(), log.len()))
    }

    pub(super) async fn end(self) {
        run(self.connection, &format!("DROP TABLE {} CASCADE", self.events)).await.expect("it is dropped");
    }

    /// Installs a random model of the history, and changes it.
    pub(super) async fn tell(&mut self, runner: &mut TestRunner) {
        let holdable = holdable(self.subject);
        if !holdable.is_empty() && Dice(runner.rng()).percent(70) {
            self.held = Some(*Dice(runner.rng()).pick(&holdable));
        }
        let drops =
            |edit: &Edit| self.held.is_some_and(|at| [Edit::Column(at), Edit::Apart(at)].contains(edit));
        let possible: Vec<Edit> = all(self.subject).into_iter().filter(|edit| !drops(edit)).collect();
        let mut edits = BTreeSet::new();
        for edit in &possible {
            let mut next = edits.clone();
            next.insert(*edit);
            // Of what there is only one, enough has to be missing to come.
            let percent = match edit {
                Edit::View(_)
                | Edit::Constraint(..)
                | Edit::History
                | Edit::Archive
                | Edit::CalledView(_)
                | Edit::Retired
                | Edit::Trigger
                | Edit::Wide => 30,
                Edit::Variant(_)
                | Edit::Bare(_)
                | Edit::Sibling(_)
                | Edit::Aliases
                | Edit::Column(_)
                | Edit::Apart(_)
                | Edit::ColumnOfView(..)
                | Edit::Called(..)
                | Edit::Idle(..) => 8,
            };
            if Dice(runner.rng()).percent(percent) && edited(self.subject, &next).is_some() {
                edits = next;
            }
        }
        let mut model = edited(self.subject, &edits).expect("a model");
        run(self.connection, &install(&model))
            .await
            .unwrap_or_else(|error| self.fails(&edits, &error.to_string()));
        self.hang(&model).await;
        for _ in 0..CHANGES {
            self.insert(runner).await;
            let (next, new) = self.next(&possible, &edits, runner);
            if self.change((&model, &edits), (&new, &next), runner).await {
                (edits, model) = (next, new);
            }
        }
        self.insert(runner).await;
        self.is_installed(&model, &edits).await;
        let expected = self.state(&model).await;
        let revert = format!("{};\n{}", forget(&model), emit::text(&model, emit::revert(&model)));
        run(self.connection, "DROP VIEW IF EXISTS of_somebody").await.expect("the view is dropped");
        run(self.connection, &revert).await.unwrap_or_else(|error| self.fails(&edits, &error.to_string()));
        // And again, by a migration that leaves the events for later.
        let installation = emit::installation(&model);
        let installation = format!("SET LOCAL es_rollup.history_limit = 0;\n{installation}");
        let outcome = run(self.connection, &installation).await;
        outcome.unwrap_or_else(|error| self.fails(&edits, &error.to_string()));
        if self.is_filling(&model).await {
            self.fill_some(&model, false, runner).await;
            let outcome = run(self.connection, &format!("CALL {}()", function(&model, "fill"))).await;
            outcome.unwrap_or_else(|error| self.fails(&edits, &error.to_string()));
            *self.counts.entry("filled from nothing".into()).or_default() += 1;
        }
        let found = self.state(&model).await;
        self.same(&expected, &found, "installed and filled");
        run(self.connection, &revert).await.unwrap_or_else(|error| self.fails(&edits, &error.to_string()));
    }

    /// A few edits more or less: of each kind as many as of any other, however many variants there are.
    fn next(
        &self,
        possible: &[Edit],
        edits: &BTreeSet<Edit>,
        runner: &mut TestRunner,
    ) -> (BTreeSet<Edit>, Model) {
        let kinds: BTreeSet<&str> = possible.iter().map(|edit| edit.kind()).collect();
        let kinds: Vec<&str> = kinds.into_iter().collect();
        loop {
            let mut next = edits.clone();
            for _ in 0..Dice(runner.rng()).between(1, 4) {
                let kind = *Dice(runner.rng()).pick(&kinds);
                let of_kind: Vec<Edit> =
                    possible.iter().copied().filter(|edit| edit.kind() == kind).collect();
                // Half of the time, what is missing comes back.
                let made: Vec<Edit> = of_kind.iter().copied().filter(|edit| next.contains(edit)).collect();
                let undoes = !made.is_empty() && Dice(runner.rng()).percent(50);
                let edit = *Dice(runner.rng()).pick(if undoes { &made } else { &of_kind });
                if !next.remove(&edit) {
                    next.insert(edit);
                }
            }
            let new = edited(self.subject, &next).filter(|_| next != *edits);
            let old = edited(self.subject, edits).and_then(|old| old.fingerprint());
            if let Some(model) = new.filter(|new| new.fingerprint() != old) {
                return (next, model);
            }
        }
    }

    pub(super) fn fails(&self, edits: &BTreeSet<Edit>, reason: &str) -> ! {
        panic!("{reason}\nthe edits: {edits:?}\nthe model: {}", self.subject)
    }

    /// Some events of the whole model. What the model of the moment refuses is left out.
    pub(super) async fn insert(&mut self, runner: &mut TestRunner) {
        let case = streams::cases(self.subject).new_tree(runner).expect("a case").current();
        let case = case.mended(self.subject);
        let table = self.events.clone();
        let separate = self.subject.model.tagging.column().is_some();
        let target =
            Target { table: &table, id_type: self.subject.id.sql(), layout: self.subject.layout, separate };
        for (id, events) in &case.streams {
            for event in events {
                let log = self.logs.entry(id.clone()).or_default();
                let sequence = i32::try_from(log.len()).expect("a short stream") + 1;
                let event = Event { sequence, ..event.clone() };
                // Mostly what the whole model accepts, so that most models fold the log.
                let next: Vec<&Event> = log.iter().chain([&event]).collect();
                if fold(self.subject, &next, |_| {}).is_err() && Dice(runner.rng()).percent(95) {
                    continue;
                }
                let row = [Row { id: id.clone(), event: &event }];
                // Also within a transaction, a refused event does no harm.
                let mut transaction = self.connection.begin().await.expect("a savepoint");
                let outcome = match insert(&mut transaction, &target, Form::Single, &row).await {
                    // As at a commit.
                    Ok(()) => run(&mut transaction, "SET CONSTRAINTS ALL IMMEDIATE").await,
                    Err(error) => Err(error),
                };
                let outcome = match outcome {
                    Ok(()) => transaction.commit().await,
                    Err(error) => transaction.rollback().await.and(Err(error)),
                };
                *self
                    .counts
                    .entry(if outcome.is_ok() { "events" } else { "refused events" }.into())
                    .or_default() += 1;
                if outcome.is_ok() {
                    self.logs.entry(id.clone()).or_default().push(event);
                }
            }
        }
    }

    /// Changes the rollup, unless the events do not fold under the new model; whether it did.
    async fn change(
        &mut self,
        old: (&Model, &BTreeSet<Edit>),
        new: (&Model, &BTreeSet<Edit>),
        runner: &mut TestRunner,
    ) -> bool {
        let ((old, was), (new, is)) = (old, new);
        let context = format!("from {was:?}\nto {is:?}");
        assert!(evolve::diff(old, old).expect("the same").changes.is_empty(), "{context}");
        let diff = match evolve::diff(old, new) {
            Ok(diff) => diff,
            Err(refused) => panic!("{refused}\n{context}\nthe model: {}", self.subject),
        };
        assert!(!diff.changes.is_empty(), "nothing to say\n{context}\nthe model: {}", self.subject);
        let mut alteration = diff.alteration.clone();
        if let Some(fault) = self.fault {
            fault.plant(&mut alteration);
        }
        let up = emit::change(old, new, &alteration);
        let expected = self.installed(old, new, false).await;
        let (before, places) = (self.hung(old).await, self.places(old).await);
        let earlier = followed(self.earlier(old).await, old, new);
        // At once, or the rows are filled afterwards, if they can be.
        let fills = Dice(runner.rng()).percent(50) && alteration.fillable;
        let limit = if fills { "0" } else { "1000000" };
        let up = format!("SET LOCAL es_rollup.history_limit = {limit};\n{up}");
        let renames = renames(&diff);
        // With a column that gets another name, an index that was built before is not the one of the change.
        let mut built = if renames == 0 { self.build(new, runner).await } else { Vec::new() };
        self.archive(old, runner).await;
        let mut outcome = self.alter(old, &up, false).await;
        let is_filling = outcome.is_ok() && self.is_filling(new).await;
        let mut expected = expected;
        if is_filling {
            built.extend(self.build(new, runner).await);
            self.fill_some(new, expected.is_ok(), runner).await;
            expected = self.installed(new, new, false).await;
            outcome = run(self.connection, &format!("CALL {}()", function(new, "fill"))).await;
            *self.counts.entry("filled".into()).or_default() += 1;
            if outcome.is_err() {
                self.back(old, new, &context).await;
            }
        }
        if let (Err(error), Ok(())) = (&expected, &outcome)
            && self.is_of_ended(new, error).await
        {
            self.leave(old, new, &context).await;
            return false;
        }
        match (&expected, &outcome) {
            (Ok(expected), Ok(())) => {
                // A new installation over it changes nothing.
                if Dice(runner.rng()).percent(20) {
                    run(self.connection, &install(new)).await.expect("it is installed already");
                }
                let found = self.state(new).await;
                let context = format!("{context}\n{:?}", diff.alteration);
                self.same(expected, &found, &context);
                self.hold(new, &context).await;
                assert_eq!(self.earlier(new).await, earlier, "{context}");
            }
            (Err(expected), Err(error)) => {
                // Of several errors, a change may meet another one first.
                let is_refusal = |error| ["RU", "23"].iter().any(|class| code(error).starts_with(class));
                assert!(
                    is_refusal(expected) && is_refusal(error),
                    "a new installation: {expected}\nthe change: {error}\n{context}\nthe model: {}",
                    self.subject
                );
                *self.counts.entry("refused by both".into()).or_default() += 1;
                for index in built {
                    let dropped = format!("DROP INDEX IF EXISTS {index}");
                    run(self.connection, &dropped).await.expect("it is dropped, if it is there");
                }
                return false;
            }
            _ => panic!(
                "a new installation: {:?}\nthe change: {outcome:?}\n{context}\n{:?}\nthe model: {}",
                expected.map(|_| ()),
                diff.alteration,
                self.subject
            ),
        }
        assert_eq!(self.hung(new).await, before, "{context}");
        self.stay(&places, new, &context).await;
        self.count(&diff, is_filling, &context);
        self.revert(old, new, &context, runner).await;
        true
    }

    /// Counts what a change was made of.
    fn count(&mut self, diff: &Diff, is_filling: bool, context: &str) {
        let renames = renames(diff);
        for change in &diff.changes {
            let (what, class) = (change.what.word(), change.class.word());
            let counted = match change.sign {
                Sign::Added | Sign::Removed | Sign::Changed => {
                    format!("{} {what} {class}", change.sign.character())
                }
                Sign::Renamed => format!("renamed {what}"),
                Sign::RenamedBack => format!("renamed {what} back"),
            };
            *self.counts.entry(counted).or_default() += 1;
        }
        if renames > 0 {
            let alone = renames == diff.changes.len();
            let counted = if alone { "renamed and nothing else" } else { "renamed and more" };
            *self.counts.entry(counted.into()).or_default() += 1;
            if alone {
                assert_eq!(diff.alteration.touched, Touched::Nobody, "{context}");
            }
            if is_filling {
                *self.counts.entry("renamed and filled".into()).or_default() += 1;
            }
        }
        let folded = format!("{:?}", diff.alteration.touched);
        let folded = folded.split('(').next().unwrap_or_default();
        *self.counts.entry(format!("folded {folded}")).or_default() += 1;
        if diff.changes.iter().all(|change| change.class == Class::Additive) {
            assert_eq!(folded, "Nobody", "{context}");
        }
    }

    /// The way back after some more events, of which nothing is kept.
    async fn revert(&mut self, old: &Model, new: &Model, context: &str, runner: &mut TestRunner) {
        let down = evolve::migration(new, old).expect("the way back");
        run(self.connection, "BEGIN").await.expect("a transaction");
        let logs = self.logs.clone();
        if Dice(runner.rng()).percent(50) {
            self.insert(runner).await;
        }
        self.logs = logs;
        let expected = self.installed(new, old, true).await;
        let (hung, places) = (self.hung(new).await, self.places(new).await);
        let earlier = followed(self.earlier(new).await, new, old);
        // As at a commit.
        self.archive(new, runner).await;
        let outcome = self.alter(new, &format!("{down};\nSET CONSTRAINTS ALL IMMEDIATE"), true).await;
        let is_of_ended = match (&expected, &outcome) {
            (Err(error), Ok(())) => self.is_of_ended(old, error).await,
            (Ok(_), Ok(()) | Err(_)) | (Err(_), Err(_)) => false,
        };
        match (&expected, outcome) {
            (Err(_), Ok(())) if is_of_ended => self.verify(old, context).await,
            (Ok(expected), Ok(())) => {
                let (found, back) = (self.state(old).await, format!("back\n{context}"));
                self.same(expected, &found, &back);
                self.hold(old, &back).await;
                assert_eq!(self.earlier(old).await, earlier, "{back}");
                assert_eq!(self.hung(old).await, hung, "{back}");
                self.stay(&places, old, &back).await;
                *self.counts.entry("reverted".into()).or_default() += 1;
            }
            (Err(_), Err(_)) => *self.counts.entry("not reverted by both".into()).or_default() += 1,
            (expected, outcome) => panic!(
                "a new installation: {:?}\nthe way back: {:?}\n{context}\nthe model: {}",
                expected.as_ref().map(|_| ()),
                outcome,
                self.subject
            ),
        }
        run(self.connection, "ROLLBACK").await.expect("it is rolled back");
    }
}

/// How many of the changes give something another name.
fn renames(diff: &Diff) -> usize {
    let is_rename = |change: &&Change| matches!(change.sign, Sign::Renamed | Sign::RenamedBack);
    diff.changes.iter().filter(is_rename).count()
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned()
}

/// A function of a rollup, or a table that exists only while it is filled.
pub(super) fn function(model: &Model, suffix: &str) -> String {
    let name = format!("{}_{suffix}", model.root.table.name).replace('"', "\"\"");
    format!("\"{}\".\"{name}\"", model.root.table.schema)
}
