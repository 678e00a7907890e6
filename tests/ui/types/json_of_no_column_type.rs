use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Country {
    code: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Address {
    city: String,
    country: Country,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Point {
    x: i64,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Moved {
        #[rollup(add = "points")]
        point: Point,
        #[serde(default)]
        #[rollup(max = "highest")]
        high: Point,
    },
}

fn main() {}
