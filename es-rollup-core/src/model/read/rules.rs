//! An event, with what it does to each table.

use super::super::json::Json;
use super::super::{Empty, Field, Life, Operation, Origin, Rule, Shape, Source, Step, Touch, Variant, Whole};
use super::members::{At, Members, Reader};
use super::references::{References, Table};
use std::collections::BTreeMap;

impl<'a> References<'a> {
    pub(super) fn event(
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
pub(super) struct Rules<'a> {
    pub(super) root: At<'a>,
    pub(super) others: Vec<At<'a>>,
}

/// The fields that the rules of one event read, each once.
struct Fields<'a> {
    all: Vec<Field>,
    places: BTreeMap<&'a [(String, Json)], usize>,
    /// Their names in Rust, by key.
    named: BTreeMap<&'a str, String>,
}
