use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create, events = "user_events", id = i64, table = "user")]
    Created {
        #[rollup(set, state = UserState, derive(Debug), vis = "pub")]
        name: String,
        #[rollup(time = String, crate = ::es_rollup)]
        email: String,
    },
    #[rollup(id = i64)]
    Seen,
}

fn main() {}
