//! Indexes, and how they and constraints come and go with the table.

use super::{event, joined, paid};
use crate::fixtures::MemberEvent;
use crate::support::{catalog, insert, installed, refusal, rows_are_folds, run, with_events};
use es_rollup::Rollup;
use serde_json::json;
use sqlx::{Executor, PgPool};

/// The table's indexes: name, method, columns, whether unique and whether checked at once.
async fn indexes(pool: &PgPool) -> Vec<(String, String, String, bool, bool)> {
    sqlx::query_as(
        "SELECT c.relname::text, a.amname::text,
           (SELECT string_agg(pg_get_indexdef(i.indexrelid, at, true), ',' ORDER BY at) FROM generate_series(1, i.indnatts) AS at),
           i.indisunique, i.indimmediate
         FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS a ON a.oid = c.relam
         WHERE i.indrelid = 'club.member'::regclass
         ORDER BY 1",
    )
    .fetch_all(pool)
    .await
    .expect("the catalogue")
}

#[tokio::test]
async fn indexes_are_of_the_kind_that_their_columns_can_be_found_by() {
    let database = installed::<MemberEvent>("bigint").await;
    let found = indexes(database.pool()).await;
    let found: Vec<_> = found
        .iter()
        .map(|(name, method, columns, unique, now)| (&**name, &**method, &**columns, *unique, *now))
        .collect();
    assert_eq!(
        found,
        [
            ("member_badge_key", "btree", "badge", true, false),
            ("member_balance_idx", "btree", "balance", false, true),
            ("member_modified_at_idx", "btree", "modified_at", false, true),
            ("member_pkey", "btree", "id", true, true),
            ("member_plan_balance_idx", "btree", "plan,balance", false, true),
            ("member_seen_at_idx", "btree", "seen_at", false, true),
            ("member_tags_idx", "gin", "tags", false, true),
            ("member_tenant_email_key", "btree", "tenant,email", true, false),
        ]
    );
    database.close().await;
}

#[tokio::test]
async fn members_of_a_set_are_found_by_its_index() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let rows = (1..=50).flat_map(|id| {
        [joined(id, &format!("{id}@x")), event(id, 2, "tagged", "tags", json!([id.to_string()]))]
    });
    insert::<MemberEvent>(pool, rows.collect::<Vec<_>>()).await.expect("members with a tag each");
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction.execute("SET LOCAL enable_seqscan = off").await.expect("a setting");
    let plan: Vec<String> = sqlx::query_scalar("EXPLAIN SELECT id FROM club.member WHERE tags @> '{7}'")
        .fetch_all(&mut *transaction)
        .await
        .expect("a plan");
    assert!(plan.join("\n").contains("Bitmap Index Scan on member_tags_idx"), "{plan:?}");
    let ids: Vec<i64> = sqlx::query_scalar("SELECT id FROM club.member WHERE tags @> '{7}'")
        .fetch_all(&mut *transaction)
        .await
        .expect("a member");
    assert_eq!(ids, [7]);
    drop(transaction);
    database.close().await;
}

#[tokio::test]
async fn the_migration_run_again_changes_nothing_and_makes_a_missing_index_anew() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, [joined(1, "a@x"), paid(1, 2, 5)]).await.expect("good events");
    let (before, found) = (catalog(pool).await, indexes(pool).await);
    run(pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    assert_eq!(catalog(pool).await, before);
    run(pool, "DROP INDEX club.member_plan_balance_idx").await.expect("an index is dropped");
    run(pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    assert_eq!(indexes(pool).await, found);
    assert_eq!(rows_are_folds::<MemberEvent>(pool).await, 1);
    database.close().await;
}

#[tokio::test]
async fn constraints_and_indexes_go_with_the_table() {
    let database = with_events::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    run(pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert::<MemberEvent>(pool, [joined(1, "a@x")]).await.expect("a good event");
    run(pool, MemberEvent::REVERT_SQL).await.expect("the rollup is taken away");
    assert_eq!(catalog(pool).await, before);
    // In one transaction, as a change of the model takes it.
    let again = [MemberEvent::MIGRATION_SQL, MemberEvent::REVERT_SQL, MemberEvent::MIGRATION_SQL].concat();
    run(pool, &again).await.expect("there and back in one transaction");
    assert_eq!(rows_are_folds::<MemberEvent>(pool).await, 1);
    database.close().await;
}

#[tokio::test]
async fn a_name_that_something_else_has_is_refused_and_not_passed_over() {
    for (taken, name) in [
        (
            "CREATE TABLE club.other (plan text); CREATE INDEX member_tags_idx ON club.other (plan)",
            "member_tags_idx",
        ),
        ("CREATE VIEW club.member_badge_key AS SELECT 1 AS one", "member_badge_key"),
        ("CREATE SEQUENCE club.member_seen_at_idx", "member_seen_at_idx"),
    ] {
        let database = with_events::<MemberEvent>("bigint").await;
        let pool = database.pool();
        run(pool, taken).await.expect("something of that name");
        let before = catalog(pool).await;
        let error = refusal(run(pool, MemberEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020", "{error}");
        assert_eq!(
            error.message(),
            format!("{name} already exists, but an index of \"club\".\"member\" needs that name")
        );
        assert_eq!(catalog(pool).await, before);
        database.close().await;
    }
    // In another schema it is nobody's business.
    let database = with_events::<MemberEvent>("bigint").await;
    let pool = database.pool();
    run(pool, "CREATE SEQUENCE public.member_tags_idx").await.expect("a sequence");
    run(pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied");
    database.close().await;
}
