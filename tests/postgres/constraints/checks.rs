//! Checks hold after each event, however events are cut into statements.

use super::{charged, event, joined, moved, paid};
use crate::fixtures::{MEMBER_CHECKS, MemberEvent};
use crate::support::{
    HOSTILE, Row, Stored, catalog, everything, insert, installed, refusal, row, rows_are_folds, run,
    with_events,
};
use chrono::Utc;
use es_rollup::{ErrorKind, Recorded, Rollup};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, PgPool};

/// A balance that is below zero after the third event and above it after the fourth.
fn dip(id: i64) -> Vec<Row> {
    vec![joined(id, "ada@example.org"), paid(id, 2, 10), charged(id, 3, 11), paid(id, 4, 50)]
}

fn is_the_dip(error: &PgDatabaseError) {
    assert_eq!(
        (error.code(), error.constraint(), error.schema(), error.table(), error.column()),
        ("23514", Some("no_overdraft"), Some("club"), Some("member"), None),
        "{error:?}"
    );
    assert_eq!(
        error.message(),
        "event 3 (charged) of entity 7 in \"club\".\"member_events\" is refused: check \"no_overdraft\" does not hold after it"
    );
}

/// Every order of four rows.
fn orders(rows: &[Row]) -> Vec<Vec<Row>> {
    let mut orders = Vec::new();
    for number in 0..24 {
        let (mut left, mut order, mut rest) = (rows.to_vec(), Vec::new(), number);
        for choices in (1..=4).rev() {
            order.push(left.remove(rest % choices));
            rest /= choices;
        }
        orders.push(order);
    }
    orders
}

#[tokio::test]
async fn a_statement_is_refused_at_the_event_after_which_a_check_does_not_hold_in_any_order_of_rows() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, [joined(1, "bob@example.org")]).await.expect("a good event");
    let before = everything::<MemberEvent>(pool).await;
    for rows in orders(&dip(7)) {
        // Good events of another entity, which must not stay either.
        let rows = [vec![paid(1, 2, 5)], rows, vec![joined(8, "eve@example.org")]].concat();
        is_the_dip(&refusal(insert::<MemberEvent>(pool, rows).await));
        assert_eq!(everything::<MemberEvent>(pool).await, before);
    }
    database.close().await;
}

#[tokio::test]
async fn a_check_is_reported_as_itself_where_the_rollup_has_a_constraint_of_somebody_elses() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    run(pool, "ALTER TABLE club.member ADD CONSTRAINT modest CHECK (balance < 1000)").await.expect("added");
    is_the_dip(&refusal(insert::<MemberEvent>(pool, dip(7)).await));
    run(pool, "ALTER TABLE club.member_events DISABLE TRIGGER USER").await.expect("off");
    insert::<MemberEvent>(pool, dip(7)).await.expect("the trigger does not see them");
    run(pool, "ALTER TABLE club.member_events ENABLE TRIGGER USER").await.expect("on");
    for fold in [
        "SELECT club.member_catch_up(7)",
        "SELECT club.member_rebuild(ARRAY[7]::bigint[])",
        "SELECT club.member_rebuild(NULL)",
        MemberEvent::MIGRATION_SQL,
    ] {
        is_the_dip(&refusal(run(pool, fold).await));
    }
    database.close().await;
}

#[tokio::test]
async fn where_events_are_cut_into_statements_does_not_matter() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    // The last of them cuts the event alone.
    for (cut, end) in [(0, 4), (1, 4), (2, 4), (2, 3)] {
        let mut transaction = pool.begin().await.expect("a transaction");
        let events = dip(7);
        if cut > 0 {
            insert::<MemberEvent>(&mut *transaction, &events[..cut]).await.expect("nothing is wrong so far");
        }
        is_the_dip(&refusal(insert::<MemberEvent>(&mut *transaction, &events[cut..end]).await));
        transaction.rollback().await.expect("nothing is kept");
    }
    // The same amounts in an order in which the balance stays above.
    let good = [joined(7, "ada@example.org"), paid(7, 2, 10), paid(7, 3, 50), charged(7, 4, 11)];
    insert::<MemberEvent>(pool, &good[..]).await.expect("every check holds");
    assert_eq!(rows_are_folds::<MemberEvent>(pool).await, 1);
    database.close().await;
}

/// Stores events that the trigger does not see.
async fn unseen(pool: &PgPool, rows: &[Row]) {
    run(pool, "ALTER TABLE club.member_events DISABLE TRIGGER USER").await.expect("the trigger is off");
    insert::<MemberEvent>(pool, rows).await.expect("nobody looks");
    run(pool, "ALTER TABLE club.member_events ENABLE TRIGGER USER").await.expect("the trigger is on");
}

#[tokio::test]
async fn an_event_that_is_caught_up_with_is_held_to_checks_as_well() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, &dip(7)[..2]).await.expect("good events");
    unseen(pool, &dip(7)[2..]).await;
    is_the_dip(&refusal(insert::<MemberEvent>(pool, [paid(7, 5, 1)]).await));
    is_the_dip(&refusal(run(pool, "SELECT club.member_catch_up(7)").await));
    is_the_dip(&refusal(run(pool, MemberEvent::MIGRATION_SQL).await));
    database.close().await;
}

#[tokio::test]
async fn a_history_in_which_a_check_did_not_hold_is_not_installed_over() {
    let database = with_events::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, dip(7)).await.expect("there is no rollup yet");
    let before = catalog(pool).await;
    is_the_dip(&refusal(run(pool, MemberEvent::MIGRATION_SQL).await));
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn the_refusal_says_what_is_checked_and_shows_no_value() {
    let database = installed::<MemberEvent>("bigint").await;
    let rows = [joined(7, "ada@example.org"), moved(7, 2, "secret address")];
    let error = refusal(insert::<MemberEvent>(database.pool(), rows).await);
    assert_eq!(error.constraint(), Some("email_has_an_at"));
    assert_eq!(
        error.detail(),
        Some("Check \"email_has_an_at\" of \"club\".\"member\" requires: email LIKE '%@%'")
    );
    assert_eq!(error.hint(), Some("Do not write the event, or change the check in Rust and migrate."));
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
    database.close().await;
}

#[tokio::test]
async fn a_caller_tells_checks_by_their_names() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, [joined(7, "ada@example.org")]).await.expect("a good event");
    let broken = [
        charged(7, 2, 1),
        event(7, 2, "plan_chosen", "plan", "silver"),
        event(7, 2, "tagged", "tags", json!(["a", "b"])),
        moved(7, 2, "nowhere"),
        row(7, 2, json!({"type": "plan_chosen", "plan": null, "order": 0})),
    ];
    for (row, (name, _)) in broken.into_iter().zip(MEMBER_CHECKS) {
        let error = insert::<MemberEvent>(pool, [row]).await.expect_err("a check does not hold");
        let error = error.as_database_error().expect("the database refuses");
        assert!(error.is_check_violation());
        assert_eq!((error.constraint(), error.table()), (Some(name), Some("member")));
        assert_eq!(ErrorKind::from_sqlstate(&error.code().expect("a code")), None);
    }
    database.close().await;
}

#[tokio::test]
async fn of_several_checks_the_first_that_is_written_is_named() {
    let database = installed::<MemberEvent>("bigint").await;
    let rows = [row(7, 1, json!({"type": "joined", "tenant": 1, "email": "nowhere", "badge": null}))];
    // All others hold of a first event.
    assert_eq!(
        refusal(insert::<MemberEvent>(database.pool(), rows).await).constraint(),
        Some("email_has_an_at")
    );
    let rows = [
        joined(7, "ada@example.org"),
        row(7, 2, json!({"type": "plan_chosen", "plan": "silver", "order": 0})),
    ];
    assert_eq!(refusal(insert::<MemberEvent>(database.pool(), rows).await).constraint(), Some("known_plan"));
    database.close().await;
}

#[tokio::test]
async fn a_check_that_comes_to_null_holds() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let rows = [
        joined(7, "ada@example.org"),
        row(7, 2, json!({"type": "plan_chosen", "plan": "gold", "order": 3})),
        row(7, 3, json!({"type": "plan_chosen", "plan": null, "order": null})),
    ];
    insert::<MemberEvent>(pool, rows).await.expect("NULL is not false");
    assert_eq!(rows_are_folds::<MemberEvent>(pool).await, 1);
    database.close().await;
}

#[tokio::test]
async fn the_fold_in_rust_does_not_evaluate_checks() {
    let read =
        |row: &Row| serde_json::from_value::<MemberEvent>(row.payload.clone()).expect("serde reads it");
    let events: Vec<MemberEvent> = dip(7)[..3].iter().map(read).collect();
    let stream = events.iter().zip(1_i64..).map(|(event, at)| Recorded::new(&7, at, Utc::now(), event));
    let member = MemberEvent::fold(stream).expect("the fold is content").expect("a state");
    assert_eq!(member.balance, -1);
    assert!(MEMBER_CHECKS.iter().any(|(_, holds)| !holds(&member)));
}

#[tokio::test]
async fn whoever_writes_the_table_by_hand_is_held_to_checks_too() {
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, &dip(7)[..2]).await.expect("good events");
    let error = refusal(run(pool, "UPDATE club.member SET balance = -1").await);
    assert_eq!((error.code(), error.constraint()), ("23514", Some("no_overdraft")));
    database.close().await;
}

/// A stream of at most two events; what ends it does not count, since there is no row to check then.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "visit_events", id = i64, check(short = "version <= 2 AND created_at <= modified_at", counted = "times > 0"))]
#[rollup(derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum VisitEvent {
    #[rollup(count = "times")]
    Seen,
    #[rollup(delete)]
    Ended,
}

impl Stored for VisitEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[tokio::test]
async fn an_event_that_deletes_the_row_is_not_checked_and_the_columns_of_every_rollup_are() {
    let database = installed::<VisitEvent>("bigint").await;
    let pool = database.pool();
    let seen = |id, sequence| row(id, sequence, json!({"type": "seen"}));
    let ended = |id, sequence| row(id, sequence, json!({"type": "ended"}));
    insert::<VisitEvent>(pool, [seen(1, 1), seen(1, 2), ended(1, 3)])
        .await
        .expect("nothing is left to check");
    insert::<VisitEvent>(pool, [seen(2, 1), seen(2, 2)]).await.expect("short enough");
    insert::<VisitEvent>(pool, [ended(2, 3)]).await.expect("nothing is left to check");
    // Of this one there never was a row, and of that one never one in the table.
    insert::<VisitEvent>(pool, [ended(4, 1), ended(5, 2), seen(5, 1)])
        .await
        .expect("nothing is left to check");
    run(pool, VisitEvent::MIGRATION_SQL).await.expect("nothing is left to check");
    let (_, rows) = everything::<VisitEvent>(pool).await;
    assert_eq!(rows, json!([]));
    let error = refusal(insert::<VisitEvent>(pool, [ended(1, 4)]).await);
    assert_eq!(error.code(), "RU011");
    let error = refusal(insert::<VisitEvent>(pool, [seen(3, 1), seen(3, 2), seen(3, 3), ended(3, 4)]).await);
    assert_eq!(error.constraint(), Some("short"));
    assert!(error.message().starts_with("event 3 (seen) of entity 3 in "), "{error}");
    database.close().await;
}

/// Makes an enum with one check.
macro_rules! counted {
    ($name:ident, $state:ident, $check:literal) => {
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[rollup(events = "count_events", id = i64, state = $state, check(is_even = $check))]
        #[rollup(derive(Debug, Clone, PartialEq, sqlx::FromRow))]
        enum $name {
            Counted {
                #[rollup(increment = "total")]
                by: i32,
            },
        }

        impl Stored for $name {
            const ID_TYPE: &'static str = "bigint";
        }
    };
}

counted!(Even, EvenCount, "public.is_even(total)");
counted!(Unqualified, UnqualifiedCount, "is_even(total)");
counted!(Typo, TypoCount, "totl >= 0 AND total >= 0");
counted!(NoCondition, NoConditionCount, "total + 1");
counted!(Division, DivisionCount, "100 / total > 0");

const IS_EVEN: &str =
    "CREATE FUNCTION is_even(integer) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 % 2 = 0'";

#[tokio::test]
async fn an_expression_that_is_none_fails_the_migration_and_leaves_nothing() {
    let database = with_events::<Even>("bigint").await;
    let pool = database.pool();
    run(pool, IS_EVEN).await.expect("a function");
    let before = catalog(pool).await;
    // A column that is not there, a function without its schema, a number where a condition is due.
    for (migration, code) in [
        (Typo::MIGRATION_SQL, "42703"),
        (Unqualified::MIGRATION_SQL, "42883"),
        (NoCondition::MIGRATION_SQL, "42804"),
    ] {
        let error = refusal(run(pool, migration).await);
        assert_eq!(error.code(), code, "{error}");
        assert_eq!(catalog(pool).await, before);
    }
    database.close().await;
}

#[tokio::test]
async fn a_check_calls_functions_by_their_schema_whatever_stands_first_in_the_search_path() {
    let database = with_events::<Even>("bigint").await;
    let pool = database.pool();
    run(pool, &format!("{IS_EVEN}; {HOSTILE}")).await.expect("functions, some of which lie");
    let hostile = "SET LOCAL search_path = hostile, public, pg_catalog";
    run(pool, &format!("{hostile}; {}", Even::MIGRATION_SQL)).await.expect("the migration is applied");
    let counted = |sequence, by: i32| event(7, sequence, "counted", "by", by);
    let mut transaction = pool.begin().await.expect("a transaction");
    sqlx::query(AssertSqlSafe(hostile)).execute(&mut *transaction).await.expect("a search path");
    insert::<Even>(&mut *transaction, [counted(1, 2)]).await.expect("an even number");
    let error = refusal(insert::<Even>(&mut *transaction, [counted(2, 1), counted(3, 1)]).await);
    assert_eq!((error.code(), error.constraint()), ("23514", Some("is_even")));
    transaction.rollback().await.expect("nothing is kept");
    database.close().await;
}

#[tokio::test]
async fn an_expression_that_fails_fails_the_statement() {
    let database = installed::<Division>("bigint").await;
    let pool = database.pool();
    let before = everything::<Division>(pool).await;
    let error = refusal(insert::<Division>(pool, [event(7, 1, "counted", "by", 0)]).await);
    assert_eq!(error.code(), "22012", "{error}");
    assert_eq!(everything::<Division>(pool).await, before);
    database.close().await;
}
