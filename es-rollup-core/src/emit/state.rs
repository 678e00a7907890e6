//! The query for whole states: each row of the rollup with its rows of all views.

use super::columns::columns;
use super::names::{ID, qualified};
use super::text::{ident, indent, part, where_true};
use crate::model::{Column, Envelope, Fact, Model, Part, Type, View};

/// One row for each entity. `time` is the type of a recorded time in Rust.
pub(super) fn state(model: &Model, time: Type) -> String {
    let views = model.views.iter().map(|view| {
        let (aggregate, empty) = match view.parts() {
            [] => ("pg_catalog.to_jsonb(es_row)", "null"),
            [_, ..] => ("pg_catalog.jsonb_agg(pg_catalog.to_jsonb(es_row))", "[]"),
        };
        let rows = indent(&rows(model, view, time), 6);
        let name = ident(&view.name);
        // JSON's null: sqlx reads no JSON from SQL's. The sub-query without rows gives NULL, an aggregate over none too.
        format!(",\n  coalesce((\n    SELECT {aggregate} FROM (\n{rows}\n    ) AS es_row\n  ), '{empty}') AS {name}")
    });
    let root = qualified(&model.root.table);
    // By name: a column that is added later does not change the result of a prepared statement.
    let retired: Vec<String> =
        model.root.columns.iter().filter(|column| column.retired).map(|column| ident(&column.name)).collect();
    let own = columns(model, &model.root);
    let own: Vec<String> =
        own.iter().filter(|name| !retired.contains(name)).map(|column| format!("r.{column}")).collect();
    format!("SELECT {}{}\nFROM {root} AS r", own.join(", "), views.collect::<String>())
}

/// The entity's rows of a view, in the order of their keys; each column as serde reads it.
fn rows(model: &Model, view: &View, time: Type) -> String {
    let envelope = Envelope::of(&model.store).map(|one| {
        let ty = match one {
            Envelope::Id => Some(model.store.id_type),
            Envelope::Version => None,
            Envelope::CreatedAt | Envelope::ModifiedAt => Some(time),
        };
        let name = ident(one.name());
        ty.map_or_else(|| format!("v.{name}"), |ty| written(&name, ty, false))
    });
    let own = view.parts().iter().chain(view.shown());
    let own = own.map(|Column { name, ty, kind, .. }| written(&ident(name), *ty, kind.is_many()));
    let columns: Vec<String> = envelope.chain(own).collect();
    let order: Vec<String> = view.parts().iter().map(|part| format!("v.{}", ident(&part.name))).collect();
    let order = if order.is_empty() { String::new() } else { format!("\nORDER BY {}", order.join(", ")) };
    format!(
        "SELECT\n{}\nFROM {} AS v\nWHERE v.{ID} = r.{ID}{order}",
        indent(&columns.join(",\n"), 2),
        qualified(&view.table),
    )
}

/// A column in the form from which `to_jsonb` makes what serde reads.
fn written(name: &str, ty: Type, many: bool) -> String {
    let write = part(&ty, Part::Write);
    let write = if many {
        format!(
            "SELECT coalesce(pg_catalog.jsonb_agg({write} ORDER BY es_place), '[]') \
             FROM pg_catalog.unnest(v.{name}) WITH ORDINALITY AS es_items(es_value, es_place)"
        )
    } else {
        format!("SELECT {write} FROM (SELECT v.{name}) AS es_column(es_value)")
    };
    let as_it_is = where_true(&ty, Fact::Unwritten, || format!("v.{name}"));
    as_it_is + &where_true(&ty, Fact::Written, || format!("({write}) AS {name}"))
}
