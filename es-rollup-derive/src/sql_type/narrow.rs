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
    range: String,
}

impl Narrow {
    pub(super) fn new(written: &LitStr, errors: &mut Accumulator) -> Option<Self> {
        let (rust, range) = match written.value().as_str() {
            "smallint" => ("i16", format!("{} AND {}", i16::MIN, i16::MAX)),
            "integer" => ("i32", format!("{} AND {}", i32::MIN, i32::MAX)),
            "bigint" => ("i64", format!("{} AND {}", i64::MIN, i64::MAX)),
            _ => {
                errors.push(error(
                    written.span(),
                    "a whole number can only be stored as `smallint`, `integer` or `bigint`; write one of these, or remove `sql_type` for a column that holds every value",
                ));
                return None;
            }
        };
        Some(Self { rust: format_ident!("{rust}"), range })
    }

    /// The SQL side: it accepts the values of the inner type that are in the range of the narrower one.
    pub(super) fn info(&self, krate: &TokenStream, inner: &TokenStream) -> TokenStream {
        let Self { rust, range } = self;
        let sql = quote!(#krate::__private::Sql);
        let (accepted, held) = (
            format!(") THEN es_value::numeric BETWEEN {range} ELSE false END"),
            format!(") AND es_number BETWEEN {range}"),
        );
        quote! {{
            const INNER: #krate::__private::TypeInfo = #inner;
            const ACCEPTS: #sql = #sql::Join(&[#sql::Text("CASE WHEN ("), INNER.accepts, #sql::Text(#accepted)]);
            const NUMBER: #sql = #sql::Join(&[#sql::Text("("), INNER.holds(), #sql::Text(#held)]);
            INNER.narrowed(<::core::primitive::#rust as #krate::SqlType>::SQL, ACCEPTS, NUMBER)
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
