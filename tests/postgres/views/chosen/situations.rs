//! Single events of views under any search path, beside what others put on the view, behind policies, and where somebody
//! has set an entity back.

use super::{BOOKS, books, bought, built, differences, every_kind, forms, insert, of, shelves};
use crate::paths::prepare;
use crate::security::{acting, execute, forget, with_role};
use crate::support::{event_table, refusal, run};
use es_rollup_test_server::Database;
use sqlx::Executor as _;

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
