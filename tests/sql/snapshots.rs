//! The emitted texts. `INSTA_UPDATE=always cargo test --test sql` accepts changes.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::emissions::{emissions, emissions_again};

fn settings(description: String) -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    // Relative to this file.
    settings.set_snapshot_path("snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(description);
    settings
}

#[test]
fn every_text_matches_its_snapshot() {
    for emission in emissions() {
        let model: Value = serde_json::from_str(emission.model).expect("the model is JSON");
        let model = serde_json::to_string_pretty(&model).expect("JSON can be written");
        let texts = [
            ("migration", emission.migration),
            ("revert", emission.revert),
            ("explanation", emission.explanation),
            ("model", &model),
        ];
        for (kind, text) in texts {
            let name = emission.name;
            settings(format!("{kind} of {name}"))
                .bind(|| insta::assert_snapshot!(format!("{name}.{kind}"), text));
        }
    }
}

#[test]
fn a_second_expansion_gives_the_same_bytes() {
    for (once, again) in emissions().into_iter().zip(emissions_again()) {
        assert_eq!(once, again);
    }
}

#[test]
fn every_explanation_is_a_table_with_constraints_below() {
    for emission in emissions() {
        let (table, below) = emission.explanation.split_once("\n\n").unwrap_or((emission.explanation, ""));
        assert!(below.lines().all(|line| line.starts_with("- ")), "{}:\n{below}", emission.name);
        assert_eq!(below.is_empty(), emission.model.contains("\"constraints\":{}"), "{}", emission.name);
        let columns: BTreeSet<usize> = table.lines().map(|line| line.matches('|').count()).collect();
        assert_eq!(columns.len(), 1, "{}:\n{}", emission.name, emission.explanation);
        assert!(!columns.contains(&0), "{}:\n{}", emission.name, emission.explanation);
    }
}

#[test]
fn no_two_enums_have_the_same_fingerprint() {
    let fingerprints: BTreeSet<&str> = emissions()
        .iter()
        .map(|emission| {
            let (head, _) = emission.migration.split_once(':').expect("the first line names the fingerprint");
            head
        })
        .collect();
    assert_eq!(fingerprints.len(), emissions().len(), "{fingerprints:?}");
}
