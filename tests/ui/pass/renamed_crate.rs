// The facade under another name, and no `es_rollup` in sight.
extern crate es_rollup as renamed;

mod inner {
    pub mod reexport {
        pub use ::renamed::*;
    }
}

mod es_rollup {}

use inner::reexport::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(crate = crate::inner::reexport)]
struct Name(String);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(crate = ::renamed)]
enum Status {
    Open,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64, crate = crate::inner::reexport)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: Name,
        #[rollup(set)]
        status: Status,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64, crate = inner::reexport)]
enum TeamEvent {
    #[rollup(ignore)]
    Seen,
}

fn main() {
    assert!(UserEvent::MIGRATION_SQL.contains("\"status\" text"));
    assert!(TeamEvent::MIGRATION_SQL.contains("team_events"));
}
