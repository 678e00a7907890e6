//! A statement that has one event of each of several entities: all of their rows are written by one UPDATE, and those of
//! streams that begin by one INSERT. It stands in the statement form's function, under any search path, so it leaves out
//! what [`ordinary`](super::ordinary) leaves out. Whatever it does not write takes the general path, which has the same
//! result, knows which events are folded, and says what is wrong with the others.

use std::collections::BTreeSet;

use super::columns::columns;
use super::effect::{can_be, types};
use super::event::{and_is_recorded, compared_tag};
use super::expression::{blank, expression, in_bounds, unread};
use super::filter;
use super::names::{Event, ID, MODIFIED_AT, NEW, Names, SEQUENCE, VERSION};
use super::operands::{Operands, Single, field, is_rule};
use super::order::follows_row;
use super::ordinary::can_begin;
use super::others;
use super::text::{ident, indent, literals, part, where_true};
use super::versions;
use crate::model::{
    Column, Fact, Kind, Model, Operation, Order, Part, Rule, Source, Touch, Type, Variant, View,
};

/// The variables of the text.
pub(super) const VARIABLES: &str = "
  es_events bigint;  -- how many events the statement has
  es_entities bigint;  -- of how many entities
  es_begins bigint;  -- how many of them begin their stream";

/// The event types that change a row, and those that begin one.
struct Singles<'a> {
    changing: Vec<Single<'a>>,
    beginning: Vec<Single<'a>>,
}

impl<'a> Singles<'a> {
    fn of(model: &'a Model, view: &'a View) -> Self {
        let chosen = |fits: fn(Touch) -> bool| {
            let variants = model.variants.iter().zip(&view.rules).enumerate();
            let single = |(place, (variant, rule)): (usize, (&'a Variant, &'a Rule))| {
                let is_single = !others::is_put(model, place)
                    && fits(rule.touch)
                    && can_be(model, view, variant, rule)
                    && is_short(variant, rule);
                is_single.then_some(Single { number: place + 1, variant, rule })
            };
            variants.filter_map(single).collect::<Vec<_>>()
        };
        let beginning = if can_begin(model, view) { chosen(creates) } else { Vec::new() };
        Self { changing: chosen(changes), beginning }
    }

    fn all(&self) -> impl Iterator<Item = &Single<'a>> {
        self.changing.iter().chain(&self.beginning)
    }
}

/// Whether the event can create the row.
const fn creates(touch: Touch) -> bool {
    match touch {
        Touch::Create | Touch::Add => true,
        Touch::Nothing | Touch::Change | Touch::Remove | Touch::Delete => false,
    }
}

/// Whether the event changes a row that is there.
const fn changes(touch: Touch) -> bool {
    match touch {
        Touch::Add | Touch::Change => true,
        Touch::Nothing | Touch::Create | Touch::Remove | Touch::Delete => false,
    }
}

/// Whether no field is read along a path that is checked on the way.
fn is_short(variant: &Variant, rule: &Rule) -> bool {
    rule.steps.iter().filter_map(field).all(|place| variant.fields[place].whole.is_none())
}

/// The most fields that such statements read. Each may be a column of a query, of which PostgreSQL takes 1,664
/// (<https://www.postgresql.org/docs/current/limits.html>).
const FIELDS: usize = 1000;

/// The text, with the types whose texts it has; `None` if no event type of the model can be written so.
pub(super) fn singles(model: &Model, view: &View) -> Option<(BTreeSet<Type>, String)> {
    match model.store.order {
        Order::Contiguous => {}
        // Nothing in an event says that it begins its stream, or that none is between it and the row.
        Order::Increasing => return None,
    }
    let singles = Singles::of(model, view);
    let fields: usize = singles.all().map(|single| single.fields().count()).sum();
    if singles.changing.is_empty() || fields > FIELDS {
        return None;
    }
    let types = singles.all().flat_map(|single| types(view, single.variant, single.rule));
    let types = types.chain([model.store.id_type]).collect();
    Some((types, text(model, view, &singles, fields)))
}

fn text(model: &Model, view: &View, singles: &Singles<'_>, fields: usize) -> String {
    let (id, sequence) = (ident(&model.store.id), ident(&model.store.sequence));
    let only = filter::only(model, "e");
    let (begins, insert) = if singles.beginning.is_empty() {
        (" AND es_begins = 0", String::new())
    } else {
        let insert = Statement::new(model, view, &singles.beginning).insert();
        let insert = indent(&versions::and_kept(model, &insert, &Names::new(&model.store, view).rollup), 4);
        let count = "    GET DIAGNOSTICS es_more := ROW_COUNT;\n    es_written := es_written + es_more;";
        ("", format!("\n  IF es_begins > 0 THEN\n{insert}\n{count}\n  END IF;"))
    };
    format!(
        "-- Often it has one event of each of several entities. Those that are ordinary, or begin their stream, are written
-- together.
SELECT sum(e.es_events)::bigint, count(*), sum(e.es_begins)::bigint INTO es_events, es_entities, es_begins
FROM (
  SELECT count(*) AS es_events, count(*) FILTER (WHERE e.{sequence} = 1) AS es_begins
  FROM {NEW} AS e{only} GROUP BY e.{id} OFFSET 0
) AS e;
IF es_events = es_entities{least}{begins}{apart} THEN
  es_written := 0;
  IF es_begins < es_events THEN
{update}
    GET DIAGNOSTICS es_written := ROW_COUNT;
  END IF;{insert}
  IF es_written = es_events THEN
    IF es_jit IS NOT NULL THEN
      es_set := set_config('jit', es_jit, true);
    END IF;
    RETURN NULL;
  END IF;
END IF;",
        least = and_is_worth_it(fields),
        apart = apart(model, singles),
        update = indent(&versions::and_kept(model, &Statement::new(model, view, &singles.changing).update(), "r"), 4),
    )
}

/// Whether there are events enough to be worth the start of the statements, which costs something for each field that they
/// can read, as a further condition. There are at least two, which are enough for up to 191 fields.
fn and_is_worth_it(fields: usize) -> String {
    let least = fields / 64;
    if least > 2 { format!(" AND es_events >= {least}") } else { String::new() }
}

/// Whether an event has a type that is not among them, as a further condition: then the statement takes the general path
/// from the beginning.
fn apart(model: &Model, singles: &Singles<'_>) -> String {
    let others =
        model.variants.iter().enumerate().filter(|(place, variant)| {
            !variant.other && singles.all().all(|single| single.number != place + 1)
        });
    let tags = literals(others.flat_map(|(_, variant)| &variant.wire));
    if tags.is_empty() {
        return String::new();
    }
    format!(
        "\n  AND NOT EXISTS (SELECT FROM {NEW} AS e WHERE {}{} = ANY (ARRAY[{tags}]))",
        compared_tag(model, "e"),
        filter::and(model, "e"),
    )
}

/// The statement that writes the events of some types.
struct Statement<'a> {
    model: &'a Model,
    view: &'a View,
    singles: &'a [Single<'a>],
    operands: Operands,
}

impl<'a> Statement<'a> {
    fn new(model: &'a Model, view: &'a View, singles: &'a [Single<'a>]) -> Self {
        Self { model, view, singles, operands: Operands::of(model, view, singles) }
    }

    /// Whether every value of the event was accepted.
    fn accepted(&self) -> String {
        let arm = |single: &Single<'_>| {
            let conditions = single.reads(self.model, self.view).map(|(step, read)| {
                let value = self.operands.of_step(single, step);
                let accepted = match read.none {
                    Some(none) => format!("({value} IS NOT NULL OR {none})"),
                    None => format!("{value} IS NOT NULL"),
                };
                let twice = read.twice.map(|twice| format!(" AND ({twice}) IS NOT TRUE"));
                accepted + &twice.unwrap_or_default()
            });
            let conditions: Vec<String> = conditions.collect();
            let arm = format!("\n  WHEN es_rule = {} THEN {}", single.number, conditions.join(" AND "));
            (!conditions.is_empty()).then_some(arm)
        };
        let arms: String = self.singles.iter().filter_map(arm).collect();
        if arms.is_empty() { "es_rule > 0".into() } else { format!("CASE{arms}\n  ELSE es_rule > 0\nEND") }
    }

    /// What becomes of a column, as one expression: its current value if no event type has a step for it.
    fn result(&self, place: usize, current: &str) -> String {
        let column = &self.view.columns[place];
        let typed = |result: String| match column.kind {
            Kind::Counter => format!("({result})::{}", part(&column.ty, Part::Qualified)),
            Kind::Value | Kind::Set | Kind::List => result,
        };
        // One arm for all event types with the same result.
        let mut arms: Vec<(Vec<usize>, String)> = Vec::new();
        for (number, operation, value) in self.steps(place) {
            let result = expression(column, operation, current, &value);
            match arms.iter_mut().find(|(_, other)| *other == result) {
                Some((numbers, _)) => numbers.push(number),
                None => arms.push((vec![number], result)),
            }
        }
        let arm = |(numbers, result): (Vec<usize>, String)| {
            format!(" WHEN {} THEN {}", is_rule(&numbers), typed(result))
        };
        let arms: Vec<String> = arms.into_iter().map(arm).collect();
        if arms.is_empty() { current.into() } else { format!("CASE{} ELSE {current} END", arms.concat()) }
    }

    /// The operation on the column and its operand, for each event type that has a step for it.
    fn steps(&self, place: usize) -> impl Iterator<Item = (usize, Operation, String)> {
        self.singles.iter().filter_map(move |single| {
            let step = single.rule.steps.iter().find(|step| step.column == place)?;
            let value = match step.source {
                Source::Field(_) => self.operands.of_step(single, step),
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                    unread(self.model, &step.source).unwrap_or_default()
                }
            };
            Some((single.number, step.operation, value))
        })
    }

    /// Whether each counter stays in the range of its type, as further conditions.
    fn counted(&self, current: impl Fn(&Column) -> String) -> String {
        let guard = |(place, column): (usize, &Column)| {
            let current = current(column);
            let counting = self.steps(place).filter_map(|(number, operation, value)| {
                let in_bounds = in_bounds(column, operation, &current, &value)?;
                Some((number, in_bounds, expression(column, operation, &current, &value)))
            });
            let counting: Vec<(usize, String, String)> = counting.collect();
            if counting.is_empty() {
                return None;
            }
            let arm = |number: &usize, value: &str| format!(" WHEN es_rule = {number} THEN {value}");
            let in_bounds =
                counting.iter().map(|(number, in_bounds, _)| format!("\n   {}", arm(number, in_bounds)));
            let in_bounds: String = in_bounds.collect();
            let results: String = counting.iter().map(|(number, _, result)| arm(number, result)).collect();
            let numbers: Vec<usize> = counting.iter().map(|(number, ..)| *number).collect();
            let bounded = || format!("CASE{in_bounds}\n    ELSE true END");
            let unbounded = || {
                format!(
                    "CASE WHEN {} THEN (
    SELECT {holds} FROM (SELECT CASE{results} END AS es_number) AS es_counted
  ) ELSE true END",
                    is_rule(&numbers),
                    holds = part(&column.ty, Part::Holds),
                )
            };
            let bounded = where_true(&column.ty, Fact::Bounded, bounded);
            Some(format!("\n  AND {bounded}{}", where_true(&column.ty, Fact::Unbounded, unbounded)))
        };
        self.view.columns.iter().enumerate().filter_map(guard).collect()
    }

    /// Writes the rows that the events directly follow.
    fn update(&self) -> String {
        let (names, event) = (Names::new(&self.model.store, self.view), Event::new(&self.model.store));
        let mut set = vec![format!("{VERSION} = {SEQUENCE}")];
        if self.model.store.recorded_at.is_some() {
            set.push(format!("{MODIFIED_AT} = {}", event.recorded_at));
        }
        let current = |column: &Column| format!("r.{}", ident(&column.name));
        for (place, column) in self.view.columns.iter().enumerate() {
            if self.singles.iter().any(|single| single.rule.steps.iter().any(|step| step.column == place)) {
                set.push(format!("{} = {}", ident(&column.name), self.result(place, &current(column))));
            }
        }
        format!(
            "UPDATE {rollup} AS r SET
  {set}
FROM (
{events}
) AS es_event
WHERE {accepted}{recorded}
  AND r.{ID} = {id}{collation} AND {follows}{counted}
  -- Always true. PostgreSQL expects one row of it, and so finds the rows by index.
  AND {SEQUENCE} * 0 = 0 AND es_rule * 0 = 0 AND ({SEQUENCE} * 0) + (es_rule * 0) = 0;",
            rollup = names.rollup,
            set = set.join(",\n  "),
            events = indent(&self.operands.events(self.model, self.singles, false), 2),
            accepted = self.accepted(),
            recorded = and_is_recorded(self.model),
            id = event.id,
            // The rollup's id has the default collation, and so has its index. That of the event table may have another.
            collation = where_true(&self.model.store.id_type, Fact::Text, || {
                " COLLATE pg_catalog.\"default\"".into()
            }),
            follows = follows_row(self.model),
            counted = self.counted(current),
        )
    }

    /// Writes the rows of the streams that begin.
    fn insert(&self) -> String {
        let (names, event) = (Names::new(&self.model.store, self.view), Event::new(&self.model.store));
        let mut values = vec![event.id, SEQUENCE.into()];
        if self.model.store.recorded_at.is_some() {
            values.extend([event.recorded_at.clone(), event.recorded_at]);
        }
        for (place, column) in self.view.columns.iter().enumerate() {
            values.push(self.result(place, &blank(column)));
        }
        format!(
            "INSERT INTO {rollup} ({columns})
SELECT
  {values}
FROM (
{events}
) AS es_event
WHERE {accepted}{recorded}{counted}
ON CONFLICT ({ID}) DO NOTHING;",
            rollup = names.rollup,
            columns = columns(self.model, self.view).join(", "),
            values = values.join(",\n  "),
            events = indent(&self.operands.events(self.model, self.singles, true), 2),
            accepted = self.accepted(),
            recorded = and_is_recorded(self.model),
            counted = self.counted(blank),
        )
    }
}
