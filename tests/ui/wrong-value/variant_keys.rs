use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[rollup(create = true)]
    Created {
        #[rollup(set)]
        name: String,
    },
    #[rollup(create("x"))]
    Imported {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore = "not of interest")]
    Seen,
    #[rollup(clear)]
    Anonymised,
    #[rollup(clear = name)]
    Forgotten,
    #[rollup(clear("name"))]
    Erased,
    #[rollup(clear = 1)]
    Lost,
    #[rollup(clear = )]
    Gone,
}

fn main() {}
