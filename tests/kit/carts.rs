//! Carts with their items, a note, and a history: events whose rows are in four tables.

use crate::support::{Kept, prepared};
use es_rollup::Rollup;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = i64, table = "carts", history)]
#[rollup(view(items, key(shop, item), state = CartItem))]
#[rollup(view(note, state = CartNote))]
pub(crate) enum CartEvent {
    #[rollup(create, set(status = "open"))]
    Opened,
    #[rollup(count = "added", items(create, set))]
    Added { shop: String, item: i32, price: Decimal, gift: Option<bool> },
    #[rollup(items(set, at = "repriced_at", count = "changes"))]
    Repriced { shop: String, item: i32, price: Decimal },
    #[rollup(items(delete))]
    Removed { shop: String, item: i32 },
    #[rollup(items(empty(shop)))]
    ShopClosed { shop: String },
    #[rollup(note(add))]
    Noted {
        #[rollup(note(set))]
        text: String,
        #[rollup(note(add = "labels"))]
        labels: Vec<String>,
    },
    #[rollup(note(remove))]
    NoteErased,
    #[rollup(set(status = "ordered"))]
    Ordered,
    #[rollup(delete)]
    Abandoned,
}
use CartEvent::{Added, Noted, Opened, Removed, Repriced};

/// A kit for carts; `sql` has been run in it.
pub(crate) fn carts(sql: &str) -> Kept<CartEvent> {
    let kept = prepared("");
    kept.kit.execute(sql);
    kept
}

/// SQL after each statement that inserts events, when all tables are written.
pub(crate) fn afterwards(body: &str) -> String {
    crate::support::afterwards("cart_events", body)
}

pub(crate) fn added(item: i32, price: i64) -> CartEvent {
    Added { shop: "a".into(), item, price: Decimal::new(price, 2), gift: None }
}

pub(crate) fn repriced(item: i32, price: i64) -> CartEvent {
    Repriced { shop: "a".into(), item, price: Decimal::new(price, 2) }
}

pub(crate) fn removed(item: i32) -> CartEvent {
    Removed { shop: "a".into(), item }
}

pub(crate) fn noted(text: &str) -> CartEvent {
    Noted { text: text.into(), labels: vec![text.to_uppercase()] }
}

/// Two items and a note.
pub(crate) fn filled() -> Vec<CartEvent> {
    vec![Opened, added(5, 100), added(6, 250), noted("soon")]
}
