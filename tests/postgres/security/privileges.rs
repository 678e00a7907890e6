//! What a role needs to append, and what it cannot do.

use super::{GRANTS, acting, execute, forget, with_role};
use crate::fixtures::{AccountEvent, MemberEvent, SensorEvent, UserEvent};
use crate::support::{Stored, everything, insert, installed, refusal, row, rows_are_folds, run, user, uuid};
use serde_json::json;
use sqlx::Row as _;

#[tokio::test]
async fn the_application_appends_with_nothing_more_than_insert_and_select() {
    with_role(installed::<UserEvent>("uuid").await, GRANTS, |pool, app| async move {
        insert::<UserEvent>(&pool, [user(uuid(1), 1..=1), user(uuid(2), 1..=1)].concat())
            .await
            .expect("taken");
        run(&pool, "DELETE FROM core_user_events_rollup WHERE id::text LIKE '00000002%'")
            .await
            .expect("gone");
        let mut connection = acting(&pool, &app).await;
        // A lone event, a batch out of order, and an entity that must be folded from the log.
        for rows in [
            user(uuid(1), 2..=2),
            [user(uuid(1), 3..=4), user(uuid(3), 1..=2)].concat(),
            user(uuid(2), 2..=3),
        ] {
            let backwards: Vec<_> = rows.into_iter().rev().collect();
            insert::<UserEvent>(&mut *connection, backwards).await.expect("good events are taken");
        }
        let bad = row(uuid(1), 5, json!({"type": "role_granted", "role": 1}));
        assert_eq!(refusal(insert::<UserEvent>(&mut *connection, [bad]).await).code(), "RU010");
        let gap = refusal(insert::<UserEvent>(&mut *connection, user(uuid(1), 6..=6)).await);
        assert_eq!((gap.code(), gap.table()), ("RU001", Some("core_user_events_rollup")));
        let (events, rows) = everything::<UserEvent>(&mut *connection).await;
        assert_eq!((events.as_array().map(Vec::len), rows.as_array().map(Vec::len)), (Some(9), Some(3)));
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 3);
    })
    .await;
}

#[tokio::test]
async fn a_writer_needs_no_more_than_insert() {
    let grant = "GRANT INSERT ON core_user_events TO app;";
    with_role(installed::<UserEvent>("uuid").await, grant, |pool, app| async move {
        let mut connection = acting(&pool, &app).await;
        insert::<UserEvent>(&mut *connection, user(uuid(1), 1..=3)).await.expect("good events are taken");
        for table in ["core_user_events", "core_user_events_rollup"] {
            let read = execute(&mut connection, &format!("SELECT FROM {table}")).await;
            assert_eq!(refusal(read).code(), "42501");
        }
        forget(connection).await;
        assert_eq!(rows_are_folds::<UserEvent>(&pool).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_writer_is_held_to_constraints_and_shown_no_values_of_others() {
    let grant = "GRANT USAGE ON SCHEMA club TO app; GRANT INSERT ON club.member_events TO app;";
    with_role(installed::<MemberEvent>("bigint").await, grant, |pool, app| async move {
        let joined = |id| {
            let payload =
                json!({"type": "joined", "tenant": 1, "email": "secret@example.org", "badge": null});
            row(id, 1, payload)
        };
        insert::<MemberEvent>(&pool, [joined(1)]).await.expect("the address is free");
        let mut connection = acting(&pool, &app).await;
        let charged = row(2, 2, json!({"type": "charged", "amount": 4321}));
        let broken = refusal(insert::<MemberEvent>(&mut *connection, [joined(2), charged]).await);
        assert_eq!((broken.code(), broken.constraint()), ("23514", Some("no_overdraft")));
        let taken = refusal(insert::<MemberEvent>(&mut *connection, [joined(2)]).await);
        assert_eq!((taken.code(), taken.constraint()), ("23505", Some("member_tenant_email_key")));
        for shown in [format!("{broken:?}"), taken.message().to_string()] {
            assert!(!shown.contains("secret") && !shown.contains("4321"), "{shown}");
        }
        // From 18 on PostgreSQL looks at what was deferred with the rights of whoever deferred it: the function's.
        let version: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::integer")
            .fetch_one(&pool)
            .await
            .expect("a version");
        let detail = format!("{:?}", taken.detail());
        assert_eq!(detail.contains("secret"), version >= 180_000, "{detail}");
        forget(connection).await;
        assert_eq!(rows_are_folds::<MemberEvent>(&pool).await, 1);
    })
    .await;
}

#[tokio::test]
async fn the_application_cannot_write_the_rollup_or_run_its_functions() {
    with_role(installed::<UserEvent>("uuid").await, GRANTS, |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
        let before = everything::<UserEvent>(&pool).await;
        let mut connection = acting(&pool, &app).await;
        for forbidden in [
            "INSERT INTO core_user_events_rollup SELECT gen_random_uuid(), 1, now(), now(), 'x'",
            "UPDATE core_user_events_rollup SET email = 'x'",
            "UPDATE core_user_events_rollup SET role = role WHERE false",
            "DELETE FROM core_user_events_rollup",
            "TRUNCATE core_user_events_rollup",
            "SELECT 1 FROM core_user_events_rollup FOR UPDATE",
            "COMMENT ON TABLE core_user_events_rollup IS NULL",
            "DROP TABLE core_user_events_rollup",
            "ALTER TABLE core_user_events DISABLE TRIGGER core_user_events_rollup",
            "DROP TRIGGER core_user_events_rollup ON core_user_events",
            "SET session_replication_role = replica",
            "SELECT core_user_events_rollup_catch_up(id) FROM core_user_events_rollup",
            "SELECT core_user_events_rollup_fold(NULL, NULL, NULL, false, NULL, NULL, false)",
            "SELECT core_user_events_rollup_at(id, 1) FROM core_user_events_rollup",
            "SELECT core_user_events_rollup_as_of(id, now()) FROM core_user_events_rollup",
            "SELECT core_user_events_rollup_changes(id) FROM core_user_events_rollup",
            "SELECT core_user_events_rollup_rebuild(NULL)",
            "SELECT core_user_events_rollup_refuse('RU001', '', 1, 1, NULL)",
            "SELECT core_user_events_rollup_apply()",
            "CREATE OR REPLACE FUNCTION core_user_events_rollup_apply() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN END'",
        ] {
            let error = refusal(execute(&mut connection, forbidden).await);
            assert_eq!(error.code(), "42501", "{forbidden}: {error}");
        }
        forget(connection).await;
        assert_eq!(everything::<UserEvent>(&pool).await, before);
    })
    .await;
}

/// Looks at every function and table that a migration has made.
async fn gate<E: Stored>() {
    let database = installed::<E>(E::ID_TYPE).await;
    let functions = sqlx::query(
        "SELECT oid::regprocedure::text, proconfig, prosecdef, prosrc,
           proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) WHERE grantee = 0) AS public,
           (SELECT count(DISTINCT grantee) FROM aclexplode(proacl)) AS grantees
         FROM pg_proc WHERE oid >= 16384 ORDER BY 1",
    )
    .fetch_all(database.pool())
    .await
    .expect("the functions are read");
    assert!(functions.len() >= 3, "the functions are found");
    for function in functions {
        let name: String = function.get(0);
        let settings: Option<Vec<String>> = function.get("proconfig");
        // What a policy hides is an error where the log is folded.
        let folds =
            ["_fold(", "_at(", "_as_of(", "_changes(", "_refold(", "_verify(", "_catch_up(", "_edited("]
                .iter()
                .any(|end| name.contains(end));
        let planned: &[&str] = match &name {
            name if name.contains("_fold(") => &["plan_cache_mode=force_generic_plan"],
            name if name.contains("_refold(") || name.contains("_verify(") => {
                &["plan_cache_mode=force_custom_plan"]
            }
            _ => &[],
        };
        let lasting =
            ["_fold(", "_catch_up(", "_folded(", "_each(", "_replica("].iter().any(|end| name.contains(end));
        // The trigger's function runs under any search path, see `paths.rs`.
        let pinned = (!name.contains("_apply(")).then_some("search_path=pg_catalog, pg_temp");
        let by_index = lasting.then_some("enable_seqscan=off");
        // So does one whose plans call functions, of whose rows PostgreSQL expects too many.
        let calls = ["_refold(", "_verify("].iter().any(|end| name.contains(end));
        let jit = (lasting || calls).then_some("jit=off");
        let pinned: Vec<String> = [pinned, folds.then_some("row_security=off"), by_index, jit]
            .into_iter()
            .flatten()
            .chain(planned.iter().copied())
            .map(String::from)
            .collect();
        assert_eq!(settings.unwrap_or_default(), pinned, "{name}");
        assert!(!function.get::<bool, _>("public"), "everybody may run {name}");
        assert_eq!(function.get::<i64, _>("grantees"), 1, "only the owner may run {name}");
        // Whoever only raises an error, says something or reads the catalogue needs nobody's rights.
        let writes = ["_apply(", "_truncate(", "_replica(", "_rebuild("].iter().any(|end| name.contains(end));
        assert_eq!(function.get::<bool, _>("prosecdef"), writes || folds, "{name}");
        // No statement is put together at run time.
        let source: String = function.get("prosrc");
        assert!(!source.to_uppercase().contains("EXECUTE"), "{name}");
    }
    let open: Vec<String> = sqlx::query_scalar(
        "SELECT oid::regclass::text FROM pg_class WHERE oid >= 16384 AND relacl IS NOT NULL",
    )
    .fetch_all(database.pool())
    .await
    .expect("the tables are read");
    assert_eq!(open, [""; 0], "nothing is granted to anybody");
    let triggers: Vec<(String, String, i16)> = sqlx::query_as(
        "SELECT tgname::text, tgenabled::text, tgtype FROM pg_trigger WHERE tgrelid = $1::text::regclass ORDER BY 1",
    )
    .bind(E::EVENT_TABLE)
    .fetch_all(database.pool())
    .await
    .expect("the triggers are read");
    let name = E::ROLLUP_TABLE.rsplit('.').next().expect("a name").trim_matches('"').to_string();
    // On origin and local; AFTER INSERT, AFTER DELETE, AFTER TRUNCATE and AFTER UPDATE FOR EACH STATEMENT, AFTER DELETE
    // FOR EACH ROW.
    let expected = [("", 4), ("_deleted", 8), ("_guard", 9), ("_truncate", 32), ("_updated", 16)];
    let expected = expected.map(|(suffix, kind)| (format!("{name}{suffix}"), "O".to_string(), kind));
    assert_eq!(triggers, expected);
    database.close().await;
}

#[tokio::test]
async fn every_function_is_pinned_and_nobodys_but_the_owners() {
    gate::<UserEvent>().await;
    gate::<AccountEvent>().await;
    gate::<SensorEvent>().await;
}

#[tokio::test]
async fn the_triggers_function_cannot_be_attached_to_a_table_of_ones_own() {
    with_role(installed::<UserEvent>("uuid").await, GRANTS, |pool, app| async move {
        let before = everything::<UserEvent>(&pool).await;
        let mut connection = acting(&pool, &app).await;
        execute(&mut connection, "CREATE TEMP TABLE forged (LIKE public.core_user_events)")
            .await
            .expect("a table");
        let attach = "CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS es_new
            FOR EACH STATEMENT EXECUTE FUNCTION public.core_user_events_rollup_apply()";
        let error = refusal(execute(&mut connection, attach).await);
        assert_eq!(error.code(), "42501");
        assert!(error.message().contains("core_user_events_rollup_apply"), "{error}");
        forget(connection).await;
        assert_eq!(everything::<UserEvent>(&pool).await, before);
    })
    .await;
}
