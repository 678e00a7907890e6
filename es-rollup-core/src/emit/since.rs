//! What other transactions have done to a table since the snapshot with which a query looks at the catalogue.
//!
//! PostgreSQL itself always goes by the newest catalogue. A query sees that of its snapshot, which at REPEATABLE READ is
//! as old as the transaction, and otherwise as old as the statement, which may have waited for a lock.

use super::function::{Function, PINNED};
use super::names::Names;
use super::text::indent;
use super::transaction::replaced;
use crate::model::{Model, View};

/// Whether something may be on the table that is not seen. The table is an SQL expression.
pub(super) fn is_unseen(model: &Model, table: &str) -> String {
    format!("{}({table})", Names::new(&model.store, &model.root).unseen)
}

/// The function that finds out.
pub(super) fn unseen(model: &Model, view: &View) -> String {
    Function {
        remark: "-- Whether something may have been put on a table that a query does not see, because its snapshot is older than what
-- PostgreSQL itself goes by. The first trigger, a rule, a policy, a check, a column, a partition or a child replace the
-- table's row in pg_class, and a change of a column replaces that in pg_attribute: whoever did it is the xmax of the row
-- that is seen. An index is counted in the size of all. A further trigger leaves no trace.",
        name: &Names::new(&model.store, view).unseen,
        arguments: "es_table regclass",
        returns: "boolean",
        language: "sql",
        properties: &["STABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT EXISTS (
    SELECT FROM (
      SELECT c.xmax FROM pg_class AS c WHERE c.oid = es_table
      UNION ALL
      SELECT a.xmax FROM pg_attribute AS a WHERE a.attrelid = es_table AND a.attnum > 0
    ) AS r (es_xmax)
    WHERE {replaced}
  ) OR pg_indexes_size(es_table) > (
    SELECT coalesce(sum(pg_total_relation_size(i.indexrelid)), 0) FROM pg_index AS i WHERE i.indrelid = es_table
  ) OR current_setting('transaction_isolation') IN ('repeatable read', 'serializable') AND (
    SELECT c.relhastriggers FROM pg_class AS c WHERE c.oid = es_table
  )",
        replaced = indent(&replaced("r.es_xmax"), 4).trim_start(),
    ))
}
