//! Row-level security.

use super::{GRANTS, acting, execute, forget, with_role};
use crate::fixtures::UserEvent;
use crate::support::{everything, insert, installed, refusal, rows_are_folds, run, user, uuid};
use es_rollup::Rollup;
use serde_json::json;

/// Rows that a policy hides are folded all the same, and none becomes visible.
#[tokio::test]
async fn row_level_security_hides_rows_from_the_application_and_not_from_the_trigger() {
    let policies = "ALTER TABLE core_user_events ENABLE ROW LEVEL SECURITY;
        ALTER TABLE core_user_events_rollup ENABLE ROW LEVEL SECURITY;
        CREATE POLICY write ON core_user_events FOR INSERT WITH CHECK (true);";
    with_role(installed::<UserEvent>("uuid").await, &format!("{GRANTS}{policies}"), |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
        run(&pool, "DELETE FROM core_user_events_rollup").await.expect("gone");
        let mut connection = acting(&pool, &app).await;
        insert::<UserEvent>(&mut *connection, [user(uuid(1), 3..=4), user(uuid(2), 1..=2)].concat())
            .await
            .expect("good events are taken");
        assert_eq!(everything::<UserEvent>(&mut *connection).await, (json!([]), json!([])));
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 2);
    })
    .await;
}

/// FORCE ROW LEVEL SECURITY holds for the owner as well: what is hidden would be missing from the fold.
#[tokio::test]
async fn forced_row_level_security_is_an_error_and_hides_nothing() {
    for table in ["core_user_events", "core_user_events_rollup"] {
        let sql = format!(
            "GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE core_user_events OWNER TO app;
             ALTER TABLE core_user_events_rollup OWNER TO app;
             DO $$ DECLARE one regprocedure; BEGIN
               FOR one IN SELECT oid FROM pg_proc WHERE starts_with(proname, 'core_user_events_rollup_') LOOP
                 EXECUTE format('ALTER FUNCTION %s OWNER TO app', one);
               END LOOP;
             END $$;
             ALTER TABLE core_user_events DISABLE TRIGGER USER;
             INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
               VALUES ('{0}', 1, '-', '{{\"type\": \"initialized\", \"id\": \"{0}\", \"email\": \"x\"}}', now());
             ALTER TABLE core_user_events ENABLE TRIGGER USER;
             ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; ALTER TABLE {table} FORCE ROW LEVEL SECURITY;",
            uuid(1)
        );
        with_role(installed::<UserEvent>("uuid").await, &sql, |pool, app| async move {
            let mut connection = acting(&pool, &app).await;
            let error = refusal(execute(&mut connection, UserEvent::MIGRATION_SQL).await);
            assert_eq!(error.code(), "42501", "{error}");
            let setting: String = sqlx::query_scalar("SHOW row_security")
                .fetch_one(&mut *connection)
                .await
                .expect("the setting");
            assert_eq!(setting, "on");
            let unforced = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY");
            execute(&mut connection, &unforced).await.expect("the owner may do that");
            execute(&mut connection, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
            let setting: String = sqlx::query_scalar("SHOW row_security")
                .fetch_one(&mut *connection)
                .await
                .expect("the setting");
            assert_eq!(setting, "on");
            forget(connection).await;
            assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 1);
        })
        .await;
    }
}
