//! Random event enums, as source: the derived Rust fold, the trigger and the reference come to the same.
//!
//! `ES_ROLLUP_ENUMS` is how many there are (40), `ES_ROLLUP_STREAMS` how many cases of some streams each is tried
//! with (24), `ES_ROLLUP_SEED` what all of it is made from.

mod proof;

use es_rollup_e2e_cases::broken::FAULTS;
use es_rollup_e2e_cases::drawn::ALL;
use es_rollup_e2e_cases::generate::generate;
use es_rollup_e2e_cases::operations::{OPERATIONS, Operation};
use es_rollup_e2e_cases::reference::Why;
use es_rollup_e2e_cases::streams::Form;
use es_rollup_e2e_generated::{seed, subjects};
use es_rollup_test_server::Database;
use proof::{Tally, prove};

const ALL_REASONS: [Why; 11] = [
    Why::Gap,
    Why::Replay,
    Why::NotCreated,
    Why::CreatedTwice,
    Why::UnknownEvent,
    Why::Malformed,
    Why::MissingKey,
    Why::NullValue,
    Why::WrongValue,
    Why::Deleted,
    Why::Overflow,
];

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
    let done = |key: &str| tally.done.iter().any(|((done, ..), count)| *done == key && *count > 0);
    let never: Vec<&str> = OPERATIONS.iter().map(Operation::name).filter(|key| !done(key)).collect();
    assert!(never.is_empty(), "never done: {never:?}");
    let never: Vec<String> = ALL_REASONS
        .iter()
        .map(|why| format!("{why:?}"))
        .filter(|why| !tally.refused.contains_key(why))
        .collect();
    assert!(never.is_empty(), "nothing was ever refused as {never:?}");
    let never = never_from(&tally);
    assert!(never.is_empty(), "no value ever came from {never:?}");
    // The default run has drawn everything, and so has a long one from any seed.
    if (subjects().len() >= 40 && seed() == 1 || subjects().len() >= 120) && cases() >= 24 {
        let never = never_drawn(&tally);
        assert!(never.is_empty(), "never drawn: {never:?}");
    }
}

/// What a run of the usual length should have drawn, and did not.
fn never_drawn(tally: &Tally) -> Vec<String> {
    let drawn = ALL.into_iter().filter(|one| !tally.drawn.contains_key(*one)).map(String::from);
    let forms = Form::ALL.into_iter().filter(|one| !tally.statements.contains_key(one));
    let faults = FAULTS.into_iter().filter(|one| !tally.faults.contains_key(one));
    let counts = [(tally.fine_times, "a time with nanoseconds"), (tally.nulls, "a null")];
    let uncounted = counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string());
    drawn
        .chain(forms.map(|one| format!("form: {one:?}")))
        .chain(faults.map(|one| format!("fault: {one}")))
        .chain(uncounted)
        .collect()
}

/// Sources of which a long run has met each.
fn never_from(tally: &Tally) -> Vec<&'static str> {
    let all = [
        "field",
        "option",
        "null",
        "absent",
        "default",
        "default of many",
        "default of a function",
        "set",
        "JSON null",
        "event's type",
        "many",
        "option of many",
        "literal",
        "context",
        "context, none",
        "path",
        "path, none",
        "recorded time",
        "sequence",
        "nothing",
    ];
    let met = |from: &&str| tally.done.keys().any(|(.., one)| one == from);
    all.into_iter().filter(|from| !met(from)).collect()
}
