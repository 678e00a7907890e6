//! What a fill could forget is planted into its SQL, and noticed.

use super::{CARTS, carts, go_on, insert};
use crate::changing::{drift, run_outside};
use crate::support::run;
use crate::views::EVENTS;
use crate::views::cart::noted;
use es_rollup_core::model::Trigger;
use es_rollup_test_server::needs_several_connections;
use sqlx::postgres::PgPoolOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What a fill could forget: what it is, its text, and the text without it.
const FORGOTTEN: [(&str, &str, &str); 6] = [
    (
        "the trigger goes on to trust rows",
        "EXECUTE FUNCTION \"public\".\"carts_filling\"();",
        "EXECUTE FUNCTION \"public\".\"carts_apply\"();",
    ),
    (
        "a row that is not filled counts",
        "IF EXISTS (SELECT FROM \"public\".\"carts_es_done\" AS d WHERE d.id = es.es_entity) THEN",
        "IF true THEN",
    ),
    ("a replay is not refused", "IF es_first <= es_base AND NOT", "IF false AND NOT"),
    ("the end does not look at the list", "IF es_left > 0 THEN", "IF false THEN"),
    ("entities are listed as filled without a fold", "PERFORM \"public\".\"carts_refold\"(es_ids);", "NULL;"),
    ("entities are filled without a lock", "ORDER BY r.\"id\" FOR UPDATE SKIP LOCKED", "ORDER BY r.\"id\""),
];

/// A fill with all that can be wrong with it: events before it and during it, one that is a replay, an end that comes too
/// early, and writers that do not wait. Panics if something is.
async fn fill_with_care(forgotten: Option<(&'static str, &'static str)>) {
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = PgPoolOptions::new().max_connections(8).connect(database.url()).await.expect("connections");
    let change = forgotten.map_or(change.clone(), |(text, without)| {
        assert!(change.contains(text), "{text}");
        change.replace(text, without)
    });
    run(&pool, &change).await.expect("it is changed");
    insert(&pool, &[(1, 6, noted("a"))]).await.expect("a good event");
    let ahead =
        "ALTER TABLE cart_events DISABLE TRIGGER USER; DELETE FROM cart_events WHERE id = 2 AND sequence = 5;
        ALTER TABLE cart_events ENABLE TRIGGER USER";
    run(&pool, ahead).await.expect("an event is lost");
    insert(&pool, &[(2, 5, noted("a"))]).await.expect_err("the rollup is ahead");
    let again = "ALTER TABLE cart_events DISABLE TRIGGER USER;
        INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
        SELECT 2, 5, event_type, event, recorded_at FROM cart_events WHERE id = 3 AND sequence = 5;
        ALTER TABLE cart_events ENABLE TRIGGER USER";
    run(&pool, again).await.expect("it is there again");
    run(&pool, "SELECT carts_scan()").await.expect("the entities are found");
    run(&pool, "SELECT carts_finish()").await.expect_err("the carts are not filled");
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|seed| tokio::spawn(go_on(pool.clone(), CARTS, seed, ends.clone()))).collect();
    run_outside(&pool, "CALL carts_fill(25)").await.expect("all carts fold");
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("it ends");
    }
    assert_eq!(drift(&pool).await, 0);
    pool.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_fill_forgets_is_noticed() {
    needs_several_connections!();
    fill_with_care(None).await;
    for (what, text, without) in FORGOTTEN {
        let mut tries = 0;
        loop {
            tries += 1;
            assert!(tries <= 400, "not noticed: {what}");
            if tokio::spawn(fill_with_care(Some((text, without)))).await.is_err() {
                break;
            }
        }
        println!("{what}: noticed after {tries} tries");
    }
}
