//! Checks that a fill has added and validated before its end: what they prove is not looked at again.

use super::super::names::Names;
use super::super::text::{ident, indent, literal};
use super::Between;

/// The check of all columns that are to be required: PostgreSQL takes it as a proof.
pub(super) const REQUIRED: &str = "es_required";

/// Does something unless the table has the check.
pub(super) fn unless_checked(table: &str, constraint: &str, statement: &str) -> String {
    format!(
        "IF NOT EXISTS (
  SELECT FROM pg_constraint AS c WHERE c.conrelid = to_regclass({}) AND c.conname = {}
) THEN
{}
END IF;
",
        literal(table),
        literal(constraint),
        indent(statement.trim_end(), 2),
    )
}

/// Drops the proof, once the columns are required.
pub(super) fn required_no_more(table: &str) -> String {
    format!("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {};\n", ident(REQUIRED))
}

/// Drops the proof that a fill has left which has not ended.
pub(super) fn left_by_a_fill(between: &Between<'_>, table: &str) -> String {
    format!(
        "IF to_regclass({}) IS NOT NULL THEN
  {}END IF;
",
        literal(&Names::new(&between.new.store, &between.new.root).todo),
        required_no_more(table),
    )
}
