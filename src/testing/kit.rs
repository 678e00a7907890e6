//! The test kit itself.

use super::check::check;
use super::column::ident;
use super::columns::Columns;
use super::database::Database;
use super::difference::Difference;
use super::driver::Driver;
use super::insertion::Statements;
use super::outcome::Outcome;
use super::stream::{Contexts, Testable};
use crate::__private::{Defaulted, Layout};
use crate::{Rollup, SqlType};
use std::env;
use std::fmt::{self, Debug};

/// A separate PostgreSQL database with an event table and its rollup, for tests of the events `E`.
///
/// Its name is [`testing::Kit`](super) on sqlx 0.9, and `testing::sqlx_0_8::Kit` on sqlx 0.8.
///
/// Its functions block until the database answers. They can be called from anywhere, including from inside a
/// runtime, from several threads, and from proptest closures. They keep nothing: each call begins with empty tables.
/// The database is dropped with the kit, even if a test panics; a `static` is never dropped.
pub struct KitOn<E: Rollup, D: Driver> {
    pub(super) database: Database<D>,
    pub(super) statements: Statements,
    pub(super) contexts: Box<Contexts<E>>,
}

impl<E: Columns + Rollup<Id: SqlType>, D: Driver> KitOn<E, D> {
    /// Creates a database on the server of this URL, with the event table in es-entity's layout, and installs
    /// the rollup in it.
    ///
    /// The URL's user needs the right to create databases. The URL's own database is not touched.
    ///
    /// # Panics
    ///
    /// If that fails; the message says why.
    #[track_caller]
    pub fn connect(url: &str) -> Self {
        Self::prepared(url, "")
    }

    /// [`connect`](Self::connect), with SQL that runs in the new database before anything else: extensions, and
    /// the functions and tables that the events or their constraints need.
    ///
    /// If it creates the event table, the kit uses that one.
    ///
    /// # Panics
    ///
    /// If that fails; the message says why.
    #[track_caller]
    pub fn prepared(url: &str, sql: &str) -> Self {
        // No closures here and below: a panic in one would not be attributed to the caller.
        for Defaulted { event, field, function, holds } in E::defaults() {
            assert!(
                holds,
                "`{function}` does not return the `default` that `#[rollup(...)]` says on field `{field}` of `{event}`; \
                 SQL takes the one in the attribute, so make them the same"
            );
        }
        let database = match Database::create(url) {
            Ok(database) => database,
            Err(error) => panic!("{error}"),
        };
        let kit = Self { database, statements: Statements::new::<E>(), contexts: Box::new(|_, _| None) };
        for (what, sql) in [
            ("the preparation", sql),
            ("the event table", &event_table::<E>()),
            ("MIGRATION_SQL", E::MIGRATION_SQL),
        ] {
            if let Err(error) = kit.database.run(sql) {
                panic!("{what} failed: {error}");
            }
        }
        kit
    }

    /// [`connect`](Self::connect) to the server of the environment variable `DATABASE_URL`.
    ///
    /// # Panics
    ///
    /// If it is not set, or the kit cannot be created there.
    #[track_caller]
    pub fn from_env() -> Self {
        Self::connect(&url_of_env())
    }

    /// [`prepared`](Self::prepared) on the server of the environment variable `DATABASE_URL`.
    ///
    /// # Panics
    ///
    /// If it is not set, or the kit cannot be created there.
    #[track_caller]
    pub fn prepared_from_env(sql: &str) -> Self {
        Self::prepared(&url_of_env(), sql)
    }

    /// Sets the context of each event, computed from the event and its sequence; without it, events have no context.
    /// For enums that read the event's context.
    ///
    /// ```no_run
    /// # use es_rollup::{Rollup, testing::Kit};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize, Rollup)]
    /// # #[rollup(events = "page_events", id = i64)]
    /// # enum PageEvent {
    /// #     #[rollup(context(set = "author", path = "user", as = String))]
    /// #     Written,
    /// # }
    /// let kit = Kit::<PageEvent>::from_env().with_contexts(|_, _| Some(serde_json::json!({"user": "ada"})));
    /// assert_eq!(kit.given(&7, [PageEvent::Written]).state().author.as_deref(), Some("ada"));
    /// ```
    #[must_use]
    pub fn with_contexts(
        mut self,
        contexts: impl Fn(&E, i64) -> Option<E::Context> + Send + Sync + 'static,
    ) -> Self {
        self.contexts = Box::new(contexts);
        self
    }

    /// Runs SQL in the kit's database in one transaction and commits it: what an application adds to the rollup, such
    /// as its own triggers and constraints.
    ///
    /// # Panics
    ///
    /// If the server refuses it.
    #[track_caller]
    pub fn execute(&self, sql: &str) {
        if let Err(error) = self.database.run(sql) {
            panic!("the SQL failed: {error}");
        }
    }
}

impl<E: Testable, D: Driver> KitOn<E, D> {
    /// Folds these events in Rust and in PostgreSQL, where they are inserted one event per statement, all in one
    /// statement in reverse order, and while the trigger is disabled; compares the entity's row, the rows of each view,
    /// and those of the history.
    ///
    /// # Panics
    ///
    /// If the two differ; the message shows the events, the table and each column that differs. Also if the database cannot be
    /// queried.
    #[track_caller]
    pub fn given(&self, id: &E::Id, events: impl IntoIterator<Item = E>) -> Outcome<E::State> {
        let events: Vec<E> = events.into_iter().collect();
        match self.check(id, &events) {
            Ok(outcome) => outcome,
            Err(difference) => panic!("{difference}"),
        }
    }

    /// [`given`](Self::given), but returns the difference: for proptest, which then shrinks the stream.
    ///
    /// # Errors
    ///
    /// If Rust and PostgreSQL differ.
    ///
    /// # Panics
    ///
    /// If the database cannot be queried.
    #[track_caller]
    pub fn check<'event>(
        &self,
        id: &E::Id,
        events: impl IntoIterator<Item = &'event E>,
    ) -> Result<Outcome<E::State>, Difference>
    where
        E: 'event,
    {
        let events: Vec<&E> = events.into_iter().collect();
        self.check_all(id, &events)
    }

    #[track_caller]
    pub(super) fn check_all(&self, id: &E::Id, events: &[&E]) -> Result<Outcome<E::State>, Difference> {
        check(&self.database, &self.statements, id, events, &*self.contexts)
    }
}

impl<E: Rollup, D: Driver> Debug for KitOn<E, D> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Kit").field("rollup", &E::ROLLUP_TABLE).finish_non_exhaustive()
    }
}

/// Creates the event table and the schemas if they do not exist.
fn event_table<E: Rollup<Id: SqlType>>() -> String {
    let Layout { id, sequence, order: _, event_type, payload, recorded_at, context, filter } = E::LAYOUT;
    let (filter, id, sequence) = (filter.map(|(name, _)| ident(name)), ident(id), ident(sequence));
    let mut columns = vec![
        format!("{id} {} NOT NULL", E::Id::SQL.name),
        format!("{sequence} integer NOT NULL"),
        format!("{} text NOT NULL", ident(event_type)),
        format!("{} jsonb NOT NULL", ident(payload)),
    ];
    columns.extend(context.map(|name| format!("{} jsonb", ident(name))));
    columns.extend(recorded_at.map(|name| format!("{} timestamptz NOT NULL", ident(name))));
    columns.extend(filter.iter().map(|name| format!("{name} text NOT NULL")));
    let key: Vec<String> = filter.into_iter().chain([id, sequence]).collect();
    columns.push(format!("UNIQUE ({})", key.join(", ")));
    format!(
        "CREATE SCHEMA IF NOT EXISTS {};
         CREATE SCHEMA IF NOT EXISTS {};
         CREATE TABLE IF NOT EXISTS {} ({})",
        schema(E::EVENT_TABLE),
        schema(E::ROLLUP_TABLE),
        E::EVENT_TABLE,
        columns.join(", ")
    )
}

/// The schema in a quoted and qualified name.
fn schema(table: &str) -> &str {
    // A quote inside a name is doubled. The schema ends at the first quote that is followed by a dot and makes the
    // number of quotes so far even.
    let end = table.match_indices("\".").map(|(at, _)| at + 1);
    let whole = |end: &usize| table[..*end].matches('"').count().is_multiple_of(2);
    end.into_iter().find(whole).map_or(table, |end| &table[..end])
}

#[track_caller]
fn url_of_env() -> String {
    match env::var("DATABASE_URL") {
        Ok(url) if !url.is_empty() => url,
        _ => panic!(
            "DATABASE_URL is not set. The kit needs a PostgreSQL server, 14 or newer, on which it may create \
             databases. For example, start one with
  docker run --rm -d -p 5432:5432 -e POSTGRES_PASSWORD=test postgres
  export DATABASE_URL=postgres://postgres:test@localhost:5432/postgres"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::schema;

    #[test]
    fn the_schema_ends_where_its_quotes_do() {
        assert_eq!(schema(r#""public"."events""#), r#""public""#);
        assert_eq!(schema(r#""a"".""b"."c""#), r#""a"".""b""#);
    }
}
