//! Folds the entities again that a change touches, and ends the migration.

use super::super::filter;
use super::super::history::{RESTORED, limited};
use super::super::install::in_one_transaction;
use super::super::names::{ID, Names, VERSION, qualified};
use super::super::table::{COMMENT, comment};
use super::super::text::{ident, indent, literal, part};
use super::touched::{self, FILLS, LIMIT};
use super::{Between, fill, finish};
use crate::alteration::Touched;
use crate::model::{Key, Part, View};

/// Folds the entities again, or prepares to fill them after the migration.
pub(super) fn refold(between: &Between<'_>) -> String {
    let Some(remark) = remark(&between.alteration.touched) else { return String::new() };
    if !between.alteration.fillable {
        return format!("-- {remark}\n{}", at_once(between));
    }
    format!(
        "{finish}
{at_once_or_not}
IF current_setting('{FILLS}') = 'true' THEN

{begin}
END IF;
",
        finish = finish::finish(between),
        at_once_or_not = at_once_or_not(between, remark),
        begin = fill::begin(between, "its rows are still those of the old model"),
    )
}

/// Which entities are folded again, in words; `None` if none are.
const fn remark(touched: &Touched) -> Option<&'static str> {
    match touched {
        Touched::Nobody => None,
        Touched::Among(_) | Touched::Beyond(_) => {
            Some("Folds the entities again that have an event which means something else now.")
        }
        Touched::Everybody => Some("Folds all entities again."),
    }
}

/// The variable with the ids of those entities.
fn chosen(between: &Between<'_>) -> String {
    let new = between.new;
    let Some(condition) = touched::condition(between) else { return String::new() };
    format!(
        "
es_ids := ARRAY(
  SELECT DISTINCT e.{id}::{id_type}
  FROM {events} AS e
  WHERE {condition}{and_filter}
);",
        id = ident(&new.store.id),
        id_type = part(&new.store.id_type, Part::Name),
        events = qualified(&new.store.table),
        condition = indent(&condition, 2).trim_start(),
        and_filter = filter::and(new, "e"),
    )
}

/// Folds them if they are few events, however many others there are.
fn at_once(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let (id, id_type) = (ident(&new.store.id), part(&new.store.id_type, Part::Name));
    let events = match between.alteration.touched {
        Touched::Nobody | Touched::Everybody => {
            format!("SELECT\nFROM {} AS e{}", names.events, filter::only(new, "e"))
        }
        Touched::Among(_) | Touched::Beyond(_) => {
            format!(
                "SELECT\nFROM {} AS e\nWHERE e.{id} = ANY (es_ids){}",
                names.events,
                filter::and(new, "e")
            )
        }
    };
    format!(
        "DO $es_rollup$
#variable_conflict use_column
DECLARE
  es_limit pg_catalog.int8;
  es_ids {id_type}[];  -- the entities to fold; NULL for all
BEGIN
{transaction}{chosen}
{limited}
  IF es_ids IS NULL OR cardinality(es_ids) > 0 THEN
    PERFORM {rebuild}(es_ids);
  END IF;{rewritten}
END
$es_rollup$;
",
        transaction = indent(&in_one_transaction(), 2),
        chosen = indent(&chosen(between), 2),
        limited = indent(&limited(&events, "have to be folded again", "Writers and readers"), 2),
        rebuild = names.rebuild,
        rewritten = rewritten(between),
    )
}

/// Folds them if there are few events, and says whether it did.
fn at_once_or_not(between: &Between<'_>, remark: &str) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    format!(
        "-- {remark} If there are many events, this is left for later, so that
-- nobody waits for it.
DO $es_rollup$
#variable_conflict use_column
DECLARE
  es_limit pg_catalog.int8 := coalesce(nullif(current_setting('es_rollup.history_limit', true), '')::bigint, {LIMIT});
  es_ids {id_type}[];  -- the entities to fold; NULL for all
BEGIN
{transaction}
  PERFORM set_config('{FILLS}', (
    SELECT count(*) > es_limit
    FROM (SELECT FROM {events} AS e{only} LIMIT es_limit + 1) AS es_counted
  )::text, true);
  IF current_setting('{FILLS}') = 'false' THEN{chosen}
    IF es_ids IS NULL OR cardinality(es_ids) > 0 THEN
      PERFORM {rebuild}(es_ids);
    END IF;
    PERFORM {finish}();
    DROP FUNCTION {finish}();
  END IF;
END
$es_rollup$;
",
        id_type = part(&new.store.id_type, Part::Name),
        transaction = indent(&in_one_transaction(), 2),
        events = names.events,
        only = filter::only(new, "e"),
        chosen = indent(&chosen(between), 4),
        rebuild = names.rebuild,
        finish = names.finish,
    )
}

/// Writes the entities that have rows in a table that was rewritten. To a transaction whose snapshot is older, the table is
/// empty, so it must not get to write the entity's row.
fn rewritten(between: &Between<'_>) -> String {
    let names = Names::new(&between.new.store, &between.new.root);
    let is_rewritten = |view: &View, retyped: &[String]| match view.key {
        Key::Entity => false,
        Key::Parts(_) | Key::Version => !retyped.is_empty(),
    };
    let tables = between.tables().filter(|(_, view, table)| is_rewritten(view, &table.retyped));
    let rows: Vec<String> = tables
        .map(|(_, view, _)| {
            format!("EXISTS (SELECT FROM {} AS v WHERE v.{ID} = r.{ID})", qualified(&view.table))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!(
        "
  -- To a transaction whose snapshot is older, a table that was rewritten is empty: it must not get to write these entities.
  UPDATE {rollup} AS r SET {VERSION} = r.{VERSION}
  WHERE {rows};",
        rollup = names.rollup,
        rows = rows.join("\n    OR "),
    )
}

/// Comments on the tables, unless somebody else has, and restores the session's settings.
pub(super) fn end(between: &Between<'_>) -> String {
    let new = between.new;
    let comments =
        between.tables().map(|(_, view, _)| commented(&qualified(&view.table), &comment(new, view)));
    format!(
        "-- The comments name the model, unless somebody has written others.
DO $es_rollup$
DECLARE
  es_path pg_catalog.text;
BEGIN
{transaction}
{comments}
{RESTORED}END
$es_rollup$;
",
        transaction = indent(&in_one_transaction(), 2),
        comments = indent(&comments.collect::<Vec<_>>().join("\n"), 2),
    )
}

fn commented(table: &str, comment: &str) -> String {
    format!(
        "IF starts_with(obj_description({}::regclass, 'pg_class'), {}) THEN
  {comment}
END IF;",
        literal(table),
        literal(COMMENT),
    )
}
