//! A database with an event table and its rollup.

use crate::fixtures::{AccountEvent, SensorEvent, UserEvent};
use crate::layout::ES_ENTITY;
use crate::models::mutations::asked_for;
use chrono::{DateTime, Utc};
use es_rollup::{Recorded, Rollup};
use es_rollup_core::emit;
use es_rollup_core::model::Model;
use es_rollup_test_server::Database;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use sqlx::postgres::{PgDatabaseError, PgRow};
use sqlx::{AssertSqlSafe, Decode, Executor, FromRow, PgExecutor, PgPool, Postgres, Row as _, Type};
use std::borrow::Cow;
use std::fmt::Debug;
use std::ops::RangeInclusive;

/// The event table in es-entity's layout, for ids of the given type.
pub(crate) fn event_table(table: &str, id_type: &str) -> String {
    ES_ENTITY.event_table(table, id_type)
}

/// Runs SQL of several statements, as a migration tool does: in one transaction.
pub(crate) async fn run(pool: &PgPool, sql: &str) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    transaction.execute(AssertSqlSafe(asked_for(sql).into_owned())).await?;
    transaction.commit().await
}

/// Ends the sessions that are not in use. What comes next has new ones.
pub(crate) async fn end_sessions(pool: &PgPool) {
    while let Some(connection) = pool.try_acquire() {
        connection.close().await.expect("the session ends");
    }
}

/// The functions of the rollup that are not as they were installed.
pub(crate) async fn edited<E: Rollup>(pool: &PgPool) -> Option<String> {
    let model = Model::read(E::MODEL).expect("the derive writes what can be read");
    let condition = sqlx::query(AssertSqlSafe(emit::check_sql(&model))).fetch_one(pool);
    condition.await.expect("anybody may ask").get("edited")
}

/// Runs SQL in one transaction while no trigger of the event table fires, so that nobody notices what it does to events.
pub(crate) async fn unnoticed(pool: &PgPool, table: &str, sql: &str) -> sqlx::Result<()> {
    let [off, on] = ["DISABLE", "ENABLE"].map(|switch| format!("ALTER TABLE {table} {switch} TRIGGER USER"));
    run(pool, &format!("{off}; {sql}; {on}")).await
}

/// The migration, for whoever does not apply it by [`run`].
pub(crate) fn migration<E: Rollup>() -> &'static str {
    kept(asked_for(E::MIGRATION_SQL))
}

/// The migration that takes all of it away again, likewise.
pub(crate) fn reversion<E: Rollup>() -> &'static str {
    kept(asked_for(E::REVERT_SQL))
}

fn kept(sql: Cow<'static, str>) -> &'static str {
    match sql {
        Cow::Borrowed(sql) => sql,
        Cow::Owned(sql) => sql.leak(),
    }
}

/// A database with the event table of `E`, and nothing else yet.
pub(crate) async fn with_events<E: Rollup>(id_type: &str) -> Database {
    let database = Database::create().await;
    let pool = database.pool();
    if let Some((schema, _)) = E::EVENT_TABLE.split_once('.') {
        run(pool, &format!("CREATE SCHEMA IF NOT EXISTS {schema}")).await.expect("the schema is made");
    }
    run(pool, &event_table(E::EVENT_TABLE, id_type)).await.expect("the event table is made");
    database
}

/// A database in which the rollup of `E` is installed.
pub(crate) async fn installed<E: Rollup>(id_type: &str) -> Database {
    let database = with_events::<E>(id_type).await;
    run(database.pool(), E::MIGRATION_SQL).await.expect("the migration is applied");
    database
}

/// Everything that somebody made in the database, whatever it is.
pub(crate) async fn catalog<'e>(executor: impl PgExecutor<'e>) -> Vec<String> {
    // Rows of pg_toast are named after the oid of their table.
    sqlx::query_scalar(
        "SELECT line FROM (
           SELECT format('class %s %s', relnamespace::regnamespace, relname) FROM pg_class WHERE oid >= 16384
           UNION ALL SELECT format('function %s', oid::regprocedure) FROM pg_proc WHERE oid >= 16384
           UNION ALL SELECT format('type %s', oid::regtype) FROM pg_type WHERE oid >= 16384
           UNION ALL SELECT format('trigger %s', tgname) FROM pg_trigger
           UNION ALL SELECT format('constraint %s', conname) FROM pg_constraint WHERE oid >= 16384
           UNION ALL SELECT format('schema %s', nspname) FROM pg_namespace WHERE oid >= 16384
           UNION ALL SELECT format('comment %s', description) FROM pg_description WHERE objoid >= 16384
           UNION ALL SELECT format('%s dependencies', count(*)) FROM pg_depend
         ) AS lines (line)
         ORDER BY line",
    )
    .fetch_all(executor)
    .await
    .expect("the catalog is read")
}

/// A shared enum with the SQL type of its ids.
pub(crate) trait Stored: Rollup<Time = DateTime<Utc>> {
    const ID_TYPE: &'static str;
}

impl Stored for UserEvent {
    const ID_TYPE: &'static str = "uuid";
}

impl Stored for AccountEvent {
    const ID_TYPE: &'static str = "text";
}

impl Stored for SensorEvent {
    const ID_TYPE: &'static str = "bigint";
}

/// A row of an event table.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) sequence: i32,
    pub(crate) payload: Value,
}

// By value, so that an id can be written down where it is used.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn row(id: impl ToString, sequence: i32, payload: Value) -> Row {
    Row { id: id.to_string(), sequence, payload }
}

/// A stream of `UserEvent`s: the first creates, each later one grants a role that tells its sequence.
#[allow(clippy::needless_pass_by_value)]
pub(crate) fn user(id: impl ToString, sequences: RangeInclusive<i32>) -> Vec<Row> {
    let id = id.to_string();
    sequences
        .map(|sequence| {
            let payload = match sequence {
                1 => json!({"type": "initialized", "id": id, "email": format!("{id}@example.org")}),
                _ => json!({"type": "role_granted", "role": role(sequence)}),
            };
            row(&id, sequence, payload)
        })
        .collect()
}

/// The role that [`user`] grants with an event.
pub(crate) fn role(sequence: i32) -> String {
    format!("00000000-0000-0000-0000-{sequence:012}")
}

/// A user's id that sorts as its number does.
pub(crate) fn uuid(number: u32) -> String {
    format!("{number:08x}-0000-4000-8000-000000000000")
}

/// The statement that inserts `$1` ids, `$2` sequences and `$3` payloads as they are given.
pub(crate) fn insertion<E: Stored>() -> String {
    format!(
        "INSERT INTO {} (id, sequence, event_type, event, recorded_at)
         SELECT id::{}, sequence, coalesce(event ->> 'type', '-'), event,
           timestamptz '2026-01-01 00:00:00Z' + sequence * interval '1 second'
         FROM unnest($1::text[], $2::integer[], $3::jsonb[]) AS given (id, sequence, event)",
        E::EVENT_TABLE,
        E::ID_TYPE
    )
}

/// Inserts rows in one statement, in the order given.
pub(crate) async fn insert<'e, E: Stored>(
    executor: impl PgExecutor<'e>,
    rows: impl AsRef<[Row]>,
) -> sqlx::Result<()> {
    let rows = rows.as_ref();
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    let sequences: Vec<i32> = rows.iter().map(|row| row.sequence).collect();
    let payloads: Vec<Value> = rows.iter().map(|row| row.payload.clone()).collect();
    sqlx::query(AssertSqlSafe(insertion::<E>()))
        .bind(ids)
        .bind(sequences)
        .bind(payloads)
        .execute(executor)
        .await
        .map(drop)
}

/// Every event and every row of the rollup, to be compared with what was before.
pub(crate) async fn everything<'e, E: Rollup>(executor: impl PgExecutor<'e>) -> (Value, Value) {
    let all = |table: &str| {
        format!(
            "(SELECT coalesce(jsonb_agg(to_jsonb(t) ORDER BY to_jsonb(t)::text), '[]') FROM {table} AS t)"
        )
    };
    let sql = format!("SELECT {}, {}", all(E::EVENT_TABLE), all(E::ROLLUP_TABLE));
    sqlx::query_as(AssertSqlSafe(sql)).fetch_one(executor).await.expect("both tables are read")
}

/// Inserts events of entity 1 in one statement, in this order, each with its sequence and recorded a second after the one
/// with the sequence below.
pub(crate) async fn insert_into(
    table: &str,
    pool: &PgPool,
    events: impl IntoIterator<Item = (i32, Value)>,
) -> sqlx::Result<()> {
    let (sequences, events): (Vec<i32>, Vec<Value>) = events.into_iter().unzip();
    let sql = format!(
        "INSERT INTO {table} (id, sequence, event_type, event, recorded_at)
         SELECT 1, sequence, event ->> 'type', event,
           timestamptz '2026-01-01 00:00:00Z' + sequence * interval '1 second'
         FROM unnest($1::integer[], $2::jsonb[]) AS given (sequence, event)"
    );
    sqlx::query(AssertSqlSafe(sql)).bind(sequences).bind(events).execute(pool).await.map(drop)
}

/// What the server says about a statement that it refuses.
pub(crate) fn refusal<T>(outcome: sqlx::Result<T>) -> PgDatabaseError {
    match outcome {
        Ok(_) => panic!("the statement is accepted"),
        Err(sqlx::Error::Database(error)) => *error.downcast(),
        Err(error) => panic!("an error that is not the server's: {error}"),
    }
}

/// An id as messages show it.
pub(crate) fn shown(id: &str) -> String {
    id.chars().take(100).map(|char| if char.is_control() { '?' } else { char }).collect()
}

/// Asserts that every row of the rollup is the Rust fold of its entity's events, and that no entity is without
/// one. Gives the number of entities.
pub(crate) async fn rows_are_folds<E>(pool: &PgPool) -> usize
where
    E: Rollup<Time = DateTime<Utc>> + DeserializeOwned,
    E::Id: for<'r> Decode<'r, Postgres> + Type<Postgres> + Send + Unpin,
    E::State: for<'r> FromRow<'r, PgRow> + PartialEq + Debug + Send + Unpin,
{
    let sql = format!(
        "SELECT id, sequence::bigint, event, recorded_at FROM {} ORDER BY id, sequence",
        E::EVENT_TABLE
    );
    let events: Vec<(E::Id, i64, Value, DateTime<Utc>)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(pool).await.expect("the events are read");
    // Not kept by the connection: a test may make the table anew, with other columns.
    let sql = format!("SELECT * FROM {} ORDER BY id", E::ROLLUP_TABLE);
    let rows: Vec<E::State> = sqlx::query_as(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_all(pool)
        .await
        .expect("the rows are read");
    let mut folds = Vec::new();
    for stream in events.chunk_by(|one, next| one.0 == next.0) {
        let decoded: Vec<E> = stream
            .iter()
            .map(|(.., payload, _)| serde_json::from_value(payload.clone()).expect("serde reads the event"))
            .collect();
        let recorded = stream.iter().zip(&decoded).map(|((id, sequence, _, recorded_at), event)| Recorded {
            id,
            sequence: *sequence,
            recorded_at: *recorded_at,
            event,
            context: None,
        });
        folds.push(E::fold(recorded).expect("Rust folds the stream").expect("the stream has events"));
    }
    assert_eq!(rows.len(), folds.len(), "one row an entity");
    for (row, fold) in rows.iter().zip(&folds) {
        assert_eq!(row, fold, "the row is the fold");
    }
    folds.len()
}

/// What somebody puts first in a search path: operators and functions that lie, tables of the same names.
pub(crate) const HOSTILE: &str = "
    CREATE SCHEMA hostile;
    CREATE FUNCTION hostile.lie(anyelement, anyelement) RETURNS boolean LANGUAGE sql AS 'SELECT false';
    CREATE FUNCTION hostile.lie(jsonb, text) RETURNS jsonb LANGUAGE sql AS $$ SELECT '\"hostile\"'::jsonb $$;
    CREATE FUNCTION hostile.lie_text(jsonb, text) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.lie_path(jsonb, text[]) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.lie_like(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
    CREATE FUNCTION hostile.lie_sum(bigint, integer) RETURNS bigint LANGUAGE sql AS 'SELECT 7::bigint';
    CREATE OPERATOR hostile.= (FUNCTION = hostile.lie, LEFTARG = anyelement, RIGHTARG = anyelement);
    CREATE OPERATOR hostile.<> (FUNCTION = hostile.lie, LEFTARG = anyelement, RIGHTARG = anyelement);
    CREATE OPERATOR hostile.> (FUNCTION = hostile.lie, LEFTARG = anyelement, RIGHTARG = anyelement);
    CREATE OPERATOR hostile.< (FUNCTION = hostile.lie, LEFTARG = anyelement, RIGHTARG = anyelement);
    CREATE OPERATOR hostile.<= (FUNCTION = hostile.lie, LEFTARG = anyelement, RIGHTARG = anyelement);
    CREATE OPERATOR hostile.-> (FUNCTION = hostile.lie, LEFTARG = jsonb, RIGHTARG = text);
    CREATE OPERATOR hostile.->> (FUNCTION = hostile.lie_text, LEFTARG = jsonb, RIGHTARG = text);
    CREATE OPERATOR hostile.#>> (FUNCTION = hostile.lie_path, LEFTARG = jsonb, RIGHTARG = text[]);
    CREATE OPERATOR hostile.~ (FUNCTION = hostile.lie_like, LEFTARG = text, RIGHTARG = text);
    CREATE OPERATOR hostile.+ (FUNCTION = hostile.lie_sum, LEFTARG = bigint, RIGHTARG = integer);
    CREATE FUNCTION hostile.to_regclass(text) RETURNS regclass LANGUAGE sql AS 'SELECT NULL::regclass';
    CREATE FUNCTION hostile.current_setting(text) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.set_config(text, text, boolean) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.starts_with(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT false';
    CREATE FUNCTION hostile.obj_description(oid, name) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.jsonb_typeof(jsonb) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE FUNCTION hostile.format(text, VARIADIC text[]) RETURNS text LANGUAGE sql AS $$ SELECT 'hostile' $$;
    CREATE TABLE hostile.core_user_events (id text);
    CREATE TABLE hostile.core_user_events_rollup (id text);
    CREATE TABLE hostile.pg_class (id text);
    CREATE TABLE hostile.pg_index (id text);
    CREATE TABLE hostile.es_new (id text);
    CREATE TABLE hostile.es_event (id text);";
