//! What the application's role can do, and what somebody with an account of the database cannot.

use crate::fixtures::{AccountEvent, MemberEvent, SensorEvent, UserEvent};
use crate::models::mutations::asked_for;
use crate::support::{
    HOSTILE, Stored, catalog, everything, insert, installed, refusal, role, row, rows_are_folds, run, user,
    uuid, with_events,
};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool, Row as _};
use uuid::Uuid;

/// What the README tells to grant.
pub(crate) const GRANTS: &str =
    "GRANT SELECT, INSERT ON core_user_events TO app; GRANT SELECT ON core_user_events_rollup TO app;";

/// Runs a test with a role, which is called `app` in the SQL given here. Roles belong to the server, not to the
/// database: this one has a name that nobody else has, and is dropped whatever becomes of the test.
pub(crate) async fn with_role<Test>(database: Database, sql: &str, test: impl FnOnce(PgPool, String) -> Test)
where
    Test: Future<Output = ()> + Send + 'static,
{
    let pool = database.pool().clone();
    let app = format!("es_rollup_test_{}", Uuid::new_v4().simple());
    let made = run(&pool, &format!("CREATE ROLE {app}; GRANT {app} TO CURRENT_USER")).await;
    if made.as_ref().is_err_and(|error| {
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).as_deref() == Some("42501")
    }) {
        println!("not run: this user may not create roles");
        return database.close().await;
    }
    made.expect("the role is made");
    run(&pool, &sql.replace(" app", &format!(" {app}"))).await.expect("the role is given what it needs");
    let outcome = tokio::spawn(test(pool.clone(), app.clone())).await;
    let dropped = run(&pool, &format!("RESET ROLE; DROP OWNED BY {app} CASCADE; DROP ROLE {app}")).await;
    if let Err(failed) = outcome {
        std::panic::resume_unwind(failed.into_panic());
    }
    dropped.expect("the role is dropped");
    database.close().await;
}

/// A connection that acts as the role.
pub(crate) async fn acting(pool: &PgPool, app: &str) -> sqlx::pool::PoolConnection<sqlx::Postgres> {
    let mut connection = pool.acquire().await.expect("a connection");
    execute(&mut connection, &format!("SET ROLE {app}")).await.expect("the role is taken");
    connection
}

/// Gives a connection up, with everything that was set in it.
pub(crate) async fn forget(connection: sqlx::pool::PoolConnection<sqlx::Postgres>) {
    connection.close().await.expect("the connection is closed");
}

pub(crate) async fn execute(connection: &mut PgConnection, sql: &str) -> sqlx::Result<u64> {
    connection.execute(AssertSqlSafe(asked_for(sql).into_owned())).await.map(|done| done.rows_affected())
}

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
        let folds = ["_fold(", "_at(", "_rebuild(", "_catch_up("].iter().any(|end| name.contains(end));
        let planned = match &name {
            name if name.contains("_fold(") => Some("plan_cache_mode=force_generic_plan"),
            name if name.contains("_rebuild(") => Some("plan_cache_mode=force_custom_plan"),
            _ => None,
        };
        let pinned = [Some("search_path=pg_catalog, pg_temp"), folds.then_some("row_security=off"), planned];
        let pinned: Vec<String> = pinned.into_iter().flatten().map(String::from).collect();
        assert_eq!(settings, Some(pinned), "{name}");
        assert!(!function.get::<bool, _>("public"), "everybody may run {name}");
        assert_eq!(function.get::<i64, _>("grantees"), 1, "only the owner may run {name}");
        // Whoever only raises an error, says something or reads the catalogue needs nobody's rights.
        let writes = ["_apply(", "_truncate(", "_replica("].iter().any(|end| name.contains(end));
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
    // On origin and local; AFTER INSERT FOR EACH STATEMENT, AFTER DELETE FOR EACH ROW, AFTER TRUNCATE.
    let expected = [("", 4), ("_guard", 9), ("_truncate", 32)];
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

/// FORCE ROW LEVEL SECURITY holds for the owner as well: what is hidden would be missing from the fold.
#[tokio::test]
async fn forced_row_level_security_is_an_error_and_hides_nothing() {
    for table in ["core_user_events", "core_user_events_rollup"] {
        let sql = format!(
            "GRANT USAGE, CREATE ON SCHEMA public TO app; ALTER TABLE core_user_events OWNER TO app;
             ALTER TABLE core_user_events_rollup OWNER TO app;
             ALTER FUNCTION core_user_events_rollup_model OWNER TO app; ALTER FUNCTION core_user_events_rollup_apply OWNER TO app;
             ALTER FUNCTION core_user_events_rollup_refuse OWNER TO app; ALTER FUNCTION core_user_events_rollup_catch_up OWNER TO app;
             ALTER FUNCTION core_user_events_rollup_truncate OWNER TO app; ALTER FUNCTION core_user_events_rollup_guarded OWNER TO app;
             ALTER FUNCTION core_user_events_rollup_fold OWNER TO app; ALTER FUNCTION core_user_events_rollup_at OWNER TO app;
             ALTER FUNCTION core_user_events_rollup_rebuild OWNER TO app;
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

/// What a session may set for itself, each of which changes how some text is read or written.
const SETTINGS: [&str; 18] = [
    "TimeZone = 'Pacific/Auckland'",
    "DateStyle = 'SQL, DMY'",
    "IntervalStyle = 'sql_standard'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "array_nulls = off",
    "transform_null_equals = on",
    "standard_conforming_strings = off",
    "quote_all_identifiers = on",
    "client_encoding = 'SQL_ASCII'",
    "plpgsql.variable_conflict = 'error'",
    "plpgsql.extra_errors = 'all'",
    "plan_cache_mode = 'force_generic_plan'",
    "row_security = off",
    "enable_sort = off",
    "cursor_tuple_fraction = 0.0001",
    "default_transaction_isolation = 'serializable'",
    "work_mem = '64kB'",
];

pub(crate) fn account(id: &str) -> Vec<crate::support::Row> {
    let opened = json!({"holderName": "it's \\d \"A\" é", "openedOn": "2026-03-04", "status": "on-hold", "limit": "-12.50"});
    let events: [Value; 6] = [
        json!({"kind": "opened", "data": opened}),
        json!({"kind": "seen", "data": "2026-03-04T23:59:59.123456+00:00"}),
        json!({"kind": "flagged", "data": {"type": i64::MIN, "notes": {"a": [1, null, "\\", 0.1]}}}),
        json!({"kind": "limitChanged", "data": "1000.0001"}),
        json!({"kind": "statusChanged", "data": {"to": "done"}}),
        json!({"kind": "limitChanged", "data": null}),
    ];
    (1..).zip(events).map(|(sequence, payload)| row(id, sequence, payload)).collect()
}

#[tokio::test]
async fn settings_of_the_session_change_nothing() {
    let database = installed::<AccountEvent>("text").await;
    let pool = database.pool();
    let opened = |date: &str, limit: &str| {
        let data = json!({"holderName": "x", "openedOn": date, "status": "open", "limit": limit});
        json!({"kind": "opened", "data": data})
    };
    for (number, setting) in (0..).zip(SETTINGS) {
        // Functions are compiled once a session, under what is set then.
        let mut connection = pool.acquire().await.expect("a connection");
        execute(&mut connection, &format!("SET {setting}")).await.expect("anybody may set this");
        let id = format!("account {number}");
        // Folded event by event, from a batch, and from the log.
        for row in account(&id) {
            let taken = insert::<AccountEvent>(&mut *connection, [row]).await;
            taken.unwrap_or_else(|error| panic!("with {setting}: {error}"));
        }
        let taken = insert::<AccountEvent>(&mut *connection, account(&format!("{id} again"))).await;
        taken.unwrap_or_else(|error| panic!("with {setting}: {error}"));
        let bad = [
            opened("2026-3-4", "1"),
            opened("04/03/2026", "1"),
            opened("today", "1"),
            opened("dddd-dd-dd", "1"),
            opened("2026-03-04", "d"),
            opened("2026-03-04", "NaN"),
            opened("2026-03-04", "1 "),
        ];
        for payload in bad {
            let refused = insert::<AccountEvent>(&mut *connection, [row("bad", 1, payload.clone())]).await;
            let code = refused.err().and_then(|error| {
                error.as_database_error().and_then(sqlx::error::DatabaseError::code).map(String::from)
            });
            assert_eq!(code.as_deref(), Some("RU010"), "with {setting}: {payload}");
        }
        forget(connection).await;
    }
    assert_eq!(rows_are_folds::<AccountEvent>(pool).await, SETTINGS.len() * 2);
    let different: i64 = sqlx::query_scalar(
        "SELECT count(DISTINCT (version, holder, opened_on, status, \"limit\", reason, last_seen, \"order\", notes))
         FROM bank.account",
    )
    .fetch_one(pool)
    .await
    .expect("the rows are read");
    assert_eq!(different, 1);
    database.close().await;
}

/// The same for the migration: what it makes does not depend on the session that makes it.
#[tokio::test]
async fn settings_of_the_migrating_session_change_nothing() {
    let mut made: Vec<(String, Value)> = Vec::new();
    for setting in SETTINGS.into_iter().filter(|setting| !setting.starts_with("quote_all_identifiers")) {
        let database = with_events::<AccountEvent>("text").await;
        insert::<AccountEvent>(database.pool(), account("account")).await.expect("events are stored");
        run(database.pool(), &format!("SET LOCAL {setting}; {}", AccountEvent::MIGRATION_SQL))
            .await
            .unwrap_or_else(|error| panic!("with {setting}: {error}"));
        assert_eq!(rows_are_folds::<AccountEvent>(database.pool()).await, 1);
        let (_, rows) = everything::<AccountEvent>(database.pool()).await;
        let functions: String = sqlx::query_scalar(
            "SELECT string_agg(pg_get_functiondef(oid), '' ORDER BY proname) || obj_description('bank.account'::regclass)
             FROM pg_proc WHERE oid >= 16384",
        )
        .fetch_one(database.pool())
        .await
        .expect("the functions are read");
        made.push((functions, rows));
        database.close().await;
    }
    assert_eq!(made.len(), SETTINGS.len() - 1);
    for (number, it) in made.iter().enumerate() {
        assert_eq!(it, &made[0], "with setting {number}");
    }
}

#[tokio::test]
async fn the_migration_is_applied_where_all_identifiers_are_quoted() {
    let database = with_events::<AccountEvent>("text").await;
    run(database.pool(), &format!("SET LOCAL quote_all_identifiers = on; {}", AccountEvent::MIGRATION_SQL))
        .await
        .expect("the migration is applied");
    database.close().await;
}
