//! A whole description, and its parts that refer to types and columns.

use super::super::json::Json;
use super::super::{
    Column, Empty, Entry, Field, Key, Kind, Life, Model, Operation, Order, Origin, Rule, Shape, Source, Step,
    Store, Touch, Trigger, Type, Types, Variant, View, Whole,
};
use super::Faults;
use super::members::{At, Members, Reader};
use super::parts::texts;
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
        let (variants, root, views) = reading.events(self, &events, root, views, &mut labels);
        let history = meaning.maybe("history");
        let history = history.json.is_some().then(|| View::history(&root, self.table(history)));
        meaning.finish(self);
        labels.finish(self);
        Ok((Model { event, types, store, tagging, variants, trigger, root, views, history }, fingerprint))
    }
}

/// What the rest of a description refers to.
struct References<'a> {
    types: BTreeMap<&'a str, Type>,
}

/// A table, and what is read of it with each event.
struct Table<'a> {
    view: View,
    /// The places of its columns.
    columns: BTreeMap<String, usize>,
    rules: Members<'a>,
}

impl<'a> References<'a> {
    fn types(&mut self, reader: &mut Reader, at: &At<'a>, expects: At<'a>) -> Types {
        let mut expects = reader.object(expects);
        let mut types = Types::default();
        for (name, at) in reader.each(at) {
            let expects = expects.take(reader, name);
            let ty = types.add(Entry::Known(Box::new(texts(reader, at, &expects))));
            if name != crate::emit::name_of(ty) {
                let expected = crate::emit::name_of(ty);
                reader.faults.push(format!("type {name} stands where {expected} is expected"));
            }
            self.types.insert(name, ty);
        }
        expects.finish(reader);
        types
    }

    fn ty(&self, reader: &mut Reader, at: &At<'_>) -> Type {
        let name = reader.text(at);
        self.types.get(name.as_str()).copied().unwrap_or_else(|| {
            if matches!(at.json, Some(Json::Text(_))) {
                reader.faults.push(format!("{} is {name:?}, which is not a type", at.path));
            }
            Type(0)
        })
    }

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

    /// A table, still without its rules.
    fn table(&self, reader: &mut Reader, at: At<'a>, is_root: bool) -> Table<'a> {
        let mut all = reader.object(at);
        let (name, key) = if is_root {
            (View::ROOT.to_string(), Key::Entity)
        } else {
            let [name, key] = ["name", "key"].map(|name| all.take(reader, name));
            (reader.text(&name), Key::Parts(self.columns(reader, &key)))
        };
        let [table, columns, constraints, rules] =
            ["table", "columns", "constraints", "rules"].map(|name| all.take(reader, name));
        all.finish(reader);
        let constraints = reader.each(&constraints);
        let view = View {
            name,
            table: reader.table(table),
            key,
            columns: self.columns(reader, &columns),
            rules: Vec::new(),
            constraints: constraints.into_iter().map(|(name, at)| reader.constraint(name, at)).collect(),
        };
        let columns = view.columns.iter().enumerate().map(|(place, column)| (column.name.clone(), place));
        Table { columns: columns.collect(), view, rules: reader.object(rules) }
    }

    fn columns(&self, reader: &mut Reader, at: &At<'a>) -> Vec<Column> {
        let mut columns = Vec::new();
        for (name, at) in reader.each(at) {
            let mut all = reader.object(at);
            let [ty, kind, nullable] = ["type", "kind", "nullable"].map(|name| all.take(reader, name));
            all.finish(reader);
            columns.push(Column {
                name: name.into(),
                ty: self.ty(reader, &ty),
                kind: reader.word(&kind, &Kind::ALL, Kind::key),
                nullable: reader.flag(&nullable),
            });
        }
        columns
    }

    fn event(
        &self,
        reader: &mut Reader,
        event: At<'a>,
        rules: &Rules<'a>,
        (root, views): (&Table<'a>, &[Table<'a>]),
        label: &mut Members<'a>,
    ) -> (Variant, (Vec<Step>, Vec<Rule>)) {
        let mut all = reader.object(event);
        let [names, other, shape, life] =
            ["names", "other", "shape", "life"].map(|name| all.take(reader, name));
        all.finish(reader);
        let name = label.take(reader, "name");
        let fields = label.maybe("fields");
        let fields = if fields.json.is_some() { reader.each(&fields) } else { Vec::new() };
        let mut steps = Fields { all: Vec::new(), places: BTreeMap::new(), named: BTreeMap::new() };
        for (key, at) in fields {
            steps.named.insert(key, reader.text(&at));
        }
        let of_root = self.steps(reader, &rules.root, root, &mut steps);
        let others = views.iter().zip(&rules.others);
        let others = others.map(|(view, at)| self.rule(reader, at, view, &mut steps)).collect();
        let variant = Variant {
            name: reader.text(&name),
            wire: reader.texts(&names),
            other: reader.flag(&other),
            life: reader.word(&life, &Life::ALL, Life::key),
            shape: reader.word(&shape, &Shape::ALL, Shape::key),
            fields: steps.all,
        };
        (variant, (of_root, others))
    }

    /// What an event does to a view.
    fn rule(&self, reader: &mut Reader, at: &At<'a>, view: &Table<'a>, fields: &mut Fields<'a>) -> Rule {
        if at.json.is_none() {
            return Rule::NOTHING;
        }
        let mut all = reader.object(At { path: at.path.clone(), json: at.json });
        let (empty, each) = (all.maybe("empty"), all.maybe("each"));
        let [touch, key, steps] = ["touch", "key", "steps"].map(|name| all.take(reader, name));
        all.finish(reader);
        let each = each.json.is_some().then(|| match self.source(reader, &each, fields) {
            Source::Field(place) => place,
            Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => {
                reader.wrong(&each, "a field");
                0
            }
        });
        let empty = empty.json.is_some().then(|| {
            let parts = reader.list(&empty);
            let parts: Vec<(usize, Source)> =
                parts.iter().map(|at| self.matching(reader, at, view, fields)).collect();
            if parts.is_empty() { Empty::All } else { Empty::Matching(parts) }
        });
        Rule {
            empty,
            touch: reader.word(&touch, &Touch::ALL, Touch::key),
            each,
            key: reader.list(&key).iter().map(|at| self.source(reader, at, fields)).collect(),
            steps: self.steps(reader, &steps, view, fields),
        }
    }

    /// A part of a key with its value.
    fn matching(
        &self,
        reader: &mut Reader,
        at: &At<'a>,
        view: &Table<'a>,
        fields: &mut Fields<'a>,
    ) -> (usize, Source) {
        let items = reader.list(at);
        let [part, source] = items.as_slice() else {
            if matches!(at.json, Some(Json::List(_))) {
                reader.faults.push(format!("{} must be a part of the key and a source", at.path));
            }
            return (0, Source::Nothing);
        };
        let name = reader.text(part);
        let place = view.view.parts().iter().position(|one| one.name == name).unwrap_or_else(|| {
            reader.faults.push(format!("{} is {name:?}, which is not a part of the key", part.path));
            0
        });
        (place, self.source(reader, source, fields))
    }

    fn steps(
        &self,
        reader: &mut Reader,
        at: &At<'a>,
        view: &Table<'a>,
        fields: &mut Fields<'a>,
    ) -> Vec<Step> {
        reader.list(at).iter().map(|at| self.step(reader, at, view, fields)).collect()
    }

    fn step(&self, reader: &mut Reader, at: &At<'a>, view: &Table<'a>, steps: &mut Fields<'a>) -> Step {
        let items = reader.list(at);
        let [column, operation, source] = items.as_slice() else {
            if matches!(at.json, Some(Json::List(_))) {
                reader.faults.push(format!("{} must be a column, an operation and a source", at.path));
            }
            return Step { column: 0, operation: Operation::Clear, source: Source::Nothing };
        };
        let name = reader.text(column);
        let place = view.columns.get(&name).copied().unwrap_or_else(|| {
            reader.faults.push(format!("{} is {name:?}, which is not a column", column.path));
            0
        });
        Step {
            column: place,
            operation: reader.word(operation, &Operation::ALL, Operation::key),
            source: self.source(reader, source, steps),
        }
    }

    fn source(&self, reader: &mut Reader, at: &At<'a>, steps: &mut Fields<'a>) -> Source {
        const ENVELOPE: [(&str, Source); 2] =
            [("recorded_at", Source::RecordedAt), ("sequence", Source::Sequence)];
        let Some(Json::Object(members)) = at.json else {
            if !matches!(at.json, Some(Json::Null)) {
                reader.wrong(at, "null or an object");
            }
            return Source::Nothing;
        };
        let mut all = reader.object(At { path: at.path.clone(), json: at.json });
        let [literal, envelope] = ["literal", "envelope"].map(|name| all.maybe(name));
        let source = if literal.json.is_some() {
            Source::Literal(reader.literal(&literal))
        } else if envelope.json.is_some() {
            reader.one(&envelope, &ENVELOPE)
        } else {
            let next = steps.all.len();
            let place = *steps.places.entry(members).or_insert(next);
            if place < next {
                return Source::Field(place);
            }
            let field = self.field(reader, &mut all, &steps.named);
            steps.all.push(field);
            Source::Field(place)
        };
        all.finish(reader);
        source
    }

    fn field(&self, reader: &mut Reader, all: &mut Members<'_>, named: &BTreeMap<&str, String>) -> Field {
        const ORIGINS: [(&str, Origin); 2] = [("context", Origin::Context), ("element", Origin::Element)];
        let [keys, ty, many, optional, absent] =
            ["keys", "type", "many", "optional", "absent"].map(|name| all.take(reader, name));
        let [origin, ascending, path, whole] =
            ["origin", "ascending", "path", "whole"].map(|name| all.maybe(name));
        let origin = if origin.json.is_some() { reader.one(&origin, &ORIGINS) } else { Origin::Payload };
        let mut field = Field {
            name: String::new(),
            origin,
            keys: reader.texts(&keys),
            path: if path.json.is_some() { reader.texts(&path) } else { Vec::new() },
            whole: whole.json.is_some().then(|| self.whole(reader, whole)),
            ty: self.ty(reader, &ty),
            many: reader.flag(&many),
            ascending: ascending.json.is_some() && reader.flag(&ascending),
            optional: reader.flag(&optional),
            absent: reader.absent(absent),
        };
        let key = field.keys.first().map_or("", String::as_str);
        let label = named.get(key).filter(|_| origin == Origin::Payload);
        field.name = label.map_or_else(|| field.expected_name().into(), Clone::clone);
        field
    }

    fn whole(&self, reader: &mut Reader, at: At<'_>) -> Whole {
        let mut all = reader.object(at);
        let [ty, optional, absent] = ["type", "optional", "absent"].map(|name| all.take(reader, name));
        all.finish(reader);
        Whole { ty: self.ty(reader, &ty), optional: reader.flag(&optional), absent: reader.absent(absent) }
    }
}

/// What an event does to each table.
struct Rules<'a> {
    root: At<'a>,
    others: Vec<At<'a>>,
}

/// The fields that the rules of one event read, each once.
struct Fields<'a> {
    all: Vec<Field>,
    places: BTreeMap<&'a [(String, Json)], usize>,
    /// Their names in Rust, by key.
    named: BTreeMap<&'a str, String>,
}
