//! Payloads that serde would not read, or whose values no column can hold.

use super::{Bad, SECRET, is_refused};
use crate::fixtures::{AccountEvent, SensorEvent, UserEvent};
use crate::support::{everything, installed, refusal, role, uuid};
use es_rollup::ErrorKind;
use serde_json::json;

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
async fn a_tag_that_is_a_number_is_refused_as_the_first_event() {
    is_refused::<AccountEvent>(Bad::new(0, json!({"kind": 3, "data": SECRET}), ErrorKind::Malformed)).await;
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
