//! `fill` fills what a migration has left for later, however often it is interrupted.

use crate::place::{Place, Ran, interrupt, models};
use es_rollup_core::evolve;
use es_rollup_core::model::Constraint;
use es_rollup_test_server::needs_several_connections;
use insta::assert_snapshot;
use sqlx::Executor as _;
use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

const LEFT: &str = "SELECT count(*) FROM orders_es_todo WHERE id IS NOT NULL";

#[tokio::test]
async fn an_interrupted_fill_goes_on() {
    needs_several_connections!();
    let place = Place::filling(1_500).await;
    let child = place.started(&["fill", "--batch", "60"]);
    // It has listed the entities and filled some.
    let some = "SELECT count(*) FROM orders_es_done";
    while place.number(some).await < 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let ran = interrupt(child);
    assert_snapshot!(ran.shown());
    let left = place.number(LEFT).await;
    assert!(left > 0 && left < 1_500, "{left}");
    // The server takes a moment to end a session, but nothing goes on there.
    let begun = Instant::now();
    let sessions = "SELECT count(*) FROM pg_stat_activity
        WHERE application_name = 'es-rollup' AND datname = current_database()";
    while place.number(sessions).await > 0 {
        assert!(begun.elapsed() < Duration::from_secs(10), "a session is left");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(place.number(LEFT).await, left);

    assert_snapshot!(place.run(&["fill", "--batch", "100000"]).shown());
    assert_eq!(place.number("SELECT sum(paid)::bigint FROM orders").await, 1_500 * 150);
    assert_snapshot!(place.run(&["fill"]).shown());
}

/// Orders after a change that adds an index, of which nothing is filled yet.
async fn with_an_index_to_come() -> Place {
    let place = Place::with_orders(30).await;
    let [old, mut new] = models();
    let columns = vec!["paid".into()];
    new.root.constraints.push(Constraint::Index { name: "orders_by_paid".into(), columns });
    let change = evolve::migration(&old, &new).expect("a change");
    place.sql(&format!("SET LOCAL es_rollup.history_limit = 1;\n{change}")).await;
    place
}

/// The index once its build has finished.
const VALID: &str =
    "SELECT indexrelid::bigint FROM pg_index WHERE indexrelid = 'orders_by_paid'::regclass AND indisvalid";

#[tokio::test]
async fn an_index_that_a_change_adds_is_built_before_rows_are_filled() {
    needs_several_connections!();
    let place = with_an_index_to_come().await;
    // What is something else is refused before any row is filled.
    place.sql("CREATE INDEX orders_by_paid ON orders (paid DESC)").await;
    assert_snapshot!(place.run(&["fill"]).shown());
    assert_eq!(place.number("SELECT count(*) FROM orders_es_done").await, 0);
    place.sql("DROP INDEX orders_by_paid").await;
    // Another session is at work on it, and is interrupted.
    let mut long = place.database.pool().begin().await.expect("a transaction");
    long.execute("LOCK TABLE orders IN ROW EXCLUSIVE MODE").await.expect("a build waits for it");
    let child = place.started(&["fill"]);
    let builds = "SELECT count(*) FROM pg_stat_progress_create_index WHERE datname = current_database()";
    let begun = Instant::now();
    while place.number(builds).await == 0 {
        assert!(begun.elapsed() < Duration::from_secs(20), "nothing is built");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let other = place.started(&["fill"]);
    let ran = interrupt(child);
    assert_eq!(ran.code, Some(4), "{}", ran.shown());
    long.commit().await.expect("it ends");
    let ran = Ran::of(&other.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert_eq!(place.number("SELECT sum(paid)::bigint FROM orders").await, 30 * 150);
    assert_ne!(place.number(VALID).await, 0);
}

#[tokio::test]
async fn an_index_whose_build_was_cancelled_is_built_again() {
    needs_several_connections!();
    let place = with_an_index_to_come().await;
    place
        .sql(
            "CREATE INDEX orders_by_paid ON orders (paid);
             UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'orders_by_paid'::regclass",
        )
        .await;
    let left = place.number("SELECT 'orders_by_paid'::regclass::oid::bigint").await;
    let ran = place.run(&["fill"]);
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
    assert!(ran.err.contains("building the index \"public\".\"orders_by_paid\"\n"), "{}", ran.shown());
    assert_ne!(place.number(VALID).await, left);
    assert_eq!(place.number("SELECT sum(paid)::bigint FROM orders").await, 30 * 150);
}

#[tokio::test]
async fn entities_that_do_not_fold_are_listed() {
    needs_several_connections!();
    let place = Place::with_orders(30).await;
    place
        .sql("UPDATE order_events SET event = '{\"type\": \"paid\"}' WHERE id IN (7, 9) AND sequence = 3")
        .await;
    place.change().await;
    assert_snapshot!(place.run(&["fill"]).shown());
    assert_snapshot!(place.run(&["status"]).shown());
    let json: serde_json::Value =
        serde_json::from_str(&place.run(&["fill", "--json"]).out).expect("it is JSON");
    assert_eq!(json["rollups"][0]["refused"][1]["id"], "9");
    place.sql("UPDATE order_events SET event = '{\"type\": \"paid\", \"cents\": 1}' WHERE NOT event ? 'cents' AND event ->> 'type' = 'paid'").await;
    assert_snapshot!(place.run(&["fill"]).shown());
}

#[tokio::test]
async fn a_fill_whose_session_is_ended_goes_on() {
    needs_several_connections!();
    let place = Place::filling(1_000).await;
    let child = place.started(&["fill", "--batch", "60"]);
    while place.number("SELECT count(*) FROM orders_es_done").await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    place
        .sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CALL%'")
        .await;
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert_snapshot!(ran.shown());
    assert_eq!(place.run(&["fill", "--batch", "100000"]).code, Some(0));
}

#[tokio::test]
async fn a_fill_waits_for_who_is_in_its_way() {
    needs_several_connections!();
    let place = Place::filling(10).await;
    place
        .sql("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET lock_timeout = 50', current_database()); END $$")
        .await;
    let mut other = place.database.pool().begin().await.expect("a transaction");
    other.execute("LOCK TABLE orders_es_todo").await.expect("the list is locked");
    let mut child = place.started(&["fill"]);
    let mut line = String::new();
    let mut err = BufReader::new(child.stderr.take().expect("it is piped"));
    err.read_line(&mut line).expect("it is text");
    assert_eq!(line, "another session was in the way (55P03); going on\n");
    other.rollback().await.expect("it ends");
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, Some(0), "{}", ran.shown());
}

/// What it has begun goes on in the server, and the next command shares the work.
#[tokio::test]
async fn a_fill_whose_process_is_killed_goes_on() {
    needs_several_connections!();
    let place = Place::filling(1_500).await;
    // An order that somebody has locked keeps the procedure from its end.
    let mut other = place.database.pool().begin().await.expect("a transaction");
    other.execute("SELECT FROM orders WHERE id = 700 FOR UPDATE").await.expect("the row is locked");
    let mut child = place.started(&["fill", "--batch", "60"]);
    while place.number("SELECT count(*) FROM orders_es_done").await < 200 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let call = "FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'CALL%'";
    let killed = place.number(&format!("SELECT pid::bigint {call}")).await;
    child.kill().expect("it still runs");
    let ran = Ran::of(&child.wait_with_output().expect("it ends"));
    assert_eq!((ran.code, ran.out.as_str()), (None, ""));
    place
        .sql("INSERT INTO order_events SELECT id, 4, 'x', '{\"type\": \"paid\", \"cents\": 1}', now() FROM generate_series(1, 9) AS id")
        .await;

    let child = place.started(&["fill", "--batch", "100000"]);
    while place.number(&format!("SELECT count(*) {call} AND pid <> {killed}")).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    other.rollback().await.expect("it ends");
    assert_snapshot!(Ran::of(&child.wait_with_output().expect("it ends")).shown());
    assert_eq!(place.number("SELECT sum(paid)::bigint FROM orders").await, 1_500 * 150 + 9);
    assert_snapshot!(place.run(&["verify"]).shown());
}
