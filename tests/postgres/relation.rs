//! The trigger's function folds the rows of its event table and of nothing else, whatever becomes of the table while
//! sessions are open.

use crate::fixtures::{LedgerEvent, LedgerRowEvent};
use crate::support::{event_table, refusal, run, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgExecutor, PgPool};

/// Both forms: the event table and the migration.
pub(crate) const FORMS: [(&str, &str); 2] =
    [("ledger_events", LedgerEvent::MIGRATION_SQL), ("ledger_row_events", LedgerRowEvent::MIGRATION_SQL)];

/// Both forms: the event table and the model.
pub(crate) const MODELS: [(&str, &str); 2] =
    [(FORMS[0].0, LedgerEvent::MODEL), (FORMS[1].0, LedgerRowEvent::MODEL)];

pub(crate) fn opened() -> Value {
    json!({"type": "opened", "amount": 5, "owners": ["ada"]})
}

pub(crate) fn deposited() -> Value {
    json!({"type": "deposited", "amount": 2})
}

/// The events of one entity, of which the first opens and the others deposit.
pub(crate) fn stream(id: u32, sequences: impl IntoIterator<Item = i32>) -> Vec<(u32, i32, Value)> {
    let event = |sequence| if sequence == 1 { opened() } else { deposited() };
    sequences.into_iter().map(|sequence| (id, sequence, event(sequence))).collect()
}

/// Inserts events in one statement, in the order given.
pub(crate) async fn append<'e>(
    executor: impl PgExecutor<'e>,
    table: &str,
    rows: &[(u32, i32, Value)],
) -> sqlx::Result<()> {
    let rows = rows
        .iter()
        .map(|(id, sequence, event)| format!("('{}', {sequence}, '-', '{event}', now())", uuid(*id)));
    let values = rows.collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES {values}");
    sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(executor).await.map(drop)
}

/// The version and the balance of every row, in the order of their ids.
pub(crate) async fn rows(pool: &PgPool, table: &str) -> Vec<(i64, i64)> {
    let sql = format!("SELECT version, balance FROM {table}_rollup ORDER BY id");
    sqlx::query_as(AssertSqlSafe(sql)).persistent(false).fetch_all(pool).await.expect("the rows are read")
}

/// What the rows are of entities that have been folded up to those versions.
pub(crate) fn folded(versions: &[i64]) -> Vec<(i64, i64)> {
    versions.iter().map(|version| (*version, 5 + 2 * (version - 1))).collect()
}

/// A database with one of the forms.
pub(crate) async fn with_form((table, migration): (&str, &str)) -> Database {
    let database = Database::create().await;
    run(database.pool(), &event_table(table, "uuid")).await.expect("the event table is made");
    run(database.pool(), migration).await.expect("the migration is applied");
    database
}

async fn is_another_relation(connection: &mut PgConnection, table: &str, id: u32, sequence: i32) {
    let error = refusal(append(connection, table, &stream(id, [sequence])).await);
    assert_eq!(error.code(), "42501", "{error}");
    assert!(error.message().starts_with("the trigger of the rollup "), "{error}");
    assert!(error.message().contains("_rollup\" fires for \""), "{error}");
    assert!(error.hint().is_some_and(|hint| hint.contains("run the migration again")), "{error:?}");
}

#[tokio::test]
async fn an_event_table_that_was_renamed_is_refused_until_it_has_its_name_again() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let mut open = pool.acquire().await.expect("a session");
        append(&mut *open, table, &stream(1, 1..=2)).await.expect("good events are taken");
        append(&mut *open, table, &stream(1, [3])).await.expect("good events are taken");

        run(pool, &format!("ALTER TABLE {table} RENAME TO old")).await.expect("renamed");
        for sequences in [4..=4, 4..=5] {
            let error = refusal(append(&mut *open, "old", &stream(1, sequences)).await);
            assert_eq!(error.code(), "42P01", "nothing has the name: {error}");
        }
        run(pool, &format!("CREATE TABLE {table} (LIKE old INCLUDING ALL)")).await.expect("another table");
        let mut fresh = pool.acquire().await.expect("a session");
        for session in [&mut open, &mut fresh] {
            is_another_relation(session, "old", 1, 4).await;
            is_another_relation(session, "old", 2, 1).await;
            is_another_relation(session, "old", 2, 4).await;
        }
        run(pool, &format!("DROP TABLE {table}; ALTER TABLE old RENAME TO {table}")).await.expect("renamed");
        append(&mut *open, table, &stream(1, [4])).await.expect("it goes on");
        append(&mut *fresh, table, &[stream(1, 5..=6), stream(2, [1])].concat()).await.expect("it goes on");
        assert_eq!(rows(pool, table).await, folded(&[6, 1]));
        drop((open, fresh));
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_table_whose_schema_was_renamed_is_refused_in_open_sessions() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let mut open = pool.acquire().await.expect("a session");
        append(&mut *open, table, &stream(1, 1..=2)).await.expect("good events are taken");
        let sql = format!(
            "ALTER SCHEMA public RENAME TO old; CREATE SCHEMA public;
             CREATE TABLE public.{table} (LIKE old.{table} INCLUDING ALL)"
        );
        run(pool, &sql).await.expect("renamed");
        let error = refusal(append(&mut *open, &format!("old.{table}"), &stream(1, [3])).await);
        assert!(["42501", "42883", "42P01"].contains(&error.code()), "{error}");
        drop(open);
        database.close().await;
    }
}

/// Whoever may execute the function, as by default privileges or after a restore without them, can make it the
/// trigger of a table of their own.
#[tokio::test]
async fn the_function_does_not_run_for_a_table_of_somebody_elses() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [1])).await.expect("good events are taken");
        let level = if table.contains("row") {
            "FOR EACH ROW"
        } else {
            "REFERENCING NEW TABLE AS es_new FOR EACH STATEMENT"
        };
        let mut connection = pool.acquire().await.expect("a connection");
        let forge = format!(
            "CREATE TEMP TABLE {table} (LIKE public.{table} INCLUDING ALL);
             CREATE TRIGGER forged AFTER INSERT ON pg_temp.{table} {level}
               EXECUTE FUNCTION public.{table}_rollup_apply()"
        );
        connection.execute(AssertSqlSafe(forge)).await.expect("a table of its own");
        // Once before the session has used the function and once after.
        for sequence in [2, 3] {
            is_another_relation(&mut connection, &format!("pg_temp.{table}"), 1, sequence).await;
            is_another_relation(&mut connection, &format!("pg_temp.{table}"), 1, 7).await;
            append(&mut *connection, &format!("public.{table}"), &stream(1, [sequence]))
                .await
                .expect("taken");
        }
        assert_eq!(rows(pool, table).await, folded(&[3]));
        connection.close().await.expect("closed");
        database.close().await;
    }
}

/// The new parent does not have the trigger, so most rows would not be seen.
#[tokio::test]
async fn an_event_table_that_became_a_partition_is_refused_row_by_row() {
    needs_several_connections!();
    let form = FORMS[1];
    let (table, _) = form;
    let database = with_form(form).await;
    let pool = database.pool();
    let mut open = pool.acquire().await.expect("a session");
    append(&mut *open, table, &stream(1, 1..=2)).await.expect("good events are taken");
    let sql = format!(
        "ALTER TABLE {table} RENAME TO old;
         CREATE TABLE {table} (LIKE old) PARTITION BY RANGE (sequence);
         ALTER TABLE {table} ATTACH PARTITION old FOR VALUES FROM (MINVALUE) TO (10)"
    );
    run(pool, &sql).await.expect("it is a partition");
    let mut fresh = pool.acquire().await.expect("a session");
    for session in [&mut open, &mut fresh] {
        is_another_relation(session, table, 1, 3).await;
        is_another_relation(session, "old", 1, 3).await;
    }
    assert_eq!(rows(pool, table).await, folded(&[2]));
    drop((open, fresh));
    database.close().await;
}

#[tokio::test]
async fn partitions_that_come_while_a_session_is_open_are_the_event_tables() {
    needs_several_connections!();
    let (table, migration) = FORMS[1];
    let database = Database::create().await;
    let pool = database.pool();
    let sql = format!(
        "CREATE TABLE {table} (
           id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
           context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)
         ) PARTITION BY RANGE (id);
         CREATE TABLE one PARTITION OF {table} FOR VALUES FROM (MINVALUE) TO ('{two}');
         CREATE TABLE more PARTITION OF {table} FOR VALUES FROM ('{two}') TO ('{five}') PARTITION BY RANGE (id)",
        two = uuid(2),
        five = uuid(5),
    );
    run(pool, &sql).await.expect("the partitioned table");
    run(pool, migration).await.expect("the migration is applied");
    let mut open = pool.acquire().await.expect("a session");
    append(&mut *open, table, &stream(1, 1..=2)).await.expect("good events are taken");
    let sql = format!("CREATE TABLE last PARTITION OF {table} FOR VALUES FROM ('{}') TO (MAXVALUE)", uuid(5));
    run(pool, &sql).await.expect("a partition");
    append(&mut *open, table, &[stream(5, [2, 1]), stream(1, [3])].concat()).await.expect("it is folded");
    let sql = format!(
        "CREATE TABLE two (LIKE {table} INCLUDING ALL);
         ALTER TABLE more ATTACH PARTITION two FOR VALUES FROM ('{}') TO ('{}')",
        uuid(2),
        uuid(4),
    );
    run(pool, &sql).await.expect("a partition of a partition");
    append(&mut *open, table, &[stream(2, [3, 2, 1]), stream(5, [3])].concat()).await.expect("it is folded");
    append(&mut *open, "two", &stream(3, [1])).await.expect("straight into the partition");
    assert_eq!(rows(pool, table).await, folded(&[3, 3, 1, 3]));
    drop(open);
    database.close().await;
}

#[tokio::test]
async fn a_session_that_used_the_trigger_in_a_snapshot_from_before_it_goes_on() {
    needs_several_connections!();
    for (table, migration) in FORMS {
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table(table, "uuid")).await.expect("the event table is made");
        let mut open = pool.acquire().await.expect("a session");
        open.execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM pg_class")
            .await
            .expect("a snapshot");
        run(pool, migration).await.expect("the migration is applied");
        // Whatever becomes of it in the old snapshot, it does not last.
        let _ = append(&mut *open, table, &stream(1, [1])).await;
        open.execute("ROLLBACK").await.expect("rolled back");
        append(&mut *open, table, &stream(1, [2, 1])).await.expect("it is folded");
        append(&mut *open, table, &stream(1, [3])).await.expect("it is folded");
        assert_eq!(rows(pool, table).await, folded(&[3]));
        drop(open);
        database.close().await;
    }
}
