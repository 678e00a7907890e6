use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

mod a {
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, es_rollup::SqlType)]
    pub struct Name(String);
}

mod b {
    #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, es_rollup::SqlType)]
    pub struct Name(String);
}

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: a::Name,
    },
    Renamed {
        #[rollup(set)]
        name: b::Name,
    },
}

fn main() {}
