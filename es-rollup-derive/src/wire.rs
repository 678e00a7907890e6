//! What serde writes for the enum, by serde's own rules; what SQL cannot follow is refused here.

use crate::attributes::{self, Written, option, spelled};
use crate::error::error;
use crate::keys::Place;
use darling::error::Accumulator;
use es_rollup_core::emit::DOLLAR_TAG;
use es_rollup_core::model::{Absent, Shape, Tagging};
use proc_macro2::Span;
use quote::format_ident;
use serde_derive_internals::ast::{Container, Data, Field as SerdeField, Style, Variant as SerdeVariant};
use serde_derive_internals::attr::{Default as SerdeDefault, TagType};
use serde_derive_internals::name::MultiName;
use serde_derive_internals::{Ctxt, Derive};
use std::collections::BTreeSet;
use syn::spanned::Spanned;
use syn::{DeriveInput, Member, Type};

/// The enum as written: serde's part and ours.
pub(crate) struct Input<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) options: Vec<Written>,
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<Variant<'a>>,
}

pub(crate) struct Variant<'a> {
    pub(crate) original: &'a syn::Variant,
    pub(crate) written: Vec<Written>,
    pub(crate) shape: Shape,
    /// No name at all for a variant that serde never writes.
    pub(crate) wire: Vec<String>,
    pub(crate) other: bool,
    pub(crate) fields: Vec<Field<'a>>,
}

pub(crate) struct Field<'a> {
    pub(crate) member: Member,
    pub(crate) written: Vec<Written>,
    /// The type without the `Option`.
    pub(crate) ty: &'a Type,
    pub(crate) optional: bool,
    pub(crate) keys: Vec<String>,
    pub(crate) absent: Absent,
}

/// What serde's parser calls its private module; borrowed `Cow`s get a deserializer from there.
const PRIVATE: &str = "__es_rollup_serde_private";

/// Reads the enum; `None` when it is no enum or serde's own derives refuse it.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Accumulator) -> Option<Input<'a>> {
    let options = attributes::read(&input.attrs, Place::Enum, errors);
    if !matches!(input.data, syn::Data::Enum(_)) {
        errors.push(error(
            input.ident.span(),
            "a rollup is folded from events; derive it on an enum with a variant for each event",
        ));
        return None;
    }
    if !input.generics.params.is_empty() {
        errors.push(error(
            input.generics.span(),
            "an event enum is one concrete type; remove its generic parameters and own its data",
        ));
    }
    let context = Ctxt::new();
    let container = Container::from_ast(&context, input, Derive::Deserialize, &format_ident!("{PRIVATE}"));
    if let Err(refused) = context.check() {
        // serde's derives say the same at the same place, and the compiler shows equal errors once.
        errors.extend(refused.into_iter().map(|one| error(one.span(), one)));
        return None;
    }
    let container = container?;
    let tagging = tagging(input, &container, errors)?;
    let Data::Enum(serde_variants) = &container.data else { return None };
    let variants = serde_variants.iter().map(|variant| read_variant(variant, errors)).collect();
    Some(Input { original: input, options, tagging, variants })
}

fn tagging(input: &DeriveInput, container: &Container<'_>, errors: &mut Accumulator) -> Option<Tagging> {
    let serde = &container.attrs;
    let conversions =
        [("from", serde.type_from()), ("try_from", serde.type_try_from()), ("into", serde.type_into())];
    for (name, ty) in conversions {
        if let Some(ty) = ty {
            errors.push(error(
                ty.span(),
                format!("`#[serde({name} = ...)]` hides what is written; derive the rollup on the type that serde writes"),
            ));
        }
    }
    if let Some(remote) = serde.remote() {
        errors.push(error(
            remote.span(),
            "`#[serde(remote = ...)]` describes another type; derive the rollup on that one",
        ));
    }
    match serde.tag() {
        TagType::External => Some(Tagging::External),
        TagType::Internal { tag } => {
            text(input.ident.span(), tag, errors);
            Some(Tagging::Internal { tag: tag.clone() })
        }
        TagType::Adjacent { tag, content } => {
            text(input.ident.span(), tag, errors);
            text(input.ident.span(), content, errors);
            Some(Tagging::Adjacent { tag: tag.clone(), content: content.clone() })
        }
        TagType::None => {
            errors.push(error(
                serde_key(&input.attrs, "untagged"),
                "an untagged payload does not say which event it is; write `#[serde(tag = \"type\")]`",
            ));
            None
        }
    }
}

fn read_variant<'a>(variant: &SerdeVariant<'a>, errors: &mut Accumulator) -> Variant<'a> {
    let serde = &variant.attrs;
    let original = variant.original;
    let written = attributes::read(&original.attrs, Place::Variant, errors);
    let refusals = [
        (serde.untagged(), "untagged", "an untagged payload does not say which event it is"),
        (
            serde.serialize_with().is_some() || serde.deserialize_with().is_some(),
            "with",
            "a function decides what is written, which SQL cannot read",
        ),
    ];
    for (refused, key, why) in refusals {
        if refused {
            errors.push(error(
                serde_key_any(&original.attrs, &[key, "serialize_with", "deserialize_with"]),
                format!("{why}; remove `{key}` from this variant"),
            ));
        }
    }
    // What serde never reads is never in the log.
    let skipped = serde.skip_deserializing();
    let wire = if skipped {
        Vec::new()
    } else {
        names(original.ident.span(), serde.name(), serde.aliases(), errors)
    };
    let shape = match variant.style {
        Style::Struct => Shape::Struct,
        Style::Newtype => Shape::Newtype,
        Style::Tuple => Shape::Tuple,
        Style::Unit => Shape::Unit,
    };
    let fields = variant.fields.iter().map(|field| read_field(field, shape, errors)).collect();
    Variant { original, written, shape, wire, other: serde.other(), fields }
}

fn read_field<'a>(field: &SerdeField<'a>, shape: Shape, errors: &mut Accumulator) -> Field<'a> {
    let serde = &field.attrs;
    let original = field.original;
    let written = attributes::read(&original.attrs, Place::Field, errors);
    let inner = option(field.ty);
    let reads = written.iter().any(|written| written.key.name != "clear");
    if reads {
        refuse_unreadable(field, shape, errors);
    }
    let absent = match (serde.default(), inner) {
        (SerdeDefault::None, Some(_)) => Absent::None,
        (SerdeDefault::None, None) => Absent::Refused,
        (SerdeDefault::Default, Some(_)) => Absent::None,
        (SerdeDefault::Default, None) => Absent::Default,
        (SerdeDefault::Path(path), _) => {
            if reads {
                errors.push(error(
                    path.span(),
                    format!(
                        "SQL cannot know what `{}` returns for an absent key; use `#[serde(default)]` or an `Option`",
                        spelled(path)
                    ),
                ));
            }
            Absent::Refused
        }
    };
    let keys = match shape {
        Shape::Struct => names(original.span(), serde.name(), serde.aliases(), errors),
        Shape::Newtype | Shape::Tuple | Shape::Unit => Vec::new(),
    };
    Field {
        member: field.member.clone(),
        written,
        ty: inner.unwrap_or(field.ty),
        optional: inner.is_some(),
        keys,
        absent,
    }
}

/// Refuses a mapped field whose value does not stand in the payload as its type says.
fn refuse_unreadable(field: &SerdeField<'_>, shape: Shape, errors: &mut Accumulator) {
    let serde = &field.attrs;
    let attributes = &field.original.attrs;
    let borrowed = |path: &syn::ExprPath| path.path.segments.iter().any(|segment| segment.ident == PRIVATE);
    let with = serde.serialize_with().or(serde.deserialize_with()).is_some_and(|path| !borrowed(path));
    let refusals: [(bool, &[&str], &str); 5] = [
        (
            shape == Shape::Tuple,
            &[],
            "the fields of a tuple variant have no names to read them by; write named fields",
        ),
        (
            serde.flatten(),
            &["flatten"],
            "a flattened field has no key of its own; map the fields inside it, or remove `flatten`",
        ),
        (
            serde.skip_deserializing(),
            &["skip", "skip_deserializing"],
            "serde never reads this field; remove the rollup key or the `skip`",
        ),
        (
            serde.skip_serializing() && !serde.skip_deserializing(),
            &["skip_serializing"],
            "serde never writes this field; remove the rollup key or the `skip_serializing`",
        ),
        (
            with,
            &["with", "serialize_with", "deserialize_with"],
            "a function decides what is written, which SQL cannot read; use a newtype with `#[derive(SqlType)]` that serialises itself",
        ),
    ];
    for (refused, keys, message) in refusals {
        if refused {
            let span = if keys.is_empty() { field.original.span() } else { serde_key_any(attributes, keys) };
            errors.push(error(span, message));
        }
    }
}

/// The name that serde writes, then the others that it reads.
fn names(
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
            span,
            format!("serde writes `{written}` here but does not read it back; add `#[serde(alias = \"{written}\")]`"),
        ));
    }
    for name in read.iter().chain([&written]) {
        text(span, name, errors);
    }
    let others = read.into_iter().filter(|name| *name != written);
    std::iter::once(written.clone()).chain(others).collect()
}

/// Refuses text that could not stand inside an SQL literal of a dollar-quoted body.
pub(crate) fn text(span: Span, text: &str, errors: &mut Accumulator) {
    if text.contains(DOLLAR_TAG) || text.chars().any(char::is_control) || text.contains('\\') {
        errors.push(error(
            span,
            format!("the name {text:?} has a control character, a backslash or `{DOLLAR_TAG}`; rename it for serde"),
        ));
    }
}

/// Where a key of `#[serde(...)]` is written.
fn serde_key(attributes: &[syn::Attribute], key: &str) -> Span {
    serde_key_any(attributes, &[key])
}

fn serde_key_any(attributes: &[syn::Attribute], keys: &[&str]) -> Span {
    let mut found = None;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        // Only spans are looked for: what does not parse was serde's to report.
        let _ = attribute.parse_nested_meta(|meta| {
            if meta.path.get_ident().is_some_and(|ident| keys.contains(&ident.to_string().as_str())) {
                found.get_or_insert(meta.path.span());
            }
            if meta.input.peek(syn::Token![=]) {
                meta.value()?.parse::<syn::Expr>()?;
            } else if meta.input.peek(syn::token::Paren) {
                let inside;
                syn::parenthesized!(inside in meta.input);
                inside.parse::<proc_macro2::TokenStream>()?;
            }
            Ok(())
        });
    }
    found.or_else(|| attributes.first().map(Spanned::span)).unwrap_or_else(Span::call_site)
}
