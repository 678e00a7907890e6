//! What people hang on the tables and columns of a rollup stays through all changes, and so do these themselves: none is made
//! anew, whatever it is called.

use super::super::subject::Subject;
use super::installation::{ident, run};
use super::story::Story;
use es_rollup_core::emit::qualified;
use es_rollup_core::model::{Key, Model, View};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Types of columns that become others in a history: a column that a SQL view reads cannot get another type.
const WIDENED: [&str; 3] = ["i16", "i32", "Status"];

/// The columns of the root on which people can hang what keeps a column from being dropped, or from another type.
pub(super) fn holdable(subject: &Subject) -> Vec<usize> {
    let types = subject.types.iter().enumerate();
    types.filter(|(_, ty)| !WIDENED.contains(&ty.name)).map(|(at, _)| at).collect()
}

/// The table and the place in it of each column, by the table's and its own name in the whole model.
pub(super) type Places = BTreeMap<(String, String), (i64, i16)>;

impl Story<'_> {
    /// What people hang on a table and on the column that is held, if one is.
    pub(super) async fn hang(&mut self, model: &Model) {
        let rollup = qualified(&model.root.table);
        let held = self.held_name(model).map(|name| ident(&name));
        let shown = held.as_ref().map(|name| format!(", {name} AS held")).unwrap_or_default();
        let mut sql = format!("CREATE VIEW of_somebody AS SELECT id, version{shown} FROM {rollup};\n");
        for (at, column) in ["version".to_string()].into_iter().chain(held).enumerate() {
            let _ = writeln!(
                sql,
                "GRANT SELECT ({column}) ON {rollup} TO pg_monitor;
                 COMMENT ON COLUMN {rollup}.{column} IS 'of somebody {at}';
                 CREATE INDEX of_somebody_{at} ON {rollup} (({column} IS NULL));
                 ALTER TABLE {rollup} ALTER COLUMN {column} SET STATISTICS {};
                 CREATE POLICY of_somebody_{at} ON {rollup} USING ({column} IS NOT NULL OR version > 0);",
                at + 7
            );
        }
        let _ =
            write!(sql, "GRANT SELECT ON {rollup} TO PUBLIC; ALTER TABLE {rollup} ENABLE ROW LEVEL SECURITY");
        run(self.connection, &sql).await.expect("it is made");
    }

    /// What they find there.
    pub(super) async fn hung(&mut self, model: &Model) -> Vec<String> {
        let rollup = qualified(&model.root.table);
        let sql = "SELECT concat_ws(' ', a.attnum, a.attacl, a.attstattarget, col_description(c.oid, a.attnum),
                     c.relacl, c.relrowsecurity,
                     (SELECT array_agg(v.attname ORDER BY v.attnum) FROM pg_attribute AS v
                      WHERE v.attrelid = to_regclass('of_somebody')),
                     (SELECT count(*) FROM pg_policy AS p WHERE p.polrelid = c.oid),
                     (SELECT count(*) FROM pg_index AS i WHERE i.indrelid = c.oid AND i.indexprs IS NOT NULL),
                     (SELECT count(*) FROM pg_depend AS d
                      WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum
                        AND d.classid IN ('pg_policy'::regclass, 'pg_rewrite'::regclass)))
                   FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = ANY ($2)
                   WHERE c.oid = $1::regclass
                   ORDER BY a.attnum";
        let names: Vec<String> = ["version".to_string()].into_iter().chain(self.held_name(model)).collect();
        let found = sqlx::query_scalar(sql).bind(rollup).bind(&names).fetch_all(&mut *self.connection);
        let found: Vec<String> = found.await.expect("the catalog");
        assert_eq!(found.len(), names.len());
        found
    }

    /// The name of the held column in a model.
    fn held_name(&self, model: &Model) -> Option<String> {
        let whole = &self.subject.model.root.columns[self.held?].name;
        let mut columns = model.root.columns.iter();
        let column = columns.find(|column| column.was.as_ref().unwrap_or(&column.name) == whole);
        Some(column.expect("it is never dropped").name.clone())
    }

    /// No column of the model that there was before was made anew.
    pub(super) async fn stay(&mut self, before: &Places, model: &Model, context: &str) {
        for (name, place) in self.places(model).await {
            let stays = before.get(&name).is_none_or(|before| *before == place);
            assert!(stays, "{name:?} was made anew\n{context}");
        }
    }

    /// Where each column is in the catalog.
    pub(super) async fn places(&mut self, model: &Model) -> Places {
        let mut places = BTreeMap::new();
        for view in model.tables() {
            let sql = "SELECT a.attname::text, a.attrelid::bigint, a.attnum FROM pg_attribute AS a
                       WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped";
            let found = sqlx::query_as(AssertSqlSafe(sql.to_string()))
                .bind(qualified(&view.table))
                .fetch_all(&mut *self.connection);
            let found: Vec<(String, i64, i16)> = found.await.expect("the catalog");
            for (name, table, place) in found {
                let mut columns = view.all_columns();
                let column = columns.find(|column| column.name == name);
                let whole = column.and_then(|column| column.was.clone()).unwrap_or(name);
                places.insert((called(view), whole), (table, place));
            }
        }
        places
    }
}

/// The name of a table in the whole model.
fn called(view: &View) -> String {
    match view.key {
        Key::Entity | Key::Version => view.name.clone(),
        Key::Parts(_) => view.was.clone().unwrap_or_else(|| view.name.clone()),
    }
}
