//! Events at the wrong place in their stream.

use super::{Bad, SECRET, grant, is_refused, nothing_comes_of};
use crate::fixtures::{AccountEvent, SensorEvent, UserEvent, UserId};
use crate::support::{everything, insert, installed, refusal, rows_are_folds, unnoticed, user, uuid};
use chrono::{DateTime, Utc};
use es_rollup::ErrorKind;
use serde_json::json;
use sqlx::{Acquire, Executor};

#[tokio::test]
async fn a_gap_is_refused() {
    is_refused::<UserEvent>(Bad::new(2, grant(), ErrorKind::Gap).at(4).named("role_granted")).await;
}

#[tokio::test]
async fn a_stream_that_does_not_begin_at_one_is_refused() {
    is_refused::<UserEvent>(Bad::new(0, grant(), ErrorKind::Gap).at(2).named("role_granted")).await;
}

#[tokio::test]
async fn a_gap_is_refused_where_no_event_has_to_come_first() {
    is_refused::<SensorEvent>(Bad::new(0, json!("Reset"), ErrorKind::Gap).at(3).named("Reset")).await;
}

#[tokio::test]
async fn sequence_zero_is_refused() {
    is_refused::<SensorEvent>(Bad::new(0, json!("Reset"), ErrorKind::Replay).at(0).named("Reset")).await;
}

#[tokio::test]
async fn sequence_zero_is_refused_once_the_stream_has_begun() {
    is_refused::<UserEvent>(Bad::new(2, grant(), ErrorKind::Replay).at(0).named("role_granted")).await;
}

#[tokio::test]
async fn a_negative_sequence_is_refused() {
    is_refused::<UserEvent>(Bad::new(0, grant(), ErrorKind::Replay).at(-1).named("role_granted")).await;
}

#[tokio::test]
async fn a_negative_sequence_is_refused_once_the_stream_has_begun() {
    is_refused::<UserEvent>(Bad::new(1, grant(), ErrorKind::Replay).at(i32::MIN).named("role_granted")).await;
}

#[tokio::test]
async fn a_first_event_that_does_not_create_is_refused() {
    is_refused::<UserEvent>(Bad::new(0, grant(), ErrorKind::NotCreated).named("role_granted")).await;
}

#[tokio::test]
async fn a_second_event_that_creates_is_refused() {
    let again = json!({"type": "initialized", "id": uuid(20), "email": SECRET});
    is_refused::<UserEvent>(Bad::new(2, again, ErrorKind::CreatedTwice).named("initialized")).await;
}

#[tokio::test]
async fn another_event_that_creates_is_refused_too() {
    let data = json!({"owner": SECRET, "openedOn": "2026-01-31", "status": "open"});
    let imported = json!({"kind": "importedV1", "data": data});
    is_refused::<AccountEvent>(Bad::new(1, imported, ErrorKind::CreatedTwice).named("importedV1")).await;
}

/// The event table itself says it: no two events of an entity have one sequence.
#[tokio::test]
async fn an_event_that_is_stored_already_is_refused_by_the_event_table() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let [lower, id, upper] = [10, 20, 30].map(uuid);
    insert::<UserEvent>(pool, user(&id, 1..=3)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    let middle = [user(&lower, 1..=2), user(&id, 3..=4), user(&upper, 1..=1)].concat();
    let twice = [user(&id, 4..=5), user(&id, 5..=5), user(&upper, 1..=1)].concat();
    for rows in [user(&id, 3..=3), user(&id, 1..=1), middle, twice] {
        let error = refusal(insert::<UserEvent>(pool, rows).await);
        assert_eq!(error.code(), "23505");
        assert_eq!(error.table(), Some("core_user_events"));
        assert_eq!(error.constraint(), Some("core_user_events_id_sequence_key"));
        assert_eq!(everything::<UserEvent>(pool).await, before);
    }
    insert::<UserEvent>(pool, user(&id, 4..=4)).await.expect("the next event is taken");
    rows_are_folds::<UserEvent>(pool).await;
    database.close().await;
}

/// Somebody took events out of the log unnoticed: what comes in their place is not what the row was folded from.
#[tokio::test]
async fn an_event_in_the_place_of_one_that_was_deleted_is_refused() {
    let database = installed::<UserEvent>("uuid").await;
    let [lower, id, upper] = [10, 20, 30].map(uuid);
    insert::<UserEvent>(database.pool(), user(&id, 1..=3)).await.expect("good events are taken");
    unnoticed(database.pool(), "core_user_events", "DELETE FROM core_user_events WHERE sequence > 1")
        .await
        .expect("gone");
    let mut connection = database.pool().acquire().await.expect("a connection");

    let bad = |sequence| Bad::new(3, grant(), ErrorKind::Replay).at(sequence).named("role_granted");
    nothing_comes_of::<UserEvent>(&mut connection, &[bad(2).row(&id)], &bad(2), &id).await;
    nothing_comes_of::<UserEvent>(&mut connection, &[bad(3).row(&id)], &bad(3), &id).await;
    let middle = [user(&lower, 1..=2), user(&id, 2..=5), user(&upper, 1..=1)].concat();
    nothing_comes_of::<UserEvent>(&mut connection, &middle, &bad(2), &id).await;
    let mut transaction = connection.begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, user(&upper, 1..=2)).await.expect("good events are taken");
    bad(2).check::<UserEvent>(&refusal(insert::<UserEvent>(&mut *transaction, [bad(2).row(&id)]).await), &id);
    transaction.rollback().await.expect("rolled back");
    drop(connection);
    database.close().await;
}

/// The row is this transaction's own work, which the trigger must not take for a reason to skip an event.
#[tokio::test]
async fn sequence_zero_is_refused_in_the_transaction_that_began_the_stream() {
    let database = installed::<UserEvent>("uuid").await;
    let id = uuid(20);
    for sequence in [0, -7] {
        let mut transaction = database.pool().begin().await.expect("a transaction");
        insert::<UserEvent>(&mut *transaction, user(&id, 1..=2)).await.expect("good events are taken");
        let bad = Bad::new(2, grant(), ErrorKind::Replay).at(sequence).named("role_granted");
        let error = refusal(insert::<UserEvent>(&mut *transaction, [bad.row(&id)]).await);
        bad.check::<UserEvent>(&error, &id);
        transaction.rollback().await.expect("rolled back");
    }
    database.close().await;
}

/// As above, but within the transaction that folded what was deleted.
#[tokio::test]
async fn an_event_in_the_place_of_one_that_was_deleted_is_refused_in_the_same_transaction() {
    let database = installed::<UserEvent>("uuid").await;
    let id = uuid(20);
    let mut transaction = database.pool().begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, user(&id, 1..=3)).await.expect("good events are taken");
    let gone = "ALTER TABLE core_user_events DISABLE TRIGGER USER;
        DELETE FROM core_user_events WHERE sequence = 3;
        ALTER TABLE core_user_events ENABLE TRIGGER USER";
    transaction.execute(gone).await.expect("gone");
    let bad = Bad::new(3, grant(), ErrorKind::Replay).at(3).named("role_granted");
    bad.check::<UserEvent>(&refusal(insert::<UserEvent>(&mut *transaction, [bad.row(&id)]).await), &id);
    transaction.rollback().await.expect("rolled back");
    database.close().await;
}

/// The same words and the same kind from the Rust fold.
#[test]
fn rust_refuses_with_the_same_clause() {
    use es_rollup::{Recorded, Rollup};
    let id = UserId(uuid(20).parse().expect("a UUID"));
    let event = UserEvent::PasswordResetRequested {};
    let recorded_at: DateTime<Utc> = DateTime::from_timestamp(1_700_000_000, 0).expect("a time");
    let refused = |sequence| {
        let recorded = Recorded { id: &id, sequence, recorded_at, event: &event, context: None };
        UserEvent::fold([recorded]).expect_err("refused").kind
    };
    assert_eq!(
        [0, -1, 2, 1].map(refused),
        [ErrorKind::Replay, ErrorKind::Replay, ErrorKind::Gap, ErrorKind::NotCreated]
    );
}
