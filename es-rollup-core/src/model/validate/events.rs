//! The event table and the events can be read as the model says.

use super::faults::Faults;
use super::types::{Ability, can};
use crate::model::{Absent, Field, Literal, Model, Origin, Rule, Shape, Tagging, Variant};
use std::collections::{BTreeMap, BTreeSet};

impl Faults {
    pub(super) fn store(&mut self, model: &Model) {
        let (store, tagging) = (&model.store, &model.tagging);
        self.table("the event table", &store.table, "");
        let columns = [&store.id, &store.sequence, &store.payload].into_iter().chain(&store.recorded_at);
        let filter = store.filter.iter().map(|filter| &filter.column);
        let columns: Vec<&String> =
            columns.chain(filter).chain(&store.context).chain(tagging.column()).collect();
        for (at, column) in columns.iter().enumerate() {
            self.name("the event table's column", column, "");
            if columns[..at].contains(column) {
                self.add(format!("the event table's column {column:?} is used twice"));
            }
        }
        if let Some(filter) = &store.filter {
            self.text("the filter's value", &filter.value);
        }
        self.ty(model, "the id", store.id_type);
    }

    pub(super) fn tagging(&mut self, tagging: &Tagging) {
        match tagging {
            Tagging::External | Tagging::Separate { .. } => {}
            Tagging::Internal { tag } => self.text("the tag's key", tag),
            Tagging::Adjacent { tag, content } => {
                self.text("the tag's key", tag);
                self.text("the content's key", content);
                if tag == content {
                    self.add(format!("the tag and the content have the same key {tag:?}"));
                }
            }
        }
    }

    pub(super) fn variants(&mut self, model: &Model) {
        let variants = &model.variants;
        let mut names: BTreeSet<&str> = BTreeSet::new();
        let nameless = |variant: &&Variant| variant.other && variant.wire.is_empty();
        names.extend(variants.iter().find(nameless).map(|_| ""));
        for (at, variant) in variants.iter().enumerate() {
            self.text("the event's name", &variant.name);
            for name in &variant.wire {
                self.text("the event's type", name);
                if !names.insert(name) {
                    self.add(format!("two events have the type {name:?}"));
                }
            }
            for field in &variant.fields {
                self.field(model, variant, field);
            }
            let rules: Option<Vec<&Rule>> =
                std::iter::once(&model.root).chain(&model.views).map(|table| table.rules.get(at)).collect();
            if let Some(rules) = rules {
                self.fields(variant, &rules);
            }
        }
        if variants.iter().filter(|variant| variant.other).count() > 1 {
            self.add("two events are marked `other`; only one can represent unknown types".into());
        }
    }

    /// The description has fields where operations read them, and their names by their keys.
    fn fields(&mut self, variant: &Variant, rules: &[&Rule]) {
        let read: BTreeSet<usize> = rules.iter().flat_map(|rule| rule.fields()).collect();
        let mut names: BTreeMap<Option<&String>, &str> = BTreeMap::new();
        for (at, field) in variant.fields.iter().enumerate() {
            let what = format!("field {:?} of event {:?}", field.label(), variant.name);
            if !read.contains(&at) {
                self.add(format!("{what} is read by no operation"));
            }
            let expected = match field.origin {
                Origin::Context => "context",
                Origin::Payload | Origin::Element => names.entry(field.keys.first()).or_insert(&field.name),
            };
            if field.name != expected {
                self.add(format!("{what} has another name where it is read again: {expected:?}"));
            }
        }
    }

    fn field(&mut self, model: &Model, variant: &Variant, field: &Field) {
        let what = format!("field {:?} of event {:?}", field.label(), variant.name);
        for text in [&field.name].into_iter().chain(&field.keys).chain(&field.path) {
            self.text(&format!("{what}: the key"), text);
        }
        match (field.origin, variant.shape) {
            (Origin::Payload, Shape::Struct) if field.keys.is_empty() => {
                self.add(format!("{what} has no key to read it from"));
            }
            (Origin::Payload, Shape::Newtype) if !field.keys.is_empty() => {
                self.add(format!("{what} is the whole content, so it cannot have a key"));
            }
            (Origin::Payload, Shape::Tuple | Shape::Unit) => {
                self.add(format!("{what} cannot be read: the event has no named fields"));
            }
            (
                Origin::Context | Origin::Element,
                Shape::Struct | Shape::Newtype | Shape::Tuple | Shape::Unit,
            )
            | (Origin::Payload, Shape::Struct | Shape::Newtype) => {}
        }
        if field.ascending && !(field.many && can(model, field.ty, Ability::Order)) {
            self.add(format!("{what} is taken in ascending order, but its elements have no order that is the same in Rust and SQL"));
        }
        if let Some(whole) = &field.whole {
            match whole.absent {
                Absent::Refused | Absent::None => {}
                Absent::Default | Absent::Literal(_) => {
                    self.add(format!(
                        "{what} leads through a field with a default, whose content is not known"
                    ));
                }
            }
            self.ty(model, &format!("{what}: the field around it"), whole.ty);
        }
        match (&field.absent, field.optional) {
            (Absent::None, false) => {
                self.add(format!("{what} becomes None if it is absent, so it must be optional"));
            }
            (Absent::Default, false) if !field.many && !can(model, field.ty, Ability::Default) => {
                self.add(format!("{what} falls back to the default of its type, but that is not known"));
            }
            (Absent::Literal(Literal::Text(text)), _) => self.text(&format!("{what}: the default"), text),
            (Absent::None | Absent::Default, true)
            | (
                Absent::Refused | Absent::Default | Absent::Literal(Literal::Bool(_) | Literal::Integer(_)),
                _,
            ) => {}
        }
        self.ty(model, &what, field.ty);
    }
}
