//! What the test says.

use es_rollup_core::evolve::{self, Diff};
use std::fmt::Write as _;

/// Everything that the test has to say, and whether anything is wrong.
#[doc(hidden)]
#[derive(Debug)]
pub struct Report {
    directory: String,
    test: String,
    text: String,
    is_fine: bool,
}

impl Report {
    pub(super) fn new(directory: &str, test: &str) -> Self {
        Self { directory: directory.into(), test: test.into(), text: String::new(), is_fine: true }
    }

    #[doc(hidden)]
    pub fn text(&self) -> &str {
        &self.text
    }

    #[doc(hidden)]
    pub const fn is_fine(&self) -> bool {
        self.is_fine
    }

    /// Something that is wrong.
    #[expect(clippy::needless_pass_by_value, reason = "the text is made for this")]
    pub(super) fn fault(&mut self, fault: String) {
        self.is_fine = false;
        let _ = writeln!(self.text, "error: {fault}");
    }

    fn hint(&mut self, what: &str, mode: &str) {
        let _ = writeln!(self.text, "  {what}:  ES_ROLLUP_MIGRATIONS={mode} cargo test {}", self.test);
    }

    /// A rollup without a migration.
    pub(super) fn not_installed(&mut self, table: &str, event: &str) {
        let directory = &self.directory;
        self.fault(format!("{table} ({event}) has no migration in {directory}/"));
        self.hint("write it", "write");
    }

    /// A rollup whose newest migration leads to another model than that of the enum.
    pub(super) fn lags(&mut self, table: &str, event: &str, between: [&str; 2], diff: &Diff, sql: &str) {
        let [from, to] = between;
        self.fault(format!("{table} lags behind {event}   {from} -> {to}"));
        self.changes(diff);
        let (statements, others) = evolve::statements(sql);
        for line in statements {
            let _ = writeln!(self.text, "  {line}");
        }
        let _ = writeln!(self.text, "  (functions and checks: {others} lines)");
        if diff.is_breaking() {
            self.hint("it is breaking; if that is meant", "write:breaking");
        } else {
            self.hint("write it", "write");
        }
    }

    /// A breaking change that is not asked for.
    pub(super) fn breaks(&mut self, event: &str, between: [&str; 2], diff: &Diff) {
        let [from, to] = between;
        self.fault(format!("{event} {from} -> {to} is breaking; nothing was written"));
        self.changes(diff);
        self.hint("if that is meant", "write:breaking");
    }

    fn changes(&mut self, diff: &Diff) {
        for line in diff.lines() {
            let _ = writeln!(self.text, "  {line}");
        }
    }

    /// Files that were written.
    pub(super) fn wrote(&mut self, names: &[String]) {
        for name in names {
            let _ = writeln!(self.text, "wrote {}/{name}", self.directory);
        }
    }

    /// Something that is worth knowing.
    pub(super) fn note(&mut self, note: &str) {
        let _ = writeln!(self.text, "note: {note}");
    }

    /// The file with the newest models is not as the migrations are.
    pub(super) fn heads_differ(&mut self) {
        let directory = &self.directory;
        self.fault(format!(
            "{directory}/{} is not what the migrations say",
            es_rollup_core::migrations::HEADS
        ));
        self.hint("write it", "write");
    }
}
