//! The derive macros of `es-rollup`; use them through that crate, where they are documented.
//!
//! An enum passes through four stages: reading (`attributes`, and `wire` for serde's part), declarations (`declare`), the
//! model (`es_rollup_core::resolve`) and code (`emission`). All errors of an enum are reported at once, and `fallback`
//! keeps the compiler from adding others.

mod attributes;
mod brackets;
mod declare;
mod emission;
mod error;
mod fallback;
mod options;
mod rollup;
mod rollup_enum;
mod serde_names;
mod shorthand;
mod spelling;
mod sql_type;
#[cfg(test)]
mod tests;
mod wire;

use proc_macro::TokenStream;

#[doc = include_str!("../docs/rollup.md")]
#[proc_macro_derive(Rollup, attributes(rollup))]
pub fn derive_rollup(input: TokenStream) -> TokenStream {
    rollup::derive(&syn::parse_macro_input!(input)).into()
}

#[doc = include_str!("../docs/sql_type.md")]
#[proc_macro_derive(SqlType, attributes(rollup))]
pub fn derive_sql_type(input: TokenStream) -> TokenStream {
    sql_type::derive(&syn::parse_macro_input!(input)).into()
}
