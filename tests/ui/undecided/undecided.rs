use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create)]
    Created {
        #[rollup(set)]
        name: String,
    },
    Seen,
    LoggedIn { at: String },
    Moved(String),
    // Never read by serde, so never in the log: nothing to decide.
    #[serde(skip)]
    Cached(String),
}

fn main() {}
