use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

mod bytes {
    pub fn serialize<S: serde::Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(bytes)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        serde::Deserialize::deserialize(deserializer)
    }
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "file_events", id = i64)]
enum FileEvent {
    Uploaded {
        #[rollup(set)]
        #[serde(with = "bytes")]
        content: Vec<u8>,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "key_events", id = i64)]
enum KeyEvent {
    Made {
        #[rollup(set)]
        #[serde(default)]
        key: [u8; 4],
        #[rollup(set)]
        #[serde(default)]
        name: Vec<u8>,
    },
}

fn main() {}
