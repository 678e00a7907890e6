//! The parts of a description that refer to nothing else.

use super::super::json::Json;
use super::super::{Absent, Constraint, Filter, Literal, OwnTexts, Table, Tagging, TypeTexts};
use super::members::{At, Reader};

/// [`Tagging`] without its keys.
#[derive(Clone, Copy)]
enum Form {
    External,
    Internal,
    Adjacent,
    Separate,
}

/// [`Constraint`] without its parts.
#[derive(Clone, Copy)]
enum Restriction {
    Check,
    Unique,
    Index,
}

impl Reader {
    pub(super) fn table(&mut self, at: At<'_>) -> Table {
        let mut all = self.object(at);
        let (schema, name) = (all.take(self, "schema"), all.take(self, "name"));
        all.finish(self);
        Table { schema: self.text(&schema), name: self.text(&name) }
    }

    pub(super) fn filter(&mut self, at: At<'_>) -> Filter {
        let mut all = self.object(at);
        let (column, value) = (all.take(self, "column"), all.take(self, "value"));
        all.finish(self);
        Filter { column: self.text(&column), value: self.text(&value) }
    }

    pub(super) fn tagging(&mut self, at: At<'_>) -> Tagging {
        const FORMS: [(&str, Form); 4] = [
            ("external", Form::External),
            ("internal", Form::Internal),
            ("adjacent", Form::Adjacent),
            ("separate", Form::Separate),
        ];
        let mut all = self.object(at);
        let form = all.take(self, "form");
        let tagging = match self.one(&form, &FORMS) {
            Form::External => Tagging::External,
            Form::Internal => {
                let tag = all.take(self, "tag");
                Tagging::Internal { tag: self.text(&tag) }
            }
            Form::Adjacent => {
                let (tag, content) = (all.take(self, "tag"), all.take(self, "content"));
                Tagging::Adjacent { tag: self.text(&tag), content: self.text(&content) }
            }
            Form::Separate => {
                let column = all.take(self, "column");
                Tagging::Separate { column: self.text(&column) }
            }
        };
        all.finish(self);
        tagging
    }

    pub(super) fn literal(&mut self, at: &At<'_>) -> Literal {
        match at.json {
            Some(Json::Bool(value)) => Literal::Bool(*value),
            Some(Json::Number(Some(value))) => Literal::Integer(*value),
            Some(Json::Text(text)) => Literal::Text(text.clone()),
            _ => {
                self.wrong(at, "true, false, an integer of 64 bits or a text");
                Literal::Bool(false)
            }
        }
    }

    pub(super) fn absent(&mut self, at: At<'_>) -> Absent {
        const ALL: [(&str, Absent); 3] =
            [("refused", Absent::Refused), ("none", Absent::None), ("default", Absent::Default)];
        if matches!(at.json, Some(Json::Object(_))) {
            let mut all = self.object(at);
            let literal = all.take(self, "literal");
            all.finish(self);
            return Absent::Literal(self.literal(&literal));
        }
        self.one(&at, &ALL)
    }

    pub(super) fn constraint(&mut self, name: &str, at: At<'_>) -> Constraint {
        const FORMS: [(&str, Restriction); 3] =
            [("check", Restriction::Check), ("unique", Restriction::Unique), ("index", Restriction::Index)];
        let mut all = self.object(at);
        let kind = all.take(self, "kind");
        let name = name.to_string();
        let constraint = match self.one(&kind, &FORMS) {
            Restriction::Check => {
                let expression = all.take(self, "expression");
                Constraint::Check { name, expression: self.text(&expression) }
            }
            Restriction::Unique => {
                let columns = all.take(self, "columns");
                Constraint::Unique { name, columns: self.texts(&columns) }
            }
            Restriction::Index => {
                let columns = all.take(self, "columns");
                Constraint::Index { name, columns: self.texts(&columns) }
            }
        };
        all.finish(self);
        constraint
    }
}

pub(super) fn texts(reader: &mut Reader, at: At<'_>, labels: At<'_>) -> TypeTexts {
    let mut all = reader.object(at);
    let [name, qualified, identity, accepts, read, default] =
        ["name", "qualified", "identity", "accepts", "read", "default"].map(|name| all.take(reader, name));
    let [number, order, values] = ["number", "order", "values"].map(|name| all.take(reader, name));
    let [equality, exact_keys, changes, null, wide, raises] =
        ["equality", "exact_keys", "changes", "null", "wide", "raises"].map(|name| all.take(reader, name));
    let path = all.path.clone();
    all.finish(reader);
    let own = match (reader.optional(&qualified), reader.optional(&identity)) {
        (Some(qualified), Some(identity)) => Some(OwnTexts { qualified, identity }),
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            reader.faults.push(format!("{path} has only one of qualified and identity"));
            None
        }
    };
    let (expects, write) = match labels.json {
        Some(Json::Object(_)) => {
            let mut labels = reader.object(labels);
            let [expects, write] = ["text", "write"].map(|name| labels.take(reader, name));
            labels.finish(reader);
            (reader.text(&expects), Some(reader.text(&write)))
        }
        Some(_) | None => (reader.text(&labels), None),
    };
    TypeTexts {
        name: reader.text(&name),
        accepts: reader.text(&accepts),
        read: reader.text(&read),
        write,
        expects,
        default: reader.optional(&default),
        number: reader.optional(&number),
        order: reader.optional(&order),
        equality: reader.flag(&equality),
        values: reader.optional(&values),
        exact_keys: reader.flag(&exact_keys),
        changes: reader.flag(&changes),
        null: reader.flag(&null),
        wide: reader.flag(&wide),
        raises: reader.flag(&raises),
        own,
    }
}
