use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Rest {
    more: i64,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create, set)]
    Initialized { id: i64, email: String, version: i32 },
    #[rollup(set)]
    Extended {
        name: String,
        #[serde(flatten)]
        rest: Rest,
    },
    #[rollup(set)]
    Renamed(String),
    #[rollup(set)]
    Seen,
    #[rollup(set)]
    Left {
        #[rollup(ignore)]
        why: String,
        #[serde(skip)]
        when: i64,
    },
    #[rollup(set, set(email = "none"))]
    Erased { email: String },
    #[rollup(set, unique)]
    Marked { badge: i64 },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    Named {
        #[rollup(ignore)]
        id: i64,
        #[rollup(set)]
        name: String,
    },
    #[rollup(set)]
    Moved {
        #[rollup(ignore, set = "place")]
        to: String,
        from: String,
    },
}

fn main() {}
