//! The types of an enum's columns: what the macro knows about them, and what it leaves to the compiler.

use super::known::{Known, known};
use super::rust_model::RustModel;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::{Part, Type, TypeTexts, View};
use es_rollup_core::{Fingerprint, TypeInfo};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::BTreeSet;
use syn::spanned::Spanned;

/// The constant of a type that the macro does not know.
fn constant(ty: Type) -> Ident {
    format_ident!("TYPE_{}", ty.0)
}

/// The types of the model.
pub(crate) struct KnownTypes<'a> {
    lowered: &'a RustModel<'a>,
    /// Those Rust types that the macro knows.
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

impl<'a> KnownTypes<'a> {
    pub(crate) fn new(lowered: &'a RustModel<'_>) -> Self {
        let known = lowered.rust.iter().map(|ty| ty.as_ref().and_then(known)).collect();
        let pieces = emit::meaning(lowered.model);
        let mut types = Self { lowered, known, fingerprint: Digest::Open(Vec::new()) };
        let is_known = |piece: &Piece| match piece {
            Piece::Type(ty, _) => types.texts(*ty).is_some(),
            Piece::Text(_) | Piece::If(..) | Piece::Fingerprint => true,
        };
        types.fingerprint = if pieces.iter().all(is_known) {
            let of_type = |ty, part| types.hash(ty, part).unwrap_or(Fingerprint::START);
            let digits = emit::fingerprint(&pieces, of_type).digits();
            Digest::Known(digits.into_iter().map(char::from).collect())
        } else {
            Digest::Open(pieces)
        };
        types
    }

    /// The texts of a type, if the macro knows them.
    fn texts(&self, ty: Type) -> Option<&TypeTexts> {
        let known = self.known.get(ty.0)?.as_ref().map(|known| &known.texts);
        known.or_else(|| self.lowered.model.types.texts(ty))
    }

    /// The fingerprint of a part of a type, if the macro knows it.
    fn hash(&self, ty: Type, part: Part) -> Option<Fingerprint> {
        self.texts(ty).map(|texts| Fingerprint::START.with(&texts.meaning(part)))
    }

    /// The types that only the compiler knows, in the order of the constant `TYPES`.
    fn unknown(&self) -> impl Iterator<Item = (Type, &syn::Type)> {
        let rust = self.lowered.rust.iter().zip(&self.known).enumerate();
        rust.filter_map(|(at, (ty, known))| Some((Type(at), ty.as_ref().filter(|_| known.is_none())?)))
    }

    /// The place of a type in the constant `TYPES`; that of recorded times comes last.
    pub(crate) fn place(&self, ty: Type) -> usize {
        self.unknown().take_while(|(other, _)| *other != ty).count()
    }

    /// The type of a recorded time, which the model does not have.
    pub(crate) fn time(&self) -> Type {
        Type(self.known.len())
    }

    /// Fills in what the macro knows.
    pub(crate) fn spell(&self, pieces: Vec<Piece>) -> Vec<Piece> {
        let fingerprint = match &self.fingerprint {
            Digest::Known(digits) => Some(digits.as_str()),
            Digest::Open(_) => None,
        };
        emit::spell(pieces, &|ty| self.texts(ty), fingerprint)
    }

    /// The constants that the SQL depends on: one per type, so that a type without `SqlType` gives one error, and the
    /// fingerprint.
    pub(crate) fn constants(&self, rollup: &RollupEnum<'_>, pieces: &[Piece]) -> TokenStream {
        let krate = &rollup.options.krate;
        let rust = self.lowered.rust.iter().zip(&self.known).enumerate();
        let types = rust.filter_map(|(at, (ty, known))| Some((Type(at), ty.as_ref()?, known)));
        let types = types.map(|(at, ty, known)| {
            let name = constant(at);
            if let Some(Known { path, .. }) = known {
                quote_spanned!(ty.span()=> const _: () = #krate::__private::is_std::<#ty, #path>();)
            } else {
                quote_spanned! {ty.span()=>
                    #[allow(dead_code)]
                    const #name: #krate::__private::TypeInfo = <#ty as #krate::SqlType>::CHECKED;
                }
            }
        });
        let views = &self.lowered.model.views;
        let has_views = !views.is_empty();
        let parts: BTreeSet<Type> = views.iter().flat_map(View::parts).map(|part| part.ty).collect();
        let abilities = abilities(pieces).into_iter().filter_map(|(ty, ability)| {
            let (name, span) = (constant(ty), self.lowered.rust(ty)?.span());
            let has = format_ident!("{}", ability.name());
            let message = if parts.contains(&ty) { ability.message_of_key() } else { ability.message() };
            Some(match &self.known[ty.0] {
                None => quote_spanned!(span=> const _: () = ::core::assert!(#name.#has(), #message);),
                Some(known) if ability.of(&known.info) => TokenStream::new(),
                Some(_) => quote_spanned!(span=> ::core::compile_error!(#message);),
            })
        });
        let fillings =
            self.unknown().map(|(_, ty)| quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::FILLING));
        let fillings = fillings.chain(has_views.then(|| {
            let time = &rollup.options.time;
            quote! {{
                #[allow(unused_imports)]
                use #krate::__private::PlainTime as _;
                #krate::__private::RecordedTime::<#time>::FILLING
            }}
        }));
        let fillings = quote!(const TYPES: &[#krate::__private::Filling] = &[#(#fillings),*];);
        let fingerprint = self.fingerprint(krate);
        quote!(#(#types)* #(#abilities)* #fillings #fingerprint)
    }

    /// The fingerprint, which the compiler completes: each part of a type that only it knows is hashed once.
    fn fingerprint(&self, krate: &TokenStream) -> TokenStream {
        let Digest::Open(pieces) = &self.fingerprint else { return TokenStream::new() };
        let fingerprint = quote!(#krate::__private::Fingerprint);
        let mut open: Vec<(Type, Part)> = Vec::new();
        let states = pieces.iter().map(|piece| {
            let known = match piece {
                Piece::Text(text) => Some(Fingerprint::START.with(text)),
                Piece::Type(ty, part) => self.hash(*ty, *part),
                Piece::If(..) | Piece::Fingerprint => unreachable!("the meaning has neither of them"),
            };
            match (known, piece) {
                (None, Piece::Type(ty, part)) => {
                    let at = open.iter().position(|one| *one == (*ty, *part)).unwrap_or_else(|| {
                        open.push((*ty, *part));
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
        let parts = open.iter().map(|(ty, part)| {
            let (place, variant) = (self.place(*ty), format_ident!("{part:?}"));
            let text = quote!(TYPES[#place].part(#krate::__private::Part::#variant));
            let name = constant(*ty);
            match part {
                Part::Accepts | Part::Read | Part::Holds | Part::Collation => {
                    quote!(#fingerprint::START.with_sql(#name.meaning_of(#text)))
                }
                Part::Name
                | Part::Qualified
                | Part::Unmodified
                | Part::Expects
                | Part::Default
                | Part::Lowest
                | Part::Highest
                | Part::Equality
                | Part::Values
                | Part::Json
                | Part::Write
                | Part::Labels => quote!(#fingerprint::START.with_sql(#text)),
            }
        });
        quote! {
            const FINGERPRINT: &[::core::primitive::u8] = &{
                const PARTS: &[#fingerprint] = &[#(#parts),*];
                #fingerprint::of_states(&[#(#states),*]).digits()
            };
        }
    }
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

    fn of(self, info: &TypeInfo) -> bool {
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

impl Ability {
    /// The message if the type is also that of a part of a key.
    fn message_of_key(self) -> &'static str {
        match self {
            Self::Default | Self::Number => self.message(),
            Self::Order | Self::Equality => {
                "a part of a key needs a type that is compared and ordered the same way in Rust and SQL; change the type"
            }
        }
    }
}

/// The abilities that the SQL needs, without duplicates.
fn abilities(pieces: &[Piece]) -> BTreeSet<(Type, Ability)> {
    let ability = |ty: Type, part: Part| {
        let ability = match part {
            Part::Name
            | Part::Qualified
            | Part::Unmodified
            | Part::Accepts
            | Part::Read
            | Part::Expects
            | Part::Values
            | Part::Json
            | Part::Write
            | Part::Labels => return None,
            Part::Default => Ability::Default,
            Part::Holds | Part::Lowest | Part::Highest => Ability::Number,
            Part::Collation => Ability::Order,
            Part::Equality => Ability::Equality,
        };
        Some((ty, ability))
    };
    let needed = |piece: &Piece| match piece {
        Piece::Type(ty, part) => ability(*ty, *part).into_iter().collect(),
        Piece::If(_, _, inside) => abilities(inside),
        Piece::Text(_) | Piece::Fingerprint => BTreeSet::new(),
    };
    pieces.iter().flat_map(needed).collect()
}
