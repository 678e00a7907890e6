use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(untagged)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    Named {
        #[rollup(set)]
        name: String,
    },
    #[serde(untagged)]
    Other {
        #[rollup(set)]
        name: String,
    },
}

fn main() {}
