//! The function that follows events that are changed or deleted: it folds their entities again, or fails with the error
//! of what is left, which takes the statement back.
//!
//! Every event that is read is compared byte by byte, in every column that is read. Not every type has an operator for
//! equality, and some call equal what the fold tells apart: the numbers 1.0 and 1.00 in JSON, for example. An UPDATE of
//! other columns ends here, without a lock.

use super::base;
use super::early;
use super::event::read;
use super::filter;
use super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::names::{ID, NEW, Names, OLD, VERSION};
use super::raise::unreached;
use super::relation;
use super::text::{ident, indent, part};
use super::transaction::written_here;
use crate::model::{Model, Part, Trigger, View};

const REMARK: &str = "-- Folds the entities again of which events were changed or deleted. If what is left does not fold, the statement fails.";

pub(super) fn edited(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let inside = match model.trigger {
        Trigger::Statement => statement(model, view),
        Trigger::Row => format!(
            "{left}\n{each}",
            left = early::left_by(model, view, "TG_RELID", "RETURN NULL;"),
            each = each(model, view)
        ),
    };
    let settings: &[&str] = if model.archive {
        // The bases are found by index, however many there were when the plan was made.
        &[PINNED, ALL_ROWS, BY_INDEX, JIT]
    } else {
        &[PINNED, ALL_ROWS]
    };
    Function::of_trigger(REMARK, &names.edited, settings).text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_ids {id_type}[];  -- the entities whose events have changed
BEGIN
{inside}
END",
        id_type = part(&model.store.id_type, Part::Name),
        inside = indent(&inside, 2),
    ))
}

/// The id of an event as the rollup has it.
fn entity(model: &Model, row: &str) -> String {
    format!("{row}.{}::{}", ident(&model.store.id), part(&model.store.id_type, Part::Name))
}

/// The columns of a row that are read, as a value that can be compared byte by byte.
fn image(columns: &[String], row: &str) -> String {
    let columns: Vec<String> = columns.iter().map(|column| format!("{row}.{column}")).collect();
    format!("ROW({})::record", columns.join(", "))
}

/// Whether a row is an event that is folded. What becomes of an archived one changes nothing.
fn looked_at(model: &Model, row: &str) -> Vec<String> {
    let names = Names::new(&model.store, &model.root);
    let archived = model.archive.then(|| format!("NOT {}", base::known::is_archived(model, &names, row)));
    filter::condition(model, row).into_iter().chain(archived).collect()
}

/// The same of an event `e` as a WHERE clause.
fn only(model: &Model) -> String {
    let conditions = looked_at(model, "e");
    if conditions.is_empty() { String::new() } else { format!(" WHERE {}", conditions.join(" AND ")) }
}

/// What the statement form does.
fn statement(model: &Model, view: &View) -> String {
    let columns: Vec<String> = read(model).map(|column| ident(column)).collect();
    let rows = |table: &str| {
        let listed: Vec<String> = columns.iter().map(|column| format!("e.{column}")).collect();
        format!("SELECT {} FROM {table} AS e{}", listed.join(", "), only(model))
    };
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    format!(
        "{relation}
IF TG_OP = 'DELETE' THEN
  es_ids := ARRAY(SELECT DISTINCT {entity} FROM {OLD} AS e{only});
ELSE
  -- Compared byte by byte: not every type has an operator for it, and what is equal need not fold alike.
  es_ids := ARRAY(
    SELECT DISTINCT i.es_id
    FROM ({old}) AS o
      FULL JOIN ({new}) AS n ON n.{id} = o.{id} AND n.{sequence} = o.{sequence}
      CROSS JOIN LATERAL (VALUES ({old_entity}), ({new_entity})) AS i (es_id)
    WHERE {old_image} *<> {new_image} AND i.es_id IS NOT NULL
  );
END IF;
IF cardinality(es_ids) = 0 THEN
  RETURN NULL;
END IF;
{pending}
{again}",
        relation = relation::statement(model, view),
        entity = entity(model, "e"),
        only = only(model),
        old = rows(OLD),
        new = rows(NEW),
        old_entity = entity(model, "o"),
        new_entity = entity(model, "n"),
        old_image = image(&columns, "o"),
        new_image = image(&columns, "n"),
        pending = pending(model, view, &format!("{OLD} AS e"), &filter::and(model, "e")),
        again = again(model, view),
    )
}

/// What is done for each row that is changed or deleted.
pub(super) fn each(model: &Model, view: &View) -> String {
    let filter = model.store.filter.as_ref().map(|filter| &filter.column);
    let columns: Vec<String> = read(model).chain(filter).map(|column| ident(column)).collect();
    let changed = format!("TG_OP = 'DELETE' OR {} *<> {}", image(&columns, "OLD"), image(&columns, "NEW"));
    let one = |row: &str| match looked_at(model, row) {
        none if none.is_empty() => entity(model, row),
        conditions => format!("CASE WHEN {} THEN {} END", conditions.join(" AND "), entity(model, row)),
    };
    let ids = format!(
        "ARRAY(
  SELECT DISTINCT i.es_id FROM unnest(ARRAY[{}, {}]) AS i (es_id) WHERE i.es_id IS NOT NULL
)",
        one("OLD"),
        one("NEW")
    );
    let columns = [&model.store.id, &model.store.sequence].map(|column| ident(column));
    let old = columns.each_ref().map(|column| format!("OLD.{column}")).join(", ");
    let old = format!("(SELECT {old}) AS e ({})", columns.join(", "));
    let ours = filter::condition(model, "OLD").map(|condition| format!(" AND {condition}"));
    let ours = ours.unwrap_or_default();
    let is_left = model.tables().map(|table| {
        format!(
            "\n  OR EXISTS (SELECT FROM {} AS r WHERE r.{ID} = ANY (es.es_ids))",
            Names::new(&model.store, table).rollup
        )
    });
    format!(
        "{relation}
-- Compared byte by byte: not every type has an operator for it, and what is equal need not fold alike.
IF NOT ({changed}) THEN
  RETURN NULL;
END IF;
es_ids := {ids};
-- Nothing is left of an entity, for example, whose other events were deleted by the same statement.
IF EXISTS (SELECT FROM {events} AS e WHERE e.{id} = ANY (es.es_ids){and_filter}){is_left} THEN
{pending}
{again}
END IF;
RETURN NULL;",
        relation = relation::edited_row(model, view),
        changed = relation::planned_again(model, view, &changed),
        ids = relation::planned_again(model, view, &ids),
        events = Names::new(&model.store, view).events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        pending = indent(&pending(model, view, &old, &ours), 2),
        is_left = is_left.collect::<String>(),
        again = indent(&folded(model, view), 2),
    )
}

/// Refuses, inside another trigger, that an event goes which its own trigger has not folded yet and would fold
/// afterwards. `ours` says that it is one of the enum's.
fn pending(model: &Model, view: &View, old: &str, ours: &str) -> String {
    let names = Names::new(&model.store, view);
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    // Where streams end, an event of an entity without a row is folded from the event table.
    let reached =
        if model.has_delete() { format!("r.{VERSION}") } else { format!("coalesce(r.{VERSION}, 0)") };
    let is_pending = match model.trigger {
        Trigger::Statement => format!("e.{sequence} > {reached}"),
        // The trigger of another row of the statement may have folded it already.
        Trigger::Row => format!("(e.{sequence} > {reached} OR {})", written_here("r.xmin")),
    };
    format!(
        "IF pg_trigger_depth() > 1 THEN
  -- Inside another trigger, an event can go before its own trigger has folded it, which would fold it afterwards.
  {unreached}
  FROM {old} LEFT JOIN {rollup} AS r ON r.{ID} = {entity}
  WHERE {is_pending}{ours} AND NOT EXISTS (
    SELECT FROM {events} AS s WHERE s.{id} = e.{id} AND s.{sequence} = e.{sequence}{and_filter}
  )
  ORDER BY e.{id}, e.{sequence}
  LIMIT 1;
END IF;",
        unreached = unreached(
            model,
            view,
            &entity(model, "e"),
            &format!("e.{sequence}::bigint"),
            &format!("least({reached}, e.{sequence}::bigint - 1)")
        ),
        rollup = names.rollup,
        entity = entity(model, "e"),
        events = names.events,
        and_filter = filter::and(model, "s"),
    )
}

fn again(model: &Model, view: &View) -> String {
    format!("{}\nRETURN NULL;", folded(model, view))
}

/// Folds the entities again.
fn folded(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    format!(
        "-- Waits for current writers, and makes new ones wait. The event table before the rollup, as writers do.
LOCK TABLE {events} IN SHARE ROW EXCLUSIVE MODE;{bases}
-- A row becomes one that was folded after the events that this transaction has written: their trigger may fire later in
-- the same statement, and what does not fold is not refused as a replay.
UPDATE {rollup} AS r SET {VERSION} = r.{VERSION}
WHERE r.{ID} = ANY (es.es_ids) AND EXISTS (
  SELECT
  FROM {events} AS e
  WHERE e.{id} = r.{ID}{and_filter} AND {event_here}
    AND ({row_here} AND r.cmin::text::bigint > e.cmin::text::bigint) IS NOT TRUE
);
PERFORM {rebuild}(es_ids);",
        bases = base::refused::sees_bases(model, &names),
        rebuild = names.rebuild,
        rollup = names.rollup,
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        event_here = written_here("e.xmin"),
        row_here = written_here("r.xmin"),
    )
}
