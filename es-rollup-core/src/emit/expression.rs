//! The values of columns, as SQL expressions.

use super::names::{Event, ROW};
use super::text::{ident, literal, part, where_true};
use crate::model::{Column, Fact, Kind, Literal, Model, Operation, Part, Source};

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

/// A counter's new value. If its type is bounded, the sum is made in integers and [`in_bounds`] has to be true before;
/// otherwise it is `numeric`, and the type has to hold the result.
fn sum(column: &Column, current: &str, sign: char, value: &str) -> String {
    where_true(&column.ty, Fact::Bounded, || format!("{current} {sign} {}", operand(value)))
        + &where_true(&column.ty, Fact::Unbounded, || format!("{current}::numeric {sign} ({value})::numeric"))
}

/// Whether a bounded counter stays within its bounds, without a sum that could overflow; `None` if the operation does not
/// count.
pub(super) fn in_bounds(column: &Column, operation: Operation, current: &str, value: &str) -> Option<String> {
    let [lowest, highest] =
        [Part::Lowest, Part::Highest].map(|bound| format!("'{}'::bigint", part(&column.ty, bound)));
    let value = operand(value);
    let (up, down) = match operation {
        Operation::Increment => {
            (format!("{current} <= ({highest} - {value})"), format!("{current} >= ({lowest} - {value})"))
        }
        Operation::Decrement => {
            (format!("{current} >= ({lowest} + {value})"), format!("{current} <= ({highest} + {value})"))
        }
        Operation::Set
        | Operation::SetOrKeep
        | Operation::Clear
        | Operation::Max
        | Operation::Min
        | Operation::Toggle
        | Operation::Add
        | Operation::Remove
        | Operation::Push => return None,
    };
    Some(match value.parse::<i64>() {
        Ok(0..) => up,
        Ok(_) | Err(_) => format!("CASE WHEN {value} >= 0 THEN {up} ELSE {down} END"),
    })
}

/// The value as an operand: in parentheses, unless it is a name or a number.
fn operand(value: &str) -> String {
    let is_simple = |one: char| one.is_ascii_alphanumeric() || ['_', '.', '"'].contains(&one);
    if value.chars().all(is_simple) { value.into() } else { format!("({value})") }
}

/// The column's new value, from its current value and an operand, both expressions.
pub(super) fn expression(column: &Column, operation: Operation, current: &str, value: &str) -> String {
    let collation = || part(&column.ty, Part::Collation);
    let equality = || part(&column.ty, Part::Equality);
    match operation {
        Operation::Set => value.into(),
        Operation::SetOrKeep => format!("coalesce({value}, {current})"),
        Operation::Clear => empty(column).into(),
        Operation::Increment => sum(column, current, '+', value),
        Operation::Decrement => sum(column, current, '-', value),
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
