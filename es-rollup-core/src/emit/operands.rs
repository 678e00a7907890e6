//! The operands of events of several types, read by one query.

use super::event::{content_wrong, opened};
use super::field::{Read, reads};
use super::text::{indent, literal};
use crate::model::{Model, Rule, Source, Step, Variant, View};

/// An event type, with its number in the text.
pub(super) struct Single<'a> {
    pub(super) number: usize,
    pub(super) variant: &'a Variant,
    pub(super) rule: &'a Rule,
}

/// The place of the field that the step reads.
pub(super) fn field(step: &Step) -> Option<usize> {
    match step.source {
        Source::Field(place) => Some(place),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    }
}

impl Single<'_> {
    /// The steps that read a field, each with the place of the field.
    pub(super) fn fields(&self) -> impl Iterator<Item = (&Step, usize)> {
        self.rule.steps.iter().filter_map(|step| Some((step, field(step)?)))
    }

    pub(super) fn reads<'m>(
        &'m self,
        model: &'m Model,
        view: &'m View,
    ) -> impl Iterator<Item = (&'m Step, Read)> {
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

/// Whether the event has one of these types.
pub(super) fn is_rule(numbers: &[usize]) -> String {
    match numbers {
        [number] => format!("es_rule = {number}"),
        numbers => {
            let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
            format!("es_rule = ANY (ARRAY[{}])", numbers.join(", "))
        }
    }
}

/// Fields that are read alike, at most one of each event type. The text that reads them is long, so it is there only once.
struct Operand {
    /// The operand, over `es_value`.
    read: String,
    /// The JSON of each field, with the number of its event type.
    fields: Vec<(usize, String)>,
    /// The event types and the columns that the fields are for.
    steps: Vec<(usize, usize)>,
}

/// The operands of some event types.
pub(super) struct Operands(Vec<Operand>);

impl Operands {
    pub(super) fn of(model: &Model, view: &View, singles: &[Single<'_>]) -> Self {
        let mut operands: Vec<Operand> = Vec::new();
        for single in singles {
            for (step, Read { operand, json, .. }) in single.reads(model, view) {
                let is_free = |other: &&mut Operand| {
                    other.read == operand && other.fields.iter().all(|(number, _)| *number != single.number)
                };
                let (field, step) = ((single.number, json), (single.number, step.column));
                match operands.iter_mut().find(is_free) {
                    Some(other) => {
                        other.fields.push(field);
                        other.steps.push(step);
                    }
                    None => operands.push(Operand { read: operand, fields: vec![field], steps: vec![step] }),
                }
            }
        }
        Self(operands)
    }

    /// The variable of a step's operand.
    pub(super) fn of_step(&self, single: &Single<'_>, step: &Step) -> String {
        let is_its = |operand: &Operand| operand.steps.contains(&(single.number, step.column));
        let place = self.0.iter().position(is_its).expect("each field that is read has an operand");
        format!("es_{}", place + 1)
    }

    /// The events of the statement, or only those that are the first of their streams, each with the number of the rule
    /// for its type and with the operands.
    pub(super) fn events(&self, model: &Model, singles: &[Single<'_>], first: bool) -> String {
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
        if self.0.is_empty() {
            return numbered;
        }
        let operands: Vec<String> = (1..)
            .zip(&self.0)
            .map(|(place, operand)| format!(",\n  {} AS es_{place}", operand.text()))
            .collect();
        format!(
            "SELECT es_event.*{operands}
FROM (
{numbered}
) AS es_event
OFFSET 0",
            operands = operands.concat(),
            numbered = indent(&numbered, 2),
        )
    }
}

impl Operand {
    /// The operand of an event. A scalar sub-query binds `es_value`: PostgreSQL plans each by itself, while the time to
    /// plan joins with so many sub-queries grows with more than the square of their number.
    fn text(&self) -> String {
        let Self { read, fields, .. } = self;
        let value = match fields.as_slice() {
            [(_, json)] => json.clone(),
            fields => {
                let arm = |(number, json): &(usize, String)| format!("WHEN es_rule = {number} THEN {json}");
                let arms: Vec<String> = fields.iter().map(arm).collect();
                format!("CASE {} END", arms.join("\n      "))
            }
        };
        let numbers: Vec<usize> = fields.iter().map(|(number, _)| *number).collect();
        format!(
            "CASE WHEN {} THEN (
    SELECT {read}
    FROM (SELECT {value} AS es_value OFFSET 0) AS v
  ) END",
            is_rule(&numbers)
        )
    }
}
