use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64)]
#[rollup(view(items, key(item, size)))]
enum CartEvent {
    #[rollup(create, items(create, set))]
    Created { item: String, size: i16, price: i64 },
    #[rollup(items(remove))]
    NoKey,
    #[rollup(items(clear = "price"))]
    HalfAKey { item: String },
    #[rollup(items(empty(itm)))]
    Emptied { item: String },
    #[rollup(items(add))]
    Misspelt {
        #[rollup(items(key = "itm"))]
        thing: String,
        size: i16,
    },
    #[rollup(items(add, sequence = "size"))]
    Sequence { item: String },
    #[rollup(items(add, set(size = 1)))]
    Twice {
        item: String,
        #[rollup(items(key = "size"))]
        wide: i16,
    },
    #[rollup(items(add, count = "size"))]
    Counted { item: String, size: i16 },
    Idle {
        #[rollup(items(key = "item"))]
        thing: String,
        size: i16,
    },
    #[rollup(items(add))]
    Outside {
        #[rollup(key = "item")]
        thing: String,
        size: i16,
    },
    #[rollup(items(add))]
    TwoLists { item: Vec<String>, size: Vec<i16> },
}

fn main() {}
