//! Histories of models: a rollup that is changed from model to model, with events in between, is at each of them what it
//! would be if that model had been installed over the same events. The rows are, and all that the catalog says of its
//! tables, functions and triggers.
//!
//! `ES_ROLLUP_HISTORIES` is how many random histories a run has, and `PROPTEST_RNG_SEED` repeats one.

mod archived;
mod earlier;
mod fault;
mod filled;
mod hung;
mod installation;
mod story;

use super::generate::{self, Dice};
use super::{database, from_environment};
use crate::layout::OTHERWISE;
use es_rollup_core::model::Tagging;
use es_rollup_test_server::{Database, needs_several_connections};
use fault::Fault;
use proptest::prelude::Rng as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sqlx::{Connection, PgConnection};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use story::Story;
use tokio::runtime::Runtime;

/// How many histories a run has by default, and how many have met everything.
const HISTORIES: usize = 8;
const LONG: usize = 300;

/// How often something was tried.
type Counts = BTreeMap<String, u64>;

/// Histories in which each change forgets something, until one of them fails.
#[test]
fn what_a_change_forgets_is_noticed() {
    needs_several_connections!();
    // Some of them need hundreds of histories: those are for a long run.
    let all = std::env::var("ES_ROLLUP_MUTATIONS").is_ok_and(|which| which == "all");
    let (faults, most) = if all { (&Fault::ALL[..], 400) } else { (&Fault::ALL[..4], 20) };
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
const DRAWN: [&str; 38] = [
    "+ archive definition",
    "- archive definition",
    "changed with bases",
    "refused for what is archived",
    "renamed column",
    "renamed column back",
    "renamed view",
    "renamed view back",
    "renamed and nothing else",
    "renamed and more",
    "renamed and filled",
    "+ event additive",
    "- event breaking",
    "~ event refold",
    "+ column additive",
    "+ column refold",
    "- column breaking",
    "~ column breaking",
    "~ column definition",
    "- column definition",
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
    "index built before",
    "~ trigger definition",
    "refused by both",
    "reverted",
    "not reverted by both",
    "folded Nobody",
    "folded Among",
    "folded Everybody",
];
