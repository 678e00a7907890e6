//! What others have put where the rollup will be, or may do with it once it is there.

use crate::fixtures::UserEvent;
use crate::reinstalling::statements;
use crate::security::{acting, execute, forget, with_role};
use crate::support::{
    catalog, everything, insert, installed, refusal, rows_are_folds, run, user, uuid, with_events,
};
use es_rollup::Rollup;
use es_rollup_test_server::needs_several_connections;

/// Functions and tables of other names, with nothing in them.
const CREATE: &str = "GRANT USAGE, CREATE ON SCHEMA public TO app;";

/// Somebody who may create in the rollup's schema, and what he plants there. The migration is refused before any of
/// it runs: what is planted leaves a line wherever it is run.
async fn is_refused(planted: &'static str, says: &'static str) {
    let sql = format!("{CREATE} CREATE TABLE ran_as (name text); GRANT ALL ON ran_as TO app;");
    with_role(with_events::<UserEvent>("uuid").await, &sql, move |pool, app| async move {
        insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("events are stored");
        let mut connection = acting(&pool, &app).await;
        execute(
            &mut connection,
            "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
               INSERT INTO ran_as VALUES (current_user); RETURN NEW; END $$",
        )
        .await
        .expect("a function");
        execute(&mut connection, planted).await.expect("the objects are planted");
        forget(connection).await;
        let before = catalog(&pool).await;
        let error = refusal(run(&pool, UserEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020", "{error}");
        assert!(error.message().contains(says), "{error}");
        assert!(error.hint().is_some(), "{error:?}");
        assert_eq!(catalog(&pool).await, before);
        let ran: i64 =
            sqlx::query_scalar("SELECT count(*) FROM ran_as").fetch_one(&pool).await.expect("a number");
        assert_eq!(ran, 0, "nothing planted has run");
        // The reversal drops nothing of it.
        let _ = run(&pool, UserEvent::REVERT_SQL).await;
        assert_eq!(catalog(&pool).await, before);
    })
    .await;
}

const TABLE: &str = "CREATE TABLE core_user_events_rollup (id uuid PRIMARY KEY, version bigint NOT NULL,
      created_at timestamptz NOT NULL, modified_at timestamptz NOT NULL, email text NOT NULL, role uuid);
    CREATE TRIGGER planted BEFORE INSERT ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION planted();";

#[tokio::test]
async fn a_planted_table_is_refused_whatever_its_comment_says() {
    is_refused(TABLE, "core_user_events_rollup has a name that the rollup needs, but is not owned by").await;
    // As the comment of a rollup begins, and with a function that says what it is.
    is_refused(
        "CREATE TABLE core_user_events_rollup (id uuid);
         COMMENT ON TABLE core_user_events_rollup IS 'es-rollup 0123456789abcdef: ';
         CREATE FUNCTION core_user_events_rollup_model() RETURNS text LANGUAGE sql AS
           $$ SELECT '{\"fingerprint\":\"0123456789abcdef\",\"model\":{}}'::text $$",
        "is not owned by",
    )
    .await;
}

#[tokio::test]
async fn planted_functions_are_refused() {
    for planted in [
        "CREATE FUNCTION core_user_events_rollup_apply() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE FUNCTION core_user_events_rollup_model() RETURNS text LANGUAGE sql AS $$ SELECT 'x'::text $$",
        // Calls with an integer would rather have this one.
        "CREATE FUNCTION core_user_events_rollup_refuse(text, text, integer, bigint, text) RETURNS void LANGUAGE sql AS 'SELECT'",
        "CREATE FUNCTION core_user_events_rollup_catch_up(text) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    ] {
        is_refused(planted, "is not owned by").await;
    }
}

#[tokio::test]
async fn planted_types_and_indexes_are_refused() {
    is_refused("CREATE DOMAIN core_user_events_rollup AS text", "a function or type with a name that").await;
    is_refused("CREATE TYPE core_user_events_rollup AS ENUM ('x')", "a function or type with a name that")
        .await;
    is_refused(
        "CREATE TABLE core_user_events_rollup_pkey ()",
        "core_user_events_rollup_pkey already exists, but an index of",
    )
    .await;
}

/// What was free when it was looked at need not be when it is made: nothing planted in between is run.
#[tokio::test]
async fn what_is_planted_while_the_migration_runs_is_not_run() {
    needs_several_connections!();
    let model = "CREATE FUNCTION core_user_events_rollup_catch_up(uuid) RETURNS bigint LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO ran_as VALUES (current_user); RETURN 1; END $$";
    for planted in [TABLE, model] {
        let sql = format!("{CREATE} CREATE TABLE ran_as (name text); GRANT ALL ON ran_as TO app;");
        with_role(with_events::<UserEvent>("uuid").await, &sql, move |pool, app| async move {
            insert::<UserEvent>(&pool, user(uuid(1), 1..=2)).await.expect("events are stored");
            let before = catalog(&pool).await;
            let mut migrating = pool.begin().await.expect("a transaction");
            let mut outcome = Ok(0);
            for statement in statements(UserEvent::MIGRATION_SQL) {
                if statement.contains("CREATE TABLE IF NOT EXISTS") {
                    let mut connection = acting(&pool, &app).await;
                    execute(
                        &mut connection,
                        "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                           INSERT INTO ran_as VALUES (current_user); RETURN NEW; END $$",
                    )
                    .await
                    .expect("a function");
                    execute(&mut connection, planted).await.expect("planted just now");
                    forget(connection).await;
                }
                outcome = execute(&mut migrating, &statement).await;
                if outcome.is_err() {
                    break;
                }
            }
            migrating.rollback().await.expect("rolled back");
            let error = refusal(outcome);
            // PostgreSQL itself may be the first to refuse to replace what is there.
            assert!(["RU020", "42P13"].contains(&error.code()), "{error}");
            let ran: i64 =
                sqlx::query_scalar("SELECT count(*) FROM ran_as").fetch_one(&pool).await.expect("a number");
            assert_eq!(ran, 0);
            assert!(catalog(&pool).await.len() > before.len(), "it was planted");
        })
        .await;
    }
}

/// Of the owner's own, too: a call could reach it.
#[tokio::test]
async fn another_function_of_the_same_name_is_refused_when_the_migration_is_applied_again() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE FUNCTION core_user_events_rollup_refuse(text, text, integer, bigint, text) RETURNS void
           LANGUAGE sql AS 'SELECT'",
    )
    .await
    .expect("a function");
    let error = refusal(run(pool, UserEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020");
    assert!(error.message().contains("core_user_events_rollup_refuse("), "{error}");
    assert!(error.message().contains("another function"), "{error}");
    database.close().await;
}

#[tokio::test]
async fn foreign_triggers_and_rules_on_a_rollup_are_named_and_refused() {
    let sql = format!("{CREATE} GRANT TRIGGER ON core_user_events_rollup TO app;");
    with_role(installed::<UserEvent>("uuid").await, &sql, |pool, app| async move {
        let mut connection = acting(&pool, &app).await;
        execute(
            &mut connection,
            "CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
             CREATE TRIGGER planted BEFORE INSERT ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION planted()",
        )
        .await
        .expect("whoever has TRIGGER may do that");
        forget(connection).await;
        let error = refusal(run(&pool, UserEvent::MIGRATION_SQL).await);
        assert_eq!(error.code(), "RU020");
        assert!(error.message().contains("the trigger planted on"), "{error}");
        run(&pool, "DROP TRIGGER planted ON core_user_events_rollup").await.expect("dropped");
        run(&pool, "CREATE RULE lost AS ON INSERT TO core_user_events_rollup DO INSTEAD NOTHING")
            .await
            .expect("a rule");
        let error = refusal(run(&pool, UserEvent::MIGRATION_SQL).await);
        assert!(error.message().contains("the rule lost on"), "{error}");
        run(&pool, "DROP RULE lost ON core_user_events_rollup").await.expect("dropped");
        run(&pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
        // And nobody has TRIGGER any more.
        let mut connection = acting(&pool, &app).await;
        let trigger =
            "CREATE TRIGGER planted BEFORE INSERT ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION planted()";
        assert_eq!(refusal(execute(&mut connection, trigger).await).code(), "42501");
        forget(connection).await;
    })
    .await;
}

/// The owner's own triggers on the rollup stay, such as those of an audit.
#[tokio::test]
async fn triggers_of_the_owners_own_stay() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE TABLE audit (id uuid, version bigint);
         CREATE FUNCTION audited() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN INSERT INTO public.audit VALUES (NEW.id, NEW.version); RETURN NULL; END $$;
         CREATE FUNCTION audited_too() RETURNS trigger LANGUAGE plpgsql SET search_path = public AS
           $$ BEGIN INSERT INTO audit VALUES (NEW.id, NEW.version); RETURN NULL; END $$;
         CREATE TRIGGER audited AFTER INSERT OR UPDATE ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION audited();
         CREATE TRIGGER audited_too AFTER INSERT OR UPDATE ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION audited_too();",
    )
    .await
    .expect("an audit");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let lines: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit").fetch_one(pool).await.expect("a number");
    assert_eq!(lines, 2);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    database.close().await;
}

/// Some platforms grant everything on new tables and functions to roles that anybody can have.
#[tokio::test]
async fn default_privileges_give_nobody_more_than_to_read() {
    let sql = "GRANT SELECT, INSERT ON core_user_events TO app; ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO app; ALTER DEFAULT PRIVILEGES GRANT ALL ON FUNCTIONS TO app;
        ALTER DEFAULT PRIVILEGES GRANT UPDATE ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO app WITH GRANT OPTION;";
    with_role(with_events::<UserEvent>("uuid").await, sql, |pool, app| async move {
        run(&pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        insert::<UserEvent>(&pool, user(uuid(1), 1..=1)).await.expect("a good event is taken");
        for again in 0..2 {
            let before = everything::<UserEvent>(&pool).await;
            let mut connection = acting(&pool, &app).await;
            execute(&mut connection, "SELECT FROM core_user_events_rollup").await.expect("it may be read");
            execute(&mut connection, "CREATE TEMP TABLE IF NOT EXISTS forged (LIKE public.core_user_events)")
                .await
                .expect("a table");
            for forbidden in [
                "CREATE TRIGGER forged AFTER INSERT ON forged REFERENCING NEW TABLE AS es_new
                   FOR EACH STATEMENT EXECUTE FUNCTION public.core_user_events_rollup_apply()",
                "CREATE TRIGGER forged AFTER TRUNCATE ON forged EXECUTE FUNCTION public.core_user_events_rollup_truncate()",
                "SELECT public.core_user_events_rollup_catch_up(gen_random_uuid())",
                "SELECT public.core_user_events_rollup_model()",
                "UPDATE public.core_user_events_rollup SET email = 'x'",
                "UPDATE public.core_user_events_rollup SET version = 7",
                "INSERT INTO public.core_user_events_rollup (email) VALUES ('x')",
                "DELETE FROM public.core_user_events_rollup",
                "TRUNCATE public.core_user_events_rollup",
                "CREATE TRIGGER forged BEFORE INSERT ON public.core_user_events_rollup FOR EACH ROW
                   EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            ] {
                let error = refusal(execute(&mut connection, forbidden).await);
                assert_eq!(error.code(), "42501", "{forbidden}: {error}");
            }
            forget(connection).await;
            assert_eq!(everything::<UserEvent>(&pool).await, before);
            if again == 0 {
                // What is granted later, or what a restored dump has lost, is taken when it is applied again.
                let granted = format!(
                    "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC, {app};
                     GRANT ALL ON core_user_events_rollup TO {app}, PUBLIC;
                     GRANT UPDATE (email, version), INSERT (email) ON core_user_events_rollup TO {app};"
                );
                run(&pool, &granted).await.expect("granted");
                run(&pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied again");
            }
        }
    })
    .await;
}
