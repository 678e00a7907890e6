use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, create, ignore, clear = "name")]
enum UserEvent {
    Created {
        #[rollup(create)]
        name: String,
    },
    Seen {
        #[rollup(ignore)]
        at: String,
    },
}

fn main() {}
