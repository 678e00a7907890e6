//! Values that stand inside fields, beside the payload, and in types that only SQL knows.

use crate::fixtures::{DocumentEvent, LoginEvent};
use crate::support::{event_table, installed, run, uuid, with_events};
use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Fold, Recorded, Rollup};
use serde_json::{Value, json};
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgPool, Row};
use uuid::Uuid;

/// One row, with its context.
async fn insert(
    pool: &PgPool,
    sequence: i32,
    payload: &Value,
    context: Option<&Value>,
) -> Result<(), Box<PgDatabaseError>> {
    let inserted = sqlx::query(
        "INSERT INTO document_events (id, sequence, event_type, event, recorded_at, context)
         VALUES ($1::text::uuid, $2, '-', $3, '2026-03-01Z', $4)",
    )
    .bind(uuid(1))
    .bind(sequence)
    .bind(payload)
    .bind(context)
    .execute(pool)
    .await;
    inserted.map(drop).map_err(|error| match error {
        sqlx::Error::Database(error) => error.downcast::<PgDatabaseError>(),
        other => panic!("the database answers: {other}"),
    })
}

fn editor(id: &str) -> Value {
    json!({"editor": {"id": id, "name": "ada"}})
}

fn drafted() -> Value {
    json!({"type": "drafted", "about": {"language": "de", "count": {"words": 5}}, "home": {"streetName": "s", "room": {"name": "r"}}})
}

/// The Rust fold of the second event after a good first one, with what it is refused for.
fn folded(payload: &Value, context: Option<&Value>) -> Option<(ErrorKind, Option<&'static str>)> {
    let id = Uuid::parse_str(&uuid(1)).expect("a uuid");
    let mut fold = Fold::<DocumentEvent>::new();
    let first = editor(&uuid(2));
    for (sequence, payload, context) in [(1_i64, &drafted(), Some(&first)), (2, payload, context)] {
        let event: DocumentEvent = serde_json::from_value(payload.clone()).expect("serde reads it");
        let recorded_at = DateTime::<Utc>::UNIX_EPOCH;
        let recorded = Recorded::with_context(&id, sequence, recorded_at, &event, context);
        if let Err(error) = fold.apply(recorded) {
            return Some((error.kind, error.column));
        }
    }
    None
}

#[tokio::test]
async fn what_is_missing_inside_or_of_another_type_is_refused_by_both_folds_alike() {
    let database = installed::<DocumentEvent>("uuid").await;
    let pool = database.pool();
    insert(pool, 1, &drafted(), Some(&editor(&uuid(2)))).await.expect("a good first event");
    let edited = |change: Value| json!({"type": "edited", "change": change});
    let good = edited(json!({"words": {"added": 1}}));
    let cases = [
        (
            good.clone(),
            Some(json!({"editor": {"id": 7}})),
            ErrorKind::WrongValue,
            "editor",
            "context.editor.id",
        ),
        (
            good.clone(),
            Some(json!({"editor": {"name": 7}})),
            ErrorKind::WrongValue,
            "editors",
            "context.editor.name",
        ),
        (edited(json!({"words": {}})), None, ErrorKind::MissingKey, "words", "change.words.added"),
        (
            edited(json!({"words": {"added": null}})),
            None,
            ErrorKind::MissingKey,
            "words",
            "change.words.added",
        ),
        (edited(json!({"words": [1]})), None, ErrorKind::MissingKey, "words", "change.words.added"),
        (edited(json!(null)), None, ErrorKind::MissingKey, "words", "change.words.added"),
        (
            edited(json!({"words": {"added": "1"}})),
            None,
            ErrorKind::WrongValue,
            "words",
            "change.words.added",
        ),
        (
            edited(json!({"words": {"added": 1}, "tags": ["a", 2]})),
            None,
            ErrorKind::WrongValue,
            "tags",
            "change.tags",
        ),
    ];
    for (payload, context, kind, column, key) in cases {
        assert_eq!(folded(&payload, context.as_ref()), Some((kind, Some(column))), "{payload} {context:?}");
        let error = insert(pool, 2, &payload, context.as_ref()).await.expect_err("the database refuses it");
        assert_eq!((error.code(), error.column()), (kind.sqlstate(), Some(column)), "{payload}: {error}");
        assert!(error.detail().is_some_and(|detail| detail.contains(&format!("\"{key}\""))), "{error:?}");
    }
    // What is not there is no mistake where it may be missing.
    for context in [None, Some(json!(null)), Some(json!({})), Some(json!({"editor": null})), Some(json!([1]))]
    {
        assert_eq!(folded(&good, context.as_ref()), None);
    }
    insert(pool, 2, &good, None).await.expect("an optional value is missing");
    let row = sqlx::query("SELECT editor, editors, words, edited_in FROM document_events_rollup");
    let row = row.fetch_one(pool).await.expect("a row");
    assert_eq!(row.get::<Option<Uuid>, _>("editor"), None);
    assert_eq!((row.get::<Vec<String>, _>("editors"), row.get::<i64, _>("words")), (Vec::new(), 6));
    assert_eq!(row.get::<i64, _>("edited_in"), 2);
    database.close().await;
}

#[tokio::test]
async fn a_context_that_is_needed_must_be_there() {
    let database = installed::<DocumentEvent>("uuid").await;
    for context in [None, Some(json!({"editor": {}}))] {
        let error = insert(database.pool(), 1, &drafted(), context.as_ref()).await.expect_err("no author");
        assert_eq!((error.code(), error.column()), (ErrorKind::MissingKey.sqlstate(), Some("author")));
    }
    database.close().await;
}

#[tokio::test]
async fn history_is_folded_with_its_context() {
    let database = with_events::<DocumentEvent>("uuid").await;
    let pool = database.pool();
    insert(pool, 1, &drafted(), Some(&editor(&uuid(2)))).await.expect("there is no trigger yet");
    insert(pool, 2, &json!({"type": "viewed"}), Some(&editor(&uuid(3)))).await.expect("nor here");
    run(pool, DocumentEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let row = sqlx::query("SELECT author::text, editor::text FROM document_events_rollup");
    let row = row.fetch_one(pool).await.expect("a row");
    assert_eq!((row.get::<String, _>(0), row.get::<String, _>(1)), (uuid(2), uuid(3)));
    database.close().await;
}

#[tokio::test]
async fn an_event_table_without_the_context_is_refused_where_it_is_read() {
    for (change, found) in [
        ("DROP COLUMN context", "is missing"),
        ("ALTER COLUMN context TYPE json", "is json, but the rollup needs jsonb"),
    ] {
        let database = with_events::<DocumentEvent>("uuid").await;
        let pool = database.pool();
        run(pool, &format!("ALTER TABLE document_events {change}")).await.expect("the table is changed");
        let error = run(pool, DocumentEvent::MIGRATION_SQL).await.expect_err("the migration is refused");
        assert!(error.to_string().contains(found), "{error}");
        database.close().await;
    }
}

#[tokio::test]
async fn what_a_cast_refuses_is_refused_as_a_wrong_value() {
    es_rollup_test_server::needs_several_connections!();
    let database = es_rollup_test_server::Database::create().await;
    let pool = database.pool();
    run(pool, "CREATE DOMAIN port AS integer CHECK (VALUE BETWEEN 1 AND 65535)").await.expect("a domain");
    run(pool, "CREATE TYPE client AS ENUM ('web', 'app')").await.expect("an enum");
    run(pool, &event_table("login_events", "bigint")).await.expect("the event table");
    run(pool, LoginEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let mut sequence = 1;
    let good =
        json!({"address": "10.0.0.1", "port": 443, "client": "web", "at": "2026-03-01T12:00:00.5+02:00"});
    let with = |key: &str, value: Value| {
        let mut fields = good.clone();
        fields[key] = value;
        json!({ "LoggedIn": fields })
    };
    let insert = async |sequence: i32, payload: &Value| {
        let sql = "INSERT INTO login_events VALUES (1, $1, '-', $2, NULL, now())";
        sqlx::query(sql).bind(sequence).bind(payload).execute(pool).await
    };
    let right = [
        ("address", json!("::1")),
        ("address", json!("10.0.0.0/8")),
        ("port", json!("443")),
        ("client", json!("app")),
        ("at", json!("2026-03-01 12:00:00Z")),
    ];
    for (key, value) in right {
        insert(sequence, &with(key, value)).await.expect("the cast takes it");
        sequence += 1;
    }
    let wrong = [
        ("address", json!("10.0.0.256")),
        ("address", json!("")),
        ("address", json!({"v4": "10.0.0.1"})),
        ("address", json!(["10.0.0.1"])),
        ("port", json!(0)),
        ("port", json!(1.5)),
        ("port", json!(99_999_999_999_i64)),
        ("client", json!("Web")),
        ("at", json!("now")),
        ("at", json!("2026-03-01T12:00:00")),
        ("at", json!("03/01/2026 12:00Z")),
    ];
    for (key, value) in wrong {
        let payload = with(key, value);
        let error = insert(sequence, &payload).await.expect_err("the cast refuses it");
        let error = error.into_database_error().expect("the database answers").downcast::<PgDatabaseError>();
        assert_eq!(
            (error.code(), error.column()),
            (ErrorKind::WrongValue.sqlstate(), Some(key)),
            "{payload}"
        );
    }
    let kept: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', address, port, client, at AT TIME ZONE 'UTC', version) FROM login_events_rollup",
    )
    .fetch_one(pool)
    .await
    .expect("a row");
    assert_eq!(kept, "10.0.0.1 443 web 2026-03-01 12:00:00 5");
    database.close().await;
}

#[tokio::test]
async fn sessions_settings_do_not_change_what_a_cast_keeps() {
    es_rollup_test_server::needs_several_connections!();
    let database = es_rollup_test_server::Database::create().await;
    let pool = database.pool();
    run(pool, "CREATE DOMAIN port AS integer; CREATE TYPE client AS ENUM ('web')").await.expect("types");
    run(pool, &event_table("login_events", "bigint")).await.expect("the event table");
    run(pool, LoginEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let event = json!({"LoggedIn": {
        "address": "10.0.0.1", "port": 443, "client": "web", "at": "2026-03-01T12:00:00+02:00"
    }});
    let settings = [("UTC", "ISO, YMD"), ("Asia/Kathmandu", "SQL, DMY"), ("America/New_York", "German, MDY")];
    for (id, (zone, style)) in (1_i64..).zip(settings) {
        let mut transaction = pool.begin().await.expect("a transaction");
        let set = format!("SET LOCAL TimeZone = '{zone}'; SET LOCAL DateStyle = '{style}'");
        sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *transaction).await.expect("settings");
        sqlx::query("INSERT INTO login_events VALUES ($1, 1, '-', $2, NULL, now())")
            .bind(id)
            .bind(&event)
            .execute(&mut *transaction)
            .await
            .expect("a good event");
        transaction.commit().await.expect("a commit");
    }
    let moments: Vec<DateTime<Utc>> = sqlx::query_scalar("SELECT DISTINCT at FROM login_events_rollup")
        .fetch_all(pool)
        .await
        .expect("rows");
    assert_eq!(moments.len(), 1);
    assert_eq!(moments[0].to_rfc3339(), "2026-03-01T10:00:00+00:00");
    database.close().await;
}
