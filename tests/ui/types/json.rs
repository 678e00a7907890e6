//! Structs that cannot be kept as JSON.

use es_rollup::SqlType;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Tuple(String, i64);

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Newtype(String);

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Unit;

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Empty {}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
enum Data {
    One(String),
    Two { name: String },
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json, number)]
enum Names {
    One,
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Generic<T> {
    value: T,
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json, number)]
#[serde(transparent)]
struct Transparent {
    value: i64,
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(tag = "type")]
struct Tagged {
    value: i64,
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(default = "whole")]
struct Whole {
    value: i64,
}

fn whole() -> Whole {
    Whole { value: 1 }
}

#[derive(Clone, Serialize, Deserialize, SqlType)]
#[rollup(json)]
#[serde(from = "String", into = "String")]
struct Converted {
    text: String,
}

impl From<String> for Converted {
    fn from(text: String) -> Self {
        Self { text }
    }
}

impl From<Converted> for String {
    fn from(Converted { text }: Converted) -> Self {
        text
    }
}

mod text {
    pub fn serialize<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

fn nobody() -> String {
    "nobody".into()
}

fn maybe() -> Option<String> {
    None
}

#[derive(Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Fields {
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
    #[serde(skip_deserializing)]
    written: String,
    #[serde(skip_serializing)]
    read: String,
    #[serde(with = "text")]
    with: String,
    #[serde(default = "nobody")]
    guardian: String,
    #[serde(default = "maybe")]
    friend: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    left_out: String,
    twice: Option<Option<String>>,
    #[serde(rename(serialize = "one", deserialize = "other"))]
    one_way: String,
    #[serde(rename = "back\\slash")]
    backslash: String,
    #[rollup(set)]
    set: String,
}

fn main() {}
