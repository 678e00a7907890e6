//! A migration tool applies what was written, to a database with events, and takes it back.

use crate::support::{Folder, verdict};
use crate::users::{cleared, elsewhere, first, second, third, without};
use es_rollup::Rollup as _;
use es_rollup::migrations::Entry;
use es_rollup::startup::Verdict;
use es_rollup_test_server::Database;
use sqlx::migrate::Migrator;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};

pub(crate) const EVENTS: &str = "CREATE TABLE user_events (
    id bigint NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
    context jsonb, recorded_at timestamptz NOT NULL DEFAULT now(), UNIQUE (id, sequence)
  )";

/// A numbered directory with the migrations of these entries, each written after the one before.
pub(crate) fn folder<const N: usize>(entries: [Entry; N]) -> Folder {
    let folder = Folder::new();
    folder.put("0001_events.up.sql", EVENTS);
    folder.put("0001_events.down.sql", "DROP TABLE user_events");
    for entry in entries {
        let (is_fine, text) = folder.settle(&[entry], Some("write:breaking"));
        assert!(is_fine, "{text}");
    }
    folder
}

pub(crate) async fn migrator(folder: &Folder) -> Migrator {
    Migrator::new(folder.path()).await.expect("sqlx reads the directory")
}

pub(crate) async fn up(folder: &Folder, pool: &PgPool, version: i64) {
    let outcome = migrator(folder).await.run_to(version, pool).await;
    outcome.unwrap_or_else(|error| panic!("up to {version}: {error}"));
}

pub(crate) async fn insert(pool: &PgPool, id: i64, sequence: i32, event: &str) -> sqlx::Result<()> {
    let sql =
        "INSERT INTO user_events (id, sequence, event_type, event) VALUES ($1, $2, '', $3::text::jsonb)";
    sqlx::query(sql).bind(id).bind(sequence).bind(event).execute(pool).await.map(drop)
}

pub(crate) async fn rows(pool: &PgPool) -> Vec<String> {
    let sql =
        "SELECT (to_jsonb(r) - 'created_at' - 'modified_at')::text FROM user_events_rollup AS r ORDER BY id";
    sqlx::query_scalar(sql).fetch_all(pool).await.expect("the rows")
}

async fn model(pool: &PgPool) -> String {
    let sql = "SELECT substring(prosrc FROM 'fingerprint\":\"([0-9a-f]+)') FROM pg_proc WHERE proname = 'user_events_rollup_model'";
    sqlx::query_scalar(sql).fetch_one(pool).await.expect("the model")
}

#[tokio::test]
async fn a_database_goes_from_model_to_model_with_its_events_and_back() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([
        Entry::of::<first::UserEvent>(),
        Entry::of::<second::UserEvent>(),
        Entry::of::<third::UserEvent>(),
    ]);
    up(&folder, pool, 2).await;
    insert(pool, 1, 1, r#"{"type": "initialized", "email": "a"}"#).await.expect("an event");
    insert(pool, 1, 2, r#"{"type": "role_granted", "role": "admin"}"#).await.expect("an event");
    insert(pool, 1, 3, r#"{"type": "access_reviewed"}"#).await.expect("an event");
    insert(pool, 2, 1, r#"{"type": "initialized", "email": "b"}"#).await.expect("an event");
    let tier = r#"{"type": "tier_changed", "tier": 7}"#;
    assert!(insert(pool, 2, 2, tier).await.is_err());
    assert_eq!(
        rows(pool).await,
        [
            r#"{"id": 1, "role": "admin", "email": "a", "version": 3}"#,
            r#"{"id": 2, "role": null, "email": "b", "version": 1}"#,
        ]
    );
    up(&folder, pool, 3).await;
    insert(pool, 2, 2, tier).await.expect("an event");
    up(&folder, pool, 4).await;
    let last = [
        r#"{"id": 1, "role": null, "tier": null, "email": "a", "roles": 1, "version": 3}"#,
        r#"{"id": 2, "role": null, "tier": 7, "email": "b", "roles": 0, "version": 2}"#,
    ];
    assert_eq!(rows(pool).await, last);
    assert!(third::UserEvent::MODEL.contains(&format!("\"fingerprint\":\"{}\"", model(pool).await)));
    // Back, as far as the events allow.
    let migrator = migrator(&folder).await;
    migrator.undo(pool, 3).await.expect("the way back");
    // On a connection of its own, since sqlx keeps its lock when a migration fails.
    let mut connection = PgConnection::connect(database.url()).await.expect("a connection");
    let outcome = migrator.undo(&mut connection, 2).await;
    let error = outcome.expect_err("an event of the second model is stored").to_string();
    connection.close().await.expect("it is closed");
    assert!(
        error.contains("holds events of types that the new model does not know: tier_changed"),
        "{error}"
    );
    migrator.run(pool).await.expect("there again");
    assert_eq!(rows(pool).await, last);
    database.close().await;
}

#[tokio::test]
async fn a_column_that_can_be_empty_is_required_again_on_the_way_back() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<first::UserEvent>(), Entry::of::<cleared::UserEvent>()]);
    let migrator = migrator(&folder).await;
    migrator.run(pool).await.expect("both of them");
    insert(pool, 1, 1, r#"{"type": "initialized", "email": "a"}"#).await.expect("an event");
    insert(pool, 1, 2, r#"{"type": "address_removed"}"#).await.expect("an event");
    assert_eq!(rows(pool).await, [r#"{"id": 1, "role": null, "email": null, "version": 2}"#]);
    pool.execute("TRUNCATE user_events").await.expect("no event is left");
    migrator.undo(pool, 2).await.expect("the way back");
    let required = "SELECT attnotnull FROM pg_attribute WHERE attrelid = 'user_events_rollup'::regclass AND attname = 'email'";
    assert!(sqlx::query_scalar::<_, bool>(required).fetch_one(pool).await.expect("the column"));
    database.close().await;
}

#[tokio::test]
async fn a_rollup_without_events_is_changed_and_taken_back_too() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([
        Entry::of::<first::UserEvent>(),
        Entry::of::<second::UserEvent>(),
        Entry::of::<third::UserEvent>(),
        Entry::of::<without::UserEvent>(),
    ]);
    let migrator = migrator(&folder).await;
    migrator.run(pool).await.expect("all of them");
    migrator.undo(pool, 0).await.expect("back to nothing");
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_proc WHERE proname LIKE 'user_events%'")
        .fetch_one(pool)
        .await
        .expect("the catalog");
    assert_eq!(left, 0);
    migrator.run(pool).await.expect("all of them again");
    database.close().await;
}

/// The text of the migration with that number.
pub(crate) fn text(folder: &Folder, number: &str) -> String {
    let names = folder.names();
    let name = names.iter().find(|name| name.starts_with(number) && name.contains(".up.")).expect("a file");
    folder.read(name)
}

pub(crate) async fn refused(pool: &PgPool, sql: String) -> String {
    let mut transaction = pool.begin().await.expect("a transaction");
    let error = transaction.execute(AssertSqlSafe(sql)).await.expect_err("it is refused");
    let error = error.as_database_error().expect("the database refuses");
    format!("{}: {}", error.code().unwrap_or_default(), error.message())
}

#[tokio::test]
async fn a_migration_runs_once_and_from_its_own_model_only() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([
        Entry::of::<first::UserEvent>(),
        Entry::of::<second::UserEvent>(),
        Entry::of::<third::UserEvent>(),
    ]);
    pool.execute(EVENTS).await.expect("the event table");
    let rollup = "\"public\".\"user_events_rollup\"";
    assert_eq!(refused(pool, text(&folder, "0003")).await, format!("RU020: {rollup} is not installed"));
    pool.execute(AssertSqlSafe(text(&folder, "0002"))).await.expect("the first");
    let is_at = |number: &str| {
        let text = text(&folder, number);
        let line = text.lines().next().expect("a line").to_string();
        line.rsplit(' ').next().expect("a fingerprint").to_string()
    };
    let (first, second) = (is_at("0002"), is_at("0003"));
    assert_eq!(
        refused(pool, text(&folder, "0004")).await,
        format!("RU020: {rollup} is at the model {first}, but this migration starts from {second}")
    );
    pool.execute(AssertSqlSafe(text(&folder, "0003"))).await.expect("the second");
    assert_eq!(
        refused(pool, text(&folder, "0003")).await,
        format!("RU020: {rollup} is at the model {second} already")
    );
    // An installation of another model does not replace it either.
    assert!(refused(pool, text(&folder, "0002")).await.starts_with("RU020: "));
    database.close().await;
}

/// A transaction may have written rows before it changes their table: their deferred checks are pending.
#[tokio::test]
async fn a_rollup_is_changed_in_the_transaction_that_has_written_it() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<elsewhere::UserEvent>(), Entry::of::<third::UserEvent>()]);
    up(&folder, pool, 2).await;
    let events = "INSERT INTO user_events (id, sequence, event_type, event)
                  SELECT id, 1, '', jsonb_build_object('type', 'initialized', 'email', id::text) FROM generate_series(1, 3) AS id";
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction.execute(events).await.expect("good events");
    // Two rows have the same address for a moment, so that the check is left for later.
    let swap = "INSERT INTO user_events_rollup SELECT 9, 1, now(), now(), '1';
                DELETE FROM user_events_rollup WHERE id = 9";
    transaction.execute(swap).await.expect("the owner may do that");
    transaction.execute(AssertSqlSafe(text(&folder, "0003"))).await.expect("it is changed");
    transaction.commit().await.expect("it is committed");
    assert_eq!(rows(pool).await.len(), 3);
    database.close().await;
}

/// Tools that run statement by statement would otherwise go on after one that is refused.
#[tokio::test]
async fn a_change_is_a_single_statement() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<first::UserEvent>(), Entry::of::<second::UserEvent>()]);
    up(&folder, pool, 2).await;
    // A prepared statement is one, and it runs without a transaction around it.
    let sql = text(&folder, "0003");
    sqlx::query(AssertSqlSafe(sql.clone())).persistent(false).execute(pool).await.expect("one statement");
    assert_eq!(verdict::<second::UserEvent>(pool).await, Verdict::Ready);
    let again = sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(pool).await;
    assert!(again.expect_err("it has run").to_string().contains("already"));
    database.close().await;
}

#[tokio::test]
async fn a_column_on_which_something_of_somebody_depends_is_not_dropped() {
    let database = Database::create().await;
    let pool = database.pool();
    let folder = folder([Entry::of::<first::UserEvent>(), Entry::of::<without::UserEvent>()]);
    up(&folder, pool, 2).await;
    for (make, drop, shown) in [
        ("CREATE VIEW of_somebody AS SELECT role FROM user_events_rollup", "DROP VIEW of_somebody", "rule"),
        ("CREATE INDEX of_somebody ON user_events_rollup (role)", "DROP INDEX of_somebody", "index"),
        (
            "CREATE POLICY of_somebody ON user_events_rollup USING (role <> 'x')",
            "DROP POLICY of_somebody ON user_events_rollup",
            "policy",
        ),
    ] {
        pool.execute(make).await.expect("it is made");
        let message = refused(pool, text(&folder, "0003")).await;
        assert!(message.starts_with("RU020: ") && message.contains(shown), "{message}");
        assert!(
            message.ends_with(
                "depends on a column of \"public\".\"user_events_rollup\" that the migration drops"
            ),
            "{message}"
        );
        pool.execute(drop).await.expect("it is dropped");
    }
    up(&folder, pool, 3).await;
    database.close().await;
}

/// As in production: what an installation and a change leave to be filled, a second connection fills, and the next migration
/// waits for that.
#[tokio::test]
async fn rows_that_a_tool_leaves_to_be_filled_are_filled_by_hand() {
    let database = Database::create().await;
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(database.pool()).await.expect("a name");
    let limit = format!("ALTER DATABASE \"{name}\" SET es_rollup.history_limit = 2");
    database.pool().execute(AssertSqlSafe(limit)).await.expect("it is set");
    let pool = PgPool::connect(database.url()).await.expect("connections with the setting");
    let folder = folder([
        Entry::of::<first::UserEvent>(),
        Entry::of::<second::UserEvent>(),
        Entry::of::<third::UserEvent>(),
    ]);
    up(&folder, &pool, 1).await;
    for id in 1..=4 {
        insert(&pool, id, 1, r#"{"type": "initialized", "email": "a"}"#)
            .await
            .expect("nobody looks at it yet");
        insert(&pool, id, 2, r#"{"type": "role_granted", "role": "admin"}"#).await.expect("likewise");
    }
    up(&folder, &pool, 2).await;
    assert_eq!(verdict::<first::UserEvent>(&pool).await, Verdict::Filling { changes: vec![] });
    pool.execute("ALTER FUNCTION user_events_rollup_at STRICT").await.expect("it is altered");
    let otherwise = Box::new(Verdict::Filling { changes: vec![] });
    let functions = vec!["public.user_events_rollup_at".to_string()];
    assert_eq!(verdict::<first::UserEvent>(&pool).await, Verdict::Edited { functions, otherwise });
    pool.execute("ALTER FUNCTION user_events_rollup_at CALLED ON NULL INPUT").await.expect("it is as before");
    assert_eq!(rows(&pool).await, [""; 0]);
    let fill = "CALL user_events_rollup_fill()";
    pool.execute(fill).await.expect("all fold");
    assert_eq!(verdict::<first::UserEvent>(&pool).await, Verdict::Ready);
    assert_eq!(rows(&pool).await.len(), 4);
    // Additive: nothing to fill.
    up(&folder, &pool, 3).await;
    assert_eq!(verdict::<second::UserEvent>(&pool).await, Verdict::Ready);
    up(&folder, &pool, 4).await;
    assert_eq!(verdict::<third::UserEvent>(&pool).await, Verdict::Filling { changes: vec![] });
    // For the program before, these rows are those of a compatible model.
    let older = verdict::<second::UserEvent>(&pool).await;
    assert!(matches!(&older, Verdict::Filling { changes } if !changes.is_empty()), "{older}");
    insert(&pool, 1, 3, r#"{"type": "access_reviewed"}"#).await.expect("an event");
    pool.execute("ALTER TABLE user_events DISABLE TRIGGER user_events_rollup").await.expect("it is disabled");
    assert_eq!(verdict::<third::UserEvent>(&pool).await, Verdict::TriggerOff);
    pool.execute("ALTER TABLE user_events ENABLE TRIGGER user_events_rollup").await.expect("it is enabled");
    pool.execute(fill).await.expect("all fold");
    assert_eq!(verdict::<third::UserEvent>(&pool).await, Verdict::Ready);
    assert_eq!(
        rows(&pool).await,
        [
            r#"{"id": 1, "role": null, "tier": null, "email": "a", "roles": 1, "version": 3}"#,
            r#"{"id": 2, "role": "admin", "tier": null, "email": "a", "roles": 1, "version": 2}"#,
            r#"{"id": 3, "role": "admin", "tier": null, "email": "a", "roles": 1, "version": 2}"#,
            r#"{"id": 4, "role": "admin", "tier": null, "email": "a", "roles": 1, "version": 2}"#,
        ]
    );
    pool.close().await;
    database.close().await;
}
