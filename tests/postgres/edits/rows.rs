//! Columns that are not read, rows that a filter selects, and rows that go from one partition to another.

use super::{is_refused, rows_are_folds, with_two};
use crate::concurrency::somebody_waits;
use crate::relation::{FORMS, MODELS, append, deposited, folded, opened, rows as rows_of, stream};
use crate::support::{event_table, run, uuid};
use es_rollup_core::emit;
use es_rollup_core::model::{Filter, Model};
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::{AssertSqlSafe, Executor, PgPool};
use std::time::Duration;

/// The places of the rows, which change with every write.
async fn places(pool: &PgPool, table: &str) -> Vec<String> {
    let sql = format!("SELECT concat_ws(' ', xmin, ctid) FROM {table}_rollup ORDER BY id");
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(pool).await.expect("the rows are read")
}

#[tokio::test]
async fn an_update_of_what_is_not_read_folds_nothing_and_waits_for_nobody() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        run(pool, &format!("ALTER TABLE {table} ADD COLUMN sent boolean")).await.expect("an outbox");
        let before = places(pool, table).await;
        let mut writer = pool.begin().await.expect("a transaction");
        append(&mut *writer, table, &stream(3, [1])).await.expect("a writer that takes its time");
        for set in
            ["sent = true", "event_type = 'x', context = '{}'", "event = event, id = id WHERE sequence < 3"]
        {
            let sql = format!("UPDATE {table} SET {set}");
            let updated = tokio::time::timeout(Duration::from_secs(20), run(pool, &sql)).await;
            updated.expect("nobody is waited for").expect("updated");
        }
        run(pool, &format!("DELETE FROM {table} WHERE sequence = 99")).await.expect("nothing is deleted");
        assert_eq!(places(pool, table).await, before, "{table}");
        // What is read makes it wait.
        let edited = tokio::spawn({
            let (pool, table) = (pool.clone(), table.to_string());
            async move {
                run(
                    &pool,
                    &format!("UPDATE {table} SET event = event || '{{\"amount\": 40}}' WHERE sequence = 3"),
                )
                .await
            }
        });
        somebody_waits(&mut pool.acquire().await.expect("a connection")).await;
        writer.commit().await.expect("committed");
        edited.await.expect("it goes on").expect("what is left folds");
        assert_eq!(rows_of(pool, table).await, [(3, 47), (3, 47), (1, 5)], "{table}");
        database.close().await;
    }
}

#[tokio::test]
async fn a_row_that_comes_under_the_filter_or_leaves_it_is_followed() {
    for (table, written) in MODELS {
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table(table, "uuid")).await.expect("the event table is made");
        let mut model = Model::read(written).expect("the model of an enum is read");
        model.store.filter = Some(Filter { column: "event_type".into(), value: "-".into() });
        run(pool, &emit::text(&model, emit::migration(&model))).await.expect("the migration is applied");
        append(pool, table, &[stream(1, 1..=3), stream(2, 1..=3)].concat()).await.expect("good events");
        let kind = |kind: &str, chosen: &str| {
            format!("UPDATE {table} SET event_type = '{kind}' WHERE id = '{}' AND {chosen}", uuid(1))
        };
        run(pool, &kind("other", "sequence = 3")).await.expect("it is not one of the enum's any more");
        assert_eq!(rows_of(pool, table).await, folded(&[2, 3]), "{table}");
        let before = places(pool, table).await;
        run(pool, &kind("another", "sequence = 3")).await.expect("nor now");
        run(pool, &format!("UPDATE {table} SET event = '[]' WHERE event_type = 'another'"))
            .await
            .expect("nor now");
        assert_eq!(places(pool, table).await, before, "{table}");
        is_refused(pool, table, &kind("-", "sequence = 3"), "RU007").await;
        run(pool, &format!("DELETE FROM {table} WHERE event_type = 'another'"))
            .await
            .expect("it was no event");
        assert_eq!(places(pool, table).await, before, "{table}");
        run(pool, &kind("other", "true")).await.expect("none is left");
        assert_eq!(rows_of(pool, table).await, folded(&[3]), "{table}");
        run(pool, &kind("-", "true")).await.expect("and back");
        assert_eq!(rows_of(pool, table).await, folded(&[2, 3]), "{table}");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// A partitioned event table with some streams.
async fn partitioned(by: &str, parts: [&str; 2]) -> Database {
    let database = Database::create().await;
    let (table, migration) = FORMS[1];
    let sql = format!(
        "{} PARTITION BY {by}; CREATE TABLE one PARTITION OF {table} FOR VALUES {};
         CREATE TABLE other PARTITION OF {table} FOR VALUES {}",
        event_table(table, "uuid"),
        parts[0],
        parts[1]
    );
    run(database.pool(), &sql).await.expect("a partitioned table");
    run(database.pool(), migration).await.expect("the migration is applied");
    let streams: Vec<_> = (1..=6).flat_map(|id| stream(id, 1..=4)).collect();
    append(database.pool(), table, &streams).await.expect("good events are taken");
    database
}

#[tokio::test]
async fn rows_that_go_to_another_partition_under_another_id_are_followed() {
    let (table, _) = FORMS[1];
    let hash = "WITH (MODULUS 2, REMAINDER ";
    let database = partitioned("HASH (id)", [&format!("{hash}0)"), &format!("{hash}1)")]).await;
    let pool = database.pool();
    // Some of them go to the other partition, whichever they are in.
    for id in 1..=6 {
        run(pool, &format!("UPDATE {table} SET id = '{}' WHERE id = '{}'", uuid(id + 20), uuid(id)))
            .await
            .expect("all events of an entity");
    }
    assert_eq!(rows_of(pool, table).await, folded(&[4; 6]));
    rows_are_folds(pool, table).await;
    for id in 21..=25 {
        let last = format!(
            "UPDATE {table} SET id = '{}', sequence = 5 WHERE id = '{}' AND sequence = 4",
            uuid(26),
            uuid(id)
        );
        run(pool, &last).await.expect("the last of one becomes the last of another");
        run(pool, &format!("DELETE FROM {table} WHERE id = '{}' AND sequence = 5", uuid(26)))
            .await
            .expect("gone");
    }
    assert_eq!(rows_of(pool, table).await, folded(&[3, 3, 3, 3, 3, 4]));
    // A partition of its own is a part of the table, too.
    for part in ["one", "other"] {
        run(pool, &format!("DELETE FROM {part} WHERE sequence = 3 AND id <> '{}'", uuid(26)))
            .await
            .expect("gone");
        let set = "event = event || '{\"amount\": 12}' WHERE sequence = 2";
        run(pool, &format!("UPDATE {part} SET {set}")).await.expect("changed");
    }
    assert_eq!(rows_of(pool, table).await, [(2, 17), (2, 17), (2, 17), (2, 17), (2, 17), (4, 21)]);
    rows_are_folds(pool, table).await;
    database.close().await;
}

#[tokio::test]
async fn rows_that_go_to_another_partition_under_their_id_are_followed() {
    let (table, _) = FORMS[1];
    let parts = ["FROM (MINVALUE) TO (3)", "FROM (3) TO (MAXVALUE)"];
    let database = partitioned("RANGE (sequence)", parts).await;
    let pool = database.pool();
    // The second goes, and the later ones take its place: one of them in the other partition.
    for id in [1, 2] {
        let sql = format!(
            "WITH gone AS (DELETE FROM {table} WHERE id = '{0}' AND sequence = 2 RETURNING id),
               third AS (UPDATE {table} AS e SET sequence = 2, event = e.event || '{{\"amount\": 50}}'
                 FROM gone WHERE e.id = gone.id AND e.sequence = 3 RETURNING e.id)
             UPDATE {table} AS e SET sequence = 3 FROM third WHERE e.id = third.id AND e.sequence = 4",
            uuid(id)
        );
        run(pool, &sql).await.expect("what is left folds");
    }
    assert_eq!(rows_of(pool, table).await[..3], [(3, 57), (3, 57), (4, 11)]);
    rows_are_folds(pool, table).await;
    // Nothing differs in the row although the events are others: the insert trigger takes it for folded.
    let sql = format!(
        "WITH gone AS (DELETE FROM {table} WHERE id = '{0}' AND sequence = 2 RETURNING *)
         INSERT INTO {table} SELECT * FROM gone",
        uuid(3)
    );
    run(pool, &sql).await.expect("it is there again");
    append(pool, table, &[(3, 5, deposited()), (9, 1, opened())]).await.expect("it goes on");
    assert_eq!(rows_of(pool, table).await[2..], [(5, 13), (4, 11), (4, 11), (4, 11), (1, 5)]);
    rows_are_folds(pool, table).await;
    database.close().await;
}

/// Each row folds its entity, but those of an entity that is gone have nothing to fold.
#[tokio::test]
async fn all_events_of_an_entity_are_deleted_row_by_row_and_folded_once() {
    let (table, _) = FORMS[1];
    let database = with_two(FORMS[1]).await;
    let pool = database.pool();
    append(pool, table, &stream(1, 4..=100)).await.expect("good events are taken");
    let mut transaction = pool.begin().await.expect("a transaction");
    let counts = transaction.execute("SAVEPOINT before; SET LOCAL track_functions = 'pl'").await.is_ok();
    if !counts {
        println!("not counted: only a superuser may count calls of functions");
        transaction.execute("ROLLBACK TO before").await.expect("as it was");
    }
    let delete = format!("DELETE FROM {table} WHERE id = '{}'", uuid(1));
    transaction.execute(AssertSqlSafe(delete)).await.expect("gone");
    let calls: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_xact_user_functions WHERE funcname LIKE '%\\_rebuild'",
    )
    .fetch_one(&mut *transaction)
    .await
    .expect("the calls are counted");
    assert_eq!(calls, i64::from(counts));
    transaction.commit().await.expect("committed");
    assert_eq!(rows_of(pool, table).await, folded(&[3]));
    rows_are_folds(pool, table).await;
    database.close().await;
}
