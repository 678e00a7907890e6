//! Enums without data as text: the names of their variants.

use super::body::{Body, one_of, quoted};
use crate::error::error;
use crate::serde_names;
use darling::error::Accumulator;
use proc_macro2::TokenStream;
use quote::quote;
use serde_derive_internals::ast::{Style, Variant};
use syn::DeriveInput;

const TEXT: &str = "(es_value OPERATOR(pg_catalog.#>>) '{}')";

/// The names of an enum's variants, as `text`.
pub(super) fn body(
    input: &DeriveInput,
    krate: &TokenStream,
    variants: &[Variant<'_>],
    errors: &mut Accumulator,
) -> Body {
    let mut accepted = Vec::new();
    let mut renamed = String::new();
    let mut meaning = Vec::new();
    let mut default = None;
    let (mut texts, mut values) = (Vec::new(), Vec::new());
    for variant in variants {
        let span = variant.original.ident.span();
        if !matches!(variant.style, Style::Unit) {
            errors.push(error(span, "a variant with data cannot be stored as text; write `#[rollup(json)]` on the enum, or derive `Rollup` if these are events"));
        }
        if variant.attrs.other() || variant.attrs.untagged() {
            let span = serde_names::serde_key(&variant.original.attrs, &["other", "untagged"]);
            errors.push(error(span, "serde reads this variant from any text, and a column stores one text for each variant; name the other texts with `alias`"));
        }
        if variant.attrs.skip_deserializing() {
            continue;
        }
        let written = variant.attrs.name().serialize_name().value.clone();
        let read = variant.attrs.aliases().iter().chain([variant.attrs.name().deserialize_name()]);
        let read: std::collections::BTreeSet<&String> = read.map(|name| &name.value).collect();
        if !read.contains(&written) {
            let span = serde_names::serde_text(&variant.original.attrs, &written, span);
            errors.push(error(span, format!("serde writes `{written}` here but does not read it back; add `#[serde(alias = \"{written}\")]`")));
        }
        for name in read {
            serde_names::text(serde_names::serde_text(&variant.original.attrs, name, span), name, errors);
            accepted.push(quoted(name));
            meaning.push(quoted(name));
            if *name != written {
                meaning.extend([" = ".to_string(), quoted(&written)]);
                let when = format!(" WHEN {TEXT} OPERATOR(pg_catalog.=) {}", quoted(name));
                renamed.extend([&when, " THEN ", &quoted(&written)]);
            }
            meaning.push(", ".into());
        }
        texts.push(written.clone());
        values.push(&variant.original.ident);
        if variant.original.attrs.iter().any(|attribute| attribute.path().is_ident("default")) {
            default = Some(format!("{}::pg_catalog.text", quoted(&written)));
        }
    }
    if accepted.is_empty() {
        errors.push(error(input.ident.span(), "this enum has no variants that serde reads; add one"));
    }
    let accepts = format!(
        "(pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string' AND {TEXT} {})",
        one_of(&accepted)
    );
    let read = if renamed.is_empty() { TEXT.to_string() } else { format!("(CASE{renamed} ELSE {TEXT} END)") };
    meaning.pop();
    let identity = format!("names.1({})", meaning.concat());
    // It goes into an SQL literal, so quotes are doubled here too.
    let listed = texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", ");
    let words: Vec<String> =
        accepted.iter().map(|literal| format!("\"{}\"", &literal[1..literal.len() - 1])).collect();
    let expects = format!("one of {}", words.join(", "));
    let default = default.map_or_else(
        || quote!(::core::option::Option::None),
        |literal| quote!(::core::option::Option::Some(#literal)),
    );
    let info = quote! {
        #krate::__private::TypeInfo {
            default: #default,
            equality: true,
            values: ::core::option::Option::Some(#krate::__private::Sql::Text(#listed)),
            ..#krate::__private::TypeInfo::new(
                #krate::__private::Sql::Text("text"),
                #krate::__private::Sql::Text(#accepts),
                #krate::__private::Sql::Text(#read),
                #expects,
            )
        }
        .own(#krate::__private::Sql::Text("pg_catalog.text"), #krate::__private::Sql::Text(#identity))
    };
    let name = &input.ident;
    let from_text = quote! {
        const TEXTS: ::core::option::Option<&'static [&'static ::core::primitive::str]> =
            ::core::option::Option::Some(&[#(#texts),*]);
        fn from_text(text: &'static ::core::primitive::str) -> Self {
            match text {
                #(#texts => #name::#values,)*
                _ => ::core::unreachable!("strings in attributes are checked at compile time"),
            }
        }
    };
    let traits = vec![(quote!(#krate::__private::FromText), from_text)];
    Body { info, fits: TokenStream::new(), traits, inner: None }
}
