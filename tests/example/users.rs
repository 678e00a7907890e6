//! `cargo run --example users`, the first command that a new user runs: its output, and its migration.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/users.rs"]
mod users;

use crate::files::{assert_is_file, assert_is_output};
use es_rollup::Rollup;
use es_rollup_test_server::Database;

es_rollup::migrations!(
    "examples/users/migrations",
    test = migrations_of_users: users::later::third::UserEvent
);

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("users/users.sql", users::UserEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    users::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("users/output.txt", out);
}

#[tokio::test]
async fn the_comparison_finds_a_row_that_differs_from_the_fold() {
    let database = Database::create().await;
    users::show_first(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
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
