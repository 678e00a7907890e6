//! A `set` on a variant, which stands for one on each field that is not left out.

use crate::attributes::{Written, WrittenValue};
use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::model::{Place, Shape};
use es_rollup_core::resolve::{Key, Name};
use proc_macro2::Span;
use serde_derive_internals::ast::Field as SerdeField;
use syn::LitStr;
use syn::spanned::Spanned;

/// What a variant declares for all of its fields.
#[derive(Clone, Copy)]
pub(crate) struct AllFields {
    /// The span of a `set` without a value.
    pub(crate) sets: Option<Span>,
    /// Whether other keys were written and reported.
    pub(crate) is_mistaken: bool,
}

impl AllFields {
    /// What the words of a variant declare, those of one table.
    pub(crate) fn new(written: &[Written], is_mistaken: bool) -> Self {
        Self { sets: written.iter().find(|one| one.key.sets_all()).map(|one| one.span), is_mistaken }
    }
}

/// The `set` that a `set` on the variant implies for this field. Fields that serde skips are left out.
pub(crate) fn implied(
    field: &SerdeField<'_>,
    shape: Shape,
    written: &[Written],
    mistaken: &mut bool,
    errors: &mut Accumulator,
) -> Option<Written> {
    let (serde, original) = (&field.attrs, field.original);
    let marked =
        written.iter().any(|one| one.key.is_operation() || one.key.is_part() || one.key.name == Name::Ignore);
    if marked || serde.skip_serializing() || serde.skip_deserializing() {
        return None;
    }
    let span = original.ident.as_ref().map_or_else(|| field.ty.span(), syn::Ident::span);
    let wrong = match (&original.ident, shape) {
        (None, Shape::Newtype) => {
            "`set` on the variant names columns by field, and this field has no name; write `#[rollup(set = \"column\")]` or `#[rollup(ignore)]` on the field"
        }
        (None, Shape::Tuple | Shape::Struct | Shape::Unit) => {
            "`set` on the variant names columns by field, and this field has no name; write `#[rollup(ignore)]` on the field"
        }
        (Some(_), _) if serde.flatten() => {
            "`set` on the variant cannot take a flattened field, which has no key in the payload; write `#[rollup(ignore)]` on the field"
        }
        (Some(_), _) => {
            return Some(Written {
                key: Key::find("set", Place::Field)?,
                span,
                value: WrittenValue::None,
                // Keys on the field that describe a value accompany it.
                group: written.first().map_or(0, |one| one.group),
                implied: true,
            });
        }
    };
    *mistaken = true;
    errors.push(error(span, wrong));
    None
}

/// The `key` that the name of a field implies, which is that of a part of the key of a view.
pub(crate) fn implied_part(
    field: &SerdeField<'_>,
    part: Option<&String>,
    written: &[Written],
) -> Option<Written> {
    let (part, ident) = (part?, field.original.ident.as_ref()?);
    let value = WrittenValue::Text(LitStr::new(part, ident.span()));
    let group = written.first().map_or(0, |one| one.group);
    Some(Written {
        key: Key::find("key", Place::ViewField)?,
        span: ident.span(),
        value,
        group,
        implied: true,
    })
}

/// Checks `ignore`, which excludes a field from `set` on the variant and does nothing else. Removes an `ignore` if the
/// variant has no `set`; returns whether it did.
pub(crate) fn take_ignored(all: AllFields, written: &mut Vec<Written>, errors: &mut Accumulator) -> bool {
    let Some(ignored) = written.iter().find(|one| one.key.name == Name::Ignore) else { return false };
    if let Some(operation) = written.iter().find(|one| one.key.is_operation()) {
        let key = operation.key.name();
        errors.push(error(
            ignored.span,
            format!("this field is ignored, so it cannot have `{key}`; remove `ignore` or `{key}`"),
        ));
    } else if all.sets.is_none() && !all.is_mistaken {
        errors.push(error(
            ignored.span,
            "`ignore` on a field excludes it from `#[rollup(set)]` on its variant, and this variant has no such `set`; remove `ignore`, since a field without an operation is not read",
        ));
        written.retain(|one| one.key.name != Name::Ignore);
        return true;
    }
    false
}
