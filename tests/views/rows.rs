//! What each word does to a row, whether it is there or not.

use crate::support::{at, refused, state};
use es_rollup::{ErrorKind, Rollup, Row as _};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = i64, table = "carts")]
#[rollup(view(items, key(item_id), state = CartItem, index(product_id)))]
#[rollup(view(archived, key(price_changed, item_id)))]
#[rollup(view(note))]
pub(crate) enum CartEvent {
    #[rollup(create, set(status = "open"))]
    Created,
    #[rollup(count = "items_ever", items(create, set))]
    ItemAdded { item_id: i64, product_id: i32, price: i64, tags: Option<String> },
    #[rollup(items(add))]
    ItemPut {
        item_id: i64,
        #[rollup(items(set))]
        product_id: i32,
        #[rollup(items(increment = "price"))]
        price: i64,
    },
    #[rollup(items(set, at = "repriced_at", count = "changes"))]
    ItemRepriced { item_id: i64, price: i64 },
    ItemRenumbered {
        #[rollup(items(key = "item_id"))]
        item: i64,
        #[rollup(items(decrement = "price", add = "products"))]
        product_id: i64,
    },
    #[rollup(items(delete))]
    ItemRemoved { item_id: i64 },
    #[rollup(items(remove), archived(create))]
    ItemArchived { item_id: i64, price_changed: String },
    #[rollup(note(add, set))]
    Noted { text: String },
    #[rollup(note(remove))]
    NoteTaken,
    #[rollup(note(clear = "text"))]
    NoteErased,
    #[rollup(set(status = "submitted"))]
    Submitted,
    #[rollup(delete)]
    Abandoned,
}

use CartEvent::{
    Abandoned, Created, ItemAdded, ItemArchived, ItemPut, ItemRemoved, ItemRenumbered, ItemRepriced,
    NoteErased, NoteTaken, Noted, Submitted,
};

fn added(item_id: i64) -> CartEvent {
    ItemAdded { item_id, product_id: 1, price: 100, tags: None }
}

#[test]
fn a_row_has_its_key_what_was_set_and_what_was_recorded() {
    let cart = state(&[Created, added(5), ItemRepriced { item_id: 5, price: 90 }, added(4)]);
    assert_eq!(cart.items.keys().copied().collect::<Vec<_>>(), [4, 5]);
    let expected = CartItem {
        id: 7,
        item_id: 5,
        version: 3,
        created_at: at(2),
        modified_at: at(3),
        product_id: 1,
        price: 90,
        tags: None,
        repriced_at: Some(at(3)),
        changes: 1,
        products: vec![],
    };
    assert_eq!(cart.items[&5], expected);
    assert_eq!((cart.items[&5].key(), *cart.items[&5].id(), cart.items[&5].version()), (5, 7, 3));
    assert_eq!(CartItem::TABLE, r#""public"."carts_items""#);
}

#[test]
fn the_state_reads_like_the_row_of_the_entity() {
    let cart = state(&[Created, added(5), added(6), Submitted]);
    assert_eq!((cart.status.as_str(), cart.items_ever, cart.version), ("submitted", 2, 4));
    assert_eq!(cart.rollup.version, 4);
    assert_eq!(cart.items[&5].version, 2);
}

#[test]
fn a_row_is_created_once() {
    assert_eq!(refused(&[Created, added(5), added(5)]), (ErrorKind::RowExists, Some("items"), None));
    let again = [Created, added(5), ItemRemoved { item_id: 5 }, added(5)];
    assert_eq!(state(&again).items[&5].created_at, at(4));
}

#[test]
fn what_is_added_is_made_or_changed() {
    let put = |price| ItemPut { item_id: 5, product_id: 2, price };
    let cart = state(&[Created, put(10), put(5)]);
    let item = &cart.items[&5];
    assert_eq!((item.price, item.created_at, item.version), (15, at(2), 3));
    assert_eq!(
        refused(&[Created, put(1), put(i64::MAX)]),
        (ErrorKind::Overflow, Some("items"), Some("price"))
    );
}

#[test]
fn only_a_row_that_is_there_is_changed_or_deleted() {
    let missing = (ErrorKind::RowMissing, Some("items"), None);
    assert_eq!(refused(&[Created, ItemRepriced { item_id: 5, price: 1 }]), missing);
    assert_eq!(refused(&[Created, ItemRenumbered { item: 5, product_id: 1 }]), missing);
    assert_eq!(refused(&[Created, added(4), ItemRemoved { item_id: 5 }]), missing);
    assert_eq!(refused(&[Created, NoteErased]), (ErrorKind::RowMissing, Some("note"), None));
}

#[test]
fn a_row_that_is_removed_need_not_be_there() {
    let archived = |item_id| ItemArchived { item_id, price_changed: "e1".into() };
    let cart = state(&[Created, added(5), archived(5), archived(6)]);
    assert!(cart.items.is_empty());
    assert_eq!(cart.archived[&("e1".to_string(), 6)].version, 4);
    let again = [Created, added(5), archived(5), added(5), archived(5)];
    assert_eq!(refused(&again), (ErrorKind::RowExists, Some("archived"), None));
}

#[test]
fn a_view_without_a_key_has_one_row_or_none() {
    let noted = |text: &str| Noted { text: text.into() };
    assert_eq!(state(&[Created]).note, None);
    let cart = state(&[Created, noted("a"), noted("b")]);
    let note: CartNoteRow = cart.note.expect("a note");
    assert_eq!((note.text.as_deref(), note.created_at, note.version), (Some("b"), at(2), 3));
    assert_eq!(state(&[Created, noted("a"), NoteErased]).note.expect("a note").text, None);
    assert_eq!(state(&[Created, noted("a"), NoteTaken, NoteTaken]).note, None);
}

#[test]
fn the_rows_end_with_the_entity() {
    assert_eq!(crate::support::folded(&[Created, added(5), Abandoned]), Ok(None));
}

#[test]
fn the_operations_work_on_the_columns_of_a_view() {
    let renumbered = |product_id| ItemRenumbered { item: 5, product_id };
    let cart = state(&[Created, added(5), renumbered(30), renumbered(30), renumbered(2)]);
    assert_eq!((cart.items[&5].price, cart.items[&5].products.as_slice()), (38, [30, 2].as_slice()));
    let least = [Created, added(5), renumbered(i64::MIN)];
    assert_eq!(refused(&least), (ErrorKind::Overflow, Some("items"), Some("price")));
}
