//! Guarantees about the databases that tests get.

use es_rollup_test_server::{Cluster, Database, needs_several_connections, server_line, several_connections};
use sqlx::{Connection as _, Executor as _, PgConnection};

#[tokio::test]
async fn a_database_serves_queries_and_is_gone_once_closed() {
    let database = Database::create().await;
    let sum: i32 = sqlx::query_scalar("SELECT 1 + 1").fetch_one(database.pool()).await.unwrap();
    assert_eq!(sum, 2);
    let url = database.url().to_owned();
    database.close().await;
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn a_separate_client_can_connect_by_the_url() {
    let database = Database::create().await;
    let mut connection = PgConnection::connect(database.url()).await.unwrap();
    let name: String =
        sqlx::query_scalar("SELECT current_database()").fetch_one(&mut connection).await.unwrap();
    assert!(database.url().contains(&format!("/{name}")));
    connection.close().await.unwrap();
    database.close().await;
}

#[tokio::test]
async fn two_databases_are_separate() {
    needs_several_connections!();
    let (one, other) = tokio::join!(Database::create(), Database::create());
    one.pool().execute("CREATE TABLE account (id bigint)").await.unwrap();
    let exists = "SELECT to_regclass('account') IS NOT NULL";
    assert!(sqlx::query_scalar::<_, bool>(exists).fetch_one(one.pool()).await.unwrap());
    assert!(!sqlx::query_scalar::<_, bool>(exists).fetch_one(other.pool()).await.unwrap());
}

#[tokio::test]
async fn consecutive_databases_are_separate() {
    for _ in 0..2 {
        let database = Database::create().await;
        // Fails if the database has been used before.
        database.pool().execute("CREATE TABLE account (id bigint)").await.unwrap();
        database.close().await;
    }
}

#[tokio::test]
async fn a_dropped_database_is_gone_even_if_it_is_still_in_use() {
    needs_several_connections!();
    let database = Database::create().await;
    let url = database.url().to_owned();
    let _busy = database.pool().acquire().await.unwrap();
    drop(database);
    assert!(PgConnection::connect(&url).await.is_err());
}

#[tokio::test]
async fn after_a_database_is_dropped_the_next_one_can_be_used() {
    for _ in 0..2 {
        let database = Database::create().await;
        database.pool().execute("CREATE TABLE account (id bigint)").await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_has_several_connections_if_the_server_accepts_them() {
    needs_several_connections!();
    let database = Database::create().await;
    let mut one = database.pool().begin().await.unwrap();
    let mut other = database.pool().begin().await.unwrap();
    let pids = [
        sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()").fetch_one(&mut *one).await.unwrap(),
        sqlx::query_scalar::<_, i32>("SELECT pg_backend_pid()").fetch_one(&mut *other).await.unwrap(),
    ];
    assert_ne!(pids[0], pids[1]);
}

#[tokio::test]
async fn the_line_names_the_version_and_the_source_of_the_server() {
    let line = server_line().await;
    let (version, origin) = line.strip_prefix("PostgreSQL ").unwrap().split_once(", ").unwrap();
    assert!(version.starts_with(|c: char| c.is_ascii_digit()), "{line}");
    assert_eq!(several_connections(), !origin.contains("one connection at a time"), "{line}");
}

#[tokio::test]
async fn a_cluster_that_is_killed_starts_again_with_what_was_committed() {
    let Some(mut cluster) = Cluster::start(&[("synchronous_commit", "on")]) else {
        println!("not run: there are no server programs on this machine");
        return;
    };
    let url = cluster.url("postgres");
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("CREATE TABLE account (id bigint)").await.unwrap();
    let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
    cluster.kill(pid);
    while connection.execute("SELECT").await.is_ok() {}
    assert!(PgConnection::connect(&url).await.is_err());
    cluster.start_again();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    connection.execute("INSERT INTO account VALUES (7)").await.unwrap();

    let pid = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut connection).await.unwrap();
    cluster.kill_session(pid);
    // The server restarts by itself. Until it ends the other sessions, it can still take a new one.
    while connection.execute("SELECT").await.is_ok() {}
    let stored = async || {
        let mut connection = PgConnection::connect(&url).await?;
        sqlx::query_scalar::<_, i64>("SELECT id FROM account").fetch_one(&mut connection).await
    };
    let id = loop {
        if let Ok(id) = stored().await {
            break id;
        }
    };
    assert_eq!(id, 7);
}
