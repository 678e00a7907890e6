use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64, retired(version, colour))]
#[rollup(view(items, key(item), retired(item)))]
enum CartEvent {
    #[rollup(items(add))]
    Added {
        item: String,
        #[rollup(increment = "total", retired)]
        amount: i64,
        #[rollup(retired)]
        note: String,
    },
}

fn main() {}
