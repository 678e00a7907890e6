//! The names that views and columns had before are names that they could have had.

use super::faults::Faults;
use crate::model::{Envelope, Model, View};
use std::collections::BTreeSet;

impl Faults {
    pub(super) fn former(&mut self, model: &Model) {
        if model.root.was.is_some() {
            self.add("the rollup's own table cannot have another name than before".into());
        }
        let views: Vec<_> = model.views.iter().map(|view| (&view.name, view.was.as_ref())).collect();
        self.former_names("view", &views);
        for view in std::iter::once(&model.root).chain(&model.views) {
            self.former_columns(view);
        }
    }

    fn former_columns(&mut self, view: &View) {
        let columns: Vec<_> = view.all_columns().map(|column| (&column.name, column.was.as_ref())).collect();
        self.former_names("column", &columns);
        for was in columns.into_iter().filter_map(|(_, was)| was) {
            if Envelope::NAMES.contains(&was.as_str()) {
                self.add(format!("no column was called {was:?}, which is a column of every rollup"));
            }
        }
    }

    fn former_names(&mut self, what: &str, all: &[(&String, Option<&String>)]) {
        let mut seen: BTreeSet<&String> = BTreeSet::new();
        for (name, was) in all {
            let Some(was) = was else { continue };
            self.name(&format!("the former name of {what} {name:?}"), was, "");
            if all.iter().any(|(other, _)| other == was) {
                self.add(format!("{what} {name:?} was called {was:?}, but a {what} has that name now"));
            }
            if !seen.insert(was) {
                self.add(format!("two {what}s were called {was:?}"));
            }
        }
    }
}
