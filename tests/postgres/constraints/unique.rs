//! Unique constraints hold when the transaction commits: within it, and among entities, there is no order.

use super::{badged, emails, joined, moved};
use crate::fixtures::MemberEvent;
use crate::support::{everything, insert, installed, refusal, row, rows_are_folds, run};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::json;
use sqlx::error::DatabaseError;
use sqlx::{Connection, Executor, PgConnection};
use std::time::Duration;

const EMAIL: &str = "member_tenant_email_key";
const BADGE: &str = "member_badge_key";

/// Two members, `a` and `b`.
async fn two() -> Database {
    let database = installed::<MemberEvent>("bigint").await;
    insert::<MemberEvent>(database.pool(), [joined(1, "a@x"), joined(2, "b@x")]).await.expect("two members");
    database
}

fn of(error: &dyn DatabaseError) -> (Option<String>, Option<&str>, Option<&str>) {
    (error.code().map(std::borrow::Cow::into_owned), error.constraint(), error.table())
}

#[tokio::test]
async fn entities_that_swap_a_value_in_one_statement_pass_in_either_order_of_rows() {
    let swap = [moved(1, 2, "b@x"), moved(2, 2, "a@x")];
    for rows in [swap.to_vec(), swap.iter().rev().cloned().collect()] {
        let database = two().await;
        insert::<MemberEvent>(database.pool(), rows)
            .await
            .expect("nobody has the other's address at the end");
        assert_eq!(emails(database.pool()).await, [(1, "b@x".into()), (2, "a@x".into())]);
        database.close().await;
    }
}

#[tokio::test]
async fn entities_that_swap_a_value_in_two_statements_of_a_transaction_pass() {
    let database = two().await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<MemberEvent>(&mut *transaction, [moved(1, 2, "b@x")]).await.expect("not checked yet");
    insert::<MemberEvent>(&mut *transaction, [moved(2, 2, "a@x")]).await.expect("not checked yet");
    transaction.commit().await.expect("nobody has the other's address at the end");
    assert_eq!(emails(pool).await, [(1, "b@x".into()), (2, "a@x".into())]);
    assert_eq!(rows_are_folds::<MemberEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn a_value_that_two_entities_have_is_refused_at_commit_by_the_constraints_name() {
    let database = two().await;
    let pool = database.pool();
    let before = everything::<MemberEvent>(pool).await;
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<MemberEvent>(&mut *transaction, [moved(1, 2, "b@x")]).await.expect("not checked yet");
    let error = refusal(transaction.commit().await);
    assert!(error.is_unique_violation());
    assert_eq!(of(&error), (Some("23505".into()), Some(EMAIL), Some("member")));
    assert_eq!(everything::<MemberEvent>(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn a_lone_statement_commits_by_itself_and_is_refused_itself() {
    let database = two().await;
    let pool = database.pool();
    let before = everything::<MemberEvent>(pool).await;
    // Within one statement too: two new entities of one address.
    for rows in [vec![moved(1, 2, "b@x")], vec![joined(3, "c@x"), joined(4, "c@x")]] {
        let error = refusal(insert::<MemberEvent>(pool, rows).await);
        assert_eq!(of(&error), (Some("23505".into()), Some(EMAIL), Some("member")));
        assert_eq!(everything::<MemberEvent>(pool).await, before);
    }
    // What a `RETURNING` has given before is not taken for success.
    let sql = "INSERT INTO club.member_events (id, sequence, event_type, event, recorded_at)
               VALUES (1, 2, '-', '{\"type\": \"email_changed\", \"email\": \"b@x\"}', now()) RETURNING id";
    let given = sqlx::query_scalar::<_, i64>(sql).fetch_one(pool).await;
    assert_eq!(of(&refusal(given)).1, Some(EMAIL));
    assert_eq!(everything::<MemberEvent>(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn whoever_wants_to_know_before_the_commit_says_so() {
    let database = two().await;
    let pool = database.pool();
    let immediate = "SET CONSTRAINTS club.member_tenant_email_key IMMEDIATE";
    // After the insert: checked now, for all that has happened.
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<MemberEvent>(&mut *transaction, [moved(1, 2, "b@x")]).await.expect("not checked yet");
    let error = refusal(transaction.execute(immediate).await);
    assert_eq!(of(&error), (Some("23505".into()), Some(EMAIL), Some("member")));
    transaction.rollback().await.expect("nothing is kept");
    // Before it: each statement is checked at its end, so that one that swaps still passes.
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction.execute(immediate).await.expect("the constraint can be deferred");
    insert::<MemberEvent>(&mut *transaction, [moved(1, 2, "b@x"), moved(2, 2, "a@x")]).await.expect("a swap");
    let error = refusal(insert::<MemberEvent>(&mut *transaction, [moved(1, 3, "a@x")]).await);
    assert_eq!(of(&error), (Some("23505".into()), Some(EMAIL), Some("member")));
    transaction.rollback().await.expect("nothing is kept");
    database.close().await;
}

#[tokio::test]
async fn values_are_taken_with_all_columns_and_none_is_like_no_other() {
    let database = two().await;
    let pool = database.pool();
    let rows = [
        row(3, 1, json!({"type": "joined", "tenant": 2, "email": "a@x", "badge": null})),
        row(4, 1, json!({"type": "joined", "tenant": 3, "email": "a@x", "badge": 5})),
    ];
    insert::<MemberEvent>(pool, rows).await.expect("other tenants, and badges that nobody has");
    let error = refusal(insert::<MemberEvent>(pool, [badged(1, 2, 5)]).await);
    assert_eq!(of(&error), (Some("23505".into()), Some(BADGE), Some("member")));
    database.close().await;
}

#[tokio::test]
async fn what_a_deleted_entity_had_is_free_in_the_same_statement() {
    let database = two().await;
    let pool = database.pool();
    let left = row(1, 2, json!({"type": "left"}));
    for rows in [vec![joined(3, "a@x"), left.clone()], vec![left.clone(), joined(3, "a@x")]] {
        let mut transaction = pool.begin().await.expect("a transaction");
        insert::<MemberEvent>(&mut *transaction, rows).await.expect("one leaves, one joins");
        transaction.execute("SET CONSTRAINTS ALL IMMEDIATE").await.expect("the address is free");
        transaction.rollback().await.expect("nothing is kept");
    }
    database.close().await;
}

#[tokio::test]
async fn of_two_writers_of_one_value_the_second_to_commit_is_refused() {
    needs_several_connections!();
    let database = two().await;
    let connect = || async { PgConnection::connect(database.url()).await.expect("a connection") };
    let (mut one, mut other) = (connect().await, connect().await);
    let mut first = one.begin().await.expect("a transaction");
    let mut second = other.begin().await.expect("a transaction");
    insert::<MemberEvent>(&mut *first, [moved(1, 2, "new@x")]).await.expect("nobody has it");
    insert::<MemberEvent>(&mut *second, [moved(2, 2, "new@x")]).await.expect("nobody waits yet");
    let (mine, theirs) = tokio::join!(second.commit(), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        first.commit().await
    });
    theirs.expect("the first to write commits");
    assert_eq!(of(&refusal(mine)), (Some("23505".into()), Some(EMAIL), Some("member")));
    assert_eq!(emails(database.pool()).await, [(1, "new@x".into()), (2, "b@x".into())]);
    assert_eq!(rows_are_folds::<MemberEvent>(database.pool()).await, 2);
    one.close().await.expect("closed");
    other.close().await.expect("closed");
    database.close().await;
}

#[tokio::test]
async fn of_many_writers_of_one_value_one_gets_it() {
    needs_several_connections!();
    let database = installed::<MemberEvent>("bigint").await;
    let members: Vec<_> = (1..=8).map(|id| joined(id, &format!("{id}@x"))).collect();
    insert::<MemberEvent>(database.pool(), members).await.expect("members");
    let writers = (1..=8_i64).map(|id| {
        let url = database.url().to_string();
        tokio::spawn(async move {
            let mut connection = PgConnection::connect(&url).await.expect("a connection");
            let outcome = insert::<MemberEvent>(&mut connection, [moved(id, 2, "wanted@x")]).await;
            connection.close().await.expect("closed");
            outcome.map_err(|error| refusal::<()>(Err(error)))
        })
    });
    let mut taken = 0;
    for writer in writers.collect::<Vec<_>>() {
        match writer.await.expect("a writer ends") {
            Ok(()) => taken += 1,
            Err(error) => assert!(
                (error.code(), error.constraint()) == ("23505", Some(EMAIL)) || error.code() == "40P01",
                "{error:?}"
            ),
        }
    }
    assert_eq!(taken, 1);
    assert_eq!(rows_are_folds::<MemberEvent>(database.pool()).await, 8);
    database.close().await;
}

#[tokio::test]
async fn a_history_in_which_two_entities_have_a_value_is_not_installed_over() {
    let database = crate::support::with_events::<MemberEvent>("bigint").await;
    let pool = database.pool();
    insert::<MemberEvent>(pool, [joined(1, "a@x"), joined(2, "a@x")]).await.expect("there is no rollup yet");
    let error = refusal(run(pool, <MemberEvent as es_rollup::Rollup>::MIGRATION_SQL).await);
    assert_eq!(of(&error), (Some("23505".into()), Some(EMAIL), Some("member")));
    database.close().await;
}
