use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, es_rollup::SqlType)]
struct Name(String);

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, es_rollup::SqlType)]
enum Status {
    Open,
    Closed,
}

impl Default for Status {
    fn default() -> Self {
        Self::Open
    }
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        #[serde(default)]
        name: Name,
        #[rollup(set)]
        #[serde(default)]
        status: Status,
    },
}

fn main() {}
