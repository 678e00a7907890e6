//! Where the migration installs, where it refuses to, and how it is taken back.

use crate::fixtures::{AccountEvent, UserEvent, UserId};
use crate::support::{
    HOSTILE, catalog, event_table, everything, insert, installed, refusal, row, rows_are_folds, run, user,
    uuid, with_events,
};
use crate::support::{migration, reversion};
use es_rollup::Rollup;
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};

const COLUMNS: &str = "id uuid NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL, \
    context jsonb, recorded_at timestamptz NOT NULL";

/// Refuses to install, says so, and leaves everything as it was.
async fn refuses(pool: &PgPool) -> PgDatabaseError {
    let before = catalog(pool).await;
    let error = refusal(run(pool, UserEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020", "{error}");
    assert!(error.hint().is_some_and(|hint| hint.ends_with('.')), "a hint: {error:?}");
    assert_eq!(catalog(pool).await, before);
    error
}

/// The migration is refused beside what the SQL makes.
async fn is_refused(sql: &str, says: &str) {
    let database = Database::create().await;
    run(database.pool(), sql).await.expect("the objects are made");
    let error = refuses(database.pool()).await;
    assert!(error.message().contains("\"public\".\"core_user_events"), "{error}");
    assert!(error.message().contains(says), "{error}");
    database.close().await;
}

/// The migration is applied beside what the SQL makes, and the trigger works.
async fn is_installed(sql: &str) {
    let database = Database::create().await;
    run(database.pool(), sql).await.expect("the objects are made");
    run(database.pool(), UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    insert::<UserEvent>(database.pool(), user(uuid(1), 1..=3)).await.expect("good events are taken");
    assert_eq!(rows_are_folds::<UserEvent>(database.pool()).await, 1);
    database.close().await;
}

fn table(constraints: &str) -> String {
    format!("CREATE TABLE core_user_events ({COLUMNS}{constraints})")
}

/// The usual table with one column declared in another way.
fn column(name: &str, other: &str) -> String {
    let columns = COLUMNS.split(", ").map(|column| if column.starts_with(name) { other } else { column });
    let columns: Vec<&str> = columns.filter(|column| !column.is_empty()).collect();
    format!("CREATE TABLE core_user_events ({}, UNIQUE (id, sequence))", columns.join(", "))
}

#[tokio::test]
async fn a_missing_table_is_refused() {
    is_refused("SELECT", "does not exist").await;
}

#[tokio::test]
async fn a_missing_schema_is_refused() {
    let database = Database::create().await;
    let error = refusal(run(database.pool(), AccountEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020");
    assert!(error.message().contains("\"bank\".\"account_log\" does not exist"), "{error}");
    database.close().await;
}

#[tokio::test]
async fn a_partitioned_table_is_refused() {
    let without_partitions = format!("{} PARTITION BY HASH (id);", table(", UNIQUE (id, sequence)"));
    is_refused(&without_partitions, "not an ordinary table").await;
    let sql = format!(
        "{without_partitions}
         CREATE TABLE leaf PARTITION OF core_user_events FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_partition_is_refused() {
    let sql = format!(
        "CREATE TABLE parent ({COLUMNS}, UNIQUE (id, sequence)) PARTITION BY HASH (id);
         CREATE TABLE core_user_events PARTITION OF parent FOR VALUES WITH (MODULUS 1, REMAINDER 0)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_with_children_is_refused() {
    let sql =
        format!("{}; CREATE TABLE child () INHERITS (core_user_events)", table(", UNIQUE (id, sequence)"));
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_with_a_parent_is_refused() {
    let sql = format!(
        "CREATE TABLE parent ({COLUMNS}); CREATE TABLE core_user_events (UNIQUE (id, sequence)) INHERITS (parent)"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_table_whose_children_are_gone_is_refused_until_it_is_analyzed() {
    // `relhassubclass` may outlive the children; refusing is the safe side, and ANALYZE puts it right.
    let sql = format!(
        "{}; CREATE TABLE child () INHERITS (core_user_events); DROP TABLE child; ANALYZE core_user_events",
        table(", UNIQUE (id, sequence)")
    );
    is_installed(&sql).await;
}

#[tokio::test]
async fn a_view_is_refused() {
    let sql = format!(
        "CREATE TABLE elsewhere ({COLUMNS}); CREATE VIEW core_user_events AS SELECT * FROM elsewhere"
    );
    is_refused(&sql, "not an ordinary table").await;
}

#[tokio::test]
async fn a_materialized_view_is_refused() {
    let sql = format!(
        "CREATE TABLE elsewhere ({COLUMNS}); CREATE MATERIALIZED VIEW core_user_events AS SELECT * FROM elsewhere"
    );
    is_refused(&sql, "not an ordinary table").await;
}

const NOT_UNIQUE: &str = "has no unique index on (\"id\", \"sequence\") alone";

#[tokio::test]
async fn a_table_without_an_index_is_refused() {
    is_refused(&table(""), NOT_UNIQUE).await;
}

#[tokio::test]
async fn an_index_that_is_not_unique_is_refused() {
    is_refused(&format!("{}; CREATE INDEX ON core_user_events (id, sequence)", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn a_partial_index_is_refused() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, sequence) WHERE sequence > 1";
    is_refused(&format!("{}; {index}", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn a_deferrable_constraint_is_refused() {
    is_refused(&table(", UNIQUE (id, sequence) DEFERRABLE"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id, sequence) DEFERRABLE INITIALLY DEFERRED"), NOT_UNIQUE).await;
}

/// What a concurrent build leaves behind that met two of the same.
#[tokio::test]
async fn an_index_that_is_not_valid_is_refused() {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, &table("")).await.expect("the table is made");
    insert::<UserEvent>(pool, [user(uuid(1), 1..=1), user(uuid(1), 1..=1)].concat())
        .await
        .expect("stored twice");
    let index = "CREATE UNIQUE INDEX CONCURRENTLY invalid ON core_user_events (id, sequence)";
    assert_eq!(refusal(pool.execute(index).await).code(), "23505");
    run(pool, "DELETE FROM core_user_events").await.expect("gone");
    assert!(refuses(pool).await.message().contains(NOT_UNIQUE));
    run(pool, "REINDEX INDEX invalid").await.expect("the index is built again");
    run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
    database.close().await;
}

#[tokio::test]
async fn an_index_on_an_expression_is_refused() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, (sequence / 2))";
    is_refused(&format!("{}; {index}", table("")), NOT_UNIQUE).await;
}

#[tokio::test]
async fn an_index_on_other_columns_is_refused() {
    is_refused(&table(", UNIQUE (id, sequence, event_type)"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id, event_type), UNIQUE (id, recorded_at)"), NOT_UNIQUE).await;
    is_refused(&table(", UNIQUE (id) INCLUDE (sequence)"), NOT_UNIQUE).await;
}

#[tokio::test]
async fn columns_of_the_index_may_stand_in_the_other_order() {
    is_installed(&table(", UNIQUE (sequence, id)")).await;
}

#[tokio::test]
async fn the_index_may_be_the_primary_key() {
    is_installed(&table(", PRIMARY KEY (id, sequence)")).await;
}

#[tokio::test]
async fn the_index_may_be_no_constraint_and_include_columns() {
    let index = "CREATE UNIQUE INDEX ON core_user_events (id, sequence) INCLUDE (recorded_at)";
    is_installed(&format!("{}; {index}", table(", UNIQUE (id, recorded_at, sequence)"))).await;
}

#[tokio::test]
async fn a_table_whose_columns_were_dropped_and_added_is_taken() {
    let sql = format!(
        "CREATE TABLE core_user_events (gone text, {COLUMNS}, gone_too text, UNIQUE (id, sequence));
         ALTER TABLE core_user_events DROP COLUMN gone, DROP COLUMN gone_too, ADD COLUMN note text"
    );
    is_installed(&sql).await;
}

#[tokio::test]
async fn a_sequence_may_be_bigint_or_smallint() {
    is_installed(&column("sequence", "sequence bigint NOT NULL")).await;
    is_installed(&column("sequence", "sequence smallint NOT NULL")).await;
}

#[tokio::test]
async fn an_id_of_another_type_is_refused() {
    is_refused(&column("id", "id text NOT NULL"), "column \"id\" of").await;
    is_refused(&column("id", "id bytea NOT NULL"), "is bytea, but the rollup needs uuid, NOT NULL").await;
}

#[tokio::test]
async fn a_sequence_of_another_type_is_refused() {
    is_refused(&column("sequence", "sequence numeric NOT NULL"), "column \"sequence\" of").await;
}

#[tokio::test]
async fn json_in_place_of_jsonb_is_refused() {
    is_refused(&column("event ", "event json NOT NULL"), "is json, but the rollup needs jsonb, NOT NULL")
        .await;
}

#[tokio::test]
async fn a_recorded_time_without_time_zone_is_refused() {
    is_refused(&column("recorded_at", "recorded_at timestamp NOT NULL"), "is timestamp without time zone")
        .await;
}

#[tokio::test]
async fn columns_that_may_be_null_are_refused() {
    is_refused(
        &column("id", "id uuid"),
        "column \"id\" of \"public\".\"core_user_events\" is uuid, and may be NULL",
    )
    .await;
    is_refused(&column("sequence", "sequence integer"), "is integer, and may be NULL").await;
    is_refused(&column("event ", "event jsonb"), "is jsonb, and may be NULL").await;
    is_refused(
        &column("recorded_at", "recorded_at timestamptz"),
        "is timestamp with time zone, and may be NULL",
    )
    .await;
}

#[tokio::test]
async fn a_missing_column_is_refused() {
    is_refused(
        &column("recorded_at", ""),
        "column \"recorded_at\" of \"public\".\"core_user_events\" is missing",
    )
    .await;
}

#[tokio::test]
async fn a_name_that_something_else_has_is_refused() {
    for object in [
        "TABLE core_user_events_rollup ()",
        "VIEW core_user_events_rollup AS SELECT",
        "SEQUENCE core_user_events_rollup",
    ] {
        let sql = format!("{}; CREATE {object}", table(", UNIQUE (id, sequence)"));
        is_refused(&sql, "core_user_events_rollup\" exists and is not a rollup").await;
    }
}

#[tokio::test]
async fn a_table_with_a_comment_of_its_own_is_no_rollup() {
    let sql = format!(
        "{}; CREATE TABLE core_user_events_rollup (); COMMENT ON TABLE core_user_events_rollup IS 'es-roll'",
        table(", UNIQUE (id, sequence)")
    );
    is_refused(&sql, "exists and is not a rollup").await;
}

/// A function or a trigger of the user's is not to be replaced in silence.
#[tokio::test]
async fn a_name_that_a_function_or_a_trigger_of_the_users_has_is_refused() {
    let function = "CREATE FUNCTION core_user_events_rollup_apply() RETURNS trigger LANGUAGE plpgsql \
        AS $$ BEGIN RETURN NULL; END $$";
    let trigger = "CREATE FUNCTION mine() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$; \
        CREATE TRIGGER core_user_events_rollup AFTER INSERT ON core_user_events EXECUTE FUNCTION mine()";
    for object in [function, trigger] {
        is_refused(&format!("{}; {object}", table(", UNIQUE (id, sequence)")), "core_user_events_rollup")
            .await;
    }
}

/// The same events with another idea of them, for the same table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(
    events = "core_user_events",
    id = UserId,
    table = "core_user_events_rollup",
    state = LaterUser,
    derive(Debug, Clone, PartialEq, sqlx::FromRow)
)]
enum LaterUserEvent {
    #[rollup(create)]
    Initialized {
        #[rollup(set = "address")]
        email: String,
    },
    #[rollup(ignore)]
    RoleGranted {},
}

#[tokio::test]
async fn another_models_rollup_is_refused_and_goes_on() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    let before = (catalog(pool).await, everything::<UserEvent>(pool).await);
    let error = refusal(run(pool, LaterUserEvent::MIGRATION_SQL).await);
    assert_eq!(error.code(), "RU020");
    assert_eq!(
        error.message(),
        "\"public\".\"core_user_events_rollup\" was generated from another model of LaterUserEvent"
    );
    assert!(error.hint().is_some_and(|hint| hint.contains("REVERT_SQL")), "{error:?}");
    assert_eq!((catalog(pool).await, everything::<UserEvent>(pool).await), before);
    insert::<UserEvent>(pool, user(uuid(1), 3..=3)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);

    // The way that the hint shows.
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    run(pool, LaterUserEvent::MIGRATION_SQL).await.expect("the other migration is applied");
    assert_eq!(rows_are_folds::<LaterUserEvent>(pool).await, 1);
    assert_eq!(refusal(run(pool, UserEvent::MIGRATION_SQL).await).code(), "RU020");
    database.close().await;
}

#[tokio::test]
async fn two_rollups_of_one_event_table_go_side_by_side() {
    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
    #[serde(tag = "type", rename_all = "snake_case")]
    #[rollup(
        events = "core_user_events",
        id = UserId,
        table = "core_user_emails",
        state = EmailOfUser,
        derive(Debug, Clone, PartialEq, sqlx::FromRow)
    )]
    enum EmailEvent {
        #[rollup(create)]
        Initialized {
            #[rollup(set)]
            email: String,
        },
        #[rollup(ignore)]
        RoleGranted {},
    }
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    insert::<UserEvent>(pool, user(uuid(1), 1..=2)).await.expect("good events are taken");
    run(pool, EmailEvent::MIGRATION_SQL).await.expect("the second migration is applied");
    insert::<UserEvent>(pool, [user(uuid(2), 1..=2), user(uuid(1), 3..=3)].concat()).await.expect("taken");
    rows_are_folds::<UserEvent>(pool).await;
    assert_eq!(rows_are_folds::<EmailEvent>(pool).await, 2);
    run(pool, UserEvent::REVERT_SQL).await.expect("the first migration is reverted");
    insert::<UserEvent>(pool, user(uuid(1), 4..=4)).await.expect("the next event is taken");
    assert_eq!(rows_are_folds::<EmailEvent>(pool).await, 2);
    database.close().await;
}

#[tokio::test]
async fn reverting_leaves_nothing_but_the_events() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    for _ in 0..2 {
        insert::<UserEvent>(pool, [user(uuid(1), 1..=3), user(uuid(2), 1..=1)].concat())
            .await
            .expect("stored");
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        insert::<UserEvent>(pool, user(uuid(1), 4..=4)).await.expect("the next event is taken");
        let (events, _) = everything::<UserEvent>(pool).await;
        run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
        assert_eq!(catalog(pool).await, before);
        let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM core_user_events")
            .fetch_one(pool)
            .await
            .expect("the events");
        assert_eq!(kept, 5);
        assert_eq!(events.as_array().map(Vec::len), Some(5));
        // Anything can be stored now.
        insert::<UserEvent>(pool, user(uuid(3), 7..=7)).await.expect("the event is stored");
        run(pool, "DELETE FROM core_user_events").await.expect("gone");
    }
    database.close().await;
}

#[tokio::test]
async fn reverting_in_another_schema_leaves_nothing() {
    let database = with_events::<AccountEvent>("text").await;
    let before = catalog(database.pool()).await;
    run(database.pool(), AccountEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let of_public: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace)
              + (SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace)",
    )
    .fetch_one(database.pool())
    .await
    .expect("the catalog is read");
    assert_eq!(of_public, 0, "everything stands beside the rollup");
    run(database.pool(), AccountEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(database.pool()).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_twice_is_harmless() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, UserEvent::REVERT_SQL).await.expect("the migration is reverted");
    let before = catalog(pool).await;
    run(pool, UserEvent::REVERT_SQL).await.expect("there is nothing to revert");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_what_was_never_installed_is_harmless() {
    let database = Database::create().await;
    let before = catalog(database.pool()).await;
    run(database.pool(), UserEvent::REVERT_SQL).await.expect("there is no table");
    run(database.pool(), AccountEvent::REVERT_SQL).await.expect("there is no schema");
    assert_eq!(catalog(database.pool()).await, before);
    database.close().await;
}

#[tokio::test]
async fn reverting_what_is_half_gone_takes_the_rest() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    for sql in [
        // With the functions that return its rows.
        "DROP TABLE core_user_events_rollup CASCADE",
        "DROP FUNCTION core_user_events_rollup_apply CASCADE",
        "DROP TRIGGER core_user_events_rollup ON core_user_events",
    ] {
        run(pool, UserEvent::MIGRATION_SQL).await.expect("the migration is applied");
        run(pool, sql).await.expect("a part is gone");
        run(pool, UserEvent::REVERT_SQL).await.expect("the rest is reverted");
        assert_eq!(catalog(pool).await, before);
    }
    database.close().await;
}

#[tokio::test]
async fn reverting_does_not_touch_a_table_that_is_no_rollup() {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(
        pool,
        "CREATE TABLE core_user_events_rollup (mine text); INSERT INTO core_user_events_rollup VALUES ('x')",
    )
    .await
    .expect("the table is made");
    let before = catalog(pool).await;
    for comment in ["", "COMMENT ON TABLE core_user_events_rollup IS 'a table of mine'"] {
        run(pool, comment).await.expect("commented");
        let before_that = catalog(pool).await;
        let error = refusal(run(pool, UserEvent::REVERT_SQL).await);
        assert_eq!(error.code(), "RU020");
        assert_eq!(error.message(), "\"public\".\"core_user_events_rollup\" is not a rollup");
        assert!(error.hint().is_some());
        assert_eq!(catalog(pool).await, before_that);
    }
    assert!(before.iter().any(|line| line.contains("core_user_events_rollup")));
    database.close().await;
}

#[tokio::test]
async fn a_view_on_the_rollup_is_not_dropped_with_it() {
    let database = installed::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, "CREATE VIEW emails AS SELECT email FROM core_user_events_rollup").await.expect("a view");
    let before = catalog(pool).await;
    assert_eq!(refusal(run(pool, UserEvent::REVERT_SQL).await).code(), "2BP01");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

/// Names that mean something to SQL, to PL/pgSQL or to the emitted text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "select", rename_all = "snake_case")]
#[rollup(
    events = "user.order",
    table = "user.table",
    id = i64,
    state = Reserved,
    derive(Debug, Clone, PartialEq, sqlx::FromRow)
)]
enum ReservedEvent {
    #[rollup(create)]
    Begin {
        #[rollup(set)]
        end: String,
        #[rollup(set)]
        new: i64,
        #[rollup(set)]
        old: i64,
        #[rollup(set)]
        found: bool,
    },
    Case {
        #[rollup(set)]
        when: i32,
        #[rollup(set = "null")]
        all: i32,
        #[rollup(set)]
        tg_op: String,
        #[rollup(set)]
        sequence: i32,
        #[rollup(set)]
        payload: serde_json::Value,
        #[rollup(set)]
        recorded_at: String,
        #[rollup(set)]
        event: String,
        #[rollup(set)]
        last: bool,
    },
    Loop {
        #[rollup(set)]
        r: i32,
        #[rollup(set)]
        e: i32,
        #[rollup(set)]
        sqlstate: String,
        #[rollup(set = "user")]
        current_user: Option<String>,
    },
    #[rollup(clear = "null", clear = "when", clear = "last")]
    Exit {
        #[rollup(set = "found_too")]
        #[serde(default)]
        found: Option<bool>,
    },
}

#[tokio::test]
async fn names_may_be_reserved_words() {
    let database = with_events::<ReservedEvent>("bigint").await;
    let pool = database.pool();
    let before = catalog(pool).await;
    run(pool, ReservedEvent::MIGRATION_SQL).await.expect("the migration is applied");
    let events = [
        ReservedEvent::Begin { end: "x".into(), new: 1, old: 2, found: false },
        ReservedEvent::Case {
            when: 3,
            all: 4,
            tg_op: "DELETE".into(),
            sequence: 5,
            payload: json!({"select": 1}),
            recorded_at: "never".into(),
            event: "none".into(),
            last: true,
        },
        ReservedEvent::Loop { r: 6, e: 7, sqlstate: "00000".into(), current_user: Some("me".into()) },
    ];
    for cut in [1, 3] {
        let id = i64::try_from(cut).expect("small");
        let rows: Vec<_> = (1_i32..)
            .zip(&events)
            .map(|(sequence, event)| (id, sequence, serde_json::to_value(event).expect("JSON")))
            .collect();
        for part in rows.chunks(cut) {
            let mut query = sqlx::QueryBuilder::new(
                "INSERT INTO \"user\".\"order\" (id, sequence, event_type, event, recorded_at) ",
            );
            query.push_values(part, |mut values, (id, sequence, event)| {
                values.push_bind(id).push_bind(sequence).push("'-'").push_bind(event).push("now()");
            });
            query.build().execute(pool).await.expect("good events are taken");
        }
    }
    assert_eq!(rows_are_folds::<ReservedEvent>(pool).await, 2);
    run(pool, ReservedEvent::REVERT_SQL).await.expect("the migration is reverted");
    assert_eq!(catalog(pool).await, before);
    database.close().await;
}

/// The whole life of a rollup, in a session with some search path.
async fn lives_with(setting: &str, more: &str) {
    let database = with_events::<UserEvent>("uuid").await;
    let pool = database.pool();
    run(pool, &format!("{HOSTILE}{more}")).await.expect("the hostile schema is made");
    insert::<UserEvent>(pool, user(uuid(1), 1..=3)).await.expect("events are stored");
    let before = catalog(pool).await;
    let mut connection = pool.acquire().await.expect("a connection");
    connection.execute(AssertSqlSafe(format!("SET search_path = {setting}"))).await.expect("the path is set");
    let path = search_path(&mut connection).await;
    for _ in 0..2 {
        connection.execute(migration::<UserEvent>()).await.expect("the migration is applied");
        assert_eq!(search_path(&mut connection).await, path);
    }
    let statement = format!(
        "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
           ('{id}', 5, '-', '{{\"type\": \"password_reset_requested\"}}', pg_catalog.now()),
           ('{id}', 4, '-', '{{\"type\": \"role_granted\", \"role\": \"{role}\"}}', pg_catalog.now())",
        id = uuid(1),
        role = uuid(9),
    );
    connection.execute(AssertSqlSafe(statement)).await.expect("good events are taken");
    let bad = format!(
        "INSERT INTO public.core_user_events (id, sequence, event_type, event, recorded_at) VALUES
           ('{}', 6, '-', '{{\"type\": \"role_granted\", \"role\": \"hostile\"}}', pg_catalog.now())",
        uuid(1)
    );
    assert_eq!(refusal(connection.execute(AssertSqlSafe(bad)).await).code(), "RU010");
    connection.execute("RESET search_path").await.expect("the path is reset");
    drop(connection);
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);

    let mut connection = pool.acquire().await.expect("a connection");
    connection.execute(AssertSqlSafe(format!("SET search_path = {setting}"))).await.expect("the path is set");
    connection.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(search_path(&mut connection).await, path);
    connection.execute("RESET search_path").await.expect("the path is reset");
    assert_eq!(catalog(&mut *connection).await, before);
    drop(connection);
    database.close().await;
}

async fn search_path(connection: &mut PgConnection) -> String {
    sqlx::query_scalar("SHOW search_path").fetch_one(connection).await.expect("the path is shown")
}

#[tokio::test]
async fn a_search_path_with_lying_operators_first_changes_nothing() {
    lives_with("hostile, pg_catalog, public", "").await;
}

#[tokio::test]
async fn a_search_path_with_same_named_tables_first_changes_nothing() {
    lives_with("hostile, public", "").await;
}

#[tokio::test]
async fn an_empty_search_path_changes_nothing() {
    lives_with("''", "").await;
}

/// A domain's CHECK is a function of whoever made it.
#[tokio::test]
async fn a_search_path_with_lying_types_first_changes_nothing() {
    let types = "
        CREATE TABLE hostile.called ();
        CREATE FUNCTION hostile.check(pg_catalog.text) RETURNS pg_catalog.bool LANGUAGE plpgsql
          AS $$ BEGIN RAISE EXCEPTION 'a function of the hostile schema is called by %', current_user; END $$;
        CREATE DOMAIN hostile.text AS pg_catalog.text CHECK (hostile.check(VALUE));
        CREATE DOMAIN hostile.jsonb AS pg_catalog.jsonb CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.uuid AS pg_catalog.uuid CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.oid AS pg_catalog.oid CHECK (hostile.check(VALUE::pg_catalog.text));
        CREATE DOMAIN hostile.record AS pg_catalog.text;";
    lives_with("hostile, pg_catalog, public", types).await;
}

#[tokio::test]
async fn the_migration_runs_as_one_simple_query_of_its_own() {
    let database = with_events::<UserEvent>("uuid").await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    insert::<UserEvent>(&mut *connection, user(uuid(1), 1..=2)).await.expect("events are stored");
    let path = search_path(&mut connection).await;
    let before = catalog(&mut *connection).await;
    connection.execute(migration::<UserEvent>()).await.expect("the migration is applied");
    assert_eq!(search_path(&mut connection).await, path);
    // One transaction: a failure at its end takes everything back.
    connection.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(catalog(&mut *connection).await, before);
    assert_eq!(search_path(&mut connection).await, path);
    insert::<UserEvent>(&mut *connection, user(uuid(2), 2..=2)).await.expect("any event is stored");
    assert_eq!(refusal(connection.execute(migration::<UserEvent>()).await).code(), "RU001");
    assert_eq!(catalog(&mut *connection).await, before);
    assert_eq!(search_path(&mut connection).await, path);
    drop(connection);
    database.close().await;
}

#[tokio::test]
async fn the_migration_runs_in_a_transaction_among_others() {
    let database = Database::create().await;
    let pool = database.pool();
    let mut transaction = pool.begin().await.expect("a transaction");
    transaction
        .execute("CREATE SCHEMA mine; SET LOCAL search_path = mine, public")
        .await
        .expect("the path is set");
    let table = event_table("public.core_user_events", "uuid");
    transaction.execute(AssertSqlSafe(table)).await.expect("the event table is made");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 1..=2)).await.expect("events are stored");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied");
    assert_eq!(search_path(&mut transaction).await, "mine, public");
    insert::<UserEvent>(&mut *transaction, user(uuid(1), 3..=3)).await.expect("good events are taken");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied again");
    transaction.execute(reversion::<UserEvent>()).await.expect("the migration is reverted");
    assert_eq!(search_path(&mut transaction).await, "mine, public");
    transaction.execute(migration::<UserEvent>()).await.expect("the migration is applied once more");
    transaction.commit().await.expect("committed");
    assert_eq!(rows_are_folds::<UserEvent>(pool).await, 1);
    let mut connection = pool.acquire().await.expect("a connection");
    assert!(search_path(&mut connection).await.ends_with("public"));
    drop(connection);
    database.close().await;
}

#[tokio::test]
async fn a_refused_migration_leaves_the_search_path_of_a_transaction_as_it_was() {
    let database = Database::create().await;
    let mut transaction = database.pool().begin().await.expect("a transaction");
    transaction
        .execute("SET LOCAL search_path = public; SAVEPOINT migration")
        .await
        .expect("the path is set");
    assert_eq!(refusal(transaction.execute(migration::<UserEvent>()).await).code(), "RU020");
    transaction.execute("ROLLBACK TO migration").await.expect("the savepoint is there");
    assert_eq!(search_path(&mut transaction).await, "public");
    transaction.rollback().await.expect("rolled back");
    database.close().await;
}

#[tokio::test]
async fn functions_that_are_not_checked_when_they_are_made_work_all_the_same() {
    let database = with_events::<UserEvent>("uuid").await;
    let sql = format!("SET LOCAL check_function_bodies = off; {}", UserEvent::MIGRATION_SQL);
    run(database.pool(), &sql).await.expect("the migration is applied");
    let rows =
        [user(uuid(1), 1..=3), vec![row(uuid(2), 1, json!({"type": "initialized", "email": "x"}))]].concat();
    insert::<UserEvent>(database.pool(), rows).await.expect("good events are taken");
    database.close().await;
}
