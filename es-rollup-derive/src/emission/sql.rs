//! The SQL as constants: text from the core's emitter, with what the macro does not know of types filled in by the
//! compiler.

use super::types::{Types, constant};
use crate::lowering::Lowered;
use crate::model::Rollup;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Fact, Part};
use proc_macro2::TokenStream;
use quote::quote;

/// The constants of `Rollup`, and those that they stand on.
pub(crate) struct Constants {
    pub(crate) public: TokenStream,
    pub(crate) private: TokenStream,
}

pub(crate) fn constants(rollup: &Rollup<'_>, lowered: &Lowered) -> Constants {
    let (model, krate) = (&lowered.model, &rollup.options.krate);
    let view = &model.views[0];
    let types = Types::new(lowered);
    let events = emit::qualified(&model.store.table);
    let rollup_table = emit::qualified(&view.table);
    let migration = emit::migration(model, view);
    let private = types.constants(rollup, &migration);
    let joined = |pieces| joined(&types.spell(pieces), krate);
    let description = joined(emit::description(model));
    let migration = joined(migration);
    let revert = joined(emit::revert(model, view));
    let explanation = joined(emit::explanation(model, view));
    let public = quote! {
        const EVENT_TABLE: &'static ::core::primitive::str = #events;
        const ROLLUP_TABLE: &'static ::core::primitive::str = #rollup_table;
        const MODEL: &'static ::core::primitive::str = #description;
        const MIGRATION_SQL: &'static ::core::primitive::str = #migration;
        const REVERT_SQL: &'static ::core::primitive::str = #revert;
        const EXPLANATION: &'static ::core::primitive::str = #explanation;
    };
    Constants { public, private }
}

/// A constant expression for the pieces, joined.
fn joined(pieces: &[Piece], krate: &TokenStream) -> TokenStream {
    if let [Piece::Text(text)] = pieces {
        return quote!(#text);
    }
    let sql = quote!(#krate::__private::Sql);
    let parts = pieces.iter().map(|piece| part_of(piece, krate));
    quote! {{
        const SQL: #sql = #sql::Join(&[#(#parts),*]);
        const BYTES: [::core::primitive::u8; SQL.len()] = SQL.bytes();
        #krate::__private::text(&BYTES)
    }}
}

/// A constant expression for one piece.
fn part_of(piece: &Piece, krate: &TokenStream) -> TokenStream {
    let sql = quote!(#krate::__private::Sql);
    match piece {
        Piece::Text(text) => quote!(#sql::Text(#text)),
        Piece::Fingerprint => quote!(#sql::Text(#krate::__private::text(FINGERPRINT))),
        Piece::Type(slot, part) => {
            let name = constant(*slot);
            match part {
                Part::Name => quote!(#name.name),
                Part::Accepts => quote!(#name.accepts),
                Part::Read => quote!(#name.read),
                Part::Expects => quote!(#name.quotable_expects()),
                Part::Default => quote!(#name.default_literal()),
                Part::Holds => quote!(#name.holds()),
                Part::Collation => quote!(#name.collation()),
                // Only asked for, never spelt.
                Part::Equality => quote!(#sql::Text("")),
                Part::Values => quote!(#name.value_literals()),
            }
        }
        Piece::If(slot, fact, pieces) => {
            let name = constant(*slot);
            let fact = match fact {
                Fact::OneOfValues => quote!(is_one_of_values),
                Fact::ArrayOfValues => quote!(is_array_of_values),
                Fact::Collated => quote!(is_collated),
                Fact::Text => quote!(is_text),
            };
            let parts = pieces.iter().map(|piece| part_of(piece, krate));
            quote!(if #name.#fact() { #sql::Join(const { &[#(#parts),*] }) } else { #sql::Text("") })
        }
    }
}
