//! Rows of views for other roles, behind row level security, after a dump, and in a table that its owner has altered.

use super::cart::{self, added, created, ended, noted};
use super::{EVENTS, everything_in, run};
use crate::restoring::Programs;
use crate::security::{acting, execute, forget, with_role};
use crate::support::refusal;
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Table, Trigger, View};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection};

/// Carts with items and a history.
fn model(trigger: Trigger) -> Model {
    let mut model = cart::model(trigger);
    model.history = Some(View::history(&model.root, Table::parse("carts_history")));
    model
}

fn migration(trigger: Trigger) -> String {
    let model = model(trigger);
    emit::text(&model, emit::migration(&model))
}

/// Inserts an event of a cart.
async fn insert(connection: &mut PgConnection, cart: i64, sequence: i32, event: Value) -> sqlx::Result<()> {
    sqlx::query(
        "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
         VALUES ($1, $2, $3 ->> 'type', $3, '2026-01-01 00:00:00Z')",
    )
    .bind(cart)
    .bind(sequence)
    .bind(event)
    .execute(connection)
    .await
    .map(drop)
}

async fn items(connection: &mut PgConnection) -> Vec<String> {
    let sql = "SELECT concat_ws(' ', id, item, version, price, notes) FROM carts_items ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(connection).await.expect("the rows are read")
}

#[tokio::test]
async fn a_role_needs_no_right_but_to_insert_events_and_gets_no_other() {
    for trigger in Trigger::ALL {
        let database = Database::create().await;
        run(database.pool(), EVENTS).await.expect("the event table is made");
        run(database.pool(), &migration(trigger)).await.expect("the migration is applied");
        let grants = "GRANT INSERT ON cart_events TO app; GRANT SELECT ON carts, carts_items TO app;";
        with_role(database, grants, |pool, app| async move {
            let mut connection = acting(&pool, &app).await;
            insert(&mut connection, 1, 1, created()).await.expect("a good event");
            insert(&mut connection, 1, 2, added("a", 5)).await.expect("a good event");
            insert(&mut connection, 1, 3, noted("a")).await.expect("a good event");
            assert_eq!(items(&mut connection).await, ["1 a 3 5 1"]);
            for forbidden in [
                "UPDATE carts_items SET notes = 7",
                "DELETE FROM carts_items",
                "SELECT * FROM carts_history",
                "SELECT carts_put('{1}', '{0}', '{3}', false)",
                "SELECT carts_items_guarded('carts_items')",
            ] {
                let error = refusal(execute(&mut connection, forbidden).await);
                assert_eq!(error.code(), "42501", "{forbidden}: {error}");
            }
            forget(connection).await;
        })
        .await;
    }
}

/// What a policy hides from the owner too would be missing from the rows.
#[tokio::test]
async fn forced_row_level_security_on_a_table_is_an_error_and_leaves_nothing() {
    for table in ["carts_items", "carts_history"] {
        let database = Database::create().await;
        let grants = "GRANT USAGE, CREATE ON SCHEMA public TO app;";
        with_role(database, grants, move |pool, app| async move {
            let mut connection = acting(&pool, &app).await;
            execute(&mut connection, EVENTS).await.expect("the event table is made");
            execute(&mut connection, &migration(Trigger::Statement)).await.expect("the migration is applied");
            insert(&mut connection, 1, 1, created()).await.expect("a good event");
            insert(&mut connection, 1, 2, added("a", 5)).await.expect("a good event");
            let forced = |word| {
                format!(
                    "ALTER TABLE {table} {word} ROW LEVEL SECURITY; ALTER TABLE {table} {} ROW LEVEL SECURITY",
                    if word == "ENABLE" { "FORCE" } else { "NO FORCE" }
                )
            };
            execute(&mut connection, &forced("ENABLE")).await.expect("the owner may do that");
            let error = refusal(insert(&mut connection, 1, 3, noted("a")).await);
            assert_eq!(error.code(), "42501", "{table}: {error}");
            execute(&mut connection, &forced("DISABLE")).await.expect("the owner may do that");
            assert_eq!(items(&mut connection).await, ["1 a 2 5 0"]);
            insert(&mut connection, 1, 3, noted("a")).await.expect("the event can come again");
            assert_eq!(items(&mut connection).await, ["1 a 3 5 1"]);
            forget(connection).await;
        })
        .await;
    }
}

/// A database with the tables and no events.
async fn empty() -> Database {
    let database = Database::create().await;
    run(database.pool(), EVENTS).await.expect("the event table is made");
    run(database.pool(), &migration(Trigger::Statement)).await.expect("the migration is applied");
    database
}

/// Inserts events of a cart with items, and of one that has ended.
async fn fill(database: &Database) {
    let mut connection = database.pool().acquire().await.expect("a connection");
    for (sequence, event) in (1..).zip([created(), added("a", 5), noted("a"), added("b", 1)]) {
        insert(&mut connection, 1, sequence, event).await.expect("a good event");
    }
    insert(&mut connection, 2, 1, created()).await.expect("a good event");
    insert(&mut connection, 2, 2, ended()).await.expect("a good event");
}

/// All tables that follow from the events have names that begin with the rollup's.
#[tokio::test]
async fn data_alone_is_restored_without_the_tables_that_follow_from_the_events() {
    needs_several_connections!();
    let database = empty().await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    fill(&database).await;
    let dump = programs.dump(&database, &["-Fc", "--data-only", "--exclude-table-data=public.carts*"]);
    let restored = empty().await;
    programs.restore(&restored, &dump, &["--data-only"]).expect("it is restored");
    assert_eq!(everything_in(restored.pool()).await, everything_in(database.pool()).await);
    let changed = "SELECT carts_rebuild(NULL)";
    let changed: i64 = sqlx::query_scalar(changed).fetch_one(restored.pool()).await.expect("rebuilt");
    assert_eq!(changed, 0, "the history is there too");
    restored.close().await;
    // Leaving out the rollup alone is not enough.
    let dump = programs.dump(&database, &["-Fc", "--data-only", "--exclude-table-data=public.carts"]);
    let restored = empty().await;
    programs.restore(&restored, &dump, &["--data-only"]).expect_err("the rows are there twice");
    restored.close().await;
    database.close().await;
}

#[tokio::test]
async fn rows_are_restored_from_a_dump_and_go_on() {
    needs_several_connections!();
    let database = empty().await;
    let Some(programs) = Programs::find(&database).await else { return database.close().await };
    fill(&database).await;
    for form in [&[][..], &["-Fc"], &["--inserts", "--no-comments"]] {
        let dump = programs.dump(&database, form);
        let restored = Database::create().await;
        programs.restore(&restored, &dump, &[]).expect("it is restored");
        assert_eq!(everything_in(restored.pool()).await, everything_in(database.pool()).await);
        let mut connection = restored.pool().acquire().await.expect("a connection");
        insert(&mut connection, 1, 5, noted("a")).await.expect("a good event");
        assert_eq!(items(&mut connection).await, ["1 a 5 5 2", "1 b 4 1 0"]);
        let changed = "SELECT carts_rebuild(NULL)";
        let changed: i64 = sqlx::query_scalar(changed).fetch_one(&mut *connection).await.expect("rebuilt");
        assert_eq!(changed, 0);
        drop(connection);
        run(restored.pool(), &migration(Trigger::Statement)).await.expect("applied again");
        let model = model(Trigger::Statement);
        run(restored.pool(), &emit::text(&model, emit::revert(&model))).await.expect("reverted");
        restored.close().await;
    }
    database.close().await;
}

/// A session has plans of the tables as they were.
#[tokio::test]
async fn columns_that_the_owner_adds_keep_their_values_in_open_sessions() {
    for trigger in Trigger::ALL {
        let database = Database::create().await;
        run(database.pool(), EVENTS).await.expect("the event table is made");
        run(database.pool(), &migration(trigger)).await.expect("the migration is applied");
        let mut connection = database.pool().acquire().await.expect("a connection");
        for (sequence, event) in (1..).zip([created(), added("a", 5), noted("a")]) {
            insert(&mut connection, 1, sequence, event).await.expect("a good event");
        }
        for altered in [
            "ALTER TABLE carts_items ADD COLUMN gone text",
            "ALTER TABLE carts_items ADD COLUMN remark text DEFAULT 'ours'",
            "ALTER TABLE carts_items DROP COLUMN gone",
            "ALTER TABLE carts_history ADD COLUMN remark text DEFAULT 'kept'",
        ] {
            run(database.pool(), altered).await.expect("the owner may do that");
        }
        insert(&mut connection, 1, 4, noted("a")).await.expect("a good event");
        insert(&mut connection, 1, 5, added("b", 1)).await.expect("a good event");
        assert_eq!(items(&mut connection).await, ["1 a 4 5 2", "1 b 5 1 0"]);
        for (sql, count) in [
            ("SELECT count(*) FROM carts_items WHERE remark = 'ours'", 2),
            ("SELECT count(*) FROM carts_history WHERE remark = 'kept'", 5),
        ] {
            let found: i64 =
                sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut *connection).await.expect("counted");
            assert_eq!(found, count, "{sql}");
        }
        drop(connection);
        database.close().await;
    }
}
