//! Triggers of the user's, which append in their turn.

use super::versions;
use crate::fixtures::{LedgerEvent, UserEvent};
use crate::support::{event_table, insert, installed, refusal, role, row, rows_are_folds, run, user, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde_json::json;

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

/// The same where no event deletes, so that the event that begins is folded without a look at the event table.
#[tokio::test]
async fn sequence_zero_is_refused_though_a_trigger_of_the_users_begins_a_stream_that_never_ends() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    let id = uuid(1);
    let sql = format!(
        "CREATE FUNCTION follow() RETURNS trigger LANGUAGE plpgsql AS $$
         BEGIN
           IF NOT EXISTS (SELECT FROM core_user_events WHERE event_type = 'in its turn') THEN
             INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
             VALUES ('{id}', 1, 'in its turn', '{}', now());
           END IF;
           RETURN NULL;
         END
         $$;
         CREATE TRIGGER a_follow AFTER INSERT ON core_user_events FOR EACH STATEMENT EXECUTE FUNCTION follow();",
        user(&id, 1..=1)[0].payload
    );
    run(pool, &sql).await.expect("the user's trigger is made");
    let stray = row(&id, 0, json!({"type": "role_granted", "role": role(9)}));
    assert_eq!(refusal(insert::<UserEvent>(pool, [stray]).await).code(), "RU002");
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
