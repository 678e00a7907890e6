//! Two writers of one entity, step by step.

use super::{connect, execute, somebody_waits};
use crate::fixtures::{LedgerEvent, UserEvent};
use crate::support::{event_table, insert, installed, refusal, role, row, rows_are_folds, run, user, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::json;
use sqlx::{AssertSqlSafe, Executor};

#[tokio::test]
async fn of_two_writers_of_the_same_next_event_one_wins() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut one, mut other, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    insert::<UserEvent>(&mut watch, user(uuid(1), 1..=1)).await.expect("good events are taken");
    let rival = |number| row(uuid(1), number, json!({"type": "role_granted", "role": role(99)}));

    // The first one commits: the other is refused by the event table.
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 2..=2)).await.expect("a good event is taken");
    let waiting = tokio::spawn(async move {
        let outcome = insert::<UserEvent>(&mut other, [rival(2)]).await;
        (other, outcome)
    });
    somebody_waits(&mut watch).await;
    execute(&mut one, "COMMIT").await;
    let (mut other, outcome) = waiting.await.expect("the other writer goes on");
    let error = refusal(outcome);
    assert_eq!((error.code(), error.table()), ("23505", Some("core_user_events")));
    rows_are_folds::<UserEvent>(database.pool()).await;

    // The first one gives up: the other wins.
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 3..=3)).await.expect("a good event is taken");
    let waiting = tokio::spawn(async move { insert::<UserEvent>(&mut other, [rival(3)]).await });
    somebody_waits(&mut watch).await;
    execute(&mut one, "ROLLBACK").await;
    waiting.await.expect("the other writer goes on").expect("the event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    let kept: (i64, bool) =
        sqlx::query_as("SELECT version, role = $1::text::uuid FROM core_user_events_rollup")
            .bind(role(99))
            .fetch_one(&mut watch)
            .await
            .expect("the row");
    assert_eq!(kept, (3, true));
    database.close().await;
}

/// Whoever appends behind an event that is not committed yet waits for it.
#[tokio::test]
async fn a_writer_of_the_event_after_next_waits_for_the_writer_of_the_next() {
    needs_several_connections!();
    let cases = [
        ("READ COMMITTED", "COMMIT", None),
        ("READ COMMITTED", "ROLLBACK", Some("RU001")),
        ("REPEATABLE READ", "COMMIT", Some("40001")),
        ("SERIALIZABLE", "COMMIT", Some("40001")),
    ];
    // Alone, and beside an event of another entity that has been written when the wait begins.
    let beside = [0..0, 2..3];
    for ((isolation, end, code), others) in
        cases.into_iter().flat_map(|case| beside.clone().map(|others| (case, others)))
    {
        let database = installed::<UserEvent>("uuid").await;
        let [mut one, mut other, mut watch] =
            [connect(&database).await, connect(&database).await, connect(&database).await];
        for id in [1, 2] {
            insert::<UserEvent>(&mut watch, user(uuid(id), 1..=1)).await.expect("good events are taken");
        }
        execute(&mut one, "BEGIN").await;
        insert::<UserEvent>(&mut one, user(uuid(1), 2..=2)).await.expect("a good event is taken");
        let waiting = tokio::spawn(async move {
            execute(&mut other, &format!("BEGIN ISOLATION LEVEL {isolation}")).await;
            let others = others.flat_map(|id| user(uuid(id), 2..=2));
            insert::<UserEvent>(&mut other, others.chain(user(uuid(1), 3..=3)).collect::<Vec<_>>()).await?;
            other.execute("COMMIT").await
        });
        somebody_waits(&mut watch).await;
        execute(&mut one, end).await;
        let outcome = waiting.await.expect("the other writer goes on");
        match code {
            None => drop(outcome.expect("the event is taken")),
            Some(code) => assert_eq!(refusal(outcome).code(), code, "{isolation} {end}"),
        }
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 2);
        database.close().await;
    }
}

/// An event that nobody can see yet is missing.
#[tokio::test]
async fn a_writer_behind_a_first_event_that_is_not_committed_sees_a_gap() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let [mut one, mut other] = [connect(&database).await, connect(&database).await];
    execute(&mut one, "BEGIN").await;
    insert::<UserEvent>(&mut one, user(uuid(1), 1..=1)).await.expect("a good event is taken");
    assert_eq!(refusal(insert::<UserEvent>(&mut other, user(uuid(1), 2..=2)).await).code(), "RU001");
    execute(&mut one, "COMMIT").await;
    insert::<UserEvent>(&mut other, user(uuid(1), 2..=2)).await.expect("a good event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

/// Somebody takes the row away, or sets it back, for it to be folded anew.
#[tokio::test]
async fn a_writer_whose_row_changes_under_its_hands_folds_from_the_log() {
    needs_several_connections!();
    let resets = [
        "DELETE FROM core_user_events_rollup",
        "DELETE FROM core_user_events_rollup; SELECT core_user_events_rollup_catch_up(id) FROM core_user_events GROUP BY id",
        // With a past that was put right.
        "UPDATE core_user_events SET event = event || '{\"role\": \"00000000-0000-0000-0000-000000000099\"}'
           WHERE sequence = 2;
         UPDATE core_user_events_rollup SET version = 1, role = NULL",
        "UPDATE core_user_events SET event = event || '{\"role\": \"00000000-0000-0000-0000-000000000099\"}'
           WHERE sequence = 2;
         DELETE FROM core_user_events_rollup",
    ];
    // A lone event, several of one entity, one of each of two, and several of each: each is written in another way.
    let shapes = [(1, 3), (1, 4), (2, 3), (2, 4)];
    for (reset, (entities, last)) in resets.into_iter().flat_map(|reset| shapes.map(|shape| (reset, shape))) {
        let database = installed::<UserEvent>("uuid").await;
        let [mut resetter, mut writer, mut watch] =
            [connect(&database).await, connect(&database).await, connect(&database).await];
        let stored: Vec<_> = (1..=entities).flat_map(|number| user(uuid(number), 1..=2)).collect();
        insert::<UserEvent>(&mut watch, stored).await.expect("good events are taken");
        execute(&mut resetter, "BEGIN").await;
        execute(&mut resetter, reset).await;
        let reset_password = json!({"type": "password_reset_requested"});
        let rows: Vec<_> = (1..=entities)
            .flat_map(|number| (3..=last).map(move |sequence| (number, sequence)))
            .map(|(number, sequence)| row(uuid(number), sequence, reset_password.clone()))
            .collect();
        let writing = tokio::spawn(async move { insert::<UserEvent>(&mut writer, rows).await });
        somebody_waits(&mut watch).await;
        execute(&mut resetter, "COMMIT").await;
        writing.await.expect("the writer goes on").expect("the events are taken");
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, entities as usize);
        database.close().await;
    }
}

/// The log ends the stream, and meanwhile somebody else writes the row as it was before: that row is to go, and its
/// last event is not one after the end.
#[tokio::test]
async fn a_writer_of_the_event_that_ends_is_right_beside_somebody_who_catches_up() {
    needs_several_connections!();
    let database = Database::create().await;
    let [mut one, mut other, mut watch] =
        [connect(&database).await, connect(&database).await, connect(&database).await];
    execute(&mut watch, &event_table("ledger_events", "uuid")).await;
    let insert = |sequence: i32, event: &str| {
        format!(
            "INSERT INTO ledger_events (id, sequence, event_type, event, recorded_at)
             VALUES ('{}', {sequence}, '-', '{event}', now())",
            uuid(1)
        )
    };
    run(database.pool(), LedgerEvent::MIGRATION_SQL).await.expect("the migration is applied");
    execute(&mut watch, "ALTER TABLE ledger_events DISABLE TRIGGER USER").await;
    execute(&mut watch, &insert(1, r#"{"type": "opened", "amount": 5, "owners": ["ada"]}"#)).await;
    execute(&mut watch, "ALTER TABLE ledger_events ENABLE TRIGGER USER").await;
    execute(&mut one, "BEGIN").await;
    execute(&mut one, &format!("SELECT ledger_events_rollup_catch_up('{}')", uuid(1))).await;
    let ends = insert(2, r#"{"type": "erased"}"#);
    let writing = tokio::spawn(async move { other.execute(AssertSqlSafe(ends)).await.map(drop) });
    somebody_waits(&mut watch).await;
    execute(&mut one, "COMMIT").await;
    writing.await.expect("the writer goes on").expect("the event is taken");
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM ledger_events_rollup")
        .fetch_one(&mut watch)
        .await
        .expect("the count");
    assert_eq!(rows, 0);
    database.close().await;
}
