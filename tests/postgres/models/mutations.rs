//! Would the tests notice? Each mutation is a mistake that the emitter could have made: a text that it emits with
//! another in its place. Models get migrations with the mistake in them, their streams are inserted and compared
//! with the reference as ever, until one differs.
//!
//! `list` has the mutations, by the file of the emitter that each stands for. One that fits no model's migration
//! is a mistake in the list; one of which nobody notices anything is a hole in the tests, unless it stands in
//! [`SURVIVORS`](list::SURVIVORS) with the reason why it changes no result. What only several writers at a time
//! bring to light, or a table of another form, is left to tests that are written for it: [`list::BY_TESTS`] names
//! the test, which is run with the mutation in a process of its own and has to fail.
//!
//! A few are tried by default. `ES_ROLLUP_MUTATIONS=all` tries all, checks that survivors do survive, and prints a
//! table, which takes the better part of an hour on two processors, since survivors are tried on everything; any other
//! value tries those whose name contains it. `ES_ROLLUP_MUTATION` with a name puts the mutation into every migration
//! that the tests apply: `ES_ROLLUP_MUTATION='write.rs: …' cargo test --test postgres` says who notices it.

mod list;
pub(crate) mod rewrite;
mod trials;

use super::{database, drop_ordered_otherwise, ordered_otherwise};
use crate::fixtures::{AccountEvent, LedgerEvent, MemberEvent, UserEvent};
use es_rollup::Rollup as _;
use es_rollup_test_server::{Database, needs_several_connections};
use rewrite::rewrite;
use sqlx::PgPool;
use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};
use trials::Trial;

/// A mistake: what stands in the emitted text, and what stands there instead.
#[derive(Debug)]
pub(crate) struct Mutation {
    name: &'static str,
    finds: &'static str,
    puts: &'static str,
}

impl Mutation {
    fn applied<'t>(&self, sql: &'t str) -> Cow<'t, str> {
        rewrite(sql, self.finds, self.puts)
    }
}

/// Who is expected to notice.
#[derive(Clone, Copy)]
enum Expected {
    Comparison,
    Test(&'static str),
    /// For this reason.
    Nobody(&'static str),
}

/// What came of a mutation.
enum Outcome {
    Noticed(String),
    Survives,
    /// No migration has what it replaces.
    Vacuous,
    /// The server cannot show it.
    Untried,
}

impl fmt::Display for Outcome {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Noticed(by) => out.write_str(by),
            Self::Survives => out.write_str("SURVIVES"),
            Self::Vacuous => out.write_str("FITS NOTHING"),
            Self::Untried => out.write_str("not tried: no ICU collations"),
        }
    }
}

fn all() -> impl Iterator<Item = (&'static Mutation, Expected)> {
    let compared = list::BY_COMPARISON.into_iter().flatten().map(|mutation| (mutation, Expected::Comparison));
    let tested =
        list::BY_TESTS.into_iter().flatten().map(|(mutation, test)| (mutation, Expected::Test(test)));
    let surviving = list::SURVIVORS.iter().map(|(mutation, reason)| (mutation, Expected::Nobody(reason)));
    compared.chain(tested).chain(surviving)
}

/// The SQL with the mutation in it that `ES_ROLLUP_MUTATION` asks for.
pub(crate) fn asked_for(sql: &str) -> Cow<'_, str> {
    let Ok(name) = std::env::var("ES_ROLLUP_MUTATION") else { return Cow::Borrowed(sql) };
    let (mutation, _) =
        all().find(|(mutation, _)| mutation.name == name).unwrap_or_else(|| panic!("no mutation is {name}"));
    mutation.applied(sql)
}

/// Databases of a worker's own, and what it tries there.
struct Bench {
    outer: Database,
    /// Where text is ordered otherwise, once somebody asks; empty where the server has no such order.
    icu: OnceCell<Vec<PgPool>>,
    trials: Vec<Trial>,
    /// Whether the trial is passed by what is not mutated.
    controls: Vec<OnceCell<()>>,
}

impl Bench {
    async fn new() -> Self {
        let trials: Vec<Trial> = trials::all().collect();
        let controls = trials.iter().map(|_| OnceCell::new()).collect();
        Self { outer: database().await, icu: OnceCell::new(), trials, controls }
    }

    async fn close(self) {
        for pool in self.icu.into_inner().into_iter().flatten() {
            drop_ordered_otherwise(&self.outer, pool).await;
        }
        self.outer.close().await;
    }

    async fn compared(&self, mutation: &Mutation) -> Outcome {
        let mut fits = false;
        for (trial, control) in self.trials.iter().zip(&self.controls) {
            if !trial.is_changed_by(mutation) {
                continue;
            }
            fits = true;
            let pool = if trial.is_ordered_otherwise() {
                if self.icu.get().is_none() {
                    let pool = ordered_otherwise(&self.outer).await;
                    self.icu.get_or_init(|| pool.into_iter().collect());
                }
                let Some([pool]) = self.icu.get().map(Vec::as_slice) else { return Outcome::Untried };
                pool
            } else {
                self.outer.pool()
            };
            let Err(reason) = trial.run(pool, Some(mutation)).await else { continue };
            if control.get().is_none() {
                if let Err(reason) = trial.run(pool, None).await {
                    panic!("{trial} fails without any mutation: {reason}");
                }
                control.get_or_init(|| ());
            }
            println!(
                "{}: {trial}: {}",
                mutation.name,
                reason.lines().take(4).collect::<Vec<_>>().join(" | ")
            );
            return Outcome::Noticed(trial.to_string());
        }
        if fits { Outcome::Survives } else { Outcome::Vacuous }
    }

    /// Runs a test of this program in a process of its own, on the same server: whether it fails.
    fn fails(&self, test: &str, mutation: Option<&Mutation>) -> bool {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.args(["--exact", test]).env("ES_ROLLUP_SERVER", "url").env("DATABASE_URL", self.outer.url());
        command.env_remove("ES_ROLLUP_MUTATION");
        command.envs(mutation.map(|mutation| ("ES_ROLLUP_MUTATION", mutation.name)));
        let output = command.output().expect("the program runs");
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(said.contains("running 1 test\n"), "there is no test {test}: {said}");
        !output.status.success()
    }

    fn tested(&self, mutation: &Mutation, test: &'static str) -> Outcome {
        if !self.fails(test, Some(mutation)) {
            return Outcome::Survives;
        }
        assert!(!self.fails(test, None), "{test} fails without any mutation");
        Outcome::Noticed(test.into())
    }

    async fn outcome(&self, mutation: &Mutation, expected: Expected) -> Outcome {
        match expected {
            Expected::Comparison | Expected::Nobody(_) => self.compared(mutation).await,
            Expected::Test(test) => self.tested(mutation, test),
        }
    }
}

/// Tries mutations until none is left; each with its place in the list.
#[tokio::main]
async fn work(
    queue: &AtomicUsize,
    chosen: &[(&'static Mutation, Expected)],
) -> Vec<(usize, Outcome, Duration)> {
    let bench = Bench::new().await;
    let mut outcomes = Vec::new();
    loop {
        let at = queue.fetch_add(1, Ordering::Relaxed);
        let Some((mutation, expected)) = chosen.get(at) else { break };
        let begun = Instant::now();
        let outcome = bench.outcome(mutation, *expected).await;
        outcomes.push((at, outcome, begun.elapsed()));
    }
    bench.close().await;
    outcomes
}

#[test]
fn mistakes_of_the_emitter_are_noticed() {
    needs_several_connections!();
    let wanted = std::env::var("ES_ROLLUP_MUTATIONS").ok();
    let is_chosen = |mutation: &Mutation| match wanted.as_deref() {
        None => list::BY_DEFAULT.contains(&mutation.name),
        Some("all") => true,
        Some(part) => mutation.name.contains(part),
    };
    let chosen: Vec<_> = all().filter(|(mutation, _)| is_chosen(mutation)).collect();
    // The other tests need the processors too.
    let workers =
        if wanted.is_some() { std::thread::available_parallelism().map_or(1, usize::from) } else { 1 };
    let queue = AtomicUsize::new(0);
    let mut outcomes: Vec<(usize, Outcome, Duration)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(|| work(&queue, &chosen))).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("the mutations are tried")).collect()
    });
    outcomes.sort_by_key(|(at, ..)| *at);
    let (mut noticed, mut surviving, mut wrong) = (0, 0, Vec::new());
    for (at, outcome, time) in &outcomes {
        let (Mutation { name, .. }, expected) = chosen[*at];
        let by = match (outcome, expected) {
            (Outcome::Survives, Expected::Nobody(reason)) => format!("survives: {reason}"),
            (outcome, _) => outcome.to_string(),
        };
        println!("{name:<62} | {by} | {:.1} s", time.as_secs_f64());
        match (outcome, expected) {
            (Outcome::Noticed(_), Expected::Comparison | Expected::Test(_)) => noticed += 1,
            (Outcome::Survives, Expected::Nobody(_)) => surviving += 1,
            (Outcome::Untried, _) => {}
            (outcome, _) => wrong.push(format!("{name}: {outcome}")),
        }
    }
    println!("{} mutations, {noticed} noticed, {surviving} survive as listed", outcomes.len());
    assert!(wrong.is_empty(), "not noticed, or noticed against all expectation: {wrong:#?}");
    assert!(!outcomes.is_empty(), "no mutation is called so");
}

#[test]
fn mutations_have_names_of_their_own() {
    let mut names: Vec<&str> = all().map(|(mutation, _)| mutation.name).collect();
    assert!(list::BY_DEFAULT.iter().all(|name| names.contains(name)), "one by default is none");
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count);
}

/// A pattern that fits nothing any more would only be noticed in a run of all mutations.
#[test]
fn every_mutation_fits_a_migration() {
    let written = [
        UserEvent::MIGRATION_SQL,
        AccountEvent::MIGRATION_SQL,
        LedgerEvent::MIGRATION_SQL,
        MemberEvent::MIGRATION_SQL,
    ];
    let trials: Vec<Trial> = trials::all().collect();
    let fits = |(mutation, expected): &(&Mutation, Expected)| {
        let fits_written = || written.iter().any(|sql| matches!(mutation.applied(sql), Cow::Owned(_)));
        let is_tried = || trials.iter().any(|trial| trial.is_changed_by(mutation));
        match expected {
            Expected::Comparison | Expected::Nobody(_) => is_tried(),
            Expected::Test(_) => fits_written() || is_tried(),
        }
    };
    let stale = all().filter(|one| !fits(one)).map(|(mutation, _)| mutation.name);
    let stale: Vec<&str> = stale.collect();
    assert!(stale.is_empty(), "these fit nothing: {stale:#?}");
}

/// A migration that is applied past [`asked_for`] would be right whatever the mutation.
#[test]
fn every_migration_that_a_test_applies_can_be_mutated() {
    let mut past = Vec::new();
    let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres"))];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the tests") {
            let path = entry.expect("a file").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("a test");
            let applies = |line: &&str| {
                let constant = line.contains("::MIGRATION_SQL") || line.contains("::REVERT_SQL");
                constant && [".execute(", "query(", "raw_sql("].iter().any(|call| line.contains(call))
            };
            let lines = source.lines().zip(1..).filter(|(line, _)| applies(line));
            past.extend(lines.map(|(line, at)| format!("{}:{at}: {}", path.display(), line.trim())));
        }
    }
    assert!(past.is_empty(), "write `run(…)` or `migration::<…>()`: {past:#?}");
}
