//! The names in serde's attributes, and where they are written.

use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::resolve::unquotable;
use proc_macro2::{Span, TokenStream, TokenTree};
use serde_derive_internals::name::MultiName;
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::{Attribute, LitStr};

/// The name that serde writes, then the others that it reads.
pub(crate) fn names(
    attributes: &[Attribute],
    span: Span,
    name: &MultiName,
    aliases: &BTreeSet<serde_derive_internals::name::Name>,
    errors: &mut Accumulator,
) -> Vec<String> {
    let written = name.serialize_name().value.clone();
    let read: BTreeSet<String> =
        aliases.iter().chain([name.deserialize_name()]).map(|name| name.value.clone()).collect();
    if !read.contains(&written) {
        errors.push(error(
            serde_text(attributes, &written, span),
            format!("serde writes `{written}` here but does not read it back; add `#[serde(alias = \"{written}\")]`"),
        ));
    }
    let both: BTreeSet<&String> = read.iter().chain([&written]).collect();
    for name in both {
        text(serde_text(attributes, name, span), name, errors);
    }
    let others = read.into_iter().filter(|name| *name != written);
    std::iter::once(written.clone()).chain(others).collect()
}

/// Refuses text that an SQL literal in a dollar-quoted body cannot contain.
pub(crate) fn text(span: Span, text: &str, errors: &mut Accumulator) {
    if let Some(has) = unquotable(text) {
        errors.push(error(span, format!("a name in the payload cannot contain {has}; choose another name")));
    }
}

/// The span of the first of these keys in `#[serde(...)]`.
pub(crate) fn serde_key(attributes: &[Attribute], keys: &[&str]) -> Span {
    let mut found = None;
    for attribute in serde_attributes(attributes) {
        // This only looks for spans; serde reports what does not parse.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.get_ident().is_some_and(|ident| keys.contains(&ident.to_string().as_str())) {
                found.get_or_insert(meta.path.span());
            }
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            } else if meta.input.peek(syn::token::Paren) {
                let inside;
                syn::parenthesized!(inside in meta.input);
                inside.parse::<TokenStream>()?;
            }
            Ok(())
        });
    }
    found.or_else(|| serde_attributes(attributes).next().map(Spanned::span)).unwrap_or_else(Span::call_site)
}

/// The span of a text in `#[serde(...)]`, or `or` for a text that serde derived from a name.
pub(crate) fn serde_text(attributes: &[Attribute], text: &str, or: Span) -> Span {
    fn find(tokens: TokenStream, text: &str) -> Option<Span> {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => find(group.stream(), text),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                syn::parse2::<LitStr>(TokenTree::from(literal).into())
                    .is_ok_and(|literal| literal.value() == text)
                    .then_some(span)
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => None,
        })
    }
    serde_attributes(attributes)
        .filter_map(|attribute| Some(attribute.meta.require_list().ok()?.tokens.clone()))
        .find_map(|tokens| find(tokens, text))
        .unwrap_or(or)
}

fn serde_attributes(attributes: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("serde"))
}
