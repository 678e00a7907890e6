use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(unique(tenant, nam), unique(name, name), unique(tags))]
#[rollup(index(zone), index(name, tags), index(notes, modifed_at))]
enum UserEvent {
    Named {
        #[rollup(set, unique)]
        tenant: i64,
        #[rollup(set)]
        name: String,
        #[rollup(add = "tags", unique)]
        tag: String,
        #[rollup(push = "notes", index, unique)]
        notes: Vec<String>,
    },
}

fn main() {}
