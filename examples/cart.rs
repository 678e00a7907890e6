//! The carts of a web shop, modelled event by event: what happens elsewhere (stock is counted, a price changes, an
//! order is taken on) arrives and leaves as messages, and every screen and every processor reads a table.
//!
//! ```sh
//! cargo run --example cart
//! ```
//!
//! - The items of a cart are rows of a view. So are the items that were archived because their price had changed, under
//!   the id of the message about the price: a message that comes twice is refused.
//! - A view is indexed by product, which finds the carts that hold a product.
//! - The inventories are a rollup of their own, with one stream a product.
//!
//! It starts a PostgreSQL server by itself, or uses `DATABASE_URL` if that is set. The migration that the derive
//! generates for carts is in `cart/cart.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "support/mod.rs"]
pub(crate) mod support;

#[path = "cart/steps.rs"]
pub(crate) mod steps;

use std::error::Error;
use std::io::stdout;

use chrono::{DateTime, Utc};
use es_rollup::{Rollup, SqlType};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, PgPool};
use support::store::{self, Failed};
use uuid::Uuid;

// ---- Ids and events. ----

/// An id: a `Uuid` in Rust, in JSON and in PostgreSQL. The key of a view also needs an order.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident,)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[derive(Serialize, Deserialize, SqlType, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(pub Uuid);
    )*};
}
ids! {
    CartId,
    /// A line of a cart.
    ItemId,
    ProductId,
    /// A message from another system. A message that is delivered twice has the same id both times.
    MessageId,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct Cents(pub i64);

/// What can happen to a cart. The words in `items(…)` and `archived(…)` are about rows of these views, the others about
/// the cart's own row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = CartId, table = "carts")]
#[rollup(derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow))]
#[rollup(view(items, key(item_id), state = CartItem, index(product_id)))]
#[rollup(view(archived, key(price_changed, item_id), state = ArchivedItem))]
pub enum CartEvent {
    #[rollup(create, set(status = "open"))]
    CartCreated,
    /// Makes a row of the view, and sets each column from the field of its name.
    #[rollup(count = "items_ever", items(create, set))]
    ItemAdded {
        item_id: ItemId,
        product_id: ProductId,
        description: String,
        image: String,
        price: Cents,
        /// The device of the shopper. Events of the first release do not have it.
        #[serde(default)]
        fingerprint: String,
    },
    /// The row has to be there.
    #[rollup(items(delete))]
    ItemRemoved { item_id: ItemId },
    /// The item need not be in the cart any more, but it is archived once for each message.
    #[rollup(items(remove), archived(create))]
    ItemArchived { item_id: ItemId, price_changed: MessageId },
    #[rollup(items(empty))]
    CartCleared,
    #[rollup(set, set(status = "submitted"), at = "submitted_at")]
    CartSubmitted { total: Cents },
    #[rollup(set(status = "published"), at = "published_at")]
    CartPublished,
}

/// What can happen to the inventory of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "inventory_events", id = ProductId, table = "inventories")]
#[rollup(derive(Debug, Clone, PartialEq, sqlx::FromRow))]
pub enum InventoryEvent {
    #[rollup(set)]
    InventoryChanged { available: i32 },
}

// ---- Queries: what the tables say. ----

/// A cart with its rows of both views; `None` if there never was such a cart.
pub(crate) async fn cart(pool: &PgPool, id: CartId) -> Result<Option<CartState>, Failed> {
    let query = format!("{} WHERE r.id = $1", CartEvent::STATE_SQL);
    Ok(sqlx::query_as(AssertSqlSafe(query)).bind(id).fetch_optional(pool).await?)
}

/// The items of a product, in whichever cart.
const OF_A_PRODUCT: &str = "\
SELECT id, item_id FROM carts_items
WHERE product_id = $1 ORDER BY id, item_id";

pub(crate) async fn items_of(pool: &PgPool, product: ProductId) -> sqlx::Result<Vec<(CartId, ItemId)>> {
    sqlx::query_as(OF_A_PRODUCT).bind(product).fetch_all(pool).await
}

/// What the warehouse has of a product, as far as it has said so.
async fn available(pool: &PgPool, product: ProductId) -> sqlx::Result<i32> {
    let row = sqlx::query_as::<_, InventoryRollup>("SELECT * FROM inventories WHERE id = $1").bind(product);
    Ok(row.fetch_optional(pool).await?.and_then(|row| row.available).unwrap_or(0))
}

// ---- Commands: each decides on the state, and what it decides is appended at the version that it has seen. ----

/// A cart has at most this many items at a time.
pub(crate) const MOST_ITEMS: usize = 3;

pub(crate) fn create(cart: Option<&CartState>) -> Result<CartEvent, Failed> {
    match cart {
        None => Ok(CartEvent::CartCreated),
        Some(_) => Err(Failed::Rejected("there is such a cart")),
    }
}

pub(crate) fn add(cart: Option<&CartState>, item: &NewItem) -> Result<CartEvent, Failed> {
    let cart = open(cart)?;
    if cart.items.contains_key(&item.item_id) {
        return Err(Failed::Rejected("the item is in the cart"));
    }
    if cart.items.len() >= MOST_ITEMS {
        return Err(Failed::Rejected("the cart is full"));
    }
    let NewItem { item_id, product_id, description, price } = *item;
    let image = format!("/images/{}.png", description.replace(' ', "-"));
    let fingerprint = "browser-7".to_owned();
    let description = description.to_owned();
    Ok(CartEvent::ItemAdded { item_id, product_id, description, image, price, fingerprint })
}

pub(crate) fn remove(cart: Option<&CartState>, item_id: ItemId) -> Result<CartEvent, Failed> {
    match open(cart)?.items.get(&item_id) {
        Some(_) => Ok(CartEvent::ItemRemoved { item_id }),
        None => Err(Failed::Rejected("the item is not in the cart")),
    }
}

fn clear(cart: Option<&CartState>) -> Result<CartEvent, Failed> {
    open(cart).map(|_| CartEvent::CartCleared)
}

fn submit(cart: Option<&CartState>, available: impl Fn(ProductId) -> i32) -> Result<CartEvent, Failed> {
    let cart = open(cart)?;
    if cart.items.is_empty() {
        return Err(Failed::Rejected("the cart is empty"));
    }
    if cart.items.values().any(|item| available(item.product_id) < 1) {
        return Err(Failed::Rejected("a product is not in stock"));
    }
    Ok(CartEvent::CartSubmitted { total: Cents(cart.items.values().map(|item| item.price.0).sum()) })
}

fn publish(cart: Option<&CartState>) -> Result<CartEvent, Failed> {
    match cart {
        Some(cart) if cart.status == "submitted" => Ok(CartEvent::CartPublished),
        _ => Err(Failed::Rejected("the cart is not submitted")),
    }
}

fn open(cart: Option<&CartState>) -> Result<&CartState, Failed> {
    match cart {
        Some(cart) if cart.status == "open" => Ok(cart),
        Some(_) => Err(Failed::Rejected("the cart is closed")),
        None => Err(Failed::Rejected("there is no such cart")),
    }
}

/// What the shopper has chosen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NewItem {
    pub(crate) item_id: ItemId,
    pub(crate) product_id: ProductId,
    pub(crate) description: &'static str,
    pub(crate) price: Cents,
}

/// Runs a command: if another writer is faster, it decides again on what there is then.
pub(crate) async fn execute(
    pool: &PgPool,
    id: CartId,
    at: DateTime<Utc>,
    decide: impl Fn(Option<&CartState>) -> Result<CartEvent, Failed>,
) -> Result<(), Failed> {
    loop {
        let cart = cart(pool, id).await?;
        let event = decide(cart.as_ref())?;
        let version = cart.map_or(0, |cart| cart.version);
        match store::append(pool, &id, version, at, None, &[event]).await {
            Err(error) if store::lost_the_race::<CartEvent>(&error) => {}
            done => return Ok(done?),
        }
    }
}

// ---- Messages of other systems. ----

/// What the warehouse sends, in its own words.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct StockLevel {
    article_id: Uuid,
    on_hand: i32,
    reserved: i32,
}

impl StockLevel {
    /// The same in ours.
    fn translated(&self) -> (ProductId, InventoryEvent) {
        let available = self.on_hand.saturating_sub(self.reserved).max(0);
        (ProductId(self.article_id), InventoryEvent::InventoryChanged { available })
    }
}

/// Appends what a message of the warehouse means.
async fn receive(pool: &PgPool, message: &str, at: DateTime<Utc>) -> Result<(), Box<dyn Error>> {
    let (product, event) = serde_json::from_str::<StockLevel>(message)?.translated();
    loop {
        let version = sqlx::query_scalar("SELECT version FROM inventories WHERE id = $1").bind(product);
        let version = version.fetch_optional(pool).await?.unwrap_or(0);
        match store::append(pool, &product, version, at, None, std::slice::from_ref(&event)).await {
            Err(error) if store::lost_the_race::<InventoryEvent>(&error) => {}
            done => return Ok(done?),
        }
    }
}

/// Archives an item because a price has changed. Returns whether it did; an error with `RowExists` means that it is
/// archived already, for the same message.
///
/// It does not look at the items: what it does for a message is right whatever has happened to the cart since, and the
/// view's key sees to it that it happens once.
pub(crate) async fn archive(
    pool: &PgPool,
    (cart, item_id): (CartId, ItemId),
    price_changed: MessageId,
    at: DateTime<Utc>,
) -> sqlx::Result<bool> {
    let event = [CartEvent::ItemArchived { item_id, price_changed }];
    loop {
        let open = "SELECT version FROM carts WHERE id = $1 AND status = 'open'";
        let Some(version) = sqlx::query_scalar(open).bind(cart).fetch_optional(pool).await? else {
            return Ok(false);
        };
        match store::append(pool, &cart, version, at, None, &event).await {
            Err(error) if store::lost_the_race::<CartEvent>(&error) => {}
            done => return done.map(|()| true),
        }
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = steps::show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}
