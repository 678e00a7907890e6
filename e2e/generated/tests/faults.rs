//! Would the proof notice? Enums with a mistake in what the derive wrote for them are tried like all others, and each
//! mistake has to make a difference.
//!
//! A few by default; `ES_ROLLUP_FAULTS=all` has all, any other value those whose names contain it.

mod proof;

use es_rollup_e2e_cases::generate::generate;
use es_rollup_e2e_generated::{faults, seed};
use es_rollup_test_server::Database;
use proof::{IN_RUST, Tally, prove};
use std::collections::BTreeMap;

/// Cases of each enum, of up to five streams.
const CASES: usize = 200;

#[test]
fn a_fault_in_the_rust_fold_is_noticed() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut noticed: BTreeMap<&str, Option<String>> = BTreeMap::new();
    runtime.block_on(async {
        let database = Database::create().await;
        for (fault, number, subject) in &faults() {
            let by = noticed.entry(fault).or_default();
            if by.is_none() {
                let described = generate(seed(), *number);
                let outcome = prove(database.pool(), &described, subject, CASES, &mut Tally::default()).await;
                let text = |difference: String| {
                    let lines: Vec<&str> = difference.lines().take(2).collect();
                    format!("enum {number}, {}", lines.join(" | "))
                };
                *by = outcome.err().map(text);
                // The database has no fault, and is not to blame.
                assert!(by.as_ref().is_none_or(|by| by.contains(IN_RUST)), "{fault}: {by:?}");
            }
        }
        database.close().await;
    });
    for (fault, by) in &noticed {
        println!("{fault:<48} | {}", by.as_deref().unwrap_or("NOT NOTICED"));
    }
    let unnoticed: Vec<&&str> =
        noticed.iter().filter(|(_, by)| by.is_none()).map(|(fault, _)| fault).collect();
    println!("{} faults, {} not noticed", noticed.len(), unnoticed.len());
    assert!(!noticed.is_empty(), "no fault is called so");
    assert!(unnoticed.is_empty(), "not noticed: {unnoticed:?}");
}
