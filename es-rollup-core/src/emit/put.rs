//! The tables with several rows per entity: the function that folds stored events into them.
//!
//! It runs after the entity's row in the rollup was written, and before any other transaction can write that row. So it
//! needs no lock of its own, and it does not matter which function wrote the row, or how many events it includes now. The
//! events are read from the event table, which by then holds all rows of the statement.

use super::change::{change, each, key as part_of_key, reads_lists};
use super::columns::type_name;
use super::constraints;
use super::event::{open_compared, selected, taken};
use super::expression::initial;
use super::filter;
use super::function::{ALL_ROWS, BY_INDEX, Function, JIT, PINNED};
use super::guarded::{block_of, is_guarded};
use super::key;
use super::members::Members;
use super::names::{CREATED_AT, ELEMENT, Event, ID, MODIFIED_AT, Names, ROW, SEQUENCE, VERSION};
use super::others;
use super::raise::{raise, shown};
use super::step::counting;
use super::text::{ident, indent, literal, literals, part};
use super::versions;
use super::write;
use crate::ErrorKind;
use crate::model::{Column, Empty, Model, Order, Part, Rule, Touch, Variant, View};

/// The function.
pub(super) fn put(model: &Model, view: &View) -> String {
    let names = Names::new(&model.store, view);
    let id_type = part(&model.store.id_type, Part::Name);
    let guarded: Vec<String> = model.others().map(|view| is_guarded(model, view)).collect();
    let inside = format!("PERFORM {}(es_entity, es_above, es_last, true);", names.put);
    let others: Vec<View> = model.others().cloned().collect();
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
  es_last ALIAS FOR es_upto;{sometimes}
BEGIN
  IF NOT es_inside AND ({guarded}) THEN
    -- In a block that shows no values.
{block}
    RETURN es_last;
  END IF;
  IF es_above = 0 THEN
    -- From nothing. Rows can be there if somebody took away the entity's row in the rollup.{emptied}
  END IF;
{history}{views}{overtaken}
  RETURN es_last;
END",
        sometimes = sometimes(model),
        guarded = guarded.join(" OR "),
        block = indent(&block_of(model, &others, "es_entity::text", &inside), 4),
        emptied = indent(&others::deleted(model, model.others(), "es.es_entity"), 4),
        history = model.history.as_ref().map(|history| versions::kept(model, history)).unwrap_or_default(),
        views = if model.views.is_empty() { String::new() } else { views(model, &names) },
        overtaken = indent(&overtaken(model, &names), 2),
    ))
}

/// Folds the events into the views.
fn views(model: &Model, names: &Names) -> String {
    let missing =
        format!("es_version := es_last - 1;\n{SEQUENCE} := es_last;\nes_tag := NULL;\n{}", gap(model));
    let views: Vec<String> = model.views.iter().map(|view| indent(&folded(model, view), 4)).collect();
    format!(
        "  FOR es_event IN
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
",
        selected = selected(model),
        events = names.events,
        id = ident(&model.store.id),
        and_filter = filter::and(model, "e"),
        sequence = ident(&model.store.sequence),
        taken = indent(&taken(model), 4),
        // The root has refused an event without a type.
        open = indent(&open_compared(model), 4),
        out_of_turn = out_of_turn(model),
        views = views.join("\n"),
        missing = indent(&missing, 4),
    )
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
  IF EXISTS (SELECT FROM {rollup} AS r WHERE r.{ID} = es.es_entity AND r.{VERSION} > es.es_last) THEN
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

/// The variables that some models need.
fn sometimes(model: &Model) -> String {
    if model.views.is_empty() {
        return String::new();
    }
    let always = format!(
        "
  es_event record;  -- the current event
  {SEQUENCE} bigint;  -- its sequence
  es_version bigint := es_from;  -- that of the event before it
  es_tag text;  -- the event's type
  es_content jsonb;  -- the part of the payload that holds its fields
  es_value jsonb;  -- the current value"
    );
    let any = |text: &str, is_any: bool| if is_any { text.to_string() } else { String::new() };
    let rules = || model.views.iter().flat_map(|view| &view.rules);
    let each = rules().any(|rule| rule.each.is_some());
    let list = any(
        "\n  es_list jsonb;  -- the current list of values",
        model.views.iter().any(|view| reads_lists(model, view)),
    );
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
    always + &list + &elements + &found + &counting(&model.views)
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

/// Folds the current event into one table. Only an event that changes it pays for the variables.
fn folded(model: &Model, view: &View) -> String {
    let variants = || model.variants.iter().zip(&view.rules);
    let names = |changes: bool| {
        let chosen =
            variants().filter(move |(variant, rule)| !variant.other && (**rule != Rule::NOTHING) == changes);
        literals(chosen.flat_map(|(variant, _)| &variant.wire))
    };
    let mut branches = Vec::new();
    let mut otherwise = None;
    for (variant, rule) in variants().filter(|(_, rule)| **rule != Rule::NOTHING) {
        let body = indent(&branch(model, view, variant, rule), 2);
        if variant.other {
            otherwise = Some(format!("ELSE  -- {}: any other type\n{body}\n", variant.name));
        } else if !variant.wire.is_empty() {
            branches.push(format!("WHEN {} THEN  -- {}\n{body}\n", literals(&variant.wire), variant.name));
        }
    }
    // An event for any other type changes the table unless it has the name of one that does not.
    let condition = match (&otherwise, names(true), names(false)) {
        (None, names, _) if names.is_empty() => return format!("-- {}: no event changes it", view.name),
        (None, names, _) => format!("es_tag IN ({names})"),
        (Some(_), _, names) if names.is_empty() => "true".into(),
        (Some(_), _, names) => format!("es_tag NOT IN ({names})"),
    };
    let otherwise = otherwise.unwrap_or_default();
    let body = if branches.is_empty() {
        otherwise.split_once('\n').map(|(_, body)| body.to_string()).unwrap_or_default()
    } else {
        format!("CASE es_tag\n{}{otherwise}END CASE;", branches.concat())
    };
    format!(
        "IF {condition} THEN
  <<es_view>>
  DECLARE  -- {name}
    {ROW} {table}%ROWTYPE;  -- the current row{key}
  BEGIN
{body}
  END;
END IF;",
        name = view.name,
        table = Names::new(&model.store, view).rollup,
        key = indent(&view.parts().iter().enumerate().map(variable).collect::<String>(), 2),
        body = indent(body.trim_end(), 4),
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
            let matching: Vec<String> =
                parts.iter().map(|(place, _)| key::is_part(view, "v", *place)).collect();
            format!("{}\n{}", read.join("\n"), delete(&format!(" AND {}", matching.join(" AND "))))
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
    let ahead = ahead(model, view, rule);
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
{ahead}
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
        Touch::Change => {
            format!("{found}\nIF NOT FOUND THEN\n  {missing}\nEND IF;\n{ahead}\n{changed}\n{update}")
        }
        Touch::Remove => gone,
        Touch::Delete => format!("{gone}\nIF NOT FOUND THEN\n  {missing}\nEND IF;"),
    };
    let parts = rule.key.iter().enumerate();
    let parts = parts.map(|(place, source)| part_of_key(model, view, variant, place, source));
    parts.chain([text]).collect::<Vec<_>>().join("\n")
}

/// Refuses to fold an event into a row that has it already: somebody has set back the entity's row in the rollup. Several
/// elements of an event may choose the same row.
fn ahead(model: &Model, view: &View, rule: &Rule) -> String {
    let compared = if rule.each.is_some() { ">" } else { ">=" };
    format!(
        "IF {ROW}.{VERSION} {compared} {SEQUENCE} THEN
  RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
    MESSAGE = format('a row of %s for entity %s is ahead of event %s, which is to be folded into it', {table}, {shown}, {SEQUENCE}),
    HINT = {hint}, SCHEMA = {schema}, TABLE = {name};
END IF;",
        table = literal(&Names::new(&model.store, view).rollup),
        shown = shown("es_entity::text"),
        hint = others::again(model, "The row of the entity in the rollup was set back. "),
        schema = literal(&view.table.schema),
        name = literal(&view.table.name),
    )
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
