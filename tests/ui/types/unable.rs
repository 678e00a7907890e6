//! Types of the standard library that cannot do what is asked of them.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "page_events", id = i64)]
pub enum PageEvent {
    Written {
        #[rollup(increment = "lines")]
        lines: String,
        #[rollup(add = "widths")]
        width: f64,
        #[rollup(set)]
        #[serde(default)]
        initial: char,
        #[rollup(max = "height")]
        height: f32,
    },
}

fn main() {}
