use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, number, delete, count = "visits", add = "tags", set(admin = true))]
enum UserEvent {
    #[rollup(increment = "total", decrement = "total", max = "score", min = "score")]
    Counted,
    #[rollup(add = "tags", remove = "tags", push = "notes")]
    Tagged,
    #[rollup(set, number)]
    Named { name: String },
    #[rollup(set = "name")]
    Renamed { name: String },
    Seen {
        #[rollup(count = "visits", at = "seen_at", delete)]
        one: String,
        #[rollup(set(admin = true))]
        other: bool,
    },
}

fn main() {}
