//! The types of an enum's columns: what the macro knows about them, and what it leaves to the compiler.

use super::known::{self, Known, known};
use super::lowered::Lowered;
use super::piece::{constant, expression};
use crate::written::Rollup;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::Part;
use es_rollup_core::{Fingerprint, TypeInfo};
use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::Type;
use syn::spanned::Spanned;

/// The types of the model's slots.
pub(crate) struct Types<'a> {
    slots: &'a [Type],
    known: Vec<Option<Known>>,
    fingerprint: Digest,
}

/// A fingerprint, as far as the macro can compute it.
enum Digest {
    /// The whole fingerprint.
    Known(String),
    /// A fingerprint of these pieces, some of which only the compiler knows.
    Open(Vec<Piece>),
}

impl<'a> Types<'a> {
    pub(crate) fn new(lowered: &'a Lowered<'_>) -> Self {
        let known: Vec<Option<Known>> = lowered.slots.iter().map(known).collect();
        let pieces = emit::meaning(lowered.model);
        let is_known = |piece: &Piece| match piece {
            Piece::Type(slot, _) => known[*slot].is_some(),
            Piece::Text(_) | Piece::If(..) | Piece::Fingerprint => true,
        };
        let fingerprint = if pieces.iter().all(is_known) {
            let of_type = |slot: usize, part| of_known(&known, slot, part).unwrap_or(Fingerprint::START);
            let digits = emit::fingerprint(&pieces, of_type).digits();
            Digest::Known(digits.into_iter().map(char::from).collect())
        } else {
            Digest::Open(pieces)
        };
        Self { slots: &lowered.slots, known, fingerprint }
    }

    /// Resolves the pieces that the macro knows, and joins adjacent texts.
    pub(crate) fn spell(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let mut spelt: Vec<Piece> = Vec::new();
        for piece in pieces.into_iter().flat_map(|piece| self.spell_one(piece)) {
            match (spelt.last_mut(), piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(&text),
                (_, piece) => spelt.push(piece),
            }
        }
        spelt
    }

    fn spell_one(&self, piece: Piece) -> Vec<Piece> {
        match piece {
            Piece::Text(_) => vec![piece],
            Piece::Type(slot, part) => vec![match &self.known[slot] {
                Some(known) => Piece::Text(known::text(known, part)),
                None => piece,
            }],
            Piece::If(slot, fact, inside) => match (&self.known[slot], self.spell(inside)) {
                (None, inside) => vec![Piece::If(slot, fact, inside)],
                (Some(known), inside) if known::is_true(known.info, fact) => inside,
                (Some(_), _) => Vec::new(),
            },
            Piece::Fingerprint => vec![match &self.fingerprint {
                Digest::Known(digits) => Piece::Text(digits.clone()),
                Digest::Open(_) => piece,
            }],
        }
    }

    /// The constants that the SQL depends on: one per type, so that a type without `SqlType` gives one error, and the
    /// fingerprint.
    pub(crate) fn constants(&self, rollup: &Rollup<'_>, pieces: &[Piece]) -> TokenStream {
        let krate = &rollup.options.krate;
        let types = self.slots.iter().zip(&self.known).enumerate().map(|(slot, (ty, known))| {
            let name = constant(slot);
            if let Some(Known { path, .. }) = known {
                quote_spanned!(ty.span()=> const _: () = #krate::__private::is_std::<#ty, #path>();)
            } else {
                quote_spanned! {ty.span()=>
                    const #name: #krate::__private::TypeInfo = <#ty as #krate::SqlType>::SQL;
                }
            }
        });
        let abilities = abilities(pieces).into_iter().map(|(slot, ability)| {
            let (name, span) = (constant(slot), self.slots[slot].span());
            let (has, message) = (format_ident!("{}", ability.name()), ability.message());
            match &self.known[slot] {
                None => quote_spanned!(span=> const _: () = ::core::assert!(#name.#has(), #message);),
                Some(known) if ability.of(known.info) => TokenStream::new(),
                Some(_) => quote_spanned!(span=> ::core::compile_error!(#message);),
            }
        });
        let fingerprint = self.fingerprint(krate);
        quote!(#(#types)* #(#abilities)* #fingerprint)
    }

    /// The fingerprint, which the compiler completes: each part of a type that only it knows is hashed once.
    fn fingerprint(&self, krate: &TokenStream) -> TokenStream {
        let Digest::Open(pieces) = &self.fingerprint else { return TokenStream::new() };
        let fingerprint = quote!(#krate::__private::Fingerprint);
        let mut open: Vec<(usize, Part)> = Vec::new();
        let states = pieces.iter().map(|piece| {
            let known = match piece {
                Piece::Text(text) => Some(Fingerprint::START.with(text)),
                Piece::Type(slot, part) => of_known(&self.known, *slot, *part),
                Piece::If(..) | Piece::Fingerprint => unreachable!("the meaning has neither of them"),
            };
            match (known, piece) {
                (None, Piece::Type(slot, part)) => {
                    let at = open.iter().position(|one| *one == (*slot, *part)).unwrap_or_else(|| {
                        open.push((*slot, *part));
                        open.len() - 1
                    });
                    quote!(PARTS[#at].state())
                }
                (known, _) => {
                    let state = known.unwrap_or(Fingerprint::START).state();
                    quote!(#state)
                }
            }
        });
        let states: Vec<TokenStream> = states.collect();
        let parts = open.iter().map(|(slot, part)| {
            let part = expression(&Piece::Type(*slot, *part), self.slots, krate);
            quote!(#fingerprint::START.with_sql(#part))
        });
        quote! {
            const FINGERPRINT: &[::core::primitive::u8] = &{
                const PARTS: &[#fingerprint] = &[#(#parts),*];
                #fingerprint::of_states(&[#(#states),*]).digits()
            };
        }
    }
}

/// The fingerprint of a part of a type that the macro knows.
fn of_known(known: &[Option<Known>], slot: usize, part: Part) -> Option<Fingerprint> {
    known[slot].as_ref().map(|known| Fingerprint::START.with(&known::text(known, part)))
}

/// An ability that a type must have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ability {
    Default,
    Equality,
    Number,
    Order,
}

impl Ability {
    /// The method of `TypeInfo` that checks it.
    fn name(self) -> &'static str {
        match self {
            Self::Default => "has_default",
            Self::Number => "is_number",
            Self::Order => "is_ordered",
            Self::Equality => "has_equality",
        }
    }

    fn of(self, info: TypeInfo) -> bool {
        match self {
            Self::Default => info.has_default(),
            Self::Number => info.is_number(),
            Self::Order => info.is_ordered(),
            Self::Equality => info.has_equality(),
        }
    }

    /// The message for a type without it.
    fn message(self) -> &'static str {
        match self {
            Self::Default => {
                "SQL cannot know this type's default for an absent key; remove `#[serde(default)]`, or use an `Option`"
            }
            Self::Number => "this operation needs a whole or decimal number; change the type, or use `set`",
            Self::Order => {
                "`max`, `min` and the elements of a set need a type that is ordered the same way in Rust and SQL; change the type"
            }
            Self::Equality => {
                "`add` and `remove` need a type that is compared for equality the same way in Rust and SQL; change the type"
            }
        }
    }
}

/// The abilities that the SQL needs, without duplicates.
fn abilities(pieces: &[Piece]) -> BTreeSet<(usize, Ability)> {
    let ability = |piece: &Piece| {
        let Piece::Type(slot, part) = piece else { return None };
        let ability = match part {
            Part::Name
            | Part::Accepts
            | Part::Read
            | Part::Expects
            | Part::Values
            | Part::Json
            | Part::ExpectsJson => return None,
            Part::Default => Ability::Default,
            Part::Holds => Ability::Number,
            Part::Collation => Ability::Order,
            Part::Equality => Ability::Equality,
        };
        Some((*slot, ability))
    };
    pieces.iter().filter_map(ability).collect()
}
