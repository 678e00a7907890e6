//! Generated enums, not only generated streams: models that nobody wrote, against a fold that shares no code
//! with the product.
//!
//! A model is made as data, the library emits its migration, a real server runs it, and streams made from the
//! model are inserted in every form of statement. After each statement every row is compared, column by
//! column, with the reference fold over JSON (`reference`), and every refusal by its kind, entity, sequence and
//! column. Some statements go by the trigger and are folded later; some rollups are folded anew, and stored events are
//! changed and deleted.
//!
//! `sweep` has one model a type, with every operation that makes sense on it: the coverage is asserted, not
//! hoped for. `generate` makes random models for depth: `ES_ROLLUP_MODELS` of them and `ES_ROLLUP_STREAMS`
//! streams for each; `PROPTEST_RNG_SEED` repeats a run.
//!
//! `evolving` changes a rollup from model to model: `ES_ROLLUP_HISTORIES` random histories.
//!
//! `mutations` asks whether all that would notice a mistake of the emitter: `ES_ROLLUP_MUTATIONS=all` tries each
//! that it knows.

mod archived;
mod broken;
mod brought;
mod by_hand;
mod cases;
mod cell;
mod certain;
mod check;
mod child;
mod choosing;
mod chosen;
mod constraints;
mod draft;
mod edits;
mod evolving;
mod expected;
mod followed;
mod generate;
mod held;
mod installed;
pub(crate) mod mutations;
mod number;
mod palette;
mod payloads;
mod reading;
mod reference;
mod refold;
mod rows;
mod samples;
mod states;
mod streams;
mod subject;
mod sweep;
mod tables;
mod tally;
mod types;
mod written;

use crate::layout::OTHERWISE;
use crate::parity::insertion;
use crate::support::end_sessions;
use check::check;
use es_rollup_core::model::{Operation, Tagging};
use es_rollup_test_server::{Database, needs_several_connections};
use generate::Dice;
use installed::Installed;
use palette::TYPES;
use proptest::prelude::Rng as _;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, PgPool};
use std::cell::RefCell;
use tally::Tally;
use tokio::runtime::Runtime;
use types::Ty;

/// How many random models and streams a run has by default.
const MODELS: usize = 40;
/// How many models a long run has.
const LONG: usize = 480;
const STREAMS: usize = 36;

fn from_environment(name: &str, default: usize) -> usize {
    std::env::var(name)
        .map_or(default, |value| value.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

async fn database() -> Database {
    let database = Database::create().await;
    prepare(database.pool()).await;
    database
}

async fn prepare(pool: &PgPool) {
    insertion::prepare(pool).await;
    let domain = format!("CREATE DOMAIN kept.short AS text CHECK (length(VALUE) <= {})", types::SHORT);
    // PostgreSQL would compile the long queries of the tests, which takes longer than running them.
    let jit = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$";
    for sql in ["CREATE SCHEMA kept", &domain, jit] {
        sqlx::query(AssertSqlSafe(sql)).execute(pool).await.expect("a schema with a domain");
    }
    end_sessions(pool).await;
}

/// Random streams of one model.
fn prove(runtime: &Runtime, pool: &PgPool, installed: &Installed<'_>, seed: u64, tally: &mut Tally) {
    // A case has three streams on average.
    let cases = from_environment("ES_ROLLUP_STREAMS", STREAMS).div_ceil(3);
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
            let case = case.mended(installed.subject);
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
    // A quarter of the models for each tagging.
    for number in 0..from_environment("ES_ROLLUP_MODELS", MODELS).div_ceil(4) {
        let seed = seed.wrapping_add(number as u64);
        println!("{tagging:?}, PROPTEST_RNG_SEED={seed}");
        let config = Config { rng_seed: RngSeed::Fixed(seed), ..Config::default() };
        let subject = generate::subject(number, tagging.clone(), &mut Dice(TestRunner::new(config).rng()));
        let installed = runtime.block_on(Installed::new(pool, &subject));
        tally.draw(&subject);
        prove(&runtime, pool, &installed, seed, &mut tally);
        tally.models += 1;
        runtime.block_on(installed.remove(pool));
    }
    println!("{tally}");
    // A shorter run cannot have met everything.
    if from_environment("ES_ROLLUP_MODELS", MODELS) >= MODELS
        && from_environment("ES_ROLLUP_STREAMS", STREAMS) >= STREAMS
    {
        let never = tally.never(tagging);
        assert!(never.is_empty(), "PROPTEST_RNG_SEED={seed}: never drawn: {never:?}");
    }
    // Views are made of more choices than a run of the usual length can meet.
    if from_environment("ES_ROLLUP_MODELS", MODELS) >= LONG {
        let never = tally.never_of_views();
        assert!(never.is_empty(), "PROPTEST_RNG_SEED={seed}: never drawn: {never:?}");
    }
    runtime.block_on(database.close());
}

#[test]
fn generated_internally_tagged_models_fold_alike() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_models(&Tagging::Internal { tag: "type".into() });
}

#[test]
fn generated_adjacently_tagged_models_fold_alike() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_models(&Tagging::Adjacent { tag: "kind".into(), content: "data".into() });
}

#[test]
fn generated_models_whose_tag_is_a_column_fold_alike() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_models(&Tagging::Separate { column: OTHERWISE.event_type.into() });
}

#[test]
fn generated_externally_tagged_models_fold_alike() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_models(&Tagging::External);
}

/// The sweep's cases of some types.
async fn sweep(pool: &PgPool, is_swept: impl Fn(&Ty) -> bool, tally: &mut Tally) {
    for (number, ty) in TYPES.iter().enumerate().filter(|(_, ty)| is_swept(ty)) {
        let subject = sweep::subject(number, ty);
        let installed = Installed::new(pool, &subject).await;
        for case in cases::cases(&subject, number) {
            if let Err(reason) = check(pool, &installed, &case, tally).await {
                panic!("{reason}\nthe model: {subject}the case: {case:?}");
            }
        }
        tally.models += 1;
        installed.remove(pool).await;
    }
}

/// Every pair of operation and type that makes sense is done, and no other.
async fn prove_operations(is_swept: impl Fn(&Ty) -> bool) {
    let database = database().await;
    let mut tally = Tally::default();
    sweep(database.pool(), &is_swept, &mut tally).await;
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
    database.close().await;
}

#[tokio::test]
async fn every_operation_folds_alike_on_every_number() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_operations(Ty::is_number).await;
}

#[tokio::test]
async fn every_operation_folds_alike_on_every_other_type() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    prove_operations(|ty| !ty.is_number()).await;
}

#[tokio::test]
async fn statements_of_thousands_of_entities_fold_alike() {
    // Hundreds of models in one session are more than the embedded server bears.
    needs_several_connections!();
    let database = database().await;
    let pool = database.pool();
    let mut tally = Tally::default();
    for (number, ty) in TYPES.iter().enumerate().filter(|(_, ty)| ty.name.ends_with("64")) {
        let subject = sweep::subject(number, ty);
        let installed = Installed::new(pool, &subject).await;
        let case = cases::crowd(&subject, number);
        if let Err(reason) = check(pool, &installed, &case, &mut tally).await {
            panic!("{}\nthe model: {subject}", reason.to_string().chars().take(2_000).collect::<String>());
        }
        tally.models += 1;
        installed.remove(pool).await;
    }
    println!("{tally}");
    database.close().await;
}

/// A database whose text is not ordered by code points, as the tests' own databases are; `None` where the server
/// has none.
async fn ordered_otherwise(outer: &Database) -> Option<PgPool> {
    let name: String = sqlx::query_scalar("SELECT current_database() || '_icu'")
        .fetch_one(outer.pool())
        .await
        .expect("a name");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'und'");
    if let Err(error) = sqlx::query(AssertSqlSafe(create)).execute(outer.pool()).await {
        println!("not run: the server has no ICU collations: {error}");
        return None;
    }
    let options: PgConnectOptions = outer.url().parse().expect("a URL");
    let pool = PgPool::connect_with(options.database(&name)).await.expect("a connection");
    prepare(&pool).await;
    let differ: bool = sqlx::query_scalar("SELECT 'b' < 'Z'").fetch_one(&pool).await.expect("an order");
    assert!(differ, "the database does not order by code points");
    Some(pool)
}

async fn drop_ordered_otherwise(outer: &Database, pool: PgPool) {
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&pool).await.expect("a name");
    pool.close().await;
    let drop = format!("DROP DATABASE {name}");
    sqlx::query(AssertSqlSafe(drop)).execute(outer.pool()).await.expect("the database is dropped");
}

/// Of a missing collation nothing would be seen in the tests' own databases.
#[tokio::test]
async fn text_folds_alike_where_the_database_orders_it_otherwise() {
    needs_several_connections!();
    let outer = database().await;
    if let Some(pool) = ordered_otherwise(&outer).await {
        let mut tally = Tally::default();
        sweep(&pool, |ty| matches!(ty.name, "String" | "char"), &mut tally).await;
        println!("{tally}");
        drop_ordered_otherwise(&outer, pool).await;
    }
    outer.close().await;
}
