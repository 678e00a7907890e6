//! The SQL as constants: text from the core's emitter, with each type's part filled in by the compiler.

use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Model, Part, View};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// The constants of `Rollup`.
pub(crate) fn constants(model: &Model, view: &View, slots: &[Type], krate: &TokenStream) -> TokenStream {
    let events = emit::qualified(&model.store.table);
    let rollup = emit::qualified(&view.table);
    let migration = joined(&emit::migration(model, view), slots, krate);
    let revert = joined(&emit::revert(model, view), slots, krate);
    let explanation = joined(&emit::explanation(model, view), slots, krate);
    quote! {
        const EVENT_TABLE: &'static str = #events;
        const ROLLUP_TABLE: &'static str = #rollup;
        const MIGRATION_SQL: &'static str = #migration;
        const REVERT_SQL: &'static str = #revert;
        const EXPLANATION: &'static str = #explanation;
    }
}

/// A constant expression for the pieces, joined.
fn joined(pieces: &[Piece], slots: &[Type], krate: &TokenStream) -> TokenStream {
    if let [Piece::Text(text)] = pieces {
        return quote!(#text);
    }
    let sql = quote!(#krate::__private::Sql);
    let used = |slot: &usize| pieces.iter().any(|piece| matches!(piece, Piece::Type(one, _) if one == slot));
    // One constant a type, so that a type without `SqlType` is one error.
    let types = slots.iter().enumerate().filter(|(slot, _)| used(slot)).map(|(slot, ty)| {
        let name = name(slot);
        quote_spanned! {ty.span()=>
            const #name: #krate::__private::TypeInfo = <#ty as #krate::SqlType>::SQL;
        }
    });
    let parts = pieces.iter().map(|piece| match piece {
        Piece::Text(text) => quote!(#sql::Text(#text)),
        Piece::Fingerprint => quote!(#sql::Fingerprint),
        Piece::Type(slot, part) => {
            let name = name(*slot);
            match part {
                Part::Name => quote!(#name.name),
                Part::Accepts => quote!(#name.accepts),
                Part::Read => quote!(#name.read),
                Part::Expects => quote!(#sql::Text(#name.expects)),
                Part::Default => quote!(#name.default_literal()),
            }
        }
    });
    quote! {{
        #(#types)*
        const SQL: #sql = #sql::Join(&[#(#parts),*]);
        const BYTES: [u8; SQL.len()] = SQL.bytes();
        #krate::__private::text(&BYTES)
    }}
}

fn name(slot: usize) -> Ident {
    format_ident!("TYPE_{slot}")
}
