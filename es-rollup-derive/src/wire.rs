//! What serde writes for the enum and its variants, by serde's own rules; forms that SQL cannot read are refused here.

mod field;
mod part;
mod tagging;

pub(crate) use field::WireField;

use crate::attributes::{self, Attributes, Scope, Written, WrittenValue, WrittenView};
use crate::brackets::take_unaccompanied;
use crate::error::error;
use crate::serde_names::{names, serde_key};
use crate::shorthand::AllFields;
use crate::spelling::mentions;
use darling::error::Accumulator;
use es_rollup_core::model::{Place, Shape, Tagging};
use es_rollup_core::resolve::{Key, Name};
use field::{OfVariant, PRIVATE, read_field};
use part::Views;
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use serde_derive_internals::ast::{Container, Data, Style, Variant as SerdeVariant};
use serde_derive_internals::{Ctxt, Derive};
use syn::spanned::Spanned;
use syn::{DeriveInput, LitStr};
use tagging::tagging;

/// The enum as written: serde's attributes and ours.
pub(crate) struct WireEnum<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) options: Vec<Written>,
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<WireVariant<'a>>,
    /// Serde's own errors, as its derives report them.
    pub(crate) refused: TokenStream,
}

impl WireEnum<'_> {
    /// The views that the enum declares.
    pub(crate) fn views(&self) -> impl Iterator<Item = &WrittenView> {
        self.options.iter().filter_map(Written::view)
    }
}

/// A variant as serde writes it, with the keys on it.
pub(crate) struct WireVariant<'a> {
    pub(crate) original: &'a syn::Variant,
    pub(crate) written: Vec<Written>,
    /// What is in the brackets of each view.
    pub(crate) scopes: Vec<Scope>,
    pub(crate) shape: Shape,
    /// The name that serde writes, then the others that it reads; empty for a variant that serde never reads.
    pub(crate) wire: Vec<String>,
    pub(crate) other: bool,
    pub(crate) fields: Vec<WireField<'a>>,
}

/// Reads the enum. A struct is reported and read as an enum without events; `None` for a union.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Accumulator) -> Option<WireEnum<'a>> {
    let mut options = attributes::read(&input.attrs, Place::Enum, None, errors);
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
            let mistaken = options.mistaken.iter().any(|name| name == Name::View.text());
            let views: Vec<&WrittenView> = options.written.iter().filter_map(Written::view).collect();
            read_enum(input, &Views::new(&views, mistaken), &mut refused, errors)
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
    views: &Views,
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
                variants.iter().map(|variant| read_variant(variant, views, errors)).collect();
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

/// The message for 128-bit integers in an enum with a tag.
pub(crate) const NO_WIDE_INTEGERS: &str = "serde cannot read 128-bit integers inside an enum with a `tag`; use 64 bits, a decimal, or a newtype that is written as text";

/// Refuses integers that serde writes but cannot read back: with a tag it first buffers the content, and the buffer
/// has no 128-bit integers.
fn refuse_wide(variant: &SerdeVariant<'_>, errors: &mut Accumulator) {
    let wide = ["i128", "u128"].map(|name| proc_macro2::Ident::new(name, Span::call_site()));
    for field in variant.fields.iter().filter(|_| !variant.attrs.skip_deserializing()) {
        let serde = &field.attrs;
        let own = serde.skip_deserializing() || serde.deserialize_with().is_some();
        if !own && mentions(field.ty.to_token_stream(), &wide) {
            errors.push(error(field.ty.span(), NO_WIDE_INTEGERS));
        }
    }
}

fn read_variant<'a>(variant: &SerdeVariant<'a>, views: &Views, errors: &mut Accumulator) -> WireVariant<'a> {
    let serde = &variant.attrs;
    let original = variant.original;
    let Attributes { mut written, mistaken, mut scopes } =
        attributes::read(&original.attrs, Place::Variant, Some(&views.names), errors);
    let mut mistaken = !mistaken.is_empty();
    mistaken |= take_unaccompanied(&mut written, mistaken, errors);
    for scope in &mut scopes {
        scope.mistaken |= take_unaccompanied(&mut scope.written, scope.mistaken, errors);
        mistaken |= scope.mistaken;
    }
    if serde.untagged() {
        errors.push(error(
            serde_key(&original.attrs, &["untagged"]),
            "an untagged payload does not name its event; remove `untagged`",
        ));
    }
    if serde.serialize_with().is_some() || serde.deserialize_with().is_some() {
        errors.push(error(
            serde_key(&original.attrs, &["with", "serialize_with", "deserialize_with"]),
            "a function decides how this variant is written, and SQL cannot call it; use a newtype variant of a type that serialises itself",
        ));
    }
    let shape = match variant.style {
        Style::Struct => Shape::Struct,
        Style::Newtype => Shape::Newtype,
        Style::Tuple => Shape::Tuple,
        Style::Unit => Shape::Unit,
    };
    let tables = || [&written].into_iter().chain(scopes.iter().map(|scope| &scope.written));
    let alls: Vec<AllFields> = tables().map(|words| AllFields::new(words, mistaken)).collect();
    let keys = views.keys(&variant.fields, &scopes);
    let of_variant = OfVariant { shape, alls: &alls, views, keys: &keys };
    let fields: Vec<WireField<'_>> = variant
        .fields
        .iter()
        .enumerate()
        .map(|(place, field)| read_field(field, place, of_variant, &mut mistaken, errors))
        .collect();
    for (table, all) in alls.iter().enumerate() {
        let is_set = |one: &Written| one.implied && !one.key.is_part();
        let takes =
            |field: &WireField<'_>| field.tables().nth(table).is_some_and(|words| words.iter().any(is_set));
        if let (Some(span), false) = (all.sets, mistaken || fields.iter().any(takes)) {
            let name = &original.ident;
            errors.push(error(
                span,
                format!("`set` on `{name}` has no field to take, since it leaves out fields that have their own operation, are ignored, or are skipped by serde; remove `set`"),
            ));
        }
    }
    // A variant that serde never reads is never stored. A variant with nothing but a mistake is treated the same, so
    // that it is not also reported as doing nothing.
    let is_empty = |field: &WireField<'_>| field.tables().all(Vec::is_empty);
    let unknown = mistaken && tables().all(Vec::is_empty) && fields.iter().all(is_empty);
    let wire = if serde.skip_deserializing() || unknown {
        Vec::new()
    } else {
        names(&original.attrs, original.ident.span(), serde.name(), serde.aliases(), errors)
    };
    WireVariant { original, written, scopes, shape, wire, other: serde.other(), fields }
}
