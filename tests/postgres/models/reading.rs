//! Random models are read back from their descriptions, without a server.

use super::generate::{self, Dice};
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Tagging};
use proptest::test_runner::TestRunner;

#[test]
fn random_models_are_read_back_as_they_were() {
    let mut runner = TestRunner::default();
    let taggings = [
        Tagging::External,
        Tagging::Internal { tag: "type".into() },
        Tagging::Adjacent { tag: "kind".into(), content: "data".into() },
        Tagging::Separate { column: "kind of".into() },
    ];
    let (mut unread, mut foreign, mut views) = (0, 0, 0);
    for (number, tagging) in (0..400).zip(taggings.iter().cycle()) {
        let model = generate::subject(number, tagging.clone(), &mut Dice(runner.rng())).model;
        let description = emit::text(&model, emit::description(&model));
        match Model::read(&description) {
            Ok(read) => {
                assert_eq!(read, model, "{description}");
                assert_eq!(read.fingerprint(), model.fingerprint());
            }
            Err(faults) => panic!("{faults}\n{description}"),
        }
        views += usize::from(!model.views.is_empty());
        unread += usize::from(description.contains("\"unread\":"));
        foreign += usize::from(description.contains("\"cast.1("));
    }
    println!("{unread} with events that are never stored, {foreign} with types that are only cast to");
    println!("{views} with views");
    assert!(unread > 0 && foreign > 0 && views > 100);
}
