//! Folds the entities again that a change touches, and ends the migration.

use super::super::history::{RESTORED, limited};
use super::super::install::in_one_transaction;
use super::super::names::{ID, Names, VERSION, qualified};
use super::super::table::{COMMENT, comment};
use super::super::text::{ident, indent, literal, literals, part};
use super::super::{event, filter};
use super::Between;
use crate::alteration::Touched;
use crate::model::{Key, Part, View};

pub(super) fn refold(between: &Between<'_>) -> String {
    let new = between.new;
    let names = Names::new(&new.store, &new.root);
    let tag = || indent(&event::tag(new, "e"), 4).trim_start().to_string();
    let (remark, condition) = match &between.alteration.touched {
        Touched::Nobody => return String::new(),
        Touched::Among(tags) => (
            "Folds the entities again that have an event which means something else now.",
            Some(format!("{} = ANY (ARRAY[{}]::text[])", tag(), literals(tags))),
        ),
        Touched::Beyond(tags) => (
            "Folds the entities again that have an event which means something else now.",
            Some(format!("({} = ANY (ARRAY[{}]::text[])) IS NOT TRUE", tag(), literals(tags))),
        ),
        Touched::Everybody => ("Folds all entities again.", None),
    };
    let id = ident(&new.store.id);
    let id_type = part(&new.store.id_type, Part::Name);
    let (chosen, events) = match condition {
        Some(condition) => (
            format!(
                "
  es_ids := ARRAY(
    SELECT DISTINCT e.{id}::{id_type}
    FROM {events} AS e
    WHERE {condition}{and_filter}
  );",
                events = names.events,
                and_filter = filter::and(new, "e"),
            ),
            format!(
                "SELECT\nFROM {} AS e\nWHERE e.{id} = ANY (es_ids){}",
                names.events,
                filter::and(new, "e")
            ),
        ),
        None => (String::new(), format!("SELECT\nFROM {} AS e{}", names.events, filter::only(new, "e"))),
    };
    format!(
        "-- {remark}
DO $es_rollup$
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
        limited = indent(&limited(&events, "have to be folded again", "Writers and readers"), 2),
        rebuild = names.rebuild,
        rewritten = rewritten(between),
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
