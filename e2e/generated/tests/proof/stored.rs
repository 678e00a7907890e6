//! What the database keeps, as the reference shows it.

use super::compared::{kept, moment};
use es_rollup_e2e_cases::description::{Column, Enum, Kind};
use es_rollup_e2e_cases::events::Event;
use es_rollup_e2e_cases::reference::sort;
use es_rollup_e2e_generated::Subject;
use serde_json::{Map, Value};
use sqlx::{AssertSqlSafe, PgConnection};
use std::collections::BTreeMap;

/// The table of a view, or of the entities' own rows.
pub(super) fn table(subject: &Subject, view: Option<&str>) -> &'static str {
    let named = |name: &str| subject.views.iter().find(|(other, _)| *other == name).expect("a view").1;
    view.map_or(subject.rollup, named)
}

/// The states by id.
pub(super) async fn rows(
    connection: &mut PgConnection,
    subject: &Subject,
    described: &Enum,
) -> BTreeMap<String, Value> {
    let own = of_table(connection, subject.rollup, &described.columns).await;
    let own = own.into_iter().map(|(id, mut rows)| (id, rows.pop().expect("a row")));
    if described.views.is_empty() {
        return own.map(|(id, row)| (id, kept(described, row))).collect();
    }
    // A row of a view without one of the entity is seen as a state without it.
    let mut states: BTreeMap<String, Map<String, Value>> =
        own.map(|(id, row)| (id, Map::from_iter([("rollup".to_string(), row)]))).collect();
    for view in &described.views {
        let mut rows = of_table(connection, table(subject, Some(view.name)), &view.columns).await;
        for id in rows.keys() {
            states.entry(id.clone()).or_default();
        }
        for (id, state) in &mut states {
            let rows = rows.remove(id).unwrap_or_default();
            let rows =
                if view.parts == 0 { rows.into_iter().next().unwrap_or_default() } else { rows.into() };
            state.insert(view.name.into(), rows);
        }
    }
    let mut states: BTreeMap<String, Value> =
        states.into_iter().map(|(id, state)| (id, kept(described, state.into()))).collect();
    // Their order in the table means nothing.
    for state in states.values_mut() {
        for view in &described.views {
            if let Value::Array(rows) = &mut state[view.name] {
                *rows = sort(view, std::mem::take(rows));
            }
        }
    }
    states
}

/// The rows of a table by id, as JSON.
async fn of_table(
    connection: &mut PgConnection,
    table: &str,
    columns: &[Column],
) -> BTreeMap<String, Vec<Value>> {
    let time = moment().sql;
    let mut shown = vec!["'version', to_jsonb(r.version)".to_string()];
    for name in ["created_at", "modified_at"] {
        shown.push(format!("'{name}', {}", time.replace('@', &format!("r.{name}"))));
    }
    for column in columns {
        let name = format!("r.\"{}\"", column.name);
        let value = match column.kind {
            Kind::Value | Kind::Counter => column.ty.sql.replace('@', &name),
            Kind::Set | Kind::List => format!(
                "(SELECT coalesce(jsonb_agg({} ORDER BY at), '[]') FROM unnest({name}) WITH ORDINALITY AS m (v, at))",
                column.ty.sql.replace('@', "m.v")
            ),
        };
        shown.push(format!("'{}', {value}", column.name));
    }
    let sql = format!("SELECT r.id::text, jsonb_build_object({}) FROM {table} AS r", shown.join(", "));
    let rows: Vec<(String, Value)> =
        sqlx::query_as(AssertSqlSafe(sql)).fetch_all(connection).await.expect("the rows");
    let mut all: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (id, row) in rows {
        all.entry(id).or_default().push(row);
    }
    all
}

/// Inserts events in one statement.
pub(super) async fn insert(
    connection: &mut PgConnection,
    subject: &Subject,
    described: &Enum,
    events: &[Event],
) -> sqlx::Result<()> {
    let sql = format!(
        "INSERT INTO {} (id, sequence, event_type, event, context, recorded_at)
         SELECT id::{}, sequence, '-', event, context, recorded_at::timestamptz
         FROM unnest($1::text[], $2::integer[], $3::jsonb[], $4::jsonb[], $5::text[])
           AS rows (id, sequence, event, context, recorded_at)",
        subject.events,
        described.id.sql()
    );
    let all = || events.iter();
    let sequence = |event: &Event| i32::try_from(event.sequence).expect("a small sequence");
    sqlx::query(AssertSqlSafe(sql))
        .bind(all().map(|event| event.id.clone()).collect::<Vec<_>>())
        .bind(all().map(sequence).collect::<Vec<_>>())
        .bind(all().map(|event| event.payload.clone()).collect::<Vec<_>>())
        .bind(all().map(|event| event.context.clone()).collect::<Vec<_>>())
        .bind(all().map(|event| event.recorded_at.clone()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map(drop)
}
