//! The trigger's function runs under the search path of whoever inserts events, and uses nothing that it leads to.
//!
//! A schema of a stranger holds operators, functions and types with the names of PostgreSQL's own that the rollup's
//! functions use, and comes first in the path of every insert. Each of the strange ones raises an error or is of
//! another type, so that whatever is looked up by a name without a schema fails.

use crate::fixtures::{
    AccountEvent, DocumentEvent, LedgerEvent, LedgerRowEvent, MemberEvent, SensorEvent, UserEvent,
};
use crate::parity::case::Subject;
use crate::parity::prove_in;
use crate::support::{insert, installed, migration, refusal, rows_are_folds, run, user, uuid, with_events};
use es_rollup::Rollup as _;
use es_rollup_test_server::Database;
use sqlx::{AssertSqlSafe, PgPool};

/// Shadows of all operators, and of the functions and types whose names occur in a function that somebody made.
const STRANGE: &str = r#"
    CREATE SCHEMA strange;
    GRANT USAGE ON SCHEMA strange TO PUBLIC;
    CREATE TABLE strange.made (kind text, name text);
    DO $$
    DECLARE
      one record;
      used text[] := ARRAY(
        SELECT DISTINCT w[1]
        FROM pg_proc AS p, regexp_matches(p.prosrc, '[a-z_][a-z_0-9]*', 'g') AS w
        WHERE p.oid >= 16384
      );
    BEGIN
      FOR one IN
        SELECT DISTINCT t.typname FROM pg_type AS t
        WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype = 'b' AND t.typname = ANY (used)
      LOOP
        EXECUTE format('CREATE DOMAIN strange.%I AS pg_catalog.int4 CHECK (VALUE > 0)', one.typname);
        INSERT INTO strange.made VALUES ('type', one.typname);
      END LOOP;
      FOR one IN
        SELECT p.proname, pg_get_function_identity_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result
        FROM pg_proc AS p
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname = ANY (used)
      LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION strange.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', one.proname, one.arguments,
            one.result, 'BEGIN RAISE EXCEPTION ''strange function''; END');
          INSERT INTO strange.made VALUES ('function', one.proname);
        EXCEPTION WHEN others THEN
          NULL;  -- of internal types, or an aggregate of them
        END;
      END LOOP;
      FOR one IN
        SELECT o.oid, o.oprname, format_type(o.oprresult, NULL) AS result,
          CASE WHEN o.oprleft <> 0 THEN format_type(o.oprleft, NULL) END AS a, format_type(o.oprright, NULL) AS b
        FROM pg_operator AS o
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace
      LOOP
        BEGIN
          EXECUTE format('CREATE FUNCTION strange.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', 'operator_' || one.oid,
            concat_ws(', ', one.a, one.b), one.result, 'BEGIN RAISE EXCEPTION ''strange operator''; END');
          EXECUTE format('CREATE OPERATOR strange.%s (FUNCTION = strange.%I, %s RIGHTARG = %s)', one.oprname,
            'operator_' || one.oid, 'LEFTARG = ' || one.a || ',', one.b);
          INSERT INTO strange.made VALUES ('operator', one.oprname);
        EXCEPTION WHEN others THEN
          NULL;  -- of internal types
        END;
      END LOOP;
    END $$;
    CREATE FUNCTION strange.enter() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_catalog.set_config(''search_path'', ''strange, pg_catalog'', true); RETURN NULL; END';
    CREATE FUNCTION strange.leave() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_catalog.set_config(''search_path'', ''"$user", public'', true); RETURN NULL; END';"#;

/// Makes the strange schema, and brings it into the path of what an insert into the event table runs.
pub(crate) async fn prepare(pool: &PgPool, events: &str) {
    // The last trigger of the table is the one whose name comes last.
    let triggers = format!(
        "CREATE TRIGGER enter BEFORE INSERT ON {events} FOR EACH STATEMENT EXECUTE FUNCTION strange.enter();
         CREATE TRIGGER \"~leave\" AFTER INSERT ON {events} FOR EACH STATEMENT EXECUTE FUNCTION strange.leave();"
    );
    run(pool, &format!("{STRANGE}{triggers}")).await.expect("the strange schema is made");
    for (kind, least) in [("type", 3), ("function", 20), ("operator", 500)] {
        let sql = format!("SELECT count(*) FROM strange.made WHERE kind = '{kind}'");
        let made: i64 =
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("the shadows are counted");
        assert!(made >= least, "only {made} of kind {kind}");
    }
}

fn prove<E: Subject>() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let database: Database = runtime.block_on(async {
        let database = installed::<E>(E::ID_TYPE).await;
        prepare(database.pool(), E::EVENT_TABLE).await;
        database
    });
    prove_in::<E>(&runtime, database);
}

#[test]
fn no_search_path_changes_what_the_statement_form_does() {
    prove::<UserEvent>();
    prove::<AccountEvent>();
    prove::<SensorEvent>();
    prove::<LedgerEvent>();
    prove::<DocumentEvent>();
    prove::<MemberEvent>();
}

#[test]
fn no_search_path_changes_what_the_row_form_does() {
    prove::<LedgerRowEvent>();
}

#[tokio::test]
async fn without_the_schemas_in_the_functions_text_the_strange_ones_are_used() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let sql = migration::<UserEvent>();
    let (before, rest) = sql.split_once("_apply\"()\n  RETURNS trigger").expect("the trigger's function");
    let (body, after) = rest.split_once("$es_rollup$;").expect("the end of its text");
    let mut bare = String::new();
    let mut body = body;
    while let Some((text, operator)) = body.split_once("OPERATOR(pg_catalog.") {
        let (operator, rest) = operator.split_once(')').expect("the end of the operator");
        bare.extend([text, operator]);
        body = rest;
    }
    bare.push_str(body);
    run(pool, &format!("{before}_apply\"()\n  RETURNS trigger{bare}$es_rollup$;{after}"))
        .await
        .expect("it is applied");
    prepare(pool, UserEvent::EVENT_TABLE).await;
    let error = refusal(insert::<UserEvent>(pool, &user(uuid(1), 1..=1)).await);
    assert!(error.message().contains("strange operator"), "{error}");
    database.close().await;
}

#[tokio::test]
async fn what_others_put_on_the_rollup_runs_under_a_search_path_of_postgresqls_own() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    prepare(pool, UserEvent::EVENT_TABLE).await;
    // Neither pins its search path, as what people write seldom does.
    let extensions = "
        CREATE FUNCTION public.is_short(email text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
          'BEGIN RETURN length(email) < 100; END';
        CREATE FUNCTION public.tell() RETURNS trigger LANGUAGE plpgsql AS
          'BEGIN IF NEW.version > 1 THEN PERFORM pg_notify(''users'', NEW.id::text); END IF; RETURN NULL; END';";
    run(pool, extensions).await.expect("the functions are made");
    let ways = [
        "CREATE TRIGGER tell AFTER INSERT OR UPDATE ON core_user_events_rollup FOR EACH ROW EXECUTE FUNCTION tell()",
        "DROP TRIGGER tell ON core_user_events_rollup;
         CREATE INDEX short ON core_user_events_rollup (is_short(email))",
        "DROP INDEX short; CREATE INDEX short ON core_user_events_rollup (id) WHERE is_short(email)",
        "DROP INDEX short; ALTER TABLE core_user_events_rollup ADD CHECK (is_short(email))",
        "ALTER TABLE core_user_events_rollup DROP CONSTRAINT core_user_events_rollup_email_check;
         ALTER TABLE core_user_events_rollup ADD short boolean DEFAULT is_short('x')",
        "ALTER TABLE core_user_events_rollup DROP short;
         CREATE DOMAIN short AS text CHECK (is_short(coalesce(VALUE, '')));
         ALTER TABLE core_user_events_rollup ADD remark short",
        "ALTER TABLE core_user_events_rollup DROP remark;
         CREATE INDEX short ON core_user_events_rollup ((email::short))",
    ];
    for (number, way) in (1..).zip(ways) {
        run(pool, way).await.unwrap_or_else(|error| panic!("{way}: {error}"));
        let id = uuid(number);
        insert::<UserEvent>(pool, &user(&id, 1..=1)).await.unwrap_or_else(|error| panic!("{way}: {error}"));
        for sequence in 2..=4 {
            let event = user(&id, sequence..=sequence);
            insert::<UserEvent>(pool, &event).await.unwrap_or_else(|error| panic!("{way}: {error}"));
        }
        insert::<UserEvent>(pool, &user(&id, 5..=8)).await.unwrap_or_else(|error| panic!("{way}: {error}"));
        // One event of each of two.
        let other = uuid(number + 100);
        insert::<UserEvent>(pool, &user(&other, 1..=1))
            .await
            .unwrap_or_else(|error| panic!("{way}: {error}"));
        let both = [user(&id, 9..=9), user(&other, 2..=2)].concat();
        insert::<UserEvent>(pool, &both).await.unwrap_or_else(|error| panic!("{way}: {error}"));
    }
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, ways.len() * 2);
    database.close().await;
}
