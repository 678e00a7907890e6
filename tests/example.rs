//! `cargo run --example users`, the first command that a new user runs: its output, and its migration.
//!
//! After an intended change, `ES_ROLLUP_UPDATE=1 cargo test --test example` updates both files.

#[allow(dead_code, unreachable_pub)]
#[path = "../examples/users.rs"]
mod users;

use std::path::Path;
use std::{env, fs};

use es_rollup::Rollup;
use es_rollup_test_server::Database;

/// The file in the repository must equal what the code produces.
fn assert_is_file(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/users").join(name);
    if env::var_os("ES_ROLLUP_UPDATE").is_some() {
        fs::write(&path, actual).expect("the file is written");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    let differing = expected.lines().zip(actual.lines()).enumerate().find(|(_, (one, other))| one != other);
    assert!(
        expected == actual,
        "examples/users/{name} is out of date, first at {differing:?}; \
         ES_ROLLUP_UPDATE=1 cargo test --test example updates it"
    );
}

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("users.sql", users::UserEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    users::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    let out = String::from_utf8(out).expect("it prints text");
    let wide: Vec<_> = out.lines().filter(|line| line.chars().count() > 100).collect();
    assert!(wide.is_empty(), "wider than a terminal: {wide:#?}");
    assert_is_file("output.txt", &out);
}

#[tokio::test]
async fn the_last_step_finds_a_row_that_differs_from_the_fold() {
    let database = Database::create().await;
    users::show(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
    for harm in [
        "UPDATE core_user_events_rollup SET role = NULL WHERE email = 'moreau@halden.example'",
        "DELETE FROM core_user_events_rollup WHERE email = 'brandt@halden.example'",
    ] {
        sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
        let mut out = Vec::new();
        let error = users::compare(database.pool(), &mut out).await.expect_err("the harm is found");
        assert_eq!(error.to_string(), "fold and row differ");
        assert!(!String::from_utf8_lossy(&out).contains("are equal"));
    }
    database.close().await;
}
