use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64)]
#[rollup(view(items, key(item)), view(never))]
enum CartEvent {
    #[rollup(create, items(create, set))]
    Created { item: String, price: i64 },
    #[rollup(items(create, add))]
    Twice { item: String },
    #[rollup(items(delete, clear = "price"))]
    Gone { item: String },
    #[rollup(items(empty, delete))]
    Emptied { item: String },
    #[rollup(items(empty, empty(item)))]
    EmptiedTwice { item: String },
    #[rollup(ignore, items(empty))]
    Ignored,
    #[rollup(delete, items(empty))]
    Deleted,
    #[rollup(item(remove))]
    Misspelt { item: String },
    #[rollup(items(remov), empty)]
    Misspelt2 { item: String },
    #[rollup(items)]
    Nothing { item: String },
    #[rollup(items(ignore))]
    Misplaced { item: String },
    #[rollup(items(set = "price"))]
    WrongForm { item: String },
}

fn main() {}
