//! Random event enums, as source: the derived Rust fold, the trigger and the reference come to the same.
//!
//! `ES_ROLLUP_ENUMS` is how many there are (40), `ES_ROLLUP_STREAMS` how many cases of some streams each is tried
//! with (24), `ES_ROLLUP_SEED` what all of it is made from.

mod never;
#[path = "../proof/mod.rs"]
mod proof;

use es_rollup_e2e_cases::generate::generate;
use es_rollup_e2e_generated::{seed, subjects};
use es_rollup_test_server::Database;
use proof::{Tally, prove};

fn cases() -> usize {
    std::env::var("ES_ROLLUP_STREAMS")
        .map_or(24, |cases| cases.parse().expect("ES_ROLLUP_STREAMS is a number"))
}

#[test]
fn enums_that_nobody_wrote_fold_alike() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut tally = Tally::default();
    runtime.block_on(async {
        let database = Database::create().await;
        for (number, subject) in subjects().iter().enumerate() {
            let described = generate(seed(), number);
            if let Err(difference) = prove(database.pool(), &described, subject, cases(), &mut tally).await {
                panic!("ES_ROLLUP_SEED={}, enum {number}: {difference}", seed());
            }
        }
        database.close().await;
    });
    println!("{tally}");
    let mut never = never::met(&tally);
    // The default run has drawn everything, and so has a long one from any seed.
    if (subjects().len() >= 40 && seed() == 1 || subjects().len() >= 120) && cases() >= 24 {
        never.extend(never::met_in_views(&tally));
        never.extend(never::drawn(&tally));
    }
    assert!(never.is_empty(), "never:\n{}", never.join("\n"));
}
