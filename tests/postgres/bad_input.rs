//! What is refused, how it is said, and that nothing comes of it.
//!
//! Each bad event is tried alone, among good events of other entities, after good events of its own entity in
//! one statement, in that statement turned round, and behind a savepoint.

use crate::fixtures::{AccountEvent, SensorEvent, UserEvent, UserId};
use crate::support::{
    Row, Stored, everything, insert, installed, refusal, role, row, rows_are_folds, user, uuid,
};
use chrono::{DateTime, Utc};
use es_rollup::ErrorKind;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::{Acquire, Decode, FromRow, PgConnection, Postgres, Type};
use std::fmt::Debug;

/// Stands for what must not end up in a log.
const SECRET: &str = "s3cr3t";

/// An enum of which there are good streams.
trait Good: Stored {
    /// Ids in ascending order.
    fn id(number: u32) -> String;
    /// A good stream of some length.
    fn stream(id: &str, length: i32) -> Vec<Row>;
}

impl Good for UserEvent {
    fn id(number: u32) -> String {
        uuid(number)
    }

    fn stream(id: &str, length: i32) -> Vec<Row> {
        user(id, 1..=length)
    }
}

impl Good for AccountEvent {
    fn id(number: u32) -> String {
        format!("account {number}")
    }

    fn stream(id: &str, length: i32) -> Vec<Row> {
        let opened = json!({"holderName": "Ada", "openedOn": "2026-01-31", "status": "open", "limit": null});
        let event = |sequence| match sequence {
            1 => json!({"kind": "opened", "data": opened}),
            _ => json!({"kind": "limitChanged", "data": format!("{sequence}.50")}),
        };
        (1..=length).map(|sequence| row(id, sequence, event(sequence))).collect()
    }
}

impl Good for SensorEvent {
    fn id(number: u32) -> String {
        number.to_string()
    }

    fn stream(id: &str, length: i32) -> Vec<Row> {
        let event = |sequence| json!({"Measured": {"celsius": sequence, "active": true}});
        (1..=length).map(|sequence| row(id, sequence, event(sequence))).collect()
    }
}

/// An event that must be refused.
struct Bad {
    /// How many good events stand before it.
    after: i32,
    sequence: i32,
    payload: Value,
    kind: ErrorKind,
    /// The type that the message names.
    event_type: Option<&'static str>,
    /// The column that the error is about.
    column: Option<&'static str>,
}

impl Bad {
    /// An event in its place.
    fn new(after: i32, payload: Value, kind: ErrorKind) -> Self {
        Self { after, sequence: after + 1, payload, kind, event_type: None, column: None }
    }

    fn at(mut self, sequence: i32) -> Self {
        self.sequence = sequence;
        self
    }

    fn named(mut self, event_type: &'static str) -> Self {
        self.event_type = Some(event_type);
        self
    }

    fn about(mut self, column: &'static str) -> Self {
        self.column = Some(column);
        self
    }

    /// The sequence that would come next.
    fn next(&self) -> i32 {
        self.after.max(self.sequence) + 1
    }

    fn row(&self, id: &str) -> Row {
        row(id, self.sequence, self.payload.clone())
    }

    fn check<E: Stored>(&self, error: &PgDatabaseError, id: &str) {
        assert_eq!(error.code(), self.kind.sqlstate(), "{error}");
        let message = error.message();
        let named = self.event_type.map(|event_type| format!(" ({event_type})")).unwrap_or_default();
        let begin =
            format!("event {}{named} of entity {id} in {} is refused: ", self.sequence, E::EVENT_TABLE);
        assert_eq!(message, format!("{begin}{}", self.kind.clause()));
        assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "a hint: {error:?}");
        assert_eq!(
            Some(E::ROLLUP_TABLE),
            error
                .schema()
                .zip(error.table())
                .map(|(schema, table)| format!("\"{schema}\".\"{table}\""))
                .as_deref()
        );
        assert_eq!(error.column(), self.column, "{error:?}");
        let detail = error.detail().expect("a detail");
        assert!(detail.contains(E::ROLLUP_TABLE), "{detail}");
        if let Some(column) = self.column {
            assert!(detail.contains(&format!("\"{column}\"")), "{detail}");
        }
        for text in [message, detail, error.hint().unwrap_or_default(), error.r#where().unwrap_or_default()] {
            assert!(!text.contains(SECRET), "a value is shown: {text}");
        }
    }
}

/// Refuses to let rows in, and nothing changes.
async fn nothing_comes_of<E: Stored>(connection: &mut PgConnection, rows: &[Row], bad: &Bad, id: &str) {
    let before = everything::<E>(&mut *connection).await;
    let error = refusal(insert::<E>(&mut *connection, rows).await);
    bad.check::<E>(&error, id);
    assert_eq!(everything::<E>(&mut *connection).await, before);
}

/// Tries a bad event in every surrounding.
async fn is_refused<E>(bad: Bad)
where
    E: Good + DeserializeOwned,
    E::Id: for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin,
    E::State: for<'r> FromRow<'r, PgRow> + PartialEq + Debug + Send + Unpin,
{
    let database = installed::<E>(E::ID_TYPE).await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    let [lower, id, upper, fresh] = [10, 20, 30, 25].map(E::id);
    let next = |id: &str, sequence: i32| E::stream(id, sequence).pop();
    insert::<E>(&mut *connection, E::stream(&lower, 2)).await.expect("good events are taken");
    insert::<E>(&mut *connection, E::stream(&id, bad.after)).await.expect("good events are taken");

    // Alone.
    nothing_comes_of::<E>(&mut connection, &[bad.row(&id)], &bad, &id).await;

    // In the middle of good events of other entities, old and new, and before its own entity's next.
    let mut rows: Vec<Row> = E::stream(&upper, 2);
    rows.push(bad.row(&id));
    rows.extend(next(&id, bad.next()));
    rows.extend(next(&lower, 3));
    nothing_comes_of::<E>(&mut connection, &rows, &bad, &id).await;

    // In the middle of a new entity's events, and all that in another order.
    let mut rows = E::stream(&upper, 2);
    rows.extend(E::stream(&fresh, bad.after));
    rows.push(bad.row(&fresh));
    rows.extend(next(&fresh, bad.next()));
    rows.extend(next(&lower, 3));
    nothing_comes_of::<E>(&mut connection, &rows, &bad, &fresh).await;
    rows.reverse();
    nothing_comes_of::<E>(&mut connection, &rows, &bad, &fresh).await;

    // Behind a savepoint: what came before it stays, and what comes after it is taken.
    let mut transaction = connection.begin().await.expect("a transaction");
    insert::<E>(&mut *transaction, E::stream(&upper, 2)).await.expect("good events are taken");
    let before = everything::<E>(&mut *transaction).await;
    let mut savepoint = transaction.begin().await.expect("a savepoint");
    insert::<E>(&mut *savepoint, next(&upper, 3).as_slice()).await.expect("a good event is taken");
    let error = refusal(insert::<E>(&mut *savepoint, [bad.row(&id)]).await);
    bad.check::<E>(&error, &id);
    savepoint.rollback().await.expect("the savepoint is there");
    assert_eq!(everything::<E>(&mut *transaction).await, before);
    insert::<E>(&mut *transaction, next(&upper, 3).as_slice()).await.expect("a good event is taken");
    transaction.commit().await.expect("the rest is committed");

    // The right event in its place.
    insert::<E>(&mut *connection, next(&id, bad.after + 1).as_slice())
        .await
        .expect("the right event is taken");
    drop(connection);
    assert_eq!(rows_are_folds::<E>(database.pool()).await, 3);
    database.close().await;
}

fn grant() -> Value {
    json!({"type": "role_granted", "role": role(7)})
}

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

#[tokio::test]
async fn an_unknown_type_is_refused() {
    let payload = json!({"type": "role_grunted", "role": SECRET});
    is_refused::<UserEvent>(Bad::new(1, payload, ErrorKind::UnknownEvent).named("role_grunted")).await;
}

#[tokio::test]
async fn the_name_in_rust_is_not_the_name_on_the_wire() {
    let payload = json!({"type": "RoleGranted", "role": role(7)});
    is_refused::<UserEvent>(Bad::new(1, payload, ErrorKind::UnknownEvent).named("RoleGranted")).await;
}

#[tokio::test]
async fn a_missing_key_is_refused() {
    let payload = json!({"type": "role_granted", "Role": SECRET});
    let bad = Bad::new(1, payload, ErrorKind::MissingKey).named("role_granted").about("role");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn a_missing_key_of_the_first_event_is_refused() {
    let payload = json!({"type": "initialized", "id": SECRET});
    let bad = Bad::new(0, payload, ErrorKind::MissingKey).named("initialized").about("email");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn json_null_is_refused_where_a_value_must_be() {
    let payload = json!({"type": "initialized", "id": SECRET, "email": null});
    let bad = Bad::new(0, payload, ErrorKind::NullValue).named("initialized").about("email");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn json_null_is_refused_in_a_nullable_column_too_unless_the_field_is_an_option() {
    let payload = json!({"type": "authentication_id_updated", "authentication_id": null});
    let bad = Bad::new(1, payload, ErrorKind::NullValue)
        .named("authentication_id_updated")
        .about("authentication_id");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_refused() {
    let payload = json!({"type": "initialized", "id": uuid(20), "email": {"address": SECRET}});
    let bad = Bad::new(0, payload, ErrorKind::WrongValue).named("initialized").about("email");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn a_value_that_its_column_cannot_hold_is_refused() {
    let payload = json!({"type": "role_granted", "role": SECRET});
    let bad = Bad::new(1, payload, ErrorKind::WrongValue).named("role_granted").about("role");
    is_refused::<UserEvent>(bad).await;
}

#[tokio::test]
async fn a_number_beyond_its_type_is_refused() {
    let payload = json!({"Measured": {"celsius": 2_147_483_648_i64, "active": true}});
    let bad = Bad::new(1, payload, ErrorKind::WrongValue).named("Measured").about("celsius");
    is_refused::<SensorEvent>(bad).await;
}

#[tokio::test]
async fn a_day_that_no_calendar_has_is_refused() {
    let data = json!({"holderName": SECRET, "openedOn": "2026-02-30", "status": "open", "limit": null});
    let bad = Bad::new(0, json!({"kind": "opened", "data": data}), ErrorKind::WrongValue);
    is_refused::<AccountEvent>(bad.named("opened").about("opened_on")).await;
}

#[tokio::test]
async fn a_status_that_its_enum_does_not_have_is_refused() {
    let data = json!({"to": SECRET, "because": "x"});
    let bad = Bad::new(1, json!({"kind": "statusChanged", "data": data}), ErrorKind::WrongValue);
    is_refused::<AccountEvent>(bad.named("statusChanged").about("status")).await;
}

#[tokio::test]
async fn a_payload_that_is_an_array_is_refused() {
    is_refused::<UserEvent>(Bad::new(
        1,
        json!([{"type": "role_granted", "role": SECRET}]),
        ErrorKind::Malformed,
    ))
    .await;
}

#[tokio::test]
async fn a_payload_that_is_a_string_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!(SECRET), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_payload_that_is_a_number_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!(5), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_payload_that_is_json_null_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!(null), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_payload_that_is_no_object_is_refused_as_the_first_event() {
    is_refused::<AccountEvent>(Bad::new(0, json!([SECRET]), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn an_empty_object_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!({}), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_missing_tag_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!({"role": SECRET}), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_tag_that_is_a_number_is_refused() {
    is_refused::<UserEvent>(Bad::new(1, json!({"type": 3, "role": SECRET}), ErrorKind::Malformed)).await;
}

#[tokio::test]
async fn a_tag_that_is_null_is_refused() {
    is_refused::<AccountEvent>(Bad::new(1, json!({"kind": null, "data": SECRET}), ErrorKind::Malformed))
        .await;
}

#[tokio::test]
async fn two_keys_for_one_field_are_refused() {
    let data = json!({"holderName": SECRET, "owner": SECRET, "openedOn": "2026-01-31", "status": "open"});
    let bad = Bad::new(0, json!({"kind": "imported", "data": data}), ErrorKind::Malformed);
    is_refused::<AccountEvent>(bad.named("imported").about("holder")).await;
}

#[tokio::test]
async fn two_keys_for_one_field_are_refused_even_if_one_is_null() {
    let data = json!({"holderName": null, "owner": SECRET, "openedOn": "2026-01-31", "status": "open"});
    let bad = Bad::new(0, json!({"kind": "imported", "data": data}), ErrorKind::Malformed);
    is_refused::<AccountEvent>(bad.named("imported").about("holder")).await;
}

#[tokio::test]
async fn content_of_another_shape_is_refused() {
    let bad = Bad::new(1, json!({"kind": "statusChanged", "data": [SECRET]}), ErrorKind::Malformed);
    is_refused::<AccountEvent>(bad.named("statusChanged")).await;
}

#[tokio::test]
async fn missing_content_is_refused() {
    let bad = Bad::new(1, json!({"kind": "statusChanged"}), ErrorKind::Malformed);
    is_refused::<AccountEvent>(bad.named("statusChanged")).await;
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

/// Somebody took events out of the log: what comes in their place is not what the row was folded from.
#[tokio::test]
async fn an_event_in_the_place_of_one_that_was_deleted_is_refused() {
    let database = installed::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    let [lower, id, upper] = [10, 20, 30].map(uuid);
    insert::<UserEvent>(&mut *connection, user(&id, 1..=3)).await.expect("good events are taken");
    let (_, rows) = everything::<UserEvent>(&mut *connection).await;
    sqlx::query("DELETE FROM core_user_events WHERE sequence > 1")
        .execute(&mut *connection)
        .await
        .expect("gone");
    let before = everything::<UserEvent>(&mut *connection).await;
    assert_eq!(before.1, rows, "a deleted event leaves the row as it is");

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
    sqlx::query("DELETE FROM core_user_events WHERE sequence = 3")
        .execute(&mut *transaction)
        .await
        .expect("gone");
    let bad = Bad::new(3, grant(), ErrorKind::Replay).at(3).named("role_granted");
    bad.check::<UserEvent>(&refusal(insert::<UserEvent>(&mut *transaction, [bad.row(&id)]).await), &id);
    transaction.rollback().await.expect("rolled back");
    database.close().await;
}

/// PostgreSQL's text has no NUL: `jsonb` refuses the payload itself, before any rollup sees it
/// (<https://www.postgresql.org/docs/current/datatype-json.html>).
#[tokio::test]
async fn a_nul_character_is_refused_by_jsonb() {
    let database = installed::<UserEvent>("uuid").await;
    let id = uuid(20);
    let payload = r#"'{"type": "initialized", "id": "", "email": "a\u0000b"}'"#;
    let sql = format!(
        "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at) VALUES ('{id}', 1, '-', {payload}, now())"
    );
    let error = refusal(sqlx::query(sqlx::AssertSqlSafe(sql)).execute(database.pool()).await);
    assert_eq!(error.code(), "22P05", "{error}");
    let (events, rows) = everything::<UserEvent>(database.pool()).await;
    assert_eq!((events, rows), (json!([]), json!([])));
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
