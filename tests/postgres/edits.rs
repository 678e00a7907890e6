//! Events that are deleted or changed: the rollup follows them, or the statement is refused.

mod mixed;
mod modes;
mod races;
mod replicated;
mod rows;
mod whose;

use crate::fixtures::AccountEvent;
use crate::relation::{FORMS, append, deposited, folded, opened, rows as rows_of, stream, with_form};
use crate::security::account;
use crate::support::{insert, installed, refusal, run, uuid};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};

/// Every event and every row of the rollup as text, for what must not change.
async fn everything(pool: &PgPool, table: &str) -> Vec<String> {
    let sql = format!(
        "SELECT 'event ' || t::text FROM {table} AS t UNION ALL SELECT 'row ' || t::text FROM {table}_rollup AS t
         ORDER BY 1"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(pool).await.expect("all is read")
}

/// The rows are the fold of the log, as the functions see it that fold it anew.
async fn rows_are_folds(pool: &PgPool, table: &str) {
    let sql = format!("SELECT count(*) FROM {table}_rollup_verify(NULL, NULL)");
    let differ: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(pool)
        .await
        .expect("it is verified");
    let sql = format!("SELECT {table}_rollup_rebuild(NULL)");
    let changed: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_one(pool)
        .await
        .expect("it is rebuilt");
    assert_eq!((differ, changed), (0, 0), "{table}");
}

/// The statement is refused with this code, and nothing is changed.
async fn is_refused(pool: &PgPool, table: &str, sql: &str, code: &str) -> String {
    let before = everything(pool, table).await;
    let error = refusal(run(pool, sql).await);
    assert_eq!(error.code(), code, "{sql}: {error}");
    assert_eq!(everything(pool, table).await, before, "{sql}");
    error.message().to_string()
}

/// Two entities with three events each.
async fn with_two(form: (&str, &str)) -> es_rollup_test_server::Database {
    let database = with_form(form).await;
    let streams = [stream(1, 1..=3), stream(2, 1..=3)].concat();
    append(database.pool(), form.0, &streams).await.expect("good events are taken");
    database
}

#[tokio::test]
async fn events_that_are_deleted_are_taken_back() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        // The last of one entity, then two of both, then what is left of one, then of all.
        for (chosen, versions) in [
            (format!("sequence = 3 AND id = '{}'", uuid(1)), &[2, 3][..]),
            ("sequence > 1".into(), &[1, 1]),
            (format!("id = '{}'", uuid(1)), &[1]),
            ("sequence = 7".into(), &[1]),
            ("true".into(), &[]),
        ] {
            run(pool, &format!("DELETE FROM {table} WHERE {chosen}")).await.expect("what is left folds");
            assert_eq!(rows_of(pool, table).await, folded(versions), "{table}, {chosen}");
            rows_are_folds(pool, table).await;
        }
        append(pool, table, &stream(1, 1..=2)).await.expect("the stream begins anew");
        assert_eq!(rows_of(pool, table).await, folded(&[2]));
        database.close().await;
    }
}

#[tokio::test]
async fn events_before_others_cannot_be_deleted() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        for (chosen, sequence) in [("sequence = 1", 2), ("sequence = 2", 3), ("sequence < 3", 3)] {
            let sql = format!("DELETE FROM {table} WHERE {chosen} AND id = '{}'", uuid(2));
            let message = is_refused(pool, table, &sql, "RU001").await;
            assert!(
                message.starts_with(&format!("event {sequence} (deposited) of entity {}", uuid(2))),
                "{message}"
            );
        }
        // One entity is enough to refuse all.
        let sql = format!("DELETE FROM {table} WHERE sequence = 3 OR id = '{}' AND sequence = 1", uuid(2));
        is_refused(pool, table, &sql, "RU001").await;
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn an_entity_comes_back_with_the_event_that_ended_it_gone_and_goes_with_one_that_ends() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        append(pool, table, &[(1, 4, json!({"type": "erased"}))]).await.expect("the stream ends");
        assert_eq!(rows_of(pool, table).await, folded(&[3]));
        run(pool, &format!("DELETE FROM {table} WHERE sequence = 4")).await.expect("the end is taken back");
        assert_eq!(rows_of(pool, table).await, folded(&[3, 3]));
        append(pool, table, &stream(1, [4])).await.expect("the stream goes on");
        let ends = format!("UPDATE {table} SET event = '{{\"type\": \"erased\"}}' WHERE sequence = 4");
        run(pool, &ends).await.expect("the event ends the stream");
        assert_eq!(rows_of(pool, table).await, folded(&[3]));
        let ends = format!("UPDATE {table} SET event = '{{\"type\": \"erased\"}}' WHERE sequence = 2");
        let message = is_refused(pool, table, &ends, "RU011").await;
        assert!(message.starts_with("event 3 "), "{message}");
        // Of an entity without a row, too, all events can go.
        run(pool, &format!("DELETE FROM {table} WHERE id = '{}'", uuid(1))).await.expect("gone");
        assert_eq!(rows_of(pool, table).await, folded(&[3]));
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn what_is_changed_in_an_event_is_changed_in_the_row() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        for (set, balances) in [
            ("event = event || '{\"amount\": 40}' WHERE sequence = 2", [47, 47]),
            ("event = event || '{\"amount\": 4}', recorded_at = '2020-01-01Z' WHERE sequence < 3", [10, 10]),
        ] {
            run(pool, &format!("UPDATE {table} SET {set}")).await.expect("what is left folds");
            assert_eq!(rows_of(pool, table).await, balances.map(|balance| (3, balance)), "{table}, {set}");
            rows_are_folds(pool, table).await;
        }
        let sql = format!(
            "SELECT count(*) FROM {table}_rollup WHERE opened_at = '2020-01-01Z' AND created_at = opened_at"
        );
        let early: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("counted");
        assert_eq!(early, 2);
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// Numbers that JSON finds equal can be told apart by their digits.
#[tokio::test]
async fn a_value_that_is_equal_but_not_the_same_is_a_change() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    insert::<AccountEvent>(pool, account("a")).await.expect("good events are taken");
    for number in ["1.0", "1.00"] {
        let sql = format!(
            "UPDATE bank.account_log SET event = jsonb_set(event, '{{data,notes}}', '{number}') WHERE sequence = 3"
        );
        run(pool, &sql).await.expect("what is left folds");
        let notes: String = sqlx::query_scalar("SELECT notes::text FROM bank.account")
            .fetch_one(pool)
            .await
            .expect("the row");
        assert_eq!(notes, number);
    }
    database.close().await;
}

#[tokio::test]
async fn an_event_that_is_changed_to_one_that_does_not_fold_is_refused() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        for (set, code, column) in [
            ("event = event || '{\"amount\": \"secret\"}' WHERE sequence = 2", "RU010", true),
            ("event = event - 'amount' WHERE sequence = 2", "RU008", true),
            ("event = '{\"type\": \"secret\"}' WHERE sequence = 3", "RU006", false),
            ("event = '[\"secret\"]' WHERE sequence = 3", "RU007", false),
            ("event = '{\"type\": \"frozen\"}' WHERE sequence = 1", "RU003", false),
            ("sequence = 7 WHERE sequence = 3", "RU001", false),
            ("sequence = 0 WHERE sequence = 3", "RU002", false),
            ("recorded_at = 'infinity' WHERE sequence = 3", "RU010", true),
        ] {
            let sql = format!("UPDATE {table} SET {set} AND id = '{}'", uuid(2));
            let message = is_refused(pool, table, &sql, code).await;
            assert!(message.contains(&uuid(2)), "{message}");
            assert!(!column || !message.contains("secret"), "{message}");
        }
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn an_event_that_gets_another_id_goes_to_another_entity() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        let moved = |from: u32, to: u32, chosen: &str| {
            format!("UPDATE {table} SET id = '{}' WHERE id = '{}' AND {chosen}", uuid(to), uuid(from))
        };
        run(pool, &moved(1, 3, "true")).await.expect("all of them");
        assert_eq!(rows_of(pool, table).await, folded(&[3, 3]));
        let one = moved(3, 2, "sequence = 3").replace("SET ", "SET sequence = 4, ");
        run(pool, &one).await.expect("the last one becomes the last of another");
        assert_eq!(rows_of(pool, table).await, folded(&[4, 2]));
        // Under an id that has no row, and one from the middle.
        is_refused(pool, table, &moved(2, 9, "sequence = 4"), "RU001").await;
        is_refused(pool, table, &moved(2, 3, "sequence = 3"), "RU001").await;
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

/// A trigger of somebody's can change or delete an event before the rollup's own trigger sees it.
#[tokio::test]
async fn an_event_that_a_trigger_changes_before_it_is_folded_is_folded_as_it_is_then() {
    let meddling = [
        ("UPDATE {} SET event = event || '{\"amount\": 40}'", None),
        ("UPDATE {} SET sequence = 9", Some("RU001")),
        ("DELETE FROM {}", Some("RU001")),
    ];
    for (form, (does, refused)) in FORMS.into_iter().flat_map(|form| meddling.map(|one| (form, one))) {
        let (table, _) = form;
        let database = with_two(form).await;
        let pool = database.pool();
        let meddles = format!(
            "CREATE FUNCTION meddles() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               {} WHERE id = NEW.id AND sequence = NEW.sequence AND NEW.event ? 'meddled';
               RETURN NULL;
             END $$;
             CREATE TRIGGER \"0\" AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION meddles()",
            does.replace("{}", table)
        );
        run(pool, &meddles).await.expect("a trigger before the rollup's");
        let event = |sequence| {
            let mut event = if sequence == 1 { opened() } else { deposited() };
            event["meddled"] = json!(true);
            event
        };
        for statement in [vec![(1, 4, event(4))], [stream(1, [4]), vec![(1, 5, event(5))]].concat()] {
            let last = statement.len() - 1;
            let outcome = append(pool, table, &statement).await;
            match refused {
                None => {
                    outcome.expect("it is folded as it is now");
                    let balance = 9 + 40 + 2 * i64::try_from(last).expect("few");
                    assert_eq!(
                        rows_of(pool, table).await[0],
                        (4 + i64::try_from(last).expect("few"), balance)
                    );
                    rows_are_folds(pool, table).await;
                    run(pool, &format!("DELETE FROM {table} WHERE sequence > 3")).await.expect("gone again");
                }
                Some(code) => {
                    let error = refusal(outcome);
                    assert_eq!(error.code(), code, "{table}, {does}: {error}");
                    assert_eq!(rows_of(pool, table).await, folded(&[3, 3]));
                }
            }
        }
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}
