//! Whole numbers that are stored in a narrower PostgreSQL type than the Rust type needs, such as a `u64` as `bigint`.

use crate::error::error;
use darling::error::Accumulator;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::LitStr;

/// The column's type.
pub(super) struct Narrow {
    /// The Rust type that holds the same numbers.
    rust: Ident,
    least: i64,
    greatest: i64,
}

impl Narrow {
    pub(super) fn new(written: &LitStr, errors: &mut Accumulator) -> Option<Self> {
        let (rust, (least, greatest)) = match written.value().as_str() {
            "smallint" => ("i16", (i64::from(i16::MIN), i64::from(i16::MAX))),
            "integer" => ("i32", (i64::from(i32::MIN), i64::from(i32::MAX))),
            "bigint" => ("i64", (i64::MIN, i64::MAX)),
            _ => {
                errors.push(error(
                    written.span(),
                    "a whole number can only be stored as `smallint`, `integer` or `bigint`; write one of these, or remove `sql_type` for a column that holds every value",
                ));
                return None;
            }
        };
        Some(Self { rust: format_ident!("{rust}"), least, greatest })
    }

    /// The SQL side: it accepts the values of the inner type that are in the range of the narrower one.
    pub(super) fn info(&self, krate: &TokenStream, inner: &TokenStream) -> TokenStream {
        let Self { rust, least, greatest } = self;
        let sql = quote!(#krate::__private::Sql);
        let within = |number: &str| {
            format!(
                "{number} OPERATOR(pg_catalog.>=) {least} AND {number} OPERATOR(pg_catalog.<=) {greatest}"
            )
        };
        let accepted = format!(") THEN {} ELSE false END", within("es_value::numeric"));
        let held = format!(") AND {}", within("es_number"));
        let kept = format!(", {least} to {greatest})");
        quote! {{
            const INNER: #krate::__private::TypeInfo = #inner.checked();
            const ACCEPTS: #sql = #sql::Join(&[#sql::Text("CASE WHEN ("), INNER.accepts, #sql::Text(#accepted)]);
            const NUMBER: #sql = #sql::Join(&[#sql::Text("("), INNER.holds(), #sql::Text(#held)]);
            const NARROW: #krate::__private::TypeInfo = <::core::primitive::#rust as #krate::SqlType>::SQL;
            const IDENTITY: #sql = #sql::Join(&[#sql::Text("narrowed.1("), INNER.identity(), #sql::Text(#kept)]);
            INNER.narrowed(NARROW, ACCEPTS, NUMBER).own_if(INNER.is_own(), NARROW.qualified(), IDENTITY)
        }}
    }

    /// Whether the narrower type holds the value.
    pub(super) fn holds(&self, member: &syn::Member) -> TokenStream {
        let rust = &self.rust;
        quote! {
            <::core::primitive::#rust as ::core::convert::TryFrom<_>>::try_from(
                ::core::clone::Clone::clone(&self.#member)
            ).is_ok()
        }
    }
}
