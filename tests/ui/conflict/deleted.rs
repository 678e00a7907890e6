use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create, delete)]
    Created {
        #[rollup(set)]
        name: String,
    },
    #[rollup(delete, ignore)]
    Seen,
    #[rollup(delete, clear = "name")]
    Forgotten,
    #[rollup(delete)]
    Deleted {
        #[rollup(set)]
        name: String,
    },
    #[rollup(create)]
    #[serde(other)]
    Unknown,
}

fn main() {}
