//! Rows are filled after a change of a rollup with many events: in short transactions, while events are inserted. Until it
//! is done, a row that is not filled counts for nothing, and whoever could take it for the fold is refused.

use crate::changing::{drift, is_filling, run_outside, with_history, without_notes};
use crate::security::{acting, forget, with_role};
use crate::support::run;
use crate::views::cart::{self, added, created, noted, put, removed};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::{Model, Trigger};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::{Value, json};
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How many carts there are.
const CARTS: i64 = 40;

/// The models between which the carts go.
fn models(trigger: Trigger) -> [Model; 2] {
    [without_notes(cart::model(trigger)), with_history(cart::model(trigger))]
}

/// Carts whose items have notes, of which nothing is kept yet, and the migration after which they are filled.
async fn carts(trigger: Trigger, events: &str) -> (Database, String) {
    let database = Database::create().await;
    let pool = database.pool();
    let [old, new] = models(trigger);
    run(pool, events).await.expect("the event table is made");
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    for cart in 1..=CARTS {
        let stream = [created(), added("a", 1), noted("a"), put("b", 2), noted("a")];
        let stream: Vec<(i64, i32, Value)> =
            (1..).zip(stream).map(|(sequence, event)| (cart, sequence, event)).collect();
        insert(pool, &stream).await.expect("good events");
    }
    let change = evolve::migration(&old, &new).expect("a change");
    (database, format!("SET LOCAL es_rollup.history_limit = 10;\n{change}"))
}

/// The same after the migration.
async fn filling(trigger: Trigger) -> Database {
    let (database, change) = carts(trigger, EVENTS).await;
    run(database.pool(), &change).await.expect("it is changed");
    assert!(is_filling(database.pool()).await);
    database
}

async fn insert(pool: &PgPool, events: &[(i64, i32, Value)]) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    insert_of_several(&mut connection, events).await
}

async fn number(pool: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(pool).await.expect("a number")
}

/// How many entities are still to be filled.
const LEFT: &str = "SELECT count(*) FROM carts_es_todo WHERE id IS NOT NULL";

/// The SQLSTATE and the message of an error.
fn told(outcome: sqlx::Result<()>) -> (String, String) {
    let error = outcome.expect_err("it is refused");
    let error = error.as_database_error().expect("the database refuses");
    (error.code().unwrap_or_default().into_owned(), error.message().to_string())
}

#[tokio::test]
async fn an_event_is_folded_as_on_any_other_day_while_rows_are_filled() {
    for trigger in Trigger::ALL {
        let database = filling(trigger).await;
        let pool = database.pool();
        // Cart 1 is not filled yet, then it is; cart 99 begins, and ends.
        for (cart, sequence, event) in
            [(1, 6, noted("a")), (1, 7, removed("b")), (99, 1, created()), (99, 2, added("a", 1))]
        {
            insert(pool, &[(cart, sequence, event)]).await.expect("a good event");
        }
        let several = [(2, 7, noted("a")), (3, 6, noted("b")), (2, 6, put("c", 3)), (98, 1, created())];
        insert(pool, &several).await.expect("good events in any order");
        assert_eq!(
            number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 1 AND item = 'a'").await,
            3
        );
        assert_eq!(number(pool, "SELECT count(*) FROM carts_items WHERE id = 2").await, 3);
        assert_eq!(number(pool, "SELECT count(*) FROM carts_history WHERE id = 1").await, 7);
        // One that nobody has touched is as it was.
        assert_eq!(
            number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 5 AND item = 'a'").await,
            0
        );
        insert(pool, &[(99, 3, cart::ended())]).await.expect("a good event");
        assert_eq!(number(pool, "SELECT count(*) FROM carts WHERE id = 99").await, 0);
        run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
        assert!(!is_filling(pool).await);
        assert_eq!(
            number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 5 AND item = 'a'").await,
            2
        );
        assert_eq!(drift(pool).await, 0);
        database.close().await;
    }
}

#[tokio::test]
async fn events_that_are_changed_or_deleted_while_rows_are_filled_are_followed() {
    for trigger in Trigger::ALL {
        let database = filling(trigger).await;
        let pool = database.pool();
        // Cart 2 is filled before.
        insert(pool, &[(2, 6, noted("a"))]).await.expect("a good event");
        for sql in [
            "DELETE FROM cart_events WHERE id IN (1, 2) AND sequence >= 5",
            "UPDATE cart_events SET event = jsonb_set(event, '{price}', '7') WHERE id IN (2, 3) AND sequence = 2",
        ] {
            run(pool, sql).await.expect("what is left folds");
        }
        assert_eq!(
            number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 1 AND item = 'a'").await,
            1
        );
        assert_eq!(
            number(pool, "SELECT price::bigint FROM carts_items WHERE id = 3 AND item = 'a'").await,
            7
        );
        assert_eq!(told(run(pool, "DELETE FROM cart_events WHERE id = 4 AND sequence = 2").await).0, "RU001");
        insert(pool, &[(1, 5, noted("a")), (2, 5, noted("a")), (3, 6, noted("a"))])
            .await
            .expect("good events");
        run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
        assert_eq!(
            number(pool, "SELECT sum(price)::bigint FROM carts_items WHERE item = 'a'").await,
            CARTS + 12
        );
        assert_eq!(drift(pool).await, 0);
        database.close().await;
    }
}

/// Events that are bad anyway, and what an insert of them is told.
async fn refusals(pool: &PgPool) -> Vec<(String, String)> {
    let mut told_of = Vec::new();
    for events in [
        vec![(1, 7, noted("a"))],
        vec![(1, 6, noted("z"))],
        vec![(1, 6, json!({"type": "unheard_of"}))],
        vec![(1, 6, json!({"type": "noted"}))],
        vec![(1, 6, added("a", 1))],
        vec![(1, 6, put("a", -1))],
        vec![(97, 2, noted("a"))],
        vec![(97, 1, noted("a"))],
        vec![(2, 6, noted("a")), (1, 6, noted("a")), (1, 8, noted("a"))],
        vec![(96, 1, created()), (96, 2, cart::ended()), (96, 3, noted("a"))],
        vec![(1, 0, noted("a"))],
    ] {
        told_of.push(told(insert(pool, &events).await));
    }
    // The rollup is ahead of the log.
    run(
        pool,
        "ALTER TABLE cart_events DISABLE TRIGGER USER; DELETE FROM cart_events WHERE id = 4 AND sequence > 3;
               ALTER TABLE cart_events ENABLE TRIGGER USER",
    )
    .await
    .expect("events are lost");
    told_of.push(told(insert(pool, &[(4, 4, noted("a"))]).await));
    told_of
}

#[tokio::test]
async fn an_event_is_refused_as_on_any_other_day_while_rows_are_filled() {
    for trigger in Trigger::ALL {
        let open = filling(trigger).await;
        let while_open = refusals(open.pool()).await;
        open.close().await;
        let (done, change) = carts(trigger, EVENTS).await;
        run(done.pool(), &change.replace("history_limit = 10", "history_limit = 100000"))
            .await
            .expect("it is changed");
        assert!(!is_filling(done.pool()).await);
        let otherwise = refusals(done.pool()).await;
        assert_eq!(while_open, otherwise);
        done.close().await;
    }
}

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
async fn an_entity_that_does_not_fold_is_named_and_does_not_stop_the_others() {
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = database.pool();
    // The new model has a check of prices.
    insert(pool, &[(7, 6, put("d", -4))]).await.expect("the old model takes it");
    run(pool, &change).await.expect("it is changed");
    let (code, message) = told(run_outside(pool, "CALL carts_fill()").await);
    assert_eq!(code, "RU020");
    assert!(
        message
            .starts_with("1 entities of \"public\".\"carts\" are not filled yet; 7 does not fold: 23514: "),
        "{message}"
    );
    assert!(!message.contains("-4"), "{message}");
    let left = "SELECT count(*) FROM carts_es_todo WHERE refused IS NOT NULL";
    assert_eq!((number(pool, left).await, number(pool, LEFT).await), (1, 1));
    assert_eq!(told(insert(pool, &[(7, 7, noted("a"))]).await).0, "23514");
    insert(pool, &[(8, 6, noted("a"))]).await.expect("others go on");
    // The way back leads over the open fill, and the fill can begin again.
    let [old, new] = models(Trigger::Statement);
    let back = evolve::migration(&new, &old).expect("a change");
    run(pool, &back).await.expect("it is changed back");
    assert_eq!(drift(pool).await, 0);
    insert(pool, &[(7, 7, put("d", 4))]).await.expect("the old model takes it");
    run(pool, &change).await.expect("it is changed");
    run_outside(pool, "CALL carts_fill(20)").await.expect_err("one does not fold");
    // Somebody corrects the event.
    run(
        pool,
        "ALTER TABLE cart_events DISABLE TRIGGER USER;
               UPDATE cart_events SET event = jsonb_set(event, '{price}', '4') WHERE id = 7 AND sequence = 6;
               ALTER TABLE cart_events ENABLE TRIGGER USER;
               UPDATE carts_es_todo SET refused = NULL",
    )
    .await
    .expect("it is corrected");
    run_outside(pool, "CALL carts_fill()").await.expect("all fold");
    assert!(!is_filling(pool).await);
    assert_eq!(drift(pool).await, 0);
    database.close().await;
}

#[tokio::test]
async fn a_fill_that_is_killed_goes_on_where_it_was_and_two_share_the_work() {
    needs_several_connections!();
    let database = filling(Trigger::Statement).await;
    let pool = database.pool();
    let mut locked = pool.acquire().await.expect("a connection");
    // A writer that keeps a row locked: the fill leaves it for later, and does not wait.
    locked.execute("BEGIN; INSERT INTO cart_events VALUES (9, 6, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', NULL, now())").await.expect("a good event");
    let mut killed = pool.acquire().await.expect("a connection");
    let pid: i32 =
        sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *killed).await.expect("a process");
    let fill = tokio::spawn(async move { killed.execute("CALL carts_fill(6)").await.map(drop) });
    while number(pool, LEFT).await != 1 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    number(pool, &format!("SELECT pg_terminate_backend({pid})::int::bigint")).await;
    fill.await.expect("it ends").expect_err("it is killed");
    let two = [pool.clone(), pool.clone()]
        .map(|pool| tokio::spawn(async move { run_outside(&pool, "CALL carts_fill(6)").await }));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(two.iter().all(|one| !one.is_finished()), "one cart is locked");
    locked.execute("COMMIT").await.expect("the event is there");
    for one in two {
        one.await.expect("it ends").expect("whoever ends it, the other does not mind");
    }
    assert!(!is_filling(pool).await);
    assert_eq!(drift(pool).await, 0);
    drop(locked);
    database.close().await;
}

/// A long transaction has locked more rows than a batch looks at; one entity has lost its events, another its row, and
/// somebody's trigger refuses a third.
#[tokio::test]
async fn a_batch_finds_what_can_be_filled_past_what_cannot() {
    needs_several_connections!();
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''not this one''; END';
         CREATE TRIGGER refuse BEFORE UPDATE ON carts FOR EACH ROW WHEN (old.id = 3) EXECUTE FUNCTION refuse();
         ALTER TABLE cart_events DISABLE TRIGGER USER; DELETE FROM cart_events WHERE id = 1;
         DELETE FROM carts WHERE id = 2; ALTER TABLE cart_events ENABLE TRIGGER USER",
    )
    .await
    .expect("it is damaged");
    run(pool, &change).await.expect("it is changed");
    let mut locked = pool.acquire().await.expect("a connection");
    locked.execute("BEGIN; SELECT FROM carts WHERE id < 30 FOR UPDATE").await.expect("they are locked");
    run(pool, "SELECT carts_scan()").await.expect("the entities are found");
    for _ in 0..60 {
        run(pool, "SELECT carts_batch(5)").await.expect("what is free is filled");
    }
    assert_eq!(number(pool, LEFT).await, 28, "those which are locked");
    locked.execute("COMMIT").await.expect("they are free");
    drop(locked);
    let (code, message) = told(run_outside(pool, "CALL carts_fill(5)").await);
    assert_eq!(code, "RU020");
    assert!(message.ends_with("; 3 does not fold: P0001: not this one"), "{message}");
    run(pool, "DROP TRIGGER refuse ON carts").await.expect("it is dropped");
    for wrong in ["0", "-1", "NULL"] {
        assert_eq!(told(run_outside(pool, &format!("CALL carts_fill({wrong})")).await).0, "22023");
    }
    run_outside(pool, "CALL carts_fill()").await.expect("all fold");
    assert_eq!(drift(pool).await, 0);
    assert_eq!(number(pool, "SELECT count(*) FROM carts WHERE id < 3").await, 1);
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

/// Its snapshot does not show what is filled, so it folds again or has to try again, and nothing is lost.
#[tokio::test]
async fn a_transaction_with_an_older_snapshot_never_writes_an_unfilled_row() {
    needs_several_connections!();
    let both = |level| Trigger::ALL.map(|trigger| (level, trigger));
    for (level, trigger) in ["REPEATABLE READ", "SERIALIZABLE"].into_iter().flat_map(both) {
        let (database, change) = carts(trigger, EVENTS).await;
        let pool = database.pool();
        let mut writer = pool.acquire().await.expect("a connection");
        let begin = format!("BEGIN ISOLATION LEVEL {level}");
        let mut kept = 0;
        for filled in [false, true] {
            writer.execute(AssertSqlSafe(begin.clone())).await.expect("a transaction");
            writer.execute("SELECT count(*) FROM pg_class").await.expect("a snapshot");
            if filled {
                run_outside(pool, "CALL carts_fill()").await.expect("all fold");
            } else {
                run(pool, &change).await.expect("it is changed");
            }
            match insert_of_several(&mut writer, &[(1, if filled { 7 } else { 6 }, noted("a"))]).await {
                Ok(()) => {
                    kept += 1;
                    writer.execute("COMMIT").await.expect("it is kept");
                }
                Err(error) => {
                    let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                    assert_eq!(code, "40001", "{error:?}");
                    writer.execute("ROLLBACK").await.expect("it is rolled back");
                    let again = [(1, if filled { 7 } else { 6 }, noted("a"))];
                    insert_of_several(&mut writer, &again).await.expect("a good event");
                }
            }
        }
        println!("{level}, {trigger:?}: {kept} were kept at once");
        drop(writer);
        assert_eq!(drift(pool).await, 0, "{level}");
        assert_eq!(
            number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 1 AND item = 'a'").await,
            4
        );
        database.close().await;
    }
}

#[tokio::test]
async fn a_first_installation_over_many_events_is_filled_too() {
    for trigger in Trigger::ALL {
        let database = Database::create().await;
        let pool = database.pool();
        let [_, new] = models(trigger);
        run(pool, EVENTS).await.expect("the event table is made");
        for cart in 1..=CARTS {
            let stream = [(cart, 1, created()), (cart, 2, added("a", 1)), (cart, 3, noted("a"))];
            insert(pool, &stream).await.expect("nobody looks at them yet");
        }
        insert(pool, &[(1, 4, cart::ended())]).await.expect("nobody looks at it yet");
        let installation = emit::installation(&new);
        run(pool, &format!("SET LOCAL es_rollup.history_limit = 10;\n{installation}"))
            .await
            .expect("it is installed");
        assert!(is_filling(pool).await);
        assert_eq!(number(pool, "SELECT count(*) FROM carts").await, 0);
        insert(pool, &[(2, 4, noted("a")), (99, 1, created())]).await.expect("good events");
        assert_eq!(number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 2").await, 2);
        assert_eq!(told(insert(pool, &[(1, 5, noted("a"))]).await).0, "RU011");
        assert_eq!(told(insert(pool, &[(3, 5, noted("a"))]).await).0, "RU001");
        assert_eq!(told(run(pool, &installation).await).0, "RU020");
        run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
        assert!(!is_filling(pool).await);
        assert_eq!(number(pool, "SELECT count(*) FROM carts").await, CARTS);
        assert_eq!(drift(pool).await, 0);
        // Once it is there, applying it again changes nothing, whatever the limit.
        run(pool, &format!("SET LOCAL es_rollup.history_limit = 10;\n{installation}"))
            .await
            .expect("nothing is left to do");
        assert!(!is_filling(pool).await);
        database.close().await;
    }
}

/// How many carts a large log has by default.
const MANY: i64 = 500;

/// How many events each of them has.
const EVENTS_OF_ONE: i64 = 20;

/// Inserts one event after another into random carts until it is told to end, and returns how long each took.
async fn go_on(pool: PgPool, carts: i64, seed: i64, ends: Arc<AtomicBool>) -> Vec<Duration> {
    let mut connection = pool.acquire().await.expect("a connection");
    let insertion = "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
        SELECT $1, max(sequence) + 1, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', now() FROM cart_events WHERE id = $1";
    let mut waits = Vec::new();
    let mut cart = seed;
    while !ends.load(Ordering::Relaxed) {
        cart = (cart * 7_919 + 12_553 + seed) % carts;
        let begun = Instant::now();
        match sqlx::query(insertion).bind(cart + 1).execute(&mut *connection).await {
            Ok(_) => waits.push(begun.elapsed()),
            // Another writer was faster.
            Err(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                assert_eq!(code, "23505", "{error:?}");
            }
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    waits
}

/// Migrates a rollup of many events and fills it, while others are inserted, and says how long it took and how long an
/// insert has waited.
async fn fill_while_writers_go_on(pool: &PgPool, carts: i64, what: &str, migration: &str) {
    let size = "SELECT coalesce(pg_total_relation_size(to_regclass('carts')), 0)
      + coalesce(pg_total_relation_size(to_regclass('carts_items')), 0)";
    let before = number(pool, size).await;
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|seed| tokio::spawn(go_on(pool.clone(), carts, seed, ends.clone()))).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let begun = Instant::now();
    run(pool, &format!("SET LOCAL es_rollup.history_limit = 100;\n{migration}"))
        .await
        .expect("it is migrated");
    let (migrated, begun) = (begun.elapsed(), Instant::now());
    run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
    let filled = begun.elapsed();
    ends.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(writer.await.expect("it ends"));
    }
    waits.sort();
    println!(
        "{what}: {} events of {carts} carts, migrated in {migrated:?}, filled in {filled:?}; {} inserts meanwhile, median {:?}, 99 % below {:?}, longest {:?}; tables {} -> {} MB",
        carts * EVENTS_OF_ONE,
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1],
        before / 1_000_000,
        number(pool, size).await / 1_000_000,
    );
}

/// `ES_ROLLUP_FILL_CARTS` is how many carts there are, each with 20 events. The docs have figures of a long run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_log_is_filled_while_events_are_inserted() {
    needs_several_connections!();
    let carts = std::env::var("ES_ROLLUP_FILL_CARTS").map_or(MANY, |carts| carts.parse().expect("a number"));
    let database = Database::create().await;
    let options = PgPoolOptions::new().max_connections(8);
    let pool = options.connect(database.url()).await.expect("connections");
    let [old, new] = [without_notes(cart::model(Trigger::Statement)), cart::model(Trigger::Statement)];
    let log = format!(
        "{EVENTS};
         INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
         SELECT c, s, t.e ->> 'type', t.e, now()
         FROM generate_series(1, {carts}) AS c, generate_series(1, {EVENTS_OF_ONE}) AS s, LATERAL (
           SELECT CASE WHEN s = 1 THEN '{{\"type\": \"created\"}}'::jsonb
             WHEN s = 2 THEN '{{\"type\": \"added\", \"item\": \"a\", \"price\": 1}}'
             WHEN s % 3 = 0 THEN '{{\"type\": \"noted\", \"item\": \"a\"}}'
             ELSE jsonb_build_object('type', 'put', 'item', 'b' || s % 4, 'price', s) END AS e
         ) AS t"
    );
    run(&pool, &log).await.expect("a log");
    run_outside(&pool, "VACUUM ANALYZE").await.expect("statistics");
    fill_while_writers_go_on(&pool, carts, "installed", &emit::installation(&old)).await;
    assert_eq!(number(&pool, "SELECT count(*) FROM carts").await, carts);
    let change = evolve::migration(&old, &new).expect("a change");
    fill_while_writers_go_on(&pool, carts, "a column of a view", &change).await;
    assert_eq!(drift(&pool).await, 0);
    pool.close().await;
    database.close().await;
}

/// What a fill could forget: what it is, its text, and the text without it.
const FORGOTTEN: [(&str, &str, &str); 6] = [
    (
        "the trigger goes on to trust rows",
        "EXECUTE FUNCTION \"public\".\"carts_filling\"();",
        "EXECUTE FUNCTION \"public\".\"carts_apply\"();",
    ),
    (
        "a row that is not filled counts",
        "IF EXISTS (SELECT FROM \"public\".\"carts_es_done\" AS d WHERE d.id = es.es_entity) THEN",
        "IF true THEN",
    ),
    ("a replay is not refused", "IF es_first <= es_base AND NOT", "IF false AND NOT"),
    ("the end does not look at the list", "IF es_left > 0 THEN", "IF false THEN"),
    ("entities are listed as filled without a fold", "PERFORM \"public\".\"carts_refold\"(es_ids);", "NULL;"),
    ("entities are filled without a lock", "ORDER BY r.\"id\" FOR UPDATE SKIP LOCKED", "ORDER BY r.\"id\""),
];

/// A fill with all that can be wrong with it: events before it and during it, one that is a replay, an end that comes too
/// early, and writers that do not wait. Panics if something is.
async fn fill_with_care(forgotten: Option<(&'static str, &'static str)>) {
    let (database, change) = carts(Trigger::Statement, EVENTS).await;
    let pool = PgPoolOptions::new().max_connections(8).connect(database.url()).await.expect("connections");
    let change = forgotten.map_or(change.clone(), |(text, without)| {
        assert!(change.contains(text), "{text}");
        change.replace(text, without)
    });
    run(&pool, &change).await.expect("it is changed");
    insert(&pool, &[(1, 6, noted("a"))]).await.expect("a good event");
    let ahead =
        "ALTER TABLE cart_events DISABLE TRIGGER USER; DELETE FROM cart_events WHERE id = 2 AND sequence = 5;
        ALTER TABLE cart_events ENABLE TRIGGER USER";
    run(&pool, ahead).await.expect("an event is lost");
    insert(&pool, &[(2, 5, noted("a"))]).await.expect_err("the rollup is ahead");
    let again = "ALTER TABLE cart_events DISABLE TRIGGER USER;
        INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
        SELECT 2, 5, event_type, event, recorded_at FROM cart_events WHERE id = 3 AND sequence = 5;
        ALTER TABLE cart_events ENABLE TRIGGER USER";
    run(&pool, again).await.expect("it is there again");
    run(&pool, "SELECT carts_scan()").await.expect("the entities are found");
    run(&pool, "SELECT carts_finish()").await.expect_err("the carts are not filled");
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|seed| tokio::spawn(go_on(pool.clone(), CARTS, seed, ends.clone()))).collect();
    run_outside(&pool, "CALL carts_fill(25)").await.expect("all carts fold");
    ends.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.expect("it ends");
    }
    assert_eq!(drift(&pool).await, 0);
    pool.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_fill_forgets_is_noticed() {
    needs_several_connections!();
    fill_with_care(None).await;
    for (what, text, without) in FORGOTTEN {
        let mut tries = 0;
        loop {
            tries += 1;
            assert!(tries <= 400, "not noticed: {what}");
            if tokio::spawn(fill_with_care(Some((text, without)))).await.is_err() {
                break;
            }
        }
        println!("{what}: noticed after {tries} tries");
    }
}
