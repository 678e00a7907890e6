use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

mod text {
    pub fn serialize<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[serde(with = "text")]
    Named(#[rollup(set = "name")] String),
    #[rollup(ignore)]
    #[serde(serialize_with = "text::serialize", deserialize_with = "text::deserialize")]
    Seen(String),
}

fn main() {}
