//! Columns of types that cannot be what they are used for.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

type Names = Vec<String>;

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "clock_events", id = i64, time = i64)]
pub enum ClockEvent {
    #[rollup(at = "struck_at")]
    Struck,
    Wound {
        #[rollup(push = "hands")]
        hands: Names,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "bell_events", id = i64)]
pub enum BellEvent {
    #[rollup(set(strokes = 300, name = "a\\b", tone = "$es_rollup$"))]
    Cast,
    Counted {
        #[rollup(set = "strokes")]
        strokes: u8,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "page_events", id = i64)]
pub enum PageEvent {
    #[rollup(sequence = "written_in")]
    Printed,
    Written {
        #[rollup(set = "written_in")]
        by_hand: i32,
    },
}

fn main() {}
