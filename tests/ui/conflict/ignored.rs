use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create, ignore)]
    Created,
    #[rollup(ignore)]
    Named {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore, clear = "name")]
    Forgotten,
}

fn main() {}
