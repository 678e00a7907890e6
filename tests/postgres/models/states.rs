//! The query for whole states: what it says of the views' rows is read back by the expressions that read events, so that
//! it has to be what serde reads.

use super::check::{Session, failed, in_words};
use super::installed::under;
use super::tables::{Folds, same};
use chrono::{DateTime, Utc};
use es_rollup::SqlType;
use es_rollup_core::emit;
use es_rollup_core::model::{Column, Type, View};
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use std::collections::BTreeMap;

impl Session<'_, '_> {
    /// Whether the query has the rows of each view, and no others.
    pub(super) async fn has_states(&mut self, folds: &Folds) -> Result<(), TestCaseError> {
        let installed = self.installed;
        let mut model = installed.subject.model.clone();
        let time = model.types.of(DateTime::<Utc>::SQL);
        let states = emit::text(&model, emit::state(&model, time));
        let retired_of_root: Vec<String> =
            model.root.columns.iter().filter(|column| column.retired).map(|one| one.name.clone()).collect();
        let sql = format!("SELECT count(*) FROM ({states}) AS s WHERE to_jsonb(s) ?| $1");
        let found: i64 = sqlx::query_scalar(AssertSqlSafe(sql))
            .bind(&retired_of_root)
            .fetch_one(&mut *self.connection)
            .await
            .map_err(failed)?;
        if found > 0 {
            return Err(TestCaseError::fail(format!("the query for states has {retired_of_root:?}")));
        }
        for (at, view) in model.views.iter().enumerate() {
            let read = |ty: Type| model.types.texts(ty).map(|texts| texts.read.clone()).unwrap_or_default();
            let times = installed.subject.times().map(|name| (name, read(time)));
            let rows = source(&states, view, &read(model.store.id_type), times, read);
            let mut kept = installed.rows_from(self.connection, at, &rows).await.map_err(failed)?;
            for row in kept.values_mut() {
                let retired: Vec<Value> = retired(view, row).collect();
                if retired.iter().any(|value| !value.is_null()) {
                    return Err(TestCaseError::fail(format!("the query for states has {retired:?}")));
                }
                self.tally.retired += retired.len() as u64;
            }
            let folded = folds.rows.iter().flat_map(|(id, state)| {
                state.rows(at).map(move |(key, row)| (under(id, &key), without_nulls(view, row)))
            });
            let mut folded: BTreeMap<String, Value> = folded.collect();
            for row in folded.values_mut() {
                retired(view, row).for_each(drop);
            }
            self.tally.rows_of_states += folded.len() as u64;
            same(&kept, &folded).map_err(|error| in_words("by the query for states", &error))?;
        }
        Ok(())
    }
}

/// The rows of a view as a table, read from the column of JSON that the query has for it.
fn source<'a>(
    states: &str,
    view: &View,
    id: &str,
    times: impl Iterator<Item = (&'a str, String)>,
    read: impl Fn(Type) -> String,
) -> String {
    let named = |name: &str, read: &str| {
        let key = name.replace('\'', "''");
        format!("(SELECT {read} FROM (SELECT es_row -> '{key}') AS es_column (es_value)) AS \"{name}\"")
    };
    let column = |Column { name, was: _, ty, kind, nullable, retired }: &Column| {
        let read = if kind.is_many() {
            format!(
                "ARRAY(SELECT {} FROM jsonb_array_elements(es_value) WITH ORDINALITY AS es_items (es_value, es_place)
                   ORDER BY es_place)",
                read(*ty)
            )
        } else {
            read(*ty)
        };
        let null = if *nullable { "CASE WHEN jsonb_typeof(es_value) <> 'null' THEN " } else { "" };
        let read = format!("{null}{read}{}", if *nullable { " END" } else { "" });
        // It is not there at all.
        named(name, &if *retired { format!("CASE WHEN es_value IS NOT NULL THEN {read} END") } else { read })
    };
    let envelope = [named("id", id), named("version", "es_value::bigint")].into_iter();
    let envelope = envelope.chain(times.map(|(name, read)| named(name, &read)));
    let columns: Vec<String> =
        envelope.chain(view.parts().iter().map(column)).chain(view.columns.iter().map(column)).collect();
    // A view without parts has one row, or null.
    let rows = if view.parts().is_empty() { "jsonb_build_array(s.{})" } else { "s.{}" };
    let rows = rows.replace("{}", &format!("\"{}\"", view.name));
    format!(
        "(SELECT {} FROM ({states}) AS s, jsonb_array_elements({rows}) AS es_rows (es_row)
          WHERE es_row <> 'null')",
        columns.join(", ")
    )
}

/// Takes the columns that are retired out of a row.
fn retired<'a>(view: &'a View, row: &'a mut Value) -> impl Iterator<Item = Value> + 'a {
    let names = view.columns.iter().filter(|column| column.retired).map(|column| &column.name);
    names.filter_map(|name| row.as_object_mut()?.remove(name))
}

/// The row without JSON's null where there can be no value: serde reads it as `None`, too.
fn without_nulls(view: &View, mut row: Value) -> Value {
    for column in view.columns.iter().filter(|column| column.nullable) {
        if let Some(value) = row.get_mut(&column.name)
            && *value == json!([null])
        {
            *value = Value::Null;
        }
    }
    row
}
