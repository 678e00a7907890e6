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
            ("state", emission.state),
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
fn every_explanation_is_a_table_for_each_table_with_constraints_below() {
    for emission in emissions() {
        let (mut tables, mut constraints, mut views) = (0, 0, Vec::new());
        for block in emission.explanation.split("\n\n") {
            let columns: BTreeSet<usize> = block.lines().map(|line| line.matches('|').count()).collect();
            match block.get(..2) {
                Some("- ") => {
                    assert!(block.lines().all(|line| line.starts_with("- ")), "{}:\n{block}", emission.name);
                    constraints += 1;
                }
                Some("| ") => {
                    assert_eq!(columns.len(), 1, "{}:\n{block}", emission.name);
                    tables += 1;
                }
                _ => {
                    assert_eq!(block.lines().count(), 1, "{}:\n{block}", emission.name);
                    views.push(block.split_once(": ").expect("a view and its key").0);
                }
            }
        }
        let named: Vec<&str> = emission.views.iter().map(|(name, _)| *name).collect();
        assert_eq!((views, tables), (named, 1 + emission.views.len()), "{}", emission.name);
        let without = emission.model.matches("\"constraints\":{}").count();
        assert_eq!(constraints, tables - without, "{}", emission.name);
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
