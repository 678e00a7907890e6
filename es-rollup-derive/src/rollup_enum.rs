//! The enum as the emission sees it: what is written, with the columns that follow from it.

use crate::declare::Tokens;
use crate::options::Options;
use crate::wire::WireEnum;
use es_rollup_core::resolve::{DeclaredColumn, DeclaredRows, RustTypes};
use syn::{Ident, Type};

/// An enum and its columns.
pub(crate) struct RollupEnum<'a> {
    pub(crate) input: &'a WireEnum<'a>,
    pub(crate) options: Options<'a>,
    pub(crate) types: RustTypes,
    pub(crate) tokens: Tokens,
    pub(crate) columns: Vec<DeclaredColumn>,
    /// The columns of its views.
    pub(crate) views: Vec<DeclaredRows>,
}

impl RollupEnum<'_> {
    /// The columns of all tables.
    pub(crate) fn all(&self) -> impl Iterator<Item = &DeclaredColumn> {
        let views = self.views.iter().flat_map(|view| view.parts.iter().chain(&view.columns));
        self.columns.iter().chain(views)
    }

    /// The struct of the state: that of the entity's row, or of all rows if there are views.
    pub(crate) fn state(&self) -> &Ident {
        if self.views.is_empty() { &self.options.state } else { &self.options.whole }
    }

    /// The type of a column's values, if it is known.
    pub(crate) fn ty(&self, column: &DeclaredColumn) -> Option<&Type> {
        column.ty(&self.types).map(|ty| self.tokens.ty(ty))
    }
}
