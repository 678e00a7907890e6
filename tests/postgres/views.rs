//! A cart with items: rows of a view come and go by what its events say, and each event that cannot be folded is refused
//! as a whole.

pub(crate) mod cart;
mod chosen;
mod many;
mod races;
mod situations;
mod states;

pub(crate) use races::insert as insert_of_several;

use crate::support::{insert_into, refusal, run};
use cart::{
    Cart, Event, added, cleared, created, ended, noted, priced, put, removed, sorted_out, stocked, taken,
};
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Table, Trigger, View};
use es_rollup_test_server::Database;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

pub(crate) const EVENTS: &str = "CREATE TABLE cart_events (
    id bigint NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
    context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)
  )";

/// Carts with either form of the trigger, each in a database of its own.
async fn with_carts<Work: AsyncFn(&Cart<'_>)>(work: Work) {
    for trigger in Trigger::ALL {
        with_cart(cart::model(trigger), &work).await;
    }
}

/// The same with a history of the carts.
async fn with_carts_and_history<Work: AsyncFn(&Cart<'_>)>(work: Work) {
    for trigger in Trigger::ALL {
        let mut model = cart::model(trigger);
        let table = Table { schema: model.root.table.schema.clone(), name: "carts_history".into() };
        model.history = Some(View::history(&model.root, table));
        with_cart(model, &work).await;
    }
}

async fn with_cart<Work: AsyncFn(&Cart<'_>)>(model: Model, work: &Work) {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, EVENTS).await.expect("the event table is made");
    let migration = emit::text(&model, emit::migration(&model));
    run(pool, &migration).await.expect("the migration is applied");
    work(&Cart { pool, migration }).await;
    database.close().await;
}

async fn all(pool: &PgPool, sql: &str) -> Vec<String> {
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("the rows are read")
}

/// The rows of the items: cart, item, version, price, notes.
async fn items(pool: &PgPool) -> Vec<String> {
    let sql = "SELECT format('%s %s v%s %s %s', id, item, version, coalesce(price::text, '-'), notes)
               FROM carts_items ORDER BY id, item COLLATE \"C\"";
    all(pool, sql).await
}

/// Inserts events of cart 1 in one statement, in this order, each with its sequence.
async fn insert(cart: &Cart<'_>, events: impl IntoIterator<Item = (i32, Event)>) -> sqlx::Result<()> {
    insert_into("cart_events", cart.pool, events).await
}

/// A stream from its first event on.
async fn begin(cart: &Cart<'_>, events: impl IntoIterator<Item = Event>) -> sqlx::Result<()> {
    insert(cart, (1..).zip(events)).await
}

/// Everything in all tables.
async fn everything(cart: &Cart<'_>) -> Vec<String> {
    everything_in(cart.pool).await
}

async fn everything_in(pool: &PgPool) -> Vec<String> {
    let sql = "SELECT e::text FROM cart_events AS e UNION ALL SELECT c::text FROM carts AS c
               UNION ALL SELECT i::text FROM carts_items AS i ORDER BY 1";
    all(pool, sql).await
}

#[tokio::test]
async fn an_event_creates_a_row() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5), added("b", 7)]).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v2 5 0", "1 b v3 7 0"]);
    })
    .await;
}

#[tokio::test]
async fn an_event_that_adds_makes_the_row_or_changes_the_one_that_is_there() {
    with_carts(async |cart| {
        begin(cart, [created(), put("a", 5), noted("a"), put("a", 6)]).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v4 6 1"]);
        let sql = "SELECT modified_at - created_at = interval '2 seconds' FROM carts_items";
        let kept: bool = sqlx::query_scalar(sql).fetch_one(cart.pool).await.expect("the times");
        assert!(kept, "the row keeps the time at which it was made");
    })
    .await;
}

#[tokio::test]
async fn an_event_changes_the_row_that_its_key_chooses_and_no_other() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5), added("b", 7), noted("a")]).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v4 5 1", "1 b v3 7 0"]);
    })
    .await;
}

#[tokio::test]
async fn an_event_removes_the_row_if_it_is_there() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5), removed("a"), removed("a")]).await.expect("good events");
        assert!(items(cart.pool).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_row_that_is_made_again_begins_anew() {
    with_carts(async |cart| {
        let events = [created(), added("a", 5), noted("a"), taken("a"), added("a", 6)];
        begin(cart, events).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v5 6 0"]);
    })
    .await;
}

#[tokio::test]
async fn an_event_takes_all_rows_or_those_with_a_part_of_the_key() {
    with_carts(async |cart| {
        let before = [created(), added("a", 5), added("b", 7)];
        begin(cart, before).await.expect("good events");
        insert(cart, [(4, sorted_out("a"))]).await.expect("a good event");
        assert_eq!(items(cart.pool).await, ["1 b v3 7 0"]);
        insert(cart, [(5, cleared())]).await.expect("a good event");
        assert!(items(cart.pool).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn each_element_of_a_list_changes_a_row_of_its_own() {
    with_carts(async |cart| {
        let events = [created(), added("a", 5), added("b", 7), priced(&[("b", 1), ("a", 2), ("b", 3)])];
        begin(cart, events).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v4 2 0", "1 b v4 3 0"]);
        let error = refusal(insert(cart, [(5, priced(&[("a", 9), ("x", 9)]))]).await);
        assert_eq!((error.code(), error.table()), ("RU013", Some("carts_items")));
        assert_eq!(items(cart.pool).await, ["1 a v4 2 0", "1 b v4 3 0"]);
    })
    .await;
}

#[tokio::test]
async fn a_row_of_an_element_begins_with_nothing_of_the_element_before() {
    with_carts(async |cart| {
        let prices = [("a", Some(5)), ("b", None), ("c", Some(7))];
        begin(cart, [created(), stocked(&prices)]).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 a v2 5 0", "1 b v2 - 0", "1 c v2 7 0"]);
    })
    .await;
}

#[tokio::test]
async fn the_rows_end_with_the_entity() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5)]).await.expect("good events");
        insert(cart, [(3, ended())]).await.expect("a good event");
        assert!(items(cart.pool).await.is_empty());
        assert!(all(cart.pool, "SELECT id::text FROM carts").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_later_installation_takes_the_rows_of_an_entity_that_has_ended_unseen() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5)]).await.expect("good events");
        run(cart.pool, "ALTER TABLE cart_events DISABLE TRIGGER USER").await.expect("switched off");
        insert(cart, [(3, added("b", 1)), (4, ended())]).await.expect("they are stored");
        run(cart.pool, "ALTER TABLE cart_events ENABLE TRIGGER USER").await.expect("switched on");
        assert_eq!(items(cart.pool).await, ["1 a v2 5 0"]);
        run(cart.pool, &cart.migration).await.expect("the migration is applied again");
        assert!(items(cart.pool).await.is_empty());
        assert!(all(cart.pool, "SELECT id::text FROM carts").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_rebuild_takes_the_rows_of_an_entity_that_has_ended_unseen_whatever_its_views_would_refuse() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5)]).await.expect("good events");
        run(cart.pool, "ALTER TABLE cart_events DISABLE TRIGGER USER").await.expect("switched off");
        insert(cart, [(3, added("a", 1)), (4, ended())]).await.expect("they are stored");
        run(cart.pool, "ALTER TABLE cart_events ENABLE TRIGGER USER").await.expect("switched on");
        let changed = all(cart.pool, "SELECT carts_rebuild(ARRAY[1])::text").await;
        assert_eq!(changed, ["2"]);
        assert!(items(cart.pool).await.is_empty());
        assert!(all(cart.pool, "SELECT id::text FROM carts").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_edit_of_an_ended_entity_is_accepted_whatever_its_views_would_refuse_with_a_history_too() {
    with_carts_and_history(async |cart| {
        begin(cart, [created(), added("a", 5), put("b", 6), ended()]).await.expect("good events");
        let event = added("a", 7);
        let again = format!("UPDATE cart_events SET event = '{event}' WHERE sequence = 3");
        run(cart.pool, &again).await.expect("an ended entity has no rows of views");
        let kept = "SELECT version::text FROM carts_history ORDER BY version";
        assert_eq!(all(cart.pool, kept).await, ["1", "2", "3"]);
        assert_eq!(all(cart.pool, "SELECT carts_rebuild(NULL)::text").await, ["0"]);
        let back = "DELETE FROM cart_events WHERE sequence = 4";
        let error = refusal(run(cart.pool, back).await);
        assert_eq!((error.code(), error.table()), ("RU014", Some("carts_items")));
    })
    .await;
}

/// Events that a cart with the item "a" refuses: with the SQLSTATE and the column.
fn refused() -> Vec<(Event, &'static str, Option<&'static str>)> {
    let with = |mut event: Event, key: &str, value: Option<Value>| {
        let object = event.as_object_mut().expect("an object");
        match value {
            Some(value) => drop(object.insert(key.into(), value)),
            None => drop(object.remove(key)),
        }
        event
    };
    vec![
        (added("a", 9), "RU014", None),
        (noted("x"), "RU013", None),
        (taken("x"), "RU013", None),
        (with(added("b", 9), "item", None), "RU008", Some("item")),
        (with(added("b", 9), "item", Some(Value::Null)), "RU009", Some("item")),
        (with(added("b", 9), "item", Some(5.into())), "RU010", Some("item")),
        (with(added("b", 9), "price", Some("x".into())), "RU010", Some("price")),
        (with(removed("a"), "item", None), "RU008", Some("item")),
        (with(sorted_out("a"), "item", Some(Value::Null)), "RU009", Some("item")),
        (with(priced(&[]), "prices", Some(Value::Null)), "RU009", Some("item")),
        (with(priced(&[]), "prices", Some(5.into())), "RU010", Some("item")),
        (put("a", -1), "23514", None),
    ]
}

#[tokio::test]
async fn an_event_that_is_refused_alone_leaves_nothing() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5)]).await.expect("good events");
        let before = everything(cart).await;
        for (event, code, column) in refused() {
            let error = refusal(insert(cart, [(3, event)]).await);
            assert_eq!((error.code(), error.table()), (code, Some("carts_items")), "{error}");
            assert_eq!(error.column(), column, "{error}");
            assert!(error.message().starts_with("event 3 "), "{error}");
            assert_eq!(everything(cart).await, before, "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_event_that_is_refused_in_the_middle_of_a_statement_leaves_nothing() {
    with_carts(async |cart| {
        begin(cart, [created(), added("a", 5)]).await.expect("good events");
        let before = everything(cart).await;
        for (event, code, column) in refused() {
            let events = [(3, noted("a")), (4, added("c", 1)), (5, event), (6, cleared())];
            let error = refusal(insert(cart, events).await);
            assert_eq!((error.code(), error.table()), (code, Some("carts_items")), "{error}");
            assert_eq!(error.column(), column, "{error}");
            assert!(error.message().starts_with("event 5 "), "{error}");
            assert_eq!(everything(cart).await, before, "{error}");
        }
    })
    .await;
}

#[tokio::test]
async fn events_of_one_statement_count_in_the_order_of_their_sequences() {
    with_carts(async |cart| {
        insert(cart, [(3, taken("a")), (2, added("a", 5)), (1, created())]).await.expect("a whole stream");
        assert!(items(cart.pool).await.is_empty());
        insert(cart, [(5, noted("a")), (4, added("a", 6))]).await.expect("the stream goes on");
        assert_eq!(items(cart.pool).await, ["1 a v5 6 1"]);
        insert(cart, [(7, added("a", 7)), (6, taken("a"))]).await.expect("the stream goes on");
        assert_eq!(items(cart.pool).await, ["1 a v7 7 0"]);
    })
    .await;
}

#[tokio::test]
async fn rows_are_those_that_a_later_installation_and_a_rebuild_would_make() {
    with_carts(async |cart| {
        run(cart.pool, "ALTER TABLE cart_events DISABLE TRIGGER USER").await.expect("switched off");
        begin(cart, [created(), added("a", 5), added("b", 7), noted("b")]).await.expect("they are stored");
        run(cart.pool, "ALTER TABLE cart_events ENABLE TRIGGER USER").await.expect("switched on");
        insert(cart, [(5, noted("b"))]).await.expect("the next event brings the others");
        let rows = ["1 a v2 5 0", "1 b v5 7 2"];
        assert_eq!(items(cart.pool).await, rows);
        let rebuilt = async || -> i64 {
            let sql = "SELECT carts_rebuild(NULL)";
            sqlx::query_scalar(sql).fetch_one(cart.pool).await.expect("it is rebuilt")
        };
        assert_eq!(rebuilt().await, 0);
        for spoils in ["UPDATE carts_items SET price = 1 WHERE item = 'a'", "DELETE FROM carts_items"] {
            run(cart.pool, spoils).await.expect("the owner may");
            assert!(rebuilt().await > 0, "{spoils}");
            assert_eq!(items(cart.pool).await, rows, "{spoils}");
        }
        run(cart.pool, "DELETE FROM carts; DELETE FROM carts_items").await.expect("the owner may");
        run(cart.pool, &cart.migration).await.expect("the migration is applied again");
        assert_eq!(items(cart.pool).await, rows);
        run(cart.pool, "TRUNCATE cart_events").await.expect("emptied");
        assert!(everything(cart).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn rows_follow_events_that_are_changed_or_deleted() {
    with_carts(async |cart| {
        begin(cart, [created(), added("pen", 3), put("ink", 5), removed("pen")]).await.expect("good events");
        assert_eq!(items(cart.pool).await, ["1 ink v3 5 0"]);
        run(cart.pool, "DELETE FROM cart_events WHERE sequence = 4").await.expect("what is left folds");
        assert_eq!(items(cart.pool).await, ["1 ink v3 5 0", "1 pen v2 3 0"]);
        run(cart.pool, "UPDATE cart_events SET event = event || '{\"item\": \"pad\"}' WHERE sequence = 2")
            .await
            .expect("what is left folds");
        assert_eq!(items(cart.pool).await, ["1 ink v3 5 0", "1 pad v2 3 0"]);
        insert(cart, [(4, noted("pad"))]).await.expect("a good event");
        let error = refusal(
            run(
                cart.pool,
                "UPDATE cart_events SET event = event || '{\"item\": \"ink\"}' WHERE sequence = 2",
            )
            .await,
        );
        assert_eq!(error.code(), "RU013", "{error}");
        assert_eq!(items(cart.pool).await, ["1 ink v3 5 0", "1 pad v4 3 1"]);
        run(cart.pool, "DELETE FROM cart_events").await.expect("nothing is left");
        assert!(items(cart.pool).await.is_empty());
    })
    .await;
}
