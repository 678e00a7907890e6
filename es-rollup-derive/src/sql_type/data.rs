//! Enums as JSON: an SQL test that accepts what serde reads, variant by variant.

use super::body::{Body, one_of, quoted};
use super::json::{self, Fragments, JsonFacts, JsonField, get, has_only, is_null};
use crate::error::error;
use crate::serde_names;
use crate::wire;
use darling::error::Accumulator;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use serde_derive_internals::ast::{Style, Variant};
use serde_derive_internals::attr::{Container, TagType};
use syn::DeriveInput;

/// A variant that serde writes and reads.
struct Case<'a> {
    ident: &'a Ident,
    /// The names that serde reads.
    names: Vec<String>,
    style: Style,
    fields: Vec<JsonField<'a>>,
}

pub(super) fn body(
    input: &DeriveInput,
    krate: &TokenStream,
    serde: &Container,
    variants: &[Variant<'_>],
    errors: &mut Accumulator,
) -> Option<Body> {
    if !input.generics.params.is_empty() {
        errors.push(error(
            syn::spanned::Spanned::span(&input.generics),
            "a type that is stored as JSON cannot have generic parameters; remove them, and own the data instead of borrowing it",
        ));
    }
    let cases: Vec<Case<'_>> = variants
        .iter()
        .filter(|variant| !variant.attrs.skip_deserializing())
        .map(|variant| case(variant, errors))
        .collect();
    if cases.is_empty() {
        errors.push(error(input.ident.span(), "this enum has no variants that serde reads; add one"));
        return None;
    }
    let mut fragments = Fragments::new(krate);
    let deny = serde.deny_unknown_fields();
    match serde.tag() {
        TagType::External => external(&mut fragments, &cases, deny),
        TagType::Internal { tag } => {
            serde_names::text(serde_names::serde_text(&input.attrs, tag, input.ident.span()), tag, errors);
            internal(&mut fragments, &cases, tag, deny);
        }
        TagType::Adjacent { tag, content } => {
            for name in [tag, content] {
                serde_names::text(
                    serde_names::serde_text(&input.attrs, name, input.ident.span()),
                    name,
                    errors,
                );
            }
            adjacent(&mut fragments, &cases, tag, content, deny);
        }
        TagType::None => {
            errors.push(error(
                serde_names::serde_key(&input.attrs, &["untagged"]),
                "untagged JSON does not name its variant; write `#[serde(tag = \"type\")]`, or use a `serde_json::Value`",
            ));
            return None;
        }
    }
    let accepts = fragments.finish();
    let identity = identity(krate, serde, &cases);
    let own = json::all_own(krate, cases.iter().flat_map(|case| &case.fields));
    let names: Vec<String> = cases
        .iter()
        .map(|case| {
            let name = quoted(&case.names[0]);
            format!("\"{}\"", &name[1..name.len() - 1])
        })
        .collect();
    let expects = format!("one of the variants {}, as serde writes them", names.join(", "));
    let JsonFacts { changes, wide } = json::facts(krate, cases.iter().flat_map(|case| &case.fields));
    let wide = if matches!(serde.tag(), TagType::External) {
        wide
    } else {
        let message = wire::NO_WIDE_INTEGERS;
        quote!({
            ::core::assert!(!(#wide), #message);
            false
        })
    };
    let info = quote! {{
        const ACCEPTS: #krate::__private::Sql = #accepts;
        const IDENTITY: #krate::__private::Sql = #identity;
        #krate::__private::TypeInfo {
            changes: #changes,
            wide: #wide,
            ..#krate::__private::TypeInfo::new(
                #krate::__private::Sql::Text("jsonb"),
                ACCEPTS,
                #krate::__private::Sql::Text("es_value"),
                #expects,
            )
        }
        .own_if(#own, #krate::__private::Sql::Text("pg_catalog.jsonb"), IDENTITY)
    }};
    let (fits, keep): (Vec<TokenStream>, Vec<TokenStream>) =
        cases.iter().map(|case| arms(krate, case)).unzip();
    // A variant that serde never reads is never stored.
    let skipped = (cases.len() < variants.len()).then(|| (quote!(_ => false,), quote!(_ => {})));
    let (unfit, unkept) = skipped.unzip();
    let fits = quote! {
        #[inline]
        #[allow(unused_variables)]
        fn fits(&self) -> ::core::primitive::bool {
            match self { #(#fits)* #unfit }
        }
        #[inline]
        #[allow(unused_variables)]
        fn keep(&mut self) {
            match self { #(#keep)* #unkept }
        }
    };
    Some(Body { info, fits, traits: Vec::new(), inner: None })
}

fn case<'a>(variant: &'a Variant<'_>, errors: &mut Accumulator) -> Case<'a> {
    let serde = &variant.attrs;
    let original = variant.original;
    let span = original.ident.span();
    if serde.other() || serde.untagged() {
        errors.push(error(
            serde_names::serde_key(&original.attrs, &["other", "untagged"]),
            "serde reads this variant from JSON that does not name it; remove the key, or use a `serde_json::Value`",
        ));
    }
    if serde.serialize_with().is_some() || serde.deserialize_with().is_some() {
        errors.push(error(
            serde_names::serde_key(&original.attrs, &["with", "serialize_with", "deserialize_with"]),
            "a function decides how this variant is written, and SQL cannot call it; use a newtype variant of a type that serialises itself",
        ));
    }
    if matches!(variant.style, Style::Tuple) {
        errors.push(error(
            span,
            "the fields of a tuple variant have no names, so they cannot be read; write `Variant { field: Type }`",
        ));
    }
    let fields = variant.fields.iter().filter_map(|field| json::read(field, false, errors)).collect();
    let names = serde_names::names(&original.attrs, span, serde.name(), serde.aliases(), errors);
    Case { ident: &original.ident, names, style: variant.style, fields }
}

/// What the JSON of the enum means.
fn identity(krate: &TokenStream, serde: &Container, cases: &[Case<'_>]) -> TokenStream {
    let mut fragments = Fragments::new(krate);
    fragments.text("enum.1 ");
    match serde.tag() {
        TagType::External => {}
        TagType::Internal { tag } => fragments.text(&format!("in {} ", quoted(tag))),
        TagType::Adjacent { tag, content } => {
            fragments.text(&format!("in {} beside {} ", quoted(tag), quoted(content)));
        }
        TagType::None => fragments.text("untagged "),
    }
    if serde.deny_unknown_fields() {
        fragments.text("alone ");
    }
    fragments.text("[");
    for case in cases {
        fragments.text(&format!("{} ", quoted_each(&case.names).join(" ")));
        match (case.style, case.fields.as_slice()) {
            (Style::Unit, _) => {}
            (Style::Newtype, [field]) => fragments.meaning(field),
            (Style::Newtype | Style::Struct | Style::Tuple, fields) => fragments.identities(fields),
        }
        fragments.text("; ");
    }
    fragments.text("]");
    fragments.finish()
}

fn quoted_each(names: &[String]) -> Vec<String> {
    names.iter().map(|name| quoted(name)).collect()
}

/// Whether `es_value` is the content of a variant with content.
fn content(fragments: &mut Fragments<'_>, case: &Case<'_>, deny: bool) {
    match (case.style, case.fields.as_slice()) {
        (Style::Newtype, [field]) => newtype(fragments, field),
        (Style::Newtype | Style::Struct | Style::Tuple | Style::Unit, fields) => {
            fragments
                .text("CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'object' THEN ");
            fragments.fields(fields, deny.then_some(&[]));
            fragments.text(" ELSE false END");
        }
    }
}

/// Whether `es_value` is the value of a newtype variant.
fn newtype(fragments: &mut Fragments<'_>, field: &JsonField<'_>) {
    if field.unchecked {
        return fragments.text("es_value IS NOT NULL");
    }
    if field.optional {
        fragments.text("pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'null' OR ");
    }
    fragments.text("(");
    fragments.accepts(field.ty);
    fragments.text(") IS TRUE");
}

/// `"Unit"`, or `{"Variant": content}`.
fn external(fragments: &mut Fragments<'_>, cases: &[Case<'_>], deny: bool) {
    let is_unit = |case: &&Case<'_>| matches!(case.style, Style::Unit);
    let units: Vec<String> = cases.iter().filter(is_unit).flat_map(|case| case.names.clone()).collect();
    fragments.text("CASE");
    if !units.is_empty() {
        fragments.text(&format!(
            " WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string' \
             THEN (es_value OPERATOR(pg_catalog.#>>) '{{}}') {}",
            one_of(&quoted_each(&units))
        ));
    }
    if cases.iter().any(|case| !is_unit(&case)) {
        fragments.text(
            " WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'object' \
             THEN CASE WHEN (SELECT pg_catalog.count(*) FROM pg_catalog.jsonb_object_keys(es_value)) \
             OPERATOR(pg_catalog.=) 1 THEN (SELECT CASE",
        );
        for case in cases.iter().filter(|case| !is_unit(case)) {
            fragments.text(&format!(" WHEN es_name {} THEN (", one_of(&quoted_each(&case.names))));
            content(fragments, case, deny);
            fragments.text(")");
        }
        fragments
            .text(" ELSE false END FROM pg_catalog.jsonb_each(es_value) AS es_inner(es_name, es_value)) ELSE false END");
    }
    fragments.text(" ELSE false END");
}

/// The branches for the variants of an object with a tag.
fn tagged(
    fragments: &mut Fragments<'_>,
    cases: &[Case<'_>],
    tag: &str,
    mut branch: impl FnMut(&mut Fragments<'_>, &Case<'_>),
) {
    fragments.text(&format!(
        "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'object' \
         THEN CASE WHEN coalesce(pg_catalog.jsonb_typeof({}), '') OPERATOR(pg_catalog.<>) 'string' THEN false",
        get(tag)
    ));
    for case in cases {
        let (tag, names) = (quoted(tag), one_of(&quoted_each(&case.names)));
        fragments.text(&format!(" WHEN (es_value OPERATOR(pg_catalog.->>) {tag}) {names} THEN ("));
        branch(fragments, case);
        fragments.text(")");
    }
    fragments.text(" ELSE false END ELSE false END");
}

/// `{"type": "Variant", …}`.
fn internal(fragments: &mut Fragments<'_>, cases: &[Case<'_>], tag: &str, deny: bool) {
    let tags = [tag.to_string()];
    tagged(fragments, cases, tag, |fragments, case| match (case.style, case.fields.as_slice()) {
        (Style::Newtype, [field]) => {
            fragments.text("(SELECT (");
            newtype(fragments, field);
            fragments.text(&format!(
                ") FROM (SELECT es_value OPERATOR(pg_catalog.-) {}) AS es_inner(es_value)) IS TRUE",
                quoted(tag)
            ));
        }
        (Style::Unit, _) => fragments.text("true"),
        (Style::Newtype | Style::Struct | Style::Tuple, fields) => {
            fragments.fields(fields, deny.then_some(&tags));
        }
    });
}

/// `{"type": "Variant", "content": …}`.
fn adjacent(fragments: &mut Fragments<'_>, cases: &[Case<'_>], tag: &str, content_key: &str, deny: bool) {
    let content_of = get(content_key);
    if deny {
        fragments.text(&format!(
            "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'object' \
             THEN {} ELSE false END AND ",
            has_only(&[quoted(tag), quoted(content_key)])
        ));
    }
    tagged(fragments, cases, tag, |fragments, case| {
        if matches!(case.style, Style::Unit) {
            return fragments.text(&is_null(&content_of));
        }
        fragments.text("(SELECT (");
        content(fragments, case, deny);
        fragments.text(&format!(") FROM (SELECT {content_of}) AS es_inner(es_value)) IS TRUE"));
    });
}

/// A variant's arms in `fits` and in `keep`.
fn arms(krate: &TokenStream, case: &Case<'_>) -> (TokenStream, TokenStream) {
    let ident = case.ident;
    let places: Vec<(Ident, TokenStream)> = (0..case.fields.len())
        .map(|at| {
            let name = format_ident!("__field{at}");
            let place = quote!((*#name));
            (name, place)
        })
        .collect();
    let bindings = case.fields.iter().zip(&places).map(|(field, (name, _))| {
        let member = field.member;
        quote!(#member: #name)
    });
    let bindings: Vec<TokenStream> = bindings.collect();
    let fields = || case.fields.iter().zip(&places);
    let fits = json::all(fields().map(|(field, (_, place))| json::fits(krate, field, place)));
    let keep = fields().map(|(field, (_, place))| json::keep(krate, field, place));
    (
        quote!(Self::#ident { #(#bindings,)* .. } => #fits,),
        quote!(Self::#ident { #(#bindings,)* .. } => { #(#keep)* }),
    )
}
