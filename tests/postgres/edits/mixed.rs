//! Statements that insert, change and delete at once, and what reaches the event table from elsewhere.

use super::{is_refused, rows_are_folds, with_two};
use crate::relation::{FORMS, append, deposited, folded, opened, rows as rows_of, stream};
use crate::support::{event_table, run, uuid};
use es_rollup_test_server::Database;
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgPool};

/// Rows of a statement, as SQL.
fn values(rows: &[(u32, i32, Value)]) -> String {
    let rows = rows.iter().map(|(id, sequence, event)| {
        format!("('{}'::uuid, {sequence}, '-', '{event}'::jsonb, timestamptz '2026-02-02Z')", uuid(*id))
    });
    format!("VALUES {}", rows.collect::<Vec<_>>().join(", "))
}

const COLUMNS: &str = "(id, sequence, event_type, event, recorded_at)";

fn corrected(balance: i32) -> Value {
    serde_json::json!({"type": "corrected", "balance": balance, "fees": null, "best": null, "worst": null})
}

#[tokio::test]
async fn an_insert_that_changes_what_is_there_already_is_followed_in_any_order() {
    for form in FORMS {
        let (table, _) = form;
        let corrected = |id, sequence| (id, sequence, corrected(100));
        for rows in [
            // New events before and after one that is there, of the same entity and of others.
            vec![(1, 4, deposited()), corrected(1, 2), (1, 5, deposited()), (3, 1, opened())],
            vec![
                (1, 5, deposited()),
                corrected(1, 2),
                (3, 2, deposited()),
                (3, 1, opened()),
                (1, 4, deposited()),
            ],
            vec![
                corrected(1, 2),
                (3, 1, opened()),
                (1, 4, deposited()),
                (3, 2, deposited()),
                (1, 5, deposited()),
            ],
            vec![(1, 4, deposited()), (1, 3, deposited()), corrected(1, 2)],
            // Nothing new in what is there.
            vec![(1, 4, deposited()), (1, 3, deposited()), (2, 4, deposited())],
            vec![(1, 4, serde_json::json!({"type": "erased"})), corrected(1, 2)],
            vec![(3, 1, opened()), corrected(1, 2)],
        ] {
            let database = with_two(form).await;
            let pool = database.pool();
            let sql = format!(
                "INSERT INTO {table} {COLUMNS} {}
                 ON CONFLICT (id, sequence) DO UPDATE SET event = excluded.event",
                values(&rows)
            );
            run(pool, &sql).await.unwrap_or_else(|error| panic!("{table}, {rows:?}: {error}"));
            rows_are_folds(pool, table).await;
            append(pool, table, &stream(2, [5 - i32::from(!rows.iter().any(|row| row.0 == 2))]))
                .await
                .expect("it goes on");
            database.close().await;
        }
        let database = with_two(form).await;
        let sql = format!(
            "INSERT INTO {table} {COLUMNS} {}
             ON CONFLICT (id, sequence) DO UPDATE SET event = excluded.event",
            values(&[(1, 4, deposited()), (2, 2, serde_json::json!({"type": "deposited"}))])
        );
        is_refused(database.pool(), table, &sql, "RU008").await;
        database.close().await;
    }
}

/// Whether the server has MERGE.
async fn merges(pool: &PgPool) -> bool {
    let sql = "SELECT current_setting('server_version_num')::integer >= 150000";
    sqlx::query_scalar(sql).fetch_one(pool).await.expect("a version")
}

#[tokio::test]
async fn a_merge_that_inserts_changes_and_deletes_is_followed() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        if !merges(pool).await {
            println!("not run: the server has no MERGE");
            return database.close().await;
        }
        append(pool, table, &stream(4, 1..=2)).await.expect("good events are taken");
        let rows = [
            (1, 2, corrected(100)),
            (1, 4, deposited()),
            (2, 3, serde_json::json!({"type": "gone"})),
            (3, 1, opened()),
            (4, 1, serde_json::json!({"type": "gone"})),
            (4, 2, serde_json::json!({"type": "gone"})),
        ];
        let sql = format!(
            "MERGE INTO {table} AS e USING ({}) AS n {COLUMNS} ON e.id = n.id AND e.sequence = n.sequence
             WHEN MATCHED AND n.event ->> 'type' = 'gone' THEN DELETE
             WHEN MATCHED THEN UPDATE SET event = n.event
             WHEN NOT MATCHED THEN INSERT {COLUMNS} VALUES (n.id, n.sequence, n.event_type, n.event, n.recorded_at)",
            values(&rows)
        );
        run(pool, &sql).await.expect("what is left folds");
        assert_eq!(rows_of(pool, table).await, [(4, 104), (2, 7), (1, 5)], "{table}");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn a_statement_that_deletes_events_and_inserts_others_in_their_place_is_followed() {
    for form in FORMS {
        let (table, _) = form;
        for (chosen, change, rows) in [
            // The same events again, and others.
            ("id = '{1}' AND sequence = 3", "event", vec![(3, 9), (3, 9)]),
            ("id = '{1}' AND sequence = 3", "event || '{\"amount\": 40}'", vec![(3, 47), (3, 9)]),
            ("id = '{1}'", "event || '{\"amount\": 40}'", vec![(3, 120), (3, 9)]),
            ("sequence > 1", "event || '{\"amount\": 40}'", vec![(3, 85), (3, 85)]),
            ("true", "event", vec![(3, 9), (3, 9)]),
        ] {
            let database = with_two(form).await;
            let pool = database.pool();
            let sql = format!(
                "WITH gone AS (DELETE FROM {table} WHERE {} RETURNING *)
                 INSERT INTO {table} {COLUMNS}
                 SELECT id, sequence, event_type, {change}, recorded_at FROM gone",
                chosen.replace("{1}", &uuid(1))
            );
            run(pool, &sql).await.unwrap_or_else(|error| panic!("{table}, {chosen}, {change}: {error}"));
            assert_eq!(rows_of(pool, table).await, rows, "{table}, {chosen}, {change}");
            rows_are_folds(pool, table).await;
            database.close().await;
        }
        // Each statement of one transaction.
        let database = with_two(form).await;
        let pool = database.pool();
        let insert = format!("INSERT INTO {table} {COLUMNS}");
        let sql = format!(
            "DELETE FROM {table} WHERE sequence > 1; {insert} {}; UPDATE {table} SET event = event || '{{\"amount\": 7}}';
             {insert} {}; DELETE FROM {table} WHERE id = '{}'; {insert} {}; {insert} {}",
            values(&stream(1, [2])),
            values(&stream(1, [4, 3])),
            uuid(2),
            values(&stream(2, [1])),
            values(&stream(2, [2])),
        );
        run(pool, &sql).await.expect("what is left folds");
        assert_eq!(rows_of(pool, table).await, [(4, 18), (2, 7)], "{table}");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn events_that_a_foreign_key_deletes_or_moves_are_followed() {
    for (table, migration) in FORMS {
        let database = Database::create().await;
        let pool = database.pool();
        let definition = event_table(table, "uuid");
        let sql = format!(
            "CREATE TABLE owners (id uuid PRIMARY KEY);
             INSERT INTO owners VALUES ('{}'), ('{}'), ('{}'); {definition};
             ALTER TABLE {table} ADD FOREIGN KEY (id) REFERENCES owners ON DELETE CASCADE ON UPDATE CASCADE",
            uuid(1),
            uuid(2),
            uuid(3)
        );
        run(pool, &sql).await.expect("the tables");
        run(pool, migration).await.expect("the migration is applied");
        append(pool, table, &[stream(1, 1..=3), stream(2, 1..=2), stream(3, 1..=4)].concat())
            .await
            .expect("good events are taken");
        run(pool, &format!("DELETE FROM owners WHERE id <> '{}'", uuid(2))).await.expect("with their events");
        assert_eq!(rows_of(pool, table).await, folded(&[2]), "{table}");
        run(pool, &format!("UPDATE owners SET id = '{}'", uuid(9))).await.expect("with their events");
        let id = format!("SELECT id::text FROM {table}_rollup");
        let id: String = sqlx::query_scalar(AssertSqlSafe(id)).fetch_one(pool).await.expect("one row");
        assert_eq!(id, uuid(9));
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}
