//! `verify`, `rebuild` and `at` fold stored events.

use crate::place::Place;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use serde_json::Value;

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
