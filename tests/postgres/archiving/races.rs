//! Entities are archived, and their events deleted, while others write them.

use super::{
    FORMS, append, archive, course, delivered, differ, moved, packed, rows_are_folds, sent, with_form,
};
use es_rollup_test_server::needs_several_connections;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Executor as _, PgPool};

const WRITERS: i64 = 6;
const ENTITIES: i64 = 5;
const EVENTS: usize = 40;

/// Appends to each of the entities, and begins again where another writer was first.
async fn write(pool: PgPool, table: String, writer: i64) {
    for round in 0..EVENTS {
        let id = (writer + i64::try_from(round).expect("a small number")) % ENTITIES + 1;
        loop {
            let next = format!("SELECT coalesce((SELECT version FROM {table}_rollup WHERE id = {id}), 0)");
            let version: i64 =
                sqlx::query_scalar(AssertSqlSafe(next)).fetch_one(&pool).await.expect("a version");
            let first = usize::try_from(version).expect("a version") + 1;
            let event = if first == 1 { sent() } else { packed(&format!("{}", round % 7), 3) };
            match append(&pool, &table, id, first, &[event, moved("Zug")]).await {
                Ok(()) => break,
                Err(error) => {
                    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                    assert!(["23505", "RU001", "RU002", "40001"].contains(&&*code), "{error}");
                }
            }
        }
    }
}

#[tokio::test]
async fn events_are_archived_and_deleted_beside_writers() {
    needs_several_connections!();
    for form in FORMS {
        let (table, ..) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let writers: Vec<_> =
            (0..WRITERS).map(|writer| tokio::spawn(write(pool.clone(), table.into(), writer))).collect();
        let mut archived = 0;
        while !writers.iter().all(tokio::task::JoinHandle::is_finished) {
            for id in 1..=ENTITIES {
                let version = format!("SELECT max(sequence)::bigint FROM {table} WHERE id = {id}");
                let version: Option<i64> =
                    sqlx::query_scalar(AssertSqlSafe(version)).fetch_one(pool).await.expect("a version");
                let Some(upto) = version.map(|version| version - 3).filter(|upto| *upto > 0) else {
                    continue;
                };
                let mut transaction = pool.begin().await.expect("a transaction");
                let reached = archive(&mut *transaction, table, id, upto).await.expect("it is folded");
                let sql = format!("DELETE FROM {table} WHERE id = {id} AND sequence <= {reached}");
                transaction.execute(AssertSqlSafe(sql)).await.expect("they are archived");
                transaction.commit().await.expect("committed");
                archived += 1;
            }
        }
        for writer in writers {
            writer.await.expect("it has written all");
        }
        assert!(archived > 20, "only {archived} times");
        rows_are_folds(pool, table).await;
        let sql = format!("SELECT sum(version)::bigint FROM {table}_rollup");
        let written: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("a sum");
        assert_eq!(written, WRITERS * i64::try_from(EVENTS).expect("a small number") * 2);
        // From the bases alone and what is left.
        let drop = format!("DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items");
        pool.execute(AssertSqlSafe(drop)).await.expect("gone");
        assert_ne!(differ(pool, table).await.1, "0");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// An entity that has ended has no row that both could lock.
#[tokio::test]
async fn of_two_that_archive_an_entity_the_one_that_gets_further_wins() {
    needs_several_connections!();
    for form in FORMS {
        let (table, ..) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, 1, 1, &[course(), vec![delivered()]].concat()).await.expect("taken");
        let mut first = pool.begin().await.expect("a transaction");
        archive(&mut *first, table, 1, 7).await.expect("archived");
        let delete = format!("DELETE FROM {table}");
        first.execute(AssertSqlSafe(delete)).await.expect("they are archived");
        let second = tokio::spawn({
            let (pool, table) = (pool.clone(), table.to_string());
            async move { archive(&pool, &table, 1, 3).await }
        });
        waiting(pool).await;
        first.commit().await.expect("committed");
        assert_eq!(second.await.expect("it ends").expect("archived before"), 7);
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// Until a session waits for another.
async fn waiting(pool: &PgPool) {
    let sql = "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
               WHERE NOT l.granted AND a.datname = current_database()";
    for _ in 0..500 {
        let waits: i64 = sqlx::query_scalar(sql).fetch_one(pool).await.expect("the locks");
        if waits > 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("no session waits");
}
