//! Evaluates a type's expressions as production does, and compares them with serde.

use std::{fmt::Debug, fmt::Write as _};

use es_rollup_core::{SqlType, sql::Sql};
use es_rollup_test_server::Database;
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{PgConnection, Postgres, Row, pool::PoolConnection, postgres::PgRow};

use crate::cases;

/// A type whose column the test can read back.
pub(crate) trait Column: SqlType + Serialize + DeserializeOwned + PartialEq + Debug {
    /// The value of the row's column `value`; its text is in the column `text`.
    fn decode(row: &PgRow) -> Self;

    /// What the JSON text stands for, by serde.
    fn parse(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }
}

/// Implements [`Column`] by what sqlx decodes, or by the text for numbers that sqlx has no type for.
macro_rules! column {
    ($($rust:ty $(as $sqlx:ident)?),* $(,)?) => {$(
        impl $crate::harness::Column for $rust {
            fn decode(row: &sqlx::postgres::PgRow) -> Self {
                column!(@decode row, $rust $(, $sqlx)?)
            }
        }
    )*};
    (@decode $row:ident, $rust:ty) => { sqlx::Row::get::<$rust, _>($row, "value") };
    (@decode $row:ident, $rust:ty, str) => { sqlx::Row::get::<&str, _>($row, "text").parse().unwrap() };
    (@decode $row:ident, $rust:ty, $sqlx:ty) => {
        <$rust>::try_from(sqlx::Row::get::<$sqlx, _>($row, "value")).unwrap()
    };
}
pub(crate) use column;

/// How a JSON value that serde reads may still be refused.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Spelling {
    /// Not at all.
    Any,
    /// When serde itself would have written the value in another way.
    AsWritten,
}

/// Counts of one type's run: nothing must be vacuous.
#[derive(Debug, Default)]
struct Seen {
    accepted: usize,
    refused: usize,
}

/// Holds `T` to its contract: for values of `typical`, for what comes of them by small changes, for
/// `special` JSON and for the JSON that all types are tried with. `must` are spellings that serde does not
/// write and that are accepted nevertheless.
pub(crate) async fn check<T: Column>(
    spelling: Spelling,
    typical: impl Strategy<Value = T>,
    special: &[&str],
    must: &[&str],
) {
    let mut runner = TestRunner::default();
    let mut written: Vec<(String, bool)> = Vec::new();
    for _ in 0..runner.config().cases {
        let value = typical.new_tree(&mut runner).expect("the strategy has values").current();
        written.push((serde_json::to_string(&value).expect("the type is written as JSON"), value.fits()));
    }
    written.retain(|(json, _)| json != "null" || T::parse("null").is_some());
    let mut tried: Vec<String> = written.iter().map(|(json, _)| json.clone()).collect();
    tried.extend(must.iter().chain(special).map(|json| (*json).to_owned()));
    tried.extend(cases::changed(&tried, &mut runner));
    tried.extend(cases::common());

    let database = Database::create().await;
    let mut session = session::<T>(&database).await;
    // An absent key is no value, and null only where it is one to serde.
    let nothing = "SELECT (es_probe(NULL)).accepted IS TRUE, (es_probe('null')).accepted IS TRUE";
    let nothing = sqlx::query(nothing).fetch_one(&mut *session).await.unwrap();
    assert!(!nothing.get::<bool, _>(0), "what is not there is accepted");
    assert_eq!(nothing.get::<bool, _>(1), T::parse("null").is_some(), "null");

    let mut seen = Seen::default();
    for (at, row) in evaluate(&mut session, &tried).await.iter().enumerate() {
        let accepted = judge::<T>(spelling, row);
        if accepted {
            seen.accepted += 1;
        } else {
            seen.refused += 1;
        }
        match written.get(at) {
            Some((json, fits)) => assert_eq!(accepted, *fits, "written by serde: {json}"),
            None => assert!(accepted || at >= written.len() + must.len(), "must be accepted: {}", tried[at]),
        }
    }
    println!("{}: {seen:?}", std::any::type_name::<T>());
    assert!(seen.accepted > 0 && seen.refused > 0, "{seen:?}");
    drop(session);
    database.close().await;
}

/// Holds `T` to it for all these values, as serde writes them.
pub(crate) async fn check_all<T: Column>(values: &[T]) {
    let database = Database::create().await;
    let mut session = session::<T>(&database).await;
    let written: Vec<String> = values.iter().map(|value| serde_json::to_string(value).unwrap()).collect();
    for row in evaluate(&mut session, &written).await {
        assert!(judge::<T>(Spelling::Any, &row), "refused: {}", row.get::<&str, _>("printed"));
    }
    drop(session);
    database.close().await;
}

/// A session with the function that tries a value, and with settings that must not matter.
async fn session<T: SqlType>(database: &Database) -> PoolConnection<Postgres> {
    let mut session = database.pool().acquire().await.expect("the database was just made");
    let hostile = "SET TimeZone = 'Pacific/Auckland'; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = 0";
    sqlx::raw_sql(hostile).execute(&mut *session).await.unwrap();
    let functions = [probe::<T>(), write::<T>()].concat();
    sqlx::raw_sql(sqlx::AssertSqlSafe(functions))
        .execute(&mut *session)
        .await
        .expect("the expressions are SQL");
    session
}

/// Compares one row with serde; whether it was accepted.
fn judge<T: Column>(spelling: Spelling, row: &PgRow) -> bool {
    let printed: &str = row.get("printed");
    let by_serde = T::parse(printed);
    let accepted = row.get::<Option<bool>, _>("accepted").expect("accepted or refused, and not NULL");
    if accepted {
        let mut value = by_serde.unwrap_or_else(|| panic!("accepted, but serde does not read {printed}"));
        assert!(value.fits(), "accepted, but it does not fit: {printed}");
        let before = format!("{value:?}");
        value.keep();
        assert!(value.fits(), "what is kept does not fit: {value:?}");
        assert!(T::SQL.changes || before == format!("{value:?}"), "changed without a word: {before}");
        assert_eq!(T::decode(row), value, "read from {printed}");
        let written: &str = row.get("written");
        assert_eq!(T::parse(written), Some(value), "written as {written}");
    } else if let Some(value) = by_serde.filter(T::fits) {
        let excused =
            spelling == Spelling::AsWritten && serde_json::to_string(&value).unwrap() != plain(printed);
        assert!(excused, "refused, but serde reads {printed}");
    }
    accepted
}

/// The JSON text without the spaces that `jsonb` prints between its parts.
fn plain(json: &str) -> String {
    let (mut inside, mut escaped) = (false, false);
    let keep = |character: &char| {
        let kept = inside || *character != ' ';
        inside ^= *character == '"' && !escaped;
        escaped = *character == '\\' && !escaped;
        kept
    };
    json.chars().filter(keep).collect()
}

/// The rows for the JSON texts. An error names the one that raised it.
async fn evaluate(session: &mut PgConnection, tried: &[String]) -> Vec<PgRow> {
    const QUERY: &str = "SELECT probe.*, probe.value::text AS text, es_write(probe.value)::text AS written \
        FROM unnest($1::text[]) WITH ORDINALITY AS tried (json, nth), LATERAL es_probe(tried.json) AS probe \
        ORDER BY tried.nth";
    let error = match sqlx::query(QUERY).bind(tried).fetch_all(&mut *session).await {
        Ok(rows) => return rows,
        Err(error) => error,
    };
    for json in tried {
        if let Err(error) = sqlx::query(QUERY).bind([json]).fetch_all(&mut *session).await {
            panic!("{json}: {error}");
        }
    }
    panic!("all together raised an error, and none did alone: {error}");
}

/// A function that does what a trigger does with a value.
fn probe<T: SqlType>() -> String {
    let sql = T::SQL;
    let mut text = String::new();
    write!(
        text,
        "CREATE FUNCTION es_probe(es_json text, OUT printed text, OUT accepted boolean, OUT value {name}) \
         LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $es_probe$\n\
         #variable_conflict use_column\n\
         DECLARE es_value jsonb := es_json::jsonb;\n\
         BEGIN\n\
         printed := es_value::text;\n\
         accepted := {accepts};\n\
         IF accepted THEN value := {read}; END IF;\n\
         END $es_probe$;\n",
        name = render(sql.name),
        accepts = render(sql.accepts),
        read = render(sql.read),
    )
    .unwrap();
    assert!(!text.contains('\\'), "a backslash in {text}");
    text
}

/// A function that does what the query for states does with a value. It says how many digits of a float PostgreSQL
/// prints, since no server prints fewer by default.
fn write<T: SqlType>() -> String {
    let name = render(T::SQL.name);
    let write = T::SQL.write.map_or("es_value".into(), render);
    format!(
        "CREATE FUNCTION es_write(es_value {name}) RETURNS jsonb LANGUAGE sql SET extra_float_digits = 1 \
         RETURN (SELECT pg_catalog.to_jsonb({write}) FROM (SELECT es_write.es_value) AS es_column(es_value))"
    )
}

/// The text of the pieces.
pub(crate) fn render(sql: Sql) -> String {
    let mut text = String::new();
    if let Sql::Text(piece) = sql {
        text.push_str(piece);
    } else if let Sql::Join(pieces) = sql {
        text.extend(pieces.iter().copied().map(render));
    }
    text
}

/// Checks what does not depend on a value: the name is PostgreSQL's own spelling, the default is
/// `T::default()`, the expressions are as strict about their types as the column is.
pub(crate) async fn check_constants<T: SqlType>(default: Option<&str>) {
    let sql = T::SQL;
    let (name, read) = (render(sql.name), render(sql.read));
    let database = Database::create().await;
    let mut session = database.pool().acquire().await.expect("the database was just made");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE TABLE es_column (es_column {name}, es_value jsonb)")))
        .execute(&mut *session)
        .await
        .unwrap();
    let spelled = "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'es_column'::regclass AND attname = 'es_column'";
    assert_eq!(sqlx::query(spelled).fetch_one(&mut *session).await.unwrap().get::<&str, _>(0), name);
    // A column of the read expression's own type, in a set-based statement as a rebuild has it.
    let view = format!("CREATE VIEW es_read AS SELECT {read} AS es_column FROM es_column");
    sqlx::raw_sql(sqlx::AssertSqlSafe(view)).execute(&mut *session).await.unwrap();
    let read_type = spelled.replace("'es_column'::regclass", "'es_read'::regclass");
    let read_type = sqlx::query(sqlx::AssertSqlSafe(read_type)).fetch_one(&mut *session).await.unwrap();
    assert_eq!(read_type.get::<&str, _>(0), name, "the type of {read}");
    assert_eq!(sql.default.is_some(), default.is_some(), "the default of {name}");
    if let (Some(literal), Some(json)) = (sql.default, default) {
        let query = format!(
            "SELECT {literal} IS NOT DISTINCT FROM (SELECT {read} FROM (SELECT $1::jsonb) AS es_values(es_value))"
        );
        let same = sqlx::query(sqlx::AssertSqlSafe(query)).bind(json).fetch_one(&mut *session).await.unwrap();
        assert!(same.get::<bool, _>(0), "{literal} is {json}");
    }
    drop(session);
    database.close().await;
}
