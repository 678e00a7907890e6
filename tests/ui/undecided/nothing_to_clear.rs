use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(set)]
        role: String,
    },
    #[rollup(clear = "rol")]
    RoleRevoked,
    RoleDropped {
        #[rollup(clear = "roles")]
        role: String,
    },
    #[rollup(clear = "department")]
    Moved,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    #[rollup(clear = "lead")]
    LeadLeft,
}

fn main() {}
