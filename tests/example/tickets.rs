//! `cargo run --example tickets`: its output, its migration, and its race.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/tickets.rs"]
mod tickets;

use std::sync::Arc;

use crate::files::{assert_is_file, assert_is_output};
use chrono::Utc;
use es_rollup::Rollup;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::postgres::{PgPoolOptions, Postgres};
use sqlx::{PgPool, Transaction};
use tickets::support::store::{self, Failed};
use tickets::{Command, CommentId, TicketEvent, TicketId, UserId};
use tokio::sync::Barrier;
use uuid::Uuid;

const DISPATCHER: UserId = UserId(Uuid::from_u128(1));
const USERS: [UserId; 2] = [UserId(Uuid::from_u128(2)), UserId(Uuid::from_u128(3))];
const ASSIGNERS: u32 = 8;

fn ticket(number: u32) -> TicketId {
    TicketId(Uuid::from_u128(number.into()))
}

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("tickets/tickets.sql", TicketEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    tickets::steps::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("tickets/output.txt", out);
}

#[tokio::test]
async fn the_last_step_finds_a_row_of_any_table_that_differs_from_the_fold() {
    let database = Database::create().await;
    tickets::steps::show(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
    for harm in [
        "UPDATE tickets SET last_event = 'x'",
        "UPDATE tickets_comments SET edits = 7",
        "DELETE FROM tickets_comments",
    ] {
        sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
        let error = tickets::steps::compare(database.pool(), &mut Vec::new()).await;
        assert_eq!(error.expect_err("the harm is found").to_string(), "fold and tables differ", "{harm}");
        let rebuilt = sqlx::raw_sql("SELECT tickets_rebuild(NULL)").execute(database.pool()).await;
        rebuilt.expect("the tables are folded again");
        tickets::steps::compare(database.pool(), &mut Vec::new()).await.expect("the harm is mended");
    }
    database.close().await;
}

/// A help desk with a ticket for each assigner, and a connection for each.
async fn desk(database: &Database) -> PgPool {
    let pool = PgPoolOptions::new().max_connections(ASSIGNERS).connect(database.url()).await.expect("a pool");
    store::create_table::<TicketEvent>(&pool).await.expect("a table");
    store::migrate(&pool, TicketEvent::MIGRATION_SQL).await.expect("a rollup");
    for number in 1..=ASSIGNERS {
        let create = Command::Create { title: "No light", body: "The lamp stays dark." };
        let created = tickets::execute(&pool, ticket(number), DISPATCHER, Utc::now(), &create).await;
        created.expect("a ticket");
    }
    pool
}

/// Whether the command was accepted rather than rejected.
fn accepted(outcome: Result<(), Failed>) -> bool {
    match outcome {
        Ok(()) => true,
        Err(Failed::Rejected(_)) => false,
        Err(other) => panic!("{other:?}"),
    }
}

/// All assigners give their ticket to the same user, and have looked for a free slot before one of them has appended.
/// Returns how many were accepted.
async fn all_assign(pool: &PgPool) -> usize {
    let start = Arc::new(Barrier::new(ASSIGNERS as usize));
    let assigners: Vec<_> = (1..=ASSIGNERS)
        .map(|number| {
            let (pool, start) = (pool.clone(), Arc::clone(&start));
            tokio::spawn(async move {
                let (id, command) = (ticket(number), Command::Assign { to: USERS[0] });
                let decided = tickets::decide(&pool, id, DISPATCHER, &command).await;
                start.wait().await;
                let decided = decided.expect("there is a free slot when all look");
                match tickets::append(&pool, id, DISPATCHER, Utc::now(), decided).await {
                    Err(error) if tickets::another_was_faster(&error) => {}
                    done => return accepted(done.map_err(Failed::from)),
                }
                accepted(tickets::execute(&pool, id, DISPATCHER, Utc::now(), &command).await)
            })
        })
        .collect();
    let mut count = 0;
    for assigner in assigners {
        count += usize::from(assigner.await.expect("an assigner does not panic"));
    }
    count
}

/// Takes the user's first slot for a ticket, in a transaction that is not committed yet.
async fn taking_a_slot(pool: &PgPool, number: u32) -> Transaction<'static, Postgres> {
    let mut transaction = pool.begin().await.expect("a transaction");
    let event = [TicketEvent::TicketAssigned { assigned_to: USERS[0], slot: 1 }];
    let context = serde_json::json!({ "user_id": DISPATCHER });
    let appended =
        store::append(&mut *transaction, &ticket(number), 1, Utc::now(), Some(&context), &event).await;
    appended.expect("the slot is compared at commit");
    transaction
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_who_wait_for_each_other_one_is_told_to_try_again() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = desk(&database).await;
    // Each of the other two has seen a writer before it, and looks again at commit.
    let gone = taking_a_slot(&pool, 3).await;
    let (one, other) = (taking_a_slot(&pool, 1).await, taking_a_slot(&pool, 2).await);
    gone.rollback().await.expect("the first writer gives up");
    let mut errors: Vec<_> = <[_; 2]>::from(tokio::join!(one.commit(), other.commit()))
        .into_iter()
        .filter_map(Result::err)
        .collect();
    let error = errors.pop().expect("one of them has no slot");
    assert!(errors.is_empty(), "the other one has it: {errors:?}");
    assert!(store::deadlocked(&error), "{error:?}");
    assert!(tickets::another_was_faster(&error));
    assert_eq!(open_tickets(&pool, USERS[0]).await, 1);
    pool.close().await;
    database.close().await;
}

/// How many open tickets a user has, and that the tables are what the events say.
async fn open_tickets(pool: &PgPool, user: UserId) -> usize {
    let states = tickets::steps::states(pool).await.expect("the tables are read");
    assert_eq!(states, store::folded::<TicketEvent>(pool).await.expect("what is stored folds"));
    states.iter().filter(|ticket| ticket.assigned_to == Some(user) && !ticket.is_solved).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_assigners_at_once_give_a_user_three_tickets_as_long_as_a_slot_is_unique() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = desk(&database).await;
    assert_eq!(all_assign(&pool).await, 3);
    assert_eq!(open_tickets(&pool, USERS[0]).await, 3);
    pool.close().await;
    database.close().await;

    let database = Database::create().await;
    let pool = desk(&database).await;
    let dropped = "ALTER TABLE tickets DROP CONSTRAINT tickets_assigned_to_slot_key";
    sqlx::query(dropped).execute(&pool).await.expect("the guard is taken away");
    assert!(all_assign(&pool).await > 3);
    assert!(open_tickets(&pool, USERS[0]).await > 3, "without the guard the race is lost");
    pool.close().await;
    database.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn assigning_solving_reopening_and_commenting_at_once_keep_to_three_tickets_a_user() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = desk(&database).await;
    let workers: Vec<_> = (1..=ASSIGNERS)
        .map(|worker| {
            let pool = pool.clone();
            tokio::spawn(async move {
                let mut count = 0;
                for turn in 0..6 {
                    // Workers meet at each ticket.
                    let id = ticket((worker + 3 * turn) % ASSIGNERS + 1);
                    let user = USERS[((worker + turn) % 2) as usize];
                    let comment = CommentId(Uuid::from_u128((100 * worker + turn).into()));
                    let command = match (worker + turn) % 4 {
                        0 => Command::Assign { to: user },
                        1 => Command::Solve,
                        2 => Command::Reopen,
                        _ => Command::Comment { id: comment, text: "Soon." },
                    };
                    count +=
                        usize::from(accepted(tickets::execute(&pool, id, user, Utc::now(), &command).await));
                    let assign = Command::Assign { to: user };
                    count +=
                        usize::from(accepted(tickets::execute(&pool, id, user, Utc::now(), &assign).await));
                }
                count
            })
        })
        .collect();
    let mut count = ASSIGNERS as usize;
    for worker in workers {
        count += worker.await.expect("a worker does not panic");
    }
    for user in USERS {
        assert!(open_tickets(&pool, user).await <= 3);
    }
    let events = store::events::<TicketEvent>(&pool, None, 0).await.expect("the events");
    assert_eq!(events.len(), count, "each accepted command has appended one event");
    pool.close().await;
    database.close().await;
}
