use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    #[serde(skip)]
    Founded,
}

fn main() {}
