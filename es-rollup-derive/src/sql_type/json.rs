//! Structs as JSON: an SQL test that accepts what serde reads, key by key.

mod field;
mod fragments;
mod value;

pub(super) use field::{JsonField, is_json, read};
pub(super) use fragments::{Fragments, get, has_only, is_null};
pub(super) use value::{JsonFacts, all, all_own, facts, fits, keep};

use super::body::{Body, quoted};
use crate::error::error;
use crate::serde_names;
use crate::spelling::spelled;
use darling::error::Accumulator;
use proc_macro2::TokenStream;
use quote::quote;
use serde_derive_internals::ast::{Field, Style};
use serde_derive_internals::attr::{Container, Default as SerdeDefault, TagType};
use syn::DeriveInput;
use syn::spanned::Spanned;
use value::info;

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
            "a JSON object needs names for its values; name the fields, or remove `json` from a newtype",
        ));
        return None;
    }
    container(input, serde, errors);
    let defaults = !matches!(serde.default(), SerdeDefault::None);
    let read: Vec<JsonField<'_>> = fields.iter().filter_map(|field| read(field, defaults, errors)).collect();
    if read.is_empty() {
        errors.push(error(
            input.ident.span(),
            "serde writes no field of this struct, so there is nothing to store; add a field",
        ));
    }
    let deny_unknown = serde.deny_unknown_fields();
    let mut accepts = Fragments::new(krate);
    accepts.text("CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'object' THEN ");
    accepts.fields(&read, deny_unknown.then_some(&[]));
    accepts.text(" ELSE false END");
    let accepts = accepts.finish();
    let mut identity = Fragments::new(krate);
    identity.text(if deny_unknown { "struct.1 alone" } else { "struct.1" });
    identity.identities(&read);
    let identity = identity.finish();
    let own = all_own(krate, &read);
    let expects = expects(&read, deny_unknown);
    let exact_keys = if read.iter().all(|field| field.exact) {
        let types = read.iter().map(|field| info(krate, field.ty));
        quote!(#(#types.leaves_keys_exact())&&*)
    } else {
        quote!(false)
    };
    let JsonFacts { changes, wide } = facts(krate, &read);
    let info = quote! {{
        const ACCEPTS: #krate::__private::Sql = #accepts;
        const IDENTITY: #krate::__private::Sql = #identity;
        #krate::__private::TypeInfo {
            exact_keys: #exact_keys,
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
    let own = |field: &JsonField<'_>| {
        let member = field.member;
        quote!(self.#member)
    };
    let fits = all(read.iter().map(|field| fits(krate, field, &own(field))));
    let keep = read.iter().map(|field| keep(krate, field, &own(field)));
    let fits = quote! {
        #[inline]
        fn fits(&self) -> ::core::primitive::bool {
            #fits
        }
        #[inline]
        fn keep(&mut self) {
            #(#keep)*
        }
    };
    Some(Body { info, fits, traits: Vec::new(), inner: None })
}

/// Refuses serde attributes that hide the struct's keys.
fn container(input: &DeriveInput, serde: &Container, errors: &mut Accumulator) {
    if !input.generics.params.is_empty() {
        errors.push(error(
            input.generics.span(),
            "a type that is stored as JSON cannot have generic parameters; remove them, and own the data instead of borrowing it",
        ));
    }
    if serde.transparent() {
        errors.push(error(
            serde_names::serde_key(&input.attrs, &["transparent"]),
            "`transparent` writes the field without its name, so there is no JSON object; remove `transparent` or `json`",
        ));
    }
    if !matches!(serde.tag(), TagType::External) {
        errors.push(error(
            serde_names::serde_key(&input.attrs, &["tag"]),
            "`tag` adds a key that is not a field of this struct; remove `tag`, or use a `serde_json::Value`",
        ));
    }
    if let SerdeDefault::Path(path) = serde.default() {
        let function = spelled(path);
        errors.push(error(
            path.span(),
            format!(
                "the default from `{function}` may change while the stored JSON does not; use `#[serde(default)]`"
            ),
        ));
    }
}

/// The expected JSON, in words. They go into an SQL literal, so quotes are doubled here too.
fn expects(fields: &[JsonField<'_>], deny_unknown: bool) -> String {
    let key = |field: &JsonField<'_>| {
        let name = quoted(&field.keys[0]);
        let absent = if field.absent { " (if any)" } else { "" };
        format!("\"{}\"{absent}", &name[1..name.len() - 1])
    };
    let keys = fields.iter().map(key).collect::<Vec<_>>().join(", ");
    let end = if deny_unknown { " and nothing else" } else { "" };
    format!("an object with {keys}{end}, each as its type is expected")
}
