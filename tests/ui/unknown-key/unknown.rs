use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64, zzz, topic = "users", a::b)]
enum UserEvent {
    #[rollup(create)]
    Created {
        #[rollup(zzz = "name", set = "name")]
        name: String,
        #[rollup(zzz(a, b))]
        email: String,
    },
    #[rollup(zzz)]
    Seen,
}

fn main() {}
