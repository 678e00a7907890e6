//! Where an event's type is read from, in every way of tagging.

use crate::fixtures::{AccountEvent, SensorEvent, UserEvent};
use crate::support::{
    Stored, everything, insert, installed, refusal, role, row, rows_are_folds, run, user, uuid,
};
use es_rollup::{ErrorKind, Rollup};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;

/// A stream's second event, which serde reads and the database takes.
async fn is_taken<E: Stored + DeserializeOwned>(pool: &PgPool, id: &str, sequence: i32, payload: Value) {
    serde_json::from_value::<E>(payload.clone())
        .unwrap_or_else(|error| panic!("serde refuses {payload}: {error}"));
    let taken = insert::<E>(pool, [row(id, sequence, payload.clone())]).await;
    taken.unwrap_or_else(|error| panic!("the database refuses {payload}: {error}"));
}

/// One that both refuse.
async fn is_refused<E: Stored + DeserializeOwned>(
    pool: &PgPool,
    id: &str,
    sequence: i32,
    payload: Value,
    kind: ErrorKind,
) {
    assert!(serde_json::from_value::<E>(payload.clone()).is_err(), "serde reads {payload}");
    let before = everything::<E>(pool).await;
    let error = refusal(insert::<E>(pool, [row(id, sequence, payload.clone())]).await);
    assert_eq!(error.code(), kind.sqlstate(), "{payload}: {error}");
    assert_eq!(everything::<E>(pool).await, before);
}

/// serde reads the payload, and so does the trigger.
#[tokio::test]
async fn the_event_type_column_may_say_something_else() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let columns = ["role_revoked", "initialized", "no_such_event", "", "role granted"];
    for (sequence, event_type) in (3..).zip(columns) {
        sqlx::query(
            "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
             VALUES ($1::text::uuid, $2, $3, $4, now())",
        )
        .bind(uuid(1))
        .bind(sequence)
        .bind(event_type)
        .bind(json!({"type": "role_granted", "role": role(sequence)}))
        .execute(pool)
        .await
        .expect("the payload's tag is good");
        let kept: bool = sqlx::query_scalar("SELECT role = $1::text::uuid FROM core_user_events_rollup")
            .bind(role(sequence))
            .fetch_one(pool)
            .await
            .expect("the row");
        assert!(kept);
    }
    rows_are_folds::<UserEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn the_event_type_column_does_not_stand_in_for_a_missing_tag() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=1)).await.expect("good events are taken");
    let sql = format!(
        "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
         VALUES ('{}', 2, 'role_granted', '{{\"role\": \"{}\"}}', now())",
        uuid(1),
        role(1)
    );
    assert_eq!(refusal(run(pool, &sql).await).code(), ErrorKind::Malformed.sqlstate());
    database.close().await;
}

#[tokio::test]
async fn an_externally_tagged_unit_is_a_string_or_a_key_with_null() {
    let database = installed::<SensorEvent>("bigint").await;
    let pool = database.pool();
    is_taken::<SensorEvent>(pool, "1", 1, json!({"Renamed": "attic"})).await;
    is_taken::<SensorEvent>(pool, "1", 2, json!("Reset")).await;
    is_taken::<SensorEvent>(pool, "1", 3, json!({"Renamed": "cellar"})).await;
    is_taken::<SensorEvent>(pool, "1", 4, json!({"Reset": null})).await;
    let name: Option<String> =
        sqlx::query_scalar("SELECT name FROM sensor_events_rollup").fetch_one(pool).await.expect("the row");
    assert_eq!(name, None);
    for content in [json!(false), json!(0), json!(""), json!("x"), json!([0]), json!({"a": 1})] {
        is_refused::<SensorEvent>(pool, "1", 5, json!({"Reset": content}), ErrorKind::Malformed).await;
    }
    rows_are_folds::<SensorEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn an_externally_tagged_event_with_data_is_no_string() {
    let database = installed::<SensorEvent>("bigint").await;
    for name in ["Measured", "Renamed", "Calibrated"] {
        is_refused::<SensorEvent>(database.pool(), "1", 1, json!(name), ErrorKind::Malformed).await;
    }
    is_refused::<SensorEvent>(database.pool(), "1", 1, json!("reset"), ErrorKind::UnknownEvent).await;
    is_refused::<SensorEvent>(database.pool(), "1", 1, json!(""), ErrorKind::UnknownEvent).await;
    database.close().await;
}

#[tokio::test]
async fn an_externally_tagged_object_has_one_key() {
    let database = installed::<SensorEvent>("bigint").await;
    let pool = database.pool();
    let measured = json!({"celsius": 1, "active": true});
    for two in [
        json!({"Reset": null, "Renamed": "x"}),
        json!({"Renamed": "x", "Measured": measured}),
        json!({"Reset": null, "Zzzzzzzzz": null}),
        json!({"Calibrated": [1, 2], "Zzzzzzzzzzzzzz": 0}),
        json!({"Measured": measured, "celsius_": 1}),
    ] {
        is_refused::<SensorEvent>(pool, "1", 1, two, ErrorKind::Malformed).await;
    }
    for other in [json!({}), json!([]), json!(["Reset"]), json!(1), json!(null), json!(true)] {
        is_refused::<SensorEvent>(pool, "1", 1, other, ErrorKind::Malformed).await;
    }
    is_refused::<SensorEvent>(pool, "1", 1, json!({"measured": measured}), ErrorKind::UnknownEvent).await;
    database.close().await;
}

/// Two keys are no event, whichever of them comes first in jsonb's order.
#[tokio::test]
async fn an_externally_tagged_object_has_one_key_even_if_the_other_is_shorter() {
    let database = installed::<SensorEvent>("bigint").await;
    for two in [json!({"Reset": null, "a": 1}), json!({"Renamed": "x", "": 1})] {
        is_refused::<SensorEvent>(database.pool(), "1", 1, two, ErrorKind::Malformed).await;
    }
    database.close().await;
}

#[tokio::test]
async fn externally_tagged_content_has_the_shape_of_its_variant() {
    let database = installed::<SensorEvent>("bigint").await;
    let pool = database.pool();
    for content in [json!(null), json!("x"), json!(1)] {
        is_refused::<SensorEvent>(pool, "1", 1, json!({"Measured": content}), ErrorKind::Malformed).await;
        is_refused::<SensorEvent>(pool, "1", 1, json!({"Calibrated": content}), ErrorKind::Malformed).await;
    }
    is_refused::<SensorEvent>(pool, "1", 1, json!({"Renamed": null}), ErrorKind::NullValue).await;
    is_refused::<SensorEvent>(pool, "1", 1, json!({"Renamed": ["x"]}), ErrorKind::WrongValue).await;
    is_refused::<SensorEvent>(pool, "1", 1, json!({"Measured": [1, true]}), ErrorKind::Malformed).await;
    database.close().await;
}

#[tokio::test]
async fn an_adjacently_tagged_unit_has_no_content_or_null() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let data = json!({"holderName": "Ada", "openedOn": "2026-01-31", "status": "open", "limit": null});
    is_taken::<AccountEvent>(pool, "a", 1, json!({"kind": "opened", "data": data})).await;
    let flagged = json!({"kind": "flagged", "data": {"type": 5, "notes": [1]}});
    for (sequence, unit) in
        [(3, json!({"kind": "unflagged"})), (5, json!({"kind": "unflagged", "data": null}))]
    {
        is_taken::<AccountEvent>(pool, "a", sequence - 1, flagged.clone()).await;
        is_taken::<AccountEvent>(pool, "a", sequence, unit).await;
        let order: Option<i64> =
            sqlx::query_scalar("SELECT \"order\" FROM bank.account").fetch_one(pool).await.expect("the row");
        assert_eq!(order, None);
    }
    for content in [json!(false), json!(0), json!("x"), json!([1]), json!({"a": 1})] {
        let payload = json!({"kind": "unflagged", "data": content});
        is_refused::<AccountEvent>(pool, "a", 6, payload, ErrorKind::Malformed).await;
    }
    // What else stands beside tag and content is nobody's.
    is_taken::<AccountEvent>(pool, "a", 6, json!({"kind": "unflagged", "Kind": 1, "note": {"data": 1}}))
        .await;
    rows_are_folds::<AccountEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn adjacently_tagged_content_may_be_absent_where_null_will_do() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let data = json!({"holderName": "Ada", "openedOn": "2026-01-31", "status": "open", "limit": "7"});
    is_taken::<AccountEvent>(pool, "a", 1, json!({"kind": "opened", "data": data})).await;
    is_taken::<AccountEvent>(pool, "a", 2, json!({"kind": "limitChanged"})).await;
    is_taken::<AccountEvent>(pool, "a", 3, json!({"kind": "limitChanged", "data": "8.5"})).await;
    is_taken::<AccountEvent>(pool, "a", 4, json!({"kind": "limitChanged", "data": null})).await;
    is_refused::<AccountEvent>(pool, "a", 5, json!({"kind": "seen"}), ErrorKind::MissingKey).await;
    is_refused::<AccountEvent>(pool, "a", 5, json!({"kind": "seen", "data": null}), ErrorKind::NullValue)
        .await;
    is_refused::<AccountEvent>(
        pool,
        "a",
        5,
        json!({"kind": "statusChanged", "data": null}),
        ErrorKind::Malformed,
    )
    .await;
    rows_are_folds::<AccountEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn adjacently_tagged_content_of_a_struct_is_no_array() {
    let database = installed::<AccountEvent>("text").await;
    let opened = json!({"kind": "opened", "data": ["Ada", "2026-01-31", "open", null]});
    is_refused::<AccountEvent>(database.pool(), "a", 1, opened, ErrorKind::Malformed).await;
    database.close().await;
}

#[tokio::test]
async fn an_alias_of_a_variant_and_of_a_field_is_as_good_as_its_name() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    for (id, kind, key, status) in [
        ("a", "imported", "holderName", "open"),
        ("b", "importedV1", "owner", "done"),
        ("c", "importedV1", "holderName", "on-hold"),
    ] {
        let mut data = json!({"openedOn": "2026-01-31", "status": status});
        data[key] = json!("Ada");
        is_taken::<AccountEvent>(pool, id, 1, json!({"kind": kind, "data": data})).await;
    }
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, 3);
    database.close().await;
}

/// Names that only serde's own rules give, a variant that is its content, and one for all the rest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "note_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum NoteEvent {
    HTTPRequested {
        #[rollup(set = "path")]
        url: String,
    },
    Noted(#[rollup(set = "notes")] Value),
    #[rollup(ignore)]
    #[serde(other)]
    Anything,
}

impl Stored for NoteEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn capitals_in_a_row_are_spelt_as_serde_spells_them() {
    let database = installed::<NoteEvent>("bigint").await;
    let pool = database.pool();
    is_taken::<NoteEvent>(pool, "1", 1, json!({"type": "h_t_t_p_requested", "url": "/"})).await;
    // Another spelling is another event.
    is_taken::<NoteEvent>(pool, "1", 2, json!({"type": "http_requested", "url": "/other"})).await;
    let path: Option<String> =
        sqlx::query_scalar("SELECT path FROM note_events_rollup").fetch_one(pool).await.expect("the row");
    assert_eq!(path.as_deref(), Some("/"));
    rows_are_folds::<NoteEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn an_internally_tagged_newtype_is_the_object_without_its_tag() {
    let database = installed::<NoteEvent>("bigint").await;
    let pool = database.pool();
    is_taken::<NoteEvent>(pool, "1", 1, json!({"type": "noted", "a": [1, {"type": "inner"}], "b": null}))
        .await;
    let notes: Value =
        sqlx::query_scalar("SELECT notes FROM note_events_rollup").fetch_one(pool).await.expect("the row");
    assert_eq!(notes, json!({"a": [1, {"type": "inner"}], "b": null}));
    is_taken::<NoteEvent>(pool, "1", 2, json!({"type": "noted"})).await;
    rows_are_folds::<NoteEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn a_variant_for_all_the_rest_takes_any_type() {
    let database = installed::<NoteEvent>("bigint").await;
    let pool = database.pool();
    is_taken::<NoteEvent>(pool, "1", 1, json!({"type": "anything"})).await;
    is_taken::<NoteEvent>(pool, "1", 2, json!({"type": "no such event", "url": {"a": 1}})).await;
    is_taken::<NoteEvent>(pool, "1", 3, json!({"type": ""})).await;
    rows_are_folds::<NoteEvent>(pool).await;
    database.close().await;
}

#[tokio::test]
async fn a_variant_for_all_the_rest_does_not_take_what_has_no_type() {
    let database = installed::<NoteEvent>("bigint").await;
    let pool = database.pool();
    insert::<NoteEvent>(
        pool,
        (1..=3).map(|sequence| row(1, sequence, json!({"type": "anything"}))).collect::<Vec<_>>(),
    )
    .await
    .expect("good events are taken");
    for payload in [json!({}), json!({"url": "/"}), json!([]), json!("anything"), json!({"type": null})] {
        is_refused::<NoteEvent>(pool, "1", 4, payload, ErrorKind::Malformed).await;
    }
    rows_are_folds::<NoteEvent>(pool).await;
    database.close().await;
}
