use es_rollup::Rollup;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Rollup)]
#[rollup(
    events = "cart_events",
    id = i64,
    was = "carts",
    view(items, key(sku), was = "items"),
    view(notes, key(note_id), was = "coupons"),
    view(coupons, key(code), was = ""),
    view(gifts, key(gift_id), was = "presents"),
    view(tags, key(tag), was = "presents"),
)]
enum CartEvent {
    #[rollup(items(add))]
    Added {
        #[rollup(items(key = "sku", was = "amount"))]
        code: String,
        #[rollup(items(set, was = "number"))]
        amount: i64,
    },
    #[rollup(notes(add))]
    Noted {
        note_id: i64,
        #[rollup(notes(was = "words"))]
        text: String,
    },
    #[rollup(coupons(add))]
    Redeemed { code: String },
    #[rollup(gifts(add))]
    Given { gift_id: i64 },
    #[rollup(tags(add, was = "label"))]
    Tagged { tag: String },
}

fn main() {}
