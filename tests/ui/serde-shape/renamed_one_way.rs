use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    #[serde(rename(serialize = "named", deserialize = "was_named"))]
    Named {
        #[rollup(set)]
        #[serde(rename(serialize = "fullName"))]
        name: String,
        #[rollup(set)]
        #[serde(rename(serialize = "eMail"), alias = "eMail")]
        email: String,
    },
    #[serde(rename_all(serialize = "camelCase"))]
    Moved {
        #[rollup(set)]
        street_name: String,
    },
}

#[derive(Serialize, Deserialize, Rollup)]
#[serde(rename_all(deserialize = "snake_case"))]
#[rollup(events = "team_events", id = i64)]
enum TeamEvent {
    #[rollup(create)]
    Founded,
}

fn main() {}
