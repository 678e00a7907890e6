//! The fold of the log by hand: a range of it, and rows folded again from nothing.

mod past;

use crate::fixtures::UserEvent;
use crate::support::{
    everything, insert, installed, refusal, role, row, rows_are_folds, run, unnoticed, user, uuid,
};
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};

/// The ids' beginnings, the versions and the types of the last events that a fold returns.
async fn folded(pool: &PgPool, arguments: &str) -> sqlx::Result<Vec<(String, i64, String)>> {
    let sql = format!(
        "SELECT left((f.es_state).id::text, 8), (f.es_state).version, f.es_event_type
         FROM core_user_events_rollup_fold({arguments}) AS f"
    );
    sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await
}

/// The same, with the entities as numbers.
async fn reached(pool: &PgPool, arguments: &str) -> Vec<(u32, i64)> {
    let folded = folded(pool, arguments).await.expect("the events fold");
    folded.into_iter().map(|(id, version, _)| (u32::from_str_radix(&id, 16).expect("hex"), version)).collect()
}

fn id(number: u32) -> String {
    format!("'{}'", uuid(number))
}

async fn count(pool: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(pool).await.expect("a number")
}

/// Appends that the trigger does not see.
async fn unseen(pool: &PgPool, rows: impl AsRef<[crate::support::Row]>) {
    run(pool, "ALTER TABLE core_user_events DISABLE TRIGGER USER").await.expect("off");
    insert::<UserEvent>(pool, rows).await.expect("the events are stored");
    run(pool, "ALTER TABLE core_user_events ENABLE TRIGGER USER").await.expect("on");
}

/// Users 1 to 5 with three events each.
async fn users() -> Database {
    let database = installed::<UserEvent>("uuid").await;
    let rows: Vec<_> = (1..=5).flat_map(|number| user(uuid(number), 1..=3)).collect();
    insert::<UserEvent>(database.pool(), rows).await.expect("good events are taken");
    database
}

/// The same, but the second event of the second user was recorded years later than the third.
async fn users_of_a_wrong_clock() -> Database {
    let database = users().await;
    let late = format!(
        "UPDATE core_user_events SET recorded_at = '2030-01-01' WHERE sequence = 2 AND id = {}",
        id(2)
    );
    run(database.pool(), &late).await.expect("the time is no part of the fold");
    database
}

#[tokio::test]
async fn a_range_of_the_log_is_some_entities_or_those_between_two_ids() {
    let database = users().await;
    let pool = database.pool();
    let rest = "false, NULL, NULL, false";
    for (ids, expected) in [
        ("NULL, NULL, NULL".to_string(), vec![1, 2, 3, 4, 5]),
        (format!("NULL, {}, {}", id(1), id(3)), vec![2, 3]),
        (format!("NULL, {}, NULL", id(3)), vec![4, 5]),
        (format!("NULL, NULL, {}", id(2)), vec![1, 2]),
        (format!("NULL, {}, {}", id(3), id(2)), vec![]),
        (format!("ARRAY[{}, {}, NULL, {}]::uuid[], NULL, NULL", id(4), id(2), id(4)), vec![2, 4]),
        (format!("ARRAY[{}]::uuid[], NULL, NULL", id(9)), vec![]),
        ("'{}'::uuid[], NULL, NULL".to_string(), vec![]),
    ] {
        let expected: Vec<(u32, i64)> = expected.into_iter().map(|number| (number, 3)).collect();
        assert_eq!(reached(pool, &format!("{ids}, {rest}")).await, expected, "{ids}");
    }
    let until = "'2026-01-01 00:00:02Z'";
    let two = vec![(2, 2), (3, 2)];
    assert_eq!(reached(pool, &format!("NULL, {}, {}, false, 2, NULL, false", id(1), id(3))).await, two);
    assert_eq!(reached(pool, &format!("NULL, {}, {}, false, NULL, {until}, false", id(1), id(3))).await, two);
    let each = folded(pool, &format!("ARRAY[{}]::uuid[], NULL, NULL, false, NULL, NULL, true", id(2))).await;
    let each: Vec<_> =
        each.expect("the events fold").into_iter().map(|(_, version, tag)| (version, tag)).collect();
    let granted = || "role_granted".to_string();
    assert_eq!(each, [(1, "initialized".into()), (2, granted()), (3, granted())]);
    database.close().await;
}

/// An event that was recorded later ends the range of its entity, and what follows it is not looked at.
#[tokio::test]
async fn a_fold_until_a_time_ends_each_entity_before_its_first_later_event() {
    let database = users_of_a_wrong_clock().await;
    let pool = database.pool();
    let until = "false, NULL, '2026-01-01 00:00:03Z', false";
    assert_eq!(
        reached(pool, &format!("NULL, NULL, NULL, {until}")).await,
        [(1, 3), (2, 1), (3, 3), (4, 3), (5, 3)]
    );
    let some = format!("ARRAY[{}, {}]::uuid[], NULL, NULL", id(1), id(2));
    assert_eq!(reached(pool, &format!("{some}, {until}")).await, [(1, 3), (2, 1)]);
    assert_eq!(reached(pool, "NULL, NULL, NULL, false, NULL, '2025-01-01', false").await, []);
    database.close().await;
}

#[tokio::test]
async fn a_fold_from_the_stored_rows_returns_only_what_they_lack() {
    let database = users().await;
    let pool = database.pool();
    assert_eq!(reached(pool, "NULL, NULL, NULL, true, NULL, NULL, false").await, []);
    unseen(pool, [user(uuid(2), 4..=6), user(uuid(7), 1..=2)].concat()).await;
    assert_eq!(reached(pool, "NULL, NULL, NULL, true, NULL, NULL, false").await, [(2, 6), (7, 2)]);
    assert_eq!(reached(pool, "NULL, NULL, NULL, true, 4, NULL, true").await, [(2, 4), (7, 1), (7, 2)]);
    assert_eq!(reached(pool, &format!("NULL, {}, NULL, true, NULL, NULL, false", id(2))).await, [(7, 2)]);
    let ids = format!("ARRAY[{}, {}]::uuid[], NULL, NULL", id(1), id(2));
    assert_eq!(reached(pool, &format!("{ids}, true, NULL, NULL, false")).await, [(2, 6)]);
    // The row decides, though nobody checks that it is right.
    run(pool, "UPDATE core_user_events_rollup SET email = 'stored'").await.expect("a row is spoilt");
    let sql =
        "SELECT count(*) FROM core_user_events_rollup_fold(NULL, NULL, NULL, true, NULL, NULL, false) AS f
               WHERE (f.es_state).email = 'stored'";
    assert_eq!(count(pool, sql).await, 1);
    database.close().await;
}

#[tokio::test]
async fn rebuilding_follows_the_event_table() {
    let database = users().await;
    let pool = database.pool();
    // What an operator may do unnoticed: an event that is gone, one that is another, a whole stream; and a column of
    // their own.
    unnoticed(
        pool,
        "core_user_events",
        &format!(
            "ALTER TABLE core_user_events_rollup ADD COLUMN note text;
             UPDATE core_user_events_rollup SET note = 'kept';
             DELETE FROM core_user_events WHERE id = {one} AND sequence = 3;
             UPDATE core_user_events SET event = event || '{{\"role\": \"{role}\"}}' WHERE id = {two} AND sequence = 3;
             DELETE FROM core_user_events WHERE id = {three};
             DELETE FROM core_user_events_rollup WHERE id = {four}",
            one = id(1),
            two = id(2),
            three = id(3),
            four = id(4),
            role = role(99),
        ),
    )
    .await
    .expect("the owner may do that");
    let two = format!("SELECT core_user_events_rollup_rebuild(ARRAY[{}, {}]::uuid[])", id(2), id(5));
    assert_eq!(count(pool, &two).await, 1);
    assert_eq!(count(pool, "SELECT core_user_events_rollup_rebuild(NULL)").await, 3);
    let notes: Vec<(i64, String)> =
        sqlx::query_as("SELECT version, coalesce(note, '') FROM core_user_events_rollup ORDER BY id")
            .fetch_all(pool)
            .await
            .expect("the rows");
    let kept = |version| (version, "kept".to_string());
    assert_eq!(notes, [kept(2), kept(3), (3, String::new()), kept(3)]);
    run(pool, "ALTER TABLE core_user_events_rollup DROP COLUMN note").await.expect("dropped");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 4);
    insert::<UserEvent>(pool, [user(uuid(1), 3..=4), user(uuid(3), 1..=1)].concat()).await.expect("appended");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 5);
    database.close().await;
}

/// What differs: the user's number, what is the matter, and the columns.
async fn differ(pool: &PgPool, bounds: &str) -> Vec<String> {
    let sql = format!(
        "SELECT concat_ws(' ', ltrim(left(es_id::text, 8), '0'), es_table, es_difference, es_columns)
         FROM core_user_events_rollup_verify({bounds})"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(pool).await.expect("every stream folds")
}

#[tokio::test]
async fn rows_that_differ_are_found_with_their_columns_and_without_a_lock() {
    let database = users().await;
    let pool = database.pool();
    assert!(differ(pool, "NULL, NULL").await.is_empty());
    let spoil = format!(
        "UPDATE core_user_events_rollup SET role = NULL, email = 'x' WHERE id = {one};
         DELETE FROM core_user_events_rollup WHERE id = {two};
         INSERT INTO core_user_events_rollup (id, version, created_at, modified_at, email)
         VALUES ({nine}, 1, now(), now(), 'x')",
        one = id(1),
        two = id(2),
        nine = id(9),
    );
    run(pool, &spoil).await.expect("the owner may do that");
    unseen(pool, user(uuid(3), 4..=4)).await;
    let mut writer = pool.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE core_user_events IN EXCLUSIVE MODE").execute(&mut *writer).await.expect("a lock");
    assert_eq!(
        differ(pool, "NULL, NULL").await,
        [
            "1 core_user_events_rollup different {email,role}",
            "2 core_user_events_rollup missing",
            "3 core_user_events_rollup different {version,modified_at,role}",
            "9 core_user_events_rollup unexpected",
        ]
    );
    assert_eq!(differ(pool, &format!("{}, {}", id(1), id(2))).await, ["2 core_user_events_rollup missing"]);
    writer.rollback().await.expect("it is rolled back");
    let mend = format!("SELECT core_user_events_rollup_rebuild(ARRAY[{}, {}]::uuid[])", id(1), id(2));
    assert_eq!(count(pool, &mend).await, 2);
    assert_eq!(differ(pool, "NULL, NULL").await.len(), 2);
    assert_eq!(count(pool, "SELECT core_user_events_rollup_rebuild(NULL)").await, 2);
    assert!(differ(pool, "NULL, NULL").await.is_empty());
    database.close().await;
}

#[tokio::test]
async fn rebuilding_writes_no_row_that_does_not_differ() {
    let database = users().await;
    let pool = database.pool();
    let rows = "SELECT string_agg(ctid::text || xmin, ',' ORDER BY id) FROM core_user_events_rollup";
    let before: String = sqlx::query_scalar(rows).fetch_one(pool).await.expect("the rows");
    assert_eq!(count(pool, "SELECT core_user_events_rollup_rebuild(NULL)").await, 0);
    let after: String = sqlx::query_scalar(rows).fetch_one(pool).await.expect("the rows");
    assert_eq!(after, before);
    database.close().await;
}

#[tokio::test]
async fn what_does_not_fold_is_refused_as_the_trigger_refuses_it_and_nothing_is_rebuilt() {
    let database = users().await;
    let pool = database.pool();
    run(pool, "UPDATE core_user_events_rollup SET email = 'spoilt'").await.expect("rows are spoilt");
    for (number, sequence, payload, code) in [
        (1, 5, json!({"type": "role_revoked"}), "RU001"),
        (1, 0, json!({"type": "role_revoked"}), "RU002"),
        (8, 1, json!({"type": "role_revoked"}), "RU003"),
        (1, 4, json!({"type": "initialized", "id": uuid(1), "email": "x"}), "RU004"),
        (1, 4, json!({"type": "nonsense"}), "RU006"),
        (1, 4, json!(1), "RU007"),
        (1, 4, json!({"type": "role_granted"}), "RU008"),
        (1, 4, json!({"type": "role_granted", "role": null}), "RU009"),
        (1, 4, json!({"type": "role_granted", "role": 1}), "RU010"),
    ] {
        unseen(pool, [row(uuid(number), sequence, payload)]).await;
        let before = everything::<UserEvent>(pool).await;
        let some = format!("ARRAY[{}]::uuid[]", id(number));
        for call in [
            "core_user_events_rollup_rebuild(NULL)".to_string(),
            format!("core_user_events_rollup_rebuild({some})"),
            "core_user_events_rollup_fold(NULL, NULL, NULL, false, NULL, NULL, false)".into(),
            format!("core_user_events_rollup_fold({some}, NULL, NULL, true, NULL, NULL, false)"),
            format!("core_user_events_rollup_catch_up({})", id(number)),
            format!("core_user_events_rollup_at({}, {sequence})", id(number)),
        ] {
            let error = refusal(run(pool, &format!("SELECT {call}")).await);
            assert_eq!(error.code(), code, "{call}: {error}");
            assert!(error.message().starts_with(&format!("event {sequence} ")), "{call}: {error}");
        }
        assert_eq!(everything::<UserEvent>(pool).await, before);
        unnoticed(
            pool,
            "core_user_events",
            &format!(
                "DELETE FROM core_user_events WHERE id = {} AND sequence NOT BETWEEN 1 AND 3",
                id(number)
            ),
        )
        .await
        .expect("gone again");
        run(pool, &format!("DELETE FROM core_user_events WHERE id = {}", id(8))).await.expect("gone again");
    }
    assert_eq!(count(pool, "SELECT core_user_events_rollup_rebuild(NULL)").await, 5);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 5);
    database.close().await;
}

/// An event below the first is looked for under rows that lack nothing, too.
#[tokio::test]
async fn the_migration_applied_again_refuses_an_event_below_the_first() {
    let database = users().await;
    let pool = database.pool();
    unseen(pool, [row(uuid(3), 0, json!({"type": "role_revoked"}))]).await;
    let error = refusal(run(pool, <UserEvent as es_rollup::Rollup>::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU002", "{error}");
    assert!(error.message().starts_with("event 0 "), "{error}");
    database.close().await;
}

/// A constraint of somebody else's is reported without values, as everywhere.
#[tokio::test]
async fn rebuilding_under_a_constraint_of_the_users_shows_no_value() {
    let database = users().await;
    let pool = database.pool();
    run(
        pool,
        "UPDATE core_user_events_rollup SET email = 'spoilt';
         ALTER TABLE core_user_events_rollup ADD CONSTRAINT short CHECK (length(email) < 10)",
    )
    .await
    .expect("a constraint that holds now");
    let error = refusal(run(pool, "SELECT core_user_events_rollup_rebuild(NULL)").await);
    assert_eq!((error.code(), error.constraint()), ("23514", Some("short")), "{error}");
    assert!(error.detail().is_none() && !error.message().contains("example.org"), "{error:?}");
    database.close().await;
}
