//! Nor behind a newtype, or inside JSON.

use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Wei(u128);

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[rollup(json)]
struct Price {
    amounts: Vec<Wei>,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "sum_events", id = i64)]
enum SumEvent {
    Added {
        #[rollup(set)]
        x: Wei,
        #[rollup(set)]
        price: Price,
    },
}

fn main() {}
