use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, set = "name")]
enum UserEvent {
    #[rollup(set = "name")]
    Created { name: String },
    #[rollup(set)]
    Renamed(String),
}

fn main() {}
