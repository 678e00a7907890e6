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

fn nobody() -> String {
    "nobody".into()
}

fn maybe() -> Option<String> {
    None
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        #[serde(flatten)]
        name: std::collections::BTreeMap<String, String>,
        /// A comment stands first.
        #[serde(rename = "E-Mail", skip)]
        #[rollup(set)]
        email: String,
        #[serde(skip_deserializing)]
        #[rollup(set)]
        phone: String,
        #[serde(skip_serializing)]
        #[rollup(set)]
        street: String,
        #[rollup(set)]
        #[serde(with = "text")]
        city: String,
        #[rollup(set)]
        #[serde(serialize_with = "text::serialize", deserialize_with = "text::deserialize")]
        country: String,
        #[rollup(set)]
        #[serde(default = "nobody")]
        guardian: String,
        #[rollup(set)]
        #[serde(default = "maybe")]
        friend: Option<String>,
        #[rollup(set)]
        #[serde(skip_serializing_if = "String::is_empty")]
        left_out: String,
        // Nothing is read here, so anything goes.
        #[rollup(clear = "city")]
        #[serde(default = "nobody", with = "text")]
        former: String,
    },
}

fn main() {}
