//! `cargo run --example cart`: its output, its migration, and its races.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/cart.rs"]
mod cart;

use std::sync::Arc;

use crate::files::{assert_is_file, assert_is_output};
use cart::steps::item;
use cart::support::store::{self, Failed};
use cart::{CartEvent, CartId, CartState, Cents, InventoryEvent, ItemId, MOST_ITEMS, MessageId, ProductId};
use chrono::Utc;
use es_rollup::{ErrorKind, Fold, Rollup};
use es_rollup_test_server::{Database, needs_several_connections};
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use tokio::sync::Barrier;
use uuid::Uuid;

const CART: CartId = CartId(Uuid::from_u128(1));
const PRODUCT: ProductId = ProductId(Uuid::from_u128(2));
const MESSAGE: MessageId = MessageId(Uuid::from_u128(3));

#[test]
fn the_migrations_in_the_repository_are_up_to_date() {
    assert_is_file("cart/cart.sql", CartEvent::MIGRATION_SQL);
    assert_is_file("cart/inventory.sql", InventoryEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    cart::steps::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("cart/output.txt", out);
}

#[tokio::test]
async fn the_last_step_finds_a_row_of_any_table_that_differs_from_the_fold() {
    let database = Database::create().await;
    cart::steps::show(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
    for harm in [
        "UPDATE carts SET status = 'open'",
        "UPDATE carts_items SET fingerprint = 'x'",
        "DELETE FROM carts_archived",
        "UPDATE inventories SET available = 3",
    ] {
        sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
        let error = cart::steps::compare(database.pool(), &mut Vec::new()).await;
        assert_eq!(error.expect_err("the harm is found").to_string(), "fold and tables differ", "{harm}");
        sqlx::raw_sql("SELECT carts_rebuild(NULL); SELECT inventories_rebuild(NULL)")
            .execute(database.pool())
            .await
            .expect("the tables are folded again");
        cart::steps::compare(database.pool(), &mut Vec::new()).await.expect("the harm is mended");
    }
    database.close().await;
}

#[tokio::test]
async fn carts_with_a_product_are_found_by_the_index_of_the_view() {
    let database = Database::create().await;
    open_cart(database.pool(), CartEvent::MIGRATION_SQL).await;
    let mut transaction = database.pool().begin().await.expect("a transaction");
    sqlx::query("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("it is set");
    let plan: Vec<String> = sqlx::query_scalar(
        "EXPLAIN SELECT id, item_id FROM carts_items WHERE product_id = '00000000-0000-0000-0000-000000000002'",
    )
    .fetch_all(&mut *transaction)
    .await
    .expect("a plan");
    transaction.rollback().await.expect("nothing was changed");
    assert!(plan.iter().any(|line| line.contains("carts_items_product_id_idx")), "{plan:#?}");
    database.close().await;
}

/// A cart with two items of the product.
async fn open_cart(pool: &PgPool, migration: &'static str) {
    store::create_table::<CartEvent>(pool).await.expect("a table");
    store::migrate(pool, migration).await.expect("a rollup");
    let added = |number| CartEvent::ItemAdded {
        item_id: ItemId(Uuid::from_u128(number)),
        product_id: PRODUCT,
        description: "a lamp".to_owned(),
        image: "/images/a-lamp.png".to_owned(),
        price: Cents(100),
        fingerprint: String::new(),
    };
    let events = [CartEvent::CartCreated, added(1), added(2)];
    store::append(pool, &CART, 0, Utc::now(), None, &events).await.expect("a cart");
}

async fn run(
    pool: &PgPool,
    decide: impl Fn(Option<&CartState>) -> Result<CartEvent, Failed>,
) -> Result<(), Failed> {
    cart::execute(pool, CART, Utc::now(), decide).await
}

/// At which version a decision is appended.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Guard {
    /// At the one that it was made on.
    Expected,
    /// At the current one, whatever has happened since.
    None,
}

/// Like `execute`, but both writers have read the cart before one of them appends.
async fn race(
    pool: &PgPool,
    guard: Guard,
    start: &Barrier,
    decide: impl Fn(Option<&CartState>) -> Result<CartEvent, Failed>,
) -> Result<(), Failed> {
    let seen = cart::cart(pool, CART).await;
    start.wait().await;
    let seen = seen?;
    let event = [decide(seen.as_ref())?];
    let mut version = seen.map_or(0, |cart| cart.version);
    loop {
        match store::append(pool, &CART, version, Utc::now(), None, &event).await {
            Err(error) if store::lost_the_race::<CartEvent>(&error) => {}
            done => return Ok(done?),
        }
        match guard {
            Guard::Expected => return run(pool, decide).await,
            Guard::None => version = cart::cart(pool, CART).await?.map_or(0, |cart| cart.version),
        }
    }
}

/// Both writers add an item, then both remove the same one, several times. Returns how many commands were accepted.
async fn both_writers(pool: &PgPool, guard: Guard, rounds: u32) -> usize {
    let start = Arc::new(Barrier::new(2));
    let writers = [0, 1].map(|writer| {
        let (pool, start) = (pool.clone(), Arc::clone(&start));
        tokio::spawn(async move {
            let mut accepted = 0;
            for round in 0..rounds {
                let new = item(u128::from(100 + 2 * round + writer), PRODUCT, 100);
                let added = race(&pool, guard, &start, |cart| cart::add(cart, &new)).await;
                start.wait().await;
                let cart = cart::cart(&pool, CART).await.expect("a cart").expect("a cart");
                let first = *cart.items.keys().next().expect("an item");
                let removed = race(&pool, guard, &start, |cart| cart::remove(cart, first)).await;
                start.wait().await;
                accepted += [added, removed].iter().filter(|outcome| accepted_of(outcome)).count();
            }
            accepted
        })
    });
    let mut accepted = 0;
    for writer in writers {
        accepted += writer.await.expect("a writer does not panic");
    }
    accepted
}

/// Whether a command was accepted. The application has rejected it otherwise, or the database, since the row that it
/// removes is gone.
fn accepted_of(outcome: &Result<(), Failed>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(Failed::Rejected(_)) => false,
        Err(Failed::Database(error)) if store::refused::<CartEvent>(error) == Some(ErrorKind::RowMissing) => {
            false
        }
        Err(other) => panic!("{other}"),
    }
}

/// The most items that the cart ever had. Its rows are what its events say, all along.
async fn most_items(pool: &PgPool) -> usize {
    let mut fold = Fold::<CartEvent>::new();
    let mut most = 0;
    for stored in store::events::<CartEvent>(pool, Some(&CART), 0).await.expect("the events") {
        fold.apply(stored.recorded()).expect("what is stored folds");
        most = most.max(fold.state().map_or(0, |cart| cart.items.len()));
    }
    assert_eq!(fold.into_state(), cart::cart(pool, CART).await.expect("the tables are read"));
    most
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_never_put_too_much_into_a_cart_as_long_as_they_append_where_they_have_read() {
    needs_several_connections!();
    let database = Database::create().await;
    open_cart(database.pool(), CartEvent::MIGRATION_SQL).await;
    let accepted = both_writers(database.pool(), Guard::Expected, 10).await;
    assert_eq!(accepted, 20, "in each round one item is added, and one is removed");
    assert_eq!(most_items(database.pool()).await, MOST_ITEMS);
    let events = store::events::<CartEvent>(database.pool(), None, 0).await.expect("the events");
    assert_eq!(events.len(), 3 + accepted, "nothing is lost and nothing is appended twice");
    database.close().await;

    let database = Database::create().await;
    open_cart(database.pool(), CartEvent::MIGRATION_SQL).await;
    both_writers(database.pool(), Guard::None, 1).await;
    assert!(most_items(database.pool()).await > MOST_ITEMS, "without the guard the race is lost");
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_who_do_not_wait_for_each_other_lose_nothing() {
    needs_several_connections!();
    let database = Database::create().await;
    open_cart(database.pool(), CartEvent::MIGRATION_SQL).await;
    let writers = [10_u128, 20].map(|writer| {
        let pool = database.pool().clone();
        tokio::spawn(async move {
            let mut accepted = 0;
            for turn in 0..30 {
                // Each adds two items and removes them again. There is room for one.
                let number = writer + turn % 2;
                let outcome = if turn % 4 < 2 {
                    run(&pool, |cart| cart::add(cart, &item(number, PRODUCT, 100))).await
                } else {
                    let id = ItemId(Uuid::from_u128(number));
                    run(&pool, |cart| cart::remove(cart, id)).await
                };
                accepted += usize::from(accepted_of(&outcome));
            }
            accepted
        })
    });
    let mut accepted = 0;
    for writer in writers {
        accepted += writer.await.expect("a writer does not panic");
    }
    assert!(most_items(database.pool()).await <= MOST_ITEMS);
    let events = store::events::<CartEvent>(database.pool(), None, 0).await.expect("the events");
    assert_eq!(events.len(), 3 + accepted);
    database.close().await;
}

/// The same events, but the key of the archived items is no guard: `add` takes a row that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = CartId, table = "carts", state = UnguardedRollup)]
#[rollup(derive(Debug, Clone, PartialEq, sqlx::FromRow))]
#[rollup(view(items, key(item_id), state = UnguardedItem, index(product_id)))]
#[rollup(view(archived, key(price_changed, item_id), state = UnguardedArchived))]
enum UnguardedEvent {
    #[rollup(create, set(status = "open"))]
    CartCreated,
    #[rollup(count = "items_ever", items(create, set))]
    ItemAdded { item_id: ItemId, product_id: ProductId },
    #[rollup(items(remove), archived(add))]
    ItemArchived { item_id: ItemId, price_changed: MessageId },
}

/// Several workers have received the same message. Returns how often they have archived an item, and how many rows of
/// archived items there are.
async fn all_workers(pool: &PgPool) -> (usize, i64) {
    const WORKERS: usize = 4;
    let start = Arc::new(Barrier::new(WORKERS));
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| {
            let (pool, start) = (pool.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                let found = cart::items_of(&pool, PRODUCT).await.expect("the items are found");
                start.wait().await;
                let mut archived = 0;
                for item in found {
                    match cart::archive(&pool, item, MESSAGE, Utc::now()).await {
                        Ok(done) => archived += usize::from(done),
                        Err(error) => {
                            let kind = store::refused::<CartEvent>(&error);
                            assert_eq!(kind, Some(ErrorKind::RowExists), "{error}");
                        }
                    }
                }
                archived
            })
        })
        .collect();
    let mut archived = 0;
    for worker in workers {
        archived += worker.await.expect("a worker does not panic");
    }
    let rows = sqlx::query_scalar("SELECT count(*) FROM carts_archived").fetch_one(pool).await;
    (archived, rows.expect("the rows are counted"))
}

#[tokio::test(flavor = "multi_thread")]
async fn several_workers_archive_an_item_once_as_long_as_the_key_of_the_view_forbids_more() {
    needs_several_connections!();
    let database = Database::create().await;
    open_cart(database.pool(), CartEvent::MIGRATION_SQL).await;
    assert_eq!(all_workers(database.pool()).await, (2, 2));
    assert_eq!(most_items(database.pool()).await, 2);
    database.close().await;

    let database = Database::create().await;
    open_cart(database.pool(), UnguardedEvent::MIGRATION_SQL).await;
    let (archived, rows) = all_workers(database.pool()).await;
    assert!(archived > 2, "without the guard an item is archived more than once");
    assert_eq!(rows, 2);
    database.close().await;
}
