//! The SQL as constants: text from the core's emitter, with each type's part filled in by the compiler.

use crate::model::Rollup;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Fact, Model, Part, View};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
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
        const EVENT_TABLE: &'static ::core::primitive::str = #events;
        const ROLLUP_TABLE: &'static ::core::primitive::str = #rollup;
        const MODEL: &'static ::core::primitive::str = #description;
        const MIGRATION_SQL: &'static ::core::primitive::str = #migration;
        const REVERT_SQL: &'static ::core::primitive::str = #revert;
        const EXPLANATION: &'static ::core::primitive::str = #explanation;
    }
}

/// The constants that the joined ones stand on: one a type, so that a type without `SqlType` is one error,
/// and the fingerprint.
pub(crate) fn types(rollup: &Rollup<'_>, slots: &[Type], pieces: &[Piece]) -> TokenStream {
    let (krate, event) = (&rollup.options.krate, &rollup.input.original.ident);
    // The model is the same whatever the event borrows.
    let lifetimes: Vec<TokenStream> =
        rollup.input.original.generics.lifetimes().map(|_| quote!('static)).collect();
    let event = if lifetimes.is_empty() { quote!(#event) } else { quote!(#event<#(#lifetimes),*>) };
    let types = slots.iter().enumerate().map(|(slot, ty)| {
        let name = name(slot);
        quote_spanned! {ty.span()=>
            const #name: #krate::__private::TypeInfo = <#ty as #krate::SqlType>::SQL;
        }
    });
    let names: Vec<Ident> = (0..slots.len()).map(name).collect();
    let abilities = abilities(pieces).into_iter().map(|(slot, ability)| {
        let (name, span) = (name(slot), slots[slot].span());
        let (has, message) = ability;
        let has = format_ident!("{has}");
        quote_spanned! {span=>
            const _: () = ::core::assert!(#name.#has(), #message);
        }
    });
    quote! {
        #(#types)*
        #(#abilities)*
        const FINGERPRINT: &[::core::primitive::u8] = &#krate::__private::Sql::Join(&[
            #krate::__private::Sql::Text(<#event as #krate::Rollup>::MODEL),
            #(#names.accepts, #names.read,)*
        ]).fingerprint();
    }
}

/// What a type must be able to do, once a type and ability: the method of `TypeInfo` that tells, and what is
/// wrong where it cannot.
fn abilities(pieces: &[Piece]) -> BTreeSet<(usize, (&'static str, &'static str))> {
    let ability = |piece: &Piece| {
        let Piece::Type(slot, part) = piece else { return None };
        let ability = match part {
            Part::Name | Part::Accepts | Part::Read | Part::Expects | Part::Values => return None,
            Part::Default => (
                "has_default",
                "SQL cannot know this type's default for an absent key; remove `#[serde(default)]`, or use an `Option`",
            ),
            Part::Holds => (
                "is_number",
                "only a whole or decimal number is counted with; change the type, or `set` the column",
            ),
            Part::Collation => (
                "is_ordered",
                "Rust and SQL do not order this type alike; `max` and `min` need a type that they do",
            ),
            Part::Equality => (
                "has_equality",
                "Rust and SQL do not agree on when two of this type are equal; `add` and `remove` need a type on which they do",
            ),
        };
        Some((*slot, ability))
    };
    pieces.iter().filter_map(ability).collect()
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
            let name = name(*slot);
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
            let name = name(*slot);
            let fact = match fact {
                Fact::OneOfValues => quote!(is_one_of_values),
                Fact::ArrayOfValues => quote!(is_array_of_values),
            };
            let parts = pieces.iter().map(|piece| part_of(piece, krate));
            quote!(if #name.#fact() { #sql::Join(const { &[#(#parts),*] }) } else { #sql::Text("") })
        }
    }
}

fn name(slot: usize) -> Ident {
    format_ident!("TYPE_{slot}")
}
