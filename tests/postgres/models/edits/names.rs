//! Other names of columns and views, each with the one before it.

use super::Edit;
use es_rollup_core::model::{Constraint, Model, Table, View};

/// Gives a model the other names. All views of the whole model are still there.
pub(super) fn give(model: &mut Model, whole: &Model, has: impl Fn(Edit) -> bool) {
    let root = model.root.table.clone();
    let tables = std::iter::once(&mut model.root).chain(&mut model.views);
    let whole = std::iter::once(&whole.root).chain(&whole.views);
    for (at, (view, whole)) in tables.zip(whole).enumerate() {
        let table = view.table.clone();
        if at > 0 && has(Edit::CalledView(at - 1)) {
            let name = format!("called{at}");
            view.table = Table { name: format!("{}_{name}", root.name), ..root.clone() };
            view.was = Some(std::mem::replace(&mut view.name, name));
        }
        let columns = whole.all_columns().enumerate().filter(|(column, _)| has(Edit::Called(at, *column)));
        let columns: Vec<(String, String)> =
            columns.map(|(place, column)| (column.name.clone(), format!("called {place}"))).collect();
        for (was, is) in &columns {
            call(view, was, is);
        }
        for constraint in &mut view.constraints {
            rename(constraint, &table, &view.table, &columns);
        }
    }
}

fn call(view: &mut View, was: &str, is: &str) {
    if let Some(column) = view.all_columns_mut().find(|column| column.name == was) {
        column.was = Some(std::mem::replace(&mut column.name, is.into()));
    }
}

/// A constraint over these columns, with the name that follows from them if it had such a name.
fn rename(constraint: &mut Constraint, was: &Table, is: &Table, columns: &[(String, String)]) {
    let called = |names: &[String]| -> Vec<String> {
        let other = |name: &String| columns.iter().find(|(was, _)| was == name).map(|(_, is)| is.clone());
        names.iter().map(|name| other(name).unwrap_or_else(|| name.clone())).collect()
    };
    match constraint {
        Constraint::Check { expression, .. } => {
            for (was, is) in columns {
                *expression = expression.replace(&format!("\"{was}\""), &format!("\"{is}\""));
            }
        }
        Constraint::Unique { name, columns } => {
            let new = called(columns);
            if *name == Constraint::unique(was, columns.clone()).name() {
                *name = Constraint::unique(is, new.clone()).name().into();
            }
            *columns = new;
        }
        Constraint::Index { name, columns } => {
            let new = called(columns);
            if *name == Constraint::index(was, columns.clone()).name() {
                *name = Constraint::index(is, new.clone()).name().into();
            }
            *columns = new;
        }
    }
}
