//! The names that views and columns had before.

use super::super::View;
use super::members::{At, Reader};

impl Reader {
    /// Reads them into the tables that have them.
    pub(super) fn former(&mut self, at: At<'_>, root: &mut View, views: &mut [View]) {
        let mut all = self.object(at);
        for view in std::iter::once(root).chain(views) {
            let at = all.maybe(&view.name);
            if at.json.is_some() {
                self.former_of(at, view);
            }
        }
        all.finish(self);
    }

    fn former_of(&mut self, at: At<'_>, view: &mut View) {
        let mut all = self.object(at);
        let (name, columns) = (all.maybe("name"), all.maybe("columns"));
        all.finish(self);
        if name.json.is_some() {
            view.was = Some(self.text(&name));
        }
        if columns.json.is_none() {
            return;
        }
        let mut columns = self.object(columns);
        for column in view.all_columns_mut() {
            let at = columns.maybe(&column.name);
            if at.json.is_some() {
                column.was = Some(self.text(&at));
            }
        }
        columns.finish(self);
    }
}
