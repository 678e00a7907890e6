//! What was folded already, and by whom: told by what is certain, and the same in any order of rows.

use crate::relation::{FORMS, append, deposited, folded, opened, rows, stream, with_form};
use crate::support::{refusal, run, unnoticed, uuid};
use es_rollup::ErrorKind;
use es_rollup_test_server::needs_several_connections;
use serde_json::{Value, json};
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgPool};

async fn lose(pool: &PgPool, table: &str, sequence: i32) {
    let sql = format!("DELETE FROM {table} WHERE sequence = {sequence}");
    unnoticed(pool, table, &sql).await.expect("an event is gone from the log");
}

fn is_replay(error: &PgDatabaseError, sequence: i32) {
    assert_eq!(error.code(), ErrorKind::Replay.sqlstate(), "{error}");
    assert!(error.message().starts_with(&format!("event {sequence} ")), "{error}");
}

/// PostgreSQL keeps what `age` counts from for all of a transaction, from the first call on.
#[tokio::test]
async fn a_transaction_that_asked_for_an_age_before_it_wrote_knows_its_own_rows() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(2, [1])).await.expect("taken");
        let mut connection = pool.acquire().await.expect("a connection");
        let mut transaction = connection.begin().await.expect("a transaction");
        transaction.execute("SELECT age('3'::xid)").await.expect("an age");
        for sequence in 2..=6 {
            append(pool, table, &stream(2, [sequence])).await.expect("others take ids");
        }
        for sequences in [[2, 1], [4, 3], [6, 5]] {
            append(&mut *transaction, table, &stream(1, sequences)).await.expect("taken in any order");
        }
        let last = format!("DELETE FROM {table} WHERE id = '{}' AND sequence = 6", uuid(1));
        transaction.execute(AssertSqlSafe(last)).await.expect("followed");
        let mut part = transaction.begin().await.expect("a savepoint");
        is_replay(&refusal(append(&mut *part, table, &stream(1, [0])).await), 0);
        part.rollback().await.expect("taken back");
        transaction.commit().await.expect("committed");
        assert_eq!(rows(pool, table).await, folded(&[5, 6]), "{table}");
        drop(connection);
        database.close().await;
    }
}

/// The row is younger than the transaction that inserts the event, and nevertheless not of its making.
#[tokio::test]
async fn a_row_that_a_younger_transaction_wrote_is_not_this_transactions() {
    needs_several_connections!();
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, 1..=3)).await.expect("good events are taken");
        lose(pool, table, 2).await;
        for (appended, savepoint) in [(4, false), (5, true)] {
            let mut older = pool.begin().await.expect("a transaction");
            older.execute("SELECT pg_current_xact_id()").await.expect("it has its number");
            // Many commands before, so that the numbers of commands do not tell either.
            let mut younger = pool.begin().await.expect("a younger transaction");
            for _ in 0..20 {
                younger
                    .execute("CREATE TEMP TABLE t () ON COMMIT DROP; DROP TABLE t")
                    .await
                    .expect("a command");
            }
            append(&mut *younger, table, &stream(1, [appended])).await.expect("it appends");
            younger.commit().await.expect("it commits");
            let error = if savepoint {
                let mut inner = older.begin().await.expect("a savepoint");
                let error = refusal(append(&mut *inner, table, &stream(1, [2])).await);
                inner.rollback().await.expect("rolled back");
                error
            } else {
                refusal(append(&mut *older, table, &stream(1, [2])).await)
            };
            is_replay(&error, 2);
            older.rollback().await.expect("rolled back");
        }
        // Nor of a transaction that is younger than the row.
        is_replay(&refusal(append(pool, table, &stream(1, [2])).await), 2);
        assert_eq!(rows(pool, table).await, folded(&[5]));
        database.close().await;
    }
}

/// What a trigger of the user's appended in its turn was folded before the event that it was appended for is looked
/// at. That it did so behind a savepoint, or in a block that could have been rolled back, is the same.
#[tokio::test]
async fn what_this_transaction_folded_behind_savepoints_is_no_replay() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [1])).await.expect("a good event");
        let nested = format!(
            "CREATE FUNCTION nested() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               IF NEW.sequence IN (2, 5) THEN
                 BEGIN
                   INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
                   VALUES (NEW.id, NEW.sequence + 1, '-', NEW.event, now());
                 EXCEPTION WHEN division_by_zero THEN
                   NULL;
                 END;
               END IF;
               RETURN NULL;
             END $$;
             CREATE TRIGGER \"0\" AFTER INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION nested()"
        );
        run(pool, &nested).await.expect("a trigger before the rollup's");
        let mut transaction = pool.begin().await.expect("a transaction");
        append(&mut *transaction, table, &stream(1, [2])).await.expect("both are folded");
        let mut inner = transaction.begin().await.expect("a savepoint");
        append(&mut *inner, table, &stream(1, [4])).await.expect("an event is folded");
        append(&mut *inner, table, &stream(1, [5])).await.expect("both are folded");
        inner.commit().await.expect("released");
        append(&mut *transaction, table, &stream(1, [7])).await.expect("an event is folded");
        transaction.commit().await.expect("committed");
        assert_eq!(rows(pool, table).await, folded(&[7]));
        database.close().await;
    }
}

/// A statement that is rolled back to a savepoint leaves the numbers of commands in the row otherwise than they were.
#[tokio::test]
async fn what_is_refused_after_a_savepoint_is_refused_for_the_same_reason() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        append(pool, table, &stream(1, [1])).await.expect("a good event");
        let mut transaction = pool.begin().await.expect("a transaction");
        for sequence in 2..=5 {
            append(&mut *transaction, table, &stream(1, [sequence])).await.expect("a good event");
            for _ in 0..2 {
                for bad in [stream(1, [sequence + 1, sequence + 3]), stream(1, [sequence + 3, sequence + 1])]
                {
                    let mut inner = transaction.begin().await.expect("a savepoint");
                    let error = refusal(append(&mut *inner, table, &bad).await);
                    assert_eq!(error.code(), ErrorKind::Gap.sqlstate(), "{error}");
                    inner.rollback().await.expect("rolled back");
                }
            }
        }
        append(&mut *transaction, table, &stream(1, [8, 6, 7])).await.expect("good events");
        transaction.commit().await.expect("committed");
        assert_eq!(rows(pool, table).await, folded(&[8]));
        database.close().await;
    }
}

/// Nothing that is stored below the beginning is passed over when the log is folded.
#[tokio::test]
async fn catching_up_refuses_an_event_below_the_first() {
    for form in FORMS {
        let (table, _) = form;
        for (stored, sequence) in [(vec![0], 0), (vec![0, 1, 2], 0), (vec![-3, 1], -3)] {
            let database = with_form(form).await;
            let pool = database.pool();
            run(pool, &format!("ALTER TABLE {table} DISABLE TRIGGER USER")).await.expect("off");
            append(pool, table, &stream(1, stored)).await.expect("any event is stored");
            run(pool, &format!("ALTER TABLE {table} ENABLE TRIGGER USER")).await.expect("on");
            let by_hand = format!("SELECT {table}_rollup_catch_up('{}')", uuid(1));
            is_replay(&refusal(pool.execute(AssertSqlSafe(by_hand)).await), sequence);
            is_replay(&refusal(append(pool, table, &stream(1, [3])).await), sequence);
            database.close().await;
        }
    }
}

/// Somebody took whole streams out of the event table unnoticed. Their rows stay, and nothing may begin them again.
#[tokio::test]
async fn a_stream_that_begins_again_where_its_row_is_left_is_refused() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let streams = [stream(1, 1..=3), stream(2, 1..=3)].concat();
        append(pool, table, &streams).await.expect("good events are taken");
        unnoticed(pool, table, &format!("DELETE FROM {table}")).await.expect("the events are gone");
        for statement in [
            stream(1, [1]),
            stream(1, 1..=2),
            stream(1, 1..=5),
            [stream(1, [1]), stream(2, [1])].concat(),
            [stream(3, 1..=2), stream(1, 1..=4)].concat(),
            [stream(1, [1]), vec![erased(2)]].concat(),
            [stream(3, [1]), stream(1, [1]), vec![erased(2)]].concat(),
        ] {
            let error = refusal(append(pool, table, &statement).await);
            is_replay(&error, 1);
            assert!(error.message().contains(&uuid(1)), "{table}, {statement:?}: {error}");
            assert_eq!(rows(pool, table).await, folded(&[3, 3]), "{table}, {statement:?}");
        }
        database.close().await;
    }
}

fn unknown(sequence: i32) -> (u32, i32, Value) {
    (1, sequence, json!({"type": "nonsense"}))
}

fn wrong(sequence: i32) -> (u32, i32, Value) {
    (1, sequence, json!({"type": "deposited", "amount": "much"}))
}

fn erased(sequence: i32) -> (u32, i32, Value) {
    (1, sequence, json!({"type": "erased"}))
}

fn good(sequence: i32) -> (u32, i32, Value) {
    (1, sequence, if sequence == 1 { opened() } else { deposited() })
}

/// It is refused before its type is looked at.
#[tokio::test]
async fn a_boolean_in_the_place_of_a_type_is_not_shown_after_the_end_of_a_stream() {
    for form in FORMS {
        let database = with_form(form).await;
        let statement = [good(1), erased(2), (1, 3, json!({"type": true}))];
        let error = refusal(append(database.pool(), form.0, &statement).await);
        assert_eq!(error.code(), ErrorKind::Deleted.sqlstate());
        assert!(error.message().starts_with("event 3 of entity "), "{error}");
        database.close().await;
    }
}

fn orders<T: Clone>(rows: &[T]) -> Vec<Vec<T>> {
    if rows.len() < 2 {
        return vec![rows.to_vec()];
    }
    let mut orders = Vec::new();
    for at in 0..rows.len() {
        let mut rest = rows.to_vec();
        let first = rest.remove(at);
        orders.extend(self::orders(&rest).into_iter().map(|rest| [vec![first.clone()], rest].concat()));
    }
    orders
}

/// What the place of a lost event is taken by is known from the row alone, and row by row that may have been folded on
/// from a later event of the statement.
fn is_told(table: &str, statement: &[(u32, i32, Value)], has_row: bool) -> bool {
    !(has_row && table.contains("row") && statement == [good(2), good(4), good(5)])
}

/// Whether the entity has a row, the events, and what the statement is refused for at which of them.
type Bad = (bool, Vec<(u32, i32, Value)>, ErrorKind, i32);

/// Bad statements for an entity that has no row, and for one that has three events of which the second is lost.
fn statements() -> [Bad; 14] {
    [
        (false, vec![good(0), wrong(1)], ErrorKind::Replay, 0),
        (false, vec![good(0), good(1), good(2)], ErrorKind::Replay, 0),
        (false, vec![good(-1), good(0), unknown(1), good(3)], ErrorKind::Replay, -1),
        (false, vec![good(1), unknown(2), good(4)], ErrorKind::UnknownEvent, 2),
        (false, vec![good(1), erased(2), good(3)], ErrorKind::Deleted, 3),
        (false, vec![good(2), good(3)], ErrorKind::Gap, 2),
        (true, vec![good(0), wrong(4)], ErrorKind::Replay, 0),
        (true, vec![good(0), good(4), good(5)], ErrorKind::Replay, 0),
        (true, vec![good(2), wrong(4)], ErrorKind::Replay, 2),
        (true, vec![good(2), good(4), good(5)], ErrorKind::Replay, 2),
        (true, vec![good(2), unknown(4), good(6)], ErrorKind::Replay, 2),
        (true, vec![good(4), wrong(5), good(7)], ErrorKind::WrongValue, 5),
        (true, vec![good(4), erased(5), unknown(6)], ErrorKind::Deleted, 6),
        (true, vec![good(0), erased(4), good(5)], ErrorKind::Replay, 0),
    ]
}

#[tokio::test]
async fn what_a_statement_is_refused_for_does_not_depend_on_the_order_of_its_rows() {
    for form in FORMS {
        let (table, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let mut tried = 0;
        for (has_row, statement, kind, sequence) in statements() {
            if !is_told(table, &statement, has_row) {
                continue;
            }
            let empty = format!("DELETE FROM {table}; DELETE FROM {table}_rollup");
            unnoticed(pool, table, &empty).await.expect("empty");
            if has_row {
                append(pool, table, &stream(1, 1..=3)).await.expect("good events are taken");
                lose(pool, table, 2).await;
            }
            for order in orders(&statement) {
                let outcome = append(pool, table, &order).await;
                assert!(outcome.is_err(), "{table} accepts {order:?}");
                let error = refusal(outcome);
                assert_eq!(error.code(), kind.sqlstate(), "{table}, {order:?}: {error}");
                assert!(
                    error.message().starts_with(&format!("event {sequence} ")),
                    "{table}, {order:?}: {error}"
                );
                tried += 1;
            }
        }
        assert!(tried > 60, "{tried} orders");
        database.close().await;
    }
}
