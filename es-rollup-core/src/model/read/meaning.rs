//! A whole description, and its parts that refer to types and columns.

use super::super::json::Json;
use super::super::{Life, Model, Order, Rule, Store, Touch, Trigger, Variant, View};
use super::Faults;
use super::members::{At, Members, Reader};
use super::references::{References, Table};
use super::rules::Rules;
use crate::emit::FORMAT;
use std::collections::BTreeMap;

impl Reader {
    pub(super) fn description(&mut self, json: &Json) -> Result<(Model, String), Faults> {
        let at = At { path: "the description".into(), json: Some(json) };
        let mut all = self.object(at);
        let format = all.take(self, "format");
        match format.json {
            Some(Json::Number(Some(FORMAT))) => {}
            Some(Json::Number(Some(other))) => {
                return Err(Faults(vec![format!(
                    "the description has format {other}, and this release of es-rollup reads format {FORMAT}"
                )]));
            }
            _ => self.wrong(&format, "the number of a format"),
        }
        let at = all.take(self, "fingerprint");
        let fingerprint = self.text(&at);
        let (at, labels) = (all.take(self, "meaning"), all.take(self, "labels"));
        let (mut meaning, mut labels) = (self.object(at), self.object(labels));
        all.finish(self);
        let at = labels.take(self, "enum");
        let event = self.text(&at);
        let expects = labels.take(self, "expects");
        let mut reading = References { types: BTreeMap::new() };
        let at = meaning.take(self, "types");
        let types = reading.types(self, &at, expects);
        let at = meaning.take(self, "store");
        let store = reading.store(self, at);
        let at = meaning.take(self, "tagging");
        let tagging = self.tagging(at);
        let trigger = meaning.take(self, "trigger");
        let trigger = self.word(&trigger, &Trigger::ALL, Trigger::key);
        let (events, root, views) =
            (meaning.take(self, "events"), meaning.take(self, "root"), meaning.maybe("views"));
        let views = if views.json.is_some() { self.list(&views) } else { Vec::new() };
        let (variants, mut root, mut views) = reading.events(self, &events, root, views, &mut labels);
        let former = labels.maybe("was");
        if former.json.is_some() {
            self.former(former, &mut root, &mut views);
        }
        let history = meaning.maybe("history");
        let history = history.json.is_some().then(|| View::history(&root, self.table(history)));
        let archive = meaning.maybe("archive");
        let archive = archive.json.is_some() && self.flag(&archive);
        meaning.finish(self);
        labels.finish(self);
        let model = Model { event, types, store, tagging, variants, trigger, root, views, history, archive };
        Ok((model, fingerprint))
    }
}

impl<'a> References<'a> {
    fn store(&self, reader: &mut Reader, at: At<'_>) -> Store {
        let mut all = reader.object(at);
        let table = all.take(reader, "table");
        let [id, id_type, sequence, order, payload] =
            ["id", "id_type", "sequence", "order", "payload"].map(|name| all.take(reader, name));
        let [recorded_at, context, filter] = ["recorded_at", "context", "filter"].map(|name| all.maybe(name));
        all.finish(reader);
        Store {
            table: reader.table(table),
            id: reader.text(&id),
            id_type: self.ty(reader, &id_type),
            sequence: reader.text(&sequence),
            order: reader.word(&order, &Order::ALL, Order::key),
            payload: reader.text(&payload),
            recorded_at: recorded_at.json.is_some().then(|| reader.text(&recorded_at)),
            filter: filter.json.is_some().then(|| reader.filter(filter)),
            context: context.json.is_some().then(|| reader.text(&context)),
        }
    }

    /// The variants in order of declaration, and what they do.
    fn events(
        &self,
        reader: &mut Reader,
        events: &At<'a>,
        root: At<'a>,
        views: Vec<At<'a>>,
        labels: &mut Members<'a>,
    ) -> (Vec<Variant>, View, Vec<View>) {
        let mut root = self.table(reader, root, true);
        let mut views: Vec<Table<'a>> =
            views.into_iter().map(|view| self.table(reader, view, false)).collect();
        let names = labels.take(reader, "events");
        let mut names = reader.object(names);
        let (mut variants, mut rules) = (Vec::new(), Vec::new());
        for (tag, event) in reader.each(events) {
            let (steps, label) = (root.rules.take(reader, tag), names.take(reader, tag));
            let others = views.iter_mut().map(|view| view.rules.maybe(tag)).collect();
            let mut label = reader.object(label);
            let (variant, all) =
                self.event(reader, event, &Rules { root: steps, others }, (&root, &views), &mut label);
            label.finish(reader);
            if variant.wire.first().map_or("", String::as_str) != tag || !variant.is_read() {
                reader.faults.push(format!("event {tag:?} has another first name"));
            }
            variants.push(variant);
            rules.push(all);
        }
        names.finish(reader);
        let unread = labels.maybe("unread");
        if unread.json.is_some() {
            for at in reader.list(&unread) {
                let path = at.path.clone();
                let mut label = reader.object(at);
                let [at, event, steps] = ["at", "event", "rule"].map(|name| label.take(reader, name));
                let place = if let Some(Json::Number(Some(place))) = at.json {
                    usize::try_from(*place).unwrap_or(usize::MAX)
                } else {
                    reader.wrong(&at, "a number");
                    0
                };
                let others = label.maybe("views");
                let others = if others.json.is_some() {
                    let mut others = reader.object(others);
                    let all = views.iter().map(|view| others.maybe(&view.view.name)).collect();
                    others.finish(reader);
                    all
                } else {
                    Vec::new()
                };
                let (variant, all) =
                    self.event(reader, event, &Rules { root: steps, others }, (&root, &views), &mut label);
                label.finish(reader);
                if place > variants.len() {
                    reader.faults.push(format!("{path}.at is beyond the last event"));
                } else if variant.is_read() {
                    reader.faults.push(format!("{path} is read"));
                } else {
                    variants.insert(place, variant);
                    rules.insert(place, all);
                }
            }
        }
        let created = variants.iter().any(|variant| variant.life == Life::Create);
        for (variant, (steps, others)) in variants.iter().zip(rules) {
            root.view.rules.push(Rule::of_entity(Touch::of_entity(variant.life, created), steps));
            let mut others = others.into_iter();
            for view in &mut views {
                view.view.rules.push(others.next().unwrap_or(Rule::NOTHING));
            }
        }
        let mut finished = |table: Table<'a>| {
            table.rules.finish(reader);
            table.view
        };
        (variants, finished(root), views.into_iter().map(finished).collect())
    }
}
