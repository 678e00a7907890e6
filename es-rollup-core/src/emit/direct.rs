//! Whether the trigger's function may find and write single rows by itself.
//!
//! It runs under the search path of the session, which it must not pass on. So it does not write a rollup on which
//! something runs code that may look up names: triggers, or expressions that call functions.
//!
//! PostgreSQL keeps the plans of a session's statements until it learns of new statistics. A plan that was made while a
//! table had next to no rows reads all of it, which becomes slow if the table grows within the session: each of many
//! rows then costs as much as the table is large. Testing for it costs nothing in plans that were made later.

use super::function::{Function, PINNED};
use super::names::Names;
use super::plain::is_alone;
use super::qualify::qualify;
use super::since::is_unseen;
use super::text::literal;
use crate::model::{Model, Order, View};

/// The size in bytes below which PostgreSQL may prefer to read a whole table.
const SMALL: u32 = 16 * 8192;

/// Whether single rows may be found and written: nobody has a trigger, a rule or a constraint on the tables, and no plan
/// reads a whole table that has grown.
pub(super) struct Direct {
    /// The variables of the condition, if it needs any.
    pub(super) declared: String,
    /// The condition.
    pub(super) condition: String,
}

/// The condition for the entity's own table.
///
/// If a table changes, PostgreSQL plans again what depends on it. The test of a table has to be planned again together
/// with the statements on that table, and at no other time: planned again because of another table, it would find the
/// table large, while the statements still have the plans for a small one. So if the condition looks at several tables,
/// each test is an expression of its own.
pub(super) fn direct(model: &Model, view: &View) -> Direct {
    let names = Names::new(&model.store, view);
    // The history is written by the same statement.
    let written = [view].into_iter().chain(&model.history).map(|view| is_alone(model, view));
    let alone = written.collect::<Vec<_>>().join(" AND ");
    let grown = |table: &str| {
        let table = format!("{}::regclass", literal(table));
        (format!("{}({table})", names.small), format!("pg_relation_size({table})"))
    };
    let events = model.has_delete() || model.store.order == Order::Increasing;
    if !events && model.history.is_none() {
        let (small, size) = grown(&names.rollup);
        return Direct {
            declared: String::new(),
            condition: qualify(&format!("{alone}\n    AND (NOT {small} OR {size} < {SMALL})")),
        };
    }
    let events = events.then_some(("es_events_grown", &names.events, "event table"));
    let tables = [("es_grown", &names.rollup, "rollup")].into_iter().chain(events);
    let (declared, tested): (Vec<String>, Vec<String>) = tables
        .map(|(name, table, what)| {
            let (small, size) = grown(table);
            let remark = format!("whether a plan may read the whole {what}, which has grown");
            let declared = format!("\n  {name} boolean := {small} AND {size} >= {SMALL};  -- {remark}");
            (declared, format!("NOT {name}"))
        })
        .unzip();
    Direct {
        declared: qualify(&declared.concat()),
        condition: qualify(&format!("{} AND {alone}", tested.join(" AND "))),
    }
}

/// Whether the plan of the statement that has this condition does not read a whole table that has grown. It becomes true
/// in plans that were made when the table was large. In a sub-query the size is read once, before any row.
pub(super) fn by_index(model: &Model, view: &View) -> String {
    let table = format!("{}::regclass", literal(&Names::new(&model.store, view).rollup));
    let small = Names::new(&model.store, &model.root).small;
    format!("(NOT {small}({table}) OR (SELECT pg_relation_size({table})) < {SMALL})")
}

/// The function that looks for what runs code.
pub(super) fn extended(model: &Model, view: &View) -> String {
    Function {
        remark: "-- Whether something on the rollup may run code that looks up names: a trigger, a policy, a rule, a domain, a partition or
-- a child, or an index, a constraint, statistics or a default with a function, an operator or an operator class that is
-- not PostgreSQL's own. Also true if something may be there that is not seen yet. Declared IMMUTABLE so that it becomes a
-- constant in the plans that call it: each of them depends on the table by its name, and is made again when the table
-- changes.",
        name: &Names::new(&model.store, view).extended,
        arguments: "es_rollup regclass",
        returns: "boolean",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT {unseen}
    OR EXISTS (SELECT FROM pg_trigger AS t WHERE t.tgrelid = es_rollup AND NOT t.tgisinternal)
    OR EXISTS (
      SELECT FROM pg_class AS c
      WHERE c.oid = es_rollup AND (c.relforcerowsecurity OR c.relhasrules
        OR c.relrowsecurity AND pg_get_userbyid(c.relowner) <> current_user
        OR c.relispartition)
    )
    OR EXISTS (SELECT FROM pg_inherits AS i WHERE i.inhparent = es_rollup)
    OR EXISTS (
      SELECT FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
      WHERE a.attrelid = es_rollup AND NOT a.attisdropped AND t.typtype = 'd'
    )
    OR EXISTS (
      SELECT FROM (
        SELECT 'pg_class'::regclass, i.indexrelid FROM pg_index AS i WHERE i.indrelid = es_rollup
        UNION ALL
        SELECT 'pg_constraint'::regclass, c.oid FROM pg_constraint AS c WHERE c.conrelid = es_rollup
        UNION ALL
        SELECT 'pg_attrdef'::regclass, a.oid FROM pg_attrdef AS a WHERE a.adrelid = es_rollup
        UNION ALL
        SELECT 'pg_statistic_ext'::regclass, s.oid FROM pg_statistic_ext AS s WHERE s.stxrelid = es_rollup
      ) AS o (es_class, es_object) CROSS JOIN LATERAL (
        SELECT FROM pg_depend AS d
        WHERE d.classid = o.es_class AND d.objid = o.es_object AND (
          d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass, 'pg_opclass'::regclass)
          OR d.refclassid = 'pg_type'::regclass
            AND (SELECT t.typtype FROM pg_type AS t WHERE t.oid = d.refobjid) = 'd'
        )
        OFFSET 0
      ) AS d
    )",
        unseen = is_unseen(model, "es_rollup"),
    ))
}

/// The function that looks at the size and at the statistics.
pub(super) fn small(model: &Model, view: &View) -> String {
    Function {
        remark: "-- Whether a table is so small that a plan may read all of it. Declared IMMUTABLE so that it becomes a constant in the
-- plans that call it. PostgreSQL expects a table without statistics to grow, and one with statistics not to.",
        name: &Names::new(&model.store, view).small,
        arguments: "es_table regclass",
        returns: "boolean",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT pg_relation_size(es_table) < {SMALL} AND c.reltuples >= 0 FROM pg_class AS c WHERE c.oid = es_table"
    ))
}
