//! `status` says what is installed, and how far it is.

use crate::enums::first;
use crate::place::Place;
use es_rollup::Rollup as _;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;

#[tokio::test]
async fn a_rollup_is_followed_from_its_installation_to_the_end_of_a_fill() {
    needs_several_connections!();
    let place = Place::new().await;
    place.migrations();
    let status = ["status", "--migrations", "migrations"];
    assert_snapshot!(place.run(&status).shown());
    place.sql(first::OrderEvent::MIGRATION_SQL).await;
    place.sql("INSERT INTO order_events VALUES (7, 1, 'x', '{\"type\": \"placed\", \"customer\": \"Ann\"}', now()),
        (7, 2, 'x', '{\"type\": \"paid\", \"cents\": 3}', now())").await;
    assert_snapshot!(place.run(&status).shown());
    place.change().await;
    assert_snapshot!(place.run(&status).shown());
    place.sql("SELECT orders_scan()").await;
    assert_snapshot!(place.run(&["status"]).shown());
    assert_eq!(place.run(&["fill"]).code, Some(0));
    assert_snapshot!(place.run(&status).shown());
}

#[tokio::test]
async fn triggers_that_do_not_fire_are_named() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    assert_snapshot!(place.run(&["status"]).shown());
    place.sql("ALTER TABLE order_events DISABLE TRIGGER orders_updated").await;
    assert_snapshot!(place.run(&["status"]).shown());
    place.sql("ALTER TABLE order_events DISABLE TRIGGER orders").await;
    assert_snapshot!(place.run(&["status", "--json"]).shown());
    // Others with their names.
    place
        .sql(
            "ALTER TABLE order_events ENABLE TRIGGER orders_updated;
             CREATE OR REPLACE TRIGGER orders AFTER INSERT ON order_events REFERENCING NEW TABLE AS es_new
               FOR EACH STATEMENT WHEN (false) EXECUTE FUNCTION orders_apply();
             CREATE OR REPLACE TRIGGER orders_truncate AFTER TRUNCATE ON order_events EXECUTE FUNCTION orders_edited()",
        )
        .await;
    let ran = place.run(&["status"]);
    assert!(
        ran.out.contains("replaced: orders, orders_truncate; new events") && ran.code == Some(1),
        "{}",
        ran.shown()
    );
}

#[tokio::test]
async fn functions_that_were_changed_by_hand_are_named_and_come_back_with_an_installation() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    place
        .sql(
            "ALTER FUNCTION orders_at SET work_mem = '1MB'; DROP FUNCTION orders_changes;
            CREATE OR REPLACE FUNCTION orders_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
            AS 'BEGIN RETURN NULL; END'",
        )
        .await;
    assert_snapshot!(place.run(&["status"]).shown());
    assert_snapshot!(place.run(&["status", "--json"]).shown());
    let again = place.run(&["sql", "install", "--rollup", "public.orders"]);
    place.sql(&again.out).await;
    let ran = place.run(&["status"]);
    assert!(ran.out.contains("  functions   as installed") && ran.code == Some(0), "{}", ran.shown());
    // As an earlier release has installed it.
    place
        .sql(
            "DO $do$ BEGIN EXECUTE (
               SELECT regexp_replace(pg_get_functiondef(oid), '\n-- [^\n]*\t[^\n]*(?=\n)', '', 'g')
               FROM pg_proc WHERE proname = 'orders_model'
             ); END $do$; DROP FUNCTION orders_changes",
        )
        .await;
    let ran = place.run(&["status"]);
    assert!(ran.out.contains("  functions   not known") && ran.code == Some(0), "{}", ran.shown());
}

#[tokio::test]
async fn functions_that_were_changed_during_a_fill_come_back_after_it() {
    needs_several_connections!();
    let place = Place::filling(1).await;
    place.sql("ALTER FUNCTION orders_at STRICT").await;
    let ran = place.run(&["status"]);
    let said = "public.orders_at; fill its rows, then apply what `es-rollup sql install --rollup public.orders` prints";
    assert!(ran.out.contains(said) && ran.code == Some(1), "{}", ran.shown());
    assert_eq!(place.run(&["fill"]).code, Some(0));
    let again = place.run(&["sql", "install", "--rollup", "public.orders"]);
    place.sql(&again.out).await;
    assert_eq!(place.run(&["status"]).code, Some(0));
}

#[tokio::test]
async fn a_database_without_the_directorys_model_is_ahead_of_it() {
    needs_several_connections!();
    let place = Place::filling(1).await;
    let path = place.migrations();
    let change =
        std::fs::read_dir(&path).expect("a directory").filter_map(Result::ok).map(|entry| entry.path());
    for file in change
        .filter(|path| path.to_string_lossy().contains("_0003_") || path.to_string_lossy().contains("/0003_"))
    {
        std::fs::remove_file(file).expect("it is removed");
    }
    let ran = place.run(&["status", "--migrations", "migrations"]);
    assert!(ran.out.contains("ahead: no migration in the directory leads to this model"), "{}", ran.shown());
    assert_eq!(ran.code, Some(1));
}

#[tokio::test]
async fn a_model_that_cannot_be_read_is_said_to_be_one() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    place
        .sql("DO $do$ DECLARE text text := (SELECT prosrc FROM pg_proc WHERE proname = 'orders_model'); BEGIN
            EXECUTE format('CREATE OR REPLACE FUNCTION orders_model() RETURNS text LANGUAGE sql AS %L', replace(text, 'customer', 'clients'));
            END $do$")
        .await;
    let ran = place.run(&["status"]);
    assert!(ran.out.contains("cannot be read: ") && ran.out.contains("changed by hand"), "{}", ran.shown());
    assert_eq!(ran.code, Some(1));
    let ran = place.run(&["verify"]);
    assert!(ran.err.contains("next: use the es-rollup of the release that installed it"), "{}", ran.shown());
    assert_eq!(ran.code, Some(2));
}
