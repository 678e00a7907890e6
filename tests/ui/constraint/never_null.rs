use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum WithoutCreateEvent {
    Named {
        #[rollup(set, not_null)]
        name: String,
        #[rollup(increment = "balance", not_null)]
        amount: i64,
        #[rollup(add = "tags", not_null)]
        tag: String,
    },
    #[rollup(at = "seen_at", not_null)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum WithCreateEvent {
    #[rollup(create, set(level = 1), not_null)]
    Created {
        #[rollup(set, not_null)]
        name: String,
        #[rollup(set, not_null)]
        plan: Option<String>,
        #[rollup(max = "best", not_null)]
        score: Option<i64>,
        #[rollup(set, not_null)]
        email: String,
    },
    #[rollup(create, set(level = 2))]
    Imported {
        #[rollup(set)]
        email: String,
    },
    #[rollup(clear = "name")]
    Forgotten,
}

fn main() {}
