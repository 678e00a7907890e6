use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// What serde refuses is said once, in its words; the rest of the enum is checked all the same.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tagg = "type", rename_all = "snakecase")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[serde(rename = 3)]
    Named {
        #[rollup(set)]
        name: String,
    },
    Seen,
}

// At more than one token too.
#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    #[rollup(ignore)]
    Moved(String, String),
    Named {
        #[rollup(set)]
        #[serde(default = 5 + 1)]
        name: String,
    },
}

fn main() {}
