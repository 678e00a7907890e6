//! A field as serde writes it, with the keys on it; forms that SQL cannot read are refused.

use crate::attributes::{self, Written, WrittenValue};
use crate::brackets::{has_detail, take_unaccompanied};
use crate::error::error;
use crate::serde_names::{names, serde_key};
use crate::shorthand::{AllFields, implied, take_ignored};
use crate::spelling::{option, spelled};
use darling::error::Accumulator;
use es_rollup_core::model::{Absent, Form, Place, Shape};
use es_rollup_core::resolve::Detail;
use proc_macro2::Span;
use serde_derive_internals::ast::Field as SerdeField;
use serde_derive_internals::attr::Default as SerdeDefault;
use syn::spanned::Spanned;
use syn::{ExprPath, Member, Type};

pub(crate) struct WireField<'a> {
    pub(crate) member: Member,
    pub(crate) written: Vec<Written>,
    /// Whether other keys were written and reported.
    pub(crate) mistaken: bool,
    /// The type without the `Option`.
    pub(crate) ty: &'a Type,
    /// The type as it is written.
    pub(crate) whole: &'a Type,
    /// The function that serde writes it with, if it is not that of the type.
    pub(crate) written_with: Option<ExprPath>,
    pub(crate) optional: bool,
    pub(crate) keys: Vec<String>,
    pub(crate) absent: Absent,
    /// The function that serde calls if the key is absent.
    pub(crate) default: Option<ExprPath>,
}

/// The name of serde's private module in what its parser returns; borrowed `Cow`s get a deserializer from this module.
pub(super) const PRIVATE: &str = "__es_rollup_serde_private";

pub(super) fn read_field<'a>(
    field: &SerdeField<'a>,
    shape: Shape,
    all: AllFields,
    mistaken: &mut bool,
    errors: &mut Accumulator,
) -> WireField<'a> {
    let serde = &field.attrs;
    let original = field.original;
    let found = attributes::read(&original.attrs, Place::Field, errors);
    let is_mistaken = !found.mistaken.is_empty();
    let mut written = found.written;
    *mistaken |= take_ignored(all, &mut written, errors);
    if all.sets.is_some() && !is_mistaken {
        written.extend(implied(field, shape, &written, mistaken, errors));
    }
    *mistaken |= is_mistaken | take_unaccompanied(&mut written, is_mistaken, errors);
    let inner = option(field.ty);
    let reads = |written: &&Written| written.key.reads();
    let reader = written.iter().find(reads).map(|written| written.span);
    // The value in the payload is cast as it is.
    let as_it_is = |reader: &Written| {
        has_detail(&written, reader, Detail::SqlType)
            && !has_detail(&written, reader, Detail::Path)
            && !has_detail(&written, reader, Detail::As)
    };
    let cast = written.iter().filter(reads).all(as_it_is);
    if let Some(reader) = reader {
        refuse_unreadable(field, shape, reader, cast, errors);
        if inner.is_some_and(|inner| option(inner).is_some()) {
            errors.push(error(
                field.ty.span(),
                "a column cannot distinguish `Some(None)` from `None`; use a single `Option`",
            ));
        }
    }
    let absent = read_absent(field, &written, is_mistaken, errors);
    let default = match serde.default() {
        SerdeDefault::Path(path) => Some(path.clone()),
        SerdeDefault::None | SerdeDefault::Default => None,
    };
    // A `default` with a `path` is reported elsewhere.
    let superfluous = |one: &&Written| {
        one.key.detail() == Some(Detail::Default) && !has_detail(&written, one, Detail::Path)
    };
    if let (None, Some(default_key)) = (&default, written.iter().find(superfluous)) {
        errors.push(error(
            default_key.span,
            "`default` repeats what the function in `#[serde(default = \"function\")]` returns, and this field has no such function; remove `default`",
        ));
    }
    // A key that takes the name of the column from the field needs a field with a name.
    let nameless = |written: &Written| {
        field.original.ident.is_none()
            && written.key.spelling.form == Form::WordOrText
            && matches!(written.value, WrittenValue::None)
    };
    written.retain(|written| {
        let (nameless, key) = (nameless(written), written.key.name());
        if nameless && shape != Shape::Tuple {
            errors.push(error(
                written.span,
                format!("the name of the column is missing, and this field has no name to take it from; write `{key} = \"column\"`"),
            ));
        }
        *mistaken |= nameless;
        !nameless
    });
    take_unaccompanied(&mut written, true, errors);
    let keys = match shape {
        Shape::Struct => {
            let span = original.ident.as_ref().map_or_else(|| original.span(), syn::Ident::span);
            names(&original.attrs, span, serde.name(), serde.aliases(), errors)
        }
        Shape::Newtype | Shape::Tuple | Shape::Unit => Vec::new(),
    };
    WireField {
        member: field.member.clone(),
        written,
        mistaken: is_mistaken,
        ty: inner.unwrap_or(field.ty),
        whole: field.ty,
        written_with: serde.serialize_with().cloned(),
        optional: inner.is_some(),
        keys,
        absent,
        default,
    }
}

/// What an absent key means to serde; reports a default that SQL cannot know.
fn read_absent(
    field: &SerdeField<'_>,
    written: &[Written],
    is_mistaken: bool,
    errors: &mut Accumulator,
) -> Absent {
    let serde = &field.attrs;
    let original = field.original;
    let inner = option(field.ty);
    let mut readers = written.iter().filter(|one| one.key.reads());
    // A field with a custom function is required even if it is an `Option`.
    let custom = serde.deserialize_with().is_some_and(|path| !is_borrowed(path));
    match (serde.default(), inner) {
        (SerdeDefault::None, Some(_)) if custom => Absent::Refused,
        (SerdeDefault::None | SerdeDefault::Default, Some(_)) => Absent::None,
        (SerdeDefault::None, None) => Absent::Refused,
        (SerdeDefault::Default, None) => {
            if readers.any(|reader| has_detail(written, reader, Detail::Path)) {
                errors.push(error(
                    serde_key(&original.attrs, &["default"]),
                    "SQL cannot know which value the default has at `path`; use an `Option`",
                ));
            }
            Absent::Default
        }
        (SerdeDefault::Path(path), _) => {
            // A missing `default` may be the key that was reported.
            if !is_mistaken && !readers.all(|reader| has_detail(written, reader, Detail::Default)) {
                errors.push(error(
                    path.span(),
                    format!(
                        "SQL cannot know what `{}` returns for an absent key; write the same value after the operation, as `true`, `false`, a whole number or a string: `#[rollup(set, default = 5)]` (a different default would change the meaning of old events without the key)",
                        spelled(path)
                    ),
                ));
            }
            Absent::Refused
        }
    }
}

/// Whether serde's own derive added the function, for borrowed data.
fn is_borrowed(path: &ExprPath) -> bool {
    path.path.segments.iter().any(|segment| segment.ident == PRIVATE)
}

/// Refuses a field with an operation if its value is not in the payload as its type says.
fn refuse_unreadable(
    field: &SerdeField<'_>,
    shape: Shape,
    reader: Span,
    cast: bool,
    errors: &mut Accumulator,
) {
    let serde = &field.attrs;
    let attributes = &field.original.attrs;
    let with =
        serde.serialize_with().or(serde.deserialize_with()).is_some_and(|path| !is_borrowed(path)) && !cast;
    let custom = serde.deserialize_with().is_some_and(|path| !is_borrowed(path));
    let read_without = matches!(serde.default(), SerdeDefault::Default | SerdeDefault::Path(_))
        || option(field.ty).is_some() && !custom;
    let refusals: [(bool, &[&str], &str); 6] = [
        (
            shape == Shape::Tuple,
            &[],
            "the fields of a tuple variant have no names, so they cannot be read; write `Variant { field: Type }`",
        ),
        (
            serde.flatten(),
            &["flatten"],
            "a flattened field has no key in the payload; write the fields inside it in the variant itself, or remove `flatten`",
        ),
        (
            serde.skip_deserializing(),
            &["skip", "skip_deserializing"],
            "serde never reads this field, so it cannot have an operation; remove the operation or the `skip`",
        ),
        (
            serde.skip_serializing() && !serde.skip_deserializing(),
            &["skip_serializing"],
            "serde never writes this field, so it cannot have an operation; remove the operation or the `skip_serializing`",
        ),
        (
            serde.skip_serializing_if().is_some() && !read_without,
            &["skip_serializing_if"],
            "serde may leave out this key but cannot read the payload without it; add `#[serde(default)]`, or use an `Option`",
        ),
        (
            with,
            &["with", "serialize_with", "deserialize_with"],
            "a function decides how this field is written, and SQL cannot call it; use a newtype with `#[derive(SqlType)]` that serialises itself, or name the SQL type to cast the value to, such as `sql_type = \"inet\"`",
        ),
    ];
    for (refused, keys, message) in refusals {
        if refused {
            let span = if keys.is_empty() { reader } else { serde_key(attributes, keys) };
            errors.push(error(span, message));
        }
    }
}
