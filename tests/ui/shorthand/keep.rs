use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(context(set = "editor", path = "editor", as = String, keep))]
#[rollup(context(add = "editors", path = "editor", as = Option<String>, keep))]
enum UserEvent {
    #[rollup(create, set)]
    Named {
        #[rollup(keep)]
        name: String,
        #[rollup(keep = "old")]
        nick: Option<String>,
    },
    Tagged {
        #[rollup(add = "tags", keep)]
        tag: Option<String>,
        #[rollup(clear = "nick", keep)]
        nick: Option<String>,
    },
    #[rollup(keep)]
    Seen,
}

fn main() {}
