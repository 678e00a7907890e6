use serde::{Deserialize, Serialize};
use es_rollup::SqlType;

#[derive(SqlType)]
struct TwoFields(String, i64);

#[derive(SqlType)]
struct Named {
    name: String,
}

#[derive(SqlType)]
struct Nothing;

#[derive(Serialize, Deserialize, SqlType)]
enum WithData {
    One,
    Two(String),
    Three { name: String },
}

#[derive(Serialize, Deserialize, SqlType)]
#[serde(tag = "type")]
enum Tagged {
    One,
}

#[derive(Serialize, Deserialize, SqlType)]
#[serde(untagged)]
enum Untagged {
    One,
}

#[derive(Serialize, Deserialize, SqlType)]
enum Empty {}

#[derive(Serialize, Deserialize, SqlType)]
#[serde(rename_all(serialize = "snake_case"))]
enum OneWay {
    #[serde(rename(serialize = "first"))]
    One,
    TwoThree,
}

#[derive(Deserialize, SqlType)]
enum Other {
    #[serde(rename = "o\\ne", alias = "$es_rollup$")]
    One,
    #[serde(other)]
    Rest,
}

#[derive(Clone, Serialize, Deserialize, SqlType)]
#[serde(from = "String", into = "String")]
struct Converted(String);

impl From<String> for Converted {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<Converted> for String {
    fn from(Converted(text): Converted) -> Self {
        text
    }
}

fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    serde::Deserialize::deserialize(deserializer)
}

#[derive(Serialize, Deserialize, SqlType)]
struct Function(#[serde(deserialize_with = "text")] String);

#[derive(SqlType)]
union Union {
    number: u8,
}

fn main() {}
