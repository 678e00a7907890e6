//! What a changed rollup is compared with: a new installation of the same model over the same events.

use super::super::edits::Edit;
use super::archived::forget;
use super::story::Story;
use es_rollup_core::emit::{self, qualified};
use es_rollup_core::model::Model;
use sqlx::{AssertSqlSafe, Executor, PgConnection, Row as _};
use std::collections::BTreeSet;

impl Story<'_> {
    /// What a new installation of a model would make of the same events, of which nothing is kept.
    pub(super) async fn installed(
        &mut self,
        old: &Model,
        new: &Model,
        inside: bool,
    ) -> Result<Vec<String>, sqlx::Error> {
        // Within a transaction or not.
        run(self.connection, "BEGIN; SAVEPOINT before").await.expect("a transaction");
        let revert = format!("{};\n{}", forget(old), emit::text(old, emit::revert(old)));
        let prepare = format!("DROP VIEW of_somebody;\n{revert};\nSAVEPOINT reverted");
        run(self.connection, &prepare).await.expect("it is reverted");
        let mut outcome = run(self.connection, &install(new)).await;
        if outcome.is_err() && new.has_delete() && new.history.is_none() && !new.views.is_empty() {
            run(self.connection, "ROLLBACK TO SAVEPOINT reverted").await.expect("a savepoint");
            outcome = self.without_ended(new).await;
        }
        let outcome = match outcome.and(run(self.connection, "SET CONSTRAINTS ALL IMMEDIATE").await) {
            Ok(()) => Ok(self.state(new).await),
            Err(error) => Err(error),
        };
        let end = if inside { "ROLLBACK TO SAVEPOINT before" } else { "ROLLBACK" };
        run(self.connection, end).await.expect("it is rolled back");
        outcome
    }

    /// Installs a model over the events of entities that have not ended. An installation refuses what a view refuses of
    /// the others too, but a change finds them ended, and has nothing to fold.
    async fn without_ended(&mut self, model: &Model) -> Result<(), sqlx::Error> {
        let root = Model { views: Vec::new(), ..model.clone() };
        run(self.connection, &install(&root)).await?;
        let store = &model.store;
        let filter = store.filter.iter();
        let filter = filter.map(|filter| {
            format!(" AND e.{} = '{}'", ident(&filter.column), filter.value.replace('\'', "''"))
        });
        let delete = format!(
            "DELETE FROM {} AS e WHERE NOT EXISTS (SELECT FROM {} AS r WHERE r.id = e.{}){}",
            self.events,
            qualified(&model.root.table),
            ident(&store.id),
            filter.collect::<String>()
        );
        run(self.connection, &delete).await?;
        run(self.connection, &emit::text(&root, emit::revert(&root))).await?;
        run(self.connection, &install(model)).await
    }

    /// The same where the history has rows of these entities: whether what a new installation refuses is an event of one that
    /// has ended, which a view refuses.
    pub(super) async fn is_of_ended(&mut self, model: &Model, error: &sqlx::Error) -> bool {
        let message = error.as_database_error().map(|error| error.message().to_string()).unwrap_or_default();
        let refused = message.split_once(" of entity ").and_then(|(_, rest)| rest.split_once(" in \""));
        let (Some((id, rest)), true) = (refused, model.history.is_some()) else { return false };
        let sql = format!("SELECT EXISTS (SELECT FROM {} WHERE id::text = $1)", qualified(&model.root.table));
        let is_there: bool = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(id)
            .fetch_one(&mut *self.connection)
            .await
            .expect("the rows");
        let of_view = model.views.iter().any(|view| rest.contains(&qualified(&view.table)));
        of_view && !is_there
    }

    /// The rollup is what a new installation would make of the events.
    pub(super) async fn is_installed(&mut self, model: &Model, edits: &BTreeSet<Edit>) {
        let expected = match self.installed(model, model, false).await {
            Ok(expected) => expected,
            Err(error) => self.fails(edits, &error.to_string()),
        };
        let found = self.state(model).await;
        self.same(&expected, &found, &format!("{edits:?}"));
    }

    pub(super) fn same(&self, expected: &[String], found: &[String], context: &str) {
        let only = |these: &[String], others: &[String]| {
            let only = these.iter().filter(|line| !others.contains(line));
            let lines = only.map(|line| line.chars().take(1_500).collect::<String>());
            lines.collect::<Vec<_>>().join("\n  ")
        };
        assert!(
            expected == found,
            "only in a new installation:\n  {}\nonly after the changes:\n  {}\n{context}\nthe model: {}",
            only(expected, found),
            only(found, expected),
            self.subject
        );
    }

    /// All rows, and what the catalog says, without what is somebody else's. Nothing depends on the order of columns.
    pub(super) async fn state(&mut self, model: &Model) -> Vec<String> {
        let mut state = Vec::new();
        for view in model.tables() {
            let table = qualified(&view.table);
            let sql = format!("SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY 1");
            let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
                .fetch_all(&mut *self.connection)
                .await
                .expect("the rows");
            *self.counts.entry("rows".into()).or_default() += rows.len() as u64;
            state.extend(rows.into_iter().map(|row| format!("{table}: {row}")));
        }
        let name = &model.root.table.name;
        let catalog = sqlx::query_scalar(CATALOG)
            .bind(&model.root.table.schema)
            .bind(name)
            .bind(qualified(&model.store.table))
            .fetch_all(&mut *self.connection);
        let catalog: Vec<String> = catalog.await.expect("the catalog");
        state.extend(catalog);
        let condition = sqlx::query(AssertSqlSafe(emit::check_sql(model))).fetch_one(&mut *self.connection);
        let condition = condition.await.expect("anybody may ask");
        let [trigger, edited] = ["trigger", "edited"].map(|name| condition.get::<Option<String>, _>(name));
        assert_eq!(trigger.as_deref(), Some("O"), "the triggers fire");
        assert_eq!(edited, None, "the functions are as they were installed");
        state
    }
}

/// What the catalog says of everything whose name begins with that of the rollup, and of the triggers.
const CATALOG: &str = "
WITH named AS (
  SELECT c.* FROM pg_class AS c
  WHERE c.relnamespace = $1::regnamespace AND starts_with(c.relname, $2) AND c.relname NOT LIKE '%events'
)
SELECT concat_ws(' ', 'relation', n.relname, n.relkind, n.reloptions, obj_description(n.oid, 'pg_class')) FROM named AS n
UNION ALL
SELECT concat_ws(' ', 'column', n.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.atthasdef,
  a.attcollation::regcollation)
FROM named AS n JOIN pg_attribute AS a ON a.attrelid = n.oid
WHERE n.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT concat_ws(' ', 'constraint', n.relname, o.conname, pg_get_constraintdef(o.oid), o.condeferrable, o.condeferred)
FROM named AS n JOIN pg_constraint AS o ON o.conrelid = n.oid
WHERE o.contype <> 'n'
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(i.indexrelid), i.indisvalid)
FROM named AS n JOIN pg_index AS i ON i.indrelid = n.oid
WHERE i.indexprs IS NULL
UNION ALL
SELECT concat_ws(' ', 'function', p.oid::regprocedure, pg_get_function_result(p.oid), p.proconfig, p.proacl,
  p.prosecdef, p.provolatile, regexp_replace(p.prosrc, '-- earlier model [0-9a-f]{16}\n', '', 'g'))
FROM pg_proc AS p
WHERE p.pronamespace = $1::regnamespace AND starts_with(p.proname, $2)
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), t.tgenabled)
FROM pg_trigger AS t
WHERE t.tgrelid = $3::regclass AND NOT t.tgisinternal
ORDER BY 1";

pub(super) fn install(model: &Model) -> String {
    emit::text(model, emit::migration(model))
}

/// Runs SQL of one or several statements, in one transaction.
pub(super) async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), sqlx::Error> {
    connection.execute(AssertSqlSafe(sql.to_string())).await.map(drop)
}

pub(super) fn ident(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
