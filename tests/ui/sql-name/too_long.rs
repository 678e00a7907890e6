use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

// 48 bytes: too long by one for `_rollup_catch_up`.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "events_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", id = i64)]
enum DefaultTableEvent {
    #[rollup(ignore)]
    Seen,
}

// The event table may have 63 bytes when the rollup table is named; that may have 54.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(
    events = "events_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    id = i64,
    table = "rollup_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)]
enum NamedTableEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(
    events = "schema_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.events",
    id = i64,
    table = "rollup_of_this"
)]
enum SchemaEvent {
    #[rollup(ignore)]
    Seen,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum ColumnEvent {
    Named {
        #[rollup(set = "name_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
        name: String,
    },
}

fn main() {}
