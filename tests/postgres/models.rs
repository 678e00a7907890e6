//! Generated enums, not only generated streams: models that nobody wrote, against a fold that shares no code
//! with the product.
//!
//! A model is made as data, the library emits its migration, a real server runs it, and streams made from the
//! model are inserted in every form of statement. After each statement every row is compared, column by
//! column, with the reference fold over JSON (`reference`), and every refusal by its kind, entity, sequence and
//! column. Some statements go by the trigger and are folded later; some rollups are folded anew.
//!
//! `sweep` has one model a type, with every operation that makes sense on it: the coverage is asserted, not
//! hoped for. `generate` makes random models for depth: `ES_ROLLUP_MODELS` of them and `ES_ROLLUP_STREAMS`
//! streams for each; `PROPTEST_RNG_SEED` repeats a run.

mod check;
mod generate;
mod number;
mod reference;
mod samples;
mod streams;
mod subject;
mod sweep;
mod tally;
mod types;

use crate::parity::insertion;
use check::{Installed, check};
use es_rollup_core::model::{Operation, Tagging};
use es_rollup_test_server::Database;
use generate::Dice;
use proptest::prelude::Rng as _;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use sqlx::PgPool;
use std::cell::RefCell;
use tally::Tally;
use tokio::runtime::Runtime;
use types::{TYPES, Ty};

fn from_environment(name: &str, default: usize) -> usize {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

async fn database() -> Database {
    let database = Database::create().await;
    insertion::prepare(database.pool()).await;
    sqlx::query("CREATE SCHEMA kept").execute(database.pool()).await.expect("a schema");
    database
}

/// Random streams of one model.
fn prove(runtime: &Runtime, pool: &PgPool, installed: &Installed<'_>, seed: u64, tally: &mut Tally) {
    // A case has three streams on average.
    let cases = from_environment("ES_ROLLUP_STREAMS", 36).div_ceil(3);
    let config = Config {
        cases: u32::try_from(cases).expect("not that many"),
        failure_persistence: None,
        max_shrink_iters: 1_000,
        rng_seed: RngSeed::Fixed(seed),
        ..Config::default()
    };
    let tally = RefCell::new(tally);
    let outcome = TestRunner::new(config).run(&streams::cases(installed.subject), |case| {
        runtime.block_on(check(pool, installed, &case, &mut tally.borrow_mut()))
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, case)) => {
            panic!("{reason}\nthe model: {}smallest failing case: {case:?}", installed.subject)
        }
        Err(TestError::Abort(reason)) => panic!("aborted: {reason}"),
    }
}

/// Random models of one tagging.
fn prove_models(tagging: &Tagging) {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(database());
    let pool = database.pool();
    let mut tally = Tally::default();
    let seed = match Config::default().rng_seed {
        RngSeed::Fixed(seed) => seed,
        RngSeed::Random => TestRunner::default().rng().next_u64(),
    };
    // A third of the models for each tagging.
    for number in 0..from_environment("ES_ROLLUP_MODELS", 24).div_ceil(3) {
        let seed = seed.wrapping_add(number as u64);
        println!("{tagging:?}, PROPTEST_RNG_SEED={seed}");
        let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
        let subject = generate::subject(number, tagging.clone(), &mut Dice(TestRunner::new(config).rng()));
        let installed = runtime.block_on(Installed::new(pool, &subject));
        prove(&runtime, pool, &installed, seed, &mut tally);
        tally.models += 1;
        runtime.block_on(installed.remove(pool));
    }
    println!("{tally}");
    runtime.block_on(database.close());
}

#[test]
fn generated_internally_tagged_models_fold_alike() {
    prove_models(&Tagging::Internal { tag: "type".into() });
}

#[test]
fn generated_adjacently_tagged_models_fold_alike() {
    prove_models(&Tagging::Adjacent { tag: "kind".into(), content: "data".into() });
}

#[test]
fn generated_externally_tagged_models_fold_alike() {
    prove_models(&Tagging::External);
}

/// The sweep over some types: every pair of operation and type that makes sense was done, and no other.
fn sweep(is_swept: impl Fn(&Ty) -> bool) {
    let runtime = Runtime::new().expect("a runtime");
    let database = runtime.block_on(database());
    let pool = database.pool();
    let mut tally = Tally::default();
    for (number, ty) in TYPES.iter().enumerate().filter(|(_, ty)| is_swept(ty)) {
        let subject = sweep::subject(number, ty);
        let installed = runtime.block_on(Installed::new(pool, &subject));
        for case in sweep::cases(&subject, number) {
            if let Err(reason) = runtime.block_on(check(pool, &installed, &case, &mut tally)) {
                panic!("{reason}\nthe model: {subject}the case: {case:?}");
            }
        }
        tally.models += 1;
        runtime.block_on(installed.remove(pool));
    }
    println!("{tally}");
    for ty in TYPES.iter().filter(|ty| is_swept(ty)) {
        for operation in Operation::ALL {
            let makes_sense = generate::KINDS
                .into_iter()
                .any(|kind| generate::can_be(kind, ty) && generate::makes_sense(operation, kind, ty));
            let done = tally.count(operation, ty.name) > 0;
            assert_eq!(done, makes_sense, "{} on {}", operation.key(), ty.name);
        }
    }
    runtime.block_on(database.close());
}

#[test]
fn every_operation_folds_alike_on_every_number() {
    sweep(Ty::is_number);
}

#[test]
fn every_operation_folds_alike_on_every_other_type() {
    sweep(|ty| !ty.is_number());
}
