use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "$es_rollup$", content = "a\\b")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[serde(rename = "is $es_rollup$ named", alias = "na\nmed")]
    Named {
        #[rollup(set)]
        #[serde(rename = "na\u{1}me")]
        name: String,
        #[serde(alias = "C:\\users")]
        #[rollup(set)]
        home: String,
    },
}

fn main() {}
