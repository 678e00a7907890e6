//! A statement that has one event of each of several entities: all of their rows are written by one UPDATE, and those of
//! streams that begin by one INSERT. It stands in the statement form's function, under any search path, so it leaves out
//! what [`ordinary`](super::ordinary) leaves out. Whatever it does not write takes the general path, which has the same
//! result, knows which events are folded, and says what is wrong with the others.

use std::collections::BTreeSet;

use super::columns::columns;
use super::event::{and_is_recorded, compared_tag, content_wrong, opened};
use super::expression::{blank, expression, unread};
use super::field::{Read, reads};
use super::filter;
use super::names::{Event, ID, MODIFIED_AT, NEW, Names, SEQUENCE, VERSION};
use super::order::follows_row;
use super::ordinary::{can_be, can_begin, types};
use super::text::{ident, indent, literal, literals, part, where_true};
use crate::model::{Column, Fact, Kind, Life, Model, Order, Part, Rule, Source, Step, Type, Variant, View};

/// The variables of the text.
pub(super) const VARIABLES: &str = "
  es_events bigint;  -- how many events the statement has
  es_entities bigint;  -- of how many entities
  es_begins bigint;  -- how many of them begin their stream";

/// An event type that can be written so, with its number in the text.
struct Single<'a> {
    number: usize,
    variant: &'a Variant,
    rule: &'a Rule,
}

/// The event types that change a row, and those that begin one.
struct Singles<'a> {
    changing: Vec<Single<'a>>,
    beginning: Vec<Single<'a>>,
}

impl<'a> Singles<'a> {
    fn of(model: &'a Model, view: &'a View) -> Self {
        let chosen = |life: Life| {
            let variants = model.variants.iter().zip(&view.rules).enumerate();
            let single = |(place, (variant, rule)): (usize, (&'a Variant, &'a Rule))| {
                let is_single =
                    variant.life == life && can_be(model, view, variant, rule) && is_short(variant, rule);
                is_single.then_some(Single { number: place + 1, variant, rule })
            };
            variants.filter_map(single).collect::<Vec<_>>()
        };
        let begins = if model.has_create() { Life::Create } else { Life::Change };
        let beginning = if can_begin(model, view) { chosen(begins) } else { Vec::new() };
        Self { changing: chosen(Life::Change), beginning }
    }

    fn all(&self) -> impl Iterator<Item = &Single<'a>> {
        self.changing.iter().chain(&self.beginning)
    }
}

/// Whether no field is read along a path that is checked on the way.
fn is_short(variant: &Variant, rule: &Rule) -> bool {
    rule.steps.iter().filter_map(field).all(|place| variant.fields[place].whole.is_none())
}

/// The place of the field that the step reads.
fn field(step: &Step) -> Option<usize> {
    match step.source {
        Source::Field(place) => Some(place),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    }
}

/// The text, with the types whose texts it has; `None` if no event type of the model can be written so.
pub(super) fn singles(model: &Model, view: &View) -> Option<(BTreeSet<Type>, String)> {
    match model.store.order {
        Order::Contiguous => {}
        // Nothing in an event says that it begins its stream, or that none is between it and the row.
        Order::Increasing => return None,
    }
    let singles = Singles::of(model, view);
    let fields: usize = singles.all().map(|single| single.fields().count()).sum();
    if singles.changing.is_empty() {
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
        let insert = indent(&insert(model, view, &singles.beginning), 4);
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
        update = indent(&update(model, view, &singles.changing), 4),
    )
}

/// Whether there are events enough to be worth the start of the statements, which costs something for each field that they
/// can read, as a further condition. There are at least two, which are enough for a hundred fields and more.
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

impl Single<'_> {
    /// The steps that read a field, each with the place of the field.
    fn fields(&self) -> impl Iterator<Item = (&Step, usize)> {
        self.rule.steps.iter().filter_map(|step| Some((step, field(step)?)))
    }

    fn reads<'m>(&'m self, model: &'m Model, view: &'m View) -> impl Iterator<Item = (&'m Step, Read)> {
        self.fields().map(move |(step, place)| {
            let column = &view.columns[step.column];
            (step, reads(model, column, step.operation, &self.variant.fields[place]))
        })
    }

    /// Whether an event is of this type.
    fn is_tagged(&self) -> String {
        let tags = self.variant.wire.iter().map(|tag| format!("es_tag = {}", literal(tag)));
        let tags: Vec<String> = tags.collect();
        if tags.len() > 1 { format!("({})", tags.join(" OR ")) } else { tags.concat() }
    }
}

/// Fields that are read alike, at most one of each event type. The text that reads them is long, and PostgreSQL plans the
/// statement as a whole at the first insert of a session, so it is there only once.
struct Slot {
    /// The operand, over `es_value`.
    operand: String,
    /// The JSON of each field, with the number of its event type.
    fields: Vec<(usize, String)>,
    /// The event types and the columns that the fields are for.
    steps: Vec<(usize, usize)>,
}

/// The operands of some event types.
struct Slots(Vec<Slot>);

impl Slots {
    fn of(model: &Model, view: &View, singles: &[Single<'_>]) -> Self {
        let mut slots: Vec<Slot> = Vec::new();
        for single in singles {
            for (step, Read { operand, json, .. }) in single.reads(model, view) {
                let is_free = |slot: &&mut Slot| {
                    slot.operand == operand && slot.fields.iter().all(|(number, _)| *number != single.number)
                };
                let (field, step) = ((single.number, json), (single.number, step.column));
                match slots.iter_mut().find(is_free) {
                    Some(slot) => {
                        slot.fields.push(field);
                        slot.steps.push(step);
                    }
                    None => slots.push(Slot { operand, fields: vec![field], steps: vec![step] }),
                }
            }
        }
        Self(slots)
    }

    /// The variable of a step's operand.
    fn operand(&self, single: &Single<'_>, step: &Step) -> String {
        let is_its = |slot: &Slot| slot.steps.contains(&(single.number, step.column));
        let place = self.0.iter().position(is_its).expect("each field that is read has a slot");
        format!("es_{}", place + 1)
    }
}

/// The events of the statement, or only those that are the first of their streams, each with the number of the rule for
/// its type and with the operands.
fn events(model: &Model, slots: &Slots, singles: &[Single<'_>], first: bool) -> String {
    let number = |single: &Single<'_>| {
        let right = content_wrong(model, single.variant)
            .map(|wrong| format!(" AND ({wrong}) IS NOT TRUE"))
            .unwrap_or_default();
        format!("WHEN {}{right} THEN {}", single.is_tagged(), single.number)
    };
    let numbers: Vec<String> = singles.iter().map(number).collect();
    let numbered = format!(
        "SELECT es_event.*, CASE {numbers} END AS es_rule
FROM (
{opened}
) AS es_event
OFFSET 0",
        numbers = numbers.join("\n    "),
        opened = indent(&opened(model, first), 2),
    );
    let slots = || (1..).zip(&slots.0);
    let value = |(place, slot): (usize, &Slot)| {
        let arm = |(number, json): &(usize, String)| format!("WHEN es_rule = {number} THEN {json}");
        let arms: Vec<String> = slot.fields.iter().map(arm).collect();
        format!(",\n  CASE {} END AS es_value_{place}", arms.join("\n    "))
    };
    let values: String = slots().map(value).collect();
    let operand = |(place, _): (usize, &Slot)| format!(", f{place}.es_operand AS es_{place}");
    let operands: String = slots().map(operand).collect();
    let join = |(place, slot): (usize, &Slot)| {
        format!(
            "\n  CROSS JOIN LATERAL (
    SELECT {} AS es_operand FROM (SELECT es_value_{place} AS es_value) AS v
  ) AS f{place}",
            slot.operand
        )
    };
    let joins: String = slots().map(join).collect();
    if joins.is_empty() {
        return numbered;
    }
    format!(
        "SELECT es_event.*{operands}
FROM (
  SELECT es_event.*{values}
  FROM (
{numbered}
  ) AS es_event
  OFFSET 0
) AS es_event{joins}
OFFSET 0",
        values = indent(&values, 2).trim_start_matches(' '),
        numbered = indent(&numbered, 4),
    )
}

/// Whether every value of the event was accepted.
fn accepted(model: &Model, view: &View, slots: &Slots, singles: &[Single<'_>]) -> String {
    let arm = |single: &Single<'_>| {
        let conditions = single.reads(model, view).map(|(step, read)| {
            let value = slots.operand(single, step);
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
    let arms: String = singles.iter().filter_map(arm).collect();
    if arms.is_empty() { "es_rule > 0".into() } else { format!("CASE{arms}\n  ELSE es_rule > 0\nEND") }
}

/// What becomes of a column, as one expression: its current value if no event type has a step for it.
fn result(
    model: &Model,
    view: &View,
    place: usize,
    slots: &Slots,
    singles: &[Single<'_>],
    current: &str,
) -> String {
    let column = &view.columns[place];
    let typed = |result: String| match column.kind {
        Kind::Counter => format!("({result})::{}", part(&column.ty, Part::Qualified)),
        Kind::Value | Kind::Set | Kind::List => result,
    };
    // One arm for all event types with the same result.
    let mut arms: Vec<(Vec<usize>, String)> = Vec::new();
    for (number, result) in results(model, view, place, slots, singles, current) {
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

/// Whether the event has one of these types.
fn is_rule(numbers: &[usize]) -> String {
    match numbers {
        [number] => format!("es_rule = {number}"),
        numbers => {
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            format!("es_rule = ANY (ARRAY[{}])", numbers.join(", "))
        }
    }
}

/// The new value for each event type that has a step for the column.
fn results(
    model: &Model,
    view: &View,
    place: usize,
    slots: &Slots,
    singles: &[Single<'_>],
    current: &str,
) -> Vec<(usize, String)> {
    let result = |single: &Single<'_>| {
        let step = single.rule.steps.iter().find(|step| step.column == place)?;
        let value = match step.source {
            Source::Field(_) => slots.operand(single, step),
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                unread(model, &step.source).unwrap_or_default()
            }
        };
        Some((single.number, expression(&view.columns[place], step.operation, current, &value)))
    };
    singles.iter().filter_map(result).collect()
}

/// Whether each counter stays in the range of its type, as further conditions.
fn counted(
    model: &Model,
    view: &View,
    slots: &Slots,
    singles: &[Single<'_>],
    current: impl Fn(&Column) -> String,
) -> String {
    let guard = |(place, column): (usize, &Column)| {
        let counts = |single: &&Single<'_>| {
            single.rule.steps.iter().any(|step| step.column == place && step.operation.counts())
        };
        let numbers: Vec<usize> = singles.iter().filter(counts).map(|single| single.number).collect();
        let results = results(model, view, place, slots, singles, &current(column));
        let counting = results.iter().filter(|(number, _)| numbers.contains(number));
        let arms: Vec<String> =
            counting.map(|(number, result)| format!(" WHEN es_rule = {number} THEN {result}")).collect();
        let holds = part(&column.ty, Part::Holds);
        let guard = format!(
            "\n  AND CASE WHEN {} THEN (
    SELECT {holds} FROM (SELECT CASE{} END AS es_number) AS es_counted
  ) ELSE true END",
            is_rule(&numbers),
            arms.concat(),
        );
        (!numbers.is_empty()).then_some(guard)
    };
    view.columns.iter().enumerate().filter_map(guard).collect()
}

/// Writes the rows that the events directly follow.
fn update(model: &Model, view: &View, singles: &[Single<'_>]) -> String {
    let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
    let slots = &Slots::of(model, view, singles);
    let mut set = vec![format!("{VERSION} = {SEQUENCE}")];
    if model.store.recorded_at.is_some() {
        set.push(format!("{MODIFIED_AT} = {}", event.recorded_at));
    }
    let current = |column: &Column| format!("r.{}", ident(&column.name));
    for (place, column) in view.columns.iter().enumerate() {
        if singles.iter().any(|single| single.rule.steps.iter().any(|step| step.column == place)) {
            let result = result(model, view, place, slots, singles, &current(column));
            set.push(format!("{} = {result}", ident(&column.name)));
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
        events = indent(&events(model, slots, singles, false), 2),
        accepted = accepted(model, view, slots, singles),
        recorded = and_is_recorded(model),
        id = event.id,
        // The rollup's id has the default collation, and so has its index. That of the event table may have another.
        collation = where_true(&model.store.id_type, Fact::Text, || " COLLATE pg_catalog.\"default\"".into()),
        follows = follows_row(model),
        counted = counted(model, view, slots, singles, current),
    )
}

/// Writes the rows of the streams that begin.
fn insert(model: &Model, view: &View, singles: &[Single<'_>]) -> String {
    let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
    let slots = &Slots::of(model, view, singles);
    let mut values = vec![event.id, SEQUENCE.into()];
    if model.store.recorded_at.is_some() {
        values.extend([event.recorded_at.clone(), event.recorded_at]);
    }
    for (place, column) in view.columns.iter().enumerate() {
        values.push(result(model, view, place, slots, singles, &blank(column)));
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
        columns = columns(model, view).join(", "),
        values = values.join(",\n  "),
        events = indent(&events(model, slots, singles, true), 2),
        accepted = accepted(model, view, slots, singles),
        recorded = and_is_recorded(model),
        counted = counted(model, view, slots, singles, blank),
    )
}
