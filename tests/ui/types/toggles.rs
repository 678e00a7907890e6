//! `toggle` flips a `bool` and nothing else.

use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

type Plain = bool;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
struct Flag(bool);

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "lamp_events", id = i64)]
enum LampEvent {
    #[rollup(create)]
    Hung {
        #[rollup(set)]
        label: String,
        #[rollup(set)]
        plain: Plain,
    },
    #[rollup(toggle = "label", toggle = "plain", toggle = "alone")]
    Switched,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "door_events", id = i64)]
enum DoorEvent {
    #[rollup(create)]
    Hung {
        #[rollup(set)]
        open: Flag,
        #[rollup(set)]
        locked: Option<Flag>,
    },
    #[rollup(toggle = "open", toggle = "locked")]
    Switched,
}

fn main() {}
