//! The rollup table can exist in PostgreSQL, and the rules fit its columns.

use super::faults::Faults;
use super::types::{Ability, can};
use crate::emit::{LONGEST_SUFFIX, RESERVED_PREFIX};
use crate::model::{
    Column, Constraint, Envelope, Key, Kind, Life, Literal, Model, Origin, Rule, Source, Step, Takes, Touch,
    Variant, View, fault_of,
};
use std::collections::BTreeSet;

/// The most columns that a table can have (<https://www.postgresql.org/docs/current/limits.html>).
const MOST_COLUMNS: usize = 1600;

impl Faults {
    pub(super) fn view(&mut self, model: &Model, view: &View) {
        match view.key {
            Key::Entity => self.table("the rollup table", &view.table, LONGEST_SUFFIX),
            Key::Version => self.table("the table of the history", &view.table, LONGEST_SUFFIX),
            Key::Parts(_) => {
                self.table(&format!("the table of view {:?}", view.name), &view.table, LONGEST_SUFFIX);
            }
        }
        if view.table == model.store.table {
            self.add("the rollup table cannot be the event table itself".into());
        }
        let mut names: BTreeSet<&str> = BTreeSet::new();
        for column in view.parts().iter().chain(&view.columns) {
            self.column(model, view, column);
            if !names.insert(&column.name) {
                self.add(format!("two columns are called {:?}", column.name));
            }
        }
        let columns = view.parts().len() + view.columns.len() + Envelope::of(&model.store).count();
        if columns > MOST_COLUMNS {
            self.add(format!("the table has {columns} columns; PostgreSQL allows {MOST_COLUMNS}"));
        }
        if view.rules.len() != model.variants.len() {
            self.add(format!(
                "there are {} events, but the number of rules is {}; write one for each event",
                model.variants.len(),
                view.rules.len()
            ));
        }
        for (variant, rule) in model.variants.iter().zip(&view.rules) {
            self.rule(model, view, variant, rule);
        }
        let mut constraints: BTreeSet<&str> = BTreeSet::new();
        for constraint in &view.constraints {
            self.constraint(model, view, constraint);
            if !constraints.insert(constraint.name()) {
                self.add(format!("two constraints are called {:?}", constraint.name()));
            }
        }
    }

    fn column(&mut self, model: &Model, view: &View, column: &Column) {
        let name = &column.name;
        self.name("the column", name, "");
        if Envelope::NAMES.contains(&name.as_str()) {
            self.add(format!(
                "a column cannot be called {name:?}: every rollup already has a column with this name"
            ));
        }
        if name.starts_with(RESERVED_PREFIX) {
            self.add(format!(
                "a column cannot be called {name:?}: the trigger's variables begin with {RESERVED_PREFIX}"
            ));
        }
        if column.nullable && column.kind != Kind::Value {
            self.add(format!(
                "column {name:?} is {} and is never empty, so it cannot be nullable",
                column.kind.words()
            ));
        }
        if column.retired && view.parts().contains(column) {
            self.add(format!("column {name:?} is a part of the key, so it cannot be retired"));
        }
        if column.retired && sums(view, column) {
            self.add(format!(
                "column {name:?} is added to, and events that overflow it are refused, so it cannot be retired"
            ));
        }
        if column.kind == Kind::Counter && !can(model, column.ty, Ability::Number) {
            self.add(format!("column {name:?} is a counter, but its type is not a number"));
        }
        self.ty(model, &format!("column {name:?}"), column.ty);
    }

    fn rule(&mut self, model: &Model, view: &View, variant: &Variant, rule: &Rule) {
        let event = &variant.name;
        match &view.key {
            // The row begins and ends with the stream.
            Key::Entity => {
                let (touch, needed) = (rule.touch, Touch::of_entity(variant.life, model.has_create()));
                if touch != needed {
                    self.add(format!(
                        "the rule of event {event:?} has {touch:?} for the row, but its life needs {needed:?}"
                    ));
                }
                let Rule { empty, each, key, touch: _, steps: _ } = rule;
                if empty.is_some() || each.is_some() || !key.is_empty() {
                    self.add(format!("the rule of event {event:?} chooses rows, but an entity has only one"));
                }
            }
            Key::Parts(parts) => self.rule_of_view(view, parts, variant, rule),
            Key::Version => {}
        }
        match variant.life {
            Life::Create if variant.other => {
                self.add(format!("event {event:?} represents unknown types, so it cannot create the row"));
            }
            Life::Delete if !rule.steps.is_empty() => {
                self.add(format!("event {event:?} deletes the row, so it cannot change columns"));
            }
            Life::Create | Life::Change | Life::Delete => {}
        }
        for step in &rule.steps {
            let Some(column) = view.columns.get(step.column) else {
                self.add(format!(
                    "event {event:?} changes column {}, but the number of columns is {}",
                    step.column,
                    view.columns.len()
                ));
                continue;
            };
            self.step(model, variant, step, column, rule.each.is_some());
        }
    }

    fn step(&mut self, model: &Model, variant: &Variant, step: &Step, column: &Column, in_element: bool) {
        let what = format!("{} of {:?} by event {:?}", step.operation.key(), column.name, variant.name);
        if !step.operation.works_on(column.kind) {
            self.add(format!("{what}: the column is {}", column.kind.words()));
        }
        if let Some(need) = step.operation.definition().needs
            && !can(model, column.ty, Ability::of(need))
        {
            self.add(format!("{what}: the column's type is not {}", need.words()));
        }
        match &step.source {
            Source::Nothing => {
                if step.operation.definition().takes != Takes::Nothing {
                    self.add(format!("{what} needs a value"));
                }
            }
            Source::Field(at) => match variant.fields.get(*at) {
                None => self.add(format!(
                    "{what} reads field {at}, but the number of fields is {}",
                    variant.fields.len()
                )),
                Some(field) => {
                    if field.many && !step.operation.takes_many() {
                        self.add(format!("{what} takes one value, but {:?} has many", field.label()));
                    }
                    if field.origin == Origin::Element && !in_element {
                        self.add(format!("{what} reads an element, but the rule has no rows of elements"));
                    }
                    if field.origin == Origin::Context && model.store.context.is_none() {
                        self.add(format!(
                            "{what} reads the context, but the event table has no column for it"
                        ));
                    }
                }
            },
            Source::Literal(Literal::Text(text)) => self.text(&format!("{what}: the text"), text),
            Source::RecordedAt => {
                if model.store.recorded_at.is_none() {
                    self.add(format!(
                        "{what} reads the recorded time, but the event table has no column for it"
                    ));
                }
            }
            Source::Literal(Literal::Bool(_) | Literal::Integer(_)) | Source::Sequence => {}
        }
    }

    fn constraint(&mut self, model: &Model, view: &View, constraint: &Constraint) {
        let name = constraint.name();
        self.name("the constraint", name, "");
        let columns = match constraint {
            Constraint::Check { expression, .. } => {
                if let Some(fault) = fault_of(expression) {
                    self.add(format!("check {name:?}: {fault}"));
                }
                return;
            }
            Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns,
        };
        if columns.is_empty() {
            self.add(format!("constraint {name:?} names no column"));
        }
        let parts = view.parts().iter().map(|part| part.name.as_str());
        let key: BTreeSet<&str> = parts.chain([Envelope::Id.name()]).collect();
        let is_unique = matches!(constraint, Constraint::Unique { .. });
        // Rows are inserted unless their key is there, for which PostgreSQL takes no constraint that is deferred.
        if is_unique && columns.iter().map(String::as_str).collect::<BTreeSet<_>>() == key {
            self.add(format!("constraint {name:?} makes the key unique, which it is already"));
        }
        for column in columns {
            let own = Envelope::of(&model.store).any(|one| one.name() == column);
            let part = view.parts().iter().any(|part| part.name == *column);
            if !own && !part && view.column(column).is_none() {
                self.add(format!("constraint {name:?} names column {column:?}, which does not exist"));
            }
        }
    }
}

/// Whether some event adds to the column or subtracts from it.
fn sums(view: &View, column: &Column) -> bool {
    let mut steps = view.rules.iter().flat_map(|rule| &rule.steps);
    steps.any(|step| step.operation.counts() && view.columns.get(step.column) == Some(column))
}
