//! `cargo run --example roles`: its output, its migration, and its races.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/roles.rs"]
mod roles;

use crate::files::{assert_is_file, assert_is_output};
use crate::races::{WRITERS, at_once, pool};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use roles::users::RoleId;
use roles::users::support::store;
use roles::{
    APPROVE_PAYMENTS, ENTER_PAYMENTS, Outcome, PermissionSetId, READ_ACCOUNTS, RoleEvent, at, change,
    compare, create, read, show,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const ROLE: RoleId = RoleId(Uuid::from_u128(7));

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("roles/roles.sql", RoleEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("roles/output.txt", out);
}

#[tokio::test]
async fn the_last_step_finds_a_row_of_any_table_that_differs_from_the_fold() {
    let database = Database::create().await;
    show(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
    for harm in [
        "UPDATE core_role_events_rollup SET permissions = '{}' WHERE name = 'auditor'",
        "DELETE FROM core_role_events_rollup_permission_sets WHERE version = 5",
        "INSERT INTO core_role_events_rollup_permission_sets
         SELECT gen_random_uuid(), permission_set_id, version, created_at, modified_at
         FROM core_role_events_rollup_permission_sets WHERE version = 5",
    ] {
        let done = sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
        assert_eq!(done.rows_affected(), 1, "{harm}");
        let mut out = Vec::new();
        compare(database.pool(), &mut out).await.expect_err("the harm is found");
        assert!(!String::from_utf8_lossy(&out).contains("are equal"), "{harm}");
        let rebuild = "SELECT core_role_events_rollup_rebuild(NULL)";
        sqlx::query(rebuild).execute(database.pool()).await.expect("a rebuild");
        compare(database.pool(), &mut Vec::new()).await.expect("the harm is mended");
    }
    let harm = "DELETE FROM core_user_events_rollup WHERE email = 'brandt@halden.example'";
    sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
    compare(database.pool(), &mut Vec::new()).await.expect_err("the harm is found");
    database.close().await;
}

/// Half of the writers let a role enter payments, half let it approve them; none reads what the others do. Returns the
/// outcomes, and what the role may do then.
async fn race(migration: &str) -> (Vec<Outcome>, Vec<PermissionSetId>) {
    let database = Database::create().await;
    let pool = pool(&database).await;
    store::create_table::<RoleEvent>(&pool).await.expect("the event table");
    sqlx::raw_sql(AssertSqlSafe(migration)).execute(&pool).await.expect("the migration");
    create(&pool, at(8, 0), ROLE, "clerk", &[READ_ACCOUNTS]).await.expect("a role");
    let outcomes = at_once::<RoleEvent, _, _>(&pool, |number, pool| async move {
        let permission_set_id = [ENTER_PAYMENTS, APPROVE_PAYMENTS][number % 2];
        change(&pool, at(8, 1), ROLE, RoleEvent::PermissionSetAdded { permission_set_id }).await
    })
    .await;
    let role = read(&pool, ROLE).await.expect("the role");
    let folded = store::folded::<RoleEvent>(&pool).await.expect("a stream");
    assert_eq!(folded, std::slice::from_ref(&role));
    pool.close().await;
    database.close().await;
    let mut members = role.permissions.clone();
    members.sort_unstable();
    assert_eq!(members, role.permission_sets.keys().copied().collect::<Vec<_>>(), "the column and the rows");
    (outcomes, members)
}

#[tokio::test]
async fn no_race_lets_a_role_enter_payments_and_approve_them_thanks_to_the_check() {
    needs_several_connections!();
    let (outcomes, sets) = race(RoleEvent::MIGRATION_SQL).await;
    let refused = outcomes.iter().filter(|it| **it == Outcome::DutiesAreNotSeparate).count();
    assert_eq!(refused, WRITERS / 2, "those that have the other duty than the first");
    assert_eq!(sets.len(), 2);

    // The check is in the table and in the functions that fold.
    let check = "NOT permissions @> '{019537a0-0000-7000-8000-00000000e001,019537a0-0000-7000-8000-00000000a002}'::uuid[]";
    let without = RoleEvent::MIGRATION_SQL.replace(check, "true");
    assert_ne!(without, RoleEvent::MIGRATION_SQL);
    let (outcomes, sets) = race(&without).await;
    assert!(outcomes.iter().all(|it| matches!(it, Outcome::Saved { .. })));
    assert_eq!(sets, [APPROVE_PAYMENTS, READ_ACCOUNTS, ENTER_PAYMENTS], "without it the role may do both");
}
