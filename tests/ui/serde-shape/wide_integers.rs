//! serde does not read integers of 128 bits back where it keeps content aside.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "sum_events", id = i64)]
enum Internal {
    Added {
        #[rollup(set)]
        x: i128,
    },
    #[rollup(ignore)]
    Ignored { unread: Option<Vec<u128>> },
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", content = "c")]
#[rollup(events = "sum_events", id = i64)]
enum Adjacent {
    Added(#[rollup(set = "x")] i128),
}

/// There it reads them.
#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "sum_events", id = i64)]
enum External {
    Added(#[rollup(set = "x")] i128),
}

fn main() {}
