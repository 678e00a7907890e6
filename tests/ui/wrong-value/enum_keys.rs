use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

struct UserId;

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(
    events = 3,
    id = "UserId",
    table = user_state,
    state = "UserState",
    derive = Debug,
    vis = pub,
    time = "time::OffsetDateTime",
    crate = "es_rollup"
)]
enum UserEvent {
    #[rollup(create)]
    Created,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events, id, table, state, derive, vis, time, crate)]
enum TeamEvent {
    #[rollup(create)]
    Founded,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events("role_events"), id(UserId), table =, state = Vec<u8>, derive("Debug"), vis = "public")]
#[rollup(crate = (es_rollup), time =)]
enum RoleEvent {
    #[rollup(create)]
    Created,
}

fn main() {}
