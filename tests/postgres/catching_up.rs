//! Events that the trigger did not see, or saw in an unusual way.

use crate::fixtures::{AccountEvent, LedgerEvent, SensorEvent, UserEvent};
use crate::support::migration;
use crate::support::{
    catalog, event_table, everything, insert, insertion, installed, refusal, role, row, rows_are_folds, run,
    user, uuid, with_events,
};
use es_rollup::{ErrorKind, Rollup};
use es_rollup_test_server::Database;
use serde_json::json;
use sqlx::{Acquire, AssertSqlSafe, Executor, PgExecutor, PgPool};

async fn execute(pool: &PgPool, sql: &str) -> u64 {
    pool.execute(AssertSqlSafe(sql.to_string())).await.expect("the statement is taken").rows_affected()
}

/// The version of each row, in the order of their ids.
async fn versions<'e>(executor: impl PgExecutor<'e>) -> Vec<i64> {
    sqlx::query_scalar("SELECT version FROM core_user_events_rollup ORDER BY id")
        .fetch_all(executor)
        .await
        .expect("the versions are read")
}

async fn trigger(pool: &PgPool, on: bool) {
    let verb = if on { "ENABLE" } else { "DISABLE" };
    execute(pool, &format!("ALTER TABLE core_user_events {verb} TRIGGER core_user_events_rollup")).await;
}

#[tokio::test]
async fn the_next_append_heals_what_came_while_the_trigger_was_off() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let [old, new, many, turned, idle] = [1, 2, 3, 4, 5].map(uuid);
    for id in [&old, &many, &turned, &idle] {
        insert::<UserEvent>(pool, user(id, 1..=2)).await.expect("good events are taken");
    }
    trigger(pool, false).await;
    for id in [&old, &many, &turned, &idle] {
        insert::<UserEvent>(pool, user(id, 3..=5)).await.expect("events are stored");
    }
    insert::<UserEvent>(pool, user(&new, 1..=5)).await.expect("events are stored");
    trigger(pool, true).await;
    assert_eq!(versions(pool).await, [2, 2, 2, 2]);

    // One event each, several, and several backwards.
    let mut backwards = user(&turned, 6..=8);
    backwards.reverse();
    for rows in [user(&old, 6..=6), user(&new, 6..=6), [user(&many, 6..=8), backwards].concat()] {
        insert::<UserEvent>(pool, rows).await.expect("the next event is taken");
    }
    assert_eq!(versions(pool).await, [6, 6, 8, 8, 2]);
    insert::<UserEvent>(pool, user(&idle, 6..=6)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 5);
    database.close().await;
}

#[tokio::test]
async fn the_next_append_heals_what_a_replica_session_stored() {
    let database = installed::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    let superuser: bool = sqlx::query_scalar("SELECT usesuper FROM pg_user WHERE usename = current_user")
        .fetch_one(&mut *connection)
        .await
        .expect("the user");
    if superuser {
        let id = uuid(1);
        insert::<UserEvent>(&mut *connection, user(&id, 1..=1)).await.expect("good events are taken");
        connection.execute("SET session_replication_role = replica").await.expect("the role is set");
        insert::<UserEvent>(&mut *connection, [user(&id, 2..=3), user(uuid(2), 1..=2)].concat())
            .await
            .expect("events are stored");
        connection.execute("RESET session_replication_role").await.expect("the role is reset");
        assert_eq!(versions(&mut *connection).await, [1]);
        insert::<UserEvent>(&mut *connection, [user(uuid(2), 3..=3), user(&id, 4..=4)].concat())
            .await
            .expect("the next events are taken");
        drop(connection);
        assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 2);
    } else {
        println!("not run: session_replication_role is a superuser's");
        drop(connection);
    }
    database.close().await;
}

#[tokio::test]
async fn the_next_append_folds_an_entity_that_has_no_row() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, [user(uuid(1), 1..=3), user(uuid(2), 1..=3)].concat()).await.expect("taken");
    execute(pool, "DELETE FROM core_user_events_rollup").await;
    insert::<UserEvent>(pool, [user(uuid(2), 4..=5), user(uuid(1), 4..=4)].concat()).await.expect("taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

/// What was not checked when it was stored is checked when it is folded.
#[tokio::test]
async fn the_next_append_is_refused_when_a_bad_event_came_while_the_trigger_was_off() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let id = uuid(1);
    insert::<UserEvent>(pool, user(&id, 1..=1)).await.expect("good events are taken");
    trigger(pool, false).await;
    let bad = row(&id, 2, json!({"type": "role_granted", "role": "none"}));
    insert::<UserEvent>(pool, [bad]).await.expect("any event is stored");
    trigger(pool, true).await;
    let before = everything::<UserEvent>(pool).await;
    let error = refusal(insert::<UserEvent>(pool, [user(uuid(2), 1..=1), user(&id, 3..=3)].concat()).await);
    assert_eq!(error.code(), ErrorKind::WrongValue.sqlstate());
    assert!(error.message().starts_with(&format!("event 2 (role_granted) of entity {id} in ")), "{error}");
    assert_eq!(error.column(), Some("role"));
    assert_eq!(everything::<UserEvent>(pool).await, before);
    // Others are not held up, and once the event is put right, neither is this one.
    insert::<UserEvent>(pool, user(uuid(2), 1..=1)).await.expect("another entity goes on");
    execute(
        pool,
        &format!(
            "UPDATE core_user_events SET event = event || '{{\"role\": \"{}\"}}' WHERE sequence = 2",
            role(2)
        ),
    )
    .await;
    insert::<UserEvent>(pool, user(&id, 3..=3)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn the_next_append_is_refused_when_an_event_is_missing_from_the_log() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let id = uuid(1);
    insert::<UserEvent>(pool, user(&id, 1..=1)).await.expect("good events are taken");
    trigger(pool, false).await;
    insert::<UserEvent>(pool, user(&id, 3..=3)).await.expect("any event is stored");
    trigger(pool, true).await;
    let error = refusal(insert::<UserEvent>(pool, user(&id, 4..=4)).await);
    assert_eq!(error.code(), ErrorKind::Gap.sqlstate());
    assert!(error.message().starts_with(&format!("event 3 (role_granted) of entity {id} in ")), "{error}");
    // The missing event heals the log, and the next append folds all of it.
    insert::<UserEvent>(pool, user(&id, 2..=2)).await.expect("the missing event is taken");
    insert::<UserEvent>(pool, user(&id, 4..=4)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}

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

#[tokio::test]
async fn a_statement_without_rows_changes_nothing() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    insert::<UserEvent>(pool, []).await.expect("no rows are taken");
    assert_eq!(everything::<UserEvent>(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn rows_that_a_conflict_skips_are_not_folded() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let sql = format!("{} ON CONFLICT (id, sequence) DO NOTHING", insertion::<UserEvent>());
    // Sequence 2 is stored already, and its payload here is another one.
    let other = json!({"type": "role_granted", "role": role(99)});
    let offers = [(vec![2], 0), (vec![2, 3], 1), (vec![5, 2, 4, 1], 2)];
    for (sequences, taken) in offers {
        let ids = vec![uuid(1); sequences.len()];
        let payloads = vec![other.clone(); sequences.len()];
        let done = sqlx::query(AssertSqlSafe(sql.clone()))
            .bind(ids)
            .bind(sequences)
            .bind(payloads)
            .execute(pool)
            .await
            .expect("the rest is taken");
        assert_eq!(done.rows_affected(), taken);
        assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    }
    assert_eq!(versions(pool).await, [5]);
    database.close().await;
}

/// A trigger of the user's that appends the next event until there are four, in its turn.
async fn appends_in_its_turn(name: &str, level: &str, body: &str) {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let (referencing, fresh) = match level {
        "STATEMENT" => ("REFERENCING NEW TABLE AS fresh", "fresh"),
        _ => ("", "(SELECT NEW.*)"),
    };
    let append = format!(
        "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
         SELECT f.id, f.sequence + 1, '-', jsonb_build_object('type', 'role_granted', 'role', gen_random_uuid()), now()
         FROM {fresh} AS f WHERE f.sequence < 4
         ON CONFLICT DO NOTHING;"
    );
    let body = body.replace("APPEND", &append);
    let sql = format!(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF EXISTS (SELECT FROM {fresh} AS f WHERE f.sequence < 4) THEN
             {body}
           END IF;
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER {name} AFTER INSERT ON core_user_events {referencing}
           FOR EACH {level} EXECUTE FUNCTION follow();"
    );
    run(pool, &sql).await.expect("the user's trigger is made");
    insert::<UserEvent>(pool, user(uuid(1), 1..=1)).await.expect("a lone event is taken");
    assert_eq!(versions(pool).await, [4]);
    insert::<UserEvent>(pool, [user(uuid(3), 1..=1), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    insert::<UserEvent>(pool, [user(uuid(5), 1..=2), user(uuid(4), 1..=3)].concat()).await.expect("taken");
    insert::<UserEvent>(pool, [user(uuid(1), 5..=6), user(uuid(6), 1..=5)].concat()).await.expect("taken");
    assert_eq!(versions(pool).await, [6, 4, 4, 4, 4, 5]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 6);
    database.close().await;
}

#[tokio::test]
async fn a_row_trigger_of_the_users_may_append_the_next_event() {
    appends_in_its_turn("a_follow", "ROW", "APPEND").await;
}

#[tokio::test]
async fn a_statement_trigger_of_the_users_may_append_the_next_event_before_the_rollup_is_folded() {
    appends_in_its_turn("a_follow", "STATEMENT", "APPEND").await;
}

#[tokio::test]
async fn a_statement_trigger_of_the_users_may_append_the_next_event_after_the_rollup_is_folded() {
    appends_in_its_turn("z_follow", "STATEMENT", "APPEND").await;
}

/// Inserts an event of a ledger, on whose table the user has a trigger that inserts in its turn, ahead of the rollup's.
async fn ledger_where_first(appends: &str, sequence: i32) -> (Database, sqlx::Result<()>) {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, &event_table("ledger_events", "uuid")).await.expect("the event table is made");
    run(pool, LedgerEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let first = "INSERT INTO ledger_events (id, sequence, event_type, event, recorded_at) VALUES";
    let sql = format!(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF NOT EXISTS (SELECT FROM ledger_events WHERE event_type = 'in its turn') THEN
             {first} ('{id}', {appends}, now());
           END IF;
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER a_follow AFTER INSERT ON ledger_events FOR EACH STATEMENT EXECUTE FUNCTION follow();",
        id = uuid(1)
    );
    run(pool, &sql).await.expect("the user's trigger is made");
    let sql = format!("{first} ('{}', {sequence}, '-', '{OPENED}', now())", uuid(1));
    let outcome = run(pool, &sql).await;
    (database, outcome)
}

const OPENED: &str = r#"{"type": "opened", "amount": 5, "owners": ["ada"]}"#;

/// When the rollup comes to fold the first event, the stream has ended: it must not begin again.
#[tokio::test]
async fn a_trigger_of_the_users_may_append_the_event_that_ends() {
    let (database, outcome) = ledger_where_first(r#"2, 'in its turn', '{"type": "erased"}'"#, 1).await;
    outcome.expect("the events are taken");
    let kept: (i64, i64) = sqlx::query_as(
        "SELECT (SELECT count(*) FROM ledger_events), (SELECT count(*) FROM ledger_events_rollup)",
    )
    .fetch_one(database.pool())
    .await
    .expect("both are counted");
    assert_eq!(kept, (2, 0));
    database.close().await;
}

/// The row is younger than the event, as where a later command folded the event; nobody did.
#[tokio::test]
async fn sequence_zero_is_refused_though_a_trigger_of_the_users_begins_the_stream() {
    let (database, outcome) = ledger_where_first(&format!("1, 'in its turn', '{OPENED}'"), 0).await;
    assert_eq!(refusal(outcome).code(), "RU002");
    database.close().await;
}

/// Rows that a savepoint wrote carry another transaction id.
#[tokio::test]
async fn a_trigger_of_the_users_may_append_the_next_event_in_a_block_of_its_own() {
    let block = "BEGIN APPEND EXCEPTION WHEN division_by_zero THEN NULL; END;";
    appends_in_its_turn("a_follow", "ROW", block).await;
    appends_in_its_turn("a_follow", "STATEMENT", block).await;
}

#[tokio::test]
async fn a_trigger_on_the_rollup_may_append_the_next_event() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF NEW.version < 4 THEN
             INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
               (NEW.id, NEW.version + 1, '-', '{\"type\": \"password_reset_requested\"}', now());
           END IF;
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER follow AFTER INSERT OR UPDATE ON core_user_events_rollup
           FOR EACH ROW EXECUTE FUNCTION follow();",
    )
    .await
    .expect("the user's trigger is made");
    insert::<UserEvent>(pool, [user(uuid(1), 1..=2), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    assert_eq!(versions(pool).await, [4, 4]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

/// The row of one entity is written, which makes somebody append to another entity of the same statement.
#[tokio::test]
async fn a_trigger_on_the_rollup_may_append_to_another_entity_of_the_statement() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let follow = format!(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at)
           SELECT e.id, max(e.sequence) + 1, '-', '{{\"type\": \"password_reset_requested\"}}', now()
           FROM public.core_user_events AS e
           WHERE NEW.id = '{}' AND e.id <> NEW.id
           GROUP BY e.id;
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER follow AFTER INSERT OR UPDATE ON core_user_events_rollup
           FOR EACH ROW EXECUTE FUNCTION follow();",
        uuid(2)
    );
    run(pool, &follow).await.expect("the user's trigger is made");
    insert::<UserEvent>(pool, user(uuid(2), 1..=1)).await.expect("taken");
    // The leader has a row, its followers before and behind it have none, and then they have.
    let rows = [user(uuid(1), 1..=2), user(uuid(2), 2..=2), user(uuid(3), 1..=1)].concat();
    insert::<UserEvent>(pool, rows).await.expect("taken");
    assert_eq!(versions(pool).await, [3, 2, 2]);
    let rows = [user(uuid(1), 4..=4), user(uuid(2), 3..=4), user(uuid(3), 3..=5)].concat();
    insert::<UserEvent>(pool, rows).await.expect("taken");
    assert_eq!(versions(pool).await, [5, 4, 6]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 3);
    database.close().await;
}

/// By the time the row is to be inserted it is there.
#[tokio::test]
async fn a_trigger_before_the_rollup_may_append_the_next_event() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF NEW.version = 1 THEN
             INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
               (NEW.id, 2, '-', '{\"type\": \"password_reset_requested\"}', now());
           END IF;
           RETURN NEW;
         END
         $$;
         CREATE TRIGGER follow BEFORE INSERT ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION follow();",
    )
    .await
    .expect("the user's trigger is made");
    insert::<UserEvent>(pool, user(uuid(1), 1..=1)).await.expect("a lone event is taken");
    insert::<UserEvent>(pool, [user(uuid(2), 1..=1), user(uuid(3), 1..=1)].concat()).await.expect("taken");
    assert_eq!(versions(pool).await, [2, 2, 2]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 3);
    database.close().await;
}

#[tokio::test]
async fn what_a_trigger_of_the_users_makes_of_an_event_is_what_is_folded() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           NEW.event := NEW.event || jsonb_build_object('email', lower(NEW.event ->> 'email'));
           RETURN NEW;
         END
         $$;
         CREATE TRIGGER lower_email BEFORE INSERT ON core_user_events
           FOR EACH ROW WHEN (NEW.event ? 'email') EXECUTE FUNCTION lower_email();",
    )
    .await
    .expect("the user's trigger is made");
    let loud = json!({"type": "initialized", "id": uuid(1), "email": "ADA@EXAMPLE.ORG"});
    insert::<UserEvent>(pool, [row(uuid(1), 1, loud)]).await.expect("a good event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    let email: String = sqlx::query_scalar("SELECT email FROM core_user_events_rollup")
        .fetch_one(pool)
        .await
        .expect("the row");
    assert_eq!(email, "ada@example.org");
    database.close().await;
}

#[tokio::test]
async fn statements_of_one_transaction_follow_one_another() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    for rows in
        [user(uuid(1), 1..=1), user(uuid(1), 2..=4), [user(uuid(2), 1..=2), user(uuid(1), 5..=5)].concat()]
    {
        insert::<UserEvent>(&mut *transaction, rows).await.expect("good events are taken");
    }
    assert_eq!(versions(&mut *transaction).await, [5, 2]);
    transaction.commit().await.expect("committed");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn what_is_rolled_back_leaves_nothing() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = everything::<UserEvent>(pool).await;
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, [user(uuid(1), 3..=3), user(uuid(2), 1..=1)].concat())
        .await
        .expect("good events are taken");
    transaction.rollback().await.expect("rolled back");
    assert_eq!(everything::<UserEvent>(pool).await, before);
    insert::<UserEvent>(pool, [user(uuid(1), 3..=3), user(uuid(2), 1..=1)].concat()).await.expect("taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn a_savepoint_takes_back_what_came_after_it() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let mut kept = transaction.begin().await.expect("a savepoint");
    insert::<UserEvent>(&mut *kept, user(uuid(1), 3..=3)).await.expect("good events are taken");
    let mut undone = kept.begin().await.expect("a savepoint");
    let other = json!({"type": "role_revoked", "role": role(3)});
    insert::<UserEvent>(&mut *undone, [row(uuid(1), 4, other)]).await.expect("a good event is taken");
    insert::<UserEvent>(&mut *undone, user(uuid(2), 1..=1)).await.expect("good events are taken");
    assert_eq!(versions(&mut *undone).await, [4, 1]);
    undone.rollback().await.expect("the savepoint is there");
    assert_eq!(versions(&mut *kept).await, [3]);
    insert::<UserEvent>(&mut *kept, user(uuid(1), 4..=5)).await.expect("good events are taken");
    kept.commit().await.expect("the savepoint is there");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 6..=6)).await.expect("good events are taken");
    transaction.commit().await.expect("committed");
    assert_eq!(versions(pool).await, [6]);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}

#[tokio::test]
async fn the_owner_can_catch_up_an_entity_by_hand() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    trigger(pool, false).await;
    insert::<UserEvent>(pool, user(uuid(1), 3..=4)).await.expect("events are stored");
    for (id, reached) in [(1, 4), (1, 4), (2, 0)] {
        let version: i64 = sqlx::query_scalar("SELECT core_user_events_rollup_catch_up($1::text::uuid)")
            .bind(uuid(id))
            .fetch_one(pool)
            .await
            .expect("the entity is caught up");
        assert_eq!(version, reached);
    }
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}
