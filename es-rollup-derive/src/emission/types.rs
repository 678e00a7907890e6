//! The types of an enum's columns: what the macro knows of them, and what it leaves to the compiler.

use super::known::{self, Known, known};
use crate::lowering::Lowered;
use crate::model::Rollup;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Model, Part};
use es_rollup_core::{Fingerprint, TypeInfo};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::Type;
use syn::spanned::Spanned;

/// The types that the model's slots stand for.
pub(crate) struct Types<'a> {
    slots: &'a [Type],
    known: Vec<Option<Known>>,
    fingerprint: Digest,
}

/// A fingerprint, as far as the macro can tell.
enum Digest {
    /// Whole.
    Known(String),
    /// Of the model; those of its types are to follow.
    Begun(Fingerprint),
}

/// The constant of a type that the macro does not know.
pub(crate) fn constant(slot: usize) -> Ident {
    format_ident!("TYPE_{slot}")
}

impl<'a> Types<'a> {
    pub(crate) fn new(lowered: &'a Lowered) -> Self {
        let known: Vec<Option<Known>> = lowered.slots.iter().map(known).collect();
        let begun = of_model(&lowered.model);
        let all = known.iter().try_fold(begun, |all, one| Some(all.and(of_type(one.as_ref()?))));
        let fingerprint = all.map_or(Digest::Begun(begun), |all| {
            Digest::Known(all.digits().into_iter().map(char::from).collect())
        });
        Self { slots: &lowered.slots, known, fingerprint }
    }

    /// The pieces with all spelt out that is known, and texts that stand beside each other in one.
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
        let of = |slot: usize| self.known[slot].as_ref().map(|known| known.info);
        match piece {
            Piece::Text(_) => vec![piece],
            Piece::Type(slot, part) => vec![match of(slot) {
                Some(info) => Piece::Text(known::sql(info, part).to_string()),
                None => piece,
            }],
            Piece::If(slot, fact, inside) => match (of(slot), self.spell(inside)) {
                (None, inside) => vec![Piece::If(slot, fact, inside)],
                (Some(info), inside) if known::is_true(info, fact) => inside,
                (Some(_), _) => Vec::new(),
            },
            Piece::Fingerprint => vec![match &self.fingerprint {
                Digest::Known(digits) => Piece::Text(digits.clone()),
                Digest::Begun(_) => piece,
            }],
        }
    }

    /// The constants that the SQL stands on: one a type, so that a type without `SqlType` is one error,
    /// and the fingerprint.
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

    fn fingerprint(&self, krate: &TokenStream) -> TokenStream {
        let Digest::Begun(begun) = &self.fingerprint else { return TokenStream::new() };
        let fingerprint = quote!(#krate::__private::Fingerprint);
        let begun = begun.state();
        let types = self.known.iter().enumerate().map(|(slot, known)| {
            if let Some(known) = known {
                let state = of_type(known).state();
                return quote!(#fingerprint::from_state(#state));
            }
            let name = constant(slot);
            quote!(#fingerprint::START.with_sql(#name.name).with_sql(#name.accepts).with_sql(#name.read))
        });
        quote! {
            const FINGERPRINT: &[::core::primitive::u8] =
                &#fingerprint::from_state(#begun)#(.and(#types))*.digits();
        }
    }
}

/// What the fingerprint begins with: the model, with the numbers of its types in the places of their names, so
/// that it does not matter which of them the macro knows.
fn of_model(model: &Model) -> Fingerprint {
    let pieces = emit::description(model);
    pieces.iter().fold(Fingerprint::START, |all, piece| match piece {
        Piece::Text(text) => all.with(text),
        Piece::Type(slot, _) | Piece::If(slot, ..) => all.with(&slot.to_string()),
        Piece::Fingerprint => all,
    })
}

fn of_type(known: &Known) -> Fingerprint {
    let info = known.info;
    Fingerprint::START.with_sql(info.name).with_sql(info.accepts).with_sql(info.read)
}

/// What a type must be able to do.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Ability {
    Default,
    Equality,
    Number,
    Order,
}

impl Ability {
    /// The method of `TypeInfo` that tells.
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

    /// What is wrong where it cannot.
    fn message(self) -> &'static str {
        match self {
            Self::Default => {
                "SQL cannot know this type's default for an absent key; remove `#[serde(default)]`, or use an `Option`"
            }
            Self::Number => {
                "only a whole or decimal number is counted with; change the type, or `set` the column"
            }
            Self::Order => {
                "Rust and SQL do not order this type alike; `max`, `min` and the elements of a set need a type that they do"
            }
            Self::Equality => {
                "Rust and SQL do not agree on when two of this type are equal; `add` and `remove` need a type on which they do"
            }
        }
    }
}

/// What the SQL needs of its types, each once.
fn abilities(pieces: &[Piece]) -> BTreeSet<(usize, Ability)> {
    let ability = |piece: &Piece| {
        let Piece::Type(slot, part) = piece else { return None };
        let ability = match part {
            Part::Name | Part::Accepts | Part::Read | Part::Expects | Part::Values => return None,
            Part::Default => Ability::Default,
            Part::Holds => Ability::Number,
            Part::Collation => Ability::Order,
            Part::Equality => Ability::Equality,
        };
        Some((*slot, ability))
    };
    pieces.iter().filter_map(ability).collect()
}
