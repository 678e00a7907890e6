//! Settings of a session, which change nothing.

use super::{account, execute, forget};
use crate::fixtures::AccountEvent;
use crate::relation::{FORMS, append, stream, with_form};
use crate::support::{edited, everything, insert, installed, row, rows_are_folds, run, with_events};
use es_rollup::Rollup;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};

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
    assert_eq!(edited::<AccountEvent>(database.pool()).await, None);
    database.close().await;
}

#[tokio::test]
async fn what_decides_how_a_function_runs_is_seen_to_change() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let functions: Vec<(String, bool)> = sqlx::query_as(
        "SELECT oid::regprocedure::text, proisstrict FROM pg_proc
         WHERE oid >= 16384 AND right(proname, 6) <> '_model' ORDER BY proname",
    )
    .fetch_all(pool)
    .await
    .expect("the functions are read");
    assert!(functions.len() > 12, "{functions:?}");
    for (function, is_strict) in functions {
        let [there, back] =
            if is_strict { ["CALLED ON NULL INPUT", "STRICT"] } else { ["STRICT", "CALLED ON NULL INPUT"] };
        run(pool, &format!("ALTER FUNCTION {function} {there}")).await.expect("it is altered");
        let found = edited::<AccountEvent>(pool).await.unwrap_or_default();
        assert_eq!(Some(&*found), function.split('(').next(), "{there}");
        run(pool, &format!("ALTER FUNCTION {function} {back}")).await.expect("it is altered back");
        assert_eq!(edited::<AccountEvent>(pool).await, None, "{function}");
    }
    database.close().await;
}

/// The settings that the functions change while they run.
async fn changed(connection: &mut PgConnection) -> (String, String) {
    sqlx::query_as("SELECT current_setting('search_path'), concat_ws(' ', current_setting('enable_seqscan'), current_setting('jit'))")
        .fetch_one(connection)
        .await
        .expect("the settings are read")
}

fn values(path: &str, scans: &str) -> (String, String) {
    (path.into(), format!("{scans} {scans}"))
}

/// The rows of a statement: entities, sequences and payloads.
type Rows = Vec<(u32, i32, Value)>;

/// Statements that take each way through the functions, and whether they are taken.
fn statements(first: u32, crowd: u32) -> Vec<(Rows, bool)> {
    let erased = |id, sequence| vec![(id, sequence, json!({"type": "erased"}))];
    let crowd = first + 10..first + 10 + crowd;
    let thawed = crowd.clone().map(|id| (id, 2, json!({"type": "thawed"}))).collect();
    let crowd = crowd.flat_map(|id| stream(id, [1])).collect();
    vec![
        (stream(first, [1]), true),
        (stream(first, [2]), true),
        (stream(first, 3..=5), true),
        ([stream(first + 1, 1..=2), stream(first, [6])].concat(), true),
        (crowd, true),
        (thawed, true),
        (erased(first + 1, 3), true),
        ([stream(first + 2, [1]), erased(first + 2, 2)].concat(), true),
        (stream(first, [99]), false),
        ([stream(first, [99]), stream(first + 3, [1])].concat(), false),
    ]
}

#[tokio::test]
async fn a_statement_leaves_the_settings_of_the_session_and_of_the_transaction_as_they_are() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        // At last with a constraint because of which no row is found and written alone.
        for (first, crowd, scans, no_scans, constraint) in [
            (1, 1200, "on", "off", ""),
            (2001, 1200, "off", "on", ""),
            (4001, 5, "on", "off", "ALTER TABLE %_rollup ADD CHECK (version < 1000)"),
        ] {
            run(database.pool(), &constraint.replace('%', table)).await.expect("altered");
            let (session, local) = (values("public, pg_temp", scans), values("\"$user\", public", no_scans));
            let set =
                format!("SET search_path = public, pg_temp; SET enable_seqscan = {scans}; SET jit = {scans}");
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *connection).await.expect("set");
            for (rows, taken) in statements(first, crowd) {
                let outcome = append(&mut *connection, table, &rows).await;
                assert_eq!(outcome.is_ok(), taken, "{table}: {outcome:?}");
                assert_eq!(changed(&mut connection).await, session, "{table}");
            }

            let set = format!(
                "BEGIN; SET LOCAL search_path = \"$user\", public; SET LOCAL enable_seqscan = {no_scans};
                 SET LOCAL jit = {no_scans}"
            );
            sqlx::raw_sql(AssertSqlSafe(set)).execute(&mut *connection).await.expect("set");
            for (rows, taken) in statements(first + 100_000, crowd) {
                execute(&mut connection, "SAVEPOINT before").await.expect("a savepoint");
                let outcome = append(&mut *connection, table, &rows).await;
                assert_eq!(outcome.is_ok(), taken, "{table}: {outcome:?}");
                if !taken {
                    execute(&mut connection, "ROLLBACK TO before").await.expect("rolled back");
                }
                assert_eq!(changed(&mut connection).await, local, "{table}, in a transaction");
            }
            execute(&mut connection, "COMMIT").await.expect("committed");
            assert_eq!(changed(&mut connection).await, session, "{table}, after a transaction");
        }
        forget(connection).await;
        database.close().await;
    }
}
