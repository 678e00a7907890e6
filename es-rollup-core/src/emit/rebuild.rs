//! The functions that fold rows again from nothing, whatever they hold now.

use super::base;
use super::columns::columns;
use super::fold::{Range, call};
use super::function::{ALL_ROWS, DEFINER, Function, JIT, PINNED};
use super::guarded::block;
use super::held;
use super::key;
use super::names::{ID, Names, VERSION, qualified};
use super::text::{indent, part};
use super::write;
use crate::model::{Model, Part, View};

pub(super) fn rebuild(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    Function {
        remark: "-- Folds entities again from nothing, or all if es_ids is NULL, and returns how many rows were changed, inserted or
-- deleted. The event table decides: a row without events goes, and so does what later events had made of a row if
-- those events are gone.",
        name: &names.rebuild,
        arguments: &format!("es_ids {id_type}[]"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[PINNED],
    }
    .text(&format!(
        "BEGIN
  -- Waits for current writers, and makes new ones wait: one of them could have read a row before it is mended, and
  -- would write it back as it was. The event table before the rollup, as writers do.
  LOCK TABLE {events} IN SHARE ROW EXCLUSIVE MODE;
  LOCK TABLE {rollup} IN EXCLUSIVE MODE;
  RETURN {refold}(es_ids);
END",
        events = names.events,
        rollup = names.rollup,
        refold = names.refold,
    ))
}

/// The function that does it, once rows are locked.
pub(super) fn refold(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let [variables, begins, others] = if model.has_others() {
        [
            format!(
                "
  es_more bigint;
  es_touched {id_type}[];  -- the entities whose rows of other tables differed",
                id_type = part(&model.store.id_type, Part::Name)
            ),
            // An error is that of the event which the fold from nothing meets first, in whatever table.
            format!("  PERFORM set_config('{REFOLDS}', 'true', true);\n"),
            format!("\n{}", others(model, &names)),
        ]
    } else {
        [const { String::new() }; 3]
    };
    let ends = if model.has_others() {
        format!("\n  PERFORM set_config('{REFOLDS}', 'false', true);")
    } else {
        String::new()
    };
    let id_type = part(&model.store.id_type, Part::Name);
    let written = format!("{}{others}", written(model, view));
    Function {
        remark: "-- The same without locks: the caller holds those of the tables, or of the entities' rows.",
        name: &names.refold,
        arguments: &format!("es_ids {id_type}[]"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[PINNED, ALL_ROWS, JIT, "plan_cache_mode = force_custom_plan"],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entities ALIAS FOR es_ids;
  es_changed bigint;{variables}
BEGIN
{begins}{written}{ends}
  RETURN es_changed;
END",
        written = indent(&block(model, "NULL::text", &written), 2),
    ))
}

/// The setting that says that stored rows count for nothing.
pub(super) const REFOLDS: &str = "es_rollup.refolds";

/// The rows of the entities.
fn chosen(row: &str) -> String {
    format!("es.es_entities IS NULL OR {row}.{ID} = ANY (es.es_entities)")
}

/// One statement that writes what differs in the rollup.
fn written(model: &Model, view: &View) -> String {
    let drift = Drift { model, view, suffix: String::new() };
    format!(
        "WITH es_folded AS MATERIALIZED (
  SELECT f.es_state
  FROM {fold} AS f
  WHERE NOT f.es_deleted
), {mended}
SELECT {count}
INTO es_changed;",
        fold = call(model, &Range { ids: "es.es_entities", ..Range::ALL }),
        mended = drift.mended(),
        count = drift.count(),
    )
}

/// One statement that writes what differs in the other tables, and one that writes the entities' own rows then.
fn others(model: &Model, names: &Names) -> String {
    let states = if model.views.is_empty() {
        String::new()
    } else {
        format!(
            "es_states AS MATERIALIZED (
  SELECT f.*
  FROM (SELECT r.{ID}, r.{VERSION} FROM {rollup} AS r WHERE {chosen} ORDER BY r.{ID} OFFSET 0) AS r
    CROSS JOIN LATERAL {views}(r.{ID}, r.{VERSION}) AS f
), ",
            rollup = names.rollup,
            chosen = chosen("r"),
            views = names.views,
        )
    };
    let folded = |nth: usize| {
        format!(
            "SELECT v AS es_state\n  FROM es_states AS s CROSS JOIN LATERAL unnest(s.{}) AS v",
            held::column(nth)
        )
    };
    let kept = model.history.iter().map(|history| {
        let fold = call(model, &Range { ids: "es.es_entities", each: true, ..Range::ALL });
        (history, format!("SELECT f.es_state\n  FROM {fold} AS f\n  WHERE NOT f.es_deleted"))
    });
    let views = model.views.iter().enumerate().map(|(nth, view)| (view, folded(nth)));
    let all: Vec<(Drift<'_>, String)> = views
        .chain(kept)
        .enumerate()
        .map(|(nth, (view, folded))| (Drift { model, view, suffix: format!("_{}", nth + 1) }, folded))
        .collect();
    let parts = all.iter().map(|(drift, folded)| {
        format!("es_folded{} AS MATERIALIZED (\n  {folded}\n), {}", drift.suffix, drift.mended())
    });
    let counts: Vec<String> = all.iter().map(|(drift, _)| drift.count()).collect();
    let touched: Vec<String> = all
        .iter()
        .map(|(drift, _)| {
            format!("SELECT coalesce(d.es_id, (d.es_state).{ID}) FROM es_drift{} AS d", drift.suffix)
        })
        .collect();
    format!(
        "-- The same in the other tables.
WITH {states}{parts}
SELECT {counts},
  ARRAY({touched})
INTO es_more, es_touched;
es_changed := es_changed + es_more;
-- A transaction whose snapshot is older does not see the new rows, and must not get to write the entity's row.
UPDATE {rollup} AS r SET {VERSION} = r.{VERSION} WHERE r.{ID} = ANY (es_touched);",
        parts = parts.collect::<Vec<_>>().join(", "),
        counts = counts.join(" + "),
        touched = touched.join(" UNION "),
        rollup = names.rollup,
    )
}

/// The rows of a table that differ from those in `es_folded`, within one statement.
struct Drift<'a> {
    model: &'a Model,
    view: &'a View,
    /// What tells the names of several tables apart.
    suffix: String,
}

impl Drift<'_> {
    /// Finds them, and writes them.
    fn mended(&self) -> String {
        let Self { model, view, suffix } = self;
        let table = qualified(&view.table);
        let columns = columns(model, view);
        let of =
            |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
        let folded = of("(f.es_state)");
        let key = key::all(view);
        // Keys that are equal may differ byte by byte, such as the numbers 1.0 and 1.00.
        let every = columns.iter().skip(1);
        let every = every.map(|column| format!("{column} = (d.es_state).{column}"));
        let named = |nth: usize| if nth == 0 { "es_id".to_string() } else { format!("es_key_{nth}") };
        let keys: Vec<String> =
            key.iter().enumerate().map(|(nth, column)| format!("r.{column} AS {}", named(nth))).collect();
        let same: Vec<String> =
            key.iter().enumerate().map(|(nth, column)| format!("r.{column} = d.{}", named(nth))).collect();
        let same = same.join(" AND ");
        format!(
            "es_drift{suffix} AS MATERIALIZED (
  SELECT {keys}, f.es_state
  FROM es_folded{suffix} AS f
    FULL JOIN (SELECT r.* FROM {table} AS r WHERE {chosen}) AS r ON {joined}
  -- Compared byte by byte, since not every type has an operator for it.
  WHERE ROW({stored})::record *<> ROW({folded})::record
), es_dropped{suffix} AS (
  DELETE FROM {table} AS r USING es_drift{suffix} AS d
  WHERE {same} AND (d.es_state).{ID} IS NULL
  RETURNING 1
), es_mended{suffix} AS (
  UPDATE {table} AS r SET
    {every}
  FROM es_drift{suffix} AS d
  WHERE {same} AND (d.es_state).{ID} IS NOT NULL
  RETURNING 1
), es_missing{suffix} AS (
{inserted}
  RETURNING 1
)",
            keys = keys.join(", "),
            chosen = match base::known::and_not_below(model, view, "r") {
                none if none.is_empty() => chosen("r"),
                and_not_below => format!("({}){and_not_below}", chosen("r")),
            },
            joined = key::same(view, "r", "(f.es_state)"),
            stored = of("r"),
            every = every.collect::<Vec<_>>().join(",\n    "),
            inserted =
                indent(&write::missing(model, view, &format!("es_drift{suffix}"), "f.es_id IS NULL"), 2),
        )
    }

    /// How many they were.
    fn count(&self) -> String {
        let counts = ["dropped", "mended", "missing"]
            .map(|what| format!("(SELECT count(*) FROM es_{what}{})", self.suffix));
        counts.join(" + ")
    }
}
