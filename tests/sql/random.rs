//! The random models that the tests on a server run, without a server.
#![allow(dead_code, reason = "only models are made here; the tests on a server use the rest")]

#[path = "../postgres/models/certain.rs"]
mod certain;
#[path = "../postgres/models/constraints.rs"]
mod constraints;
#[path = "../postgres/models/generate.rs"]
mod generate;
#[path = "../postgres/models/number.rs"]
mod number;
#[path = "../postgres/models/samples.rs"]
mod samples;
#[path = "../postgres/models/subject.rs"]
mod subject;
#[path = "../postgres/models/types.rs"]
mod types;

use crate::layout::OTHERWISE;
use es_rollup_core::model::{Model, Tagging};
use generate::Dice;

use proptest::test_runner::TestRunner;

/// Tries so many random models.
pub(crate) fn each(number: usize, check: impl Fn(&Model)) {
    let mut runner = TestRunner::default();
    let taggings = [
        Tagging::External,
        Tagging::Internal { tag: "type".into() },
        Tagging::Adjacent { tag: "kind".into(), content: "data".into() },
        Tagging::Separate { column: OTHERWISE.event_type.into() },
    ];
    for (at, tagging) in (0..number).zip(taggings.iter().cycle()) {
        let subject = generate::subject(at, tagging.clone(), &mut Dice(runner.rng()));
        check(&subject.model);
    }
}
