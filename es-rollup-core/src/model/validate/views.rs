//! The views fit the root, and their rules choose rows.

use super::faults::Faults;
use super::types::{Ability, can};
use crate::emit::{RESERVED_PREFIX, base};
use crate::model::{Column, Empty, Key, Kind, Life, Model, Origin, Rule, Source, Touch, Variant, View};
use std::collections::BTreeSet;

impl Faults {
    pub(super) fn views(&mut self, model: &Model) {
        let mut names: BTreeSet<&str> = BTreeSet::from([View::ROOT, View::HISTORY]);
        let mut tables = vec![&model.root.table];
        match model.root.key {
            Key::Entity => {}
            Key::Parts(_) | Key::Version => {
                self.add("the rollup's own table has one row for each entity".into());
            }
        }
        for view in &model.views {
            let name = &view.name;
            self.name("the view", name, "");
            if name.starts_with(RESERVED_PREFIX) {
                self.add(format!(
                    "a view cannot be called {name:?}: the trigger's variables begin with {RESERVED_PREFIX}"
                ));
            }
            if !names.insert(name) {
                self.add(format!("two tables of the rollup are called {name:?}"));
            }
            if tables.contains(&&view.table) {
                self.add(format!("view {name:?} has the table of another"));
            }
            tables.push(&view.table);
            match &view.key {
                Key::Entity => self.add(format!("view {name:?} has the key of the rollup's own table")),
                Key::Version => self.add(format!("view {name:?} has the key of the history")),
                Key::Parts(parts) => parts.iter().for_each(|part| self.part(model, name, part)),
            }
            self.view(model, view);
        }
        if let Some(history) = &model.history {
            if *history != View::history(&model.root, history.table.clone()) {
                self.add("the history has other columns than the rollup's own table".into());
            }
            if tables.contains(&&history.table) {
                self.add("the history has the table of another".into());
            }
            self.view(model, history);
        }
        if model.archive {
            let base = base(&model.root.table);
            if base == model.store.table || model.others().any(|other| other.table == base) {
                self.add("the table of the bases is that of the events or of a view".into());
            }
        }
    }

    /// A column of the key.
    fn part(&mut self, model: &Model, view: &str, part: &Column) {
        let name = &part.name;
        if part.kind != Kind::Value || part.nullable {
            self.add(format!(
                "part {name:?} of the key of view {view:?} is not one value that is never empty"
            ));
        }
        if !can(model, part.ty, Ability::Equality) {
            self.add(format!("part {name:?} of the key of view {view:?} is not compared for equality the same way in Rust and SQL"));
        }
    }

    /// What an event does to a view.
    pub(super) fn rule_of_view(&mut self, view: &View, parts: &[Column], variant: &Variant, rule: &Rule) {
        let Rule { empty, touch, each, key, steps } = rule;
        let what = format!("the rule of event {:?} for view {:?}", variant.name, view.name);
        if variant.life == Life::Delete && *rule != Rule::NOTHING {
            self.add(format!("{what} is not needed: the event deletes the entity and with it all rows"));
        }
        if !touch.keeps() && !steps.is_empty() {
            self.add(format!("{what} changes columns of a row that is not there"));
        }
        match touch {
            Touch::Nothing => {
                if each.is_some() || !key.is_empty() {
                    self.add(format!("{what} chooses a row, but does nothing to it"));
                }
            }
            Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete => {
                if key.len() != parts.len() {
                    let (given, needed) = (key.len(), parts.len());
                    self.add(format!("{what} gives {given} parts of the key, but it has {needed}"));
                }
            }
        }
        for source in key {
            self.key(&what, variant, source, each.is_some());
        }
        match each {
            None => {}
            Some(at)
                if variant
                    .fields
                    .get(*at)
                    .is_some_and(|field| field.many && field.origin == Origin::Payload) =>
            {
                let is_element = |source: &Source| matches!(source, Source::Field(at) if variant.fields.get(*at).is_some_and(|field| field.origin == Origin::Element));
                if !key.iter().any(is_element) {
                    self.add(format!("{what} chooses the same row with each element"));
                }
            }
            Some(_) => {
                self.add(format!("{what} takes the elements of what is not a collection in the payload"));
            }
        }
        if let Some(Empty::Matching(matching)) = empty {
            if matching.is_empty() {
                self.add(format!("{what} deletes rows that match, but says nothing to match"));
            }
            for (part, source) in matching {
                if *part >= parts.len() {
                    self.add(format!("{what} matches part {part} of the key, but it has {}", parts.len()));
                }
                self.key(&what, variant, source, false);
            }
        }
    }

    /// The value of a part of a key.
    fn key(&mut self, what: &str, variant: &Variant, source: &Source, in_element: bool) {
        match source {
            Source::Nothing => self.add(format!("{what} has a part of the key without a value")),
            Source::Field(at) => match variant.fields.get(*at) {
                None => self.add(format!(
                    "{what} reads field {at}, but the number of fields is {}",
                    variant.fields.len()
                )),
                Some(field) => {
                    if field.many || field.optional {
                        self.add(format!(
                            "{what}: {:?} is not one value that is always there",
                            field.label()
                        ));
                    }
                    if field.origin == Origin::Element && !in_element {
                        self.add(format!("{what} reads an element, but the rule has no rows of elements"));
                    }
                }
            },
            Source::Literal(_) | Source::RecordedAt | Source::Sequence => {}
        }
    }
}
