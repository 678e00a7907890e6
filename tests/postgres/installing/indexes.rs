//! The index that keeps two events of an entity apart.

use super::{is_installed, is_refused, refuses, table};
use crate::fixtures::UserEvent;
use crate::support::{insert, refusal, run, user, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use sqlx::Executor;

const NOT_UNIQUE: &str = "has no unique index on (\"id\", \"sequence\") alone";

#[tokio::test]
async fn a_table_without_an_index_is_refused() {
    is_refused(&table(""), NOT_UNIQUE).await;
}

#[tokio::test]
async fn an_index_that_is_not_unique_is_refused() {
    is_refused(&format!("{}; CREATE INDEX ON core_user_events (id, sequence)", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn a_partial_index_is_refused() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, sequence) WHERE sequence > 1";
    is_refused(&format!("{}; {index}", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn a_deferrable_constraint_is_refused() {
    is_refused(&table(", UNIQUE (id, sequence) DEFERRABLE"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id, sequence) DEFERRABLE INITIALLY DEFERRED"), NOT_UNIQUE).await;
}

/// What a concurrent build leaves behind that met two of the same.
#[tokio::test]
async fn an_index_that_is_not_valid_is_refused() {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, &table("")).await.expect("the table is made");
    insert::<UserEvent>(pool, [user(uuid(1), 1..=1), user(uuid(1), 1..=1)].concat())
        .await
        .expect("stored twice");
    let index = "CREATE UNIQUE INDEX CONCURRENTLY invalid ON core_user_events (id, sequence)";
    assert_eq!(refusal(pool.execute(index).await).code(), "23505");
    run(pool, "DELETE FROM core_user_events").await.expect("gone");
    assert!(refuses(pool).await.message().contains(NOT_UNIQUE));
    run(pool, "REINDEX INDEX invalid").await.expect("the index is built again");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    database.close().await;
}

#[tokio::test]
async fn an_index_on_an_expression_is_refused() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, (sequence / 2))";
    is_refused(&format!("{}; {index}", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn an_index_on_other_columns_is_refused() {
    is_refused(&table(", UNIQUE (id, sequence, event_type)"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id, event_type), UNIQUE (id, recorded_at)"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id) INCLUDE (sequence)"), NOT_UNIQUE).await;
}

#[tokio::test]
async fn columns_of_the_index_may_stand_in_the_other_order() {
    is_installed(&table(", UNIQUE (sequence, id)")).await;
}

#[tokio::test]
async fn the_index_may_be_the_primary_key() {
    is_installed(&table(", PRIMARY KEY (id, sequence)")).await;
}

#[tokio::test]
async fn the_index_may_be_no_constraint_and_include_columns() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, sequence) INCLUDE (recorded_at)";
    is_installed(&format!("{}; {index}", table(", UNIQUE (id, recorded_at, sequence)"))).await;
}
