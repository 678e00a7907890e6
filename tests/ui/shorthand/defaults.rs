use es_rollup::{Rollup, SqlType};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SqlType)]
enum Plan {
    Free,
    Gold,
}

fn plan() -> Plan {
    Plan::Free
}

fn level() -> u8 {
    5
}

fn tags() -> Vec<String> {
    vec!["new".into()]
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Joined {
        #[rollup(set)]
        #[serde(default = "level")]
        level: u8,
        #[rollup(set, default = 500)]
        #[serde(default = "level")]
        start: u8,
        #[rollup(set, default = "Gone")]
        #[serde(default = "plan")]
        plan: Plan,
        #[rollup(add = "tags", default = "new")]
        #[serde(default = "tags")]
        tags: Vec<String>,
        #[rollup(set, default = 5)]
        wrong: i64,
        #[rollup(set, default = 5)]
        #[serde(default)]
        odd: i64,
    },
}

fn main() {}
