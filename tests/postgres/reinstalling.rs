//! The migration beside others who are at work, and where it has been before.

use crate::concurrency::somebody_waits;
use crate::fixtures::{LedgerEvent, LedgerRowEvent, MemberEvent, ParcelEvent, UserEvent};
use crate::security::execute;
use crate::support::{
    catalog, edited, event_table, insert, installed, refusal, row, rows_are_folds, run, user, uuid,
    with_events,
};
use es_rollup::Rollup;
use es_rollup_test_server::needs_several_connections;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;

/// What is committed while the migration waits for a lock would not be seen.
#[tokio::test]
async fn at_a_stricter_isolation_level_the_migration_and_its_reversal_are_refused() {
    needs_several_connections!();
    for level in ["REPEATABLE READ", "SERIALIZABLE"] {
        let database = with_events::<UserEvent>("uuid").await;
        let pool = database.pool();
        let mut connection = pool.acquire().await.expect("a connection");
        for begin in [
            format!("BEGIN ISOLATION LEVEL {level}"),
            // As a role or a database may have it by default.
            format!("SET default_transaction_isolation = '{}'", level.to_lowercase()),
        ] {
            for sql in [UserEvent::MIGRATION_SQL, UserEvent::REVERT_SQL] {
                let before = catalog(pool).await;
                connection.execute(AssertSqlSafe(begin.clone())).await.expect("the level is set");
                let error = refusal(execute(&mut connection, sql).await);
                connection.execute("ROLLBACK; RESET ALL").await.expect("rolled back");
                assert_eq!(error.code(), "RU020", "{error}");
                assert!(error.message().contains(&level.to_lowercase()), "{error}");
                assert!(error.hint().is_some_and(|hint| hint.contains("READ COMMITTED")), "{error:?}");
                assert_eq!(catalog(pool).await, before);
            }
        }
        // The way that the hint shows.
        let sql = format!("SET default_transaction_isolation = '{}'", level.to_lowercase());
        connection.execute(AssertSqlSafe(sql)).await.expect("the level is set");
        connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED").await.expect("begun");
        execute(&mut connection, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        connection.execute("COMMIT").await.expect("committed");
        drop(connection);
        database.close().await;
    }
}

/// What a writer commits that was at work before the migration is folded.
#[tokio::test]
async fn events_that_are_committed_while_the_migration_waits_are_folded() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=1)).await.expect("the event is stored");
    let mut watch = PgConnection::connect(database.url()).await.expect("a connection");
    let mut writer = pool.begin().await.expect("a transaction");
    let rows = [user(uuid(1), 2..=2), user(uuid(9), 1..=1)].concat();
    insert::<UserEvent>(&mut *writer, rows).await.expect("the events are stored");
    let migration = tokio::spawn({
        let pool = pool.clone();
        async move { run(&pool, UserEvent::MIGRATION_SQL).await }
    });
    somebody_waits(&mut watch).await;
    writer.commit().await.expect("committed");
    migration.await.expect("the migration goes on").expect("the migration is applied");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    watch.close().await.expect("closed");
    database.close().await;
}

/// The pieces of a migration as a tool may cut it that runs each for itself.
pub(crate) fn statements(sql: &str) -> Vec<String> {
    let (mut statements, mut statement, mut quoted) = (Vec::new(), String::new(), false);
    for line in sql.lines() {
        statement.push_str(line);
        statement.push('\n');
        quoted ^= line.matches("$es_rollup$").count() % 2 == 1;
        if !quoted && line.ends_with(';') {
            statements.push(std::mem::take(&mut statement));
        }
    }
    statements
}

/// Even where the one who runs it goes on after errors.
#[tokio::test]
async fn statement_by_statement_the_migration_puts_no_trigger_on_the_events() {
    needs_several_connections!();
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("events are stored");
    let before = catalog(pool).await;
    let statements = statements(UserEvent::MIGRATION_SQL);
    assert!(statements.len() > 10, "{}", statements.len());
    let mut connection = pool.acquire().await.expect("a connection");
    let mut outcomes = Vec::new();
    for statement in &statements {
        let outcome = connection.execute(AssertSqlSafe(statement.clone())).await;
        if outcomes.iter().all(Result::is_ok) {
            assert_eq!(catalog(pool).await, before, "nothing is made before the first error");
        }
        outcomes.push(outcome.map(drop));
    }
    drop(connection);
    let first = outcomes.into_iter().find(Result::is_err).expect("it is refused");
    assert_eq!(refusal(first).code(), "25P01");
    let triggers: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        .fetch_one(pool)
        .await
        .expect("the triggers are counted");
    assert_eq!(triggers, 0);
    // What is left does no harm.
    insert::<UserEvent>(pool, user(uuid(1), 3..=3)).await.expect("the event is stored");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

/// What a writer of one member does until it is told to stop.
async fn write(pool: PgPool, member: i64, stop: Arc<AtomicBool>) -> Vec<String> {
    let mut codes = Vec::new();
    let mut sequence = 1;
    while !stop.load(Ordering::Relaxed) {
        let event = match sequence {
            1 => {
                json!({"type": "joined", "tenant": 1, "email": format!("{member}@example.org"), "badge": null})
            }
            _ => json!({"type": "paid", "amount": 1}),
        };
        match insert::<MemberEvent>(&pool, [row(member, sequence, event)]).await {
            Ok(()) => sequence += 1,
            Err(error) => codes.push(refusal::<()>(Err(error)).code().to_string()),
        }
    }
    codes
}

impl crate::support::Stored for LedgerEvent {
    const ID_TYPE: &'static str = "uuid";
}

/// Writers lock the event table before the rollup, and so does the migration.
#[tokio::test]
async fn applied_again_beside_writers_the_migration_kills_none() {
    needs_several_connections!();
    let database = installed::<MemberEvent>("bigint").await;
    let options = sqlx::postgres::PgPoolOptions::new().max_connections(11);
    let pool = options.connect(database.url()).await.expect("a pool");
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for member in 1..=8 {
        writers.spawn(write(pool.clone(), member, stop.clone()));
    }
    // How often the migration was seen waiting for writers that were at work.
    let met = Arc::new(AtomicUsize::new(0));
    let watcher = tokio::spawn({
        let (pool, stop, met) = (pool.clone(), stop.clone(), met.clone());
        async move {
            while !stop.load(Ordering::Relaxed) {
                let waits: bool = sqlx::query_scalar(
                    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND mode = 'ShareRowExclusiveLock'
                       AND relation = 'club.member_events'::regclass)",
                )
                .fetch_one(&pool)
                .await
                .expect("the locks are read");
                met.fetch_add(usize::from(waits), Ordering::Relaxed);
            }
        }
    });
    let mut applied = 0;
    while applied < 15 || (met.load(Ordering::Relaxed) < 3 && applied < 400) {
        tokio::time::sleep(Duration::from_millis(5)).await;
        run(&pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied again");
        applied += 1;
    }
    stop.store(true, Ordering::Relaxed);
    watcher.await.expect("the watcher ends");
    let codes: Vec<String> = writers.join_all().await.concat();
    assert_eq!(codes, [""; 0], "no writer is told anything");
    let met = met.load(Ordering::Relaxed);
    println!("applied {applied} times, seen waiting for writers {met} times");
    assert!(met > 0, "the migration never had to wait");
    assert_eq!(rows_are_folds::<MemberEvent>(&pool).await, 8);
    pool.close().await;
    database.close().await;
}

/// The triggers on a table: name, when it fires, and the transaction that wrote it last.
async fn triggers(pool: &PgPool, table: &str) -> Vec<(String, String, String)> {
    sqlx::query_as(
        "SELECT tgname::text, tgenabled::text, xmin::text FROM pg_trigger
         WHERE tgrelid = $1::text::regclass AND NOT tgisinternal ORDER BY 1",
    )
    .bind(table)
    .fetch_all(pool)
    .await
    .expect("the triggers are read")
}

#[tokio::test]
async fn a_trigger_fires_when_somebody_has_said_that_it_does() {
    for how in ["ENABLE ALWAYS", "ENABLE REPLICA", "DISABLE"] {
        let database = installed::<UserEvent>("uuid").await;
        let pool = database.pool();
        for (name, ..) in triggers(pool, "core_user_events").await {
            run(pool, &format!("ALTER TABLE core_user_events {how} TRIGGER {name}")).await.expect("set");
        }
        let before = triggers(pool, "core_user_events").await;
        assert!(before.iter().all(|(_, enabled, _)| enabled != "O"), "{before:?}");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
        assert_eq!(triggers(pool, "core_user_events").await, before, "and writes no trigger anew");
        // One that is not as it should be is made anew, and still fires when it did.
        run(
            pool,
            &format!(
                "CREATE OR REPLACE TRIGGER core_user_events_rollup AFTER INSERT ON core_user_events
                   REFERENCING NEW TABLE AS other FOR EACH STATEMENT EXECUTE FUNCTION core_user_events_rollup_apply();
                 ALTER TABLE core_user_events {how} TRIGGER core_user_events_rollup"
            ),
        )
        .await
        .expect("the trigger is another");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
        let after = triggers(pool, "core_user_events").await;
        let enabled = |triggers: &[(String, String, String)]| {
            triggers.iter().map(|(name, enabled, _)| (name.clone(), enabled.clone())).collect::<Vec<_>>()
        };
        assert_eq!(enabled(&after), enabled(&before));
        run(pool, "ALTER TABLE core_user_events ENABLE TRIGGER USER").await.expect("set");
        insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
        assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
        database.close().await;
    }
}

/// A ledger that is erased by its last event.
fn erased(number: u32) -> Vec<crate::support::Row> {
    let opened = json!({"type": "opened", "amount": 5, "owners": ["ada"]});
    vec![row(uuid(number), 1, opened), row(uuid(number), 2, json!({"type": "erased"}))]
}

#[tokio::test]
async fn what_has_ended_is_not_folded_again() {
    let database = installed::<LedgerEvent>("uuid").await;
    let pool = database.pool();
    let rows: Vec<_> = (1..=60).flat_map(erased).collect();
    insert::<LedgerEvent>(pool, rows).await.expect("good events are taken");
    let sql = format!("SET LOCAL es_rollup.history_limit = 100; {}", LedgerEvent::MIGRATION_SQL);
    run(pool, &sql).await.expect("there is nothing to fold");
    // What came while the trigger was off is folded all the same: a new stream, and one that ends.
    insert::<LedgerEvent>(pool, erased(70).drain(..1).collect::<Vec<_>>())
        .await
        .expect("a good event is taken");
    run(pool, "ALTER TABLE ledger_events DISABLE TRIGGER USER").await.expect("off");
    let rows = [erased(61).drain(..1).collect(), erased(70).split_off(1)].concat();
    insert::<LedgerEvent>(pool, rows).await.expect("the events are stored");
    run(pool, "ALTER TABLE ledger_events ENABLE TRIGGER USER").await.expect("on");
    run(pool, &sql).await.expect("two events are folded");
    let ids: Vec<String> = sqlx::query_scalar("SELECT id::text FROM ledger_events_rollup")
        .fetch_all(pool)
        .await
        .expect("the rows are read");
    assert_eq!(ids, [uuid(61)]);
    // An event behind the end is noticed.
    run(pool, "ALTER TABLE ledger_events DISABLE TRIGGER USER").await.expect("off");
    let late = row(uuid(3), 3, json!({"type": "deposited", "amount": 2}));
    insert::<LedgerEvent>(pool, [late]).await.expect("the event is stored");
    run(pool, "ALTER TABLE ledger_events ENABLE TRIGGER USER").await.expect("on");
    assert_eq!(refusal(run(pool, &sql).await).code(), "RU011");
    database.close().await;
}

#[tokio::test]
async fn a_first_installation_folds_what_has_ended_and_refuses_what_does_not_fold() {
    let database = with_events::<LedgerEvent>("uuid").await;
    let pool = database.pool();
    let rows: Vec<_> = (1..=60).flat_map(erased).collect();
    insert::<LedgerEvent>(pool, rows).await.expect("events are stored");
    let sql = format!("SET LOCAL es_rollup.history_limit = 100; {}", LedgerEvent::MIGRATION_SQL);
    assert_eq!(refusal(run(pool, &sql).await).code(), "RU020");
    run(pool, "UPDATE ledger_events SET event = '{\"type\": \"opened\", \"amount\": \"x\", \"owners\": []}' WHERE sequence = 1 AND id = (SELECT min(id::text)::uuid FROM ledger_events)")
        .await
        .expect("a bad event");
    assert_eq!(refusal(run(pool, LedgerEvent::MIGRATION_SQL).await).code(), "RU010");
    database.close().await;
}

/// Rows that come through another table would not fire a statement trigger.
#[tokio::test]
async fn an_event_table_does_not_become_a_part_of_another_table() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    run(pool, "ALTER TABLE core_user_events RENAME TO part").await.expect("renamed");
    let table = event_table("core_user_events", "uuid")
        .replace("UNIQUE (id, sequence)", "UNIQUE (id, sequence, recorded_at)");
    run(pool, &format!("{table} PARTITION BY RANGE (recorded_at)")).await.expect("a partitioned table");
    run(pool, &event_table("parent", "uuid")).await.expect("a parent");
    for sql in
        ["ALTER TABLE core_user_events ATTACH PARTITION part DEFAULT", "ALTER TABLE part INHERIT parent"]
    {
        let error = refusal(run(pool, sql).await);
        assert_eq!(error.code(), "0A000", "{error}");
        assert!(error.message().contains("core_user_events_rollup_guard"), "{error}");
    }
    // The way back is open.
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    for sql in [
        "ALTER TABLE core_user_events ATTACH PARTITION part DEFAULT",
        "INSERT INTO core_user_events SELECT gen_random_uuid(), 7, '-', '{}', NULL, now()",
    ] {
        run(pool, sql).await.expect("nothing of the rollup is left");
    }
    database.close().await;
}

/// A partition has its own row trigger, and keeps it.
#[tokio::test]
async fn in_the_row_form_an_event_table_may_become_a_partition_and_is_reverted_as_one() {
    let database = installed::<LedgerRowEvent>("uuid").await;
    let pool = database.pool();
    let table =
        event_table("parent", "uuid").replace("UNIQUE (id, sequence)", "UNIQUE (id, sequence, recorded_at)");
    run(pool, &format!("{table} PARTITION BY RANGE (recorded_at)")).await.expect("a partitioned table");
    run(pool, "ALTER TABLE parent ATTACH PARTITION ledger_row_events DEFAULT").await.expect("attached");
    run(pool, LedgerRowEvent::REVERT_SQL).await.expect("the migration is reverted");
    let triggers: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal")
        .fetch_one(pool)
        .await
        .expect("the triggers are counted");
    assert_eq!(triggers, 0);
    database.close().await;
}

#[tokio::test]
async fn a_function_of_an_earlier_release_with_other_arguments_is_replaced() {
    let database = installed::<ParcelEvent>("bigint").await;
    let pool = database.pool();
    let earlier = "DROP FUNCTION parcel_events_rollup_put;
        CREATE FUNCTION parcel_events_rollup_put(es_id bigint, es_from bigint, es_upto bigint, es_inside boolean)
        RETURNS bigint LANGUAGE sql AS 'SELECT es_upto'";
    run(pool, earlier).await.expect("the function is made");
    run(pool, ParcelEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_proc WHERE proname = 'parcel_events_rollup_put'")
            .fetch_one(pool)
            .await
            .expect("the functions are counted");
    assert_eq!((count, edited::<ParcelEvent>(pool).await), (1, None));
    database.close().await;
}
