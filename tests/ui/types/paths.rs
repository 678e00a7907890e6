//! Paths into fields of which serde may read other keys than it writes.

use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Address {
    #[serde(alias = "town")]
    city: String,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Moved {
        #[rollup(set = "city", path = "city", as = String)]
        to: Address,
        #[rollup(set = "first", path = "first", as = String)]
        names: String,
    },
}

fn main() {}
