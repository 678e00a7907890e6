//! A refusal is found in the errors of drivers, and of what people put around them.

use es_entity::errlanes::{Fatal, FatalKind};
use es_rollup::{ErrorKind, Reason, Recorded, Rollup, refusal_of};
use es_rollup_e2e_errors::{AccountEvent, prepared, refused, told};
use es_rollup_test_server::Database;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// An application's own error.
#[derive(Debug)]
struct Wrapped(Box<dyn Error + Send + Sync>);

impl fmt::Display for Wrapped {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the account cannot be saved")
    }
}

impl Error for Wrapped {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

/// The errors of sqlx 0.8 for all statements.
async fn errors_of_sqlx_0_8() -> Vec<(sqlx_0_8::Error, Option<&'static str>)> {
    use sqlx_0_8::Connection;
    let database = Database::create().await;
    let mut connection = sqlx_0_8::PgConnection::connect(database.url()).await.expect("a connection");
    let prepared = sqlx_0_8::raw_sql(&prepared()).execute(&mut connection).await.map(drop);
    prepared.expect("the tables");
    let mut errors = Vec::new();
    for (sql, expected) in refused() {
        let ran = sqlx_0_8::raw_sql(&sql).execute(&mut connection).await;
        errors.push((ran.expect_err("the statement is refused"), expected));
    }
    connection.close().await.expect("the connection is closed");
    database.close().await;
    errors
}

#[tokio::test]
async fn sqlx_0_8_and_the_frameworks_on_it_keep_the_refusal() {
    let errors = errors_of_sqlx_0_8().await;
    assert!(errors.len() > 5);
    for (error, expected) in errors {
        assert_eq!(told(&error).as_deref(), expected, "{error}");
        let wrapped = Wrapped(Box::new(Wrapped(Box::new(error))));
        assert_eq!(told(&wrapped).as_deref(), expected, "an application's own errors around it");
        let shared = Arc::new(wrapped);
        assert_eq!(told(&shared).as_deref(), expected, "shared");
    }
}

#[tokio::test]
async fn es_entity_keeps_the_refusal_in_its_fatal_lanes() {
    for (error, expected) in errors_of_sqlx_0_8().await {
        // What `?` makes of it, and what a repository makes of a constraint that it does not know.
        let fault = es_entity::RepoFault::from(error);
        assert_eq!(told(&fault).as_deref(), expected, "{fault}");
        let invariant = Fatal::from_error(FatalKind::Invariant, Wrapped(Box::new(fault)));
        let fault = es_entity::RepoFault::from(invariant.with_context("account_events"));
        assert_eq!(told(&fault).as_deref(), expected, "{fault}");
    }
}

/// An aggregate of cqrs-es without any commands.
#[derive(Default, serde::Serialize, serde::Deserialize)]
struct Account;

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
struct Happened;

impl cqrs_es::DomainEvent for Happened {
    fn event_type(&self) -> String {
        "happened".into()
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

impl cqrs_es::Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = ();
    type Event = Happened;
    type Error = fmt::Error;
    type Services = ();

    async fn handle(
        &mut self,
        (): Self::Command,
        (): &Self::Services,
        _: &cqrs_es::event_sink::EventSink<Self>,
    ) -> Result<(), Self::Error> {
        Ok(())
    }

    fn apply(&mut self, _: Self::Event) {}
}

/// The table of postgres-es, which runs what the events say.
const CQRS_TABLE: &str = "
    CREATE TABLE events (aggregate_type text, aggregate_id text, sequence bigint, event_type text, event_version text,
      payload json, metadata json);
    CREATE FUNCTION run() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN EXECUTE NEW.payload ->> 'sql'; RETURN NEW; END $$;
    CREATE TRIGGER run BEFORE INSERT ON events FOR EACH ROW EXECUTE FUNCTION run();";

#[tokio::test]
async fn postgres_es_keeps_the_refusal_in_a_box_that_is_not_a_source() {
    use cqrs_es::AggregateError;
    use cqrs_es::persist::{PersistedEventRepository, PersistenceError, SerializedEvent};
    let database = Database::create().await;
    let options = sqlx_0_8::postgres::PgPoolOptions::new().max_connections(1);
    let pool = options.connect(database.url()).await.expect("a connection");
    let sql = format!("{}; {CQRS_TABLE}", prepared());
    sqlx_0_8::raw_sql(&sql).execute(&pool).await.map(drop).expect("the tables");
    let repository = postgres_es::PostgresEventRepository::new(pool.clone());
    let mut boxed = 0;
    for (sql, expected) in refused() {
        let text = |text: &str| text.to_owned();
        let (payload, metadata) = (serde_json::json!({ "sql": sql }), serde_json::json!({}));
        let event = SerializedEvent::new(
            text("7"),
            1,
            text("account"),
            text("happened"),
            text("1"),
            payload,
            metadata,
        );
        let persisted = repository.persist::<Account>(&[event], None).await;
        let error = persisted.expect_err("the statement is refused");
        let PersistenceError::UnknownError(inner) = &error else {
            // Made of every `23505`, with nothing inside: its own word for a replay.
            assert!(matches!(error, PersistenceError::OptimisticLockError), "{error}");
            assert_eq!(told(&error), None);
            continue;
        };
        boxed += 1;
        assert_eq!(told(&**inner).as_deref(), expected);
        assert_eq!(told(&error), None, "the box is a source now: say so in docs/errors.md");
        let error = AggregateError::<fmt::Error>::from(error);
        let AggregateError::UnexpectedError(inner) = &error else { panic!("{error}") };
        assert_eq!(told(&**inner).as_deref(), expected);
        assert_eq!(told(&error), None, "the box is a source now: say so in docs/errors.md");
    }
    assert!(boxed > 3);
    pool.close().await;
    database.close().await;
}

#[tokio::test]
async fn sqlx_0_9_gives_the_refusal() {
    use sqlx::Connection;
    let database = Database::create().await;
    let mut connection = sqlx::PgConnection::connect(database.url()).await.expect("a connection");
    let sql = sqlx::AssertSqlSafe(prepared());
    sqlx::raw_sql(sql).execute(&mut connection).await.map(drop).expect("the tables");
    for (sql, expected) in refused() {
        let ran = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await;
        let error = ran.expect_err("the statement is refused");
        assert_eq!(told(&error).as_deref(), expected, "{error}");
        let source = error.source().expect("the server's part");
        assert_eq!(told(source).as_deref(), expected, "without sqlx's own error around it");
        let Some(error) = error.into_database_error() else { panic!("the server's part") };
        assert_eq!(told(error.as_error()).as_deref(), expected);
    }
    connection.close().await.expect("the connection is closed");
    database.close().await;
}

#[tokio::test]
async fn tokio_postgres_gives_the_refusal() {
    let database = Database::create().await;
    let connected = tokio_postgres::connect(database.url(), tokio_postgres::NoTls).await;
    let (client, connection) = connected.expect("a connection");
    let served = tokio::spawn(connection);
    client.batch_execute(&prepared()).await.expect("the tables");
    for (sql, expected) in refused() {
        let error = client.batch_execute(&sql).await.expect_err("the statement is refused");
        assert_eq!(told(&error).as_deref(), expected, "{error}");
        assert_eq!(told(&Wrapped(Box::new(error))).as_deref(), expected);
    }
    drop(client);
    served.await.expect("the connection ends").expect("without an error");
    database.close().await;
}

#[test]
fn an_error_of_the_rust_fold_is_a_refusal_too() {
    let event = AccountEvent::Deposited { amount: 1 };
    let at = std::time::SystemTime::UNIX_EPOCH.into();
    let error = AccountEvent::fold([Recorded::new(&7, 2_i64, at, &event)]).expect_err("a gap");
    let refusal = refusal_of::<AccountEvent>(&Wrapped(Box::new(error))).expect("a refusal");
    assert_eq!((refusal.reason, refusal.sqlstate.as_str()), (Reason::Event(ErrorKind::Gap), "RU001"));
    assert_eq!(refusal_of::<AccountEvent>(&fmt::Error), None);
}
