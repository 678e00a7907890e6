//! Structs that are kept as JSON.

use es_rollup::SqlType;
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{Row, postgres::PgRow, types::Json};

use crate::harness::{Column, Spelling, check, check_constants, render};

/// Implements [`Column`] by what serde reads from the column's JSON.
macro_rules! json_columns {
    ($($rust:ty),*) => {$(
        impl Column for $rust {
            fn decode(row: &PgRow) -> Self {
                row.get::<Json<Self>, _>("value").0
            }
        }
        impl Column for Vec<$rust> {
            fn decode(row: &PgRow) -> Self {
                row.get::<Vec<Json<$rust>>, _>("value").into_iter().map(|Json(one)| one).collect()
            }
        }
    )*};
}

json_columns!(Address, Point, Settings, Route);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(rename_all = "camelCase")]
struct Address {
    city: String,
    #[serde(rename = "it's \"so\"")]
    postal_code: Option<String>,
    street_lines: Vec<String>,
    #[serde(skip)]
    cached: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(deny_unknown_fields)]
struct Point {
    x: i32,
    #[serde(alias = "why", alias = "Y")]
    y: u8,
    #[serde(alias = "Z", skip_serializing_if = "Option::is_none")]
    z: Option<f64>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(default)]
struct Settings {
    on: bool,
    level: Option<u8>,
    mode: Mode,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, SqlType)]
enum Mode {
    Slow,
    #[serde(alias = "quick")]
    Fast,
}

impl Default for Settings {
    fn default() -> Self {
        Self { on: true, level: Some(3), mode: Mode::Fast }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Route {
    from: Point,
    to: Option<Box<Point>>,
    by: Vec<Address>,
    #[serde(default)]
    weight: f64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    seal: Vec<u8>,
    extra: Option<Value>,
    r#type: Kilometres,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Kilometres(u16);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Home(Address);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Person {
    home: Home,
    others: Vec<Address>,
    notes: Value,
    born: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Traveller {
    person: Person,
    been: Vec<Point>,
}

fn text() -> impl Strategy<Value = String> {
    any::<String>().prop_map(|text| text.replace('\0', ""))
}

fn addresses() -> impl Strategy<Value = Address> {
    let lines = prop::collection::vec(text(), 0..3);
    (text(), prop::option::of(text()), lines).prop_map(|(city, postal_code, street_lines)| Address {
        city,
        postal_code,
        street_lines,
        cached: None,
    })
}

fn points() -> impl Strategy<Value = Point> {
    (any::<i32>(), any::<u8>(), prop::option::of(-1e6..1e6)).prop_map(|(x, y, z)| Point { x, y, z })
}

/// The texts, for the harness.
fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(Value::to_string).collect()
}

fn all(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

/// Holds the struct to its contract, for one and for a list of it.
async fn check_struct<T: Column + 'static>(
    typical: impl Strategy<Value = T> + 'static,
    bad: &[Value],
    good: &[Value],
) where
    Vec<T>: Column,
{
    let typical = typical.boxed();
    for value in bad {
        assert!(serde_json::from_value::<T>(value.clone()).is_err(), "serde reads {value}");
    }
    let (bad, good) = (texts(bad), texts(good));
    let of = |texts: &[String], before: &str, after: &str| -> Vec<String> {
        texts.iter().map(|text| format!("{before}{text}{after}")).collect()
    };
    // serde also reads a struct from an array of its values, and never writes one.
    check::<T>(Spelling::AsWritten, typical.clone(), &all(&bad), &all(&good)).await;
    let (bad, good) = (of(&bad, "[", "]"), of(&good, "[", "]"));
    let lists = prop::collection::vec(typical, 0..3);
    check::<Vec<T>>(Spelling::AsWritten, lists, &all(&bad), &all(&good)).await;
    check_constants::<T>(None).await;
}

#[tokio::test]
async fn a_struct_is_read_by_its_keys() {
    let bad = [
        json!({}),
        json!({"city": "a"}),
        json!({"city": 1, "streetLines": []}),
        json!({"city": null, "streetLines": []}),
        json!({"city": "a", "streetLines": null}),
        json!({"city": "a", "streetLines": ["a", null]}),
        json!({"city": "a", "streetLines": {}}),
        json!({"city": "a", "street_lines": []}),
        json!({"city": "a", "streetLines": [], "it's \"so\"": 5}),
        json!([{"city": "a", "streetLines": []}]),
    ];
    let good = [
        json!({"city": "a", "streetLines": []}),
        json!({"city": "a", "streetLines": ["b"], "it's \"so\"": null, "cached": "anything", "more": [1]}),
        json!({"": 1, "city": "", "streetLines": [""], "it's \"so\"": ""}),
    ];
    check_struct::<Address>(addresses(), &bad, &good).await;
}

#[tokio::test]
async fn a_struct_has_aliases_and_may_refuse_other_keys() {
    let bad = [
        json!({"x": 1}),
        json!({"x": 1, "y": 2, "why": 2}),
        json!({"x": 1, "Y": 2, "why": null}),
        json!({"x": 1, "y": 256}),
        json!({"x": 1.0, "y": 2}),
        json!({"x": 1, "y": 2, "w": 3}),
        json!({"x": 1, "y": 2, "": null}),
        json!({"x": 1, "y": 2, "z": 1, "Z": null}),
        json!({"x": 1, "y": 2, "z": "1"}),
        json!({"x": 1, "y": null}),
    ];
    let good =
        [json!({"x": 1, "why": 2}), json!({"x": 1, "Y": 2, "Z": 1.5}), json!({"x": -1, "y": 255, "z": null})];
    check_struct::<Point>(points(), &bad, &good).await;
}

#[tokio::test]
async fn a_struct_with_a_default_needs_no_key() {
    let modes = prop::sample::select(vec![Mode::Slow, Mode::Fast]);
    let typical = (any::<bool>(), any::<Option<u8>>(), modes).prop_map(|(on, level, mode)| Settings {
        on,
        level,
        mode,
    });
    let bad = [json!({"on": null}), json!({"level": -1}), json!({"mode": "fast"}), json!({"mode": null})];
    let good = [json!({}), json!({"level": null}), json!({"on": false}), json!({"mode": "quick", "a": {}})];
    check_struct::<Settings>(typical, &bad, &good).await;
}

#[tokio::test]
async fn structs_stand_in_structs() {
    let seals = prop_oneof![Just(Vec::new()), any::<Vec<u8>>()];
    let extras = prop::sample::select(vec![None, Some(json!({"a": [null]})), Some(json!(1.5))]);
    let by = prop::collection::vec(addresses(), 0..3);
    let typical = (points(), prop::option::of(points()), by, -1e6..1e6, seals, extras, any::<u16>())
        .prop_map(|(from, to, by, weight, seal, extra, kilometres)| Route {
            from,
            to: to.map(Box::new),
            by,
            weight,
            seal,
            extra,
            r#type: Kilometres(kilometres),
        });
    let with = |change: Value| {
        let mut route = json!({"from": {"x": 1, "y": 2}, "by": [], "type": 3});
        for (key, value) in change.as_object().expect("keys") {
            route[key] = value.clone();
        }
        route
    };
    let bad = [
        with(json!({"from": {"x": 1}})),
        with(json!({"from": {"x": 1, "y": 2, "by": []}})),
        with(json!({"from": null})),
        with(json!({"to": {"x": 1, "y": 2, "why": 2}})),
        with(json!({"to": {}})),
        with(json!({"by": [{"city": "a"}]})),
        with(json!({"by": [{"city": "a", "streetLines": []}, null]})),
        with(json!({"by": {}})),
        with(json!({"weight": null})),
        with(json!({"seal": [256]})),
        with(json!({"type": 65536})),
        with(json!({"type": null})),
    ];
    let good = [
        with(json!({})),
        with(json!({"to": null, "extra": null, "seal": [], "weight": 1})),
        with(json!({"to": {"x": 0, "Y": 0, "z": 5}, "by": [{"city": "a", "streetLines": ["b"]}]})),
        with(json!({"seal": [255, 0], "extra": [[]], "from": {"why": 0, "x": 5}})),
    ];
    check_struct::<Route>(typical, &bad, &good).await;
}

#[test]
fn a_struct_fits_where_all_its_fields_do() {
    let point = |z| Point { x: 1, y: 2, z };
    let route = |from, to, weight| Route {
        from,
        to,
        by: Vec::new(),
        weight,
        seal: Vec::new(),
        extra: None,
        r#type: Kilometres(1),
    };
    assert!(route(point(None), Some(Box::new(point(Some(1.0)))), 1.0).fits());
    assert!(!route(point(Some(f64::NAN)), None, 1.0).fits());
    assert!(!route(point(None), Some(Box::new(point(Some(f64::INFINITY)))), 1.0).fits());
    assert!(!route(point(None), None, f64::NAN).fits());
}

#[test]
fn keys_are_exact_where_serde_reads_what_it_writes_and_nothing_else() {
    assert!(Value::SQL.has_exact_keys());
    assert!(Address::SQL.has_exact_keys() && Home::SQL.has_exact_keys() && Person::SQL.has_exact_keys());
    assert!(Vec::<Address>::SQL.has_exact_keys());
    // An alias, a default of the struct, of a field, and an alias below.
    assert!(!Point::SQL.has_exact_keys() && !Settings::SQL.has_exact_keys());
    assert!(!Route::SQL.has_exact_keys() && !Traveller::SQL.has_exact_keys());
    assert_eq!(render(Home::SQL.name), "jsonb");
    assert_eq!(render(Vec::<Home>::SQL.name), "jsonb[]");
}

#[test]
fn what_is_expected_names_the_keys() {
    assert_eq!(
        Address::SQL.expects,
        "an object with \"city\", \"it''s \"so\"\" (if any), \"streetLines\", each as its type is expected"
    );
    assert_eq!(
        Point::SQL.expects,
        "an object with \"x\", \"y\", \"z\" (if any) and nothing else, each as its type is expected"
    );
}
