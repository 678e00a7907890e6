use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(count = "visits")]
    Visited {
        #[rollup(set)]
        name: String,
        #[rollup(add = "tags")]
        tag: String,
        #[rollup(push = "notes")]
        note: String,
        #[rollup(max = "score")]
        score: i64,
    },
    Mixed {
        #[rollup(add = "notes")]
        note: String,
        #[rollup(push = "tags")]
        tag: String,
        #[rollup(set = "tags")]
        tags: String,
        #[rollup(increment = "tags")]
        number: i64,
        #[rollup(max = "visits", remove = "name")]
        most: i64,
    },
    // A counter can be set and cleared, a collection cleared.
    #[rollup(clear = "tags", clear = "notes", set(visits = 0))]
    Emptied,
    Removed {
        #[rollup(remove = "tag")]
        tag: String,
        #[rollup(remove = "members")]
        member: String,
    },
}

fn main() {}
