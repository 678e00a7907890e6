//! A server for a kit, and events for it.

use crate::fixtures::{RoleId, UserEvent, UserId};
use es_rollup::Rollup;
use es_rollup::testing::{Kit, Testable};
use es_rollup_test_server::Database;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use tokio::runtime::Runtime;
use uuid::Uuid;

pub(crate) const ID: UserId = UserId(Uuid::from_u128(7));

/// A server, for as long as this value lives.
pub(crate) struct Server {
    runtime: Runtime,
    database: Option<Database>,
}

impl Server {
    pub(crate) fn new() -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let database = Some(runtime.block_on(Database::create()));
        Self { runtime, database }
    }

    pub(crate) fn url(&self) -> &str {
        self.database.as_ref().expect("a database until this is dropped").url()
    }

    /// How many databases on the server have this comment.
    pub(crate) fn marked(&self, mark: &str) -> i64 {
        use sqlx::Connection as _;
        self.runtime.block_on(async {
            let mut connection = sqlx::PgConnection::connect(self.url()).await.expect("a connection");
            let sql =
                "SELECT count(*) FROM pg_database AS d WHERE shobj_description(d.oid, 'pg_database') = $1";
            let count = sqlx::query_scalar(sql).bind(mark).fetch_one(&mut connection).await.expect("a count");
            connection.close().await.expect("the connection is closed");
            count
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(database) = self.database.take()
            && !std::thread::panicking()
        {
            self.runtime.block_on(database.close());
        }
    }
}

/// A kit, and the server that it stands on.
pub(crate) struct Kept<E: Rollup> {
    // Dropped before the server is.
    pub(crate) kit: Kit<E>,
    _server: Server,
}

/// A kit for users; `sql` has been run in it.
pub(crate) fn users(sql: &str) -> Kept<UserEvent> {
    let server = Server::new();
    let kit = Kit::connect(server.url());
    kit.execute(sql);
    Kept { kit, _server: server }
}

/// A kit for any enum, made after `sql`.
pub(crate) fn prepared<E: Testable>(sql: &str) -> Kept<E> {
    let server = Server::new();
    Kept { kit: Kit::prepared(server.url(), sql), _server: server }
}

pub(crate) fn initialized() -> UserEvent {
    UserEvent::Initialized { id: ID, email: "ada@example.org".into() }
}

pub(crate) fn authenticated() -> UserEvent {
    UserEvent::AuthenticationIdUpdated { authentication_id: Uuid::from_u128(1) }
}

pub(crate) fn granted(role: u128) -> UserEvent {
    UserEvent::RoleGranted { role: RoleId(Uuid::from_u128(role)) }
}

pub(crate) fn revoked(role: u128) -> UserEvent {
    UserEvent::RoleRevoked { role: RoleId(Uuid::from_u128(role)) }
}

pub(crate) fn asked() -> UserEvent {
    UserEvent::PasswordResetRequested {}
}

/// The text that something panics with.
pub(crate) fn panic_of<T>(work: impl FnOnce() -> T) -> String {
    let Err(panic) = catch_unwind(AssertUnwindSafe(work)) else { panic!("it does not panic") };
    let text: Box<dyn Any + Send> = panic;
    match text.downcast::<String>() {
        Ok(text) => *text,
        Err(text) => text.downcast::<&str>().expect("a panic with a text").to_string(),
    }
}

/// SQL that makes a trigger of the given timing which spoils what the rollup's trigger has done.
pub(crate) fn spoiled(timing: &str, body: &str) -> String {
    format!(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;
         CREATE TRIGGER zz_spoil AFTER INSERT ON core_user_events {timing} EXECUTE FUNCTION spoil();"
    )
}

pub(crate) const EACH_ROW: &str = "FOR EACH ROW";
pub(crate) const EACH_STATEMENT: &str = "REFERENCING NEW TABLE AS added FOR EACH STATEMENT";

/// Of a user who signs in by two ways, taking the role away takes the sign-in with it.
pub(crate) const SPOIL: &str = "IF NEW.event ->> 'type' = 'role_revoked' THEN
    UPDATE core_user_events_rollup SET authentication_id = NULL WHERE id = NEW.id;
  END IF;";

/// SQL that does something after each statement that has inserted events, once the rollup has followed.
pub(crate) fn afterwards(events: &str, body: &str) -> String {
    format!(
        "CREATE OR REPLACE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} RETURN NULL; END $$;
         CREATE OR REPLACE TRIGGER zz_spoil AFTER INSERT ON {events}
           REFERENCING NEW TABLE AS inserted FOR EACH STATEMENT EXECUTE FUNCTION spoil();"
    )
}
