//! What a derive of `SqlType` writes.

use proc_macro2::TokenStream;

/// What the implementation of `SqlType` consists of.
pub(super) struct Body {
    pub(super) info: TokenStream,
    pub(super) fits: TokenStream,
    /// Other traits to implement, with their items.
    pub(super) traits: Vec<(TokenStream, TokenStream)>,
    pub(super) inner: Option<syn::Type>,
}

/// As a literal of SQL.
pub(super) fn quoted(name: &str) -> String {
    format!("'{}'", name.replace('\'', "''"))
}

/// Whether what stands before is one of the literals. `IN` would look up the operator under the `search_path`.
pub(super) fn one_of(literals: &[String]) -> String {
    match literals {
        [one] => format!("OPERATOR(pg_catalog.=) {one}"),
        all => format!("OPERATOR(pg_catalog.=) ANY (ARRAY[{}])", all.join(", ")),
    }
}
