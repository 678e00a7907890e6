//! `verify`, `rebuild` and `at` fold stored events.

use crate::enums::first::OrderEvent;
use crate::enums::shelved::ShelfEvent;
use crate::place::{Place, Ran, interrupt};
use es_rollup::Rollup as _;
use es_rollup_core::emit;
use es_rollup_core::model::Model;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use serde_json::Value;
use sqlx::Executor as _;
use std::time::{Duration, Instant};

const DRIFT: &str = "UPDATE orders SET customer = 'Eve' WHERE id = 5; DELETE FROM orders WHERE id = 7;
    INSERT INTO orders SELECT 1000, version, created_at, modified_at, customer FROM orders WHERE id = 5";

#[tokio::test]
async fn a_drift_is_found_and_repaired() {
    needs_several_connections!();
    let place = Place::with_orders(50).await;
    assert_snapshot!(place.run(&["verify"]).shown());
    place.sql(DRIFT).await;
    let ran = place.run(&["verify", "--batch", "8"]);
    assert_snapshot!(ran.shown());
    assert!(!ran.out.contains("Eve") && !ran.out.contains("Ann"), "no values");
    let json: Value = serde_json::from_str(&place.run(&["verify", "--json"]).out).expect("it is JSON");
    assert_eq!(json["rollups"][0]["differences"][1]["id"], "7");
    assert_eq!(place.run(&["verify", "--after", "7"]).out.matches("orders  ").count(), 1);
    // Nobody has agreed.
    assert_snapshot!(place.run(&["verify", "--repair"]).shown());
    assert_snapshot!(place.run(&["verify", "--repair", "--yes"]).shown());
    assert_eq!(place.run(&["verify"]).code, Some(0));
}

/// It has neither events nor a row.
#[tokio::test]
async fn an_entity_of_which_only_a_base_is_left_is_found_and_repaired() {
    needs_several_connections!();
    let place = Place::with_orders(0).await;
    let mut model = Model::read(OrderEvent::MODEL).expect("a model");
    place.sql(OrderEvent::REVERT_SQL).await;
    model.archive = true;
    place.sql(&emit::text(&model, emit::migration(&model))).await;
    place
        .sql(
            "INSERT INTO order_events (id, sequence, event_type, event, recorded_at)
             SELECT o, 1, 'x', '{\"type\": \"placed\", \"customer\": \"Ann\"}', now() FROM generate_series(1, 3) AS o;
             SELECT orders_archive(o, 1) FROM generate_series(1, 2) AS o;
             DELETE FROM order_events WHERE id < 3; DELETE FROM orders WHERE id = 2",
        )
        .await;
    assert_snapshot!(place.run(&["verify"]).shown());
    assert_snapshot!(place.run(&["verify", "--repair", "--yes"]).shown());
    assert_eq!(place.run(&["verify"]).code, Some(0));
    assert_eq!(place.number("SELECT count(*) FROM orders").await, 3);
}

#[tokio::test]
async fn a_sample_is_a_part() {
    needs_several_connections!();
    let place = Place::with_orders(400).await;
    let json: Value =
        serde_json::from_str(&place.run(&["verify", "--sample", "20%", "--json"]).out).expect("JSON");
    let verified = json["rollups"][0]["verified"].as_u64().expect("a number");
    assert!((20..200).contains(&verified), "{verified}");
}

#[tokio::test]
async fn an_entity_that_does_not_fold_hides_no_difference() {
    needs_several_connections!();
    let place = Place::with_orders(50).await;
    place.sql("ALTER TABLE order_events DISABLE TRIGGER USER; DELETE FROM order_events WHERE id = 20 AND sequence = 2;
        ALTER TABLE order_events ENABLE TRIGGER USER").await;
    place.sql(DRIFT).await;
    assert_snapshot!(place.run(&["verify"]).shown());
    assert_snapshot!(place.run(&["rebuild", "--yes"]).shown());
    assert_snapshot!(place.run(&["verify"]).shown());
}

#[tokio::test]
async fn entities_are_rebuilt_one_by_one_or_all() {
    needs_several_connections!();
    let place = Place::with_orders(50).await;
    place.sql(DRIFT).await;
    assert_snapshot!(place.run(&["rebuild", "--id", "5", "--id", "6", "--yes"]).shown());
    assert_snapshot!(place.run(&["rebuild", "--yes", "--batch", "11"]).shown());
    assert_snapshot!(place.run(&["rebuild"]).shown());
    assert_eq!(place.run(&["verify"]).code, Some(0));
}

#[tokio::test]
async fn behind_a_long_transaction_a_rebuild_keeps_no_writer_waiting() {
    needs_several_connections!();
    let place = Place::with_orders(50).await;
    place.sql(DRIFT).await;
    let mut long = place.database.pool().begin().await.expect("a transaction");
    long.execute("LOCK TABLE order_events IN ROW EXCLUSIVE MODE").await.expect("a lock, as a writer has it");
    let child = place.started(&["rebuild", "--yes"]);
    let waits = "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE NOT l.granted AND d.datname = current_database()";
    let begun = Instant::now();
    while place.number(waits).await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "it does not wait for the lock");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // It gives the lock up, and another writer gets in.
    place
        .sql(
            "SET LOCAL statement_timeout = '5s';
             INSERT INTO order_events (id, sequence, event_type, event, recorded_at)
             VALUES (1, 4, 'x', '{\"type\": \"paid\", \"cents\": 1}', now())",
        )
        .await;
    long.commit().await.expect("it ends");
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(place.run(&["verify"]).code, Some(0));
}

#[tokio::test]
async fn a_rebuild_waits_long_enough_to_end_an_autovacuum() {
    needs_several_connections!();
    let place = Place::with_orders(50).await;
    let mut vacuum = place.database.pool().begin().await.expect("a transaction");
    vacuum
        .execute("LOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE")
        .await
        .expect("a lock, as a vacuum has it");
    let child = place.started(&["rebuild", "--yes"]);
    // An autovacuum would be cancelled after the second that is deadlock_timeout.
    let waits = "SELECT count(*) FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database
        WHERE d.datname = current_database() AND clock_timestamp() - l.waitstart > '1 s'";
    let begun = Instant::now();
    while place.number(waits).await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "no try is long enough");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    vacuum.commit().await.expect("it ends");
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
}

#[tokio::test]
async fn rows_are_not_verified_while_they_are_filled() {
    needs_several_connections!();
    let place = Place::filling(5).await;
    assert_snapshot!(place.run(&["verify"]).shown());
}

#[tokio::test]
async fn a_row_is_shown_as_it_was() {
    needs_several_connections!();
    let place = Place::with_orders(2).await;
    let ran = place.run(&["at", "2", "2"]);
    assert!(
        ran.out.contains("version      2\n") && ran.out.contains("customer     Ann\n"),
        "{}",
        ran.shown()
    );
    let json: Value = serde_json::from_str(&place.run(&["at", "2", "1", "--json"]).out).expect("it is JSON");
    assert_eq!(json["version"], 1);
    assert_snapshot!(place.run(&["at", "2", "9"]).shown());
    assert_snapshot!(place.run(&["at", "two", "9"]).shown());
}

#[tokio::test]
async fn a_row_is_shown_as_it_was_at_a_time() {
    needs_several_connections!();
    let place = Place::with_orders(2).await;
    place.sql("UPDATE order_events SET recorded_at = '2026-01-01Z' WHERE id = 2 AND sequence = 1").await;
    let json = place.run(&["at", "2", "--time", "2026-02-01T00:00:00Z", "--json"]).out;
    let json: Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["version"], 1);
    assert!(place.run(&["at", "2", "--time", "infinity"]).out.contains("version      3\n"));
    assert_snapshot!(place.run(&["at", "2", "--time", "2025-12-31"]).shown());
    assert_snapshot!(place.run(&["at", "2", "--time", "noon"]).shown());
    assert_eq!(place.run(&["at", "2"]).code, Some(2));
    assert_eq!(place.run(&["at", "2", "1", "--time", "2025-12-31"]).code, Some(2));
}

#[tokio::test]
async fn changes_are_shown_with_their_events() {
    needs_several_connections!();
    let place = Place::with_orders(2).await;
    assert_snapshot!(place.run(&["changes", "2"]).shown());
    assert_snapshot!(place.run(&["changes", "2", "--column", "customer", "--json"]).shown());
    assert_snapshot!(place.run(&["changes", "9"]).shown());
    assert_snapshot!(place.run(&["changes", "2", "--column", "payed"]).shown());
    place.sql("ALTER TABLE order_events DISABLE TRIGGER USER; UPDATE order_events SET sequence = 5 WHERE id = 2 AND sequence = 2").await;
    assert_snapshot!(place.run(&["changes", "2"]).shown());
    place.sql("DROP FUNCTION orders_changes(bigint)").await;
    assert_snapshot!(place.run(&["changes", "1"]).shown());
}

#[tokio::test]
async fn an_interrupted_verification_says_where_it_goes_on() {
    needs_several_connections!();
    let place = Place::with_orders(2_000).await;
    place.sql("UPDATE orders SET customer = 'Eve' WHERE id = 2").await;
    let child = place.started(&["verify", "--batch", "4"]);
    let busy = "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'es-rollup' AND datname = current_database() AND query LIKE '%orders_verify%'";
    while place.number(busy).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    let ran = interrupt(child);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    // What was found by then is told.
    assert!(ran.out.contains("public.orders  2  different: customer"), "{}", ran.shown());
    let (_, after) =
        ran.err.trim_end().rsplit_once("run the same command again with --after ").expect("where");
    let rest = place.run(&["verify", "--after", after]);
    assert_eq!(rest.code, Some(0), "{}", rest.shown());
    let verified: u64 = [&ran.out, &rest.out].map(|out| verified(out)).iter().sum();
    assert!((2_000..2_004).contains(&verified), "{verified}");
}

/// How many entities a verification has seen.
fn verified(out: &str) -> u64 {
    let (_, rest) = out.lines().next().and_then(|line| line.rsplit_once(" in ")).expect("a number");
    let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
    digits.parse().expect("a number")
}

#[tokio::test]
async fn rows_of_views_are_compared_and_ids_cannot_move_the_cursor() {
    needs_several_connections!();
    let place = Place::new().await;
    place
        .sql(
            "CREATE TABLE shelf_events (id text NOT NULL, sequence integer NOT NULL, event_type varchar NOT NULL,
             event jsonb NOT NULL, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence))",
        )
        .await;
    place.sql(ShelfEvent::MIGRATION_SQL).await;
    place
        .sql(
            "INSERT INTO shelf_events
             SELECT id, 1, 'put', '{\"type\": \"put\", \"isbn\": \"9\", \"copies\": 3}', now()
             FROM unnest(ARRAY['one', E'two\\n\\x1b[31m: all fine']) AS id;
             UPDATE shelves_books SET copies = 4",
        )
        .await;
    assert_snapshot!(place.run(&["verify"]).shown());
    assert_snapshot!(place.run(&["verify", "--repair", "--yes"]).shown());
    // As an earlier version has installed it.
    place.sql("DROP FUNCTION shelves_views").await;
    let ran = place.run(&["verify", "--sample", "0.0001%"]);
    assert!(ran.code == Some(1) && ran.out.contains("rows of views are not compared"), "{}", ran.shown());
}
