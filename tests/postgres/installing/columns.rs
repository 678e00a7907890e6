//! The columns of the event table.

use super::{COLUMNS, column, is_installed, is_refused};

#[tokio::test]
async fn a_table_whose_columns_were_dropped_and_added_is_taken() {
    let sql = format!(
        "CREATE TABLE core_user_events (gone text, {COLUMNS}, gone_too text, UNIQUE (id, sequence));
         ALTER TABLE core_user_events DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN note text"
    );
    is_installed(&sql).await;
}

#[tokio::test]
async fn a_sequence_may_be_bigint_or_smallint() {
    is_installed(&column("sequence", "sequence bigint NOT NULL")).await;
    is_installed(&column("sequence", "sequence smallint NOT NULL")).await;
}

#[tokio::test]
async fn an_id_of_another_type_is_refused() {
    is_refused(&column("id", "id text NOT NULL"), "column \"id\" of").await;
    is_refused(&column("id", "id bytea NOT NULL"), "is bytea, but the rollup needs uuid, NOT NULL").await;
}

#[tokio::test]
async fn a_sequence_of_another_type_is_refused() {
    is_refused(&column("sequence", "sequence numeric NOT NULL"), "column \"sequence\" of").await;
}

#[tokio::test]
async fn json_in_place_of_jsonb_is_refused() {
    is_refused(&column("event ", "event json NOT NULL"), "is json, but the rollup needs jsonb, NOT NULL")
        .await;
}

#[tokio::test]
async fn a_recorded_time_without_time_zone_is_refused() {
    is_refused(&column("recorded_at", "recorded_at timestamp NOT NULL"), "is timestamp without time zone")
        .await;
}

#[tokio::test]
async fn columns_that_may_be_null_are_refused() {
    is_refused(
        &column("id", "id uuid"),
        "column \"id\" of \"public\".\"core_user_events\" is uuid, and may be NULL",
    )
    .await;
    is_refused(&column("sequence", "sequence integer"), "is integer, and may be NULL").await;
    is_refused(&column("event ", "event jsonb"), "is jsonb, and may be NULL").await;
    is_refused(
        &column("recorded_at", "recorded_at timestamptz"),
        "is timestamp with time zone, and may be NULL",
    )
    .await;
}

#[tokio::test]
async fn a_missing_column_is_refused() {
    is_refused(
        &column("recorded_at", ""),
        "column \"recorded_at\" of \"public\".\"core_user_events\" is missing",
    )
    .await;
}
