//! A subscriber that gets the bases of its publisher, and the deletes of archived events.

use super::{FORMS, append, archive, course, lines, rows, rows_are_folds, with_form};
use crate::replication::as_worker;
use crate::support::refusal;
use sqlx::{AssertSqlSafe, Executor as _};

#[tokio::test]
async fn archived_events_can_go_once_their_base_has_arrived() {
    let (table, ..) = FORMS[1];
    let (publisher, subscriber) = (with_form(FORMS[1]).await, with_form(FORMS[1]).await);
    for database in [&publisher, &subscriber] {
        append(database.pool(), table, 1, 1, &course()).await.expect("taken");
    }
    archive(publisher.pool(), table, 1, 4).await.expect("archived");
    let base =
        lines(publisher.pool(), format!("SELECT to_jsonb(b)::text FROM {table}_rollup_base AS b")).await;
    let base = base.expect("the base").remove(0).replace('\'', "''");
    let arrives = format!(
        "INSERT INTO {table}_rollup_base
         SELECT r.* FROM jsonb_populate_record(NULL::{table}_rollup_base, '{base}') AS r"
    );
    let deletes =
        (1..=4).map(|sequence| format!("DELETE FROM {table} WHERE id = 1 AND sequence = {sequence}"));
    let deletes: Vec<String> = deletes.collect();
    let pool = subscriber.pool();
    let before = rows(pool, table).await;
    for (statements, is_taken) in [(deletes.clone(), false), ([vec![arrives], deletes].concat(), true)] {
        let Some(mut worker) = as_worker(pool, table, &format!("{table}_rollup")).await else { break };
        for sql in statements {
            worker.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
        let outcome = worker.commit().await;
        if is_taken {
            outcome.expect("they are archived");
        } else {
            assert_eq!(refusal(outcome).code(), "RU001");
        }
        assert_eq!(rows(pool, table).await, before);
        rows_are_folds(pool, table).await;
    }
    publisher.close().await;
    subscriber.close().await;
}
