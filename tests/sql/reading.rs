//! The model that every description is read back as.

use crate::emissions::emissions;
use chrono::{DateTime, Utc};
use es_rollup::SqlType;
use es_rollup_core::emit;
use es_rollup_core::model::{Faults, Model};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use std::cell::Cell;

fn described(model: &Model) -> String {
    emit::text(model, emit::description(model))
}

/// The faults of a description that is changed by hand.
fn faults(change: impl FnOnce(&mut Value)) -> String {
    let mut model = serde_json::from_str(emissions()[0].model).expect("the model is JSON");
    change(&mut model);
    Model::read(&model.to_string()).expect_err("a fault").to_string()
}

#[test]
fn every_enum_is_read_back_and_emits_the_same_bytes() {
    for emission in emissions() {
        let name = emission.name;
        let mut model = Model::read(emission.model).unwrap_or_else(|faults| panic!("{name}: {faults}"));
        assert_eq!(described(&model), emission.model, "{name}");
        assert_eq!(emit::text(&model, emit::migration(&model)), emission.migration, "{name}");
        assert_eq!(emit::text(&model, emit::revert(&model)), emission.revert, "{name}");
        assert_eq!(emit::text(&model, emit::explanation(&model)), emission.explanation, "{name}");
        let time = model.types.of(DateTime::<Utc>::SQL);
        assert_eq!(emit::text(&model, emit::state(&model, time)), emission.state, "{name}");
        let fingerprint = model.fingerprint().expect("all types are known");
        assert!(emission.migration.starts_with(&format!("-- es-rollup {fingerprint}:")), "{name}");
    }
}

/// A description that may be read is a model that can be emitted.
fn try_to_read(description: &str) -> bool {
    let Ok(model) = Model::read(description) else { return false };
    assert_eq!(model.validate(), Ok(()));
    let again = described(&model);
    assert_eq!(Model::read(&again).as_ref(), Ok(&model), "{again}");
    for pieces in [emit::migration(&model), emit::revert(&model), emit::explanation(&model)] {
        assert!(!emit::text(&model, pieces).is_empty());
    }
    true
}

/// The description with the fingerprint of what it now says, as far as it can be read.
fn with_its_fingerprint(mut description: Value) -> String {
    for _ in 0..2 {
        let Err(Faults(faults)) = Model::read(&description.to_string()) else { break };
        let Some((_, rest)) = faults[0].split_once("that of the model is \"") else { break };
        description["fingerprint"] = rest.split('"').next().into();
    }
    description.to_string()
}

/// All places in JSON, as pointers.
fn places(json: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.into());
    match json {
        Value::Array(items) => {
            for (nth, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{nth}"), found);
            }
        }
        Value::Object(members) => {
            for (name, item) in members {
                places(item, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[derive(Clone, Debug)]
enum Change {
    Remove,
    Put(Value),
    /// What stands in another place.
    Copy(usize),
    Rename(String),
}

/// Words that mean something somewhere.
const WORDS: &[&str] = &[
    "t1",
    "t2",
    "id",
    "",
    "create",
    "change",
    "delete",
    "struct",
    "newtype",
    "tuple",
    "unit",
    "value",
    "counter",
    "set",
    "list",
    "set or keep",
    "clear",
    "increment",
    "max",
    "add",
    "push",
    "refused",
    "none",
    "default",
    "check",
    "unique",
    "index",
    "statement",
    "row",
    "external",
    "sequence",
    "recorded_at",
    "context",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(WORDS).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((".{0,6}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn any_change() -> impl Strategy<Value = Change> {
    prop_oneof![
        Just(Change::Remove),
        any_json().prop_map(Change::Put),
        any::<usize>().prop_map(Change::Copy),
        "[a-z_]{0,6}".prop_map(Change::Rename),
    ]
}

/// Changes what stands in the place.
fn change(json: &mut Value, places: &[String], at: usize, change: &Change) {
    let copied = match change {
        Change::Copy(from) => json.pointer(&places[from % places.len()]).cloned().unwrap_or_default(),
        Change::Put(value) => value.clone(),
        Change::Remove | Change::Rename(_) => Value::Null,
    };
    let place = &places[at % places.len()];
    let Some((parent, name)) = place.rsplit_once('/') else { return };
    let name = name.replace("~1", "/").replace("~0", "~");
    match (json.pointer_mut(parent), change) {
        (Some(Value::Object(members)), Change::Remove) => drop(members.remove(&name)),
        (Some(Value::Object(members)), Change::Rename(new)) => {
            let value = members.remove(&name).unwrap_or_default();
            members.insert(new.clone(), value);
        }
        (Some(Value::Object(members)), Change::Put(_) | Change::Copy(_)) => {
            members.insert(name, copied);
        }
        (Some(Value::Array(items)), change) => {
            let Ok(at) = name.parse::<usize>() else { return };
            if at < items.len() {
                match change {
                    Change::Remove | Change::Rename(_) => drop(items.remove(at)),
                    Change::Put(_) | Change::Copy(_) => items[at] = copied,
                }
            }
        }
        (Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None, _) => {}
    }
}

#[test]
fn a_description_with_changed_members_is_refused_or_a_valid_model() {
    let (valid, refused) = (Cell::new(0), Cell::new(0));
    let changes = prop::collection::vec((any::<usize>(), any_change()), 1..3);
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&(0..11_usize, changes), |(number, changes)| {
        let mut json: Value = serde_json::from_str(emissions()[number].model).expect("JSON");
        for (at, one) in &changes {
            let mut found = Vec::new();
            places(&json, "", &mut found);
            change(&mut json, &found, *at, one);
        }
        try_to_read(&json.to_string());
        let seen = if try_to_read(&with_its_fingerprint(json)) { &valid } else { &refused };
        seen.set(seen.get() + 1);
        Ok(())
    });
    outcome.expect("none panics");
    println!("{} valid, {} refused", valid.get(), refused.get());
    assert!(valid.get() > 0 && refused.get() > 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_description_with_changed_bytes_is_refused_or_a_valid_model(
        number in 0..11_usize,
        changes in prop::collection::vec((any::<usize>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = emissions()[number].model.as_bytes().to_vec();
        for (at, byte) in changes {
            let at = at % bytes.len();
            bytes[at] = byte;
        }
        try_to_read(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn a_description_that_is_cut_off_is_refused(number in 0..11_usize, at in any::<usize>()) {
        let whole = emissions()[number].model;
        let cut = &whole[..at % whole.len()];
        prop_assert!(!try_to_read(cut));
    }

    #[test]
    fn any_json_that_is_not_a_description_is_refused(json in any_json()) {
        prop_assert!(!try_to_read(&json.to_string()));
    }

    #[test]
    fn any_text_is_refused(text in ".{0,64}") {
        prop_assert!(!try_to_read(&text));
    }
}

#[test]
fn changes_by_hand_are_sometimes_valid_models() {
    // Otherwise the tests of changed members would try nothing.
    let mut json: Value = serde_json::from_str(emissions()[0].model).expect("JSON");
    json["meaning"]["root"]["table"]["name"] = "people".into();
    assert!(!try_to_read(&json.to_string()));
    assert!(try_to_read(&with_its_fingerprint(json)));
}

#[test]
fn all_faults_of_a_description_are_named_at_once() {
    let faults = faults(|model| {
        model["colour"] = 1.into();
        model["meaning"]["store"]["sequence"] = Value::Null;
        model["meaning"]["store"].as_object_mut().expect("an object").remove("payload");
        model["meaning"]["root"]["columns"]["role"]["type"] = "t99".into();
        model["meaning"]["root"]["columns"]["role"]["kind"] = "heap".into();
        model["meaning"]["events"]["role_granted"]["life"] = json!(["create"]);
        model["meaning"]["root"]["rules"]["role_granted"][0][0] = "rôle".into();
    });
    let expected = [
        "the description.colour is unknown",
        "the description.meaning.store.payload is missing",
        "the description.meaning.store.sequence is null; expected a text",
        "the description.meaning.root.columns.role.type is \"t99\", which is not a type",
        "the description.meaning.root.columns.role.kind is \"heap\"; expected one of value, counter, set, list",
        "the description.meaning.root.rules.role_granted[0][0] is \"rôle\", which is not a column",
        "the description.meaning.events.role_granted.life is a list; expected a text",
    ];
    for fault in expected {
        assert!(faults.lines().any(|line| line == fault), "{fault}\nin\n{faults}");
    }
    assert_eq!(faults.lines().count(), expected.len(), "{faults}");
}

#[test]
fn a_description_of_another_format_is_refused_with_both_numbers() {
    let faults = faults(|model| model["format"] = 99.into());
    assert!(faults.contains("has format 99, and this release of es-rollup reads format"), "{faults}");
    assert_eq!(faults.lines().count(), 1);
}

#[test]
fn former_names_are_read_with_the_labels_and_change_no_fingerprint() {
    let was = |was: Value| {
        let mut model: Value = serde_json::from_str(emissions()[0].model).expect("the model is JSON");
        model["labels"]["was"] = was;
        Model::read(&model.to_string())
    };
    let model = was(json!({"root": {"columns": {"role": "position"}}})).expect("a model");
    assert_eq!(model.root.column("role").and_then(|column| column.was.as_deref()), Some("position"));
    assert_eq!(Model::read(&described(&model)).as_ref(), Ok(&model));
    let faults = was(json!({
        "root": {"columns": {"role": 3, "nonsense": "position"}, "nonsense": "a"},
        "nobody": {},
    }));
    let faults = faults.expect_err("faults").to_string();
    for fault in [
        "was.root.nonsense is unknown",
        "was.root.columns.role is a number; expected a text",
        "was.root.columns.nonsense is unknown",
        "was.nobody is unknown",
    ] {
        assert!(faults.contains(fault), "{faults}");
    }
    let faults = was(json!({"root": {"columns": {"role": "role"}}})).expect_err("it is the same").to_string();
    assert!(faults.contains("a column has that name now"), "{faults}");
}

#[test]
fn a_description_that_is_changed_by_hand_is_refused() {
    let faults = faults(|model| model["meaning"]["root"]["columns"]["role"]["nullable"] = false.into());
    assert!(faults.contains("changed by hand"), "{faults}");
}

#[test]
fn labels_may_be_changed_by_hand() {
    let mut model: Value = serde_json::from_str(emissions()[0].model).expect("JSON");
    model["labels"]["enum"] = "PersonEvent".into();
    let read = Model::read(&model.to_string()).expect("the meaning is the same");
    assert_eq!(read.event, "PersonEvent");
}

#[test]
fn a_member_that_is_there_twice_is_refused() {
    let twice = emissions()[0].model.replacen("\"format\":", "\"format\":1,\"format\":", 1);
    let faults = Model::read(&twice).expect_err("a fault").to_string();
    assert!(faults.contains("\"format\" is there twice"), "{faults}");
}

#[test]
fn a_description_that_is_too_deep_or_too_long_is_refused() {
    let deep = "[".repeat(100_000);
    let faults = Model::read(&deep).expect_err("a fault").to_string();
    assert!(faults.contains("recursion limit"), "{faults}");
    let long = format!("\"{}\"", "x".repeat(5 << 20));
    let faults = Model::read(&long).expect_err("a fault").to_string();
    assert!(faults.contains("bytes long"), "{faults}");
}

#[test]
fn a_description_full_of_repetitions_is_read_in_reasonable_time() {
    let mut model: Value = serde_json::from_str(emissions()[0].model).expect("JSON");
    let columns = model["meaning"]["root"]["columns"].as_object_mut().expect("an object");
    for at in 0..20_000 {
        columns.insert(format!("c{at}"), json!({"type": "t1", "kind": "value", "nullable": true}));
    }
    let rule = model["meaning"]["root"]["rules"]["role_granted"].as_array_mut().expect("a list");
    let step = rule[0].clone();
    rule.extend((0..10_000).map(|at| {
        let mut step = step.clone();
        step[2]["keys"] = json!([format!("k{at}")]);
        step
    }));
    let begin = std::time::Instant::now();
    let faults = Model::read(&model.to_string()).expect_err("too many columns").to_string();
    assert!(faults.contains("PostgreSQL allows 1600"), "{}", faults.len());
    assert!(begin.elapsed().as_secs() < 60, "{:?}", begin.elapsed());
}
