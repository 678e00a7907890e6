//! The values of columns, as SQL expressions.

use super::names::{Event, ROW};
use super::text::{ident, literal, part};
use crate::model::{Column, Kind, Literal, Model, Operation, Part, Source};

/// What a column holds before the first event; `None` for NULL.
pub(super) fn initial(column: &Column) -> Option<String> {
    let empty = match column.kind {
        Kind::Value => return None,
        Kind::Counter | Kind::Set | Kind::List => empty(column),
    };
    Some(format!("{ROW}.{} := {empty};", ident(&column.name)))
}

/// The column without values.
pub(super) fn empty(column: &Column) -> &'static str {
    match column.kind {
        Kind::Value => "NULL",
        Kind::Counter => "0",
        Kind::Set | Kind::List => "'{}'",
    }
}

/// The same with the column's type.
pub(super) fn blank(column: &Column) -> String {
    let array = if column.kind.is_many() { "[]" } else { "" };
    format!("({})::{}{array}", empty(column), part(&column.ty, Part::Qualified))
}

/// A value that is written in the attribute.
pub(super) fn spelt(value: &Literal) -> String {
    match value {
        Literal::Bool(value) => value.to_string(),
        Literal::Integer(value) => value.to_string(),
        Literal::Text(value) => literal(value),
    }
}

/// A value that does not come from a field, as an expression.
pub(super) fn unread(model: &Model, source: &Source) -> Option<String> {
    let event = Event::new(&model.store);
    match source {
        Source::Literal(value) => Some(spelt(value)),
        Source::RecordedAt => Some(event.recorded_at),
        Source::Sequence => Some(format!("{}::bigint", event.sequence)),
        Source::Nothing | Source::Field(_) => None,
    }
}

/// The column's new value, from its current value and an operand, both expressions. The new value of a counter is
/// `numeric`, and has to be in the range of its type.
pub(super) fn expression(column: &Column, operation: Operation, current: &str, value: &str) -> String {
    let collation = || part(&column.ty, Part::Collation);
    let equality = || part(&column.ty, Part::Equality);
    match operation {
        Operation::Set => value.into(),
        Operation::SetOrKeep => format!("coalesce({value}, {current})"),
        Operation::Clear => empty(column).into(),
        Operation::Increment => format!("{current}::numeric + ({value})::numeric"),
        Operation::Decrement => format!("{current}::numeric - ({value})::numeric"),
        Operation::Max => format!("greatest({current}{}, {value})", collation()),
        Operation::Min => format!("least({current}{}, {value})", collation()),
        Operation::Toggle => format!("NOT coalesce({current}, false)"),
        Operation::Add => format!(
            "CASE WHEN {value} <> ALL ({current}{}) THEN array_append({current}, {value}) ELSE {current} END",
            equality()
        ),
        Operation::Remove => format!("array_remove({current}, {value}){}", equality()),
        Operation::Push => format!("array_append({current}, {value})"),
    }
}
