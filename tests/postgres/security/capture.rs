//! Objects of other users that are found first capture nothing.

use super::{GRANTS, acting, execute, forget, with_role};
use crate::fixtures::UserEvent;
use crate::support::{HOSTILE, insert, installed, role, rows_are_folds, run, user, uuid};
use serde_json::json;

#[tokio::test]
async fn temporary_tables_of_the_same_names_capture_nothing() {
    with_role(installed::<UserEvent>("uuid").await, GRANTS, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
        let mut connection = acting(&pool, &app).await;
        execute(
            &mut connection,
            "CREATE TEMP TABLE core_user_events_rollup (LIKE public.core_user_events_rollup INCLUDING ALL);
             CREATE TEMP TABLE core_user_events (LIKE public.core_user_events INCLUDING ALL);
             CREATE TEMP TABLE es_new (LIKE public.core_user_events);
             CREATE TEMP TABLE es_event (id uuid);
             CREATE TEMP TABLE pg_class (oid oid);
             CREATE FUNCTION pg_temp.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS 'SELECT ''null''::text';
             INSERT INTO core_user_events_rollup SELECT id, 7, now(), now(), 'forged' FROM public.core_user_events LIMIT 1;
             INSERT INTO core_user_events SELECT id, 3, '-', '{\"type\": \"role_granted\", \"role\": \"forged\"}', NULL, now()
               FROM public.core_user_events LIMIT 1;",
        )
        .await
        .expect("anybody may have temporary objects");
        let statement = "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at)
            SELECT id, 3 + n, '-', '{\"type\": \"password_reset_requested\"}', now()
            FROM public.core_user_events, generate_series(0, 1) AS n WHERE sequence = 1";
        assert_eq!(execute(&mut connection, statement).await.expect("good events are taken"), 2);
        let captured: Vec<(i64, String)> = sqlx::query_as("SELECT version, email FROM pg_temp.core_user_events_rollup")
            .fetch_all(&mut *connection)
            .await
            .expect("the temporary table is read");
        assert_eq!(captured, [(7, "forged".to_string())]);
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 1);
    })
    .await;
}

#[tokio::test]
async fn operators_and_types_in_the_search_path_are_not_used() {
    let sql = format!(
        "{GRANTS} {HOSTILE}
         CREATE FUNCTION hostile.fail(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql
           AS $$ BEGIN RAISE EXCEPTION 'called by %', current_user; END $$;
         CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (hostile.fail(VALUE));
         CREATE DOMAIN hostile.uuid AS pg_catalog.uuid CHECK (hostile.fail(VALUE::pg_catalog.text));
         CREATE DOMAIN hostile.jsonb AS pg_catalog.jsonb CHECK (hostile.fail(VALUE::pg_catalog.text));
         GRANT ALL ON SCHEMA hostile TO app; GRANT ALL ON ALL TABLES IN SCHEMA hostile TO app;"
    );
    with_role(installed::<UserEvent>("uuid").await, &sql, |pool, app| async move {
        insert::<UserEvent>(&pool, [user(uuid(1), 1..=2), user(uuid(2), 1..=2)].concat())
            .await
            .expect("taken");
        run(&pool, "DELETE FROM core_user_events_rollup WHERE id::text LIKE '00000002%'")
            .await
            .expect("gone");
        let mut connection = acting(&pool, &app).await;
        execute(&mut connection, "SET search_path = hostile, pg_catalog, public")
            .await
            .expect("the path is set");
        for (number, from) in [(1, 3), (2, 3), (3, 1)] {
            let payload = if from == 1 {
                json!({"type": "initialized", "id": uuid(3), "email": "ada@example.org"})
            } else {
                json!({"type": "role_granted", "role": role(9)})
            };
            let statement = format!(
                "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
                   ('{id}', {next}, '-', '{{\"type\": \"password_reset_requested\"}}', pg_catalog.now()),
                   ('{id}', {from}, '-', '{payload}', pg_catalog.now())",
                id = uuid(number),
                next = from + 1,
            );
            execute(&mut connection, &statement).await.expect("good events are taken");
        }
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 3);
    })
    .await;
}
