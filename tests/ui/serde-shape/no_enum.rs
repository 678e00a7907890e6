use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
struct UserEvent {
    name: String,
}

#[derive(Serialize, Deserialize, Rollup)]
struct TeamEvent;

#[derive(Rollup)]
#[rollup(events = "role_events", id = i64)]
union RoleEvent {
    number: u8,
}

fn fold() {
    let _ = UserEvent::fold([]);
    let _: Option<TeamRollup> = None;
}

fn main() {}
