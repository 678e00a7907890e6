//! How a difference is shown to people.

use super::{Change, Diff};
use crate::emit::TODO;

impl Diff {
    /// Whether something is lost, or programs with the old model fail.
    pub fn is_breaking(&self) -> bool {
        self.changes.iter().any(Change::is_breaking)
    }

    /// A line for each change, in columns.
    pub fn lines(&self) -> Vec<String> {
        let widest = |length: fn(&Change) -> usize| self.changes.iter().map(length).max().unwrap_or_default();
        let names = widest(|change| change.name.chars().count());
        let whats = widest(|change| change.what.word().len());
        let line = |change: &Change| {
            format!(
                "{} {:whats$}  {:names$}  {:10}  {}",
                change.sign.character(),
                change.what.word(),
                change.name,
                change.class.word(),
                change.note
            )
        };
        self.changes.iter().map(line).collect()
    }
}

/// The lines of a migration that say what happens to the rollup's tables, and how many others there are. What exists only
/// while rows are filled is none of them.
pub fn statements(sql: &str) -> (Vec<&str>, usize) {
    let of_a_fill = format!("{TODO}\"");
    let is_statement = |line: &&str| {
        ["ALTER TABLE ", "CREATE TABLE ", "CREATE INDEX ", "DROP TABLE ", "DROP INDEX "]
            .iter()
            .any(|begin| line.starts_with(begin))
            && !line.contains(&of_a_fill)
    };
    let statements: Vec<&str> = sql.lines().filter(is_statement).collect();
    let others = sql.lines().count() - statements.len();
    (statements, others)
}
