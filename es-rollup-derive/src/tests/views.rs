//! Views: what is generated for them, and the messages of their mistakes.

use super::messages::catalogue;
use super::{errors, parsed, pretty};
use crate::rollup;

/// Every word for a row, keys of one part, of two and of none, and a list whose elements choose rows.
const CARTS: &str = r#"
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(events = "cart_events", id = CartId, table = "carts")]
    #[rollup(view(items, key(item_id), state = CartItem, index(product_id)))]
    #[rollup(view(archived, key(price_changed, item_id)))]
    #[rollup(view(note))]
    pub enum CartEvent {
        #[rollup(create, set(status = "open"))]
        CartCreated,
        #[rollup(count = "items_ever", items(create, set))]
        ItemAdded { item_id: ItemId, product_id: i32, fingerprint: Option<String> },
        #[rollup(items(delete))]
        ItemRemoved { item_id: ItemId },
        #[rollup(items(remove), archived(create))]
        ItemArchived { item_id: ItemId, price_changed: EventId },
        #[rollup(items(empty))]
        CartCleared,
        #[rollup(archived(empty(item_id)))]
        ArchiveCleared { item_id: ItemId },
        ItemsRepriced {
            #[rollup(items(key = "item_id", path = "item", as = ItemId))]
            #[rollup(items(increment = "price", path = "price", as = i64))]
            prices: Vec<NewPrice>,
        },
        #[rollup(note(add, set, at = "noted_at"))]
        Noted { text: String },
        #[rollup(set(status = "submitted"))]
        CartSubmitted,
        #[rollup(delete)]
        CartDeleted,
    }
"#;

#[test]
fn the_tables_of_an_entity_have_structs_and_one_fold() {
    let expansion = rollup::derive(&parsed(CARTS));
    assert_eq!(errors(expansion.clone()), [""; 0]);
    insta::assert_snapshot!("views", pretty(expansion));
}

#[test]
fn with_errors_the_structs_are_there() {
    let mistaken = CARTS.replace("items(delete)", "items(deleted)");
    insta::assert_snapshot!("views_with_errors", pretty(rollup::derive(&parsed(&mistaken))));
}

/// Enums with these views, and an event that is right in each of them.
fn with_views(views: &[&str]) -> Vec<String> {
    let item = |view: &&str| {
        format!(
            "#[rollup(events = \"e\", id = i64, {view})] enum E {{ #[rollup(create, v(create))] A {{ k: u8 }} }}"
        )
    };
    views.iter().map(item).collect()
}

/// Enums with a view `v` and a variant that creates its rows, then these.
fn with_variants(variants: &[&str]) -> Vec<String> {
    let item = |variants: &&str| {
        format!(
            "#[rollup(events = \"e\", id = i64, view(v, key(k, l)))] enum E {{ #[rollup(create, v(create, set))] A {{ k: u8, l: String, c: i64 }}, {variants} }}"
        )
    };
    variants.iter().map(item).collect()
}

#[test]
fn mistakes_in_views_have_messages() {
    let mut items = with_views(&[
        "view",
        "view = \"v\"",
        "view()",
        "view(key(k))",
        "view(v, key)",
        "view(v, key())",
        "view(v, key(k), events = \"e\")",
        "view(v, keys(k))",
        "view(v, key(k), key(l))",
        "view(v, key(k, k))",
        "view(v, key(K))",
        "view(v, key(id))",
        "view(v, key(es_k))",
        "view(v, key(k), state = a::B)",
        "view(v, key(k), state = ERollup)",
        "view(v, key(k), table = \"e\")",
        "view(v, key(k), table = \"e_rollup\")",
        "view(v, key(k), table = \"a.b.c\")",
        "view(v, key(k), check(c = \"z > 0\"))",
        "view(v, key(k), unique(z))",
        "view(v, key(k)), view(v, key(k))",
        "view(v, key(k)), view(w, key(k))",
        "view(v, key(k)), view(set, key(k))",
        "view(v, key(k)), view(history, key(k))",
        "archive, view(v, key(k), table = \"e_rollup_base\")",
        "archive, archive, view(v, key(k)), view(archive, key(k))",
        "archive = 3, view(v, key(k))",
        "view(v, key(k)), view(W, key(k))",
        "view(v, key(k)), view(version)",
        "sequence = \"w\", view(v, key(k)), view(w)",
        "view(w, key(k))",
        "state = EState, view(v, key(k))",
        "key(k)",
    ]);
    items.extend(with_variants(&[
        "#[rollup(v)] B { k: u8, l: String }",
        "#[rollup(v())] B { k: u8, l: String }",
        "#[rollup(v = 3)] B { k: u8, l: String }",
        "#[rollup(w(create))] B { k: u8, l: String }",
        "#[rollup(v(creat))] B { k: u8, l: String }",
        "#[rollup(v(ignore))] B { k: u8, l: String }",
        "#[rollup(v(nonsense))] B { k: u8, l: String }",
        "#[rollup(empty)] B { k: u8, l: String }",
        "#[rollup(add)] B { k: u8, l: String }",
        "#[rollup(v(create, add))] B { k: u8, l: String }",
        "#[rollup(v(delete, clear = \"c\"))] B { k: u8, l: String }",
        "#[rollup(v(remove))] B { k: u8 }",
        "#[rollup(v(remove))] B",
        "#[rollup(v(clear = \"c\"))] B { k: u8 }",
        "#[rollup(v(clear = \"z\"))] B { k: u8, l: String }",
        "#[rollup(v(empty, empty))] B",
        "#[rollup(v(empty, empty(k)))] B { k: u8 }",
        "#[rollup(v(empty(kk)))] B { kk: u8 }",
        "#[rollup(v(empty(z)))] B",
        "#[rollup(v(empty(k)))] B { l: String }",
        "#[rollup(v(empty(k)))] B { k: Vec<u8> }",
        "#[rollup(v(empty(k), add))] B { k: Vec<u8>, l: String }",
        "#[rollup(v(empty, delete))] B { k: u8, l: String }",
        "#[rollup(v(empty, clear = \"c\"))] B { k: u8, l: String }",
        "#[rollup(ignore, v(empty))] B",
        "#[rollup(delete, v(empty))] B",
        "#[rollup(v(add, set(k = 300)))] B { l: String }",
        "#[rollup(v(add, set(k = 3)))] B { k: u8, l: String }, C { #[rollup(v(key = \"k\"))] k: u16, #[rollup(v(set = \"c\"))] l: String }",
        "#[rollup(v(add, set(k = 3), sequence = \"k\"))] B { l: String }",
        "#[rollup(v(add, count = \"k\"))] B { k: u8, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(set = \"k\"))] a: u8, k: u8, l: String }",
        "#[rollup(v(add, set))] B { #[rollup(v(key = \"k\"))] a: u8, k: u8, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(key = \"kk\"))] a: u8, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(key))] k: u8, l: String }",
        "#[rollup(v(add))] B { #[rollup(key = \"k\")] k: u8, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(key = \"k\"))] a: u8, #[rollup(v(key = \"k\"))] b: u8, l: String }",
        "#[rollup(v(add))] B { k: Option<u8>, l: String }",
        "#[rollup(v(add))] B { k: Vec<u8>, l: Vec<String> }",
        "#[rollup(v(add))] B { k: Vec<Option<u8>>, l: String }",
        "#[rollup(v(add))] B { k: Vec<Vec<u8>>, l: String }",
        "#[rollup(v(add))] B { k: u8, l: serde_json::Value }",
        "#[rollup(v(add))] B { #[serde(flatten)] k: u8, l: String }",
        "#[rollup(v(add))] B { #[serde(default = \"f\")] k: u8, l: String }",
        "#[rollup(v(add))] B { #[serde(default = \"f\")] k: Vec<u8>, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(key = \"k\", sql_type = \"inet\"))] k: Ip, l: String }",
        "#[rollup(v(add))] B { #[rollup(v(key = \"k\", path = \"a\"))] k: V, l: String }",
        "#[rollup(v(add, context(key = \"k\", path = \"a\")))] B { l: String }",
        "#[rollup(v(add, context(key = \"k\", path = \"a\", as = Option<u8>)))] B { l: String }",
        "#[rollup(v(add, context(key, as = u8)))] B { l: String }",
        "#[rollup(v(add))] B { k: u8, #[rollup(v(ignore))] l: String }",
        "#[rollup(v(set))] B { k: u8, l: String }",
        "#[rollup(v(set))] B { k: u8, l: String, id: u8 }",
        "B { #[rollup(v(key = \"k\"))] k: u8, l: String }",
        "B { #[rollup(v(as = u8))] k: u8, l: String }",
        "#[rollup(v(add))] B(u8)",
        "#[rollup(v(add, unique))] B { k: u8, l: String }",
    ]));
    items.extend([
        "#[rollup(events = \"e\", id = i64, view(v, key(f)))] enum E { #[rollup(v(add))] A { f: f64 } }".into(),
        "#[rollup(events = \"e\", id = i64, view(v))] enum E { #[rollup(v(add, set))] A { f: f64 }, #[rollup(v(empty(f)))] B }".into(),
        "#[rollup(events = \"e\", id = i64, view(v))] enum E { #[rollup(v(set))] A { f: f64 } }".into(),
        "#[rollup(events = \"e\", id = i64, view(v))] enum E { A }".into(),
    ]);
    insta::assert_snapshot!("views_messages", catalogue(&items, rollup::derive));
}
