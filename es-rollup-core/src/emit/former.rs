//! The names that views and columns had before. They decide no row, so they are among the labels of a description.

use crate::model::{Column, Model, View};
use crate::sql::{json as string, object};

/// The former names of each table, by its name; `None` if there are none.
pub(super) fn names(model: &Model) -> Option<String> {
    let tables = std::iter::once(&model.root).chain(&model.views);
    let named: Vec<(&String, String)> =
        tables.filter_map(|view| Some((&view.name, names_of(view)?))).collect();
    (!named.is_empty()).then(|| object(named))
}

fn names_of(view: &View) -> Option<String> {
    let former = |column: &Column| Some((column.name.clone(), string(column.was.as_ref()?)));
    let columns: Vec<(String, String)> = view.all_columns().filter_map(former).collect();
    let name = view.was.as_ref().map(|was| ("name", string(was)));
    let columns = (!columns.is_empty()).then(|| ("columns", object(columns)));
    let members: Vec<(&str, String)> = name.into_iter().chain(columns).collect();
    (!members.is_empty()).then(|| object(members))
}
