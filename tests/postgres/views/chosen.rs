//! A single event that changes one row of a view: the trigger's function writes it, and leaves what is not ordinary to the
//! function that folds stored events.

use crate::paths::prepare;
use crate::security::{acting, execute, forget, with_role};
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

#[tokio::test]
async fn single_events_are_written_alike_under_any_search_path() {
    for migration in forms() {
        let database = shelves(migration).await;
        prepare(database.pool(), "shelf_events").await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        for (sequence, event) in (3..).zip(every_kind()) {
            insert(&mut connection, sequence, event).await.expect("a good event");
        }
        assert_eq!(books(&mut connection).await, BOOKS);
        assert_eq!(differences(&mut connection).await, 0);
        drop(connection);
        database.close().await;
    }
}

/// A check of a domain runs even where a statement leaves its column out.
#[tokio::test]
async fn what_others_put_on_a_view_runs_under_a_search_path_of_postgresqls_own() {
    for migration in forms() {
        let database = shelves(migration).await;
        let pool = database.pool();
        prepare(pool, "shelf_events").await;
        // It does not pin its search path, as what people write seldom does.
        let is_short =
            "CREATE FUNCTION public.is_short(title text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
            'BEGIN RETURN length(title) < 100; END'";
        run(pool, is_short).await.expect("the function is made");
        let ways = [
            "CREATE DOMAIN short AS text CHECK (is_short(coalesce(VALUE, '')));
             ALTER TABLE shelf_events_rollup_books ADD remark short",
            "ALTER TABLE shelf_events_rollup_books DROP remark;
             ALTER TABLE shelf_events_rollup_books ALTER title TYPE short",
            "ALTER TABLE shelf_events_rollup_books ALTER title TYPE text;
             CREATE INDEX short ON shelf_events_rollup_books ((book::short))",
            "DROP INDEX short; ALTER TABLE shelf_events_rollup_books ADD CHECK (is_short(book))",
        ];
        let mut connection = pool.acquire().await.expect("a connection");
        let mut next = 3;
        for way in ways {
            run(pool, way).await.unwrap_or_else(|error| panic!("{way}: {error}"));
            for event in [bought("b"), of("found", "c"), of("lent", "b"), of("sold", "b")] {
                let taken = insert(&mut connection, next, event).await;
                taken.unwrap_or_else(|error| panic!("{way}: {error}"));
                next += 1;
            }
        }
        assert_eq!(differences(&mut connection).await, 0);
        drop(connection);
        database.close().await;
    }
}

/// The owner of the rollup, to whom no policy of the view applies, is not that of the view any more.
#[tokio::test]
async fn a_row_that_a_policy_hides_is_an_error_and_stays() {
    for migration in forms() {
        let database = Database::create().await;
        let grants = "GRANT USAGE, CREATE ON SCHEMA public TO app;";
        with_role(database, grants, move |pool, app| async move {
            let mut connection = acting(&pool, &app).await;
            execute(&mut connection, &event_table("shelf_events", "bigint")).await.expect("the event table");
            execute(&mut connection, migration).await.expect("the migration is applied");
            for (sequence, event) in (1..).zip([built(), bought("a")]) {
                insert(&mut connection, sequence, event).await.expect("a good event");
            }
            let others = format!(
                "ALTER TABLE shelf_events_rollup_books OWNER TO CURRENT_USER;
                 GRANT ALL ON shelf_events_rollup_books TO {app};
                 ALTER TABLE shelf_events_rollup_books ENABLE ROW LEVEL SECURITY",
            );
            run(&pool, &others).await.expect("a superuser may do that");
            for what in ["lent", "missed", "found"] {
                let error = refusal(insert(&mut connection, 3, of(what, "a")).await);
                assert_eq!(error.code(), "42501", "{what}: {error}");
            }
            // One that shows all rows may run anything.
            let shown = "CREATE POLICY shown ON shelf_events_rollup_books USING (true) WITH CHECK (true)";
            run(&pool, shown).await.expect("the owner may do that");
            let error = refusal(insert(&mut connection, 3, of("lent", "a")).await);
            assert_eq!(error.code(), "42501", "{error}");
            run(&pool, "ALTER TABLE shelf_events_rollup_books DISABLE ROW LEVEL SECURITY")
                .await
                .expect("the owner may do that");
            assert_eq!(books(&mut connection).await, ["a v2 T 0"]);
            insert(&mut connection, 3, of("missed", "a")).await.expect("the event can come again");
            assert_eq!(books(&mut connection).await, [""; 0]);
            forget(connection).await;
        })
        .await;
    }
}

/// Somebody sets an entity back to before its first event.
#[tokio::test]
async fn a_stream_that_begins_anew_keeps_no_rows_of_before() {
    for migration in forms() {
        let database = shelves(migration).await;
        let mut connection = database.pool().acquire().await.expect("a connection");
        run(
            database.pool(),
            "ALTER TABLE shelf_events DISABLE TRIGGER USER; DELETE FROM shelf_events;
             ALTER TABLE shelf_events ENABLE TRIGGER USER; UPDATE shelf_events_rollup SET version = 0",
        )
        .await
        .expect("the owner may do that");
        insert(&mut connection, 1, of("found", "b")).await.expect("the row is there");
        assert_eq!(books(&mut connection).await, ["b v1 - 1"]);
        drop(connection);
        database.close().await;
    }
}

#[tokio::test]
async fn a_session_that_refuses_hidden_variables_applies_and_folds() {
    for migration in forms() {
        let database = Database::create().await;
        let pool = database.pool();
        run(pool, &event_table("shelf_events", "bigint")).await.expect("the event table is made");
        let strict = "SET LOCAL plpgsql.extra_errors = 'all';";
        run(pool, &format!("{strict}{migration}")).await.expect("the migration is applied");
        for (sequence, event) in (1..).zip([built(), bought("a"), of("lent", "a"), of("sold", "a")]) {
            let mut transaction = pool.begin().await.expect("a transaction");
            transaction.execute(strict).await.expect("anybody may set this");
            insert(&mut transaction, sequence, event).await.expect("a good event");
            transaction.commit().await.expect("it commits");
        }
        database.close().await;
    }
}
