//! A variant as serde writes it, with the keys on it.

use super::field::{WireField, read_field};
use crate::attributes::{self, Attributes, Written};
use crate::brackets::take_unaccompanied;
use crate::error::error;
use crate::serde_names::{names, serde_key};
use crate::shorthand::AllFields;
use crate::spelling::mentions;
use darling::error::Accumulator;
use es_rollup_core::model::{Place, Shape};
use proc_macro2::Span;
use quote::ToTokens;
use serde_derive_internals::ast::{Style, Variant as SerdeVariant};
use syn::spanned::Spanned;

pub(crate) struct WireVariant<'a> {
    pub(crate) original: &'a syn::Variant,
    pub(crate) written: Vec<Written>,
    pub(crate) shape: Shape,
    /// The name that serde writes, then the others that it reads; empty for a variant that serde never reads.
    pub(crate) wire: Vec<String>,
    pub(crate) other: bool,
    pub(crate) fields: Vec<WireField<'a>>,
}

/// The message for 128-bit integers in an enum with a tag.
pub(crate) const NO_WIDE_INTEGERS: &str = "serde cannot read 128-bit integers inside an enum with a `tag`; use 64 bits, a decimal, or a newtype that is written as text";

/// Refuses integers that serde writes but cannot read back: with a tag it first buffers the content, and the buffer
/// has no 128-bit integers.
pub(super) fn refuse_wide(variant: &SerdeVariant<'_>, errors: &mut Accumulator) {
    let wide = ["i128", "u128"].map(|name| proc_macro2::Ident::new(name, Span::call_site()));
    for field in variant.fields.iter().filter(|_| !variant.attrs.skip_deserializing()) {
        let serde = &field.attrs;
        let own = serde.skip_deserializing() || serde.deserialize_with().is_some();
        if !own && mentions(field.ty.to_token_stream(), &wide) {
            errors.push(error(field.ty.span(), NO_WIDE_INTEGERS));
        }
    }
}

pub(super) fn read_variant<'a>(variant: &SerdeVariant<'a>, errors: &mut Accumulator) -> WireVariant<'a> {
    let serde = &variant.attrs;
    let original = variant.original;
    let Attributes { mut written, mistaken } = attributes::read(&original.attrs, Place::Variant, errors);
    let mut mistaken = !mistaken.is_empty();
    mistaken |= take_unaccompanied(&mut written, mistaken, errors);
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
    let all = AllFields {
        sets: written.iter().find(|one| one.key.sets_all()).map(|one| one.span),
        is_mistaken: mistaken,
    };
    let fields: Vec<WireField<'_>> =
        variant.fields.iter().map(|field| read_field(field, shape, all, &mut mistaken, errors)).collect();
    let takes = |field: &WireField<'_>| field.written.iter().any(|one| one.implied);
    if let (Some(span), false) = (all.sets, mistaken || fields.iter().any(takes)) {
        let name = &original.ident;
        errors.push(error(
            span,
            format!("`set` on `{name}` has no field to take, since it leaves out fields that have their own operation, are ignored, or are skipped by serde; remove `set`"),
        ));
    }
    // A variant that serde never reads is never stored. A variant with nothing but a mistake is treated the same, so
    // that it is not also reported as doing nothing.
    let unknown = mistaken && written.is_empty() && fields.iter().all(|field| field.written.is_empty());
    let wire = if serde.skip_deserializing() || unknown {
        Vec::new()
    } else {
        names(&original.attrs, original.ident.span(), serde.name(), serde.aliases(), errors)
    };
    WireVariant { original, written, shape, wire, other: serde.other(), fields }
}
