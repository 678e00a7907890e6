//! Constraints that somebody else puts on the rollup: they hold, and what is said of them shows no values.

use crate::fixtures::{
    AccountEvent, DocumentEvent, LedgerEvent, LedgerRowEvent, MemberEvent, SensorEvent, UserEvent,
};
use crate::relation::{FORMS, append, folded, rows, stream, with_form};
use crate::support::{installed, refusal, run, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::needs_several_connections;
use serde_json::json;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgConnection};

/// Stands for what must not be shown.
const SECRET: &str = "s3cr3t";

type Events = Vec<(u32, i32, serde_json::Value)>;

fn secret(id: u32, sequence: i32) -> (u32, i32, serde_json::Value) {
    (id, sequence, json!({"type": "deposited", "amount": 2, "memo": SECRET}))
}

fn begins_with_secret(id: u32) -> (u32, i32, serde_json::Value) {
    (id, 1, json!({"type": "opened", "amount": 5, "owners": [SECRET]}))
}

fn shows_nothing(error: &PgDatabaseError, code: &str, constraint: Option<&str>) {
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.constraint().filter(|name| !name.is_empty()), constraint, "{error:?}");
    let texts = [Some(error.message()), error.detail(), error.hint(), error.r#where()];
    for text in texts.into_iter().flatten() {
        for value in [SECRET, "Failing row", "Key ("] {
            assert!(!text.contains(value), "a value is shown: {text}");
        }
    }
    assert!(error.message().contains("_events\" are refused: they violate "), "{error}");
    assert!(error.table().is_some_and(|table| table.ends_with("_rollup")), "{error:?}");
}

/// Every way in which events come: alone, several of one entity, several entities, and new ones.
async fn is_refused(session: &mut PgConnection, table: &str, at: i32, code: &str, constraint: Option<&str>) {
    let ways: [Events; 6] = [
        vec![secret(1, at)],
        vec![secret(1, at), secret(1, at + 1)],
        vec![secret(1, at + 1), secret(1, at)],
        vec![secret(1, at), secret(2, 2)],
        vec![begins_with_secret(7)],
        [stream(2, [2]), vec![begins_with_secret(7)]].concat(),
    ];
    for way in ways {
        shows_nothing(&refusal(append(&mut *session, table, &way).await), code, constraint);
    }
}

/// What a constraint of somebody else's is made and dropped with; the statements work on `@`.
const CONSTRAINTS: [(&str, &str, &str, Option<&str>); 4] = [
    (
        "ALTER TABLE @_rollup ADD CONSTRAINT kept CHECK (NOT 's3cr3t' = ANY (log || owners))",
        "ALTER TABLE @_rollup DROP CONSTRAINT kept",
        "23514",
        Some("kept"),
    ),
    (
        "CREATE UNIQUE INDEX kept ON @_rollup ((1)) WHERE 's3cr3t' = ANY (log || owners)",
        "DROP INDEX kept",
        "23505",
        Some("kept"),
    ),
    (
        "ALTER TABLE @_rollup ADD COLUMN has_secret boolean NOT NULL GENERATED ALWAYS AS (nullif('s3cr3t' = ANY (log || owners), true)) STORED",
        "ALTER TABLE @_rollup DROP COLUMN has_secret",
        "23502",
        None,
    ),
    (
        "CREATE TABLE allowed (shown text PRIMARY KEY); INSERT INTO allowed VALUES ('fine');
         ALTER TABLE @_rollup ADD COLUMN shown text GENERATED ALWAYS AS (CASE WHEN 's3cr3t' = ANY (log || owners) THEN 's3cr3t' ELSE 'fine' END) STORED;
         ALTER TABLE @_rollup ADD CONSTRAINT kept FOREIGN KEY (shown) REFERENCES allowed",
        "ALTER TABLE @_rollup DROP COLUMN shown; DROP TABLE allowed",
        "23503",
        Some("kept"),
    ),
];

#[tokio::test]
async fn what_is_said_of_somebody_elses_constraint_shows_no_value() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let mut open = pool.acquire().await.expect("a session");
        append(&mut *open, table, &[stream(1, 1..=2), stream(2, [1])].concat()).await.expect("taken");
        append(&mut *open, table, &stream(1, [3])).await.expect("taken");
        let mut at = 4;
        for (made, dropped, code, constraint) in CONSTRAINTS {
            // A unique index needs a row that has the value already.
            let unique = code == "23505";
            if unique {
                append(pool, table, &[begins_with_secret(9)]).await.expect("nothing forbids it yet");
            }
            run(pool, &made.replace('@', table)).await.unwrap_or_else(|error| panic!("{made}: {error}"));
            is_refused(&mut open, table, at, code, constraint).await;
            // What it allows goes on.
            append(&mut *open, table, &stream(1, [at])).await.expect("an event is taken");
            append(&mut *open, table, &[stream(1, [at + 1]), stream(20 + at.unsigned_abs(), 1..=2)].concat())
                .await
                .expect("events of two entities are taken");
            run(pool, &dropped.replace('@', table)).await.expect("dropped");
            if unique {
                run(
                    pool,
                    &format!(
                        "DELETE FROM {table}_rollup WHERE 's3cr3t' = ANY (owners);
                    DELETE FROM {table} WHERE id = '{}'",
                        uuid(9)
                    ),
                )
                .await
                .expect("taken away");
            }
            append(&mut *open, table, &stream(1, [at + 2])).await.expect("an event is taken");
            at += 3;
        }
        assert_eq!(rows(pool, table).await, folded(&[15, 1, 2, 2, 2, 2]));
        drop(open);
        database.close().await;
    }
}

/// An event that ends takes the row away, which somebody else's table may refer to.
#[tokio::test]
async fn a_row_that_is_referred_to_is_not_taken_away_and_no_value_is_shown() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, 1..=2)).await.expect("good events are taken");
        let refers = format!(
            "CREATE TABLE refers (id uuid REFERENCES {table}_rollup); INSERT INTO refers VALUES ('{}')",
            uuid(1)
        );
        run(pool, &refers).await.expect("a table refers to the row");
        let error = refusal(append(pool, table, &[(1, 3, json!({"type": "erased"}))]).await);
        assert_eq!((error.code(), error.constraint()), ("23503", Some("refers_id_fkey")), "{error}");
        assert!(error.detail().is_none_or(|detail| !detail.contains("Key (")), "{error:?}");
        run(pool, "DELETE FROM refers").await.expect("nothing refers to it any more");
        append(pool, table, &[(1, 3, json!({"type": "erased"}))]).await.expect("it is taken");
        assert_eq!(rows(pool, table).await, []);
        database.close().await;
    }
}

async fn is_short<E: Rollup>(id_type: &str) {
    let database = installed::<E>(id_type).await;
    let pool = database.pool();
    let rollup = E::ROLLUP_TABLE;
    let function = rollup.replacen("\".\"", "\".\"@", 1).replace('@', "");
    let asks = format!("SELECT {}_guarded\"('{rollup}'::regclass)", &function[..function.len() - 1]);
    let guarded: bool =
        sqlx::query_scalar(AssertSqlSafe(asks)).fetch_one(pool).await.expect("the function answers");
    assert!(!guarded, "what the migration makes is its own: {rollup}");
    database.close().await;
}

/// Otherwise everything would go the long way.
#[tokio::test]
async fn what_the_migration_makes_is_nobody_elses_constraint() {
    is_short::<UserEvent>("uuid").await;
    is_short::<AccountEvent>("text").await;
    is_short::<SensorEvent>("bigint").await;
    is_short::<LedgerEvent>("uuid").await;
    is_short::<LedgerRowEvent>("uuid").await;
    is_short::<DocumentEvent>("uuid").await;
    is_short::<MemberEvent>("bigint").await;
}

#[tokio::test]
async fn a_type_that_may_be_anything_is_not_shown_or_cut_short() {
    let database = with_form(FORMS[0]).await;
    let pool = database.pool();
    let (table, _) = FORMS[0];
    append(pool, table, &stream(1, [1])).await.expect("a good event");
    let long = "x".repeat(5_000_000);
    let cases = [
        ("order_shipped.v2", " (order_shipped.v2)"),
        (long.as_str(), " (xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...)"),
        ("4111 1111 1111 1111", ""),
        ("4111111111111111", ""),
        ("card_4111111111111111", ""),
        ("two\nlines", ""),
        ("ada@example.org", ""),
        ("Ada Lovelace", ""),
        ("", ""),
    ];
    for (tag, shown) in cases {
        let error = refusal(append(pool, table, &[(1, 2, json!({"type": tag}))]).await);
        let expected = format!(
            "event 2{shown} of entity {} in \"public\".\"ledger_events\" is refused: its type is unknown",
            uuid(1)
        );
        assert_eq!((error.code(), error.message()), ("RU006", expected.as_str()));
    }
    database.close().await;
}

#[tokio::test]
async fn an_id_is_shown_in_one_line_and_cut_short() {
    let database = installed::<AccountEvent>("text").await;
    let long = format!("first\nsecond {}", "x".repeat(1000));
    let event = crate::support::row(&long, 2, json!({"kind": "unflagged"}));
    let error = refusal(crate::support::insert::<AccountEvent>(database.pool(), [event]).await);
    let shown = format!("of entity first?second {} in ", "x".repeat(87));
    assert!(error.message().contains(&shown), "{error}");
    database.close().await;
}
