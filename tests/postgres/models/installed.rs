//! A model's rollup in a database: installed, read, and removed.

use super::subject::Subject;
use super::types::Ty;
use crate::layout::Target;
use crate::support::{catalog, end_sessions, run};
use es_rollup_core::emit::qualified;
use es_rollup_core::model::{Column, View};
use serde_json::Value;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use std::collections::BTreeMap;

/// A model whose rollup is in place.
pub(crate) struct Installed<'a> {
    pub(crate) subject: &'a Subject,
    pub(super) migration: String,
    pub(super) events: String,
    pub(super) rollup: String,
    /// The tables of the views.
    pub(super) views: Vec<String>,
    pub(super) history: Option<String>,
    /// Everything in the database before the rollup was installed.
    before: Vec<String>,
    /// Whether calls of functions can be counted, which is a superuser's.
    pub(super) counts: bool,
}

impl<'a> Installed<'a> {
    pub(crate) async fn new(pool: &PgPool, subject: &'a Subject) -> Self {
        let new = Self::with(pool, subject, subject.migration()).await;
        let new = new.unwrap_or_else(|reason| panic!("{reason}\nthe model: {subject}"));
        if let Err(reason) = new.has_expected_columns(pool).await {
            panic!("{reason}\nthe model: {subject}");
        }
        new
    }

    /// The same with a migration that need not be the model's own.
    pub(crate) async fn with(pool: &PgPool, subject: &'a Subject, migration: String) -> Result<Self, String> {
        let events = qualified(&subject.model.store.table);
        run(pool, &subject.layout.event_table(&events, subject.id.sql()))
            .await
            .expect("the event table is made");
        let before = catalog(pool).await;
        run(pool, &migration).await.map_err(|error| format!("the migration fails: {error}"))?;
        let sql = "SELECT current_setting('is_superuser') = 'on'";
        let counts = sqlx::query_scalar(sql).fetch_one(pool).await.expect("the role");
        let rollup = qualified(&subject.view().table);
        let views = subject.model.views.iter().map(|view| qualified(&view.table)).collect();
        let history = subject.model.history.as_ref().map(|history| qualified(&history.table));
        Ok(Self { subject, migration, events, rollup, views, history, before, counts })
    }

    /// Whether the columns that are never null are those of which the model says so.
    pub(crate) async fn has_expected_columns(&self, pool: &PgPool) -> Result<(), String> {
        let subject = self.subject;
        for (table, view) in self.tables().zip(subject.model.tables()) {
            let sql = "SELECT attname::text FROM pg_attribute
                       WHERE attrelid = $1::regclass AND attnum > 0 AND attnotnull ORDER BY attnum";
            let never_null: Vec<String> =
                sqlx::query_scalar(sql).bind(table).fetch_all(pool).await.expect("the columns");
            let parts = view.parts().iter().map(|part| part.name.clone());
            let columns = view.columns.iter().filter(|column| !column.nullable);
            let envelope = ["version"].into_iter().chain(subject.times()).map(String::from);
            let expected = ["id".to_string()].into_iter().chain(parts).chain(envelope);
            let expected: Vec<String> = expected.chain(columns.map(|column| column.name.clone())).collect();
            if never_null != expected {
                return Err(format!(
                    "never null are the columns {never_null:?} of {table}, but should be {expected:?}"
                ));
            }
        }
        Ok(())
    }

    /// All tables of the rollup.
    pub(super) fn tables(&self) -> impl Iterator<Item = &String> {
        [&self.rollup].into_iter().chain(&self.views).chain(&self.history)
    }

    /// The event table.
    pub(super) fn target(&self) -> Target<'_> {
        let Subject { layout, id, .. } = self.subject;
        let separate = self.subject.model.tagging.column().is_some();
        Target { table: &self.events, id_type: id.sql(), layout, separate }
    }

    /// How often an entity's log was read, as far as this session knows.
    pub(super) async fn logs_read(&self, connection: &mut PgConnection) -> sqlx::Result<i64> {
        let sql = "SELECT coalesce(sum(calls), 0)::bigint FROM pg_stat_xact_user_functions
                   WHERE schemaname = $1 AND funcname = $2 || '_catch_up'";
        let table = &self.subject.view().table;
        sqlx::query_scalar(sql).bind(&table.schema).bind(&table.name).fetch_one(connection).await
    }

    /// Takes everything away again, which leaves no trace.
    pub(crate) async fn remove(self, pool: &PgPool) {
        self.leaves_no_trace(pool, &self.subject.revert()).await.expect("the rollup is taken away");
        run(pool, &format!("DROP TABLE {}", self.events)).await.expect("the event table is dropped");
        // A session keeps the plans of functions that are gone, and looks at each of them whenever anything is created.
        end_sessions(pool).await;
    }

    /// Whether nothing is left of the rollup.
    pub(crate) async fn leaves_no_trace(&self, pool: &PgPool, revert: &str) -> Result<(), String> {
        run(pool, revert).await.map_err(|error| format!("the reversal fails: {error}"))?;
        if catalog(pool).await == self.before { Ok(()) } else { Err("something is left".into()) }
    }

    /// The rows of the table, or of something with its columns, by id and each as JSON.
    pub(super) async fn rows(
        &self,
        connection: &mut PgConnection,
        source: &str,
    ) -> sqlx::Result<BTreeMap<String, Value>> {
        let Subject { types, .. } = self.subject;
        let rows = self.shown(connection, source, self.subject.view(), &[], types).await?;
        Ok(rows.into_iter().map(|(id, _, row)| (id, row)).collect())
    }

    /// The rows of a view's table, each under its id and key.
    pub(super) async fn rows_of(
        &self,
        connection: &mut PgConnection,
        view: usize,
    ) -> sqlx::Result<BTreeMap<String, Value>> {
        self.rows_from(connection, view, &self.views[view]).await
    }

    /// The rows of something that has the columns of a view's table.
    pub(super) async fn rows_from(
        &self,
        connection: &mut PgConnection,
        view: usize,
        source: &str,
    ) -> sqlx::Result<BTreeMap<String, Value>> {
        let (of, typed) = self.subject.views().nth(view).expect("a view");
        let rows = self.shown(connection, source, of, &typed.parts, &typed.types).await?;
        Ok(rows.into_iter().map(|(id, key, row)| (under(&id, &key), row)).collect())
    }

    /// The rows of the history, each under its id and version.
    pub(super) async fn kept(&self, connection: &mut PgConnection) -> sqlx::Result<BTreeMap<String, Value>> {
        let (Some(table), Some(history)) = (&self.history, &self.subject.model.history) else {
            return Ok(BTreeMap::new());
        };
        let rows = self.shown(connection, table, history, &[], &self.subject.types).await?;
        Ok(rows.into_iter().map(|(id, _, row)| (at_version(&id, &row), row)).collect())
    }

    async fn shown(
        &self,
        connection: &mut PgConnection,
        source: &str,
        view: &View,
        parts: &[&Ty],
        types: &[&Ty],
    ) -> sqlx::Result<Vec<(String, Value, Value)>> {
        let micros = |column| format!("((extract(epoch FROM r.{column}) * 1000000)::bigint::text)");
        let name = |column: &Column| format!("r.\"{}\"", column.name);
        let key: Vec<String> =
            view.parts().iter().zip(parts).map(|(part, ty)| ty.shown(&name(part))).collect();
        let mut shown = vec!["'version', r.version::text".to_string()];
        shown.extend(self.subject.times().map(|name| format!("'{name}', {}", micros(name))));
        for (column, ty) in view.columns.iter().zip(types) {
            let name = name(column);
            let value = if column.kind.is_many() { ty.all_shown(&name) } else { ty.shown(&name) };
            shown.push(format!("'{}', {value}", column.name));
        }
        // A function takes 100 arguments at most.
        let shown: Vec<String> =
            shown.chunks(40).map(|some| format!("jsonb_build_object({})", some.join(", "))).collect();
        let sql = format!(
            "SELECT r.id::text, jsonb_build_array({}), {} FROM {source} AS r",
            key.join(", "),
            shown.join(" || ")
        );
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(connection).await
    }
}

/// How a failure names a row of the history.
pub(super) fn at_version(id: &str, row: &Value) -> String {
    format!("{id}, version {}", row["version"])
}

/// How a failure names a row of a view.
pub(super) fn under(id: &str, key: &Value) -> String {
    format!("{id}, row {key}")
}
