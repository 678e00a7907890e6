//! Who is refused while rows are filled, and who is not.

use super::{carts, filling, models, number, told};
use crate::changing::{drift, run_outside};
use crate::security::{acting, forget, with_role};
use crate::support::run;
use crate::views::cart::{created, noted};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::{Model, Trigger};
use sqlx::Executor;
use sqlx::error::DatabaseError;

/// Each has to wait for the end, or would take rows that are not filled for the fold.
#[tokio::test]
async fn what_could_take_an_unfilled_row_for_the_fold_is_refused() {
    let database = filling(Trigger::Statement).await;
    let pool = database.pool();
    let [old, new] = models(Trigger::Statement);
    let other = Model { history: None, ..new.clone() };
    let message = "\"public\".\"carts\" is being filled after a change".to_string();
    for sql in [
        emit::text(&new, emit::migration(&new)),
        evolve::migration(&new, &other).expect("a change"),
        "SELECT carts_catch_up(1)".into(),
    ] {
        assert_eq!(told(run(pool, &sql).await), ("RU020".into(), message.clone()));
    }
    let unseen = "the entities of \"public\".\"carts\" that are to be filled were not looked for yet";
    assert_eq!(told(run(pool, "SELECT carts_finish()").await), ("RU020".into(), unseen.into()));
    let early = "40 entities of \"public\".\"carts\" are not filled yet";
    run(pool, "SELECT carts_scan()").await.expect("the entities are found");
    assert_eq!(told(run(pool, "SELECT carts_finish()").await), ("RU020".into(), early.into()));
    for sql in ["SELECT carts_scan()", "SELECT carts_batch(10)", "SELECT carts_finish()"] {
        let sql = format!("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; {sql}");
        assert_eq!(told(run(pool, &sql).await).0, "RU020", "{sql}");
    }
    // What folds from nothing is right at any time.
    assert_eq!(number(pool, "SELECT count(*) FROM carts_at(1, 3)").await, 1);
    assert!(number(pool, "SELECT count(*) FROM carts_verify(NULL, NULL)").await > 0);
    run(pool, "SELECT carts_rebuild(NULL)").await.expect("all fold");
    assert_eq!(number(pool, "SELECT count(*) FROM carts_verify(NULL, NULL)").await, 0);
    // All of it can be dropped, also now.
    run(pool, &emit::text(&new, emit::revert(&new))).await.expect("it is reverted");
    let left = "SELECT count(*) FROM pg_class WHERE starts_with(relname, 'carts')";
    assert_eq!(number(pool, left).await, 0);
    let left = "SELECT count(*) FROM pg_proc WHERE starts_with(proname, 'carts')";
    assert_eq!(number(pool, left).await, 0);
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("it is installed");
    database.close().await;
}

#[tokio::test]
async fn partitions_are_filled_too() {
    let partitioned = format!(
        "{EVENTS} PARTITION BY HASH (id);
        CREATE TABLE cart_events_0 PARTITION OF cart_events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE cart_events_1 PARTITION OF cart_events FOR VALUES WITH (MODULUS 2, REMAINDER 1)"
    );
    let (database, change) = carts(Trigger::Row, &partitioned).await;
    let pool = database.pool();
    run(pool, &change).await.expect("it is changed");
    let direct = "INSERT INTO cart_events_0 SELECT id, 6, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', NULL, now() FROM cart_events_0 WHERE sequence = 5";
    run(pool, direct).await.expect("good events");
    // The trigger's function folds for no other table.
    let planted = "CREATE TABLE planted (LIKE cart_events);
        CREATE TRIGGER planted AFTER INSERT ON planted FOR EACH ROW EXECUTE FUNCTION carts_filling();
        INSERT INTO planted SELECT * FROM cart_events LIMIT 1";
    assert_eq!(told(run(pool, planted).await).0, "42501");
    run_outside(pool, "CALL carts_fill(30)").await.expect("all fold");
    assert_eq!(drift(pool).await, 0);
    database.close().await;
}

#[tokio::test]
async fn only_the_owner_can_use_what_a_fill_needs_and_everybody_can_go_on_to_insert() {
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let rights = "GRANT INSERT, SELECT ON cart_events TO app; GRANT USAGE ON SCHEMA public TO app;
                  ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app;
                  ALTER DEFAULT PRIVILEGES GRANT ALL ON ROUTINES TO app";
    with_role(database, rights, |pool, app| async move {
        run(&pool, &change).await.expect("it is changed");
        let mut connection = acting(&pool, &app).await;
        let good = [(1, 6, noted("a")), (94, 1, created())];
        insert_of_several(&mut connection, &good).await.expect("good events");
        for sql in [
            "INSERT INTO carts_es_done VALUES (2)",
            "DELETE FROM carts_es_todo",
            "SELECT carts_scan()",
            "SELECT carts_batch(1)",
            "SELECT carts_finish()",
            "SELECT carts_step(1, 1, 1)",
            "SELECT carts_refold(NULL)",
            "CALL carts_fill()",
        ] {
            let error = connection.execute(sql).await.expect_err("it is forbidden");
            assert_eq!(
                error.as_database_error().and_then(DatabaseError::code).as_deref(),
                Some("42501"),
                "{sql}"
            );
        }
        forget(connection).await;
        run_outside(&pool, "CALL carts_fill()").await.expect("all fold");
        assert_eq!(drift(&pool).await, 0);
    })
    .await;
}
