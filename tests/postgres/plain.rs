//! What may be on a rollup: one look at the catalogue finds out whether there is anything, and others what it is.

use crate::fixtures::{AccountEvent, DocumentEvent, LedgerEvent, MemberEvent, SensorEvent, UserEvent};
use crate::support::{insert, installed, run, user, uuid};
use es_rollup::Rollup;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

/// The call by which the trigger's function asks whether the rollup is as the migration left it.
fn plain<E: Rollup>() -> &'static str {
    let sql = E::MIGRATION_SQL;
    let function = E::ROLLUP_TABLE.trim_end_matches('"');
    let call = sql.find(&format!("({function}_plain\"(")).expect("the function asks") + 1;
    let end = sql[call..].find("])").expect("the call ends") + 2;
    &sql[call..call + end]
}

/// What the three functions say: whether the table is plain, whether it is guarded, and whether it is extended.
async fn asked<E: Rollup>(connection: &mut PgConnection) -> (bool, bool, bool) {
    let (table, function) = (E::ROLLUP_TABLE, E::ROLLUP_TABLE.trim_end_matches('"'));
    let asks = format!(
        "SELECT {}, {function}_guarded\"('{table}'::regclass), {function}_extended\"('{table}'::regclass)",
        plain::<E>()
    );
    sqlx::query_as(AssertSqlSafe(asks)).persistent(false).fetch_one(connection).await.expect("they answer")
}

async fn is_plain<E: Rollup>(id_type: &str) {
    let database = installed::<E>(id_type).await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    assert_eq!(asked::<E>(&mut connection).await, (true, false, false), "{}", E::ROLLUP_TABLE);
    drop(connection);
    database.close().await;
}

/// Otherwise the first event of each session would take longer.
#[tokio::test]
async fn a_table_is_plain_as_the_migration_makes_it() {
    is_plain::<UserEvent>("uuid").await;
    is_plain::<AccountEvent>("text").await;
    is_plain::<SensorEvent>("bigint").await;
    is_plain::<LedgerEvent>("uuid").await;
    is_plain::<DocumentEvent>("uuid").await;
    is_plain::<MemberEvent>("bigint").await;
}

/// What somebody may put on the rollup of the users, and which of the two notices it.
const PUT: [(&str, bool, bool); 22] = [
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

/// In a database with many tables, a catalogue is large, and each session would read it.
#[tokio::test]
async fn no_session_reads_a_whole_catalogue() {
    for put in ["", "CREATE INDEX ON @ (is_short(email)); CREATE TABLE refers (id uuid REFERENCES @)"] {
        let database = installed::<UserEvent>("uuid").await;
        let pool = database.pool();
        run(pool, MADE).await.expect("they are made");
        run(pool, &put.replace('@', UserEvent::ROLLUP_TABLE)).await.expect("it is put");
        let mut connection = pool.acquire().await.expect("a connection");
        let mut transaction = connection.begin().await.expect("a transaction");
        sqlx::raw_sql("SET LOCAL enable_seqscan = off").execute(&mut *transaction).await.expect("set");
        for sequence in 1..=2 {
            insert::<UserEvent>(&mut *transaction, &user(uuid(1), sequence..=sequence)).await.expect("taken");
        }
        let scanned = "SELECT relname::text FROM pg_stat_xact_sys_tables
             WHERE seq_scan > 0 AND relname IN ('pg_attribute', 'pg_class', 'pg_constraint', 'pg_depend', 'pg_index', 'pg_trigger', 'pg_type')";
        let scanned: Vec<String> =
            sqlx::query_scalar(scanned).fetch_all(&mut *transaction).await.expect("counted");
        assert!(scanned.is_empty(), "{put}: {scanned:?}");
        drop(transaction);
        drop(connection);
        database.close().await;
    }
}
