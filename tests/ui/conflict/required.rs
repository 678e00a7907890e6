use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
enum UserEvent {
    #[rollup(create)]
    Created,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events")]
enum TeamEvent {
    #[rollup(create)]
    Founded,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(id = i64)]
enum RoleEvent {
    #[rollup(create)]
    Created,
}

fn main() {}
