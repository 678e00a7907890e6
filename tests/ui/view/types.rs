use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, es_rollup::SqlType)]
struct Unordered(String);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64)]
#[rollup(view(items, key(item)))]
enum CartEvent {
    #[rollup(items(add))]
    Optional { item: Option<String> },
    #[rollup(items(add))]
    Lists { item: Vec<Vec<String>> },
    #[rollup(items(add))]
    Json { item: serde_json::Value },
    #[rollup(items(add))]
    Cast {
        #[rollup(items(key = "item", sql_type = "inet"))]
        item: String,
    },
    #[rollup(items(add))]
    OfAnotherType { item: i64 },
    #[rollup(items(add))]
    Text { item: String },
    #[rollup(items(add))]
    Default {
        #[serde(default = "String::new")]
        item: String,
    },
    #[rollup(items(add))]
    DefaultList {
        #[serde(default = "Vec::new")]
        item: Vec<String>,
    },
    #[rollup(items(add))]
    Skipped {
        #[serde(skip)]
        item: String,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "float_events", id = i64, view(items, key(item)))]
enum FloatEvent {
    #[rollup(items(add))]
    Float { item: f64 },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "newtype_events", id = i64, view(items, key(item)))]
enum NewtypeEvent {
    #[rollup(items(add))]
    Newtype { item: Unordered },
}

fn main() {}
