//! What is said when the two folds differ.

use super::outcome::Refused;
use super::stream::{Folded, Stream, Testable};
use crate::Rollup;
use std::fmt::{self, Debug, Write};

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

/// The text as it is, since tests that return an error show it by `Debug`.
impl Debug for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text)
    }
}

impl std::error::Error for Difference {}

/// One of the two sides.
pub(super) enum Side<'a, S> {
    State(&'a S),
    /// Neither a state nor an error.
    Nothing(&'static str),
    Refused(String),
}

impl<'a, S> Side<'a, S> {
    pub(super) fn rust<E: Rollup<State = S, Id: Debug>>(folded: &'a Folded<E>) -> Self {
        match folded {
            Ok(Some(state)) => Self::State(state),
            Ok(None) => Self::Nothing("no state"),
            Err(error) => {
                let column = error.column.map_or_else(String::new, |column| format!(", column {column}"));
                let head = format!("{:?} at event {}{column}", error.kind, error.sequence);
                Self::Refused(format!("{head}\nmessage: {error}"))
            }
        }
    }

    pub(super) fn row(row: Option<&'a S>) -> Self {
        row.map_or(Self::Nothing("no row"), Self::State)
    }

    pub(super) fn refused(refused: &Refused) -> Self {
        Self::Refused(refused.to_string())
    }
}

/// Where to look when events do not survive serde.
const SERDE: &str = "hint: PostgreSQL folds what serde writes. Look for what stands on one side only: a `Serialize` or \
    `Deserialize` by hand, `serialize_with`, `skip_serializing`, an `Option` of a float that is not finite.";

impl Difference {
    /// With the hint for events that do not survive serde.
    pub(super) fn of_serde(mut self) -> Self {
        let _ = write!(self.text, "\n{SERDE}");
        self
    }

    /// Between two sides, each with its name.
    pub(super) fn new<E: Testable>(
        head: &str,
        stream: &Stream,
        inserted: &str,
        sides: &[(&str, Side<'_, E::State>); 2],
    ) -> Self {
        let mut text = format!("{head}\n\nevents of entity {}, {inserted}:\n", stream.id);
        for (event, sequence) in stream.events.iter().zip(1..) {
            let _ = writeln!(text, "{sequence:>5}  {event}");
        }
        text.push('\n');
        let compared = match sides {
            [(left, Side::State(one)), (right, Side::State(other))] => columns((left, *one), (right, *other)),
            [left, right] => format!("{}\n{}", side(left), side(right)),
        };
        text.push_str(compared.trim_end());
        Self { text }
    }

    /// Where there is nothing to be compared.
    pub(super) fn unreadable(stream: &Stream, error: &str) -> Self {
        let mut text =
            format!("serde does not read back what it writes\n\nevents of entity {}:\n", stream.id);
        for (event, sequence) in stream.events.iter().zip(1..) {
            let _ = writeln!(text, "{sequence:>5}  {event}");
        }
        let _ = write!(text, "\nerror: {error}\n{SERDE}");
        Self { text }
    }
}

fn side<S: Debug>((name, side): &(&str, Side<'_, S>)) -> String {
    let (what, body) = match side {
        Side::State(state) => ("has the state", format!("{state:#?}")),
        Side::Nothing(what) => return format!("{name} has {what}\n"),
        Side::Refused(why) => ("refuses", why.clone()),
    };
    format!("{name} {what}:\n  {}\n", body.replace('\n', "\n  "))
}

/// The columns in which two states differ.
fn columns<S: Debug>((left, one): (&str, &S), (right, other): (&str, &S)) -> String {
    let (texts, names) = ([format!("{one:#?}"), format!("{other:#?}")], [left, right]);
    let [ours, theirs] = texts.each_ref().map(|text| fields(text));
    let width = left.len().max(right.len()) + 1;
    let alike = ours.len() == theirs.len() && ours.iter().zip(&theirs).all(|(one, other)| one.0 == other.0);
    let differing: Vec<_> = ours.iter().zip(&theirs).filter(|(one, other)| one.1 != other.1).collect();
    if !alike || differing.is_empty() {
        // `Debug` hides it, or is written by hand: everything is shown.
        let whole = names.iter().zip(&texts).map(|(name, text)| format!("{name}:\n{text}\n"));
        return whole.collect();
    }
    let mut text = String::new();
    for ((column, one), (_, other)) in &differing {
        let _ = writeln!(text, "column {column}");
        for (name, value) in names.iter().zip([one, other]) {
            let _ = writeln!(text, "  {:<width$} {value}", format!("{name}:"));
        }
    }
    match ours.len() - differing.len() {
        0 => {}
        1 => text.push_str("the other column is equal\n"),
        equal => {
            let _ = writeln!(text, "the other {equal} columns are equal");
        }
    }
    text
}

/// Names and values of a struct's fields, from what `{:#?}` makes of it; none where it is written otherwise.
fn fields(pretty: &str) -> Vec<(&str, String)> {
    const MARGIN: &str = "    ";
    let mut fields: Vec<(&str, String)> = Vec::new();
    for line in pretty.lines() {
        let Some(line) = line.strip_prefix(MARGIN) else { continue };
        match (line.split_once(": "), fields.last_mut()) {
            (Some((name, value)), _)
                if name.chars().all(|it| it.is_alphanumeric() || it == '_' || it == '#') =>
            {
                fields.push((name, value.to_owned()));
            }
            (_, Some((_, value))) => append(value, line.trim_start()),
            (_, None) => {}
        }
    }
    for (_, value) in &mut fields {
        value.truncate(value.strip_suffix(',').map_or(value.len(), str::len));
    }
    fields
}

/// Puts a line of a value behind the ones before it, as `{:?}` would have written them.
fn append(value: &mut String, line: &str) {
    if line.starts_with([')', ']', '}']) && value.ends_with(',') {
        value.pop();
    }
    if !line.starts_with([')', ']']) && !value.ends_with(['(', '[']) {
        value.push(' ');
    }
    value.push_str(line);
}

#[cfg(test)]
mod tests {
    use super::{columns, fields};
    use std::fmt;

    #[derive(Debug)]
    #[allow(dead_code, reason = "they are shown")]
    struct Row {
        role: Option<&'static str>,
        tags: Vec<Option<i32>>,
        r#type: Inner,
    }

    #[derive(Debug)]
    #[allow(dead_code, reason = "they are shown")]
    struct Inner {
        text: &'static str,
        unit: (),
    }

    const ROW: Row = Row { role: Some("a: b"), tags: vec![], r#type: Inner { text: "x,", unit: () } };

    #[test]
    fn fields_are_written_in_one_line() {
        let row = Row { tags: vec![Some(1), None], ..ROW };
        let written = |value: &dyn fmt::Debug| format!("{value:?}");
        let expected =
            [("role", written(&row.role)), ("tags", written(&row.tags)), ("type", written(&row.r#type))];
        assert_eq!(fields(&format!("{row:#?}")), expected);
    }

    #[test]
    fn only_columns_that_differ_are_shown() {
        let other = Row { role: None, ..ROW };
        assert_eq!(
            columns(("Rust", &ROW), ("PostgreSQL", &other)),
            "column role\n  Rust:       Some(\"a: b\")\n  PostgreSQL: None\nthe other 2 columns are equal\n"
        );
    }

    #[test]
    fn what_is_written_otherwise_is_shown_as_it_is() {
        assert_eq!(columns(("Rust", &1), ("PostgreSQL", &2)), "Rust:\n1\nPostgreSQL:\n2\n");
        assert_eq!(columns(("Rust", &ROW), ("PostgreSQL", &ROW)).matches("a: b").count(), 2);
    }
}
