//! The rollup table.

use super::constraints;
use super::names::Names;
use super::text::{FINGERPRINT, ident, literal, part, where_true};
use crate::model::{Column, Fact, Model, Part, View};

/// The fixed columns, in the order in which they stand before the view's own.
pub(super) const ENVELOPE: [&str; 4] = ["id", "version", "created_at", "modified_at"];

/// Every column of the table, quoted.
pub(super) fn columns(view: &View) -> Vec<String> {
    ENVELOPE.into_iter().chain(view.columns.iter().map(|column| column.name.as_str())).map(ident).collect()
}

/// A column's type: its values', or an array of them.
pub(super) fn type_name(column: &Column) -> String {
    let array = if column.kind.is_many() { "[]" } else { "" };
    format!("{}{array}", part(&column.ty, Part::Name))
}

/// Holds a column to the values that its type lists: a row that is written by hand must not have one that
/// Rust cannot read.
fn check(column: &Column) -> String {
    let (name, values) = (ident(&column.name), || part(&column.ty, Part::Values));
    let each = || format!(" CHECK ({name} <@ ARRAY[{}]::{})", values(), type_name(column));
    if column.kind.is_many() {
        return where_true(&column.ty, Fact::OneOfValues, each);
    }
    let one = where_true(&column.ty, Fact::OneOfValues, || format!(" CHECK ({name} IN ({}))", values()));
    one + &where_true(&column.ty, Fact::ArrayOfValues, each)
}

/// What the table's comment begins with; the fingerprint follows.
pub(super) const COMMENT: &str = "es-rollup ";

pub(super) fn table(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let mut lines = vec![
        format!("\"id\" {} NOT NULL", part(&model.store.id_type, Part::Name)),
        "\"version\" bigint NOT NULL".into(),
        "\"created_at\" timestamp with time zone NOT NULL".into(),
        "\"modified_at\" timestamp with time zone NOT NULL".into(),
    ];
    for column in &view.columns {
        let null = if column.nullable { "" } else { " NOT NULL" };
        lines.push(format!("{} {}{null}{}", ident(&column.name), type_name(column), check(column)));
    }
    lines.push(format!("CONSTRAINT {} PRIMARY KEY (\"id\")", names.primary_key));
    lines.extend(constraints::in_table(view));
    let comment = format!(
        "{COMMENT}{FINGERPRINT}: the current state of each entity in {}, folded from its events ({})",
        names.events, model.event
    );
    format!(
        "{remark}
CREATE TABLE IF NOT EXISTS {rollup} (
  {lines}
) WITH (fillfactor = 75);
COMMENT ON TABLE {rollup} IS {comment};
{indexes}",
        remark = constraints::comment(view),
        rollup = names.rollup,
        lines = lines.join(",\n  "),
        comment = literal(&comment),
        indexes = constraints::indexes(model, view),
    )
}
