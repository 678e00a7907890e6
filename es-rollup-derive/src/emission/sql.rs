//! The SQL as constants: text from the core's emitter, with each type's part filled in by the compiler.

use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Model, Part, View};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// The constants of `Rollup`.
pub(crate) fn constants(model: &Model, view: &View, krate: &TokenStream) -> TokenStream {
    let events = emit::qualified(&model.store.table);
    let rollup = emit::qualified(&view.table);
    let description = joined(&emit::description(model), krate);
    let migration = joined(&emit::migration(model, view), krate);
    let revert = joined(&emit::revert(model, view), krate);
    let explanation = joined(&emit::explanation(model, view), krate);
    quote! {
        const EVENT_TABLE: &'static str = #events;
        const ROLLUP_TABLE: &'static str = #rollup;
        const MODEL: &'static str = #description;
        const MIGRATION_SQL: &'static str = #migration;
        const REVERT_SQL: &'static str = #revert;
        const EXPLANATION: &'static str = #explanation;
    }
}

/// The constants that the joined ones stand on: one a type, so that a type without `SqlType` is one error,
/// and the fingerprint.
pub(crate) fn types(event: &Ident, slots: &[Type], krate: &TokenStream) -> TokenStream {
    let types = slots.iter().enumerate().map(|(slot, ty)| {
        let name = name(slot);
        quote_spanned! {ty.span()=>
            const #name: #krate::__private::TypeInfo = <#ty as #krate::SqlType>::SQL;
        }
    });
    let names: Vec<Ident> = (0..slots.len()).map(name).collect();
    quote! {
        #(#types)*
        const FINGERPRINT: &[u8] = &#krate::__private::Sql::Join(&[
            #krate::__private::Sql::Text(<#event as #krate::Rollup>::MODEL),
            #(#names.accepts, #names.read,)*
        ]).fingerprint();
    }
}

/// A constant expression for the pieces, joined.
fn joined(pieces: &[Piece], krate: &TokenStream) -> TokenStream {
    if let [Piece::Text(text)] = pieces {
        return quote!(#text);
    }
    let sql = quote!(#krate::__private::Sql);
    let parts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => quote!(#sql::Text(#text)),
        Piece::Fingerprint => quote!(#sql::Text(#krate::__private::text(FINGERPRINT))),
        Piece::Type(slot, part) => {
            let name = name(*slot);
            match part {
                Part::Name => quote!(#name.name),
                Part::Accepts => quote!(#name.accepts),
                Part::Read => quote!(#name.read),
                Part::Expects => quote!(#sql::Text(#name.expects)),
                Part::Default => quote!(#name.default_literal()),
                Part::Holds => quote!(#name.holds()),
                Part::Collation => quote!(#name.collation()),
                Part::Equality => quote!(#name.equal()),
            }
        }
    });
    quote! {{
        const SQL: #sql = #sql::Join(&[#(#parts),*]);
        const BYTES: [u8; SQL.len()] = SQL.bytes();
        #krate::__private::text(&BYTES)
    }}
}

fn name(slot: usize) -> Ident {
    format_ident!("TYPE_{slot}")
}
