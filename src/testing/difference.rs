//! The report when the two folds differ.

use super::compare::{Compared, Comparison, Pair};
use super::stream::{Folded, Stream, Testable};
use serde_json::Value;
use std::fmt::{self, Debug, Write};

pub(super) const RUST: &str = "Rust";
pub(super) const POSTGRESQL: &str = "PostgreSQL";

/// The two folds differ; its text says where.
#[derive(Clone, PartialEq, Eq)]
pub struct Difference {
    text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

/// The text unchanged, since tests that return an error show it by `Debug`.
impl Debug for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Difference {}

/// One of the two sides.
pub(super) enum Side {
    /// The columns' names with their displayed values.
    Columns(Vec<(&'static str, String)>),
    /// Neither a state nor an error.
    Nothing(&'static str),
    Refused(String),
}

impl Side {
    pub(super) fn rust<E: Testable>(comparison: &Comparison, folded: &Folded<E>) -> Self {
        match folded {
            Ok(Some(state)) => {
                let held = comparison.held::<E>(state);
                Self::Columns(held.into_iter().map(|(name, held)| (name, held.shown())).collect())
            }
            Ok(None) => Self::Nothing("no state"),
            Err(error) => {
                let column = error.column.map_or_else(String::new, |column| format!(", column {column}"));
                let head = format!("{:?} at event {}{column}", error.kind, error.sequence);
                Self::Refused(format!("{head}\nmessage: {error}"))
            }
        }
    }

    pub(super) fn row(row: Option<&[Compared]>) -> Self {
        match row {
            Some(row) => {
                Self::Columns(row.iter().map(|column| (column.name, shown(column.row.as_deref()))).collect())
            }
            None => Self::Nothing("no row"),
        }
    }
}

/// A value of the database.
fn shown(value: Option<&str>) -> String {
    value.unwrap_or("NULL").to_owned()
}

/// Where to look when events do not survive serde.
const SERDE: &str = "hint: PostgreSQL folds what serde writes. Look for anything that affects only one side: a hand-written \
    `Serialize` or `Deserialize`, `serialize_with`, `skip_serializing`, an `Option` of a float that is not finite.";

/// Where to look when floats come back different.
const FLOATS: &str = "hint: serde_json reads floats exactly only with its feature `float_roundtrip`; enable it: \
    `serde_json = { version = \"1\", features = [\"float_roundtrip\"] }`.";

impl Difference {
    /// The difference for events that do not survive serde.
    pub(super) fn of_serde(head: &str, stream: &Stream, folded: &str, pairs: &[Pair]) -> Self {
        let columns = columns_that_differ(["before", "after"], pairs);
        let hint = if only_floats_differ(pairs) { FLOATS } else { SERDE };
        Self::written(head, stream, folded, &format!("{columns}{hint}"))
    }

    /// Adds the hint for events that do not survive serde.
    pub(super) fn with_hint(mut self) -> Self {
        let _ = write!(self.text, "\n{SERDE}");
        self
    }

    /// The difference for a row that is not the fold.
    pub(super) fn of_columns(head: &str, stream: &Stream, inserted: &str, row: &[Compared]) -> Self {
        let columns = row.iter().map(|column| Pair {
            name: column.name,
            values: [shown(column.rust.as_deref()), shown(column.row.as_deref())],
            is_equal: column.is_equal,
        });
        let columns = columns_that_differ([RUST, POSTGRESQL], &columns.collect::<Vec<_>>());
        Self::written(head, stream, inserted, &columns)
    }

    /// The difference between two sides, each with its name.
    pub(super) fn new(head: &str, stream: &Stream, inserted: &str, sides: &[(&str, Side); 2]) -> Self {
        let [left, right] = sides.each_ref().map(side);
        Self::written(head, stream, inserted, &format!("{left}\n{right}"))
    }

    /// The difference if serde cannot read the events, so there is nothing to compare.
    pub(super) fn unreadable(stream: &Stream, error: &str) -> Self {
        let head = "serde does not read back what it writes";
        let hint = if error.contains("128") { WIDE } else { SERDE };
        Self::written(head, stream, "as PostgreSQL stores them", &format!("error: {error}\n{hint}"))
    }

    fn written(head: &str, stream: &Stream, how: &str, body: &str) -> Self {
        let mut text = format!("{head}\n\nevents of entity {}, {how}:\n", stream.id);
        for (event, sequence) in stream.events.iter().zip(1..) {
            let _ = writeln!(text, "{sequence:>5}  {event}");
        }
        let _ = write!(text, "\n{}", body.trim_end());
        Self { text }
    }
}

/// Where to look when serde does not read integers of 128 bits.
const WIDE: &str = "hint: PostgreSQL stores the keys of an object in its own order. If the tag does not come first, serde \
    reads the keys before it into a buffer that cannot hold integers of 128 bits; use `u64`, or a decimal.";

fn side((name, side): &(&str, Side)) -> String {
    let (what, body) = match side {
        Side::Columns(columns) => {
            let lines = columns.iter().map(|(name, value)| format!("{name}: {value}"));
            ("has the state", lines.collect::<Vec<_>>().join("\n"))
        }
        Side::Nothing(what) => return format!("{name} has {what}\n"),
        Side::Refused(why) => ("refuses", why.clone()),
    };
    format!("{name} {what}:\n  {}\n", body.replace('\n', "\n  "))
}

fn columns_that_differ(names: [&str; 2], columns: &[Pair]) -> String {
    let width = names.map(str::len).into_iter().max().unwrap_or_default() + 1;
    let mut text = String::new();
    for Pair { name, values, .. } in columns.iter().filter(|column| !column.is_equal) {
        let _ = writeln!(text, "column {name}");
        for (name, value) in names.iter().zip(values) {
            let _ = writeln!(text, "  {:<width$} {value}", format!("{name}:"));
        }
        if values[0] == values[1] {
            text.push_str("  Rust keeps nanoseconds in this column, PostgreSQL only microseconds\n");
        }
    }
    match columns.iter().filter(|column| column.is_equal).count() {
        0 => {}
        1 => text.push_str("the other column is equal\n"),
        equal => {
            let _ = writeln!(text, "the other {equal} columns are equal");
        }
    }
    text
}

/// Whether only floats differ.
fn only_floats_differ(pairs: &[Pair]) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    pairs.iter().filter(|pair| !pair.is_equal).all(|pair| {
        let [one, other] = pair.values.each_ref().map(|text| value(text));
        one.zip(other).is_some_and(|(one, other)| are_alike(&one, &other))
    })
}

/// Whether two values are the same apart from their floats.
fn are_alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || (one.is_f64() && other.is_f64()),
        (Value::Array(ones), Value::Array(others)) => {
            ones.len() == others.len() && ones.iter().zip(others).all(|(one, other)| are_alike(one, other))
        }
        (Value::Object(ones), Value::Object(others)) => {
            ones.len() == others.len()
                && ones.iter().all(|(key, one)| others.get(key).is_some_and(|other| are_alike(one, other)))
        }
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::{Pair, columns_that_differ, only_floats_differ};

    fn pair(name: &'static str, one: &str, other: &str) -> Pair {
        Pair { name, values: [one.into(), other.into()], is_equal: one == other }
    }

    #[test]
    fn only_columns_that_differ_are_shown() {
        let columns = [pair("role", "\"a: b\"", "NULL"), pair("tags", "[]", "[]"), pair("type", "1", "1")];
        assert_eq!(
            columns_that_differ(["Rust", "PostgreSQL"], &columns),
            "column role\n  Rust:       \"a: b\"\n  PostgreSQL: NULL\nthe other 2 columns are equal\n"
        );
    }

    #[test]
    fn floats_are_told_from_what_else_differs() {
        let differing = |one, other| only_floats_differ(&[pair("id", "7", "7"), pair("c", one, other)]);
        assert!(differing("[1,{\"a\":0.1}]", "[1,{\"a\":0.2}]"));
        assert!(!differing("[1,{\"a\":0.1}]", "[2,{\"a\":0.2}]"));
        assert!(!differing("0.1", "NULL"));
    }
}
