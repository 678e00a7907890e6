use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(set = "score")]
        points: i64,
    },
    Renamed {
        #[rollup(set)]
        name: Option<i64>,
    },
    Scored(#[rollup(set = "score")] std::primitive::i32),
    Listed {
        #[rollup(set = "name")]
        names: Vec<String>,
    },
}

fn main() {}
