//! Collections whose elements are taken one by one, and not as a whole.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, HashSet, VecDeque};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    Formed {
        #[rollup(set)]
        names: HashSet<String>,
        #[rollup(set = "ids", add = "all_ids")]
        ids: BTreeSet<i64>,
        #[rollup(set)]
        order: Option<VecDeque<i64>>,
    },
}

fn main() {}
