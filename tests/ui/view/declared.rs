use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64, table = "carts")]
#[rollup(view(items, key(item, item), table = "carts", unique(itm), trigger = "row"))]
#[rollup(view(items))]
#[rollup(view(set, key(item)), view(history), view(es_rows))]
#[rollup(view(key(item)), view, view(rest, keys(item)))]
#[rollup(view(other, key(id, ctid, Item), state = CartRollup))]
enum CartEvent {
    #[rollup(create, items(create), history(add), es_rows(add), other(add), rest(add))]
    Created { item: String },
}

fn main() {}
