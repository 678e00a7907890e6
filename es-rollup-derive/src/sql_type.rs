//! `#[derive(SqlType)]`: newtypes are stored as the type that they wrap, enums without data as their names, and structs
//! with `json` as JSON.

mod body;
mod data;
mod json;
mod names;
mod narrow;
mod repr;

use crate::attributes;
use crate::error::error;
use crate::serde_names;
use crate::spelling::{option, spelled};
use body::Body;
use darling::error::Accumulator;
use es_rollup_core::model::Place;
use es_rollup_core::resolve::{Detail, Name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use serde_derive_internals::ast::{Container, Data, Field, Style, Variant};
use serde_derive_internals::attr::TagType;
use serde_derive_internals::{Ctxt, Derive};
use syn::spanned::Spanned;
use syn::{DeriveInput, LitStr, parse_quote};

const ONE: &str = "a column type holds a single value; wrap one type (`struct UserId(Uuid);`), add `#[serde(transparent)]` if all other fields are skipped, or store a struct with named fields as JSON with `#[rollup(json)]`";

/// The expansion, or all errors.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = darling::Error::accumulator();
    let mut refused = TokenStream::new();
    let expansion = expand(input, &mut refused, &mut errors);
    let errors = errors.finish().err().map(darling::Error::write_errors);
    if errors.is_none() && refused.is_empty() {
        return expansion.unwrap_or_default();
    }
    let fallback = fallback(input);
    quote!(#refused #errors #fallback)
}

/// The expansion; `refused` receives serde's own errors.
fn expand(input: &DeriveInput, refused: &mut TokenStream, errors: &mut Accumulator) -> Option<TokenStream> {
    let options = options(input, errors);
    let TypeOptions { krate, number, json, .. } = &options;
    check_inside(input, options.json.is_some(), errors);
    if let syn::Data::Union(_) = input.data {
        errors.push(error(input.ident.span(), ONE));
        return None;
    }
    let context = Ctxt::new();
    let container = Container::from_ast(&context, input, Derive::Deserialize, &format_ident!("__private"));
    if let Err(errors) = context.check() {
        // The compiler shows equal errors once: those with the same message and the same span, first to last token.
        refused.extend(errors.into_iter().flat_map(|one| one.to_compile_error()));
    }
    let container = container?;
    let serde = &container.attrs;
    for ty in [serde.type_from(), serde.type_try_from(), serde.type_into()].into_iter().flatten() {
        errors.push(error(
            ty.span(),
            "serde converts this type to or from another one; implement `SqlType` by hand, for the type that serde writes",
        ));
    }
    let body = match &container.data {
        Data::Struct(style, fields) if json.is_some() => {
            if let Some(span) = number {
                errors.push(error(*span, "a struct that is stored as JSON is not a number; remove `number`"));
            }
            json::body(input, krate, serde, *style, fields, errors)?
        }
        Data::Struct(style, fields) => newtype(input, &options, serde.transparent(), *style, fields, errors)?,
        Data::Enum(variants) => enumeration(input, &options, serde, variants, errors)?,
    };
    check_options(&options, matches!(container.data, Data::Enum(_)), errors);
    let (name, mut generics) = (&input.ident, input.generics.clone());
    if let (Data::Struct(..), Some(inner), false) = (&container.data, &body.inner, generics.params.is_empty())
    {
        generics.make_where_clause().predicates.push(parse_quote!(#inner: #krate::SqlType));
    }
    let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
    let Body { info, fits, traits, .. } = body;
    let traits = traits.into_iter().map(|(name_of_trait, items)| {
        quote! {
            #[automatically_derived]
            #[allow(deprecated)]
            impl #impl_generics #name_of_trait for #name #type_generics #where_clause { #items }
        }
    });
    Some(quote! {
        #(#traits)*
        #[automatically_derived]
        #[allow(deprecated)]
        impl #impl_generics #krate::SqlType for #name #type_generics #where_clause {
            const SQL: #krate::__private::TypeInfo = #info;
            #fits
        }
    })
}

/// An enum: JSON, numbers, or names.
fn enumeration(
    input: &DeriveInput,
    options: &TypeOptions,
    serde: &serde_derive_internals::attr::Container,
    variants: &[Variant<'_>],
    errors: &mut Accumulator,
) -> Option<Body> {
    let TypeOptions { krate, number, json, repr, text, .. } = options;
    if let Some(span) = number {
        errors.push(error(*span, "an enum is not a number; remove `number`"));
    }
    match json {
        Some(_) if !is_of_names(serde, variants) => {
            return data::body(input, krate, serde, variants, errors);
        }
        Some(span) => {
            errors.push(error(*span, "an enum without data is stored as text; remove `json`"));
        }
        None => {}
    }
    if !matches!(serde.tag(), TagType::External) {
        let span = serde_names::serde_key(&input.attrs, &["tag", "untagged"]);
        errors.push(error(
            span,
            "an enum without data is stored as the names of its variants; remove `tag`, `content` or `untagged`",
        ));
    }
    let (span, message) = match (repr, text, repr::written(input)) {
        (Some(_), None, Some(ty)) => return repr::body(input, krate, &ty, variants, errors),
        (Some(span), None, None) => (
            *span,
            "the type of the numbers is missing; write it on the enum as well, such as `#[repr(i16)]`",
        ),
        (Some(_), Some(span), _) => {
            (*span, "an enum is stored either as numbers or as text; remove `repr` or `text`")
        }
        (None, None, Some(ty)) if !repr::has_names(input) => (
            ty.span(),
            "serde_repr writes this enum as numbers and serde writes it as names, and the macro cannot see which one you derive; write `#[rollup(repr)]` for serde_repr, or `#[rollup(text)]` for serde",
        ),
        (None, _, _) => return Some(names::body(input, krate, variants, errors)),
    };
    errors.push(error(span, message));
    None
}

/// Refuses keys that belong on another kind of type.
fn check_options(options: &TypeOptions, is_enum: bool, errors: &mut Accumulator) {
    let TypeOptions { json, narrow, repr, text, .. } = options;
    let is_newtype = !is_enum && json.is_none();
    let misplaced = [
        (narrow.as_ref().map(|(_, span)| *span), "sql_type", "a newtype of a whole number", is_newtype),
        (*repr, "repr", "an enum with `#[repr(...)]`", is_enum),
        (*text, "text", "an enum with `#[repr(...)]`", is_enum),
    ];
    for (span, key, place, fits) in misplaced {
        if let (Some(span), false) = (span, fits) {
            errors.push(error(span, format!("`{key}` belongs on {place}; remove it")));
        }
    }
}

/// Whether serde writes every variant as only its name.
fn is_of_names(serde: &serde_derive_internals::attr::Container, variants: &[Variant<'_>]) -> bool {
    matches!(serde.tag(), TagType::External)
        && variants.iter().all(|variant| matches!(variant.style, Style::Unit))
}

/// A struct for which serde writes a single field.
fn newtype(
    input: &DeriveInput,
    options: &TypeOptions,
    transparent: bool,
    style: Style,
    fields: &[Field<'_>],
    errors: &mut Accumulator,
) -> Option<Body> {
    let TypeOptions { krate, number, narrow, .. } = options;
    let inner = match (transparent, style) {
        (true, _) => fields.iter().find(|field| field.attrs.transparent()),
        (false, Style::Newtype) => fields.first(),
        (false, Style::Struct | Style::Tuple | Style::Unit) => None,
    };
    let Some(inner) = inner else {
        errors.push(error(input.ident.span(), ONE));
        return None;
    };
    if let Some(with) = inner.attrs.serialize_with().or(inner.attrs.deserialize_with()) {
        errors.push(error(
            with.span(),
            "a function decides how this field is written; implement `SqlType` by hand, for the JSON that it writes",
        ));
    }
    let (ty, member) = (inner.ty, &inner.member);
    if let Some(optional) = option(ty) {
        let optional = spelled(optional);
        errors.push(error(
            ty.span(),
            format!("a column type cannot wrap an `Option`; wrap `{optional}`, and write the `Option` around this type in the event"),
        ));
    }
    // Both name the type at the same span, so that a type without `SqlType` gives one error.
    let inner = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::SQL);
    // A list of newtypes is an array, never `bytea`: a wrapped `u8` is more than a byte.
    let narrow = narrow.as_ref().map(|(written, _)| narrow::Narrow::new(written, errors));
    let info = if let Some(narrow) = &narrow {
        narrow.as_ref()?.info(krate, &inner)
    } else {
        quote! {
            #krate::__private::TypeInfo { list: ::core::option::Option::None, ..#inner }
        }
    };
    let call = |method: &str| {
        let method = format_ident!("{method}");
        quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::#method)
    };
    let (fits, is_null, keep) = (call("fits"), call("is_null"), call("keep"));
    let holds = narrow.flatten().map(|narrow| narrow.holds(member));
    let holds = holds.iter();
    let fits = quote! {
        #[inline]
        fn fits(&self) -> ::core::primitive::bool {
            #fits(&self.#member) #(&& #holds)*
        }
        #[inline]
        fn is_null(&self) -> ::core::primitive::bool {
            #is_null(&self.#member)
        }
        #[inline]
        fn keep(&mut self) {
            #keep(&mut self.#member);
        }
    };
    let traits = if number.is_some() { vec![arithmetic(krate, fields, ty, member)] } else { Vec::new() };
    Some(Body { info, fits, traits, inner: Some(ty.clone()) })
}

/// The arithmetic of the number that a newtype wraps.
fn arithmetic(
    krate: &TokenStream,
    fields: &[Field<'_>],
    ty: &syn::Type,
    member: &syn::Member,
) -> (TokenStream, TokenStream) {
    let number = quote!(#krate::__private::Number);
    let others = fields.iter().map(|field| &field.member).filter(|other| *other != member);
    let others: Vec<_> = others.map(|other| quote!(#other: ::core::default::Default::default())).collect();
    let items = quote! {
        #[inline]
        fn zero() -> Self {
            Self { #member: <#ty as #number>::zero(), #(#others,)* }
        }
        #[inline]
        fn one() -> Self {
            Self { #member: <#ty as #number>::one(), #(#others,)* }
        }
        #[inline]
        fn plus(&self, other: &Self) -> ::core::option::Option<Self> {
            let sum = #number::plus(&self.#member, &other.#member)?;
            ::core::option::Option::Some(Self { #member: sum, #(#others,)* })
                .filter(<Self as #krate::SqlType>::fits)
        }
        #[inline]
        fn minus(&self, other: &Self) -> ::core::option::Option<Self> {
            let difference = #number::minus(&self.#member, &other.#member)?;
            ::core::option::Option::Some(Self { #member: difference, #(#others,)* })
                .filter(<Self as #krate::SqlType>::fits)
        }
    };
    (number, items)
}

/// The keys of `#[rollup(...)]` on a column type.
struct TypeOptions {
    krate: TokenStream,
    number: Option<Span>,
    json: Option<Span>,
    /// The PostgreSQL integer type that stores a wider number.
    narrow: Option<(LitStr, Span)>,
    /// Whether an enum is written as numbers.
    repr: Option<Span>,
    /// Whether an enum is written as names although it has numbers.
    text: Option<Span>,
}

fn options(input: &DeriveInput, errors: &mut Accumulator) -> TypeOptions {
    let krate = quote!(::es_rollup);
    let mut options = TypeOptions { krate, number: None, json: None, narrow: None, repr: None, text: None };
    for written in attributes::read(&input.attrs, Place::ColumnType, None, errors).written {
        match written.key.name {
            Name::Crate => options.krate = written.ty().map_or(options.krate, ToTokens::to_token_stream),
            Name::Json => options.json = Some(written.span),
            Name::Repr => options.repr = Some(written.span),
            Name::Text => options.text = Some(written.span),
            Name::Detail(Detail::SqlType) => {
                options.narrow = written.text().map(|text| (text.clone(), written.span));
            }
            Name::Number => options.number = Some(written.span),
            // Keys of events, which are refused here.
            Name::Events
            | Name::Id
            | Name::Table
            | Name::State
            | Name::Trigger
            | Name::History
            | Name::Archive
            | Name::Derive
            | Name::Vis
            | Name::Time
            | Name::Check
            | Name::Create
            | Name::Delete
            | Name::View
            | Name::Key
            | Name::Add
            | Name::Remove
            | Name::Empty
            | Name::Ignore
            | Name::Does(_)
            | Name::Property(_)
            | Name::Was
            | Name::Detail(Detail::Path | Detail::As | Detail::Keep | Detail::Default) => {}
        }
    }
    options
}

/// Refuses keys inside a column type, except for `json` on a field of JSON, which accepts any JSON.
fn check_inside(input: &DeriveInput, json: bool, errors: &mut Accumulator) {
    let (fields, variants): (Vec<&syn::Field>, Vec<&syn::Variant>) = match &input.data {
        syn::Data::Struct(data) => (data.fields.iter().collect(), Vec::new()),
        syn::Data::Enum(data) => (
            data.variants.iter().flat_map(|variant| &variant.fields).collect(),
            data.variants.iter().collect(),
        ),
        syn::Data::Union(data) => (data.fields.named.iter().collect(), Vec::new()),
    };
    let fields = fields.into_iter().flat_map(|field| &field.attrs);
    let variants = variants.into_iter().flat_map(|variant| &variant.attrs);
    let fields = fields.filter(|attribute| !(json && json::is_json(std::slice::from_ref(attribute))));
    for attribute in fields.chain(variants).filter(|attribute| attribute.path().is_ident("rollup")) {
        errors.push(error(
            attribute.path().span(),
            "`#[rollup(...)]` is not allowed here; write the keys of a column type on the type itself, and those of events in an enum with `#[derive(Rollup)]`",
        ));
    }
}

/// Implementations that never run, so that one mistake gives one error.
fn fallback(input: &DeriveInput) -> TokenStream {
    let mut reported = darling::Error::accumulator();
    let TypeOptions { krate, number, .. } = options(input, &mut reported);
    drop(reported.finish());
    let name = &input.ident;
    let (impl_generics, type_generics, where_clause) = input.generics.split_for_impl();
    let unreachable = quote!({ ::core::unreachable!() });
    let text = matches!(input.data, syn::Data::Enum(_)).then(|| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #krate::__private::FromText for #name #type_generics #where_clause {
                const TEXTS: ::core::option::Option<&'static [&'static ::core::primitive::str]> =
                    ::core::option::Option::None;
                fn from_text(_: &'static ::core::primitive::str) -> Self #unreachable
            }
        }
    });
    let number = number.map(|_| {
        quote! {
            #[automatically_derived]
            impl #impl_generics #krate::__private::Number for #name #type_generics #where_clause {
                fn zero() -> Self #unreachable
                fn one() -> Self #unreachable
                fn plus(&self, _: &Self) -> ::core::option::Option<Self> #unreachable
                fn minus(&self, _: &Self) -> ::core::option::Option<Self> #unreachable
            }
        }
    });
    quote! {
        #text
        #number
        #[automatically_derived]
        impl #impl_generics #krate::SqlType for #name #type_generics #where_clause {
            const SQL: #krate::__private::TypeInfo = <::std::string::String as #krate::SqlType>::SQL;
        }
    }
}
