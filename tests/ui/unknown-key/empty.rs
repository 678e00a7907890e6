use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup]
enum UserEvent {
    #[rollup]
    Created {
        #[rollup]
        name: String,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup()]
enum TeamEvent {
    #[rollup()]
    Founded {
        #[rollup()]
        name: String,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup = "role_events"]
enum RoleEvent {
    #[rollup = "create"]
    Created {
        #[rollup = "set"]
        name: String,
    },
}

fn main() {}
