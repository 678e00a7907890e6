//! Settings of a session, which change nothing.

use super::{account, execute, forget};
use crate::fixtures::AccountEvent;
use crate::support::{everything, insert, installed, row, rows_are_folds, run, with_events};
use es_rollup::Rollup;
use serde_json::{Value, json};

/// What a session may set for itself, each of which changes how some text is read or written.
const SETTINGS: [&str; 18] = [
    "TimeZone = 'Pacific/Auckland'",
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = 'sql_standard'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "array_nulls = off",
    "transform_null_equals = on",
    "standard_conforming_strings = off",
    "quote_all_identifiers = on",
    "client_encoding = 'SQL_ASCII'",
    "plpgsql.variable_conflict = 'error'",
    "plpgsql.extra_errors = 'all'",
    "plan_cache_mode = 'force_generic_plan'",
    "row_security = off",
    "enable_sort = off",
    "cursor_tuple_fraction = 0.0001",
    "default_transaction_isolation = 'serializable'",
    "work_mem = '64kB'",
];

#[tokio::test]
async fn settings_of_the_session_change_nothing() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let opened = |date: &str, limit: &str| {
        let data = json!({"holderName": "x", "openedOn": date, "status": "open", "limit": limit});
        json!({"kind": "opened", "data": data})
    };
    for (number, setting) in (0..).zip(SETTINGS) {
        // Functions are compiled once a session, under what is set then.
        let mut connection = pool.acquire().await.expect("a connection");
        execute(&mut connection, &format!("SET {setting}")).await.expect("anybody may set this");
        let id = format!("account {number}");
        // Folded event by event, from a batch, and from the log.
        for row in account(&id) {
            let taken = insert::<AccountEvent>(&mut *connection, [row]).await;
            taken.unwrap_or_else(|error| panic!("with {setting}: {error}"));
        }
        let taken = insert::<AccountEvent>(&mut *connection, account(&format!("{id} again"))).await;
        taken.unwrap_or_else(|error| panic!("with {setting}: {error}"));
        let bad = [
            opened("2026-3-4", "1"),
            opened("04/03/2026", "1"),
            opened("today", "1"),
            opened("dddd-dd-dd", "1"),
            opened("2026-03-04", "d"),
            opened("2026-03-04", "NaN"),
            opened("2026-03-04", "1 "),
        ];
        for payload in bad {
            let refused = insert::<AccountEvent>(&mut *connection, [row("bad", 1, payload.clone())]).await;
            let code = refused.err().and_then(|error| {
                error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(String::from)
            });
            assert_eq!(code.as_deref(), Some("RU010"), "with {setting}: {payload}");
        }
        forget(connection).await;
    }
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, SETTINGS.len() * 2);
    let different: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT (version, holder, opened_on, status, \"limit\", reason, last_seen, \"order\", notes))
         FROM bank.account",
    )
    .fetch_one(pool)
    .await
    .expect("the rows are read");
    assert_eq!(different, 1);
    database.close().await;
}

/// The same for the migration: what it makes does not depend on the session that makes it.
#[tokio::test]
async fn settings_of_the_migrating_session_change_nothing() {
    let mut made: Vec<(String, Value)> = Vec::new();
    for setting in SETTINGS.into_iter().filter(|setting| !setting.starts_with("quote_all_identifiers")) {
        let database = with_events::<AccountEvent>("text").await;
        insert::<AccountEvent>(database.pool(), account("account")).await.expect("events are stored");
        run(database.pool(), &format!("SET LOCAL {setting}; {}", AccountEvent::MIGRATION_SQL))
            .await
            .unwrap_or_else(|error| panic!("with {setting}: {error}"));
        assert_eq!(rows_are_folds::<AccountEvent>(database.pool()).await, 1);
        let (_, rows) = everything::<AccountEvent>(database.pool()).await;
        let functions: String = sqlx::query_scalar(
            "SELECT string_agg(pg_get_functiondef(oid), '' ORDER BY proname) || obj_description('bank.account'::regclass)
             FROM pg_proc WHERE oid >= 16384",
        )
        .fetch_one(database.pool())
        .await
        .expect("the functions are read");
        made.push((functions, rows));
        database.close().await;
    }
    assert_eq!(made.len(), SETTINGS.len() - 1);
    for (number, it) in made.iter().enumerate() {
        assert_eq!(it, &made[0], "with setting {number}");
    }
}

#[tokio::test]
async fn the_migration_is_applied_where_all_identifiers_are_quoted() {
    let database = with_events::<AccountEvent>("text").await;
    run(database.pool(), &format!("SET LOCAL quote_all_identifiers = on; {}", AccountEvent::MIGRATION_SQL))
        .await
        .expect("the migration is applied");
    database.close().await;
}
