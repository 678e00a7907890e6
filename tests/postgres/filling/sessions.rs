//! A fill that meets locked rows, other sessions and events that do not fold.

use super::{CARTS, LEFT, carts, filling, insert, models, number, told};
use crate::changing::{drift, is_filling, run_outside};
use crate::support::run;
use crate::views::cart::{added, created, noted, put};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::Trigger;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::Executor;
use std::time::Duration;

#[tokio::test]
async fn an_entity_that_does_not_fold_is_named_and_does_not_stop_the_others() {
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = database.pool();
    // The new model has a check of prices.
    insert(pool, &[(7, 6, put("d", -4))]).await.expect("the old model takes it");
    run(pool, &change).await.expect("it is changed");
    let (code, message) = told(run_outside(pool, "CALL carts_fill()").await);
    assert_eq!(code, "RU020");
    assert!(
        message
            .starts_with("1 entities of \"public\".\"carts\" are not filled yet; 7 does not fold: 23514: "),
        "{message}"
    );
    assert!(!message.contains("-4"), "{message}");
    let left = "SELECT count(*) FROM carts_es_todo WHERE refused IS NOT NULL";
    assert_eq!((number(pool, left).await, number(pool, LEFT).await), (1, 1));
    assert_eq!(told(insert(pool, &[(7, 7, noted("a"))]).await).0, "23514");
    insert(pool, &[(8, 6, noted("a"))]).await.expect("others go on");
    // The way back leads over the open fill, and the fill can begin again.
    let [old, new] = models(Trigger::Statement);
    let back = evolve::migration(&new, &old).expect("a change");
    run(pool, &back).await.expect("it is changed back");
    assert_eq!(drift(pool).await, 0);
    insert(pool, &[(7, 7, put("d", 4))]).await.expect("the old model takes it");
    run(pool, &change).await.expect("it is changed");
    run_outside(pool, "CALL carts_fill(20)").await.expect_err("one does not fold");
    // Somebody corrects the event.
    run(
        pool,
        "ALTER TABLE cart_events DISABLE TRIGGER USER;
               UPDATE cart_events SET event = jsonb_set(event, '{price}', '4') WHERE id = 7 AND sequence = 6;
               ALTER TABLE cart_events ENABLE TRIGGER USER;
               UPDATE carts_es_todo SET refused = NULL",
    )
    .await
    .expect("it is corrected");
    run_outside(pool, "CALL carts_fill()").await.expect("all fold");
    assert!(!is_filling(pool).await);
    assert_eq!(drift(pool).await, 0);
    database.close().await;
}

#[tokio::test]
async fn a_fill_that_is_killed_goes_on_where_it_was_and_two_share_the_work() {
    needs_several_connections!();
    let database = filling(Trigger::Statement).await;
    let pool = database.pool();
    let mut locked = pool.acquire().await.expect("a connection");
    // A writer that keeps a row locked: the fill leaves it for later, and does not wait.
    locked.execute("BEGIN; INSERT INTO cart_events VALUES (9, 6, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', NULL, now())").await.expect("a good event");
    let mut killed = pool.acquire().await.expect("a connection");
    let pid: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *killed).await.expect("a process");
    let fill = tokio::spawn(async move { killed.execute("CALL carts_fill(6)").await.map(drop) });
    while number(pool, LEFT).await != 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    number(pool, &format!("SELECT pg_terminate_backend({pid})::int::bigint")).await;
    fill.await.expect("it ends").expect_err("it is killed");
    let two = [pool.clone(), pool.clone()]
        .map(|pool| tokio::spawn(async move { run_outside(&pool, "CALL carts_fill(6)").await }));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(two.iter().all(|one| !one.is_finished()), "one cart is locked");
    locked.execute("COMMIT").await.expect("the event is there");
    for one in two {
        one.await.expect("it ends").expect("whoever ends it, the other does not mind");
    }
    assert!(!is_filling(pool).await);
    assert_eq!(drift(pool).await, 0);
    drop(locked);
    database.close().await;
}

/// A long transaction has locked more rows than a batch looks at; one entity has lost its events, another its row, and
/// somebody's trigger refuses a third.
#[tokio::test]
async fn a_batch_finds_what_can_be_filled_past_what_cannot() {
    needs_several_connections!();
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END';
         CREATE TRIGGER refuse BEFORE UPDATE ON carts FOR EACH ROW WHEN (old.id = 3) EXECUTE FUNCTION refuse();
         ALTER TABLE cart_events DISABLE TRIGGER USER; DELETE FROM cart_events WHERE id = 1;
         DELETE FROM carts WHERE id = 2; ALTER TABLE cart_events ENABLE TRIGGER USER",
    )
    .await
    .expect("it is damaged");
    run(pool, &change).await.expect("it is changed");
    let mut locked = pool.acquire().await.expect("a connection");
    locked.execute("BEGIN; SELECT FROM carts WHERE id < 30 FOR UPDATE").await.expect("they are locked");
    run(pool, "SELECT carts_scan()").await.expect("the entities are found");
    for _ in 0..60 {
        run(pool, "SELECT carts_batch(5)").await.expect("what is free is filled");
    }
    assert_eq!(number(pool, LEFT).await, 28, "those which are locked");
    locked.execute("COMMIT").await.expect("they are free");
    drop(locked);
    let (code, message) = told(run_outside(pool, "CALL carts_fill(5)").await);
    assert_eq!(code, "RU020");
    assert!(message.ends_with("; 3 does not fold: P0001: not this one"), "{message}");
    run(pool, "DROP TRIGGER refuse ON carts").await.expect("it is dropped");
    for wrong in ["0", "-1", "NULL"] {
        assert_eq!(told(run_outside(pool, &format!("CALL carts_fill({wrong})")).await).0, "22023");
    }
    run_outside(pool, "CALL carts_fill()").await.expect("all fold");
    assert_eq!(drift(pool).await, 0);
    assert_eq!(number(pool, "SELECT count(*) FROM carts WHERE id < 3").await, 1);
    database.close().await;
}

/// A cart that a long transaction is creating has no row that could be skipped.
#[tokio::test]
async fn a_batch_does_not_wait_for_a_row_that_somebody_is_creating() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = database.pool();
    let [old, _] = models(Trigger::Statement);
    run(pool, EVENTS).await.expect("the event table is made");
    for cart in 1..=CARTS {
        insert(pool, &[(cart, 1, created()), (cart, 2, added("a", 1))])
            .await
            .expect("nobody looks at them yet");
    }
    let installation = format!("SET LOCAL es_rollup.history_limit = 10;\n{}", emit::installation(&old));
    run(pool, &installation).await.expect("it is installed");
    let mut writer = pool.acquire().await.expect("a connection");
    writer.execute("BEGIN").await.expect("a transaction");
    insert_of_several(&mut writer, &[(3, 3, noted("a"))]).await.expect("a good event");
    run(pool, "SELECT carts_scan()").await.expect("the entities are found");
    for _ in 0..3 {
        run(pool, "SELECT carts_batch(1000)").await.expect("it does not wait");
    }
    assert_eq!(number(pool, LEFT).await, 1);
    // The writer is not kept from the others.
    insert_of_several(&mut writer, &[(4, 3, noted("a"))]).await.expect("a good event");
    writer.execute("COMMIT").await.expect("the events are there");
    drop(writer);
    run_outside(pool, "CALL carts_fill()").await.expect("all fold");
    assert_eq!(drift(pool).await, 0);
    database.close().await;
}
