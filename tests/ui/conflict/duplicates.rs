use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, events = "other_events")]
#[rollup(id = i32)]
enum UserEvent {
    #[rollup(create, create)]
    Created {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore)]
    #[rollup(ignore)]
    Seen,
}

fn main() {}
