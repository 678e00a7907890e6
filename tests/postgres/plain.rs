//! What may be on a rollup: one look at the catalogue finds out whether there is anything, and others what it is.

use crate::fixtures::{
    AccountEvent, DocumentEvent, LedgerEvent, MemberEvent, ParcelEvent, SensorEvent, UserEvent,
};
use crate::security::execute;
use crate::support::{Row, Stored, end_sessions, insert, installed, row, run, user, uuid};
use es_rollup::Rollup;
use es_rollup_test_server::needs_several_connections;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The calls by which the trigger's function asks whether each of the tables is as the migration left it.
fn looks<E: Rollup>() -> Vec<&'static str> {
    let sql = E::MIGRATION_SQL;
    let call = format!("({}_plain\"('", E::ROLLUP_TABLE.trim_end_matches('"'));
    let mut looks: Vec<&str> = sql
        .match_indices(&call)
        .map(|(at, _)| &sql[at + 1..at + sql[at..].find("])").expect("the call ends") + 2])
        .collect();
    looks.sort_unstable();
    looks.dedup();
    looks
}

/// What the three functions say of the rollup: whether it is plain, whether it is guarded, and whether it is extended.
async fn asked<E: Rollup>(connection: &mut PgConnection) -> (bool, bool, bool) {
    let (table, function) = (E::ROLLUP_TABLE, E::ROLLUP_TABLE.trim_end_matches('"'));
    let of_rollup = |look: &&&str| look.contains(&format!("('{table}'::"));
    let looks = looks::<E>();
    let look = looks.iter().find(of_rollup).expect("the function asks");
    let asks = format!(
        "SELECT {look}, {function}_guarded\"('{table}'::regclass), {function}_extended\"('{table}'::regclass)"
    );
    sqlx::query_as(AssertSqlSafe(asks)).persistent(false).fetch_one(connection).await.expect("they answer")
}

/// Whether each of the tables is plain, in a transaction at the level.
async fn are_plain<E: Rollup>(connection: &mut PgConnection, level: &str) -> Vec<bool> {
    let mut transaction = connection.begin().await.expect("a transaction");
    execute(&mut transaction, &format!("SET TRANSACTION ISOLATION LEVEL {level}")).await.expect("set");
    let asks = format!("SELECT ARRAY[{}]", looks::<E>().join(", "));
    let answers = sqlx::query_scalar(AssertSqlSafe(asks)).persistent(false);
    answers.fetch_one(&mut *transaction).await.expect("they answer")
}

async fn is_plain<E: Rollup>(id_type: &str, tables: usize, at_each_level: bool) {
    let database = installed::<E>(id_type).await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    for (level, plain) in
        [("READ COMMITTED", true), ("REPEATABLE READ", at_each_level), ("SERIALIZABLE", at_each_level)]
    {
        let answers = are_plain::<E>(&mut connection, level).await;
        assert_eq!(answers, vec![plain; tables], "{} at {level}", E::ROLLUP_TABLE);
    }
    drop(connection);
    database.close().await;
}

/// Otherwise the first event of each session would take longer.
#[tokio::test]
async fn a_table_is_plain_as_the_migration_makes_it() {
    is_plain::<UserEvent>("uuid", 1, true).await;
    is_plain::<AccountEvent>("text", 1, true).await;
    is_plain::<SensorEvent>("bigint", 1, true).await;
    is_plain::<LedgerEvent>("uuid", 1, true).await;
    is_plain::<DocumentEvent>("uuid", 1, true).await;
    is_plain::<ParcelEvent>("bigint", 2, true).await;
    // Its unique constraints are deferred, so they are triggers, and another one would not be noticed.
    is_plain::<MemberEvent>("bigint", 1, false).await;
}

/// What somebody may put on the rollup of the users, and which of the two notices it.
const PUT: [(&str, bool, bool); 25] = [
    ("CREATE TRIGGER tell AFTER UPDATE ON @ FOR EACH ROW EXECUTE FUNCTION tell()", false, true),
    ("CREATE CONSTRAINT TRIGGER tell AFTER UPDATE ON @ FOR EACH ROW EXECUTE FUNCTION tell()", false, true),
    ("CREATE RULE quiet AS ON DELETE TO @ DO INSTEAD NOTHING", false, true),
    ("ALTER TABLE @ FORCE ROW LEVEL SECURITY", false, true),
    (
        "ALTER TABLE @ ENABLE ROW LEVEL SECURITY;
         GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO pg_read_all_data; SET LOCAL ROLE pg_read_all_data",
        false,
        true,
    ),
    ("ALTER TABLE @ ADD CHECK (email <> '')", true, false),
    ("ALTER TABLE @ ADD CHECK (is_short(email))", true, true),
    ("ALTER TABLE @ ADD UNIQUE (email)", true, false),
    ("CREATE UNIQUE INDEX ON @ (email)", true, false),
    ("ALTER TABLE @ ADD EXCLUDE USING btree (email WITH =)", true, false),
    ("ALTER TABLE @ ADD FOREIGN KEY (role) REFERENCES roles", true, false),
    ("CREATE TABLE refers (id uuid REFERENCES @)", true, false),
    ("ALTER TABLE @ DROP CONSTRAINT core_user_events_rollup_pkey, ADD CONSTRAINT other PRIMARY KEY (id)", true, false),
    ("ALTER TABLE @ ALTER role SET NOT NULL", true, false),
    ("ALTER TABLE @ ADD es_tag text", true, false),
    ("ALTER TABLE @ ADD short boolean DEFAULT is_short('x')", false, true),
    ("ALTER TABLE @ ALTER role SET DEFAULT any_role()", false, true),
    ("ALTER TABLE @ ADD remark short", false, true),
    ("ALTER TABLE @ ALTER email TYPE short", false, true),
    ("CREATE INDEX ON @ (is_short(email))", false, true),
    ("CREATE INDEX ON @ (role) WHERE is_short(email)", false, true),
    ("CREATE INDEX ON @ (role strange)", false, true),
    ("CREATE STATISTICS short_emails ON (is_short(email)) FROM @", false, true),
    ("CREATE TABLE child () INHERITS (@)", false, true),
    (
        "CREATE TABLE whole (LIKE @) PARTITION BY LIST (email); ALTER TABLE whole ATTACH PARTITION @ FOR VALUES IN ('a')",
        true,
        true,
    ),
];

/// What these need.
const MADE: &str = "
    CREATE FUNCTION is_short(email text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS
      'BEGIN RETURN length(email) < 100; END';
    CREATE FUNCTION any_role() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()';
    CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE DOMAIN short AS text CHECK (is_short(VALUE));
    CREATE TABLE roles (role uuid PRIMARY KEY);
    CREATE OPERATOR CLASS strange FOR TYPE uuid USING btree AS
      OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >, FUNCTION 1 uuid_cmp(uuid, uuid)";

/// The answers after the statement, which is undone.
async fn after<E: Rollup>(connection: &mut PgConnection, statement: &str) -> (bool, bool, bool) {
    let mut transaction = connection.begin().await.expect("a transaction");
    let statement = statement.replace('@', E::ROLLUP_TABLE);
    let done = sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *transaction).await;
    done.unwrap_or_else(|error| panic!("{error}"));
    let answers = asked::<E>(&mut transaction).await;
    transaction.rollback().await.expect("undone");
    answers
}

#[tokio::test]
async fn whatever_is_put_on_a_table_it_is_not_plain_any_more() {
    let database = installed::<UserEvent>("uuid").await;
    run(database.pool(), MADE).await.expect("they are made");
    let mut connection = database.pool().acquire().await.expect("a connection");
    for (put, guarded, extended) in PUT {
        let answers = after::<UserEvent>(&mut connection, put).await;
        assert_eq!(answers, (false, guarded, extended), "plain, guarded and extended after {put}");
    }
    let harmless = "CREATE INDEX ON @ (email, role); ALTER TABLE @ ADD note varchar(40), ADD marks integer[]";
    assert_eq!(after::<UserEvent>(&mut connection, harmless).await, (true, false, false));
    drop(connection);
    database.close().await;
}

/// A check of the migration's own may be replaced by one of the same name.
#[tokio::test]
async fn a_check_that_calls_a_function_is_not_plain_whatever_its_name_is() {
    let database = installed::<MemberEvent>("bigint").await;
    run(database.pool(), MADE).await.expect("they are made");
    let mut connection = database.pool().acquire().await.expect("a connection");
    let replaced = "ALTER TABLE @ DROP CONSTRAINT email_has_an_at,
        ADD CONSTRAINT email_has_an_at CHECK (public.is_short(email))";
    assert_eq!(after::<MemberEvent>(&mut connection, replaced).await, (false, false, true));
    let another = "ALTER TABLE @ ADD CONSTRAINT long_email CHECK (length(email) > 3)";
    assert_eq!(after::<MemberEvent>(&mut connection, another).await, (false, true, false));
    drop(connection);
    database.close().await;
}

/// Each of these is on the table when the event is written, although the transaction does not see it yet.
#[tokio::test]
async fn what_was_put_on_a_table_since_the_snapshot_is_noticed() {
    needs_several_connections!();
    for put in [
        "CREATE TRIGGER tell AFTER UPDATE ON @ FOR EACH ROW EXECUTE FUNCTION tell()",
        "ALTER TABLE @ ADD CHECK (is_short(email))",
        "CREATE UNIQUE INDEX ON @ (email)",
        "CREATE TABLE refers (id uuid REFERENCES @)",
        "ALTER TABLE @ ALTER role SET DEFAULT any_role()",
        "CREATE TABLE child () INHERITS (@)",
    ] {
        let database = installed::<UserEvent>("uuid").await;
        run(database.pool(), MADE).await.expect("they are made");
        let mut connection = database.pool().acquire().await.expect("a connection");
        let mut transaction = connection.begin().await.expect("a transaction");
        execute(&mut transaction, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await.expect("set");
        assert_eq!(asked::<UserEvent>(&mut transaction).await, (true, false, false));
        let put = put.replace('@', UserEvent::ROLLUP_TABLE);
        run(database.pool(), &put).await.expect("it is put");
        assert_eq!(asked::<UserEvent>(&mut transaction).await, (false, true, true), "{put}");
        transaction.rollback().await.expect("the end");
        drop(connection);
        database.close().await;
    }
}

/// A migration that fails does not make events slower.
#[tokio::test]
async fn what_was_not_put_on_a_table_in_the_end_does_not_count() {
    needs_several_connections!();
    let database = installed::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    for undone in ["ALTER TABLE @ ADD note text CHECK (note <> '')", "ALTER TABLE @ ALTER role SET NOT NULL"]
    {
        assert_eq!(after::<UserEvent>(&mut connection, undone).await, (false, true, false), "{undone}");
        assert_eq!(
            asked::<UserEvent>(&mut connection).await,
            (true, false, false),
            "after {undone} was undone"
        );
    }
    drop(connection);
    database.close().await;
}

/// A session goes by what its first statement has found out, until the table changes or its statistics do.
#[tokio::test]
async fn a_session_that_began_at_read_committed_takes_the_short_way_until_the_rollup_is_analyzed() {
    needs_several_connections!();
    let database = installed::<MemberEvent>("bigint").await;
    let pool = database.pool();
    for (id, level, begins, analyzed) in [
        (1, "REPEATABLE READ", false, false),
        (2, "REPEATABLE READ", true, false),
        (3, "REPEATABLE READ", true, true),
        (4, "SERIALIZABLE", false, false),
        (5, "SERIALIZABLE", true, false),
        (6, "SERIALIZABLE", true, true),
    ] {
        let mut connection = pool.acquire().await.expect("a connection");
        if begins {
            execute(&mut connection, &format!("INSERT INTO {} SELECT WHERE false", MemberEvent::EVENT_TABLE))
                .await
                .expect("no event is inserted");
        }
        if analyzed {
            run(pool, &format!("ANALYZE {}", MemberEvent::ROLLUP_TABLE)).await.expect("it is analyzed");
        }
        let mut transaction = connection.begin().await.expect("a transaction");
        execute(&mut transaction, &format!("SET TRANSACTION ISOLATION LEVEL {level}")).await.expect("set");
        let counts = sqlx::raw_sql("SAVEPOINT before; SET LOCAL track_functions = 'all'")
            .execute(&mut *transaction)
            .await
            .is_ok();
        if !counts {
            println!("not counted: only a superuser may count calls of functions");
            execute(&mut transaction, "ROLLBACK TO before").await.expect("as it was");
        }
        let joined = json!({"type": "joined", "tenant": id, "email": "a@b", "badge": null});
        insert::<MemberEvent>(&mut *transaction, &[row(id, 1, joined)]).await.expect("taken");
        let asked: bool = sqlx::query_scalar(
            "SELECT count(*) > 0 FROM pg_stat_xact_user_functions WHERE funcname = 'member_guarded'",
        )
        .fetch_one(&mut *transaction)
        .await
        .expect("counted");
        assert_eq!(asked, counts && (!begins || analyzed), "{level}, {begins}, {analyzed}");
        transaction.commit().await.expect("committed");
        drop(connection);
        end_sessions(pool).await;
    }
    database.close().await;
}

/// The search paths under which a trigger on the rollup runs that is put there when a transaction at the level has begun, for
/// an event of that transaction and one after it. Of the events, some are inserted before.
async fn paths<E: Stored>(
    id_type: &str,
    events: &[Row],
    level: &str,
    begins: bool,
    before: usize,
) -> Vec<String> {
    let database = installed::<E>(id_type).await;
    let pool = database.pool();
    let mut connection = pool.acquire().await.expect("a connection");
    if begins {
        let no_rows = format!("INSERT INTO {} SELECT WHERE false", E::EVENT_TABLE);
        execute(&mut connection, &no_rows).await.expect("no event is inserted");
    }
    for event in &events[..before] {
        insert::<E>(&mut *connection, std::slice::from_ref(event)).await.expect("taken");
    }
    let mut transaction = connection.begin().await.expect("a transaction");
    execute(&mut transaction, &format!("SET TRANSACTION ISOLATION LEVEL {level}")).await.expect("set");
    execute(&mut transaction, "SELECT count(*) FROM pg_class").await.expect("a snapshot is taken");
    run(
        pool,
        &"CREATE TABLE paths (path text);
          CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
            'BEGIN INSERT INTO public.paths VALUES (current_setting(''search_path'')); RETURN NULL; END';
          CREATE TRIGGER tell AFTER INSERT OR UPDATE ON @ FOR EACH ROW EXECUTE FUNCTION tell()"
            .replace('@', E::ROLLUP_TABLE),
    )
    .await
    .expect("it is put");
    execute(&mut transaction, "SET LOCAL search_path = hostile, public").await.expect("set");
    insert::<E>(&mut *transaction, &events[before..=before]).await.expect("taken");
    transaction.commit().await.expect("committed");
    execute(&mut connection, "SET search_path = hostile, public").await.expect("set");
    insert::<E>(&mut *connection, &events[before + 1..before + 2]).await.expect("taken");
    let paths = sqlx::query_scalar("SELECT path FROM paths").fetch_all(pool).await.expect("read");
    drop(connection);
    database.close().await;
    paths
}

/// A trigger of the owner's runs under the search path of the rollup's functions, and never under that of a session that
/// inserts events, whatever the session saw when it began.
#[tokio::test]
async fn a_transaction_that_began_before_a_trigger_was_created_runs_it_under_the_path_of_the_rollup() {
    needs_several_connections!();
    let users = user(uuid(1), 1..=4);
    let joined = json!({"type": "joined", "tenant": 1, "email": "a@b", "badge": null});
    // No check is about the badge, so nothing else than the look pins the path of these events.
    let badged = |sequence| row(1, sequence, json!({"type": "badge_given", "badge": sequence}));
    let members: Vec<Row> = [row(1, 1, joined)].into_iter().chain((2..=4).map(badged)).collect();
    for level in ["READ COMMITTED", "REPEATABLE READ", "SERIALIZABLE"] {
        for (begins, before) in [(false, 0), (true, 0), (false, 2)] {
            let found = paths::<UserEvent>("uuid", &users, level, begins, before).await;
            assert_eq!(found, ["pg_catalog, pg_temp"; 2], "{level}, {begins}, after {before} events");
            // This one has triggers already, so another one is told only to sessions that know the table.
            let found = paths::<MemberEvent>("bigint", &members, level, begins, before).await;
            assert_eq!(found, ["pg_catalog, pg_temp"; 2], "{level}, {begins}, after {before} events");
        }
    }
}

/// How often each catalogue that a look may read was scanned wholly, and by an index. PostgreSQL also counts
/// the transactions before this one that it has not reported yet, so a test compares two of these.
async fn scans(connection: &mut PgConnection) -> Vec<(String, i64, i64)> {
    let scans = "SELECT relname::text, seq_scan, idx_scan FROM pg_stat_xact_sys_tables
         WHERE relname IN ('pg_attribute', 'pg_class', 'pg_constraint', 'pg_depend', 'pg_index', 'pg_trigger', 'pg_type')
         ORDER BY relname";
    sqlx::query_as(scans).fetch_all(connection).await.expect("counted")
}

/// In a database with many tables, a catalogue is large, and each session would read it.
#[tokio::test]
async fn no_session_reads_a_whole_catalogue() {
    for (put, asked_extended) in [
        ("", false),
        ("CREATE INDEX ON @ (is_short(email))", true),
        ("CREATE TABLE refers (id uuid REFERENCES @)", false),
    ] {
        let database = installed::<UserEvent>("uuid").await;
        let pool = database.pool();
        run(pool, MADE).await.expect("they are made");
        run(pool, &put.replace('@', UserEvent::ROLLUP_TABLE)).await.expect("it is put");
        let mut connection = pool.acquire().await.expect("a connection");
        let mut transaction = connection.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("set");
        let before = scans(&mut transaction).await;
        for sequence in 1..=2 {
            insert::<UserEvent>(&mut *transaction, &user(uuid(1), sequence..=sequence)).await.expect("taken");
        }
        let after = scans(&mut transaction).await;

        let read: Vec<(&str, bool)> = (before.iter().zip(&after))
            .filter(|(before, after)| before != after)
            .map(|(before, after)| (after.0.as_str(), before.1 != after.1))
            .collect();
        assert!(read.iter().all(|(_, wholly)| !wholly), "{put}: {read:?}");
        if asked_extended {
            assert!(read.iter().any(|(name, _)| *name == "pg_depend"), "{put}: {read:?}");
        }
        drop(transaction);
        drop(connection);
        database.close().await;
    }
}
