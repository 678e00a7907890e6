//! Who may do what, and whose functions are called.

use crate::place::Place;
use es_rollup_test_server::needs_several_connections;

#[tokio::test]
async fn functions_of_others_are_called_only_if_they_are_named() {
    needs_several_connections!();
    let place = Place::with_orders(3).await;
    let owner = format!("es_rollup_cli_{}", std::process::id());
    place.sql(&format!("CREATE ROLE {owner}")).await;
    place
        .sql(&format!(
            "DO $$ DECLARE one regprocedure; BEGIN
               FOR one IN SELECT oid::regprocedure FROM pg_proc WHERE proname LIKE 'orders\\_%' LOOP
                 EXECUTE format('ALTER FUNCTION %s OWNER TO {owner}', one);
               END LOOP;
             END $$;
             ALTER TABLE orders OWNER TO {owner}; ALTER TABLE order_events OWNER TO {owner};"
        ))
        .await;
    for command in [&["verify"][..], &["rebuild", "--yes"], &["at", "1", "1"], &["changes", "1"]] {
        let ran = place.run(command);
        assert_eq!(ran.code, Some(2), "{}", ran.shown());
        assert!(ran.err.contains(&format!("become its owner with --role {owner}")), "{}", ran.shown());
    }
    assert_eq!(place.run(&["verify", "--rollup", "orders"]).code, Some(0));
    assert_eq!(place.run(&["verify", "--role", &owner]).code, Some(0));
    place
        .sql(&format!("REASSIGN OWNED BY {owner} TO CURRENT_USER; DROP OWNED BY {owner}; DROP ROLE {owner}"))
        .await;
}

#[tokio::test]
async fn a_role_without_rights_is_told_whose_they_are() {
    needs_several_connections!();
    let place = Place::filling(3).await;
    // Every database has it.
    let ran = place.run(&["fill", "--rollup", "orders", "--role", "pg_monitor"]);
    assert_eq!(ran.code, Some(3), "{}", ran.shown());
    assert!(
        ran.err.contains("(42501)") && ran.err.contains("as the owner of the event table"),
        "{}",
        ran.shown()
    );
    let ran = place.run(&["status", "--role", "pg_monitor"]);
    assert!(ran.out.contains("fire, and rows are being filled"), "{}", ran.shown());
}
