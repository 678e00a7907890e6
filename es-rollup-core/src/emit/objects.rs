//! The names of what a tool reads and calls.

use super::names::{Names, qualified};
use super::text::ident;
use super::{built, constraints};
use crate::model::{Constraint, Fact, Model, Part, View};

/// What of a rollup is read and called from outside, quoted and qualified
/// unless it says otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Objects {
    /// The event table.
    pub events: String,
    /// Its column of the ids.
    pub id: String,
    /// The type of the ids.
    pub id_type: String,
    /// What is written behind an id so that it is ordered as in the rollup; empty unless ids are texts.
    pub order: String,
    /// The rollup table, then those of its views and its history.
    pub tables: Vec<String>,
    /// The table of the bases of archived entities; `None` if events cannot be archived.
    pub base: Option<String>,
    /// The indexes of these tables.
    pub indexes: Vec<Index>,
    /// The function that returns an entity's row as it was after one of its events.
    pub at: String,
    /// The function that returns it as it was at a time; `None` if events are recorded without one. An installation by an
    /// earlier release does not have it.
    pub as_of: Option<String>,
    /// The function that returns what each event of an entity changed. An installation by an earlier release does not
    /// have it.
    pub changes: String,
    /// The function that folds the views of an entity, with the types of its arguments; `None` without views. An
    /// installation by an earlier release does not have it, and compares no rows of views.
    pub views: Option<String>,
    /// The function that compares rows with the fold of their events.
    pub verify: String,
    /// The function that folds entities again from nothing.
    pub rebuild: String,
    /// The procedure that fills rows after a change.
    pub fill: String,
    /// The function that ends a fill; it exists only meanwhile.
    pub finish: String,
    /// The table of the entities that are still to be filled; it exists only meanwhile.
    pub todo: String,
    /// The table of those that are filled.
    pub done: String,
}

/// An index that belongs to no constraint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// The statement that creates it, as the end of a fill has it.
    pub create: String,
    /// The statement that creates it while others write, outside a transaction.
    pub create_concurrently: String,
    /// A condition in SQL: it is there, as the model has it, and its build has finished.
    pub is_built: String,
}

/// The names of a rollup's objects.
pub fn objects(model: &Model) -> Objects {
    let names = Names::new(&model.store, &model.root);
    let texts = model.types.texts(model.store.id_type);
    let is_text = texts.is_some_and(|texts| texts.is(Fact::Text));
    let id_type = texts.map(|texts| texts.text(Part::Name)).unwrap_or_default();
    let views = format!("{}({id_type}, bigint)", names.views);
    Objects {
        events: names.events,
        id: ident(&model.store.id),
        id_type,
        order: if is_text { " COLLATE pg_catalog.\"default\"".into() } else { String::new() },
        tables: model.tables().map(|view| qualified(&view.table)).collect(),
        base: model.archive.then(|| names.base.clone()),
        indexes: model.tables().flat_map(|view| indexes(model, view)).collect(),
        at: names.at,
        as_of: model.store.recorded_at.is_some().then_some(names.as_of),
        changes: names.changes,
        views: (!model.views.is_empty()).then_some(views),
        verify: names.verify,
        rebuild: names.rebuild,
        fill: names.fill,
        finish: names.finish,
        todo: names.todo,
        done: names.done,
    }
}

fn indexes(model: &Model, view: &View) -> Vec<Index> {
    let index = |constraint: &Constraint| {
        let (name, ..) = constraints::index_parts(view, constraint)?;
        let definition = constraints::index_definition(model, view, constraint)?;
        Some(Index {
            name: built::index_name(&view.table, name),
            create: constraints::index(model, view, constraint)?.trim_end().into(),
            create_concurrently: format!("CREATE INDEX CONCURRENTLY {definition}"),
            is_built: built::is_built(view, &view.table, constraint)?,
        })
    };
    view.constraints.iter().filter_map(index).collect()
}
