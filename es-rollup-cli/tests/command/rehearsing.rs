//! `rehearse` applies a migration and takes it back.

use crate::place::{Place, models};
use es_rollup_core::emit;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;

#[tokio::test]
async fn nothing_is_left_of_a_rehearsal() {
    needs_several_connections!();
    let place = Place::with_orders(10).await;
    place.migrations();
    let change = "migrations/0003_orders_add_paid.up.sql";
    assert_snapshot!(place.run(&["rehearse", change]).shown());
    assert_eq!(place.run(&["diff", "db", "migrations/0002_orders_install.up.sql"]).code, Some(0));
    // A migration that has been applied.
    assert_snapshot!(place.run(&["rehearse", "migrations/0002_orders_install.up.sql"]).shown());
    place.sql("UPDATE order_events SET event = '{\"type\": \"paid\"}' WHERE id = 7 AND sequence = 3").await;
    assert_snapshot!(place.run(&["rehearse", change]).shown());
    let ran = place.run(&["rehearse", change, "--json"]);
    let json: serde_json::Value = serde_json::from_str(&ran.out).expect("it is JSON");
    assert!(json["error"].as_str().is_some_and(|error| error.contains("RU008")), "{}", ran.shown());
}

#[tokio::test]
async fn a_rehearsal_cannot_commit() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    let [_, new] = models();
    let revert = emit::text(&new, emit::revert(&new));
    let model = emit::text(&new, emit::description(&new));
    let some =
        format!("SELECT $es_rollup_model$\n{{\"fingerprint\":\"\",\"model\":{model}}}\n$es_rollup_model$;\n");
    place.put("commits.sql", &format!("{some}{revert}\nCOMMIT;\n"));
    let ran = place.run(&["rehearse", "commits.sql"]);
    assert!(ran.out.contains("it failed") && ran.out.contains("(0A000)"), "{}", ran.shown());
    assert_eq!(place.run(&["status"]).code, Some(0));
    place.put("alone.sql", &format!("-- no-transaction\n{some}"));
    assert_snapshot!(place.run(&["rehearse", "alone.sql"]).shown());
}
