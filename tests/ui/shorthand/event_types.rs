use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64, event_type = "last_event", event_type = "id")]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
    },
    #[rollup(ignore)]
    #[serde(other)]
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Opened,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "account_events", id = i64, event_type = "kind", event_type = "count")]
enum AccountEvent {
    Opened {
        #[rollup(set)]
        kind: Kind,
    },
    Counted {
        #[rollup(set)]
        count: i64,
    },
    #[rollup(event_type = "last", event_type = "last")]
    Closed,
    #[rollup(delete, event_type = "last")]
    Gone,
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "order_events", id = i64, event_type = "kind", at = 5, sequence)]
enum OrderEvent {
    #[rollup(create, set(kind = "opened"))]
    Opened,
    Changed {
        #[rollup(set = "state")]
        state: Kind,
    },
    #[rollup(event_type = "state")]
    Shipped,
}

fn main() {}
