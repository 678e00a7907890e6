//! The enum as the emission sees it: what is written, with the columns that follow from it.

use crate::declare::Source;
use crate::options::Options;
use crate::wire::Input;
use es_rollup_core::resolve::{DeclaredColumn, RustTypes};
use syn::Type;

/// An enum and its columns.
pub(crate) struct Rollup<'a> {
    pub(crate) input: &'a Input<'a>,
    pub(crate) options: Options<'a>,
    pub(crate) types: RustTypes,
    pub(crate) source: Source,
    pub(crate) columns: Vec<DeclaredColumn>,
}

impl Rollup<'_> {
    /// The type of a column's values, if it is known.
    pub(crate) fn ty(&self, column: &DeclaredColumn) -> Option<&Type> {
        column.ty(&self.types).map(|ty| self.source.ty(ty))
    }
}
