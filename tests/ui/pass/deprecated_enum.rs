#![deny(warnings)]

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

mod old {
    #![allow(deprecated)]
    use super::*;

    #[derive(Serialize, Deserialize, Rollup)]
    #[rollup(events = "user_events", id = i64)]
    #[deprecated]
    pub enum UserEvent {
        #[deprecated]
        Named {
            #[deprecated]
            #[rollup(set)]
            name: String,
        },
    }

    pub const SQL: &str = UserEvent::MIGRATION_SQL;
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
pub enum TeamEvent {
    #[deprecated]
    Named {
        #[rollup(set)]
        name: String,
    },
    Moved {
        #[rollup(set)]
        #[deprecated]
        place: String,
        #[rollup(clear = "name")]
        nobody: (),
    },
}

fn main() {
    assert!(old::SQL.contains("user_events"));
    assert!(TeamEvent::MIGRATION_SQL.contains("team_events"));
}
