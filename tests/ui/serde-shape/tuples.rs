use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create)]
    Created(#[rollup(set = "name")] String, #[rollup(set = "email")] String),
    // The one field of a newtype variant can be read, but it has no name to call the column by.
    Renamed(#[rollup(set)] String),
    // Nothing is read from these.
    Anonymised(#[rollup(clear = "name")] String, u8),
    #[rollup(ignore)]
    Seen(String, u8),
}

fn main() {}
