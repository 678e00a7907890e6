//! What serde writes for the enum, by serde's own rules; forms that SQL cannot read are refused here.

mod field;
mod tagging;
mod variant;

pub(crate) use field::WireField;
pub(crate) use variant::{NO_WIDE_INTEGERS, WireVariant};

use crate::attributes::{self, Attributes, Written, WrittenValue};
use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::model::{Place, Tagging};
use es_rollup_core::resolve::{Key, Name};
use field::PRIVATE;
use proc_macro2::{Span, TokenStream};
use quote::format_ident;
use serde_derive_internals::ast::{Container, Data};
use serde_derive_internals::{Ctxt, Derive};
use syn::spanned::Spanned;
use syn::{DeriveInput, LitStr};
use tagging::tagging;
use variant::{read_variant, refuse_wide};

/// The enum as written: serde's attributes and ours.
pub(crate) struct WireEnum<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) options: Vec<Written>,
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<WireVariant<'a>>,
    /// Serde's own errors, as its derives report them.
    pub(crate) refused: TokenStream,
}

/// Reads the enum. A struct is reported and read as an enum without events; `None` for a union.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Accumulator) -> Option<WireEnum<'a>> {
    let mut options = attributes::read(&input.attrs, Place::Enum, errors);
    let name = input.ident.span();
    let mut refused = TokenStream::new();
    let (tagging, variants) = match &input.data {
        syn::Data::Enum(data) => {
            if data.variants.is_empty() {
                errors.push(error(
                    name,
                    "this enum has no variants, so there are no events to fold; add a variant for each event",
                ));
            }
            read_enum(input, &mut refused, errors)
        }
        syn::Data::Struct(_) | syn::Data::Union(_) => {
            options.mistaken.push(String::new());
            errors.push(error(
                name,
                "`Rollup` can only be derived on an enum; write an enum with a variant for each event",
            ));
            if matches!(input.data, syn::Data::Union(_)) {
                return None;
            }
            (Tagging::External, Vec::new())
        }
    };
    let generics = &input.generics;
    let parameter = generics.params.iter().find(|one| !matches!(one, syn::GenericParam::Lifetime(_)));
    if let Some(parameter) = parameter {
        errors.push(error(
            parameter.span(),
            "an event enum cannot have type or const parameters; remove them and keep only lifetimes",
        ));
    } else if let Some(clause) = &generics.where_clause {
        errors.push(error(clause.span(), "an event enum cannot have a `where` clause; remove it"));
    }
    Some(WireEnum { original: input, options: completed(options, name), tagging, variants, refused })
}

/// The options, with a substitute for a required one that was mistaken, so that it is not reported as missing too.
fn completed(mut options: Attributes, span: Span) -> Vec<Written> {
    let required = [
        (Name::Events, WrittenValue::Text(LitStr::new("mistaken", span))),
        (Name::Id, WrittenValue::Type(Box::new(syn::parse_quote_spanned!(span=> ())))),
    ];
    for (word, value) in required {
        let written = options.written.iter().any(|written| written.key.name == word);
        let mistaken = options.mistaken.iter().any(|mistaken| mistaken.is_empty() || mistaken == word.text());
        if let (false, true, Some(key)) = (written, mistaken, Key::find(word.text(), Place::Enum)) {
            options.written.push(Written { key, span, value, group: 0, implied: false });
        }
    }
    options.written
}

fn read_enum<'a>(
    input: &'a DeriveInput,
    refused: &mut TokenStream,
    errors: &mut Accumulator,
) -> (Tagging, Vec<WireVariant<'a>>) {
    let context = Ctxt::new();
    let container = Container::from_ast(&context, input, Derive::Deserialize, &format_ident!("{PRIVATE}"));
    if let Err(errors) = context.check() {
        // The compiler shows equal errors once: those with the same message and the same span, first to last token.
        refused.extend(errors.into_iter().flat_map(|one| one.to_compile_error()));
    }
    match &container {
        Some(Container { attrs, data: Data::Enum(variants), .. }) => {
            if !variants.is_empty() && variants.iter().all(|variant| variant.attrs.skip_deserializing()) {
                errors.push(error(
                    input.ident.span(),
                    "serde skips every variant of this enum, so there are no events to fold; remove a `skip`",
                ));
            }
            let tagging = tagging(input, attrs, errors);
            let read: Vec<WireVariant<'_>> =
                variants.iter().map(|variant| read_variant(variant, errors)).collect();
            if !matches!(tagging, Tagging::External) {
                for variant in variants {
                    refuse_wide(variant, errors);
                }
            }
            (tagging, read)
        }
        Some(_) | None => (Tagging::External, Vec::new()),
    }
}
