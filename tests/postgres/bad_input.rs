//! What is refused, how it is said, and that nothing comes of it.
//!
//! Each bad event is tried alone, among good events of other entities, after good events of its own entity in
//! one statement, in that statement turned round, and behind a savepoint.

mod beside;
mod payloads;
mod sequences;

use crate::fixtures::{AccountEvent, SensorEvent, UserEvent};
use crate::support::{
    Row, Stored, everything, insert, installed, refusal, role, row, rows_are_folds, user, uuid,
};
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
