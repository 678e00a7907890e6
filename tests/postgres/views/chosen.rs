//! A single event that changes one row of a view: the trigger's function writes it, and leaves what is not ordinary to the
//! function that folds stored events.

mod races;
mod situations;

use crate::support::{event_table, refusal, run};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::postgres::PgDatabaseError;
use sqlx::{Executor as _, PgConnection};

/// Books on a shelf, with an event for everything that can happen to a row.
macro_rules! shelves {
    ($name:ident $(, $option:meta)*) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[rollup(events = "shelf_events", id = i64 $(, $option)*)]
        #[rollup(view(books, key(book)))]
        enum $name {
            #[rollup(create)]
            Built,
            #[rollup(books(create))]
            Bought {
                book: String,
                #[rollup(books(set))]
                title: String,
            },
            #[rollup(books(add, count = "times"))]
            Found { book: String },
            #[rollup(books(count = "times"))]
            Lent { book: String },
            Counted {
                book: String,
                #[rollup(books(increment = "times"))]
                by: i64,
            },
            #[rollup(books(remove))]
            Missed { book: String },
            #[rollup(books(delete))]
            Sold { book: String },
        }
    };
}

shelves!(ShelfEvent);
shelves!(ShelfRowEvent, trigger = "row");

/// The migrations of both.
const fn forms() -> [&'static str; 2] {
    [ShelfEvent::MIGRATION_SQL, ShelfRowEvent::MIGRATION_SQL]
}

/// Shelf 1 with one book, "a".
async fn shelves(migration: &str) -> Database {
    let database = Database::create().await;
    run(database.pool(), &event_table("shelf_events", "bigint")).await.expect("the event table is made");
    run(database.pool(), migration).await.expect("the migration is applied");
    let mut connection = database.pool().acquire().await.expect("a connection");
    for (sequence, event) in (1..).zip([built(), bought("a")]) {
        insert(&mut connection, sequence, event).await.expect("a good event");
    }
    drop(connection);
    database
}

fn built() -> Value {
    json!({"type": "built"})
}

fn bought(book: &str) -> Value {
    json!({"type": "bought", "book": book, "title": "T"})
}

fn of(what: &str, book: &str) -> Value {
    json!({"type": what, "book": book})
}

/// Inserts an event of shelf 1 in a statement of its own.
async fn insert(connection: &mut PgConnection, sequence: i32, event: Value) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO shelf_events (id, sequence, event_type, event, recorded_at)
         VALUES (1, $1, $2 ->> 'type', $2, timestamptz '2026-01-01 00:00:00Z' + $1 * interval '1 second')",
    )
    .bind(sequence)
    .bind(event)
    .execute(connection)
    .await
    .map(drop)
}

/// The rows of the view: book, version, title, times.
async fn books(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT format('%s v%s %s %s', book, version, coalesce(title, '-'), times)
         FROM shelf_events_rollup_books ORDER BY book COLLATE \"C\"",
    )
    .fetch_all(connection)
    .await
    .expect("the rows are read")
}

/// How often the transaction has called the function that folds stored events.
async fn calls(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_xact_user_functions WHERE funcname LIKE '%\\_put'",
    )
    .fetch_one(connection)
    .await
    .expect("the calls are counted")
}

/// How many entities differ from their events.
async fn differences(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM shelf_events_rollup_verify(NULL, NULL)")
        .fetch_one(connection)
        .await
        .expect("the rollup is compared with the events")
}

/// Shelf 1 with rows of every kind of event, each in a statement of its own.
const BOOKS: [&str; 2] = ["a v6 T 2", "c v7 - 6"];

fn every_kind() -> [Value; 9] {
    [
        bought("b"),
        of("found", "c"),
        of("found", "a"),
        of("lent", "a"),
        json!({"type": "counted", "book": "c", "by": 5}),
        bought("d"),
        of("missed", "d"),
        of("missed", "d"),
        of("sold", "b"),
    ]
}

#[tokio::test]
async fn single_events_are_written_without_reading_them_again() {
    for migration in forms() {
        let database = shelves(migration).await;
        let mut transaction = database.pool().begin().await.expect("a transaction");
        let counts = transaction.execute("SAVEPOINT before; SET LOCAL track_functions = 'pl'").await.is_ok();
        if !counts {
            println!("not counted: only a superuser may count calls of functions");
            transaction.execute("ROLLBACK TO before").await.expect("as it was");
        }
        let events = every_kind();
        let next = i32::try_from(events.len()).expect("a few") + 3;
        for (sequence, event) in (3..).zip(events) {
            insert(&mut transaction, sequence, event).await.expect("a good event");
        }
        assert_eq!(books(&mut transaction).await, BOOKS);
        // Whether a row is there that is to be removed, the statement does not say.
        assert_eq!(calls(&mut transaction).await, i64::from(counts));
        // What somebody puts on the table may look up names, so it does not run under the session's search path.
        transaction
            .execute(
                "CREATE FUNCTION looked_at() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
                 CREATE TRIGGER looked_at AFTER UPDATE ON shelf_events_rollup_books
                 FOR EACH ROW EXECUTE FUNCTION looked_at()",
            )
            .await
            .expect("the owner may do that");
        insert(&mut transaction, next, of("lent", "a")).await.expect("a good event");
        assert_eq!(calls(&mut transaction).await, 2 * i64::from(counts));
        assert_eq!(differences(&mut transaction).await, 0);
        transaction.commit().await.expect("it commits");
        database.close().await;
    }
}

#[tokio::test]
async fn a_single_event_that_does_not_fit_its_row_is_refused_by_name_and_leaves_nothing() {
    for migration in forms() {
        let database = shelves(migration).await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        insert(&mut connection, 3, of("lent", "a")).await.expect("a good event");
        for (event, code, column) in [
            (bought("a"), "RU014", None),
            (of("lent", "b"), "RU013", None),
            (of("sold", "b"), "RU013", None),
            (json!({"type": "counted", "book": "a", "by": i64::MAX}), "RU012", Some("times")),
            (json!({"type": "bought", "book": "b", "title": 1}), "RU010", Some("title")),
            (json!({"type": "bought", "book": "b"}), "RU008", Some("title")),
            (json!({"type": "bought", "book": null, "title": "T"}), "RU009", Some("book")),
            (json!({"type": "missed", "book": 1}), "RU010", Some("book")),
        ] {
            let refused: PgDatabaseError = refusal(insert(&mut connection, 4, event.clone()).await);
            assert_eq!(refused.code(), code, "{event}: {refused}");
            assert_eq!(refused.table(), Some("shelf_events_rollup_books"), "{event}: {refused}");
            assert_eq!(refused.column(), column, "{event}: {refused}");
            assert_eq!(books(&mut connection).await, ["a v3 T 1"], "{event}");
            assert_eq!(differences(&mut connection).await, 0, "{event}");
        }
        drop(connection);
        database.close().await;
    }
}

/// Somebody takes an event back behind the trigger's back, and sets back the entity's row but not those of the view.
#[tokio::test]
async fn a_single_event_is_not_folded_into_a_row_that_is_ahead_of_it() {
    for migration in forms() {
        for event in [of("lent", "a"), of("found", "a")] {
            let database = shelves(migration).await;
            let mut connection = database.pool().acquire().await.expect("a connection");
            insert(&mut connection, 3, event.clone()).await.expect("a good event");
            run(
                database.pool(),
                "ALTER TABLE shelf_events DISABLE TRIGGER USER;
                 DELETE FROM shelf_events WHERE sequence = 3;
                 ALTER TABLE shelf_events ENABLE TRIGGER USER;
                 UPDATE shelf_events_rollup SET version = 2",
            )
            .await
            .expect("the owner may do that");
            let refused = refusal(insert(&mut connection, 3, event.clone()).await);
            assert_eq!(refused.code(), "55000", "{refused}");
            assert_eq!(books(&mut connection).await, ["a v3 T 1"]);
            run(database.pool(), "SELECT shelf_events_rollup_rebuild(NULL)").await.expect("it is rebuilt");
            assert_eq!(books(&mut connection).await, ["a v2 T 0"]);
            insert(&mut connection, 3, event).await.expect("a good event");
            assert_eq!(books(&mut connection).await, ["a v3 T 1"]);
            drop(connection);
            database.close().await;
        }
    }
}
