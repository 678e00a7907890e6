use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(events = "cart_events", id = i64, unique(id))]
#[rollup(view(items, key(item), unique(item, id)))]
#[rollup(view(labels, key(item, label), unique(id, item), unique(id, item, label), index(id)))]
enum CartEvent {
    #[rollup(create, items(create), labels(create))]
    Created { item: String, label: String },
}

fn main() {}
