use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
enum UserEvent {
    Named {
        #[rollup(set)]
        name: String,
        #[rollup(set)]
        age: i32,
        #[rollup(set)]
        admin: bool,
    },
    #[rollup(set(name = true, age = "seven", admin = 1))]
    Wrong,
    #[rollup(set(name = 3, age = false, admin = "yes"))]
    WrongAgain,
}

fn main() {}
