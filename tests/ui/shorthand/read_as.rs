use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Default, Serialize, Deserialize)]
struct Foreign(i64);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Joined {
        #[rollup(set = "a", as = i64)]
        one: Option<Foreign>,
        #[rollup(set = "b", as = Option<i64>)]
        other: Foreign,
        #[rollup(set = "c", as = i64)]
        #[serde(default)]
        third: Foreign,
    },
}

fn main() {}
