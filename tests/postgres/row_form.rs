//! `trigger = "row"`: what only this form can do, and what it cannot.

use crate::concurrency::somebody_waits;
use crate::fixtures::{LedgerEvent, LedgerRowEvent};
use crate::support::{event_table, refusal, run, unnoticed, uuid};
use es_rollup::{ErrorKind, Rollup};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::{Value, json};
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgPool};

/// A partitioned event table with two partitions, in which ids are even and odd.
async fn partitioned(table: &str) -> Database {
    let database = Database::create().await;
    let sql = format!(
        "CREATE TABLE {table} (
           id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
           context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)
         ) PARTITION BY HASH (id);
         CREATE TABLE one PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER 0);
         CREATE TABLE other PARTITION OF {table} FOR VALUES WITH (MODULUS 2, REMAINDER 1)"
    );
    run(database.pool(), &sql).await.expect("the partitioned table");
    database
}

fn opened() -> Value {
    json!({"type": "opened", "amount": 5, "owners": ["ada"]})
}

fn deposited() -> Value {
    json!({"type": "deposited", "amount": 2})
}

async fn insert(pool: &PgPool, table: &str, rows: &[(u32, i32, Value)]) -> sqlx::Result<()> {
    let rows = rows
        .iter()
        .map(|(id, sequence, event)| format!("('{}', {sequence}, '-', '{event}', now())", uuid(*id)));
    let values = rows.collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES {values}");
    sqlx::query(AssertSqlSafe(sql)).execute(pool).await.map(drop)
}

async fn balances(pool: &PgPool) -> Vec<(i64, i64)> {
    sqlx::query_as("SELECT version, balance FROM ledger_row_events_rollup ORDER BY id")
        .fetch_all(pool)
        .await
        .expect("the rows")
}

#[tokio::test]
async fn a_partitioned_table_is_folded_whichever_way_its_rows_come() {
    let database = partitioned("ledger_row_events").await;
    let pool = database.pool();
    insert(pool, "ledger_row_events", &[(1, 1, opened())]).await.expect("there is no trigger yet");
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("and does no harm again");
    let rows: Vec<_> = (2..=9).map(|id| (id, 1, opened())).collect();
    insert(pool, "ledger_row_events", &rows).await.expect("through the whole table");
    let leaf: String = sqlx::query_scalar(
        "SELECT tableoid::regclass::text FROM ledger_row_events WHERE id = $1::text::uuid",
    )
    .bind(uuid(1))
    .fetch_one(pool)
    .await
    .expect("where the entity stands");
    insert(pool, &leaf, &[(1, 3, deposited()), (1, 2, deposited())])
        .await
        .expect("straight into a partition");
    let mut expected = vec![(1, 5); 9];
    expected[0] = (3, 9);
    assert_eq!(balances(pool).await, expected);
    database.close().await;
}

#[tokio::test]
async fn a_partition_that_is_attached_with_its_events_is_folded_at_the_next_event() {
    let database = Database::create().await;
    let pool = database.pool();
    let columns =
        "id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
       context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)";
    let sql = format!(
        "CREATE TABLE ledger_row_events ({columns}) PARTITION BY HASH (id); CREATE TABLE all_of_them ({columns})"
    );
    run(pool, &sql).await.expect("the tables");
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert(pool, "all_of_them", &[(1, 1, opened())]).await.expect("no part of it yet");
    run(
        pool,
        "ALTER TABLE ledger_row_events ATTACH PARTITION all_of_them FOR VALUES WITH (MODULUS 1, REMAINDER 0)",
    )
    .await
    .expect("the partition is attached");
    assert_eq!(balances(pool).await, []);
    insert(pool, "all_of_them", &[(1, 2, deposited())]).await.expect("the next event");
    assert_eq!(balances(pool).await, [(2, 7)]);
    database.close().await;
}

#[tokio::test]
async fn the_statement_form_refuses_a_partitioned_table_and_names_the_row_form() {
    let database = partitioned("ledger_events").await;
    let error =
        run(database.pool(), LedgerEvent::MIGRATION_SQL).await.expect_err("no statement trigger here");
    let error = error.into_database_error().expect("the database answers").downcast::<PgDatabaseError>();
    assert_eq!(error.code(), ErrorKind::Install.sqlstate());
    assert!(error.hint().is_some_and(|hint| hint.contains("#[rollup(trigger = \"row\")]")), "{error:?}");
    database.close().await;
}

#[tokio::test]
async fn the_row_form_refuses_what_it_would_see_a_part_of() {
    let columns =
        "id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
       context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)";
    let tables = [
        format!(
            "CREATE TABLE ledger_row_events ({columns}); CREATE TABLE child () INHERITS (ledger_row_events)"
        ),
        format!(
            "CREATE TABLE parent ({columns}); CREATE TABLE ledger_row_events (UNIQUE (id, sequence)) INHERITS (parent)"
        ),
        format!(
            "CREATE TABLE parent ({columns}) PARTITION BY HASH (id);
             CREATE TABLE ledger_row_events PARTITION OF parent FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
        ),
    ];
    for sql in tables {
        let database = Database::create().await;
        run(database.pool(), &sql).await.expect("the tables");
        let error = run(database.pool(), LedgerRowEvent::MIGRATION_SQL).await.expect_err("a part only");
        assert!(error.to_string().contains("is not a whole table"), "{error}");
        database.close().await;
    }
}

/// A plain event table of one entity with three events.
async fn with_three() -> Database {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, &event_table("ledger_row_events", "uuid")).await.expect("the event table is made");
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert(pool, "ledger_row_events", &[(1, 1, opened()), (1, 2, deposited()), (1, 3, deposited())])
        .await
        .expect("good events are taken");
    database
}

/// Somebody took events out of the log unnoticed: what comes in their place is not what the row was folded from.
#[tokio::test]
async fn an_event_in_the_place_of_one_that_was_deleted_is_refused_row_by_row() {
    let database = with_three().await;
    let pool = database.pool();
    unnoticed(pool, "ledger_row_events", "DELETE FROM ledger_row_events WHERE sequence = 3")
        .await
        .expect("an event is gone");
    let error = refusal(insert(pool, "ledger_row_events", &[(1, 3, deposited())]).await);
    assert_eq!(error.code(), ErrorKind::Replay.sqlstate());
    // As well in the transaction that folded it.
    let values = |sequence: i32| format!("('{}', {sequence}, '-', '{}', now())", uuid(2), opened());
    let write = "INSERT INTO ledger_row_events (id, sequence, event_type, event, recorded_at) VALUES";
    let sql = format!(
        "{write} {one}; ALTER TABLE ledger_row_events DISABLE TRIGGER USER;
         DELETE FROM ledger_row_events WHERE id = '{id}';
         ALTER TABLE ledger_row_events ENABLE TRIGGER USER; {write} {one}",
        one = values(1),
        id = uuid(2)
    );
    assert_eq!(refusal(run(pool, &sql).await).code(), ErrorKind::Replay.sqlstate());
    assert_eq!(balances(pool).await, [(3, 9)]);
    database.close().await;
}

/// Somebody takes the row away, or sets it back, for it to be folded anew.
#[tokio::test]
async fn a_row_that_changes_under_the_writers_hands_is_folded_from_the_log() {
    needs_several_connections!();
    for reset in [
        "DELETE FROM ledger_row_events_rollup",
        "UPDATE ledger_row_events_rollup SET version = 2, balance = 7",
    ] {
        let database = with_three().await;
        let pool = database.pool().clone();
        let mut resetting = pool.begin().await.expect("a transaction");
        sqlx::query(reset).execute(&mut *resetting).await.expect("the row is reset");
        let writing =
            tokio::spawn(async move { insert(&pool, "ledger_row_events", &[(1, 4, deposited())]).await });
        somebody_waits(&mut database.pool().acquire().await.expect("a connection")).await;
        resetting.commit().await.expect("committed");
        writing.await.expect("the writer goes on").expect("the event is taken");
        assert_eq!(balances(database.pool()).await, [(4, 11)]);
        database.close().await;
    }
}

#[tokio::test]
async fn a_subscriber_that_is_to_fold_what_it_replicates_fires_the_trigger_always() {
    let database = Database::create().await;
    let pool = database.pool();
    let columns =
        "id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
       context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence)";
    run(pool, &format!("CREATE TABLE ledger_row_events ({columns})")).await.expect("the table");
    run(pool, LedgerRowEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let replicate = async |sequence: i32, event: Value| {
        // As the worker that applies changes does.
        let sql = format!(
            "SET LOCAL session_replication_role = replica;
             INSERT INTO ledger_row_events (id, sequence, event_type, event, recorded_at)
             VALUES ('{}', {sequence}, '-', '{event}', now())",
            uuid(1)
        );
        run(pool, &sql).await.expect("a row is applied");
    };
    replicate(1, opened()).await;
    assert_eq!(balances(pool).await, []);
    run(pool, "ALTER TABLE ledger_row_events ENABLE ALWAYS TRIGGER ledger_row_events_rollup")
        .await
        .expect("the trigger always fires");
    replicate(2, deposited()).await;
    assert_eq!(balances(pool).await, [(2, 7)]);
    database.close().await;
}
