//! An entity with very many rows in a view: what folds them from nothing keeps their keys in order, and some of them apart.

use super::cart::created;
use super::{Cart, all, begin, items, with_carts};
use crate::support::run;

/// More than are kept apart, several times over.
const ITEMS: i64 = 2_003;

/// Events for some of the items, in an order that is neither that of their keys nor its opposite.
async fn scattered(cart: &Cart<'_>, step: i64, payload: &str, which: &str) {
    run(
        cart.pool,
        &format!(
            "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
             SELECT 1, (SELECT max(sequence) FROM cart_events) + row_number() OVER (ORDER BY n * {step} % {ITEMS}), '-',
               {payload} || jsonb_build_object('item', 'item ' || n), now()
             FROM generate_series(1, {ITEMS}) AS n WHERE {which}
             ORDER BY 2"
        ),
    )
    .await
    .expect("good events");
}

#[tokio::test]
async fn very_many_rows_are_folded_from_nothing_in_whatever_order_their_keys_come() {
    with_carts(async |cart| {
        begin(cart, [created()]).await.expect("a good event");
        let price = |ty: &str| format!("jsonb_build_object('type', '{ty}', 'price', n)");
        scattered(cart, 1_234, &price("added"), "n % 5 > 0").await;
        scattered(cart, 777, "'{\"type\": \"noted\"}'", "n % 5 = 2").await;
        scattered(cart, 1_001, "'{\"type\": \"taken\"}'", "n % 5 = 1").await;
        scattered(cart, 555, &price("put"), "n % 3 = 0").await;
        scattered(cart, 99, "'{\"type\": \"sorted_out\"}'", "n % 250 = 7").await;
        scattered(cart, 3, &price("put"), "n % 500 = 7").await;
        let rows = items(cart.pool).await;
        assert!(rows.len() > 1_200, "{}", rows.len());
        let differ = "SELECT es_id::text FROM carts_verify(NULL, NULL)";
        assert_eq!(all(cart.pool, differ).await, [""; 0]);
        // In the order of their keys.
        let then = "SELECT format('%s %s v%s %s %s', id, item, version, coalesce(price::text, '-'), notes)
                    FROM carts_items_at(1, (SELECT max(sequence) FROM cart_events))";
        let mut then = all(cart.pool, then).await;
        let keys = "SELECT item FROM carts_items WHERE id = 1 ORDER BY item";
        let shown = "SELECT item FROM carts_items_at(1, (SELECT max(sequence) FROM cart_events))";
        assert_eq!(all(cart.pool, shown).await, all(cart.pool, keys).await);
        then.sort_unstable();
        let mut kept = rows.clone();
        kept.sort_unstable();
        assert_eq!(then, kept);
        run(
            cart.pool,
            "UPDATE carts_items SET price = 0 WHERE notes = 1; DELETE FROM carts_items WHERE price = 6",
        )
        .await
        .expect("somebody spoils them");
        assert!(!all(cart.pool, differ).await.is_empty());
        run(cart.pool, "SELECT carts_rebuild(NULL)").await.expect("all fold");
        assert_eq!(items(cart.pool).await, rows);
    })
    .await;
}
