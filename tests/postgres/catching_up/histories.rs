//! Events that are stored before the migration is applied.

use super::{execute, trigger};
use crate::fixtures::{AccountEvent, MemberEvent, SensorEvent, UserEvent};
use crate::support::{
    catalog, everything, insert, installed, migration, refusal, role, row, rows_are_folds, run, user, uuid,
    with_events,
};
use es_rollup::{ErrorKind, Rollup};
use serde_json::json;
use sqlx::Executor;

#[tokio::test]
async fn the_migration_folds_what_is_there() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let mut rows: Vec<_> = (0..500)
        .flat_map(|number| user(uuid(number), 1..=1 + i32::try_from(number % 5).expect("small")))
        .collect();
    rows.reverse();
    insert::<UserEvent>(pool, rows).await.expect("events are stored");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 500);
    insert::<UserEvent>(pool, user(uuid(4), 6..=6)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 500);
    database.close().await;
}

#[tokio::test]
async fn the_migration_folds_histories_of_every_tagging() {
    let database = with_events::<AccountEvent>("text").await;
    let pool = database.pool();
    let data = json!({"owner": "Ada", "openedOn": "2026-01-31", "status": "done"});
    let rows = [
        row("it's \"one\"", 1, json!({"kind": "importedV1", "data": data})),
        row("it's \"one\"", 2, json!({"kind": "seen", "data": "2026-01-31T12:00:00.5+02:00"})),
        row("", 1, json!({"kind": "imported", "data": data})),
        row("", 2, json!({"kind": "unflagged"})),
    ];
    insert::<AccountEvent>(pool, rows).await.expect("events are stored");
    run(pool, AccountEvent::MIGRATION_SQL).await.expect("the migration is applied");
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, 2);
    database.close().await;

    let database = with_events::<SensorEvent>("bigint").await;
    let pool = database.pool();
    let rows = [
        row(-5, 1, json!({"Renamed": "attic"})),
        row(-5, 2, json!({"Measured": {"celsius": null, "active": true}})),
        row(7, 1, json!({"Calibrated": [1, 2]})),
        row(7, 2, json!("Reset")),
    ];
    insert::<SensorEvent>(pool, rows).await.expect("events are stored");
    run(pool, SensorEvent::MIGRATION_SQL).await.expect("the migration is applied");
    assert_eq!(rows_are_folds::<SensorEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn the_migration_creates_no_row_for_a_stream_that_has_ended() {
    let database = with_events::<MemberEvent>("bigint").await;
    let pool = database.pool();
    let joined = |id: i64| {
        let email = format!("{id}@example.org");
        row(id, 1, json!({"type": "joined", "tenant": 1, "email": email, "badge": null}))
    };
    let left = |id: i64, sequence| row(id, sequence, json!({"type": "left"}));
    let paid = row(3, 2, json!({"type": "paid", "amount": 5}));
    let rows = [joined(1), left(1, 2), joined(2), joined(3), paid, left(3, 3)];
    insert::<MemberEvent>(pool, rows).await.expect("events are stored");
    run(pool, MemberEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let rows: Vec<(i64, i64)> =
        sqlx::query_as("SELECT id, version FROM club.member").fetch_all(pool).await.expect("the rows");
    assert_eq!(rows, [(2, 1)]);
    database.close().await;
}

#[tokio::test]
async fn the_migration_of_an_empty_table_does_nothing_but_install() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    assert_eq!(everything::<UserEvent>(pool).await, (json!([]), json!([])));
    // Statistics of an empty table would mislead the planner for a long time.
    let analyzed: bool = sqlx::query_scalar(
        "SELECT reltuples >= 0 FROM pg_class WHERE oid = 'core_user_events_rollup'::regclass",
    )
    .fetch_one(pool)
    .await
    .expect("the statistics");
    assert!(!analyzed);
    database.close().await;
}

#[tokio::test]
async fn a_bad_history_is_refused_and_nothing_is_installed() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    let cases = [
        (vec![row(uuid(2), 1, json!({"type": "role_granted", "role": role(1)}))], ErrorKind::NotCreated),
        ([user(uuid(2), 1..=2), user(uuid(2), 4..=4)].concat(), ErrorKind::Gap),
        (user(uuid(2), 2..=2), ErrorKind::Gap),
        (vec![row(uuid(2), 1, json!({"type": "created"}))], ErrorKind::UnknownEvent),
        (vec![row(uuid(2), 1, json!({"type": "initialized"}))], ErrorKind::MissingKey),
        (vec![row(uuid(2), 1, json!([]))], ErrorKind::Malformed),
    ];
    for (bad, kind) in cases {
        insert::<UserEvent>(pool, [user(uuid(1), 1..=3), bad, user(uuid(3), 1..=3)].concat())
            .await
            .expect("any event is stored");
        let error = refusal(run(pool, UserEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), kind.sqlstate(), "{error}");
        assert!(error.message().contains(&uuid(2)), "{error}");
        assert_eq!(catalog(pool).await, before);
        execute(pool, "DELETE FROM core_user_events").await;
    }
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    database.close().await;
}

/// An event with a sequence below 1 belongs to no stream: to leave it out would be silent.
#[tokio::test]
async fn a_history_with_a_sequence_below_one_is_refused() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    for sequence in [0, -1] {
        for others in [vec![], user(uuid(1), 1..=2)] {
            let stray = row(uuid(1), sequence, json!({"type": "role_granted", "role": role(9)}));
            insert::<UserEvent>(pool, [others, vec![stray]].concat()).await.expect("any event is stored");
            let outcome = run(pool, UserEvent::MIGRATION_SQL).await;
            assert_eq!(refusal(outcome).code(), ErrorKind::Replay.sqlstate());
            execute(pool, "DELETE FROM core_user_events").await;
        }
    }
    database.close().await;
}

#[tokio::test]
async fn a_sequence_below_one_that_came_while_there_was_no_trigger_is_refused_where_nothing_is_behind() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    execute(pool, "DROP TRIGGER core_user_events_rollup ON core_user_events").await;
    let stray = row(uuid(1), 0, json!({"type": "role_granted", "role": role(9)}));
    insert::<UserEvent>(pool, [stray]).await.expect("any event is stored");
    let outcome = run(pool, UserEvent::MIGRATION_SQL).await;
    assert_eq!(refusal(outcome).code(), ErrorKind::Replay.sqlstate());
    database.close().await;
}

#[tokio::test]
async fn the_migration_applied_again_does_no_harm() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, [user(uuid(1), 1..=3), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    let (objects, before) = (catalog(pool).await, everything::<UserEvent>(pool).await);
    let places = "SELECT array_agg(ctid::text ORDER BY id) FROM core_user_events_rollup";
    let rows: Vec<String> = sqlx::query_scalar(places).fetch_one(pool).await.expect("the rows");
    for _ in 0..2 {
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    }
    assert_eq!(catalog(pool).await, objects);
    assert_eq!(everything::<UserEvent>(pool).await, before);
    let again: Vec<String> = sqlx::query_scalar(places).fetch_one(pool).await.expect("the rows");
    assert_eq!(again, rows, "no row is written anew");
    insert::<UserEvent>(pool, user(uuid(2), 2..=2)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn the_migration_applied_again_heals_what_is_behind_or_gone() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let rows: Vec<_> = (1..=3).flat_map(|number| user(uuid(number), 1..=2)).collect();
    insert::<UserEvent>(pool, rows).await.expect("good events are taken");
    trigger(pool, false).await;
    insert::<UserEvent>(pool, [user(uuid(1), 3..=4), user(uuid(4), 1..=2)].concat()).await.expect("stored");
    execute(pool, &format!("DELETE FROM core_user_events_rollup WHERE id = '{}'", uuid(2))).await;
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 4);
    // It was off, and stays so until somebody says otherwise.
    trigger(pool, true).await;
    insert::<UserEvent>(pool, user(uuid(4), 3..=3)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 4);
    database.close().await;
}

#[tokio::test]
async fn a_function_or_a_trigger_that_was_dropped_comes_back_with_the_migration() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let objects = catalog(pool).await;
    execute(pool, "DROP FUNCTION core_user_events_rollup_apply CASCADE").await;
    execute(pool, "DROP FUNCTION core_user_events_rollup_catch_up").await;
    insert::<UserEvent>(pool, user(uuid(1), 3..=3)).await.expect("the event is stored");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    assert_eq!(catalog(pool).await, objects);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}

#[tokio::test]
async fn more_history_than_the_limit_is_refused_until_the_limit_is_raised() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, [user(uuid(1), 1..=4), user(uuid(2), 1..=2)].concat()).await.expect("stored");
    let before = catalog(pool).await;
    let limited =
        |limit: u32| format!("SET LOCAL es_rollup.history_limit = {limit};\n{}", UserEvent::MIGRATION_SQL);
    let error = refusal(run(pool, &limited(5)).await);
    assert_eq!(error.code(), ErrorKind::Install.sqlstate());
    assert_eq!(error.message(), "more than 5 events are not folded yet");
    assert!(error.hint().is_some_and(|hint| hint.contains("SET es_rollup.history_limit = ")), "{error:?}");
    assert_eq!(catalog(pool).await, before);

    run(pool, &limited(6)).await.expect("as many as the limit are folded");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    // Only what is not folded yet counts.
    run(pool, &limited(0)).await.expect("there is nothing to fold");
    trigger(pool, false).await;
    insert::<UserEvent>(pool, user(uuid(2), 3..=3)).await.expect("the event is stored");
    assert_eq!(refusal(run(pool, &limited(0)).await).code(), ErrorKind::Install.sqlstate());
    run(pool, &limited(1)).await.expect("one event is folded");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

/// The hint's own words, in a session.
#[tokio::test]
async fn the_limit_can_be_raised_for_a_session() {
    let database = with_events::<UserEvent>("uuid").await;
    insert::<UserEvent>(database.pool(), user(uuid(1), 1..=4)).await.expect("events are stored");
    let mut connection = database.pool().acquire().await.expect("a connection");
    connection.execute("SET es_rollup.history_limit = 3").await.expect("the limit is set");
    assert_eq!(refusal(connection.execute(migration::<UserEvent>()).await).code(), "RU020");
    connection.execute("SET es_rollup.history_limit = 4").await.expect("the limit is set");
    connection.execute(migration::<UserEvent>()).await.expect("the migration is applied");
    connection.execute("RESET es_rollup.history_limit").await.expect("the limit is reset");
    connection.execute(migration::<UserEvent>()).await.expect("a limit that was reset is the default");
    drop(connection);
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}
