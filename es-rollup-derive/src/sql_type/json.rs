//! Structs as JSON: a test of what serde reads, key by key.

use super::{Body, quoted};
use crate::error::error;
use crate::spelling::{option, spelled};
use crate::wire;
use darling::error::Accumulator;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_derive_internals::ast::{Field, Style};
use serde_derive_internals::attr::{Container, Default as SerdeDefault, TagType};
use syn::spanned::Spanned;
use syn::{DeriveInput, Type};

/// A field that serde writes and reads.
struct Read<'a> {
    member: &'a syn::Member,
    /// Without the `Option` around it.
    ty: &'a Type,
    optional: bool,
    /// Whether serde reads the struct without the key.
    absent: bool,
    /// The name that is written, then the others that are read.
    keys: Vec<String>,
    /// Whether the key stands in the JSON under one name, wherever Rust has a value.
    exact: bool,
}

pub(super) fn body(
    input: &DeriveInput,
    krate: &TokenStream,
    serde: &Container,
    style: Style,
    fields: &[Field<'_>],
    errors: &mut Accumulator,
) -> Option<Body> {
    if !matches!(style, Style::Struct) {
        errors.push(error(
            input.ident.span(),
            "an object in JSON has its values by name; name the fields, or remove `json` from a newtype",
        ));
        return None;
    }
    container(input, serde, errors);
    let defaults = !matches!(serde.default(), SerdeDefault::None);
    let read: Vec<Read<'_>> = fields.iter().filter_map(|field| read(field, defaults, errors)).collect();
    if read.is_empty() {
        errors.push(error(
            input.ident.span(),
            "serde writes no field of this struct, so there is nothing to keep; add one",
        ));
    }
    let accepts = accepts(krate, &read, serde.deny_unknown_fields());
    let expects = expects(&read, serde.deny_unknown_fields());
    let exact_keys = if read.iter().all(|field| field.exact) {
        let types = read.iter().map(|field| info(krate, field.ty));
        quote!(#(#types.leaves_keys_exact())&&*)
    } else {
        quote!(false)
    };
    let changes = read.iter().map(|field| {
        let info = info(krate, field.ty);
        if field.optional {
            quote!((#info.changes_json() || #info.can_be_null()))
        } else {
            quote!(#info.changes_json())
        }
    });
    let changes = quote!(#(#changes)||*);
    let keep = read.iter().map(|field| keep(krate, field));
    let keep = quote! {
        #[inline]
        fn keep(&mut self) {
            #(#keep)*
        }
    };
    let info = quote! {{
        const ACCEPTS: #krate::__private::Sql = #krate::__private::Sql::Join(&[#(#accepts),*]);
        #krate::__private::TypeInfo {
            exact_keys: #exact_keys,
            changes: #changes,
            ..#krate::__private::TypeInfo::new(
                #krate::__private::Sql::Text("jsonb"),
                ACCEPTS,
                #krate::__private::Sql::Text("es_value"),
                #expects,
            )
        }
    }};
    let fits = read.iter().map(|field| {
        let (ty, member) = (field.ty, field.member);
        let fits = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::fits);
        if field.optional {
            let value = quote!(::core::option::Option::as_ref(&self.#member));
            quote!(::core::option::Option::is_none_or(#value, #fits))
        } else {
            quote!(#fits(&self.#member))
        }
    });
    let fits = quote! {
        #[inline]
        fn fits(&self) -> ::core::primitive::bool {
            #(#fits)&&*
        }
        #keep
    };
    Some(Body { info, fits, beside: Vec::new(), inner: None })
}

/// What is kept of a field: JSON as it is stored, with its times in full.
fn keep(krate: &TokenStream, field: &Read<'_>) -> TokenStream {
    let (info, member) = (info(krate, field.ty), field.member);
    let ty = field.ty;
    let keep = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep);
    if !field.optional {
        return quote!(if const { #info.changes_json() } { #keep(&mut self.#member); });
    }
    let is_null = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::is_null);
    quote! {
        if const { #info.can_be_null() }
            && ::core::option::Option::is_some_and(::core::option::Option::as_ref(&self.#member), #is_null)
        {
            self.#member = ::core::option::Option::None;
        }
        if const { #info.changes_json() }
            && let ::core::option::Option::Some(value) = &mut self.#member
        {
            #keep(value);
        }
    }
}

/// The SQL side of a field's type. Named in one place only, a type without it is one error.
fn info(krate: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::SQL)
}

/// Refuses what hides the struct's keys.
fn container(input: &DeriveInput, serde: &Container, errors: &mut Accumulator) {
    if !input.generics.params.is_empty() {
        errors.push(error(
            input.generics.span(),
            "what is kept as JSON is one concrete type; remove its generic parameters and own its data",
        ));
    }
    if serde.transparent() {
        errors.push(error(
            wire::serde_key(&input.attrs, &["transparent"]),
            "`transparent` writes the field without its name; remove it or `json`",
        ));
    }
    if !matches!(serde.tag(), TagType::External) {
        errors.push(error(
            wire::serde_key(&input.attrs, &["tag"]),
            "`tag` writes a key that no field has; remove it, or keep a `serde_json::Value`",
        ));
    }
    if let SerdeDefault::Path(path) = serde.default() {
        let function = spelled(path);
        errors.push(error(
            path.span(),
            format!(
                "what `{function}` returns may change while the JSON stays as it is; use `#[serde(default)]`"
            ),
        ));
    }
}

/// What serde makes of a field; `None` for one that it neither writes nor reads.
fn read<'a>(field: &'a Field<'_>, defaults: bool, errors: &mut Accumulator) -> Option<Read<'a>> {
    let serde = &field.attrs;
    let attributes = &field.original.attrs;
    if serde.skip_serializing() && serde.skip_deserializing() {
        return None;
    }
    let inner = option(field.ty);
    let has_default = defaults || !matches!(serde.default(), SerdeDefault::None);
    let sometimes = serde.skip_serializing_if().is_some();
    let refusals: [(bool, &[&str], &str); 5] = [
        (
            serde.flatten(),
            &["flatten"],
            "a flattened field has no key of its own; write its fields here, or remove `flatten`",
        ),
        (
            serde.skip_deserializing(),
            &["skip_deserializing"],
            "serde writes this field and never reads it; `skip` it, or remove `skip_deserializing`",
        ),
        (
            serde.skip_serializing(),
            &["skip_serializing"],
            "serde reads this field and never writes it; `skip` it, or remove `skip_serializing`",
        ),
        (
            serde.serialize_with().or(serde.deserialize_with()).is_some(),
            &["with", "serialize_with", "deserialize_with"],
            "a function decides what is written, which SQL cannot read; use a newtype with `#[derive(SqlType)]` that serialises itself",
        ),
        (
            sometimes && inner.is_none() && !has_default,
            &["skip_serializing_if"],
            "serde does not read what it writes without this key; add `#[serde(default)]`",
        ),
    ];
    for (refused, keys, message) in refusals {
        if refused {
            errors.push(error(wire::serde_key(attributes, keys), message));
        }
    }
    if let SerdeDefault::Path(path) = serde.default() {
        let repair =
            if inner.is_some() { "remove it, so that it is `None`" } else { "use `#[serde(default)]`" };
        let function = spelled(path);
        errors.push(error(
            path.span(),
            format!("what `{function}` returns may change while the JSON stays as it is; {repair}"),
        ));
    }
    if inner.is_some_and(|inner| option(inner).is_some()) {
        errors.push(error(field.ty.span(), "`Some(None)` and `None` are the same in JSON; use one `Option`"));
    }
    let span = field.original.ident.as_ref().map_or_else(|| field.original.span(), syn::Ident::span);
    let keys = wire::names(attributes, span, serde.name(), serde.aliases(), errors);
    Some(Read {
        member: &field.member,
        ty: inner.unwrap_or(field.ty),
        optional: inner.is_some(),
        absent: inner.is_some() || has_default,
        exact: keys.len() == 1 && !defaults && (inner.is_some() || !(has_default || sometimes)),
        keys,
    })
}

/// The pieces of a test that never raises an error. What stands under a key is `es_value` to its type.
fn accepts(krate: &TokenStream, fields: &[Read<'_>], deny_unknown: bool) -> Vec<TokenStream> {
    let text = |text: &str| quote!(#krate::__private::Sql::Text(#text));
    let mut pieces = Vec::new();
    let mut before = "CASE WHEN jsonb_typeof(es_value) = 'object' THEN ".to_string();
    for field in fields {
        let keys: Vec<String> = field.keys.iter().map(|key| format!("es_value -> {}", quoted(key))).collect();
        let mut value = keys.join(", ");
        if keys.len() > 1 {
            before.extend(["num_nonnulls(", &value, ") <= 1 AND "]);
            value = format!("coalesce({value})");
        }
        let close = match (field.absent, field.optional) {
            (false, _) => "",
            (true, false) => {
                before.extend(["(", &value, " IS NULL OR "]);
                ")"
            }
            (true, true) => {
                before.extend(["(coalesce(jsonb_typeof(", &value, "), 'null') = 'null' OR "]);
                ")"
            }
        };
        before.push_str("(SELECT (");
        pieces.push(text(&before));
        let info = info(krate, field.ty);
        pieces.push(quote!(#info.accepts));
        before = format!(") FROM (SELECT {value}) AS es_inner(es_value)) IS TRUE{close} AND ");
    }
    before.truncate(before.len() - " AND ".len());
    if deny_unknown {
        let keys: Vec<String> = fields.iter().flat_map(|field| &field.keys).map(|key| quoted(key)).collect();
        before.extend([" AND es_value - ARRAY[", &keys.join(", "), "]::text[] = '{}'"]);
    }
    before.push_str(" ELSE false END");
    pieces.push(text(&before));
    pieces
}

/// What is expected, in words. They stand inside a literal, so that a quote is doubled here too.
fn expects(fields: &[Read<'_>], deny_unknown: bool) -> String {
    let key = |field: &Read<'_>| {
        let name = quoted(&field.keys[0]);
        let absent = if field.absent { " (if any)" } else { "" };
        format!("\"{}\"{absent}", &name[1..name.len() - 1])
    };
    let keys = fields.iter().map(key).collect::<Vec<_>>().join(", ");
    let end = if deny_unknown { " and nothing else" } else { "" };
    format!("an object with {keys}{end}, each as its type is expected")
}
