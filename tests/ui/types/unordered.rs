//! Elements without an order that SQL has too come in none.

use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, SqlType)]
enum Role {
    Reader,
    Writer,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    Formed {
        #[rollup(add = "roles")]
        roles: HashSet<Role>,
    },
}

fn main() {}
