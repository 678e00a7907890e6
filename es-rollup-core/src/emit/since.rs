//! What other transactions have done to a table since the snapshot with which a query looks at the catalogue.
//!
//! PostgreSQL itself always goes by the newest catalogue. A query sees that of its snapshot, which at REPEATABLE READ is
//! as old as the transaction, and otherwise as old as the statement, which may have waited for a lock.

use super::text::indent;
use super::transaction::replaced;

/// Whether anything may have been put on a table that the query does not see. `c` is the table's row in `pg_class`.
///
/// The first trigger, a rule, a policy, a check, a column, a partition or a child replace that row, and a change of a column
/// replaces the column's. An index does not, but is counted in their size. Another trigger leaves no trace.
pub(super) fn unseen(table: &str, spaces: usize) -> String {
    let text = format!(
        "{class}
OR EXISTS (
  SELECT FROM pg_attribute AS a
  WHERE a.attrelid = {table} AND a.attnum > 0 AND {column}
)
OR pg_indexes_size({table}) >
  (SELECT coalesce(sum(pg_total_relation_size(i.indexrelid)), 0) FROM pg_index AS i WHERE i.indrelid = {table})
OR c.relhastriggers AND current_setting('transaction_isolation') IN ('repeatable read', 'serializable')",
        class = replaced("c"),
        column = indent(&replaced("a"), 4).trim_start(),
    );
    indent(&text, spaces)
}
