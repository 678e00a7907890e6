//! What is said in one word: where nothing stands, what an event is called, and what a function returns.

use crate::fixtures::{Profile, ProfileEvent, ProfileId, Status, foreign};
use crate::support::{installed, uuid};
use chrono::{DateTime, Utc};
use es_rollup::{Fold, Recorded};
use serde_json::{Value, json};
use sqlx::PgPool;
use uuid::Uuid;

/// Inserts a stream, an event with its context a statement, and folds it; the two are the same.
async fn fold(pool: &PgPool, events: &[(Value, Option<Value>)]) -> Profile {
    let id = ProfileId::from(Uuid::from_u128(7));
    let mut fold = Fold::<ProfileEvent>::new();
    for ((payload, context), sequence) in events.iter().zip(1..) {
        sqlx::query(
            "INSERT INTO profile_events (id, sequence, event_type, event, recorded_at, context)
             VALUES ($1, $2, '-', $3, '1970-01-01Z', $4)",
        )
        .bind(id)
        .bind(sequence)
        .bind(payload)
        .bind(context)
        .execute(pool)
        .await
        .expect("the database takes it");
        let event: ProfileEvent = serde_json::from_value(payload.clone()).expect("serde reads it");
        let recorded =
            Recorded::with_context(&id, sequence, DateTime::<Utc>::UNIX_EPOCH, &event, context.as_ref());
        fold.apply(recorded).expect("the fold takes it");
    }
    let row: Profile = sqlx::query_as("SELECT * FROM profile").fetch_one(pool).await.expect("one row");
    assert_eq!(Some(&row), fold.state());
    row
}

fn opened() -> Value {
    json!({"type": "opened", "id": uuid(7), "name": "ada", "status": "open", "seats": 2, "gen": false, "nick": null})
}

fn changed(name: &Value) -> Value {
    json!({"type": "changed", "name": name, "seats": null, "nick": null, "points": null})
}

#[tokio::test]
async fn what_is_absent_keeps_the_column_that_is_kept() {
    let database = installed::<ProfileEvent>("uuid").await;
    let editor = |id: u32| Some(json!({"editor": {"id": uuid(id)}}));
    let events = [
        (opened(), editor(2)),
        (changed(&Value::Null), None),
        (changed(&json!("grace")), Some(json!({"editor": null}))),
    ];
    let row = fold(database.pool(), &events).await;
    let kept = Some(Uuid::parse_str(&uuid(2)).expect("a uuid"));
    assert_eq!((row.name.as_str(), row.seats, row.editor), ("grace", 2, kept));
    database.close().await;
}

#[tokio::test]
async fn the_last_event_is_called_as_serde_writes_it_whatever_the_payload_calls_it() {
    let database = installed::<ProfileEvent>("uuid").await;
    let mut was_changed = changed(&Value::Null);
    was_changed["type"] = "was_changed".into();
    let row = fold(database.pool(), &[(opened(), None), (was_changed, None)]).await;
    assert_eq!((row.last_event.as_str(), row.last_in, row.changes), ("changed", 2, 2));
    database.close().await;
}

#[tokio::test]
async fn an_ignored_event_is_the_last_event_too() {
    let database = installed::<ProfileEvent>("uuid").await;
    let row = fold(database.pool(), &[(opened(), None), (json!({"type": "viewed"}), None)]).await;
    assert_eq!((row.last_event.as_str(), row.last_in, row.changes), ("viewed", 2, 1));
    database.close().await;
}

#[tokio::test]
async fn an_absent_key_means_what_serdes_function_returns() {
    let database = installed::<ProfileEvent>("uuid").await;
    let old = json!({"type": "opened", "id": uuid(7), "name": "ada"});
    let row = fold(database.pool(), &[(old, None)]).await;
    assert_eq!((row.status, row.seats, row.r#gen), (Status::OnHold, 5, true));
    assert_eq!(row.nick.as_deref(), Some("it's \"none\""));
    database.close().await;
}

#[tokio::test]
async fn a_foreign_type_is_a_member_and_compared_as_the_type_that_it_is_read_as() {
    let database = installed::<ProfileEvent>("uuid").await;
    let id = |number: u128| json!(Uuid::from_u128(number));
    let invited = json!({"type": "invited", "friends": [id(1), id(2), id(1)], "referrer": id(3), "until": 4});
    let scored = |score: i64, not: u128| json!({"type": "scored", "score": score, "not": id(not)});
    let events = [(opened(), None), (invited, None), (scored(5, 1), None), (scored(2, 9), None)];
    let row = fold(database.pool(), &events).await;
    assert_eq!(row.friends, [Uuid::from_u128(2)]);
    assert_eq!(
        (row.best, row.points, row.referrer),
        (Some(5), 6, Some(foreign::Friend(Uuid::from_u128(3)).0))
    );
    database.close().await;
}
