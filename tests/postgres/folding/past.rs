//! An entity as it was after an event or at a time, and what each event changed.

use super::{count, id, users, users_of_a_wrong_clock};
use crate::fixtures::{LedgerEvent, UserEvent};
use crate::support::{insert, installed, role, row, run, uuid};
use serde_json::json;
use sqlx::AssertSqlSafe;

#[tokio::test]
async fn an_entity_as_it_was_is_a_row_or_none() {
    let database = users().await;
    let pool = database.pool();
    for version in 1..=3 {
        let sql = format!(
            "SELECT coalesce(role::text, '') FROM core_user_events_rollup_at({}, {version}) WHERE version = {version}",
            id(2)
        );
        let kept: String = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("a row");
        assert_eq!(kept, if version == 1 { String::new() } else { role(version) });
    }
    for (number, version) in
        [(2, "0"), (2, "-1"), (2, "4"), (2, "9223372036854775807"), (2, "NULL"), (9, "1")]
    {
        let sql = format!("SELECT count(*) FROM core_user_events_rollup_at({}, {version})", id(number));
        assert_eq!(count(pool, &sql).await, 0, "{version}");
    }
    database.close().await;
}

#[tokio::test]
async fn changes_are_the_columns_that_each_event_changed_with_their_values_before_and_after() {
    let database = users().await;
    let pool = database.pool();
    let again = row(uuid(2), 4, json!({"type": "role_granted", "role": role(3)}));
    insert::<UserEvent>(pool, [again]).await.expect("an event that changes nothing");
    let sql = format!(
        "SELECT concat_ws(' ', es_sequence, es_event_type, es_column, coalesce(es_was::text, '-'), es_is)
         FROM core_user_events_rollup_changes({}) WHERE es_column IN ('email', 'role')",
        id(2)
    );
    let changes: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("the events fold");
    let expected = [
        format!("1 initialized email - \"{}@example.org\"", uuid(2)),
        format!("2 role_granted role - \"{}\"", role(2)),
        format!("3 role_granted role \"{}\" \"{}\"", role(2), role(3)),
    ];
    assert_eq!(changes, expected);
    for nobody in [id(9), "NULL".into()] {
        let sql = format!("SELECT count(*) FROM core_user_events_rollup_changes({nobody})");
        assert_eq!(count(pool, &sql).await, 0);
    }
    database.close().await;
}

#[tokio::test]
async fn an_entity_at_a_time_is_the_row_after_all_events_before_the_first_later_one() {
    let database = users_of_a_wrong_clock().await;
    let pool = database.pool();
    let at = async |number: u32, time: &str| -> Option<i64> {
        let sql = format!("SELECT version FROM core_user_events_rollup_as_of({}, {time})", id(number));
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_optional(pool).await.expect("the events fold")
    };
    assert_eq!(at(1, "'2026-01-01 00:00:02Z'").await, Some(2));
    assert_eq!(at(1, "'2026-01-01 00:00:01.999999Z'").await, Some(1));
    assert_eq!(at(1, "'infinity'").await, Some(3));
    // The third event was recorded in time, but follows one that was not.
    assert_eq!(at(2, "'2026-01-01 00:00:03Z'").await, Some(1));
    for (number, time) in [(1, "'2025-01-01'"), (1, "NULL"), (9, "'2030-01-01'")] {
        assert_eq!(at(number, time).await, None, "{number} at {time}");
    }
    database.close().await;
}

#[tokio::test]
async fn an_entity_that_has_ended_is_a_row_before_its_end_and_none_after_it() {
    let database = installed::<LedgerEvent>("uuid").await;
    let pool = database.pool();
    let opened = row(uuid(1), 1, json!({"type": "opened", "amount": 7, "owners": []}));
    let erased = row(uuid(1), 2, json!({"type": "erased"}));
    insert::<LedgerEvent>(pool, [opened, erased]).await.expect("good events are taken");
    for (version, rows) in [(1, 1), (2, 0), (3, 0)] {
        let sql = format!("SELECT count(*) FROM ledger_events_rollup_at({}, {version})", id(1));
        assert_eq!(count(pool, &sql).await, rows, "{version}");
        let sql = format!(
            "SELECT count(*) FROM ledger_events_rollup_as_of({}, timestamptz '2026-01-01Z' + interval '{version} seconds')",
            id(1)
        );
        assert_eq!(count(pool, &sql).await, rows, "{version}");
    }
    // What an end takes away is a change, too.
    let sql = format!(
        "SELECT concat_ws(' ', es_sequence, es_event_type, coalesce(es_was::text, '-'), coalesce(es_is::text, '-'))
         FROM ledger_events_rollup_changes({}) WHERE es_column = 'balance'",
        id(1)
    );
    let changes: Vec<String> =
        sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("the events fold");
    assert_eq!(changes, ["1 opened - 7", "2 erased 7 -"]);
    let sql =
        "SELECT count(*) FROM ledger_events_rollup_fold(NULL, NULL, NULL, false, NULL, NULL, false) AS f
               WHERE f.es_deleted AND (f.es_state).version = 1 AND (f.es_state).balance = 7";
    assert_eq!(count(pool, sql).await, 1);
    // A row that nobody deleted goes.
    run(pool, "INSERT INTO ledger_events_rollup SELECT * FROM ledger_events_rollup_at((SELECT min(id::text)::uuid FROM ledger_events), 1)")
        .await
        .expect("a row comes back");
    assert_eq!(count(pool, "SELECT ledger_events_rollup_rebuild(NULL)").await, 1);
    assert_eq!(count(pool, "SELECT count(*) FROM ledger_events_rollup").await, 0);
    database.close().await;
}
