//! A field as serde writes it, with the keys on it; forms that SQL cannot read are refused.

use super::part::Views;
use crate::attributes::{self, Attributes, Scope, Written, WrittenValue};
use crate::brackets::{has_detail, take_unaccompanied};
use crate::error::error;
use crate::serde_names::{names, serde_key};
use crate::shorthand::{AllFields, implied, implied_part, take_ignored};
use crate::spelling::{collection, option, spelled};
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
    /// What is in the brackets of each view.
    pub(crate) scopes: Vec<Scope>,
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

impl WireField<'_> {
    /// The words for each table: the rollup's own, then those of the views.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &Vec<Written>> {
        [&self.written].into_iter().chain(self.scopes.iter().map(|scope| &scope.written))
    }
}

/// The name of serde's private module in what its parser returns; borrowed `Cow`s get a deserializer from this module.
pub(super) const PRIVATE: &str = "__es_rollup_serde_private";

/// What a field's variant says about it.
#[derive(Clone, Copy)]
pub(super) struct OfVariant<'a> {
    pub(super) shape: Shape,
    /// For all fields in each table: the rollup's own, then those of the views.
    pub(super) alls: &'a [AllFields],
    pub(super) views: &'a Views,
    /// For each view, the part of its key that each field is because of its name.
    pub(super) keys: &'a [Vec<Option<String>>],
}

pub(super) fn read_field<'a>(
    field: &SerdeField<'a>,
    place: usize,
    of_variant: OfVariant<'_>,
    mistaken: &mut bool,
    errors: &mut Accumulator,
) -> WireField<'a> {
    let OfVariant { shape, alls, views, keys } = of_variant;
    let serde = &field.attrs;
    let original = field.original;
    let Attributes { written, mistaken: reported, scopes } =
        attributes::read(&original.attrs, Place::Field, Some(&views.names), errors);
    let own = Scope { written, mistaken: !reported.is_empty() };
    let mut tables: Vec<Scope> = [own].into_iter().chain(scopes).collect();
    for (at, (Scope { written, mistaken: is_mistaken }, all)) in tables.iter_mut().zip(alls).enumerate() {
        *mistaken |= take_ignored(*all, written, errors);
        let part = at.checked_sub(1).and_then(|view| keys[view][place].as_ref());
        written.extend(implied_part(field, part, written));
        if all.sets.is_some() && !*is_mistaken {
            written.extend(implied(field, shape, written, mistaken, errors));
        }
        *mistaken |= *is_mistaken | take_unaccompanied(written, *is_mistaken, errors);
    }
    let inner = option(field.ty);
    let reads = |written: &&Written| written.key.reads();
    let reader = tables.iter().flat_map(|table| &table.written).find(reads).map(|written| written.span);
    // The value in the payload is cast as it is.
    let as_it_is = |table: &Scope, reader: &Written| {
        has_detail(&table.written, reader, Detail::SqlType)
            && !has_detail(&table.written, reader, Detail::Path)
            && !has_detail(&table.written, reader, Detail::As)
    };
    let cast = |table: &Scope| table.written.iter().filter(reads).all(|reader| as_it_is(table, reader));
    let cast = tables.iter().all(cast);
    if let Some(reader) = reader {
        refuse_unreadable(field, shape, reader, cast, errors);
        if inner.is_some_and(|inner| option(inner).is_some()) {
            errors.push(error(
                field.ty.span(),
                "a column cannot distinguish `Some(None)` from `None`; use a single `Option`",
            ));
        }
    }
    let absent = read_absent(field, &tables, errors);
    let default = match serde.default() {
        SerdeDefault::Path(path) => Some(path.clone()),
        SerdeDefault::None | SerdeDefault::Default => None,
    };
    for Scope { written, .. } in &mut tables {
        // A `default` with a `path` is reported elsewhere.
        let superfluous = |one: &&Written| {
            one.key.detail() == Some(Detail::Default) && !has_detail(written, one, Detail::Path)
        };
        if let (None, Some(default_key)) = (&default, written.iter().find(superfluous)) {
            errors.push(error(
                default_key.span,
                "`default` repeats what the function in `#[serde(default = \"function\")]` returns, and this field has no such function; remove `default`",
            ));
        }
        take_nameless(field, shape, written, mistaken, errors);
        take_unaccompanied(written, true, errors);
    }
    let keys = match shape {
        Shape::Struct => {
            let span = original.ident.as_ref().map_or_else(|| original.span(), syn::Ident::span);
            names(&original.attrs, span, serde.name(), serde.aliases(), errors)
        }
        Shape::Newtype | Shape::Tuple | Shape::Unit => Vec::new(),
    };
    let mut tables = tables.into_iter();
    let Scope { written, mistaken: is_mistaken } = tables.next().unwrap_or_default();
    WireField {
        member: field.member.clone(),
        written,
        scopes: tables.collect(),
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

/// Removes keys that take the name of the column from a field without a name, and reports them.
fn take_nameless(
    field: &SerdeField<'_>,
    shape: Shape,
    written: &mut Vec<Written>,
    mistaken: &mut bool,
    errors: &mut Accumulator,
) {
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
}

/// What an absent key means to serde; reports a default that SQL cannot know.
fn read_absent(field: &SerdeField<'_>, tables: &[Scope], errors: &mut Accumulator) -> Absent {
    let serde = &field.attrs;
    let original = field.original;
    let inner = option(field.ty);
    let readers = || {
        let all = tables.iter().flat_map(|table| table.written.iter().map(move |one| (table, one)));
        all.filter(|(_, one)| one.key.reads())
    };
    let has = |(table, reader): (&Scope, &Written), detail| has_detail(&table.written, reader, detail);
    let is_mistaken = tables.iter().any(|table| table.mistaken);
    let is_list = collection(inner.unwrap_or(field.ty)).is_some();
    let in_elements = |table: &Scope| is_list && table.written.iter().any(|one| one.key.is_part());
    // A field with a custom function is required even if it is an `Option`.
    let custom = serde.deserialize_with().is_some_and(|path| !is_borrowed(path));
    match (serde.default(), inner) {
        (SerdeDefault::None, Some(_)) if custom => Absent::Refused,
        (SerdeDefault::None | SerdeDefault::Default, Some(_)) => Absent::None,
        (SerdeDefault::None, None) => Absent::Refused,
        (SerdeDefault::Default, None) => {
            // The default of a list has no elements.
            if readers().any(|reader| has(reader, Detail::Path) && !in_elements(reader.0)) {
                errors.push(error(
                    serde_key(&original.attrs, &["default"]),
                    "SQL cannot know which value the default has at `path`; use an `Option`",
                ));
            }
            Absent::Default
        }
        (SerdeDefault::Path(path), _) if tables.iter().any(in_elements) => {
            errors.push(error(
                path.span(),
                format!(
                    "SQL cannot know which list `{}` returns for an absent key; write `#[serde(default)]` for an empty list",
                    spelled(path)
                ),
            ));
            Absent::Refused
        }
        (SerdeDefault::Path(path), _) => {
            // A missing `default` may be the key that was reported.
            if !is_mistaken && !readers().all(|reader| has(reader, Detail::Default)) {
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
