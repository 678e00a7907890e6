//! The enum as the emission sees it: what is written, with the columns that follow from it.

use crate::declare::Tokens;
use crate::options::Options;
use crate::wire::WireEnum;
use es_rollup_core::resolve::{DeclaredColumn, RustTypes};
use syn::Type;

/// An enum and its columns.
pub(crate) struct RollupEnum<'a> {
    pub(crate) input: &'a WireEnum<'a>,
    pub(crate) options: Options<'a>,
    pub(crate) types: RustTypes,
    pub(crate) tokens: Tokens,
    pub(crate) columns: Vec<DeclaredColumn>,
}

impl RollupEnum<'_> {
    /// The type of a column's values, if it is known.
    pub(crate) fn ty(&self, column: &DeclaredColumn) -> Option<&Type> {
        column.ty(&self.types).map(|ty| self.tokens.ty(ty))
    }
}
