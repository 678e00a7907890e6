//! The functions that fold rows again from nothing, whatever they hold now.

use super::columns::columns;
use super::filter;
use super::fold::{Range, call};
use super::function::{ALL_ROWS, DEFINER, Function, PINNED};
use super::guarded::block;
use super::key;
use super::names::{ID, Names, VERSION};
use super::others;
use super::text::{ident, indent, part};
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
    let [variables, begins, views] = if model.has_others() {
        let [source, views] = views(model, &names);
        [
            variables(model, &source),
            // An error is that of the event which the fold from nothing meets first, in whatever table.
            format!("  PERFORM set_config('{REFOLDS}', 'true', true);\n"),
            format!("\n{}\n  PERFORM set_config('{REFOLDS}', 'false', true);", indent(&views, 2)),
        ]
    } else {
        [const { String::new() }; 3]
    };
    let id_type = part(&model.store.id_type, Part::Name);
    Function {
        remark: "-- The same without locks: the caller holds those of the tables, or of the entities' rows.",
        name: &names.refold,
        arguments: &format!("es_ids {id_type}[]"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[DEFINER],
        settings: &[PINNED, ALL_ROWS, "plan_cache_mode = force_custom_plan"],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entities ALIAS FOR es_ids;
  es_changed bigint;{variables}
BEGIN
{begins}{written}{views}
  RETURN es_changed;
END",
        written = indent(&block(model, "NULL::text", &written(model, view, &names)), 2),
    ))
}

/// The setting that says that stored rows count for nothing.
pub(super) const REFOLDS: &str = "es_rollup.refolds";

/// The rows of the entities.
fn chosen(row: &str) -> String {
    format!("es.es_entities IS NULL OR {row}.{ID} = ANY (es.es_entities)")
}

/// The variables for the views.
fn variables(model: &Model, source: &str) -> String {
    let id_type = part(&model.store.id_type, Part::Name);
    let rows = model.others().enumerate().map(|(place, view)| {
        format!(
            "\n  {} {}[];  -- the {} of the entity before",
            before(place),
            Names::new(&model.store, view).rollup,
            view.name
        )
    });
    format!(
        "
  es_entity {id_type};  -- the entity whose other rows are folded again
  es_version bigint;  -- its version
  es_counted bigint;  -- how many rows were changed before it{rows}
  es_all CURSOR FOR  -- all of them
{source};",
        rows = rows.collect::<String>(),
        source = indent(source, 4),
    )
}

/// The variable for the rows that a view had.
fn before(place: usize) -> String {
    format!("es_before_{}", place + 1)
}

/// Selects the entities whose rows of other tables are folded again, with their versions, and folds these rows. Those that
/// differ from the ones before are counted.
fn views(model: &Model, names: &Names) -> [String; 2] {
    let each = |text: &dyn Fn(usize, &View, &str) -> String| {
        let texts = model.others().enumerate();
        let texts = texts.map(|(place, view)| text(place, view, &Names::new(&model.store, view).rollup));
        texts.collect::<Vec<_>>().join("\n")
    };
    // Rows of an entity without a row in the rollup: it has no events, or it has ended, and then its views are not folded.
    let version = match &model.history {
        None => "0::bigint".to_string(),
        Some(_) => format!(
            "coalesce((SELECT max(e.{sequence}) FROM {events} AS e WHERE e.{id} = v.{ID}{and_filter}), 0)::bigint",
            sequence = ident(&model.store.sequence),
            events = names.events,
            id = ident(&model.store.id),
            and_filter = filter::and(model, "e"),
        ),
    };
    let lost = each(&|_, _, table| {
        format!(
            "UNION
SELECT v.{ID}, {version}
FROM {table} AS v
WHERE ({chosen}) AND NOT EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = v.{ID})",
            chosen = chosen("v"),
            rollup = names.rollup,
        )
    });
    let lost = match (&model.history, model.has_delete()) {
        // Of an entity that has ended, the history is all there is.
        (Some(_), true) => format!(
            "{lost}
UNION
SELECT e.{id}, max(e.{sequence})::bigint
FROM {events} AS e
WHERE (es.es_entities IS NULL OR e.{id} = ANY (es.es_entities))
  AND NOT EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = e.{id}){and_filter}
GROUP BY e.{id}",
            id = ident(&model.store.id),
            sequence = ident(&model.store.sequence),
            events = names.events,
            rollup = names.rollup,
            and_filter = filter::and(model, "e"),
        ),
        (Some(_) | None, _) => lost,
    };
    let ended = match (&model.history, others::deleted(model, &model.views, "es_entity")) {
        (None, _) => String::new(),
        (Some(_), none) if none.is_empty() => none,
        (Some(_), deleted) => format!(
            "\n  IF NOT EXISTS (SELECT FROM {} AS r WHERE r.{ID} = es_entity) THEN{}\n  END IF;",
            names.rollup,
            indent(&deleted, 4)
        ),
    };
    let emptied = each(&|place, _, table| {
        format!(
            "{before} := ARRAY(SELECT v FROM {table} AS v WHERE v.{ID} = es_entity);
DELETE FROM {table} AS v WHERE v.{ID} = es_entity;",
            before = before(place)
        )
    });
    let compared = each(&|place, view, table| compared(model, place, view, table));
    let text = format!(
        "es_all := NULL;  -- a separate name for each call
OPEN es_all;
-- Each statement of the loop runs for each entity, so it is planned once, and finds rows by index. The costs of such
-- plans are no measure of their work.
PERFORM set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
  set_config('jit', 'off', true);
LOOP
  FETCH es_all INTO es_entity, es_version;
  EXIT WHEN NOT FOUND;
  es_counted := es_changed;
{emptied}
  IF es_version > 0 THEN
    {put}
  END IF;{ended}
{compared}
  IF es_changed > es_counted THEN
    -- A transaction whose snapshot is older does not see the new rows, and must not get to write the entity's row.
    UPDATE {rollup} AS r SET {VERSION} = r.{VERSION} WHERE r.{ID} = es_entity;
  END IF;
END LOOP;
CLOSE es_all;",
        rollup = names.rollup,
        emptied = indent(&emptied, 2),
        put = others::perform(model, "es_entity", "0::bigint", "es_version"),
        compared = indent(&compared, 2),
    );
    let source = format!(
        "SELECT r.{ID}, r.{VERSION} FROM {rollup} AS r WHERE {chosen}
{lost}
ORDER BY 1",
        rollup = names.rollup,
        chosen = chosen("r"),
    );
    [source, text]
}

/// Counts the rows of a table that differ from those before.
fn compared(model: &Model, place: usize, view: &View, table: &str) -> String {
    let columns = columns(model, view);
    let of =
        |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    format!(
        "es_changed := es_changed + (
  SELECT count(*)
  FROM unnest({before}) AS b FULL JOIN (SELECT v.* FROM {table} AS v WHERE v.{ID} = es_entity) AS v ON {same}
  WHERE ROW({stored})::record *<> ROW({folded})::record
);",
        before = before(place),
        same = key::same(view, "b", "v"),
        stored = of("b"),
        folded = of("v"),
    )
}

/// One statement that writes what differs.
fn written(model: &Model, view: &View, names: &Names) -> String {
    let columns = columns(model, view);
    let of =
        |row: &str| columns.iter().map(|column| format!("{row}.{column}")).collect::<Vec<_>>().join(", ");
    let folded = of("(f.es_state)");
    let every = columns.iter().skip(1).map(|column| format!("{column} = (d.es_state).{column}"));
    format!(
        "WITH es_folded AS MATERIALIZED (
  SELECT f.es_state
  FROM {fold} AS f
  WHERE NOT f.es_deleted
), es_drift AS MATERIALIZED (
  SELECT r.{ID} AS es_id, f.es_state
  FROM es_folded AS f
    FULL JOIN (SELECT r.* FROM {rollup} AS r WHERE {chosen}) AS r ON r.{ID} = (f.es_state).{ID}
  -- Compared byte by byte, since not every type has an operator for it.
  WHERE ROW({stored})::record *<> ROW({folded})::record
), es_dropped AS (
  DELETE FROM {rollup} AS r USING es_drift AS d
  WHERE r.{ID} = d.es_id AND (d.es_state).{ID} IS NULL
  RETURNING 1
), es_mended AS (
  UPDATE {rollup} AS r SET
    {every}
  FROM es_drift AS d
  WHERE r.{ID} = d.es_id AND (d.es_state).{ID} IS NOT NULL
  RETURNING 1
), es_missing AS (
{inserted}
  RETURNING 1
)
SELECT (SELECT count(*) FROM es_dropped) + (SELECT count(*) FROM es_mended) + (SELECT count(*) FROM es_missing)
INTO es_changed;",
        fold = call(model, view, &Range { ids: "es.es_entities", stored: "false", upto: "NULL" }),
        rollup = names.rollup,
        chosen = chosen("r"),
        stored = of("r"),
        every = every.collect::<Vec<_>>().join(",\n    "),
        inserted = indent(&write::missing(model, view, "es_drift", "f.es_id IS NULL"), 2),
    )
}
