use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

type Maybe<T> = Option<T>;

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: Maybe<String>,
    },
}

fn main() {}
