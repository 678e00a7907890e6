//! A log that is emptied leaves no rows behind.

use crate::fixtures::{LedgerEvent, LedgerRowEvent, UserEvent};
use crate::security::{GRANTS, acting, execute, forget, with_role};
use crate::support::{
    Row, Stored, event_table, insert, installed, refusal, row, rows_are_folds, run, user, uuid,
};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};

impl Stored for LedgerRowEvent {
    const ID_TYPE: &'static str = "uuid";
}

fn ledger(id: u32) -> Vec<Row> {
    let opened = json!({"type": "opened", "amount": 5, "owners": ["ada"]});
    vec![row(uuid(id), 1, opened), row(uuid(id), 2, json!({"type": "deposited", "amount": 2}))]
}

async fn count(pool: &PgPool, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("the rows are counted")
}

/// Empties the event table in several ways, and appends anew.
async fn is_emptied<E: Stored>(pool: &PgPool, rows: Vec<Row>) {
    for truncate in [
        format!("TRUNCATE {}", E::EVENT_TABLE),
        format!("TRUNCATE {}, {}", E::EVENT_TABLE, E::ROLLUP_TABLE),
        format!("TRUNCATE {}, {} CASCADE", E::ROLLUP_TABLE, E::EVENT_TABLE),
        format!("TRUNCATE {0}; TRUNCATE {0}", E::EVENT_TABLE),
    ] {
        insert::<E>(pool, &rows).await.expect("good events are taken");
        assert!(count(pool, E::ROLLUP_TABLE).await > 0);
        run(pool, &truncate).await.unwrap_or_else(|error| panic!("{truncate}: {error}"));
        assert_eq!(count(pool, E::ROLLUP_TABLE).await, 0, "{truncate}");
    }
    insert::<E>(pool, &rows[..1]).await.expect("the stream begins anew");
    // What is taken back is taken back in both tables.
    let mut transaction = pool.begin().await.expect("a transaction");
    execute(&mut transaction, &format!("TRUNCATE {}", E::EVENT_TABLE)).await.expect("emptied");
    insert::<E>(&mut *transaction, &rows).await.expect("good events are taken");
    transaction.rollback().await.expect("rolled back");
    insert::<E>(pool, &rows[1..]).await.expect("the stream goes on");
    assert_eq!(count(pool, E::ROLLUP_TABLE).await, 1);
}

#[tokio::test]
async fn truncating_the_event_table_empties_the_rollup() {
    let database = installed::<UserEvent>("uuid").await;
    is_emptied::<UserEvent>(database.pool(), user(uuid(1), 1..=3)).await;
    rows_are_folds::<UserEvent>(database.pool()).await;
    database.close().await;
    let database = installed::<LedgerEvent>("uuid").await;
    is_emptied::<LedgerEvent>(database.pool(), ledger(1)).await;
    database.close().await;
}

#[tokio::test]
async fn in_the_row_form_as_well() {
    let database = installed::<LedgerRowEvent>("uuid").await;
    is_emptied::<LedgerRowEvent>(database.pool(), ledger(1)).await;
    database.close().await;
    let database = Database::create().await;
    let table = event_table("ledger_row_events", "uuid");
    let sql = format!(
        "{table} PARTITION BY HASH (id);
         CREATE TABLE leaf PARTITION OF ledger_row_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    run(database.pool(), &sql).await.expect("a partitioned table");
    run(database.pool(), LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    is_emptied::<LedgerRowEvent>(database.pool(), ledger(1)).await;
    database.close().await;
}

/// Rows that others have committed meanwhile go as well: what is seen of them does not matter.
#[tokio::test]
async fn rows_that_an_old_snapshot_does_not_see_are_gone_too() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    if !es_rollup_test_server::several_connections_or_say("rows that an old snapshot does not see") {
        return database.close().await;
    }
    let mut old = pool.begin().await.expect("a transaction");
    execute(&mut old, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; SELECT FROM core_user_events")
        .await
        .expect("a snapshot");
    insert::<UserEvent>(pool, user(uuid(1), 1..=3)).await.expect("good events are taken");
    execute(&mut old, "TRUNCATE core_user_events").await.expect("emptied");
    old.commit().await.expect("committed");
    assert_eq!(count(pool, "core_user_events_rollup").await, 0);
    insert::<UserEvent>(pool, user(uuid(1), 1..=3)).await.expect("the stream begins anew");
    database.close().await;
}

/// TRUNCATE of the event table is all that it takes.
#[tokio::test]
async fn whoever_may_truncate_the_events_needs_no_right_on_the_rollup() {
    let sql = format!("{GRANTS} GRANT TRUNCATE ON core_user_events TO app;");
    with_role(installed::<UserEvent>("uuid").await, &sql, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=3)).await.expect("good events are taken");
        let mut connection = acting(&pool, &app).await;
        let direct = execute(&mut connection, "TRUNCATE core_user_events_rollup").await;
        assert_eq!(refusal(direct).code(), "42501");
        execute(&mut connection, "TRUNCATE core_user_events").await.expect("emptied");
        forget(connection).await;
        assert_eq!(count(&pool, "core_user_events_rollup").await, 0);
    })
    .await;
}

/// Nor is a table of somebody's own, should he be granted the function, or one that has taken the event table's
/// place.
#[tokio::test]
async fn truncating_any_other_table_does_not_empty_the_rollup() {
    let sql = format!(
        "{GRANTS} GRANT EXECUTE ON FUNCTION core_user_events_rollup_truncate, core_user_events_rollup_apply TO app;"
    );
    with_role(installed::<UserEvent>("uuid").await, &sql, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=3)).await.expect("good events are taken");
        let mut connection = acting(&pool, &app).await;
        execute(
            &mut connection,
            "CREATE TEMP TABLE core_user_events (LIKE public.core_user_events);
             CREATE TRIGGER forged AFTER TRUNCATE ON pg_temp.core_user_events
               EXECUTE FUNCTION public.core_user_events_rollup_truncate();
             CREATE TRIGGER forged_too AFTER INSERT ON pg_temp.core_user_events
               EXECUTE FUNCTION public.core_user_events_rollup_truncate();",
        )
        .await
        .expect("triggers");
        for forged in [
            "TRUNCATE pg_temp.core_user_events",
            "INSERT INTO pg_temp.core_user_events SELECT * FROM public.core_user_events",
        ] {
            assert_eq!(refusal(execute(&mut connection, forged).await).code(), "42501", "{forged}");
        }
        forget(connection).await;
        assert_eq!(count(&pool, "core_user_events_rollup").await, 1);
        run(&pool, "ALTER TABLE core_user_events RENAME TO renamed; CREATE TABLE core_user_events (LIKE renamed)")
            .await
            .expect("renamed");
        assert_eq!(refusal(run(&pool, "TRUNCATE renamed").await).code(), "42501");
        assert_eq!(count(&pool, "core_user_events_rollup").await, 1);
        run(&pool, "TRUNCATE core_user_events; DROP TABLE core_user_events; ALTER TABLE renamed RENAME TO core_user_events")
            .await
            .expect("renamed back");
        run(&pool, "TRUNCATE core_user_events").await.expect("emptied");
        assert_eq!(count(&pool, "core_user_events_rollup").await, 0);
    })
    .await;
}
