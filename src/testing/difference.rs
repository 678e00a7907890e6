//! The report when the two folds differ.

use super::compare::{Compared, HeldBy, Pair};
use super::stream::{Folded, Stream, Testable};
use super::tables::{ComparedRows, Role, Tables};
use serde_json::Value;
use std::fmt::{self, Debug, Write};

pub(super) const RUST: &str = "Rust";
pub(super) const POSTGRESQL: &str = "PostgreSQL";

/// What the two sides of a comparison are called.
struct Sides {
    names: [&'static str; 2],
    /// Where a row is that the other side does not have.
    only: [&'static str; 2],
}

const FOLDS: Sides = Sides { names: [RUST, POSTGRESQL], only: ["is only in Rust", "is only in PostgreSQL"] };

const AROUND_SERDE: Sides =
    Sides { names: ["before", "after"], only: ["is only there before", "is only there after"] };

/// How many rows of a table are shown.
const SHOWN: usize = 3;

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
    pub(super) fn rust<E: Testable>(tables: &Tables, folded: &Folded<E>) -> Self {
        match folded {
            Ok(Some(state)) => {
                let held = tables.held::<E>(state);
                Self::Columns(held.into_iter().map(|(name, held)| (name, held.shown())).collect())
            }
            Ok(None) => Self::Nothing("no state"),
            Err(error) => {
                let named = |what, name: Option<&str>| name.map(|name| format!(", {what} {name}"));
                let (view, column) = (named("view", error.view), named("column", error.column));
                let about = view.unwrap_or_default() + &column.unwrap_or_default();
                let head = format!("{:?} at event {}{about}", error.kind, error.sequence);
                Self::Refused(format!("{head}\nmessage: {error}"))
            }
        }
    }

    /// What the database has of the entity's own row.
    pub(super) fn root(tables: &[ComparedRows]) -> Self {
        let row = tables.iter().find(|table| table.role == Role::Root).and_then(|root| root.rows.first());
        match row.filter(|row| row.held_by != HeldBy::First) {
            Some(row) => Self::Columns(row.side(1)),
            None => Self::Nothing("no row"),
        }
    }
}

/// Where to look when events do not survive serde.
const SERDE: &str = "hint: PostgreSQL folds what serde writes. Look for anything that affects only one side: a hand-written \
    `Serialize` or `Deserialize`, `serialize_with`, `skip_serializing`, an `Option` of a float that is not finite.";

/// Where to look when floats come back different.
const FLOATS: &str = "hint: serde_json reads floats exactly only with its feature `float_roundtrip`; enable it: \
    `serde_json = { version = \"1\", features = [\"float_roundtrip\"] }`.";

impl Difference {
    /// The difference for events that do not survive serde.
    pub(super) fn of_serde(head: &str, stream: &Stream, folded: &str, table: &ComparedRows) -> Self {
        let place = match table.role {
            Role::Root => None,
            Role::View | Role::History => Some(table.table),
        };
        let rows = rows_that_differ(&AROUND_SERDE, &table.rows, place);
        let hint = if only_floats_differ(&table.rows) { FLOATS } else { SERDE };
        Self::written(head, stream, folded, &format!("{rows}{hint}"))
    }

    /// Adds the hint for events that do not survive serde.
    pub(super) fn with_hint(mut self) -> Self {
        let _ = write!(self.text, "\n{SERDE}");
        self
    }

    /// The difference for a table whose rows are not those of the fold.
    pub(super) fn of_table(stream: &Stream, inserted: &str, compared: &ComparedRows) -> Self {
        let ComparedRows { role, table, rows } = compared;
        let is_single = rows.iter().all(|row| row.key.is_empty());
        let head = match role {
            Role::Root | Role::View if is_single => {
                format!("the row in {table} is not the fold of its events")
            }
            Role::Root | Role::View => format!("the rows in {table} are not the fold of their events"),
            Role::History => {
                format!("the rows in {table} are not the folds of the events up to their versions")
            }
        };
        let body = match (role, rows.first().map(|row| (row.held_by, row))) {
            (Role::Root, Some((HeldBy::First, row))) => {
                two_sides(&[(RUST, Side::Columns(row.side(0))), (POSTGRESQL, Side::Nothing("no row"))])
            }
            (Role::Root, Some((HeldBy::Second, row))) => {
                two_sides(&[(RUST, Side::Nothing("no state")), (POSTGRESQL, Side::Columns(row.side(1)))])
            }
            (Role::Root | Role::View | Role::History, _) => rows_that_differ(&FOLDS, rows, None),
        };
        Self::written(&head, stream, inserted, &body)
    }

    /// The difference between two sides, each with its name.
    pub(super) fn new(head: &str, stream: &Stream, inserted: &str, sides: &[(&str, Side); 2]) -> Self {
        Self::written(head, stream, inserted, &two_sides(sides))
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

fn two_sides(sides: &[(&str, Side); 2]) -> String {
    let [left, right] = sides.each_ref().map(side);
    format!("{left}\n{right}")
}

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

/// The rows of a table that differ. `place`: the table, if nothing before says which one it is.
fn rows_that_differ(sides: &Sides, rows: &[Compared], place: Option<&str>) -> String {
    let (equal, differing): (Vec<&Compared>, Vec<&Compared>) = rows.iter().partition(|row| row.is_equal());
    let mut shown: Vec<String> = differing.iter().take(SHOWN).map(|row| one_row(sides, row, place)).collect();
    let more = match differing.len().saturating_sub(SHOWN) {
        0 => None,
        1 => Some("one more row differs\n".to_owned()),
        more => Some(format!("{more} more rows differ\n")),
    };
    let others = match equal.len() {
        0 => None,
        1 => Some("the other row is equal\n".to_owned()),
        equal => Some(format!("the other {equal} rows are equal\n")),
    };
    let rest: String = more.into_iter().chain(others).collect();
    shown.extend(Some(rest).filter(|rest| !rest.is_empty()));
    shown.join("\n")
}

/// A row that differs.
fn one_row(sides: &Sides, row: &Compared, place: Option<&str>) -> String {
    let place = place.map(|table| format!("in {table}, ")).unwrap_or_default();
    let name = match row.key.as_str() {
        "" => "the row".to_owned(),
        key => format!("the row with {key}"),
    };
    let only = |side: usize| {
        let columns = row.side(side).into_iter().map(|(name, value)| format!("  {name}: {value}\n"));
        format!("{place}{name} {}:\n{}", sides.only[side], columns.collect::<String>())
    };
    match row.held_by {
        HeldBy::First => only(0),
        HeldBy::Second => only(1),
        // Where there can be only one row, its columns say enough.
        HeldBy::Both if place.is_empty() && row.key.is_empty() => {
            columns_that_differ(sides.names, &row.pairs)
        }
        HeldBy::Both => format!("{place}{name}:\n{}", columns_that_differ(sides.names, &row.pairs)),
    }
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
fn only_floats_differ(rows: &[Compared]) -> bool {
    let value = |text: &str| serde_json::from_str::<Value>(text).ok();
    let alike = |pair: &Pair| {
        let [one, other] = pair.values.each_ref().map(|text| value(text));
        pair.is_equal || one.zip(other).is_some_and(|(one, other)| are_alike(&one, &other))
    };
    rows.iter().all(|row| row.held_by == HeldBy::Both && row.pairs.iter().all(alike))
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
    use super::{AROUND_SERDE, Compared, FOLDS, HeldBy, Pair, only_floats_differ, rows_that_differ};

    fn pair(name: &'static str, one: &str, other: &str) -> Pair {
        Pair { name, values: [one.into(), other.into()], is_equal: one == other }
    }

    fn row(key: &str, held_by: HeldBy, pairs: &[Pair]) -> Compared {
        Compared { key: key.into(), held_by, pairs: pairs.to_vec() }
    }

    #[test]
    fn only_columns_that_differ_are_shown() {
        let columns = [pair("role", "\"a: b\"", "NULL"), pair("tags", "[]", "[]"), pair("type", "1", "1")];
        let shown =
            "column role\n  Rust:       \"a: b\"\n  PostgreSQL: NULL\nthe other 2 columns are equal\n";
        let one = row("", HeldBy::Both, &columns);
        assert_eq!(rows_that_differ(&FOLDS, &[one], None), shown);
    }

    #[test]
    fn only_rows_that_differ_are_shown_and_not_all_of_them() {
        let differs = [pair("a", "1", "1"), pair("b", "1", "2")];
        let same = row("a 9", HeldBy::Both, &differs[..1]);
        let rows = [
            row("a 1", HeldBy::Both, &differs),
            row("a 2", HeldBy::First, &differs[..1]),
            row("a 3", HeldBy::Second, &differs[1..]),
            row("a 4", HeldBy::Both, &differs),
            same.clone(),
        ];
        let shown = "the row with a 1:
column b
  before: 1
  after:  2
the other column is equal

the row with a 2 is only there before:
  a: 1

the row with a 3 is only there after:
  b: 2
";
        assert_eq!(rows_that_differ(&AROUND_SERDE, &rows[..3], None), shown);
        let more = rows_that_differ(&AROUND_SERDE, &rows, None);
        assert_eq!(more, format!("{shown}\none more row differs\nthe other row is equal\n"));
        let place = rows_that_differ(&FOLDS, &[row("", HeldBy::First, &[]), same.clone(), same], Some("t"));
        assert_eq!(place, "in t, the row is only in Rust:\n\nthe other 2 rows are equal\n");
    }

    #[test]
    fn floats_are_told_from_what_else_differs() {
        let compared = |one, other| row("", HeldBy::Both, &[pair("id", "7", "7"), pair("c", one, other)]);
        let differing = |one, other| only_floats_differ(&[compared(one, other)]);
        assert!(differing("[1,{\"a\":0.1}]", "[1,{\"a\":0.2}]"));
        assert!(!differing("[1,{\"a\":0.1}]", "[2,{\"a\":0.2}]"));
        assert!(!differing("0.1", "NULL"));
        assert!(!only_floats_differ(&[row("", HeldBy::First, &[])]));
    }
}
