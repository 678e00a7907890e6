//! The faults of a model, and the checks of texts and names.

use crate::emit::ended_quote;
use crate::model::Table;

/// The longest identifier that PostgreSQL does not truncate
/// (<https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>).
pub const LONGEST_NAME: usize = 63;

pub(super) struct Faults(pub(super) Vec<String>);

impl Faults {
    pub(super) fn add(&mut self, fault: String) {
        self.0.push(fault);
    }

    /// Text that goes into a literal or a comment.
    pub(super) fn text(&mut self, what: &str, text: &str) {
        if text.chars().any(char::is_control) {
            self.add(format!("{what} {text:?} contains a control character"));
        }
        if let Some(tag) = ended_quote(text) {
            self.add(format!("{what} {text:?} contains {tag}, which quotes the emitted SQL"));
        }
        if text.contains('\\') {
            self.add(format!("{what} {text:?} contains a backslash"));
        }
    }

    /// The name of a database object.
    pub(super) fn name(&mut self, what: &str, name: &str, suffix: &str) {
        self.text(what, name);
        if name.is_empty() {
            self.add(format!("{what} has no name"));
        }
        let length = name.len() + suffix.len();
        if length > LONGEST_NAME {
            let with = if suffix.is_empty() { String::new() } else { format!(" with the suffix {suffix}") };
            self.add(format!(
                "{what} {name:?} is {length} bytes long{with}; PostgreSQL truncates names after {LONGEST_NAME} bytes"
            ));
        }
    }

    pub(super) fn table(&mut self, what: &str, table: &Table, suffix: &str) {
        self.name(&format!("{what}'s schema"), &table.schema, "");
        self.name(what, &table.name, suffix);
    }
}
