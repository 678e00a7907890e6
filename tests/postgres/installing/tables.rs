//! The table to install on: it exists, it is an ordinary table, and it has no relatives.

use super::{COLUMNS, is_installed, is_refused, table};
use crate::fixtures::AccountEvent;
use crate::support::{refusal, run};
use es_rollup::Rollup;
use es_rollup_test_server::Database;

#[tokio::test]
async fn a_missing_table_is_refused() {
    is_refused("SELECT", "does not exist").await;
}

#[tokio::test]
async fn a_missing_schema_is_refused() {
    let database = Database::create().await;
    let error = refusal(run(database.pool(), AccountEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020");
    assert!(error.message().contains("\"bank\".\"account_log\" does not exist"), "{error}");
    database.close().await;
}

#[tokio::test]
async fn a_partitioned_table_is_refused() {
    let without_partitions = format!("{} PARTITION BY HASH (id);", table(", UNIQUE (id, sequence)"));
    is_refused(&without_partitions, "not an ordinary table").await;
    let sql = format!(
        "{without_partitions}
         CREATE TABLE leaf PARTITION OF core_user_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_partition_is_refused() {
    let sql = format!(
        "CREATE TABLE parent ({COLUMNS}, UNIQUE (id, sequence)) PARTITION BY HASH (id);
         CREATE TABLE core_user_events PARTITION OF parent FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_with_children_is_refused() {
    let sql =
        format!("{}; CREATE TABLE child () INHERITS (core_user_events)", table(", UNIQUE (id, sequence)"));
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_with_a_parent_is_refused() {
    let sql = format!(
        "CREATE TABLE parent ({COLUMNS}); CREATE TABLE core_user_events (UNIQUE (id, sequence)) INHERITS (parent)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_whose_children_are_gone_is_refused_until_it_is_analyzed() {
    // `relhassubclass` may outlive the children; refusing is the safe side, and ANALYZE puts it right.
    let sql = format!(
        "{}; CREATE TABLE child () INHERITS (core_user_events); DROP TABLE child; ANALYZE core_user_events",
        table(", UNIQUE (id, sequence)")
    );
    is_installed(&sql).await;
}

#[tokio::test]
async fn a_view_is_refused() {
    let sql = format!(
        "CREATE TABLE elsewhere ({COLUMNS}); CREATE VIEW core_user_events AS SELECT * FROM elsewhere"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_materialized_view_is_refused() {
    let sql = format!(
        "CREATE TABLE elsewhere ({COLUMNS}); CREATE MATERIALIZED VIEW core_user_events AS SELECT * FROM elsewhere"
    );
    is_refused(&sql, "not an ordinary table").await;
}
