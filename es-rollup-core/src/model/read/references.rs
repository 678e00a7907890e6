//! What the rest of a description refers to: types, and the tables with their columns.

use super::super::json::Json;
use super::super::{Column, Entry, Key, Kind, Type, Types, View};
use super::members::{At, Members, Reader};
use super::parts::texts;
use std::collections::BTreeMap;

/// What the rest of a description refers to.
pub(super) struct References<'a> {
    pub(super) types: BTreeMap<&'a str, Type>,
}

/// A table, and what is read of it with each event.
pub(super) struct Table<'a> {
    pub(super) view: View,
    /// The places of its columns.
    pub(super) columns: BTreeMap<String, usize>,
    pub(super) rules: Members<'a>,
}

impl<'a> References<'a> {
    pub(super) fn types(&mut self, reader: &mut Reader, at: &At<'a>, expects: At<'a>) -> Types {
        let mut expects = reader.object(expects);
        let mut types = Types::default();
        for (name, at) in reader.each(at) {
            let expects = expects.take(reader, name);
            let ty = types.add(Entry::Known(Box::new(texts(reader, at, expects))));
            if name != crate::emit::name_of(ty) {
                let expected = crate::emit::name_of(ty);
                reader.faults.push(format!("type {name} stands where {expected} is expected"));
            }
            self.types.insert(name, ty);
        }
        expects.finish(reader);
        types
    }

    pub(super) fn ty(&self, reader: &mut Reader, at: &At<'_>) -> Type {
        let name = reader.text(at);
        self.types.get(name.as_str()).copied().unwrap_or_else(|| {
            if matches!(at.json, Some(Json::Text(_))) {
                reader.faults.push(format!("{} is {name:?}, which is not a type", at.path));
            }
            Type(0)
        })
    }

    /// A table, still without its rules.
    pub(super) fn table(&self, reader: &mut Reader, at: At<'a>, is_root: bool) -> Table<'a> {
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
            was: None,
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
            let retired = all.maybe("retired");
            all.finish(reader);
            columns.push(Column {
                name: name.into(),
                was: None,
                ty: self.ty(reader, &ty),
                kind: reader.word(&kind, &Kind::ALL, Kind::key),
                nullable: reader.flag(&nullable),
                retired: retired.json.is_some() && reader.flag(&retired),
            });
        }
        columns
    }
}
