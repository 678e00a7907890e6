//! A model with the names of another one: what both have is then called alike in both.

use crate::alteration::{Altered, Renamed};
use crate::model::{Constraint, Model, View, renamed_in};

/// The old model with the new names of its tables, columns and constraints.
pub(crate) fn model(old: &Model, new: &Model, tables: &[Altered]) -> Model {
    let mut named = old.clone();
    let after: Vec<&View> = new.tables().collect();
    let Model { root, views, history, .. } = &mut named;
    for (at, view) in std::iter::once(root).chain(views).chain(history).enumerate() {
        if let Some(table) = tables.iter().find(|table| table.old == at) {
            rename(view, after[table.new], table);
        }
    }
    named
}

fn rename(view: &mut View, is: &View, table: &Altered) {
    if table.table.is_some() {
        view.name.clone_from(&is.name);
        view.table.clone_from(&is.table);
    }
    let new = |names: &mut String, all: &[Renamed]| {
        if let Some(Renamed { is, .. }) = all.iter().find(|one| one.was == *names) {
            names.clone_from(is);
        }
    };
    for column in view.all_columns_mut() {
        new(&mut column.name, &table.renamed);
    }
    for constraint in &mut view.constraints {
        match constraint {
            Constraint::Check { name, expression } => {
                new(name, &table.renamed_constraints);
                let of = |name: &str| table.renamed.iter().find(|one| one.was == name);
                *expression = renamed_in(expression, |name| of(name).map(|one| one.is.as_str()));
            }
            Constraint::Unique { name, columns } | Constraint::Index { name, columns } => {
                new(name, &table.renamed_constraints);
                for column in columns {
                    new(column, &table.renamed);
                }
            }
        }
    }
}
