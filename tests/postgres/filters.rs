//! Event tables with the streams of several enums, of which each rollup folds its own.

use crate::relation::{MODELS, deposited, folded, opened, rows};
use crate::replication::as_worker;
use crate::support::{event_table, run};
use es_rollup_core::emit;
use es_rollup_core::model::{Filter, Model};
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};

/// Two enums whose streams are in one table, under the same ids.
#[tokio::test]
async fn two_rollups_of_one_event_table_fold_the_rows_that_their_filters_select() {
    for (table, written) in MODELS {
        let database = Database::create().await;
        let pool = database.pool();
        let definition = event_table(table, "uuid").replace("(id, sequence)", "(id, event_type, sequence)");
        run(pool, &definition).await.expect("the event table is made");
        let mut reverts = Vec::new();
        for category in ["one", "another"] {
            let model = selecting(table, written, category);
            run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
            reverts.push(emit::text(&model, emit::revert(&model)));
        }
        let insert = format!(
            "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
             SELECT '00000000-0000-4000-8000-000000000000', sequence, category, event, now()
             FROM (VALUES (1, 'one', $1::jsonb), (1, 'another', $1), (1, 'a third', '{{}}'),
               (2, 'another', $2), (3, 'another', $2)) AS given (sequence, category, event)"
        );
        let insert = sqlx::query(AssertSqlSafe(insert)).bind(opened()).bind(deposited());
        insert.execute(pool).await.expect("each event is one of its enum");
        assert_eq!(rows(pool, &format!("{table}_one")).await, folded(&[1]), "{table}");
        assert_eq!(rows(pool, &format!("{table}_another")).await, folded(&[3]), "{table}");
        for (at, revert) in reverts.iter().enumerate() {
            run(pool, revert).await.expect("the rollup is dropped");
            assert_eq!(at == 0, drops_only_one(pool, table).await, "{table}");
        }
        database.close().await;
    }
}

/// The model for the events of a table that are of one category.
fn selecting(table: &str, written: &str, category: &str) -> Model {
    let mut model = Model::read(written).expect("the model of an enum is read");
    model.store.filter = Some(Filter { column: "event_type".into(), value: category.into() });
    model.root.table.name = format!("{table}_{category}_rollup");
    model
}

#[tokio::test]
async fn a_subscriber_folds_the_rows_that_the_filter_selects() {
    let (table, written) = MODELS[1];
    let database = Database::create().await;
    let pool = database.pool();
    let definition = event_table(table, "uuid").replace("(id, sequence)", "(id, event_type, sequence)");
    run(pool, &definition).await.expect("the event table is made");
    let model = selecting(table, written, "one");
    run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
    let Some(mut worker) = as_worker(pool, table, &format!("{table}_one_rollup")).await else { return };
    for (sequence, category, event) in [
        (3, "another", deposited()),
        (2, "one", deposited()),
        (1, "another", json!({})),
        (1, "one", opened()),
    ] {
        let insert = format!(
            "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
             VALUES ('00000000-0000-4000-8000-000000000000', $1, $2, $3, now())"
        );
        let insert = sqlx::query(AssertSqlSafe(insert)).bind(sequence).bind(category).bind(event);
        insert.execute(&mut *worker).await.expect("the row is taken");
    }
    worker.commit().await.expect("the transaction folds");
    assert_eq!(rows(pool, &format!("{table}_one")).await, folded(&[2]));
    database.close().await;
}

/// Whether the second of the two rollups is still there.
async fn drops_only_one(pool: &PgPool, table: &str) -> bool {
    let sql = format!(
        "SELECT to_regclass('{table}_one_rollup') IS NULL AND to_regclass('{table}_another_rollup') IS NOT NULL"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("the catalog is read")
}
