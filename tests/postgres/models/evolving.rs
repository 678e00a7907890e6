//! Histories of models: a rollup that is changed from model to model, with events in between, is at each of them what it
//! would be if that model had been installed over the same events. The rows are, and all that the catalog says of its
//! tables, functions and triggers.
//!
//! `ES_ROLLUP_HISTORIES` is how many random histories a run has, and `PROPTEST_RNG_SEED` repeats one.

use super::edits::{Edit, all, edited};
use super::generate::{self, Dice};
use super::reference::fold;
use super::streams;
use super::subject::Subject;
use super::{database, from_environment};
use crate::layout::{OTHERWISE, Target};
use crate::parity::case::Event;
use crate::parity::insertion::{Form, Row, insert};
use es_rollup_core::emit::{self, qualified};
use es_rollup_core::evolve::{self, Alteration, Class, Touched};
use es_rollup_core::model::{Model, Tagging};
use es_rollup_test_server::{Database, needs_several_connections};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::runtime::Runtime;

/// How many histories a run has by default, and how many have met everything.
const HISTORIES: usize = 16;
const LONG: usize = 300;

/// How many changes a history has.
const CHANGES: usize = 4;

/// How often something was tried.
type Counts = BTreeMap<String, u64>;

/// One history of a subject, in a database with its event table.
struct Story<'a> {
    subject: &'a Subject,
    connection: &'a mut PgConnection,
    events: String,
    /// The events of each entity.
    logs: BTreeMap<String, Vec<Event>>,
    counts: &'a mut Counts,
    /// What the changes forget.
    fault: Option<Fault>,
}

/// Something that a change could forget.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// To fold anything again.
    Touched,
    /// To fold the entities again that have an event of one of the types.
    OneType,
    /// To refuse stored events that the new model does not know.
    Unknown,
    Created,
    Dropped,
    Added,
    Removed,
    Retyped,
    Relisted,
    Loosened,
    Tightened,
    Unconstrained,
    Constrained,
}

impl Fault {
    const ALL: [Self; 13] = [
        Self::Touched,
        Self::OneType,
        Self::Unknown,
        Self::Created,
        Self::Dropped,
        Self::Added,
        Self::Removed,
        Self::Retyped,
        Self::Relisted,
        Self::Loosened,
        Self::Tightened,
        Self::Unconstrained,
        Self::Constrained,
    ];

    /// The alteration without it.
    fn plant(self, alteration: &mut Alteration) {
        let Alteration { tables, created, dropped, unknown, touched } = alteration;
        match self {
            Self::Touched => *touched = Touched::Nobody,
            Self::OneType => {
                if let Touched::Among(tags) = touched {
                    tags.remove(0);
                }
            }
            Self::Unknown => *unknown = None,
            Self::Created => created.clear(),
            Self::Dropped => dropped.clear(),
            Self::Added => tables.iter_mut().for_each(|table| table.added.clear()),
            Self::Removed => tables.iter_mut().for_each(|table| table.removed.clear()),
            Self::Retyped => tables.iter_mut().for_each(|table| table.retyped.clear()),
            Self::Relisted => tables.iter_mut().for_each(|table| table.relisted.clear()),
            Self::Loosened => tables.iter_mut().for_each(|table| table.loosened.clear()),
            Self::Tightened => tables.iter_mut().for_each(|table| table.tightened.clear()),
            Self::Unconstrained => tables.iter_mut().for_each(|table| table.unconstrained.clear()),
            Self::Constrained => tables.iter_mut().for_each(|table| table.constrained.clear()),
        }
    }
}

/// Histories in which each change forgets something, until one of them fails.
#[test]
fn what_a_change_forgets_is_noticed() {
    needs_several_connections!();
    // Some of them need hundreds of histories: those are for a long run.
    let all = std::env::var("ES_ROLLUP_MUTATIONS").is_ok_and(|which| which == "all");
    let (faults, most) = if all { (&Fault::ALL[..], 400) } else { (&Fault::ALL[..5], 20) };
    let runtime = Runtime::new().expect("a runtime");
    let tagging = Tagging::Internal { tag: "type".into() };
    for fault in faults.iter().copied() {
        let fails = |number: usize| {
            let database = runtime.block_on(database());
            let told = catch_unwind(AssertUnwindSafe(|| {
                tell(
                    &runtime,
                    &database,
                    &tagging,
                    number,
                    77 + number as u64,
                    Some(fault),
                    &mut Counts::new(),
                );
            }));
            runtime.block_on(database.close());
            told.is_err()
        };
        let tries = (0..most).position(fails);
        println!("{fault:?} is noticed after {tries:?} histories");
        assert!(tries.is_some(), "{fault:?} is not noticed");
    }
}

#[test]
fn internally_tagged_models_change_into_each_other() {
    needs_several_connections!();
    prove(&Tagging::Internal { tag: "type".into() });
}

#[test]
fn adjacently_tagged_models_change_into_each_other() {
    needs_several_connections!();
    prove(&Tagging::Adjacent { tag: "kind".into(), content: "data".into() });
}

#[test]
fn models_whose_tag_is_a_column_change_into_each_other() {
    needs_several_connections!();
    prove(&Tagging::Separate { column: OTHERWISE.event_type.into() });
}

#[test]
fn externally_tagged_models_change_into_each_other() {
    needs_several_connections!();
    prove(&Tagging::External);
}

/// Random histories of models with one tagging: a quarter of them.
fn prove(tagging: &Tagging) {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(database());
    let seed = match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => TestRunner::default().rng().next_u64(),
    };
    let mut counts = Counts::new();
    let histories = from_environment("ES_ROLLUP_HISTORIES", HISTORIES);
    for number in 0..histories.div_ceil(4) {
        let seed = seed.wrapping_add(number as u64);
        println!("{tagging:?}, PROPTEST_RNG_SEED={seed}");
        tell(&runtime, &database, tagging, number, seed, None, &mut counts);
    }
    println!("{counts:#?}");
    if histories >= LONG {
        let never: Vec<&str> = DRAWN.into_iter().filter(|what| !counts.contains_key(*what)).collect();
        assert!(never.is_empty(), "PROPTEST_RNG_SEED={seed}: never drawn: {never:?}");
    }
    runtime.block_on(database.close());
}

/// One random history.
fn tell(
    runtime: &Runtime,
    database: &Database,
    tagging: &Tagging,
    number: usize,
    seed: u64,
    fault: Option<Fault>,
    counts: &mut Counts,
) {
    let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
    let mut runner = TestRunner::new(config);
    // Others than those of the random models.
    let subject = generate::subject(number + 3, tagging.clone(), &mut Dice(runner.rng()));
    runtime.block_on(async {
        let mut connection = PgConnection::connect(database.url()).await.expect("a connection");
        let mut story = Story::begin(&subject, &mut connection, counts, fault).await;
        story.tell(&mut runner).await;
        story.end().await;
    });
}

/// What a long run meets.
const DRAWN: [&str; 25] = [
    "+ event additive",
    "- event breaking",
    "~ event refold",
    "+ column additive",
    "+ column refold",
    "- column breaking",
    "~ column breaking",
    "~ column definition",
    "+ view refold",
    "- view breaking",
    "+ history refold",
    "- history breaking",
    "+ check refold",
    "- check definition",
    "+ unique definition",
    "- unique definition",
    "+ index definition",
    "- index definition",
    "~ trigger definition",
    "refused by both",
    "reverted",
    "not reverted by both",
    "folded Nobody",
    "folded Among",
    "folded Everybody",
];

impl<'a> Story<'a> {
    async fn begin(
        subject: &'a Subject,
        connection: &'a mut PgConnection,
        counts: &'a mut Counts,
        fault: Option<Fault>,
    ) -> Self {
        let events = qualified(&subject.model.store.table);
        run(connection, &subject.layout.event_table(&events, subject.id.sql()))
            .await
            .expect("the event table");
        Self { subject, connection, events, logs: BTreeMap::new(), counts, fault }
    }

    async fn end(self) {
        run(self.connection, &format!("DROP TABLE {} CASCADE", self.events)).await.expect("it is dropped");
    }

    /// Installs a random model of the history, and changes it.
    async fn tell(&mut self, runner: &mut TestRunner) {
        let possible = all(self.subject);
        let mut edits = BTreeSet::new();
        for edit in &possible {
            let mut next = edits.clone();
            next.insert(*edit);
            // Of what there is only one, enough has to be missing to come.
            let percent = match edit {
                Edit::View(_) | Edit::Constraint(..) | Edit::History | Edit::Trigger | Edit::Wide => 30,
                Edit::Variant(_)
                | Edit::Bare(_)
                | Edit::Sibling(_)
                | Edit::Aliases
                | Edit::Column(_)
                | Edit::Apart(_)
                | Edit::ColumnOfView(..)
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
        let revert = emit::text(&model, emit::revert(&model));
        run(self.connection, "DROP VIEW IF EXISTS of_somebody").await.expect("the view is dropped");
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

    fn fails(&self, edits: &BTreeSet<Edit>, reason: &str) -> ! {
        panic!("{reason}\nthe edits: {edits:?}\nthe model: {}", self.subject)
    }

    /// What people hang on a table.
    async fn hang(&mut self, model: &Model) {
        let rollup = qualified(&model.root.table);
        let sql = format!(
            "GRANT SELECT ON {rollup} TO PUBLIC;
             GRANT SELECT (version) ON {rollup} TO pg_monitor;
             COMMENT ON COLUMN {rollup}.version IS 'of somebody';
             CREATE VIEW of_somebody AS SELECT id, version FROM {rollup};
             CREATE INDEX of_somebody_index ON {rollup} ((version + 1));
             ALTER TABLE {rollup} ALTER COLUMN version SET STATISTICS 7;
             CREATE POLICY of_somebody ON {rollup} USING (version > 0);
             ALTER TABLE {rollup} ENABLE ROW LEVEL SECURITY"
        );
        run(self.connection, &sql).await.expect("it is made");
    }

    /// What they find there.
    async fn hung(&mut self, model: &Model) -> Vec<String> {
        let rollup = qualified(&model.root.table);
        let sql = "SELECT concat_ws(' ', c.relacl, c.relrowsecurity, a.attacl, a.attstattarget,
                     col_description(c.oid, a.attnum), to_regclass('of_somebody'),
                     (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid),
                     (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indexprs IS NOT NULL))
                   FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = 'version'
                   WHERE c.oid = $1::regclass";
        sqlx::query_scalar(sql).bind(rollup).fetch_all(&mut *self.connection).await.expect("the catalog")
    }

    /// Some events of the whole model. What the model of the moment refuses is left out.
    async fn insert(&mut self, runner: &mut TestRunner) {
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
                let outcome = insert(&mut transaction, &target, Form::Single, &row).await;
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
        let before = self.hung(old).await;
        let outcome = run(self.connection, &up).await;
        match (&expected, &outcome) {
            (Ok(expected), Ok(())) => {
                let found = self.state(new).await;
                self.same(expected, &found, &format!("{context}\n{:?}", diff.alteration));
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
        for change in &diff.changes {
            let counted = format!("{} {} {}", change.sign.character(), change.what, change.class.word());
            *self.counts.entry(counted).or_default() += 1;
        }
        let folded = format!("{:?}", diff.alteration.touched);
        let folded = folded.split('(').next().unwrap_or_default();
        *self.counts.entry(format!("folded {folded}")).or_default() += 1;
        if diff.changes.iter().all(|change| change.class == Class::Additive) {
            assert_eq!(folded, "Nobody", "{context}");
        }
        self.revert(old, new, &context, runner).await;
        true
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
        // As at a commit.
        let outcome = run(self.connection, &format!("{down};\nSET CONSTRAINTS ALL IMMEDIATE")).await;
        match (&expected, outcome) {
            (Ok(expected), Ok(())) => {
                let found = self.state(old).await;
                self.same(expected, &found, &format!("back\n{context}"));
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

    /// What a new installation of a model would make of the same events, of which nothing is kept.
    async fn installed(
        &mut self,
        old: &Model,
        new: &Model,
        inside: bool,
    ) -> Result<Vec<String>, sqlx::Error> {
        // Within a transaction or not.
        run(self.connection, "BEGIN; SAVEPOINT before").await.expect("a transaction");
        let revert = emit::text(old, emit::revert(old));
        let prepare = format!("DROP VIEW of_somebody;\n{revert};\nSAVEPOINT reverted");
        run(self.connection, &prepare).await.expect("it is reverted");
        let mut outcome = run(self.connection, &install(new)).await;
        if outcome.is_err() && new.has_delete() && new.history.is_none() && !new.views.is_empty() {
            run(self.connection, "ROLLBACK TO SAVEPOINT reverted").await.expect("a savepoint");
            outcome = self.without_ended(new).await;
        }
        let outcome = match outcome.and(run(self.connection, "SET CONSTRAINTS ALL IMMEDIATE").await) {
            Ok(()) => Ok(self.state(new).await),
            Err(error) => Err(error),
        };
        let end = if inside { "ROLLBACK TO SAVEPOINT before" } else { "ROLLBACK" };
        run(self.connection, end).await.expect("it is rolled back");
        outcome
    }

    /// Installs a model over the events of entities that have not ended. An installation refuses what a view refuses of
    /// the others too, but a change finds them ended, and has nothing to fold.
    async fn without_ended(&mut self, model: &Model) -> Result<(), sqlx::Error> {
        let root = Model { views: Vec::new(), ..model.clone() };
        run(self.connection, &install(&root)).await?;
        let store = &model.store;
        let filter = store.filter.iter();
        let filter = filter.map(|filter| {
            format!(" AND e.{} = '{}'", ident(&filter.column), filter.value.replace('\'', "''"))
        });
        let delete = format!(
            "DELETE FROM {} AS e WHERE NOT EXISTS (SELECT FROM {} AS r WHERE r.id = e.{}){}",
            self.events,
            qualified(&model.root.table),
            ident(&store.id),
            filter.collect::<String>()
        );
        run(self.connection, &delete).await?;
        run(self.connection, &emit::text(&root, emit::revert(&root))).await?;
        run(self.connection, &install(model)).await
    }

    /// The rollup is what a new installation would make of the events.
    async fn is_installed(&mut self, model: &Model, edits: &BTreeSet<Edit>) {
        let expected = match self.installed(model, model, false).await {
            Ok(expected) => expected,
            Err(error) => self.fails(edits, &error.to_string()),
        };
        let found = self.state(model).await;
        self.same(&expected, &found, &format!("{edits:?}"));
    }

    fn same(&self, expected: &[String], found: &[String], context: &str) {
        let only = |these: &[String], others: &[String]| {
            let only = these.iter().filter(|line| !others.contains(line));
            let lines = only.map(|line| line.chars().take(1_500).collect::<String>());
            lines.collect::<Vec<_>>().join("\n  ")
        };
        assert!(
            expected == found,
            "only in a new installation:\n  {}\nonly after the changes:\n  {}\n{context}\nthe model: {}",
            only(expected, found),
            only(found, expected),
            self.subject
        );
    }

    /// All rows, and what the catalog says, without what is somebody else's. Nothing depends on the order of columns.
    async fn state(&mut self, model: &Model) -> Vec<String> {
        let mut state = Vec::new();
        for view in model.tables() {
            let table = qualified(&view.table);
            let sql = format!("SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&mut *self.connection)
                .await
                .expect("the rows");
            *self.counts.entry("rows".into()).or_default() += rows.len() as u64;
            state.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
        }
        let name = &model.root.table.name;
        let catalog = sqlx::query_scalar(CATALOG)
            .bind(&model.root.table.schema)
            .bind(name)
            .bind(qualified(&model.store.table))
            .fetch_all(&mut *self.connection);
        let catalog: Vec<String> = catalog.await.expect("the catalog");
        state.extend(catalog);
        state
    }
}

/// What the catalog says of everything whose name begins with that of the rollup, and of the triggers.
const CATALOG: &str = "
WITH named AS (
  SELECT c.* FROM pg_class AS c
  WHERE c.relnamespace = $1::regnamespace AND starts_with(c.relname, $2) AND c.relname NOT LIKE '%events'
)
SELECT concat_ws(' ', 'relation', n.relname, n.relkind, n.reloptions, obj_description(n.oid, 'pg_class')) FROM named AS n
UNION ALL
SELECT concat_ws(' ', 'column', n.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
  a.attcollation::regcollation)
FROM named AS n JOIN pg_attribute AS a ON a.attrelid = n.oid
WHERE n.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'constraint', n.relname, o.conname, pg_get_constraintdef(o.oid), o.condeferrable, o.condeferred)
FROM named AS n JOIN pg_constraint AS o ON o.conrelid = n.oid
WHERE o.contype <> 'n'
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid)
FROM named AS n JOIN pg_index AS i ON i.indrelid = n.oid
WHERE i.indexprs IS NULL
UNION ALL
SELECT concat_ws(' ', 'function', p.oid::regprocedure, pg_get_function_result(p.oid), p.proconfig, p.proacl,
  p.prosecdef, p.provolatile, p.prosrc)
FROM pg_proc AS p
WHERE p.pronamespace = $1::regnamespace AND starts_with(p.proname, $2)
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled)
FROM pg_trigger AS t
WHERE t.tgrelid = $3::regclass AND NOT t.tgisinternal
ORDER BY 1";

fn install(model: &Model) -> String {
    emit::text(model, emit::migration(model))
}

/// Runs SQL of one or several statements, in one transaction.
async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(sql.to_string())).await.map(drop)
}

fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(DatabaseError::code).unwrap_or_default().into_owned()
}
