//! Structs as JSON: an SQL test that accepts what serde reads, key by key.

use super::body::{Body, quoted};
use crate::error::error;
use crate::serde_names;
use crate::spelling::{option, spelled};
use darling::error::Accumulator;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use serde_derive_internals::ast::{Field, Style};
use serde_derive_internals::attr::{Container, Default as SerdeDefault, TagType};
use syn::spanned::Spanned;
use syn::{DeriveInput, Type};

/// A field that serde writes and reads.
#[expect(clippy::struct_excessive_bools, reason = "each is a separate fact")]
pub(super) struct JsonField<'a> {
    pub(super) member: &'a syn::Member,
    /// The type without the `Option` around it.
    pub(super) ty: &'a Type,
    pub(super) optional: bool,
    /// Whether serde reads the struct without the key.
    pub(super) absent: bool,
    /// Whether any JSON is accepted for it.
    pub(super) unchecked: bool,
    /// The name that serde writes, then the others that it reads.
    keys: Vec<String>,
    /// Whether the JSON has the key, under its only name, whenever Rust has a value.
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

/// Facts about JSON that depend on its fields.
pub(super) struct JsonFacts {
    pub(super) changes: TokenStream,
    pub(super) wide: TokenStream,
}

pub(super) fn facts<'a>(
    krate: &TokenStream,
    fields: impl IntoIterator<Item = &'a JsonField<'a>>,
) -> JsonFacts {
    let (mut changes, mut wide) = (Vec::new(), Vec::new());
    for field in fields.into_iter().filter(|field| !field.unchecked) {
        let info = info(krate, field.ty);
        changes.push(quote!(#info.changes_json()));
        if field.optional {
            changes.push(quote!(#info.can_be_null()));
        }
        wide.push(quote!(!#info.is_read_with_a_tag()));
    }
    let any = |facts: Vec<TokenStream>| if facts.is_empty() { quote!(false) } else { quote!(#(#facts)||*) };
    JsonFacts { changes: any(changes), wide: any(wide) }
}

/// Whether all conditions hold.
pub(super) fn all(conditions: impl Iterator<Item = Option<TokenStream>>) -> TokenStream {
    let conditions: Vec<TokenStream> = conditions.flatten().collect();
    if conditions.is_empty() { quote!(true) } else { quote!(#(#conditions)&&*) }
}

/// Whether the field at `place` fits; `None` if any JSON fits.
pub(super) fn fits(krate: &TokenStream, field: &JsonField<'_>, place: &TokenStream) -> Option<TokenStream> {
    let ty = field.ty;
    if field.unchecked {
        return None;
    }
    let fits = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::fits);
    if field.optional {
        let value = quote!(::core::option::Option::as_ref(&#place));
        Some(quote!(::core::option::Option::is_none_or(#value, #fits)))
    } else {
        Some(quote!(#fits(&#place)))
    }
}

/// Changes a field to the value that is stored in JSON, where times keep their full precision.
pub(super) fn keep(krate: &TokenStream, field: &JsonField<'_>, place: &TokenStream) -> TokenStream {
    if field.unchecked {
        return TokenStream::new();
    }
    let (info, ty) = (info(krate, field.ty), field.ty);
    let keep = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep);
    if !field.optional {
        return quote!(if const { #info.changes_json() } { #keep(&mut #place); });
    }
    let is_null = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::is_null);
    quote! {
        if const { #info.can_be_null() }
            && ::core::option::Option::is_some_and(::core::option::Option::as_ref(&#place), #is_null)
        {
            #place = ::core::option::Option::None;
        }
        // Not a let chain, which only edition 2024 has.
        if const { #info.changes_json() } {
            if let ::core::option::Option::Some(value) = &mut #place {
                #keep(value);
            }
        }
    }
}

/// Whether a field is marked to accept any JSON.
pub(super) fn is_json(attributes: &[syn::Attribute]) -> bool {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("rollup"));
    ours.filter_map(|attribute| attribute.parse_args::<syn::Ident>().ok()).any(|word| word == "json")
}

/// The SQL side of a field's type. It is always named at the same span, so that a type without it gives one error.
fn info(krate: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::SQL)
}

/// Whether the types of all fields are those of the crate, so that an identity stands for the texts.
pub(super) fn all_own<'a>(
    krate: &TokenStream,
    fields: impl IntoIterator<Item = &'a JsonField<'a>>,
) -> TokenStream {
    let checked = fields.into_iter().filter(|field| !field.unchecked);
    all(checked.map(|field| {
        let info = own_info(krate, field.ty);
        Some(quote!(#info.is_own()))
    }))
}

fn own_info(krate: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::CHECKED)
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

/// How serde reads and writes a field; `None` if it does neither.
pub(super) fn read<'a>(
    field: &'a Field<'_>,
    defaults: bool,
    errors: &mut Accumulator,
) -> Option<JsonField<'a>> {
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
            "a flattened field has no key in the JSON; write its fields here, or remove `flatten`",
        ),
        (
            serde.skip_deserializing(),
            &["skip_deserializing"],
            "serde writes this field but never reads it; write `skip` instead of `skip_deserializing`, or remove `skip_deserializing`",
        ),
        (
            serde.skip_serializing(),
            &["skip_serializing"],
            "serde reads this field but never writes it; write `skip` instead of `skip_serializing`, or remove `skip_serializing`",
        ),
        (
            serde.serialize_with().or(serde.deserialize_with()).is_some() && !is_json(attributes),
            &["with", "serialize_with", "deserialize_with"],
            "a function decides how this field is written, and SQL cannot call it; use a newtype with `#[derive(SqlType)]` that serialises itself, or write `#[rollup(json)]` on the field to accept any JSON",
        ),
        (
            sometimes && inner.is_none() && !has_default,
            &["skip_serializing_if"],
            "serde may leave out this key but cannot read the JSON without it; add `#[serde(default)]`",
        ),
    ];
    for (refused, keys, message) in refusals {
        if refused {
            errors.push(error(serde_names::serde_key(attributes, keys), message));
        }
    }
    if let SerdeDefault::Path(path) = serde.default() {
        let repair = if inner.is_some() {
            "remove it, so that the default is `None`"
        } else {
            "use `#[serde(default)]`"
        };
        let function = spelled(path);
        errors.push(error(
            path.span(),
            format!("the default from `{function}` may change while the stored JSON does not; {repair}"),
        ));
    }
    if inner.is_some_and(|inner| option(inner).is_some()) && !is_json(attributes) {
        errors.push(error(
            field.ty.span(),
            "`Some(None)` and `None` are the same in JSON; use a single `Option`",
        ));
    }
    let span = field.original.ident.as_ref().map_or_else(|| field.original.span(), syn::Ident::span);
    let keys = serde_names::names(attributes, span, serde.name(), serde.aliases(), errors);
    let unchecked = is_json(attributes);
    Some(JsonField {
        unchecked,
        member: &field.member,
        ty: inner.unwrap_or(field.ty),
        optional: inner.is_some(),
        absent: inner.is_some() || has_default,
        exact: keys.len() == 1 && !unchecked && !defaults && (inner.is_some() || !(has_default || sometimes)),
        keys,
    })
}

/// The value of a key.
pub(super) fn get(key: &str) -> String {
    format!("es_value OPERATOR(pg_catalog.->) {}", quoted(key))
}

/// Whether a value is null or absent.
pub(super) fn is_null(value: &str) -> String {
    format!("coalesce(pg_catalog.jsonb_typeof({value}), 'null') OPERATOR(pg_catalog.=) 'null'")
}

/// Whether the object has no other keys.
pub(super) fn has_only(keys: &[String]) -> String {
    let keys = keys.join(", ");
    format!("es_value OPERATOR(pg_catalog.-) ARRAY[{keys}]::pg_catalog.text[] OPERATOR(pg_catalog.=) '{{}}'")
}

/// The fragments of an SQL test that never raises an error.
pub(super) struct Fragments<'a> {
    krate: &'a TokenStream,
    joined: Vec<TokenStream>,
    /// The text after them.
    before: String,
}

impl<'a> Fragments<'a> {
    pub(super) fn new(krate: &'a TokenStream) -> Self {
        Self { krate, joined: Vec::new(), before: String::new() }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.before.push_str(text);
    }

    /// Whether a type accepts `es_value`.
    pub(super) fn accepts(&mut self, ty: &Type) {
        let (krate, before, info) = (self.krate, std::mem::take(&mut self.before), info(self.krate, ty));
        self.joined.push(quote!(#krate::__private::Sql::Text(#before)));
        self.joined.push(quote!(#info.accepts));
    }

    /// What a type means.
    pub(super) fn identity(&mut self, ty: &Type) {
        let (krate, before, info) = (self.krate, std::mem::take(&mut self.before), own_info(self.krate, ty));
        self.joined.push(quote!(#krate::__private::Sql::Text(#before)));
        self.joined.push(quote!(#info.identity()));
    }

    /// What a field means, without its keys.
    pub(super) fn meaning(&mut self, field: &JsonField<'_>) {
        if field.absent {
            self.text("maybe ");
        }
        if field.unchecked {
            return self.text("any");
        }
        if field.optional {
            self.text("optional ");
        }
        self.identity(field.ty);
    }

    /// What the fields of an object mean.
    pub(super) fn identities(&mut self, fields: &[JsonField<'_>]) {
        self.text("{");
        for field in fields {
            let keys: Vec<String> = field.keys.iter().map(|key| quoted(key)).collect();
            self.before.extend([&keys.join(" "), ": "]);
            self.meaning(field);
            self.text("; ");
        }
        self.text("}");
    }

    /// Whether the fields of the object `es_value` are accepted. The test of a field's type sees its value as `es_value`.
    /// With `others`, no keys are accepted but those and the fields'.
    pub(super) fn fields(&mut self, fields: &[JsonField<'_>], others: Option<&[String]>) {
        let begin = self.before.len() + self.joined.len();
        for field in fields {
            let keys: Vec<String> = field.keys.iter().map(|key| get(key)).collect();
            let mut value = keys.join(", ");
            if keys.len() > 1 {
                self.before.extend(["pg_catalog.num_nonnulls(", &value, ") OPERATOR(pg_catalog.<=) 1 AND "]);
                value = format!("coalesce({value})");
            }
            if field.unchecked {
                if !field.absent {
                    self.before.extend(["(", &value, ") IS NOT NULL AND "]);
                }
                continue;
            }
            let close = match (field.absent, field.optional) {
                (false, _) => "",
                (true, false) => {
                    self.before.extend(["(", &value, " IS NULL OR "]);
                    ")"
                }
                (true, true) => {
                    self.before.extend(["(", &is_null(&value), " OR "]);
                    ")"
                }
            };
            self.before.push_str("(SELECT (");
            self.accepts(field.ty);
            self.before = format!(") FROM (SELECT {value}) AS es_inner(es_value)) IS TRUE{close} AND ");
        }
        if begin == self.before.len() + self.joined.len() {
            self.before.push_str("true AND ");
        }
        self.before.truncate(self.before.len() - " AND ".len());
        if let Some(others) = others {
            let keys = fields.iter().flat_map(|field| &field.keys).chain(others);
            let keys: Vec<String> = keys.map(|key| quoted(key)).collect();
            self.before.extend([" AND ", &has_only(&keys)]);
        }
    }

    /// The whole test.
    pub(super) fn finish(mut self) -> TokenStream {
        let (krate, before) = (self.krate, std::mem::take(&mut self.before));
        let joined = self.joined;
        quote!(#krate::__private::Sql::Join(&[#(#joined,)* #krate::__private::Sql::Text(#before)]))
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
