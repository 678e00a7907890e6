//! A piece of emitted text as an expression for the compiler.

use es_rollup_core::emit::Piece;
use es_rollup_core::model::{Fact, Part, Type};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

/// The constant of a type that the macro does not know.
pub(super) fn constant(ty: Type) -> Ident {
    format_ident!("TYPE_{}", ty.0)
}

/// A constant expression for one piece.
pub(super) fn expression(piece: &Piece, rust: &[Option<syn::Type>], krate: &TokenStream) -> TokenStream {
    let sql = quote!(#krate::__private::Sql);
    match piece {
        Piece::Text(text) => quote!(#sql::Text(#text)),
        Piece::Fingerprint => quote!(#sql::Text(#krate::__private::text(FINGERPRINT))),
        Piece::Type(ty, part) => {
            let (name, ty) = (constant(*ty), &rust[ty.0]);
            match part {
                Part::Name => quote!(#name.name),
                Part::Qualified => quote!(#name.qualified_name()),
                Part::Unmodified => quote!(#name.unmodified_name()),
                Part::Accepts => quote!(#name.accepts),
                Part::Read => quote!(#name.read),
                Part::Expects => quote!(#name.quotable_expects()),
                Part::Default => quote!(#name.default_literal()),
                Part::Holds => quote!(#name.holds()),
                Part::Collation => quote!(#name.collation()),
                // Only its presence is checked; it has no text.
                Part::Equality => quote!(#sql::Text("")),
                Part::Values => quote!(#name.value_literals()),
                Part::Json => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::JSON),
                Part::ExpectsJson => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::EXPECTS),
            }
        }
        Piece::If(ty, fact, pieces) => {
            let name = constant(*ty);
            let fact = match fact {
                Fact::OneOfValues => quote!(is_one_of_values),
                Fact::ArrayOfValues => quote!(is_array_of_values),
                Fact::Collated => quote!(is_collated),
                Fact::Text => quote!(is_text),
                Fact::Qualified => quote!(is_own),
                Fact::Unqualified => quote!(is_not_own),
            };
            let parts = pieces.iter().map(|piece| expression(piece, rust, krate));
            quote!(if #name.#fact() { #sql::Join(const { &[#(#parts),*] }) } else { #sql::Text("") })
        }
    }
}
