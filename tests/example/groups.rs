//! `cargo run --example groups`: its output, its migration, and its races.

#[allow(dead_code, unreachable_pub)]
#[path = "../../examples/groups.rs"]
mod groups;

use crate::files::{assert_is_file, assert_is_output};
use crate::races::{WRITERS, at_once, pool};
use chrono::{DateTime, Utc};
use es_rollup::{Rollup, Torn};
use es_rollup_test_server::{Database, needs_several_connections};
use groups::support::store::{self, Stored};
use groups::{
    CompanyEvent, CompanyId, CompanyState, GroupId, Outcome, Rejection, UserId, add_to_group, create_group,
    found, insert_user, read, save, save_at, set_api_key, steps,
};
use sqlx::{AssertSqlSafe, PgPool};
use uuid::Uuid;

const COMPANY: CompanyId = CompanyId(Uuid::from_u128(1));
const GROUP: GroupId = GroupId(Uuid::from_u128(2));

fn user(number: usize) -> UserId {
    UserId(Uuid::from_u128(100 + number as u128))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_444_000, 0).expect("a moment")
}

#[test]
fn the_migration_in_the_repository_is_up_to_date() {
    assert_is_file("groups/groups.sql", CompanyEvent::MIGRATION_SQL);
}

#[tokio::test]
async fn the_output_in_the_repository_is_up_to_date() {
    let database = Database::create().await;
    let mut out = Vec::new();
    steps::show(database.pool(), &mut out).await.expect("every step comes out right");
    database.close().await;
    assert_is_output("groups/output.txt", out);
}

#[tokio::test]
async fn the_last_step_finds_a_row_of_any_table_that_differs_from_the_fold() {
    let database = Database::create().await;
    steps::show(database.pool(), &mut Vec::new()).await.expect("every step comes out right");
    for harm in [
        "UPDATE companies SET company_name = 'x' WHERE company_name = 'Borg'",
        "UPDATE companies_users SET api_key_hash = NULL WHERE username = 'dan'",
        "UPDATE companies_groups SET version = version - 1",
        "DELETE FROM companies_members WHERE version = 21",
    ] {
        let done = sqlx::query(harm).execute(database.pool()).await.expect("the owner may write");
        assert_eq!(done.rows_affected(), 1, "{harm}");
        let mut out = Vec::new();
        let error = steps::compare(database.pool(), &mut out).await.expect_err("the harm is found");
        assert_eq!(error.to_string(), "fold and rows differ", "{harm}");
        assert!(!String::from_utf8_lossy(&out).contains("are equal"));
        sqlx::query("SELECT companies_rebuild(NULL)").execute(database.pool()).await.expect("a rebuild");
        steps::compare(database.pool(), &mut Vec::new()).await.expect("the harm is mended");
    }
    database.close().await;
}

#[tokio::test]
async fn the_same_events_in_one_shuffled_statement_give_the_same_rows() {
    let database = Database::create().await;
    let pool = database.pool();
    steps::show(pool, &mut Vec::new()).await.expect("every step comes out right");
    let ids = [steps::HALDEN, steps::BORG];
    let [halden, borg] = ids.map(|id| read(pool, id));
    let before = [halden.await.expect("Halden"), borg.await.expect("Borg")];
    sqlx::raw_sql("CREATE TABLE kept AS TABLE company_events; TRUNCATE company_events")
        .execute(pool)
        .await
        .expect("the events are kept elsewhere");
    for table in ["companies", "companies_users", "companies_groups", "companies_members"] {
        let count = AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        let rows: i64 = sqlx::query_scalar(count).fetch_one(pool).await.expect("a count");
        assert_eq!(rows, 0, "{table} is the fold of no events");
    }
    for _ in 0..5 {
        sqlx::raw_sql("TRUNCATE company_events; INSERT INTO company_events TABLE kept ORDER BY random()")
            .execute(pool)
            .await
            .expect("no event is refused");
        let [halden, borg] = ids.map(|id| read(pool, id));
        assert_eq!([halden.await.expect("Halden"), borg.await.expect("Borg")], before);
    }
    database.close().await;
}

#[tokio::test]
async fn rows_of_different_moments_make_no_state() {
    let database = Database::create().await;
    let pool = database.pool();
    steps::show(pool, &mut Vec::new()).await.expect("every step comes out right");
    let seen = read(pool, steps::HALDEN).await.expect("the company");
    let (id, (name, username)) = (user(1), ("Eve Laurent", "eve"));
    insert_user(pool, now(), steps::HALDEN, (id, name, username)).await.expect("a user");
    let CompanyState { users, groups, members, .. } = read(pool, steps::HALDEN).await.expect("the company");
    let torn = CompanyState::new(seen.rollup, users, groups, members).expect_err("a torn read");
    assert_eq!((torn.view, torn.why), ("users", Torn::Newer));
    database.close().await;
}

/// A company with a user for each writer, and a group of three seats.
async fn company(database: &Database) -> PgPool {
    let pool = pool(database).await;
    store::create_table::<CompanyEvent>(&pool).await.expect("the event table");
    store::migrate(&pool, CompanyEvent::MIGRATION_SQL).await.expect("the migration");
    found(&pool, now(), COMPANY, "Halden Bank").await.expect("a company");
    for number in 0..WRITERS {
        let name = format!("user {number}");
        insert_user(&pool, now(), COMPANY, (user(number), &name, &name)).await.expect("a user");
    }
    let seen = read(&pool, COMPANY).await.expect("the company");
    save(&pool, now(), seen, |company| create_group(company, GROUP, "payments", 3)).await.expect("a group");
    pool
}

/// How many were saved, and how often these have retried.
fn saved(outcomes: &[Outcome]) -> (usize, u32) {
    outcomes.iter().fold((0, 0), |(count, sum), outcome| match outcome {
        Outcome::Saved { retries, .. } => (count + 1, sum + retries),
        Outcome::Rejected(_) => (count, sum),
    })
}

fn rejected(outcomes: &[Outcome], why: &Rejection) -> usize {
    outcomes.iter().filter(|it| matches!(it, Outcome::Rejected(reasons) if reasons.contains(why))).count()
}

/// The rows of the company, which are those of the fold. No writer's event is lost: the sequences have no gap.
async fn state(pool: &PgPool) -> CompanyState {
    let rows = read(pool, COMPANY).await.expect("the company");
    let stored: Vec<Stored<CompanyEvent>> = store::events(pool, Some(&COMPANY), 0).await.expect("the events");
    let folded = CompanyEvent::fold(stored.iter().map(Stored::recorded)).expect("a stream");
    assert_eq!(Some(&rows), folded.as_ref());
    assert_eq!(rows.version, i64::try_from(stored.len()).expect("few"));
    rows
}

/// Writers insert users with one username; returns how many have it then, and the outcomes.
async fn insert_one_name(pool: &PgPool) -> (usize, Vec<Outcome>) {
    let outcomes = at_once::<CompanyEvent, _, _>(pool, |number, pool| async move {
        insert_user(&pool, now(), COMPANY, (user(1000 + number), "Ada Moreau", "ada")).await
    })
    .await;
    let company = state(pool).await;
    (company.users.values().filter(|user| user.username == "ada").count(), outcomes)
}

#[tokio::test]
async fn of_writers_that_insert_a_username_at_once_one_wins_thanks_to_the_constraint() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = company(&database).await;
    let (named, outcomes) = insert_one_name(&pool).await;
    assert_eq!((named, saved(&outcomes).0), (1, 1));
    assert_eq!(rejected(&outcomes, &Rejection::UsernameIsTaken), WRITERS - 1);
    pool.close().await;
    database.close().await;

    let database = Database::create().await;
    let pool = company(&database).await;
    let drop = "ALTER TABLE companies_users DROP CONSTRAINT companies_users_id_username_key";
    sqlx::query(drop).execute(&pool).await.expect("the owner may");
    let (named, outcomes) = insert_one_name(&pool).await;
    assert_eq!((named, saved(&outcomes).0), (WRITERS, WRITERS), "without it every writer has the name");
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn of_writers_that_found_a_company_at_once_one_wins() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = company(&database).await;
    let new = CompanyId(Uuid::from_u128(3));
    let outcomes =
        at_once::<CompanyEvent, _, _>(&pool, |_, pool| async move { found(&pool, now(), new, "Borg").await })
            .await;
    assert_eq!(saved(&outcomes).0, 1);
    assert_eq!(rejected(&outcomes, &Rejection::AlreadyFounded), WRITERS - 1);
    assert_eq!(read(&pool, new).await.expect("the new company").version, 1);
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn of_writers_at_the_same_expected_sequence_one_wins() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = company(&database).await;
    let seen = read(&pool, COMPANY).await.expect("the company");
    let outcomes = at_once::<CompanyEvent, _, _>(&pool, |number, pool| {
        let seen = seen.clone();
        async move { save_at(&pool, now(), &seen, set_api_key(&seen, user(number), "5c0f")).await }
    })
    .await;
    assert_eq!(saved(&outcomes), (1, 0));
    assert_eq!(rejected(&outcomes, &Rejection::SavedSince { seen: seen.version }), WRITERS - 1);
    assert_eq!(state(&pool).await.version, seen.version + 1);
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn of_writers_that_retry_nothing_is_lost() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = company(&database).await;
    let seen = read(&pool, COMPANY).await.expect("the company");
    // All change the same row, so that a lost change would be missed in its counter.
    let outcomes = at_once::<CompanyEvent, _, _>(&pool, |number, pool| {
        let seen = seen.clone();
        async move {
            let hash = format!("{number:04x}");
            save(&pool, now(), seen, |company| set_api_key(company, user(0), &hash)).await
        }
    })
    .await;
    let (count, retries) = saved(&outcomes);
    assert_eq!(count, WRITERS);
    assert!(retries >= 7, "all but one have lost the first round, yet there were {retries} retries");
    let writers = i64::try_from(WRITERS).expect("few");
    let company = state(&pool).await;
    assert_eq!(company.version, seen.version + writers);
    assert_eq!(company.users[&user(0)].api_key_changes, writers);
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn writers_that_decide_again_never_overfill_a_group_but_those_that_do_not_do() {
    needs_several_connections!();
    let database = Database::create().await;
    let pool = company(&database).await;
    let seen = read(&pool, COMPANY).await.expect("the company");
    let outcomes = at_once::<CompanyEvent, _, _>(&pool, |number, pool| {
        let seen = seen.clone();
        async move { save(&pool, now(), seen, |company| add_to_group(company, GROUP, &[user(number)])).await }
    })
    .await;
    assert_eq!(state(&pool).await.members.len(), 3);
    assert_eq!(saved(&outcomes).0, 3);
    assert_eq!(rejected(&outcomes, &Rejection::GroupIsFull { seats: 3, wanted: 4 }), WRITERS - 3);
    pool.close().await;
    database.close().await;

    let database = Database::create().await;
    let pool = company(&database).await;
    let first = read(&pool, COMPANY).await.expect("the company");
    let outcomes =
        at_once::<CompanyEvent, _, _>(&pool, |number, pool| {
            let first = first.clone();
            // A retry with the first decision, as if only the sequence had to be right.
            async move {
                save(&pool, now(), first.clone(), |_| add_to_group(&first, GROUP, &[user(number)])).await
            }
        })
        .await;
    assert_eq!(saved(&outcomes).0, WRITERS);
    assert_eq!(state(&pool).await.members.len(), WRITERS, "eight in a group of three seats");
    pool.close().await;
    database.close().await;
}
