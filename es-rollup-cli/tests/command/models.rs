//! `check`, `diff`, `explain` and `sql` read models, from a database or from files.

use crate::enums::second;
use crate::place::Place;
use es_rollup::Rollup as _;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;

#[tokio::test]
async fn a_directory_is_checked() {
    let place = Place::new().await;
    let path = place.migrations();
    assert_snapshot!(place.run(&["check"]).shown());
    let install = path.join("0002_orders_install.up.sql");
    let text = std::fs::read_to_string(&install).expect("it is there");
    std::fs::write(&install, text.replace("\"customer\"", "\"client\"")).expect("it is written");
    let ran = place.run(&["check", "--migrations", "migrations"]);
    assert!(ran.out.contains("0002_orders_install.up.sql is not as it was written"), "{}", ran.shown());
    assert_eq!(ran.code, Some(1));
    assert_eq!(place.run(&["status", "--migrations", "migrations"]).code, Some(2));
    std::fs::write(&install, text).expect("it is written");
    std::fs::remove_file(path.join("es-rollup.heads")).expect("it is there");
    assert_snapshot!(place.run(&["check"]).shown());
}

/// Whoever asks about a directory expects migrations there.
#[tokio::test]
async fn a_directory_without_migrations_is_a_difference() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    let empty = std::env::temp_dir().join(format!("es-rollup-cli-{}-empty", std::process::id()));
    std::fs::create_dir_all(&empty).expect("a folder");
    let path = empty.to_string_lossy();
    for arguments in [["check", "--migrations", &path], ["status", "--migrations", &path]] {
        let ran = place.run(&arguments);
        assert!(ran.code == Some(1) && ran.out.contains("no migration of a rollup"), "{}", ran.shown());
    }
    std::fs::remove_dir(&empty).expect("it is empty");
}

#[tokio::test]
async fn a_difference_is_the_same_wherever_the_models_are() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    place.migrations();
    let ran = place.run(&["diff", "db", "migrations"]);
    assert_snapshot!(ran.shown());
    place.put("new.json", second::OrderEvent::MODEL);
    let files = place.run(&["diff", "migrations/0002_orders_install.up.sql", "new.json"]);
    assert_eq!(files.out, ran.out);
    let json: serde_json::Value =
        serde_json::from_str(&place.run(&["diff", "db", "new.json", "--json"]).out).expect("it is JSON");
    assert_eq!(json["changes"][0]["class"], "refold");
    assert_snapshot!(place.run(&["diff", "new.json", "new.json"]).shown());
}

#[tokio::test]
async fn models_are_explained() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    place.put("new.sql", second::OrderEvent::MIGRATION_SQL);
    assert_snapshot!(place.run(&["explain"]).shown());
    assert_snapshot!(place.run(&["explain", "new.sql"]).shown());
}

#[tokio::test]
async fn printed_sql_does_what_it_says() {
    needs_several_connections!();
    let place = Place::with_orders(1).await;
    let path = place.migrations();
    let change = place.run(&["sql", "change", "db", "migrations"]);
    assert_eq!(change.code, Some(0));
    let written = std::fs::read_to_string(path.join("0003_orders_add_paid.up.sql")).expect("it is there");
    assert_eq!(written.split_once('\n').expect("lines").1, change.out);
    place.sql(&change.out).await;
    assert_eq!(place.run(&["status", "--migrations", "migrations"]).code, Some(0));
    assert_eq!(place.run(&["sql", "install", "db"]).out, place.run(&["sql", "install", "migrations"]).out);
    place.sql(&place.run(&["sql", "revert"]).out).await;
    assert_eq!(place.run(&["status"]).code, Some(2));
}
