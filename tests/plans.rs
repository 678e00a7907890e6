//! The trigger's statements always use index scans, whatever their plans were made for.
//!
//! A session makes new plans for the first calls of each statement in the function and then keeps a generic plan. So
//! the first statements of a session must not lead to bad plans later. `ES_ROLLUP_PLAN_ROWS` sets the number of rows in
//! the rollup; the default is 100,000.

mod fixtures;

use es_rollup::Rollup;
use es_rollup_test_server::Database;
use fixtures::UserEvent;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

const EVENT_TABLE: &str = "CREATE TABLE core_user_events (
    id uuid NOT NULL,
    sequence integer NOT NULL,
    event_type text NOT NULL,
    event jsonb NOT NULL,
    context jsonb,
    recorded_at timestamptz NOT NULL,
    UNIQUE (id, sequence)
  )";

/// Users after their first event. Their ids are hashes, so users created together are far apart in the index.
const USERS: &str = "INSERT INTO core_user_events_rollup (id, version, created_at, modified_at, email)
    SELECT md5(n::text)::uuid, 1, now(), now(), 'user@example.org' FROM generate_series($1::bigint, $2) AS n";

const THEIR_EVENTS: &str = r#"INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
    SELECT md5(n::text)::uuid, 1, 'initialized', '{"type": "initialized", "email": "user@example.org"}', now()
    FROM generate_series($1::bigint, $2) AS n"#;

/// Users spread over the table, each with the sequence of its next event.
const CHOSEN: &str = "SELECT r.id, r.version::integer + 1
    FROM (SELECT DISTINCT md5((1 + (n * 7919 + $2) % $3)::text)::uuid AS id FROM generate_series(1, $1) AS n) AS chosen
    JOIN core_user_events_rollup AS r ON r.id = chosen.id";

const APPEND: &str = r#"INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
    SELECT id, sequence, 'role_revoked', '{"type": "role_revoked"}', now()
    FROM unnest($1::uuid[], $2::integer[]) AS chosen (id, sequence)"#;

/// The numbers of sequential scans and index scans in this transaction. Index scans are counted to prove that the
/// trigger ran at all.
const SCANS: &str = "SELECT coalesce(sum(seq_scan), 0)::bigint, coalesce(sum(idx_scan), 0)::bigint
    FROM pg_stat_xact_user_tables WHERE relname ~ '_events(_rollup)?$'";

fn rows() -> i64 {
    std::env::var("ES_ROLLUP_PLAN_ROWS").map_or(100_000, |rows| rows.parse().expect("a number of rows"))
}

async fn installed() -> (Database, PgConnection) {
    let database = Database::create().await;
    let mut connection = PgConnection::connect(database.url()).await.expect("the server takes a connection");
    connection.execute(EVENT_TABLE).await.expect("the event table is made");
    connection.execute(AssertSqlSafe(UserEvent::MIGRATION_SQL)).await.expect("the migration is applied");
    (database, connection)
}

/// Inserts users without the trigger, which would take a minute.
async fn grow(connection: &mut PgConnection, from: i64, to: i64) {
    connection.execute("SET session_replication_role = replica").await.expect("the tests' user may do that");
    for sql in [USERS, THEIR_EVENTS] {
        sqlx::query(sql).bind(from).bind(to).execute(&mut *connection).await.expect("rows go in");
    }
    connection.execute("SET session_replication_role = origin").await.expect("the tests' user may do that");
}

/// Appends an event to each of several users in one statement, and returns how often the trigger scanned a table
/// sequentially and how often it used an index.
async fn append(connection: &mut PgConnection, users: i64, rows: i64) -> (i64, i64) {
    let mut transaction = connection.begin().await.expect("a transaction begins");
    let chosen: Vec<(Uuid, i32)> = sqlx::query_as(CHOSEN)
        .bind(users)
        .bind(users * 104_729)
        .bind(rows)
        .fetch_all(&mut *transaction)
        .await
        .expect("users are chosen");
    assert_eq!(
        chosen.len(),
        usize::try_from(users).expect("a number of users"),
        "the chosen users are distinct"
    );
    let (ids, sequences): (Vec<Uuid>, Vec<i32>) = chosen.into_iter().unzip();
    let before: (i64, i64) =
        sqlx::query_as(SCANS).fetch_one(&mut *transaction).await.expect("there are statistics");
    sqlx::query(APPEND)
        .bind(ids)
        .bind(sequences)
        .execute(&mut *transaction)
        .await
        .expect("the events are good");
    let after: (i64, i64) =
        sqlx::query_as(SCANS).fetch_one(&mut *transaction).await.expect("there are statistics");
    transaction.commit().await.expect("it commits");
    (after.0 - before.0, after.1 - before.1)
}

/// Runs statements of all sizes in one session, each often enough that PostgreSQL would settle on a generic plan.
async fn keeps_to_indexes(connection: &mut PgConnection, first: i64, rows: i64) {
    for size in [first, 1, 5, 10_000, 1] {
        for turn in 0..8 {
            let (whole, by_index) = append(connection, size, rows).await;
            assert_eq!(
                whole, 0,
                "in a session that began with {first} events, statement {turn} of {size} events scanned a whole table"
            );
            assert!(by_index >= size, "{by_index} index scans are too few for a statement of {size} events");
        }
    }
}

#[tokio::test]
async fn no_table_is_scanned_sequentially_whatever_a_session_begins_with() {
    let (database, mut connection) = installed().await;
    let rows = rows();
    grow(&mut connection, 1, rows).await;
    connection.execute("ANALYZE core_user_events_rollup").await.expect("statistics are made");
    connection.execute("ANALYZE core_user_events").await.expect("statistics are made");
    connection.close().await.expect("the connection ends");
    for first in [1, 5, 10_000] {
        let mut connection =
            PgConnection::connect(database.url()).await.expect("the server takes a connection");
        keeps_to_indexes(&mut connection, first, rows).await;
        connection.close().await.expect("the connection ends");
    }
    database.close().await;
}

#[tokio::test]
async fn plans_made_on_empty_tables_are_good_for_full_ones() {
    let (database, mut connection) = installed().await;
    grow(&mut connection, 1, 5).await;
    for size in [1, 5] {
        for _ in 0..8 {
            append(&mut connection, size, 5).await;
        }
    }
    let rows = rows();
    grow(&mut connection, 6, rows).await;
    keeps_to_indexes(&mut connection, 1, rows).await;
    connection.close().await.expect("the connection ends");
    database.close().await;
}

/// Its id has a collation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "page_events", id = String)]
enum PageEvent {
    #[rollup(count = "read")]
    Read,
}

/// The rollup's key has the default collation, and a lookup in another collation could not use its index.
#[tokio::test]
async fn the_index_is_used_even_if_the_event_table_has_its_own_collation() {
    let database = Database::create().await;
    let mut connection = PgConnection::connect(database.url()).await.expect("the server takes a connection");
    let tables = "CREATE TABLE page_events (
        id text COLLATE \"POSIX\" NOT NULL,
        sequence integer NOT NULL,
        event_type text NOT NULL,
        event jsonb NOT NULL,
        recorded_at timestamptz NOT NULL,
        UNIQUE (id, sequence)
      )";
    connection.execute(tables).await.expect("the event table is made");
    connection.execute(AssertSqlSafe(PageEvent::MIGRATION_SQL)).await.expect("the migration is applied");
    let pages = "INSERT INTO page_events_rollup (id, version, created_at, modified_at, read)
        SELECT md5(n::text), 1, now(), now(), 1 FROM generate_series(1, $1::bigint) AS n";
    sqlx::query(pages).bind(rows()).execute(&mut connection).await.expect("rows go in");
    connection.execute("ANALYZE page_events_rollup").await.expect("statistics are made");
    for pages in [1, 1, 1, 1, 1, 1, 1, 20, 20, 1000, 1] {
        let mut transaction = connection.begin().await.expect("a transaction begins");
        let before: (i64, i64) =
            sqlx::query_as(SCANS).fetch_one(&mut *transaction).await.expect("there are statistics");
        let read = r#"INSERT INTO page_events (id, sequence, event_type, event, recorded_at)
            SELECT md5(n::text), 2, 'read', '{"type": "read"}', now() FROM generate_series(1, $1::bigint) AS n"#;
        sqlx::query(read).bind(pages).execute(&mut *transaction).await.expect("the events are good");
        let after: (i64, i64) =
            sqlx::query_as(SCANS).fetch_one(&mut *transaction).await.expect("there are statistics");
        transaction.rollback().await.expect("it is rolled back");
        let (whole, by_index) = (after.0 - before.0, after.1 - before.1);
        assert_eq!(whole, 0, "a statement of {pages} events scanned a whole table");
        assert!(by_index >= pages, "{by_index} index scans are too few for a statement of {pages} events");
    }
    connection.close().await.expect("the connection ends");
    database.close().await;
}
