//! A change that does not get its locks says which processes have them.

use crate::changing::without_notes;
use crate::support::run;
use crate::views::EVENTS;
use crate::views::cart;
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::Trigger;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// A session that holds a lock on the event table.
async fn holder(options: &PgConnectOptions, mode: &str) -> (PgConnection, i32) {
    let mut connection = PgConnection::connect_with(options).await.expect("a connection");
    let lock = format!("BEGIN; LOCK TABLE cart_events IN {mode} MODE");
    connection.execute(AssertSqlSafe(lock)).await.expect("a lock");
    let process = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await;
    (connection, process.expect("a number"))
}

#[tokio::test]
async fn a_change_names_the_processes_that_are_in_its_way_and_none_of_a_copied_database() {
    needs_several_connections!();
    let (database, other) = (Database::create().await, Database::create().await);
    let [old, new] = [without_notes(cart::model(Trigger::Statement)), cart::model(Trigger::Statement)];
    run(database.pool(), EVENTS).await.expect("the event table is made");
    run(database.pool(), &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    database.pool().close().await;
    let options: PgConnectOptions = database.url().parse().expect("a URL");
    let name = options.get_database().expect("a name").to_string();
    let copied = format!("CREATE DATABASE {name}_copy TEMPLATE {name}");
    other.pool().execute(AssertSqlSafe(copied)).await.expect("it is copied");

    let (writer, process) = holder(&options, "ROW EXCLUSIVE").await;
    // The tables have the same numbers there.
    let (elsewhere, _) =
        holder(&options.clone().database(&format!("{name}_copy")), "SHARE UPDATE EXCLUSIVE").await;
    let mut connection = PgConnection::connect_with(&options).await.expect("a connection");
    let change = evolve::migration(&old, &new).expect("a change");
    let change = format!("SET es_rollup.patience = '300 ms';\n{change}");
    let error = connection.execute(AssertSqlSafe(change)).await.expect_err("it gives up");
    let error = error.as_database_error().expect("the database refuses");
    let expected = format!(
        "the event table and the rollup could not be locked in 300 ms; processes that use them: {process}"
    );
    assert_eq!((error.code().as_deref(), error.message()), (Some("RU020"), expected.as_str()));
    for connection in [writer, elsewhere, connection] {
        connection.close().await.expect("it closes");
    }
    let dropped = format!("DROP DATABASE {name}_copy");
    other.pool().execute(AssertSqlSafe(dropped)).await.expect("it is dropped");
    other.close().await;
    database.close().await;
}
