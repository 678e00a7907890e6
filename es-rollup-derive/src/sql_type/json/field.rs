//! A field of JSON, as serde reads and writes it.

use crate::error::error;
use crate::serde_names;
use crate::spelling::{option, spelled};
use darling::error::Accumulator;
use serde_derive_internals::ast::Field;
use serde_derive_internals::attr::Default as SerdeDefault;
use syn::Type;
use syn::spanned::Spanned;

/// A field that serde writes and reads.
#[expect(clippy::struct_excessive_bools, reason = "each is a separate fact")]
pub(crate) struct JsonField<'a> {
    pub(crate) member: &'a syn::Member,
    /// The type without the `Option` around it.
    pub(crate) ty: &'a Type,
    pub(crate) optional: bool,
    /// Whether serde reads the struct without the key.
    pub(crate) absent: bool,
    /// Whether any JSON is accepted for it.
    pub(crate) unchecked: bool,
    /// The name that serde writes, then the others that it reads.
    pub(super) keys: Vec<String>,
    /// Whether the JSON has the key, under its only name, whenever Rust has a value.
    pub(super) exact: bool,
}

/// How serde reads and writes a field; `None` if it does neither.
pub(crate) fn read<'a>(
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

/// Whether a field is marked to accept any JSON.
pub(crate) fn is_json(attributes: &[syn::Attribute]) -> bool {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("rollup"));
    ours.filter_map(|attribute| attribute.parse_args::<syn::Ident>().ok()).any(|word| word == "json")
}
