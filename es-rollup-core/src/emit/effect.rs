//! One row that an ordinary event writes in one statement: how the event's values are read before, and the statement.

use std::collections::BTreeSet;

use super::change::{NOT_ORDINARY, copied, found};
use super::columns::columns;
use super::constraints::check_reads;
use super::expression::{blank, empty, expression, in_bounds, unread};
use super::field::default;
use super::key;
use super::names::{Event, MODIFIED_AT, Names, VERSION};
use super::text::{ident, indent, part, where_true};
use crate::model::{Column, Envelope, Fact, Field, Model, Part, Rule, Source, Step, Type, Variant, View};

/// What an event of one variant does to a row of a table, if [`can_be`] says that one statement
/// can do it.
pub(super) struct Effect<'a> {
    model: &'a Model,
    view: &'a View,
    variant: &'a Variant,
    rule: &'a Rule,
    /// The variable that the event's values are read into.
    values: &'static str,
    /// See [`direct`].
    direct: Option<usize>,
}

/// The types whose texts the statement and what it reads before have.
pub(super) fn types(view: &View, variant: &Variant, rule: &Rule) -> BTreeSet<Type> {
    let fields = rule.steps.iter().filter_map(|step| field(variant, step));
    let fields = fields.flat_map(|field| [Some(field.ty), field.whole.as_ref().map(|whole| whole.ty)]);
    let columns = rule.steps.iter().map(|step| Some(view.columns[step.column].ty));
    fields.chain(columns).flatten().collect()
}

/// Whether one statement can do everything that events of the variant do to a row.
pub(super) fn can_be(model: &Model, view: &View, variant: &Variant, rule: &Rule) -> bool {
    let once =
        |(at, step): (usize, &Step)| rule.steps[..at].iter().all(|earlier| earlier.column != step.column);
    let simple = |step: &Step| match step.source {
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => true,
        Source::Field(place) => {
            let field = &variant.fields[place];
            // A member has no variable in the row, so there can be only one.
            !field.many && !model.types.raises(field.ty) && (!is_member(view, step) || !field.optional)
        }
    };
    let members = rule.steps.iter().filter(|step| is_member(view, step)).count();
    // The checks hold for the row, and still hold if what they read stays.
    let written = rule.steps.iter().map(|step| view.columns[step.column].name.as_str());
    let moved = Envelope::of(&model.store).filter(|one| !one.is_fixed()).map(Envelope::name);
    let checked = check_reads(view, written) || check_reads(view, moved);
    !variant.other
        && !variant.wire.is_empty()
        && !checked
        && rule.steps.iter().enumerate().all(once)
        && rule.steps.iter().all(simple)
        && members <= 1
}

/// Whether the step adds a field's value to a collection, or removes it.
fn is_member(view: &View, step: &Step) -> bool {
    let column = &view.columns[step.column];
    column.kind.is_many() && matches!(step.source, Source::Field(_))
}

/// The field that the step reads.
fn field<'a>(variant: &'a Variant, step: &Step) -> Option<&'a Field> {
    match step.source {
        Source::Field(place) => Some(&variant.fields[place]),
        Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
    }
}

/// The place of the step whose value stays in `es_value`, where the statement reads it: a member of a collection, which
/// has no variable in the row, or the last value that is never absent, which does not need one.
fn direct(view: &View, variant: &Variant, rule: &Rule) -> Option<usize> {
    let member = |step: &Step, _: &Field| is_member(view, step);
    let always =
        |step: &Step, field: &Field| !field.optional && default(field).is_none() && !step.operation.counts();
    let last = |fits: &dyn Fn(&Step, &Field) -> bool| {
        rule.steps.iter().rposition(|step| field(variant, step).is_some_and(|field| fits(step, field)))
    };
    last(&member).or_else(|| last(&always))
}

impl<'a> Effect<'a> {
    pub(super) fn of(
        model: &'a Model,
        view: &'a View,
        variant: &'a Variant,
        rule: &'a Rule,
        values: &'static str,
    ) -> Self {
        Self { model, view, variant, rule, values, direct: direct(view, variant, rule) }
    }

    /// Reads the event's values into the variable, and the last of them into `es_value`.
    pub(super) fn read(&self) -> Vec<String> {
        let Self { model, view, variant, rule, values, direct } = *self;
        let steps = rule.steps.iter().enumerate().filter(|(place, _)| Some(*place) != direct);
        let copied = steps.filter_map(|(_, step)| {
            let column = &view.columns[step.column];
            field(variant, step).map(|field| copied(model, view, column, values, step.operation, field))
        });
        let found = self.found().map(|(step, field)| found(model, view, &view.columns[step.column], field));
        copied.chain(found).collect()
    }

    /// The step whose value stays in `es_value`, with its field.
    fn found(&self) -> Option<(&'a Step, &'a Field)> {
        let step = &self.rule.steps[self.direct?];
        field(self.variant, step).map(|field| (step, field))
    }

    /// Whether the values are accepted, after `lines` have read them.
    pub(super) fn accepted(&self, lines: &[String]) -> Vec<String> {
        let refused = lines.iter().any(|line| line.contains(NOT_ORDINARY)).then(|| "es_ordinary".into());
        let found = self.found().map(|(_, field)| format!("({})", part(&field.ty, Part::Accepts)));
        refused.into_iter().chain(found).collect()
    }

    /// Changes the row, whose name in the statement is `row`, if it is `found`.
    pub(super) fn update(&self, row: &str, found: Vec<String>) -> String {
        let Self { model, view, rule, .. } = *self;
        let (names, event) = (Names::new(&model.store, view), Event::new(&model.store));
        let mut set = vec![format!("{VERSION} = {}", event.sequence)];
        if model.store.recorded_at.is_some() {
            set.push(format!("{MODIFIED_AT} = {}", event.recorded_at));
        }
        let mut guards = found;
        for (place, step) in rule.steps.iter().enumerate() {
            let column = &view.columns[step.column];
            let name = ident(&column.name);
            let (current, value) = (format!("{row}.{name}"), self.value(place, step));
            guards.extend(counted(column, step, &current, &value));
            set.push(format!("{name} = {}", expression(column, step.operation, &current, &value)));
        }
        format!(
            "UPDATE {rollup} AS {row} SET\n  {set}\nWHERE {guards};",
            rollup = names.rollup,
            set = set.join(",\n  "),
            guards = guards.join("\n  AND ")
        )
    }

    /// Writes the row if there is none, under further conditions.
    pub(super) fn insert(&self) -> (String, Vec<String>) {
        let Self { model, view, rule, .. } = *self;
        let event = Event::new(&model.store);
        let parts = (0..view.parts().len()).map(key::variable);
        let mut values: Vec<String> = ["es_entity".to_string()].into_iter().chain(parts).collect();
        values.push(event.sequence);
        if model.store.recorded_at.is_some() {
            values.extend([event.recorded_at.clone(), event.recorded_at]);
        }
        let mut guards = Vec::new();
        for (at, column) in view.columns.iter().enumerate() {
            let step = rule.steps.iter().enumerate().find(|(_, step)| step.column == at);
            let Some((place, step)) = step else {
                values.push(empty(column).into());
                continue;
            };
            let (current, value) = (blank(column), self.value(place, step));
            guards.extend(counted(column, step, &current, &value));
            values.push(expression(column, step.operation, &current, &value));
        }
        let insert = format!(
            "INSERT INTO {rollup}\n  ({columns})\nVALUES\n  ({values})\nON CONFLICT ({key}) DO NOTHING;",
            key = key::columns(view),
            rollup = Names::new(&model.store, view).rollup,
            columns = columns(model, view).join(", "),
            values = values.join(", "),
        );
        (insert, guards)
    }

    /// The step's operand.
    fn value(&self, place: usize, step: &Step) -> String {
        match step.source {
            // After it was found and accepted.
            Source::Field(field) if self.direct == Some(place) => {
                part(&self.variant.fields[field].ty, Part::Read)
            }
            Source::Field(_) => format!("{}.{}", self.values, ident(&self.view.columns[step.column].name)),
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                unread(self.model, &step.source).unwrap_or_default()
            }
        }
    }
}

/// Whether a counter's new value is in the range of its type; `None` if the step does not count.
fn counted(column: &Column, step: &Step, current: &str, value: &str) -> Option<String> {
    let in_bounds = in_bounds(column, step.operation, current, value)?;
    let result = expression(column, step.operation, current, value);
    let holds = part(&column.ty, Part::Holds);
    let counted = || format!("(SELECT {holds} FROM (SELECT {result} AS es_number) AS es_counted)");
    // In parentheses, because PL/pgSQL would take the THEN of a CASE for that of the IF.
    let bounded = where_true(&column.ty, Fact::Bounded, || format!("({in_bounds})"));
    Some(bounded + &where_true(&column.ty, Fact::Unbounded, counted))
}

/// Does the text if all of the conditions are true.
pub(super) fn when(conditions: &[String], text: String) -> String {
    if conditions.is_empty() {
        return text;
    }
    format!("IF {} THEN\n{}\nEND IF;", conditions.join(" AND "), indent(&text, 2))
}
