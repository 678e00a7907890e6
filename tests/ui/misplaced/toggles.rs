//! `toggle` reads no value, so it belongs on a variant.

use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "lamp_events", id = i64, toggle = "on")]
enum LampEvent {
    #[rollup(create)]
    Hung,
    Switched {
        #[rollup(toggle = "on")]
        on: bool,
    },
    #[rollup(toggle)]
    Dimmed,
}

fn main() {}
