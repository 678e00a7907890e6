use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "user_events", id = i64)]
#[rollup(check, check = "balance >= 0", check(), check("balance >= 0"), check(positive), check(positive = 3))]
#[rollup(unique, unique = "name", unique(), unique("name"), unique(name = "name"))]
#[rollup(index, index(name.first))]
enum UserEvent {
    Named {
        #[rollup(set, unique = true)]
        name: String,
        #[rollup(increment = "balance", index(balance), not_null = "balance")]
        amount: i64,
    },
}

fn main() {}
