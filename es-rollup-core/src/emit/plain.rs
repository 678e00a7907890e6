//! Whether a table is as the migration left it: the one look at the catalogue that usually decides.
//!
//! The first event of a session pays for it, so it is one query over few catalogues, each read by an index. What it cannot
//! say, the functions [`guarded`](super::guarded) and [`extended`](super::direct) find out, which look closely and take
//! longer.

use super::function::{Function, PINNED};
use super::guarded::{is_guarded, own, required};
use super::names::{Names, qualified};
use super::since::is_unseen;
use super::text::literal;
use crate::model::{Model, View};

/// Whether nobody has put anything on a table that runs code, or shows or refuses values.
pub(super) fn is_alone(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, &model.root);
    let table = format!("{}::regclass", literal(&qualified(&view.table)));
    format!(
        "({plain}({table}, ARRAY[{required}], ARRAY[{own}])\n      OR NOT {guarded}\n        AND NOT {extended}({table}))",
        plain = names.plain,
        required = required(model, view),
        own = own(view),
        guarded = is_guarded(model, view),
        extended = names.extended,
    )
}

/// The least OID that is not pinned. The types and operator classes that PostgreSQL has for columns are below it, apart
/// from the domains of `information_schema`
/// (<https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/access/transam.h>, `FirstUnpinnedObjectId`).
const UNPINNED: u32 = 12000;

/// The function that looks.
pub(super) fn plain(model: &Model, view: &View) -> String {
    Function {
        remark: "-- Whether a table certainly has nothing but what the migration created, and no column named like a variable here.
-- es_required: its columns that are not NULL. es_own: the names of its constraints.
-- Declared IMMUTABLE so that it becomes a constant in the plans that call it: each of them depends on the table by its
-- name, and is made again when the table changes.",
        name: &Names::new(&model.store, view).plain,
        arguments: "es_table regclass, es_required text[], es_own text[]",
        returns: "boolean",
        language: "sql",
        properties: &["IMMUTABLE"],
        settings: &[PINNED],
    }
    .text(&format!(
        "  SELECT NOT (c.relhasrules OR c.relrowsecurity OR c.relforcerowsecurity OR c.relispartition OR c.relhassubclass)
    AND (NOT c.relhastriggers OR NOT EXISTS (
      -- Unique constraints that are deferred have some of PostgreSQL's own. Those of foreign keys name another table.
      SELECT FROM pg_trigger AS t
      WHERE t.tgrelid = es_table AND (NOT t.tgisinternal OR t.tgconstrrelid <> 0)
    ))
    AND NOT EXISTS (
      SELECT FROM pg_attribute AS a
      WHERE a.attrelid = es_table AND a.attnum > 0 AND NOT a.attisdropped
        AND (a.atttypid >= {UNPINNED} OR a.atthasdef OR a.attnotnull AND a.attname <> ALL (es_required)
          OR starts_with(a.attname::text, 'es_'))
    )
    AND NOT EXISTS (
      SELECT FROM pg_index AS i
      WHERE i.indrelid = es_table
        AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL OR {UNPINNED} <= ANY (i.indclass)
          OR (i.indisunique OR i.indisexclusion)
            AND (SELECT n.relname FROM pg_class AS n WHERE n.oid = i.indexrelid) <> ALL (es_own))
    )
    -- PostgreSQL looks at expressions whenever it plans.
    AND NOT EXISTS (SELECT FROM pg_statistic_ext AS s WHERE s.stxrelid = es_table AND s.stxexprs IS NOT NULL)
    AND (c.relchecks = 0 OR NOT EXISTS (
      SELECT FROM pg_constraint AS k
      WHERE k.conrelid = es_table AND k.contype = 'c'
        AND (k.conname <> ALL (es_own) OR EXISTS (
          -- It may call a function.
          SELECT FROM pg_depend AS d
          WHERE d.classid = 'pg_constraint'::regclass AND d.objid = k.oid AND d.refclassid <> 'pg_class'::regclass
        ))
    ))
    AND NOT {unseen}
  FROM pg_class AS c WHERE c.oid = es_table",
        unseen = is_unseen(model, "es_table"),
    ))
}
