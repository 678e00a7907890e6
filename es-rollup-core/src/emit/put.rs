//! The tables with several rows per entity: the function that folds stored events into them.
//!
//! It runs after the entity's row in the rollup was written, and before any other transaction can write that row. So it
//! needs no lock of its own, and it does not matter which function wrote the row, or how many events it includes now. The
//! events are read from the event table, which by then holds all rows of the statement.

use super::change::{change, each, key as part_of_key, reads_lists};
use super::columns::type_name;
use super::constraints;
use super::event::{open, selected, taken};
use super::expression::initial;
use super::filter;
use super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::guarded::{block_of, is_guarded};
use super::key;
use super::members::Members;
use super::names::{CREATED_AT, ELEMENT, Event, ID, MODIFIED_AT, Names, ROW, SEQUENCE, VERSION};
use super::refuse::{raise, shown};
use super::step::counting;
use super::text::{ident, indent, literal, literals, part};
use super::write;
use crate::ErrorKind;
use crate::model::{Column, Empty, Model, Order, Part, Rule, Touch, Variant, View};

/// A call for the events of an entity above a version, up to another; empty without views. The arguments are SQL
/// expressions of the types of the id and of the sequence.
pub(super) fn call(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    let put = Names::new(&model.store, &model.root).put;
    format!("{put}({entity}, {above}, {upto}, false)")
}

/// The same as a statement.
pub(super) fn perform(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    if model.views.is_empty() {
        return String::new();
    }
    format!("PERFORM {};", call(model, entity, above, upto))
}

/// The branch that folds into the views after a row was written, in place of the end of an IF.
pub(super) fn or_end(model: &Model, entity: &str, above: &str, upto: &str) -> String {
    match perform(model, entity, above, upto) {
        none if none.is_empty() => "END IF;".into(),
        perform => format!("ELSE\n  {perform}\nEND IF;"),
    }
}

/// Deletes the rows of an entity that has ended, as further lines.
pub(super) fn deleted(model: &Model, entity: &str) -> String {
    let delete = |view: &View| {
        format!("\nDELETE FROM {} AS v WHERE v.{ID} = {entity};", Names::new(&model.store, view).rollup)
    };
    model.views.iter().map(delete).collect()
}

/// Whether an event of the variant changes a view.
pub(super) fn is_put(model: &Model, place: usize) -> bool {
    model.views.iter().any(|view| view.rules[place] != Rule::NOTHING)
}

/// The function.
pub(super) fn put(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let guarded: Vec<String> = model.views.iter().map(|view| is_guarded(model, view)).collect();
    let inside = format!("PERFORM {}(es_entity, es_above, es_last, true);", names.put);
    let missing =
        format!("es_version := es_last - 1;\n{SEQUENCE} := es_last;\nes_tag := NULL;\n{}", gap(model));
    let views: Vec<String> = model.views.iter().map(|view| indent(&folded(model, view), 4)).collect();
    Function {
        remark: "-- Folds the events of one entity, above a version and up to another, into the tables that have several rows for it,
-- and returns the version reached. It is called after the entity's row in the rollup was written, which other
-- transactions wait for.",
        name: &names.put,
        arguments: &format!("es_id {id_type}, es_from bigint, es_upto bigint, es_inside boolean"),
        returns: "bigint",
        language: "plpgsql",
        properties: &[],
        settings: &[PINNED, ALL_ROWS, BY_INDEX, JIT],
    }
    .text(&format!(
        "#variable_conflict use_column
<<es>>
DECLARE
  es_entity ALIAS FOR es_id;
  es_above ALIAS FOR es_from;
  es_last ALIAS FOR es_upto;
  es_event record;  -- the current event
  {SEQUENCE} bigint;  -- its sequence
  es_version bigint := es_from;  -- that of the event before it
  es_tag text;  -- the event's type
  es_content jsonb;  -- the part of the payload that holds its fields
  es_value jsonb;  -- the current value{sometimes}
BEGIN
  IF NOT es_inside AND ({guarded}) THEN
    -- In a block that shows no values.
{block}
    RETURN es_last;
  END IF;
  FOR es_event IN
    SELECT {selected}
    FROM {events} AS e
    WHERE e.{id} = es.es_entity{and_filter} AND e.{sequence} > es.es_above AND e.{sequence} <= es.es_last
    ORDER BY e.{sequence}
  LOOP
{taken}
{open}{out_of_turn}
{views}
    es_version := {SEQUENCE};
  END LOOP;
  IF es_version <> es_last THEN
{missing}
  END IF;
{overtaken}
  RETURN es_version;
END",
        sometimes = sometimes(model),
        guarded = guarded.join(" OR "),
        block = indent(&block_of(model, &model.views, "es_entity::text", &inside), 4),
        selected = selected(model),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        sequence = ident(&model.store.sequence),
        taken = indent(&taken(model), 4),
        out_of_turn = out_of_turn(model),
        open = indent(&open(model), 4),
        views = views.join("\n"),
        missing = indent(&missing, 4),
        overtaken = indent(&overtaken(model, &names), 2),
    ))
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
        "IF ({extended}) AND EXISTS (
  SELECT FROM {rollup} AS r WHERE r.{ID} = es.es_entity AND r.{VERSION} > es.es_last
) THEN
  RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
    MESSAGE = format('while event %s of entity %s in %s was folded, a trigger on the rollup inserted a later event of the entity',
      es_last, {shown}, {events}),
    HINT = 'Insert it in a trigger on the event table instead.', SCHEMA = {schema}, TABLE = {table};
END IF;",
        extended = extended.join(" OR "),
        rollup = names.rollup,
        shown = shown("es_entity::text"),
        events = literal(&names.events),
        schema = literal(&model.root.table.schema),
        table = literal(&model.root.table.name),
    )
}

/// The variables that some models need.
fn sometimes(model: &Model) -> String {
    let any = |text: &str, is_any: bool| if is_any { text.to_string() } else { String::new() };
    let rules = || model.views.iter().flat_map(|view| &view.rules);
    let each = rules().any(|rule| rule.each.is_some());
    let list =
        any("\n  es_list jsonb;  -- the current list of values", model.variants.iter().any(reads_lists));
    let elements = any(
        &format!(
            "\n  es_elements jsonb;  -- the list whose elements choose rows\n  {ELEMENT} jsonb;  -- one of them"
        ),
        each,
    );
    let found = any(
        "\n  es_found boolean;  -- whether the row was there",
        rules().any(|rule| rule.touch == Touch::Add),
    );
    list + &elements + &found + &counting(&model.views)
}

/// Refuses an event that does not follow the one before it.
fn out_of_turn(model: &Model) -> String {
    match model.store.order {
        Order::Contiguous => {
            format!("\n    IF {SEQUENCE} <> es_version + 1 THEN\n{}\n    END IF;", indent(&gap(model), 6))
        }
        Order::Increasing => String::new(),
    }
}

/// Refuses an event that the event table does not hold. The rollup's own table has it already, the others do not.
fn gap(model: &Model) -> String {
    let gap = format!("'{}'", ErrorKind::Gap.sqlstate());
    model.views.first().map(|view| raise(model, view, &gap, None)).unwrap_or_default()
}

/// Folds the current event into one table.
fn folded(model: &Model, view: &View) -> String {
    let rules = model.variants.iter().zip(&view.rules).filter(|(_, rule)| **rule != Rule::NOTHING);
    let mut branches = Vec::new();
    let mut otherwise = "  NULL;".to_string();
    for (variant, rule) in rules {
        let body = indent(&branch(model, view, variant, rule), 2);
        if variant.other {
            otherwise = format!("  -- {}: any other type\n{body}", variant.name);
        } else if !variant.wire.is_empty() {
            branches.push(format!("WHEN {} THEN  -- {}\n{body}", literals(&variant.wire), variant.name));
        }
    }
    // With an event for any other type, those that change nothing are branches of their own.
    if model.variants.iter().zip(&view.rules).any(|(variant, rule)| variant.other && *rule != Rule::NOTHING) {
        let nothing = model.variants.iter().zip(&view.rules);
        let nothing = nothing.filter(|(variant, rule)| !variant.other && **rule == Rule::NOTHING);
        let names = literals(nothing.flat_map(|(variant, _)| &variant.wire));
        if !names.is_empty() {
            branches.push(format!("WHEN {names} THEN\n  NULL;"));
        }
    }
    let body = if branches.is_empty() {
        otherwise.trim_start().to_string()
    } else {
        format!("CASE es_tag\n{}\nELSE\n{otherwise}\nEND CASE;", branches.join("\n"))
    };
    format!(
        "<<es_view>>
DECLARE  -- {name}
  {ROW} {table}%ROWTYPE;  -- the current row{key}
BEGIN
{body}
END;",
        name = view.name,
        table = Names::new(&model.store, view).rollup,
        key = view.parts().iter().enumerate().map(variable).collect::<String>(),
        body = indent(&body, 2),
    )
}

/// The variable of a part of the key.
fn variable((place, column): (usize, &Column)) -> String {
    format!("\n  {} {};  -- its {}", key::variable(place), type_name(column), ident(&column.name))
}

/// What an event of one variant does to the table.
fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let row = row(model, view, variant, rule);
    let rows = match (rule.touch, rule.each) {
        (Touch::Nothing, _) => None,
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, None) => Some(row),
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, Some(place)) => {
            Some(each(model, view, variant, &variant.fields[place], &rule.key, &row))
        }
    };
    let parts = empty(model, view, variant, rule).into_iter().chain(rows);
    parts.collect::<Vec<_>>().join("\n")
}

/// Deletes the rows that the event takes before all else.
fn empty(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> Option<String> {
    let table = Names::new(&model.store, view).rollup;
    let delete = |matching: &str| format!("DELETE FROM {table} AS v WHERE v.{ID} = es.es_entity{matching};");
    Some(match rule.empty.as_ref()? {
        Empty::All => delete(""),
        Empty::Matching(parts) => {
            let read: Vec<String> = parts
                .iter()
                .map(|(place, source)| part_of_key(model, view, variant, *place, source))
                .collect();
            let matching: String =
                parts.iter().map(|(place, _)| format!(" AND {}", key::is_part(view, "v", *place))).collect();
            format!("{}\n{}", read.join("\n"), delete(&matching))
        }
    })
}

/// Finds the key, and changes its row.
fn row(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let (table, missing, exists) = (
        Names::new(&model.store, view).rollup,
        raise(model, view, &format!("'{}'", ErrorKind::RowMissing.sqlstate()), None),
        raise(model, view, &format!("'{}'", ErrorKind::RowExists.sqlstate()), None),
    );
    let found = format!("SELECT v.* INTO {ROW} FROM {table} AS v WHERE {};", key::current(view, "v"));
    let gone = format!("DELETE FROM {table} AS v WHERE {};", key::current(view, "v"));
    let (changed, new) = (changed(model, view, variant, rule), new(model, view));
    let (insert, update) = (write::inserted(model, view), write::updated(model, view));
    let text = match rule.touch {
        Touch::Nothing => String::new(),
        Touch::Create => format!(
            "{ROW} := NULL;
{new}
{changed}
{insert}
ON CONFLICT ({key}) DO NOTHING;
IF NOT FOUND THEN
  {exists}
END IF;",
            key = key::columns(view),
        ),
        Touch::Add => format!(
            "{found}
es_found := FOUND;
IF NOT es_found THEN
{new}
END IF;
{changed}
IF es_found THEN
{update}
ELSE
{insert};
END IF;",
            new = indent(&new, 2),
            update = indent(&update, 2),
            insert = indent(&insert, 2),
        ),
        Touch::Change => format!("{found}\nIF NOT FOUND THEN\n  {missing}\nEND IF;\n{changed}\n{update}"),
        Touch::Remove => gone,
        Touch::Delete => format!("{gone}\nIF NOT FOUND THEN\n  {missing}\nEND IF;"),
    };
    let parts = rule.key.iter().enumerate();
    let parts = parts.map(|(place, source)| part_of_key(model, view, variant, place, source));
    parts.chain([text]).collect::<Vec<_>>().join("\n")
}

/// What a row has before its first event.
fn new(model: &Model, view: &View) -> String {
    let created = model.store.recorded_at.is_some();
    let created = created.then(|| format!("{ROW}.{CREATED_AT} := {};", Event::new(&model.store).recorded_at));
    let lines = [key::written(view)].into_iter().chain(created);
    lines.chain(view.columns.iter().filter_map(initial)).collect::<Vec<_>>().join("\n")
}

/// The steps of an event, and what every change of a row does.
fn changed(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let steps = rule.steps.iter().map(|step| change(model, view, variant, step, Members::Applied));
    let modified = model.store.recorded_at.is_some();
    let modified =
        modified.then(|| format!("{ROW}.{MODIFIED_AT} := {};", Event::new(&model.store).recorded_at));
    let moved = [format!("{ROW}.{VERSION} := {SEQUENCE};")].into_iter().chain(modified);
    let tests = view.has_checks().then(|| constraints::tests(model, view));
    steps.chain(moved).chain(tests).collect::<Vec<_>>().join("\n")
}
