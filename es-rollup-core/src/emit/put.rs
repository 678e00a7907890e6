//! The tables with several rows per entity: the function that folds stored events into them.
//!
//! It runs after the entity's row in the rollup was written, and before any other transaction can write that row. So it
//! needs no lock of its own, and it does not matter which function wrote the row, or how many events it includes now. The
//! events are read from the event table, which by then holds all rows of the statement.

use super::base;
use super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::guarded::{block_of, is_guarded};
use super::names::{ID, Names, VERSION};
use super::others;
use super::pass;
use super::raise::shown;
use super::text::{indent, literal, part};
use super::versions;
use crate::model::{Model, Part, Touch, View};

/// The function.
pub(super) fn put(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let variables = if model.views.is_empty() { String::new() } else { pass::variables(model, adds(model)) };
    let guarded: Vec<String> = model.others().map(|view| is_guarded(model, view)).collect();
    let others: Vec<View> = model.others().cloned().collect();
    let inside = format!(
        "PERFORM {put}(ARRAY[es_entity]::{id_type}[], ARRAY[es_froms[es_place]], ARRAY[es_uptos[es_place]], true);",
        put = names.put,
    );
    let function = Function {
        remark: "-- Folds the events of entities, of each above a version and up to another, into the tables that have several rows for
-- it, and returns how many entities there are. It is called after the entities' rows in the rollup were written, which
-- other transactions wait for.",
        name: &names.put,
        arguments: &format!("es_ids {id_type}[], es_froms bigint[], es_uptos bigint[], es_inside boolean"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity {id_type};  -- the entity that is being folded
  es_above bigint;  -- the version above which its events are folded
  es_last bigint;  -- the version up to which they are{variables}
BEGIN
  IF NOT es_inside AND ({guarded}) THEN
    FOR es_place IN 1 .. coalesce(cardinality(es_ids), 0) LOOP
      es_entity := es_ids[es_place];
      -- In a block that shows no values.
{block}
    END LOOP;
    RETURN coalesce(cardinality(es_ids), 0)::bigint;
  END IF;
  FOR es_place IN 1 .. coalesce(cardinality(es_ids), 0) LOOP
    es_entity := es_ids[es_place];
    es_above := es_froms[es_place];
{begun}
  END LOOP;
{views}{overtaken}
  RETURN coalesce(cardinality(es_ids), 0)::bigint;
END",
        guarded = guarded.join(" OR "),
        block = indent(&block_of(model, &others, "es_entity::text", &inside), 6),
        begun = indent(&begun(model, &names), 4),
        views = if model.views.is_empty() { String::new() } else { pass::of_all(model, &names) },
        overtaken = indent(&overtaken(model, &names), 2),
    ));
    format!("{}\n{function}", single(&names, &id_type))
}

/// Drops the function of an earlier release, which takes a single entity: it would stay beside this one.
fn single(names: &Names, id_type: &str) -> String {
    let single = format!("{}({id_type}, bigint, bigint, boolean)", names.put);
    format!(
        "DO $es_rollup$
BEGIN
  IF to_regprocedure({}) IS NOT NULL THEN
    DROP FUNCTION {single};  -- that of an earlier release
  END IF;
END
$es_rollup$;
",
        literal(&single)
    )
}

/// What comes before the events of an entity.
fn begun(model: &Model, names: &Names) -> String {
    format!(
        "IF es_above = 0 THEN
  -- From nothing. Rows can be there if somebody took away the entity's row in the rollup.{emptied}{based}
END IF;{history}",
        emptied = indent(&emptied(model), 2),
        based = indent(&base::views::put(model, names), 2),
        history = model.history.as_ref().map(|history| versions::kept(model, history)).unwrap_or_default(),
    )
}

/// Deletes all rows of the entity that can be folded again, as further lines.
fn emptied(model: &Model) -> String {
    let deleted = |view: &View| {
        let deleted = others::deleted(model, [view], "es.es_entity");
        match base::known::and_above(model, view, "v") {
            none if none.is_empty() => deleted,
            and_above => format!("{}{and_above};", deleted.trim_end_matches(';')),
        }
    };
    model.others().map(deleted).collect()
}

/// Refuses what happens if something on the rollup's tables inserts an event of the same entity: that one was folded while
/// these were not yet.
fn overtaken(model: &Model, names: &Names) -> String {
    let extended: Vec<String> = model
        .tables()
        .map(|view| {
            let table = Names::new(&model.store, view).rollup;
            format!("{}({}::regclass)", names.extended, literal(&table))
        })
        .collect();
    format!(
        "IF {extended} THEN
  SELECT s.es_id, s.es_upto INTO es_entity, es_last
  FROM unnest(es_ids, es_uptos) WITH ORDINALITY AS s (es_id, es_upto, es_place)
  WHERE EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = s.es_id AND r.{VERSION} > s.es_upto)
  ORDER BY s.es_place LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
      MESSAGE = format('while event %s of entity %s in %s was folded, a trigger on the rollup inserted a later event of the entity',
        es_last, {shown}, {events}),
      HINT = 'Insert it in a trigger on the event table instead.', SCHEMA = {schema}, TABLE = {table};
  END IF;
END IF;",
        extended = extended.join(" OR "),
        rollup = names.rollup,
        shown = shown("es_entity::text"),
        events = literal(&names.events),
        schema = literal(&model.root.table.schema),
        table = literal(&model.root.table.name),
    )
}

/// Whether it has to be kept if a row was there.
fn adds(model: &Model) -> bool {
    model.views.iter().flat_map(|view| &view.rules).any(|rule| rule.touch == Touch::Add)
}
