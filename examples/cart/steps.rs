//! What the example shows, step by step.

use std::error::Error;
use std::io::Write;

use es_rollup::{ErrorKind, Fold, Rollup, refusal_of};
use sqlx::PgPool;
use uuid::Uuid;

use super::support::print::{heading, list, prose, sql, table};
use super::support::store::{self, Clock, Failed};
use super::{
    CartEvent, CartId, CartRollup, CartState, Cents, InventoryEvent, InventoryRollup, ItemId, MessageId,
    NewItem, OF_A_PRODUCT, ProductId, add, archive, available, cart, clear, create, execute, items_of,
    publish, receive, remove, submit,
};

const CART: CartId = CartId(Uuid::from_u128(0xca01));
const OLD_CART: CartId = CartId(Uuid::from_u128(0xca02));
const MUG: ProductId = ProductId(Uuid::from_u128(0xbb01));
const TEAPOT: ProductId = ProductId(Uuid::from_u128(0xbb02));
const CHEAPER_MUG: MessageId = MessageId(Uuid::from_u128(0xee01));

pub(crate) const fn item(number: u128, product_id: ProductId, price: i64) -> NewItem {
    let description = if product_id.0.as_u128() == MUG.0.as_u128() { "a mug" } else { "a teapot" };
    NewItem { item_id: ItemId(Uuid::from_u128(number)), product_id, description, price: Cents(price) }
}

/// All steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut shop = Shop { pool, clock: Clock::starting(1_740_000_000), live: Fold::new() };
    writeln!(out)?;
    install(pool, out).await?;
    shop.fill(out).await?;
    shop.count_stock(out).await?;
    shop.change_a_price(out).await?;
    shop.order(out).await?;
    rebuild(pool, out).await?;
    compare(pool, out).await
}

/// The event table with a cart from the first release, then the migrations.
pub(crate) async fn install(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "1. A cart from the first release, before items had a fingerprint")?;
    store::create_table::<CartEvent>(pool).await?;
    store::create_table::<InventoryEvent>(pool).await?;
    sqlx::raw_sql(OLD_EVENTS).execute(pool).await?;
    sql(out, OLD_EVENTS)?;
    store::migrate(pool, CartEvent::MIGRATION_SQL).await?;
    store::migrate(pool, InventoryEvent::MIGRATION_SQL).await?;
    prose(
        out,
        "CartEvent::MIGRATION_SQL has folded these events. serde's default stands for what they lack:",
    )?;
    let cart = cart(pool, OLD_CART).await?.ok_or("the old cart is not folded")?;
    let items = cart.items.values().map(|item| format!("{item:?}"));
    list(out, items.map(|item| ("item", item)))
}

const OLD_EVENTS: &str = r#"INSERT INTO cart_events (id, sequence, event_type, event, recorded_at) VALUES
  ('00000000-0000-0000-0000-00000000ca02', 1, 'cart_created',
   '{"type": "cart_created"}', '2024-05-02 09:30:00Z'),
  ('00000000-0000-0000-0000-00000000ca02', 2, 'item_added',
   '{"type": "item_added", "item_id": "00000000-0000-0000-0000-00000000000a",
     "product_id": "00000000-0000-0000-0000-00000000bb01", "description": "a mug",
     "image": "/images/a-mug.png", "price": 900}', '2024-05-02 09:31:00Z')"#;

/// The shop, with one cart that is also followed in memory.
struct Shop<'a> {
    pool: &'a PgPool,
    clock: Clock,
    live: Fold<CartEvent>,
}

impl Shop<'_> {
    /// Runs a command on the cart, and shows what became of it.
    async fn run(
        &mut self,
        lines: &mut Vec<Vec<String>>,
        command: &str,
        decide: impl Fn(Option<&CartState>) -> Result<CartEvent, Failed>,
    ) -> Result<(), Box<dyn Error>> {
        let outcome = match execute(self.pool, CART, self.clock.now(), decide).await {
            Err(Failed::Rejected(why)) => format!("rejected: {why}"),
            done => done.map(|()| String::new())?,
        };
        self.follow(lines, command, outcome).await
    }

    /// Folds in memory what was appended to the cart, event by event, and compares it with the tables.
    async fn follow(
        &mut self,
        lines: &mut Vec<Vec<String>>,
        command: &str,
        outcome: String,
    ) -> Result<(), Box<dyn Error>> {
        let mut outcomes = vec![outcome];
        for stored in store::events::<CartEvent>(self.pool, Some(&CART), self.live.version()).await? {
            self.live.apply(stored.recorded()).map_err(|error| error.to_string())?;
            outcomes.push(stored.event.event_name().to_owned());
        }
        let cart = cart(self.pool, CART).await?;
        if self.live.state() != cart.as_ref() {
            return Err(format!("the fold in memory is not what is stored: {:?}, {cart:?}", self.live).into());
        }
        outcomes.retain(|outcome| !outcome.is_empty());
        let items = cart.iter().flat_map(|cart| cart.items.keys()).map(|item| short(item.0));
        lines.push(vec![
            command.to_owned(),
            outcomes.join(", "),
            cart.as_ref().map_or("none".to_owned(), |cart| cart.version.to_string()),
            cart.as_ref().map_or("none".to_owned(), |cart| cart.items_ever.to_string()),
            items.collect::<Vec<_>>().join(" "),
        ]);
        Ok(())
    }

    fn lines() -> Vec<Vec<String>> {
        vec![["command", "outcome", "version", "items ever", "items"].map(str::to_owned).to_vec()]
    }

    async fn fill(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "2. A shopper fills a cart")?;
        let mut lines = Self::lines();
        let first = item(0xa1, MUG, 1_000);
        self.run(&mut lines, "add the mug a1", |cart| add(cart, &first)).await?;
        self.run(&mut lines, "create the cart", create).await?;
        self.run(&mut lines, "add the mug a1", |cart| add(cart, &first)).await?;
        self.run(&mut lines, "add the mug a1", |cart| add(cart, &first)).await?;
        self.run(&mut lines, "add the mug a2", |cart| add(cart, &item(0xa2, MUG, 1_000))).await?;
        self.run(&mut lines, "add the teapot a3", |cart| add(cart, &item(0xa3, TEAPOT, 4_500))).await?;
        self.run(&mut lines, "add the teapot a4", |cart| add(cart, &item(0xa4, TEAPOT, 4_500))).await?;
        self.run(&mut lines, "remove a2", |cart| remove(cart, ItemId(Uuid::from_u128(0xa2)))).await?;
        self.run(&mut lines, "remove a2", |cart| remove(cart, ItemId(Uuid::from_u128(0xa2)))).await?;
        self.run(&mut lines, "clear the cart", clear).await?;
        table(out, &lines)?;
        prose(
            out,
            "An empty cart is not a missing one: it has its row in `carts`, and no rows in `carts_items`.",
        )?;
        let mut lines = Self::lines();
        self.run(&mut lines, "add the mug a1", |cart| add(cart, &first)).await?;
        self.run(&mut lines, "add the teapot a3", |cart| add(cart, &item(0xa3, TEAPOT, 4_500))).await?;
        table(out, &lines)?;
        prose(out, "After each event, a fold in memory was equal to the cart and its rows in the tables.")
    }

    async fn count_stock(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "3. The warehouse says what it has")?;
        let messages = [
            r#"{"articleId":"00000000-0000-0000-0000-00000000bb01","onHand":12,"reserved":4}"#,
            r#"{"articleId":"00000000-0000-0000-0000-00000000bb02","onHand":2,"reserved":2}"#,
            r#"{"articleId":"00000000-0000-0000-0000-00000000bb01","onHand":11,"reserved":4}"#,
        ];
        for message in messages {
            receive(self.pool, message, self.clock.now()).await?;
        }
        list(out, messages.map(|message| ("message", message)))?;
        prose(out, "Each message is translated into an event of the product's own stream:")?;
        let rows: Vec<InventoryRollup> =
            sqlx::query_as("SELECT * FROM inventories ORDER BY id").fetch_all(self.pool).await?;
        let mut lines = vec![["product", "version", "available"].map(str::to_owned).to_vec()];
        for row in rows {
            let available = row.available.map(|available| available.to_string());
            lines.push(vec![short(row.id.0), row.version.to_string(), available.unwrap_or_default()]);
        }
        table(out, &lines)
    }

    async fn change_a_price(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "4. The price of the mug changes: its items are archived, once")?;
        prose(out, "The index of the view finds the carts that hold a product:")?;
        sql(out, OF_A_PRODUCT)?;
        let found = items_of(self.pool, MUG).await?;
        list(
            out,
            found.iter().map(|(cart, item)| ("found", format!("{} {}", short(cart.0), short(item.0)))),
        )?;
        let mut lines = Self::lines();
        for item in found {
            archive(self.pool, item, CHEAPER_MUG, self.clock.now()).await?;
        }
        self.follow(&mut lines, "the message ee01", String::new()).await?;
        self.run(&mut lines, "add the mug a1", |cart| add(cart, &item(0xa1, MUG, 800))).await?;
        table(out, &lines)?;

        prose(out, "The mug is in the cart again, at the new price. Then the same message comes once more:")?;
        let before = cart(self.pool, CART).await?;
        for item in items_of(self.pool, MUG).await? {
            let error = archive(self.pool, item, CHEAPER_MUG, self.clock.now()).await;
            let error = error.err().ok_or("the item was archived twice")?;
            let refusal = refusal_of::<CartEvent>(&error).ok_or("another error")?;
            if refusal.kind() != Some(ErrorKind::RowExists) {
                return Err(error.into());
            }
            let message = error.as_database_error().map_or("", |error| error.message()).to_owned();
            let fields =
                [("SQLSTATE", refusal.sqlstate), ("message", message), ("table", or_none(refusal.table))];
            list(out, fields)?;
        }
        if cart(self.pool, CART).await? != before {
            return Err("a refused event has changed the cart".into());
        }
        prose(out, "The cart is as it was.")
    }

    async fn order(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "5. The cart is submitted, and published for delivery")?;
        let mut lines = Self::lines();
        let stock = async |pool| -> sqlx::Result<[(ProductId, i32); 2]> {
            Ok([(MUG, available(pool, MUG).await?), (TEAPOT, available(pool, TEAPOT).await?)])
        };
        let of = |stock: &[(ProductId, i32)], product| {
            stock.iter().find(|(id, _)| *id == product).map_or(0, |(_, available)| *available)
        };
        let now = stock(self.pool).await?;
        self.run(&mut lines, "submit the cart", |cart| submit(cart, |product| of(&now, product))).await?;
        self.run(&mut lines, "remove a3", |cart| remove(cart, ItemId(Uuid::from_u128(0xa3)))).await?;
        self.run(&mut lines, "submit the cart", |cart| submit(cart, |product| of(&now, product))).await?;
        self.run(&mut lines, "add the teapot a5", |cart| add(cart, &item(0xa5, TEAPOT, 4_500))).await?;
        self.run(&mut lines, "publish the cart", publish).await?;
        self.run(&mut lines, "publish the cart", publish).await?;
        table(out, &lines)?;
        let row: CartRollup =
            sqlx::query_as("SELECT * FROM carts WHERE id = $1").bind(CART).fetch_one(self.pool).await?;
        list(out, [("row", format!("{row:?}"))])
    }
}

/// A table is emptied, and comes back from the events; the other rollup is not touched.
async fn rebuild(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "6. One read model is reset and rebuilt")?;
    let emptied = "TRUNCATE carts, carts_items, carts_archived";
    let rebuilt = "SELECT carts_rebuild(NULL)";
    sql(out, &format!("{emptied};\n{rebuilt}"))?;
    sqlx::raw_sql(emptied).execute(pool).await?;
    let rows: i64 = sqlx::query_scalar(rebuilt).fetch_one(pool).await?;
    prose(out, &format!("The events bring back {rows} rows of carts, their items and what was archived."))
}

/// The fold in Rust of all stored streams, and the tables.
pub(crate) async fn compare(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "7. The fold in Rust equals the tables")?;
    let ids: Vec<CartId> = sqlx::query_scalar("SELECT id FROM carts ORDER BY id").fetch_all(pool).await?;
    let mut carts = Vec::new();
    for id in ids {
        carts.extend(cart(pool, id).await?);
    }
    let inventories: Vec<InventoryRollup> =
        sqlx::query_as("SELECT * FROM inventories ORDER BY id").fetch_all(pool).await?;
    if carts != store::folded::<CartEvent>(pool).await?
        || inventories != store::folded::<InventoryEvent>(pool).await?
    {
        return Err("fold and tables differ".into());
    }
    let rows = |count: fn(&CartState) -> usize| carts.iter().map(count).sum::<usize>().to_string();
    let counted = [
        ("carts", carts.len().to_string()),
        ("items", rows(|cart| cart.items.len())),
        ("archived", rows(|cart| cart.archived.len())),
        ("stock", inventories.len().to_string()),
    ];
    list(out, counted)?;
    prose(out, "All rows are equal.")
}

/// The last digits of an id.
fn short(id: Uuid) -> String {
    format!("{:x}", id.as_u128())
}

fn or_none(text: Option<String>) -> String {
    text.unwrap_or_else(|| "none".to_owned())
}
