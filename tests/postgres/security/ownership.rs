//! Who can install.

use super::{acting, execute, forget, with_role};
use crate::fixtures::UserEvent;
use crate::support::{catalog, insert, refusal, rows_are_folds, run, user, uuid, with_events};
use es_rollup::Rollup;

/// Whoever installs has to own the event table and be allowed to create beside it, and need not be a superuser.
#[tokio::test]
async fn the_owner_of_the_event_table_installs_and_reverts() {
    let sql = "GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE core_user_events OWNER TO app;";
    with_role(with_events::<UserEvent>("uuid").await, sql, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("events are stored");
        let mut connection = acting(&pool, &app).await;
        for _ in 0..2 {
            execute(&mut connection, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        }
        insert::<UserEvent>(&mut *connection, user(uuid(1), 3..=3)).await.expect("good events are taken");
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 1);
        let mut connection = acting(&pool, &app).await;
        execute(&mut connection, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        forget(connection).await;
    })
    .await;
}

/// What a policy hides from the installer would not be folded, and functions of the table's owner would run with
/// the installer's rights.
#[tokio::test]
async fn whoever_does_not_own_the_event_table_is_told_to_install_as_its_owner() {
    let sql = "GRANT USAGE, CREATE ON SCHEMA public TO app; GRANT SELECT, TRIGGER ON core_user_events TO app;
        CREATE POLICY write ON core_user_events FOR INSERT WITH CHECK (true);
        ALTER TABLE core_user_events ENABLE ROW LEVEL SECURITY;";
    with_role(with_events::<UserEvent>("uuid").await, sql, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("events are stored");
        let before = catalog(&pool).await;
        let owner: String =
            sqlx::query_scalar("SELECT current_user::text").fetch_one(&pool).await.expect("a name");
        let mut connection = acting(&pool, &app).await;
        let error = refusal(execute(&mut connection, UserEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "42501");
        assert!(
            error.message().contains("only the owner of \"public\".\"core_user_events\" can install"),
            "{error}"
        );
        assert_eq!(error.hint(), Some(&*format!("Run SET ROLE {owner} before the migration.")));
        assert_eq!(catalog(&pool).await, before);
        forget(connection).await;
    })
    .await;
}

/// Not even a superuser: what the owner attaches to the event table would run with all rights.
#[tokio::test]
async fn a_superuser_is_told_to_install_as_the_owner_and_the_owners_functions_run_as_the_owner() {
    let sql = "GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE core_user_events OWNER TO app;
        CREATE TABLE ran_as (name text); GRANT ALL ON ran_as TO app;";
    with_role(with_events::<UserEvent>("uuid").await, sql, |pool, app| async move {
        let error = refusal(run(&pool, UserEvent::MIGRATION_SQL).await);
        assert_eq!(
            (error.code(), error.hint()),
            ("42501", Some(&*format!("Run SET ROLE {app} before the migration.")))
        );
        let mut connection = acting(&pool, &app).await;
        execute(&mut connection, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        execute(
            &mut connection,
            "CREATE TYPE planted AS (id uuid);
             CREATE FUNCTION cast_it(planted) RETURNS uuid LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO ran_as VALUES (current_user); RETURN $1.id; END $$;
             CREATE CAST (planted AS uuid) WITH FUNCTION cast_it(planted) AS IMPLICIT;
             ALTER TABLE core_user_events ALTER COLUMN id TYPE planted USING ROW(id)::planted;",
        )
        .await
        .expect("the owner may do that");
        forget(connection).await;
        // By a superuser: whether it is taken or not, nothing runs as that one.
        let event = format!(
            "INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
             VALUES (ROW('{}')::planted, 1, '-', '{{\"type\": \"initialized\", \"email\": \"x\"}}', now())",
            uuid(1)
        );
        let _ = run(&pool, &event).await;
        let others: i64 = sqlx::query_scalar("SELECT count(*) FROM ran_as WHERE name <> $1")
            .bind(&app)
            .fetch_one(&pool)
            .await
            .expect("the names are read");
        assert_eq!(others, 0);
        let mut connection = acting(&pool, &app).await;
        let error = refusal(execute(&mut connection, UserEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020", "a type of another name is noticed when it is applied again");
        execute(&mut connection, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        forget(connection).await;
    })
    .await;
}
