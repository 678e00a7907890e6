//! What happens to events while rows are filled: what happens to them on any other day.

use super::{CARTS, carts, filling, insert, number, told};
use crate::changing::{drift, is_filling, run_outside};
use crate::support::run;
use crate::views::cart::{self, added, created, noted, put, removed};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::model::Trigger;
use es_rollup_test_server::needs_several_connections;
use serde_json::json;
use sqlx::error::DatabaseError;
use sqlx::{AssertSqlSafe, Executor, PgPool};

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
