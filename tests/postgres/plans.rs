//! Plans outlast the statistics that they were made from: no statement may read a whole table for each of its rows.
//!
//! The worst case is a deploy that vacuums or analyzes everything while the rollup is still empty: from then on,
//! PostgreSQL expects it to stay empty. What a session's plans read is counted, not timed.

use crate::fixtures::{LedgerEvent, LedgerRowEvent, UserEvent};
use crate::support::{Stored, migration, run, with_events};
use es_rollup::Rollup;
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Table, View};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use uuid::Uuid;

/// How many entities make a table that nobody should read as a whole.
const MANY: u32 = 3_000;

/// How the statistics of the empty tables are made before the session begins.
const STATISTICS: [&str; 3] = ["SELECT 1", "VACUUM", "ANALYZE"];

/// An enum whose streams these tests write: an event that creates, and one that does not.
trait Streams: Stored {
    const CREATES: &str;
    const CHANGES: &str;
}

impl Streams for UserEvent {
    const CREATES: &str =
        r#"{"type": "initialized", "id": "00000000-0000-4000-8000-000000000000", "email": "x"}"#;
    const CHANGES: &str = r#"{"type": "role_revoked"}"#;
}

impl Streams for LedgerEvent {
    const CREATES: &str = r#"{"type": "opened", "amount": 5, "owners": ["a"]}"#;
    const CHANGES: &str = r#"{"type": "thawed"}"#;
}

impl Streams for LedgerRowEvent {
    const CREATES: &str = LedgerEvent::CREATES;
    const CHANGES: &str = LedgerEvent::CHANGES;
}

/// A row of the rollup and a row of a view for each entity.
macro_rules! memos {
    ($name:ident, $memo:ident $(, $option:meta)*) => {
        #[derive(Serialize, Deserialize, Rollup)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[rollup(events = "memo_events", id = Uuid $(, $option)*)]
        #[rollup(view(memo, state = $memo))]
        enum $name {
            #[rollup(create, memo(create))]
            Begun,
            #[rollup(memo(set(done = true)))]
            Done,
        }

        impl Stored for $name {
            const ID_TYPE: &'static str = "uuid";
        }

        impl Streams for $name {
            const CREATES: &str = r#"{"type": "begun"}"#;
            const CHANGES: &str = r#"{"type": "done"}"#;
        }
    };
}

memos!(MemoEvent, Memo);
memos!(MemoRowEvent, MemoRow, trigger = "row");

/// Inserts the events of the sequences, of the entities with the numbers.
fn events<E: Streams>(
    numbers: std::ops::RangeInclusive<u32>,
    sequences: std::ops::RangeInclusive<u32>,
) -> String {
    format!(
        "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
         SELECT ('00000000-0000-4000-8000-' || lpad(n::text, 12, '0'))::uuid, s, '-',
           CASE s WHEN 1 THEN '{creates}' ELSE '{changes}' END::jsonb, now()
         FROM generate_series({}, {}) AS n, generate_series({}, {}) AS s",
        numbers.start(),
        numbers.end(),
        sequences.start(),
        sequences.end(),
        table = E::EVENT_TABLE,
        creates = E::CREATES,
        changes = E::CHANGES,
    )
}

/// How many rows a statement finds by reading whole tables.
async fn read(connection: &mut PgConnection, statement: &str) -> i64 {
    let counted = "SELECT sum(seq_tup_read)::bigint FROM pg_stat_xact_user_tables";
    let mut transaction = connection.begin().await.expect("a transaction");
    let before: i64 = sqlx::query_scalar(counted).fetch_one(&mut *transaction).await.expect("a count");
    sqlx::query(AssertSqlSafe(statement.to_owned()))
        .execute(&mut *transaction)
        .await
        .unwrap_or_else(|error| panic!("{statement}: {error}"));
    let after: i64 = sqlx::query_scalar(counted).fetch_one(&mut *transaction).await.expect("a count");
    transaction.commit().await.expect("it commits");
    after - before
}

/// Statements of one session, each with what it is: the table grows from nothing to many rows, with every kind of
/// statement used while it is small and again when it is not.
fn session<E: Streams>(analyzed: Option<&str>) -> Vec<(&'static str, String)> {
    let mut statements = Vec::new();
    // A plan is kept from the sixth execution on.
    for number in 1..=8 {
        statements.push(("", events::<E>(number..=number, 1..=1)));
        statements.push(("", events::<E>(number..=number, 2..=2)));
        statements.push(("", events::<E>(number..=number, 3..=4)));
        statements.push(("", events::<E>(1_000_000 + number * 2..=1_000_001 + number * 2, 1..=2)));
        statements.push(("", events::<E>(1_000_000 + number * 2..=1_000_001 + number * 2, 3..=3)));
    }
    statements.push(("many new entities", events::<E>(10..=MANY, 1..=1)));
    if let Some(table) = analyzed {
        // What depends on this table is planned again, and what depends on the rollup alone is not.
        statements.push(("", format!("ANALYZE {table}")));
    }
    for number in 11..=18 {
        statements.push(("an event", events::<E>(number..=number, 2..=2)));
        statements.push(("two events of an entity", events::<E>(number..=number, 3..=4)));
        statements.push(("events of two entities", events::<E>(number * 20..=number * 20 + 1, 2..=2)));
        statements
            .push(("two events of each of two entities", events::<E>(number * 20..=number * 20 + 1, 3..=4)));
        statements.push(("a new entity", events::<E>(MANY + number..=MANY + number, 1..=1)));
        statements.push((
            "a new entity with two events",
            events::<E>(MANY * 2 + number..=MANY * 2 + number, 1..=2),
        ));
    }
    statements.push(("an event of many entities", events::<E>(1_000..=MANY, 2..=2)));
    statements.push(("many more new entities", events::<E>(MANY * 3..=MANY * 4, 1..=3)));
    statements
}

/// What the first statement of a session reads that has an event of each of many entities, if it reads a whole table. To
/// a plan for so many, that looks cheaper.
async fn reads_at_first<E: Streams>(database: &Database) -> Option<String> {
    let mut connection = PgConnection::connect(database.url()).await.expect("a connection");
    sqlx::query("ANALYZE").execute(&mut connection).await.expect("the statistics are made");
    let rows = read(&mut connection, &events::<E>(1_000..=MANY, 3..=3)).await;
    connection.close().await.expect("it closes");
    (rows > 0).then(|| format!("the first statement: {rows}"))
}

/// Runs the session with the statistics, and returns what was read where it should not be. Those of the table, if any, are
/// made again when it has grown.
async fn reads_with<E: Streams>(migration: &str, statistics: &str, analyzed: Option<&str>) -> Vec<String> {
    let mut found = Vec::new();
    let database: Database = with_events::<E>("uuid").await;
    run(database.pool(), migration).await.expect("the migration is applied");
    let mut connection = database.pool().acquire().await.expect("a connection");
    sqlx::query(AssertSqlSafe(statistics)).execute(&mut *connection).await.expect("the statistics are made");
    for (what, statement) in session::<E>(analyzed) {
        let rows = read(&mut connection, &statement).await;
        if !what.is_empty() && rows > 0 {
            found.push(format!("{statistics}, {analyzed:?}: {what}: {rows}"));
        }
    }
    drop(connection);
    found.extend(reads_at_first::<E>(&database).await.map(|rows| format!("{statistics}: {rows}")));
    let rollup = E::ROLLUP_TABLE.trim_end_matches('"');
    let rebuilt = format!("SELECT {rollup}_rebuild\"(NULL), count(*) FROM {rollup}\"");
    let (changed, rows): (i64, i64) =
        sqlx::query_as(AssertSqlSafe(rebuilt)).fetch_one(database.pool()).await.expect("it is rebuilt");
    assert!(changed == 0 && rows > i64::from(MANY), "{changed} of {rows} rows were not the folds");
    database.close().await;
    found
}

/// Runs it with each of the statistics, and with those of each of the tables made again.
async fn reads_beside<E: Streams>(migration: &str, tables: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for statistics in STATISTICS {
        found.extend(reads_with::<E>(migration, statistics, None).await);
    }
    for table in tables {
        found.extend(reads_with::<E>(migration, "ANALYZE", Some(table)).await);
    }
    found
}

async fn reads<E: Streams>(migration: &str) -> Vec<String> {
    reads_beside::<E>(migration, &[E::EVENT_TABLE]).await
}

/// Whether the migration reads whole tables with any of the statistics.
async fn is_found_to_read<E: Streams>(migration: &str) -> bool {
    for statistics in STATISTICS {
        if !reads_with::<E>(migration, statistics, None).await.is_empty() {
            return true;
        }
    }
    !reads_with::<E>(migration, "ANALYZE", Some(E::EVENT_TABLE)).await.is_empty()
}

#[tokio::test]
async fn no_statement_form_reads_a_whole_table_that_has_grown() {
    assert_eq!(reads::<UserEvent>(migration::<UserEvent>()).await, [""; 0]);
    // An entity of this one may have ended, which the event table tells.
    assert_eq!(reads::<LedgerEvent>(migration::<LedgerEvent>()).await, [""; 0]);
}

#[tokio::test]
async fn no_statement_form_with_a_history_reads_a_whole_table_that_has_grown() {
    let mut model = Model::read(UserEvent::MODEL).expect("the model of an enum is read");
    model.history = Some(View::history(&model.root, Table::parse("user_history")));
    let migration = emit::text(&model, emit::migration(&model));
    assert_eq!(reads_beside::<UserEvent>(&migration, &["user_history"]).await, [""; 0]);
}

#[tokio::test]
async fn no_row_form_reads_a_whole_table_that_has_grown() {
    assert_eq!(reads::<LedgerRowEvent>(migration::<LedgerRowEvent>()).await, [""; 0]);
}

/// The tables whose statistics are made again when there is a view.
const BESIDE_A_VIEW: [&str; 2] = ["memo_events_rollup", "memo_events_rollup_memo"];

#[tokio::test]
async fn no_statement_form_reads_a_whole_view_that_has_grown() {
    assert_eq!(reads_beside::<MemoEvent>(migration::<MemoEvent>(), &BESIDE_A_VIEW).await, [""; 0]);
}

#[tokio::test]
async fn no_row_form_reads_a_whole_view_that_has_grown() {
    assert_eq!(reads_beside::<MemoRowEvent>(migration::<MemoRowEvent>(), &BESIDE_A_VIEW).await, [""; 0]);
}

#[tokio::test]
async fn without_its_settings_the_trigger_would_read_whole_tables() {
    let sql = migration::<UserEvent>();
    let without =
        sql.replace("set_config('enable_seqscan', 'off', true)", "set_config('enable_seqscan', 'on', true)");
    assert_ne!(without, sql);
    assert!(is_found_to_read::<UserEvent>(&without).await, "many entities");
    let without = sql.replace("AND c.reltuples >= 0", "AND false");
    assert_ne!(without, sql);
    assert!(is_found_to_read::<UserEvent>(&without).await, "one event");
    // The condition on the recorded time makes PostgreSQL expect few events, but not every store has one.
    let is_timed = |line: &&str| line.trim().starts_with(r#"END AND es_event."recorded_at""#);
    let untimed: Vec<&str> = sql.lines().map(|line| if is_timed(&line) { "END" } else { line }).collect();
    assert_ne!(untimed, sql.lines().collect::<Vec<_>>());
    assert_eq!(reads::<UserEvent>(&untimed.join("\n")).await, [""; 0]);
    let is_always_true = |line: &&str| line.trim().starts_with("AND es_sequence OPERATOR(pg_catalog.*) 0");
    let without: Vec<&str> =
        untimed.iter().map(|line| if is_always_true(line) { ";" } else { line }).collect();
    assert_ne!(without, untimed);
    assert!(is_found_to_read::<UserEvent>(&without.join("\n")).await, "an event of each of many entities");
}
