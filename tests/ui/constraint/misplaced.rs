use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, not_null)]
enum UserEvent {
    #[rollup(check(named = "name <> ''"))]
    Named {
        #[rollup(set, check(named = "name <> ''"))]
        name: String,
    },
    #[rollup(ignore, unique)]
    Ignored,
    #[rollup(index)]
    Alone {
        #[rollup(unique)]
        name: String,
    },
    Elsewhere {
        #[rollup(set)]
        #[rollup(not_null)]
        name: String,
    },
    Twice {
        #[rollup(set, index, index)]
        name: String,
    },
}

fn main() {}
