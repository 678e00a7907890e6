//! The tables of an arm, and the names of what belongs to each.

use es_rollup_core::model::{Model, View};
use proc_macro2::Ident;
use quote::format_ident;

/// A table that an arm changes.
#[derive(Clone, Copy)]
pub(crate) struct Table<'a> {
    pub(super) view: &'a View,
    /// Its index among the views; `None` for the entity's own row.
    at: Option<usize>,
}

impl<'a> Table<'a> {
    pub(crate) fn root(model: &'a Model) -> Self {
        Self { view: &model.root, at: None }
    }

    pub(crate) fn view(model: &'a Model, at: usize) -> Self {
        Self { view: &model.views[at], at: Some(at) }
    }

    /// The name of the view.
    pub(super) fn name(self) -> Option<&'a str> {
        self.at.map(|_| self.view.name.as_str())
    }

    /// The row that exists.
    pub(super) fn row(self) -> Ident {
        self.at.map_or_else(|| format_ident!("state"), |at| format_ident!("__row{at}"))
    }

    /// The new value of a column.
    pub(super) fn column(self, column: usize) -> Ident {
        match self.at {
            None => format_ident!("__column{column}"),
            Some(at) => format_ident!("__row{at}_column{column}"),
        }
    }
}
