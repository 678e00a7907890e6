//! What a publisher changes and deletes: its rows come one by one, and what is left need not fold in between.

use super::{everything, rows_are_folds, with_two};
use crate::relation::{FORMS, append, deposited, folded, rows as rows_of, stream};
use crate::replication::as_worker;
use crate::support::{refusal, run, uuid};
use sqlx::{AssertSqlSafe, Executor, PgPool};

const TABLE: &str = FORMS[1].0;

/// Applies statements of one row each, as the worker of a subscription does, and commits.
async fn apply(pool: &PgPool, statements: &[String]) -> Option<sqlx::Result<()>> {
    let mut worker = as_worker(pool, TABLE, &format!("{TABLE}_rollup")).await?;
    for sql in statements {
        worker.execute(AssertSqlSafe(sql.clone())).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
    Some(worker.commit().await)
}

fn delete(id: u32, sequence: i32) -> String {
    format!("DELETE FROM {TABLE} WHERE id = '{}' AND sequence = {sequence}", uuid(id))
}

fn update(id: u32, sequence: i32, set: &str) -> String {
    format!("UPDATE {TABLE} SET {set} WHERE id = '{}' AND sequence = {sequence}", uuid(id))
}

fn insert(id: u32, sequence: i32) -> String {
    format!(
        "INSERT INTO {TABLE} (id, sequence, event_type, event, recorded_at) VALUES ('{}', {sequence}, '-', '{}', now())",
        uuid(id),
        if sequence == 1 { crate::relation::opened() } else { deposited() }
    )
}

#[tokio::test]
async fn rows_that_a_publisher_changes_are_followed_at_the_end_of_the_transaction() {
    let amount = |amount: i32| format!("event = event || '{{\"amount\": {amount}}}'");
    let move_to = |id: u32| format!("id = '{}'", uuid(id));
    let cases = [
        // In between, an event is missing.
        (vec![delete(1, 2), delete(1, 3)], folded(&[1, 3])),
        (vec![delete(1, 1), delete(1, 2), delete(1, 3)], folded(&[3])),
        (vec![update(1, 2, &amount(40)), update(2, 2, &amount(40))], vec![(3, 47), (3, 47)]),
        (vec![delete(1, 3), insert(1, 3), insert(1, 4)], folded(&[4, 3])),
        (vec![delete(1, 1), delete(1, 2), delete(1, 3), insert(1, 1), insert(1, 2)], folded(&[2, 3])),
        (vec![delete(1, 2), delete(1, 3), insert(1, 3), insert(1, 2)], folded(&[3, 3])),
        (vec![insert(1, 4), update(1, 4, &amount(40)), insert(1, 5), delete(1, 5)], vec![(4, 49), (3, 9)]),
        (vec![insert(3, 2), delete(3, 2)], folded(&[3, 3])),
        ((1..=3).map(|sequence| update(1, sequence, &move_to(7))).collect(), folded(&[3, 3])),
        (vec![update(1, 3, "context = '{}'")], folded(&[3, 3])),
    ];
    for (statements, expected) in cases {
        let database = with_two(FORMS[1]).await;
        let pool = database.pool();
        let Some(applied) = apply(pool, &statements).await else { return database.close().await };
        applied.unwrap_or_else(|error| panic!("{statements:?}: {error}"));
        assert_eq!(rows_of(pool, TABLE).await, expected, "{statements:?}");
        rows_are_folds(pool, TABLE).await;
        append(pool, TABLE, &stream(2, [4])).await.expect("others go on");
        database.close().await;
    }
}

#[tokio::test]
async fn what_does_not_fold_at_the_end_is_refused_as_a_whole() {
    for (statements, code) in [
        (vec![delete(1, 3), delete(1, 1)], "RU001"),
        (vec![update(1, 2, "event = event - 'amount'")], "RU008"),
        (vec![delete(1, 3), insert(1, 4)], "RU001"),
    ] {
        let database = with_two(FORMS[1]).await;
        let pool = database.pool();
        let before = everything(pool, TABLE).await;
        let Some(applied) = apply(pool, &statements).await else { return database.close().await };
        assert_eq!(refusal(applied).code(), code, "{statements:?}");
        assert_eq!(everything(pool, TABLE).await, before);
        database.close().await;
    }
}

/// The row includes an event that is not in the log: what comes in its place is another one.
#[tokio::test]
async fn a_replicated_event_that_the_row_includes_already_is_refused() {
    let database = with_two(FORMS[1]).await;
    let pool = database.pool();
    crate::support::unnoticed(pool, TABLE, &delete(1, 3)).await.expect("gone unnoticed");
    let Some(applied) = apply(pool, &[insert(1, 3)]).await else { return database.close().await };
    assert_eq!(refusal(applied).code(), "RU002");
    database.close().await;
}

/// The trigger of a subscriber that an earlier release has made fired for an INSERT alone.
#[tokio::test]
async fn the_second_trigger_of_an_earlier_release_is_made_anew_and_stays_enabled() {
    let database = with_two(FORMS[1]).await;
    let pool = database.pool();
    let earlier = format!(
        "DROP TRIGGER {TABLE}_rollup_replica ON {TABLE};
         CREATE CONSTRAINT TRIGGER {TABLE}_rollup_replica AFTER INSERT ON {TABLE} DEFERRABLE INITIALLY DEFERRED
           FOR EACH ROW WHEN (current_setting('session_replication_role') = 'replica')
           EXECUTE FUNCTION {TABLE}_rollup_replica();
         ALTER TABLE {TABLE} ENABLE REPLICA TRIGGER {TABLE}_rollup_replica"
    );
    run(pool, &earlier).await.expect("as it was");
    for _ in 0..2 {
        run(pool, FORMS[1].1).await.expect("the migration is applied");
        let sql = "SELECT concat(tgenabled, tgtype) FROM pg_trigger WHERE tgname = 'ledger_row_events_rollup_replica'";
        let trigger: String = sqlx::query_scalar(sql).fetch_one(pool).await.expect("the trigger");
        assert_eq!(trigger, "R29");
    }
    database.close().await;
}
