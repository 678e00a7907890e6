use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set = "name")]
        first: String,
        #[rollup(set = "name")]
        last: String,
    },
    Renamed {
        #[rollup(set = "name", clear = "name")]
        name: String,
    },
    #[rollup(clear = "name")]
    Moved {
        #[rollup(set)]
        name: String,
    },
    #[rollup(clear = "name", clear = "name")]
    Forgotten,
    Doubled {
        #[rollup(set, set)]
        name: String,
    },
}

fn main() {}
