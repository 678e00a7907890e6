//! What one event does to the rows of a view, wherever they are: in the view's table, or in variables.

use super::change::{Refusal, change, each, key as part_of_key};
use super::columns::type_name;
use super::constraints;
use super::expression::initial;
use super::held;
use super::key;
use super::members::Members;
use super::names::{CREATED_AT, Event, ID, MODIFIED_AT, Names, ROW, SEQUENCE, VERSION};
use super::others;
use super::raise::{raise, shown};
use super::text::{ident, indent, literal, literals};
use super::write;
use crate::ErrorKind;
use crate::model::{Column, Empty, Model, Rule, Touch, Variant, View};

/// Where the rows are that events change.
#[derive(Clone, Copy)]
pub(super) enum Rows {
    /// In the view's table.
    Stored,
    /// In variables, by the place of the view in the model.
    Held(usize),
}

/// Folds the current event into one table. Only an event that changes it pays for the variables.
pub(super) fn folded(model: &Model, view: &View, rows: Rows) -> String {
    let variants = || model.variants.iter().zip(&view.rules);
    let names = |changes: bool| {
        let chosen =
            variants().filter(move |(variant, rule)| !variant.other && (**rule != Rule::NOTHING) == changes);
        literals(chosen.flat_map(|(variant, _)| &variant.wire))
    };
    let mut branches = Vec::new();
    let mut otherwise = None;
    for (variant, rule) in variants().filter(|(_, rule)| **rule != Rule::NOTHING) {
        let body = indent(&branch(model, view, variant, rule, rows), 2);
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
fn branch(model: &Model, view: &View, variant: &Variant, rule: &Rule, rows: Rows) -> String {
    let row = row(model, view, variant, rule, rows);
    let changed = match (rule.touch, rule.each) {
        (Touch::Nothing, _) => None,
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, None) => Some(row),
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, Some(place)) => {
            Some(each(model, view, variant, &variant.fields[place], &rule.key, &row))
        }
    };
    let parts = empty(model, view, variant, rule, rows).into_iter().chain(changed);
    parts.collect::<Vec<_>>().join("\n")
}

/// Takes away the rows that the event takes before all else.
fn empty(model: &Model, view: &View, variant: &Variant, rule: &Rule, rows: Rows) -> Option<String> {
    let emptied = |places: &[usize]| match rows {
        Rows::Held(nth) => held::emptied(view, nth, places),
        Rows::Stored => {
            let table = Names::new(&model.store, view).rollup;
            let matching = places.iter().map(|place| format!(" AND {}", key::is_part(view, "v", *place)));
            format!("DELETE FROM {table} AS v WHERE v.{ID} = es.es_entity{};", matching.collect::<String>())
        }
    };
    Some(match rule.empty.as_ref()? {
        Empty::All => emptied(&[]),
        Empty::Matching(parts) => {
            let read: Vec<String> = parts
                .iter()
                .map(|(place, source)| part_of_key(model, view, variant, (*place, source), Refusal::Raised))
                .collect();
            let places: Vec<usize> = parts.iter().map(|(place, _)| *place).collect();
            format!("{}\n{}", read.join("\n"), emptied(&places))
        }
    })
}

/// Finds the key, and changes its row.
fn row(model: &Model, view: &View, variant: &Variant, rule: &Rule, rows: Rows) -> String {
    let text = match rows {
        Rows::Stored => stored(model, view, variant, rule),
        Rows::Held(nth) => held(model, view, variant, rule, nth),
    };
    let parts = rule.key.iter().enumerate();
    let parts = parts.map(|part| part_of_key(model, view, variant, part, Refusal::Raised));
    parts.chain([text]).collect::<Vec<_>>().join("\n")
}

/// The error about a row that is not there, and the one about a row that is.
fn errors(model: &Model, view: &View) -> [String; 2] {
    [ErrorKind::RowMissing, ErrorKind::RowExists]
        .map(|kind| raise(model, view, &format!("'{}'", kind.sqlstate()), None))
}

/// Changes the row in the table.
fn stored(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> String {
    let table = Names::new(&model.store, view).rollup;
    let [missing, exists] = errors(model, view);
    let found = format!("SELECT v.* INTO {ROW} FROM {table} AS v WHERE {};", key::current(view, "v"));
    let gone = format!("DELETE FROM {table} AS v WHERE {};", key::current(view, "v"));
    let ahead = ahead(model, view, rule);
    let (changed, new) = (changed(model, view, variant, rule), new(model, view));
    let (insert, update) = (write::inserted(model, view), write::updated(model, view));
    match rule.touch {
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
    }
}

/// The same in variables.
fn held(model: &Model, view: &View, variant: &Variant, rule: &Rule, nth: usize) -> String {
    let [missing, exists] = errors(model, view);
    let (find, read) = (held::find(view, nth), held::read(nth));
    let (insert, update, gone) = (held::inserted(view, nth), held::updated(nth), held::gone(nth));
    let (changed, new) = (changed(model, view, variant, rule), new(model, view));
    match rule.touch {
        Touch::Nothing => String::new(),
        Touch::Create => {
            format!(
                "{ROW} := NULL;\n{new}\n{changed}\n{find}\nIF es_found THEN\n  {exists}\nEND IF;\n{insert}"
            )
        }
        Touch::Add => format!(
            "{find}
IF es_found THEN
  {read}
ELSE
  {ROW} := NULL;
{new}
END IF;
{changed}
IF es_found THEN
  {update}
ELSE
{insert}
END IF;",
            new = indent(&new, 2),
            insert = indent(&insert, 2),
        ),
        Touch::Change => {
            format!("{find}\nIF NOT es_found THEN\n  {missing}\nEND IF;\n{read}\n{changed}\n{update}")
        }
        Touch::Remove => format!("{find}\nIF es_found THEN\n{}\nEND IF;", indent(&gone, 2)),
        Touch::Delete => format!("{find}\nIF NOT es_found THEN\n  {missing}\nEND IF;\n{gone}"),
    }
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
