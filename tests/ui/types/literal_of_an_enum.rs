use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, es_rollup::SqlType)]
#[serde(rename_all = "kebab-case")]
enum Status {
    Open,
    OnHold,
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Moved {
        #[rollup(set)]
        status: Status,
    },
    #[rollup(set(status = "on-hold"))]
    Paused,
    #[rollup(set(status = "OnHold"))]
    Stopped,
}

fn main() {}
