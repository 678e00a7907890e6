//! Types of the `serde_json` crate.

use es_rollup_core::SqlType;
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::harness::{Spelling, check, check_constants, column};

column!(Value);

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        // Few digits: serde_json rounds others by one in the last place as it reads them.
        (-1_000_000..1_000_000_i32).prop_map(|number| Value::from(f64::from(number) / 1_000.0)),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text(), inner, 0..5)
                .prop_map(|map| Value::Object(Map::from_iter(map))),
        ]
    })
}

#[tokio::test]
async fn json() {
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let (shallow, deep) = (deep(90), deep(128));
    let special = [r#"{"a": [1e400]}"#, r#"{"a": [{"b": -1e309}]}"#, "[1e-400]", &deep];
    let must = ["null", r#"{"a": null}"#, "[null]", r#"{"a": 1, "a": 2}"#, r#""1e400""#, &shallow];
    check::<Value>(Spelling::AsWritten, values(), &special, &must).await;
    check_constants::<Value>(None).await;
    assert!(Value::Null.fits() && SqlType::is_null(&Value::Null));
}
