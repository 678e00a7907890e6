//! The rules for values.

use crate::error::error;
use crate::model::{Column, Origin, Rollup, Writer};
use crate::spelling::{Collection, collection, mentions, spelled};
use crate::wire;
use darling::error::Accumulator;
use es_rollup_core::model::{Absent, Operation, TypeTexts};
use proc_macro2::Ident;
use quote::ToTokens;
use syn::LitStr;
use syn::spanned::Spanned;

/// A column owns its data.
pub(super) fn check_owned(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    let lifetimes: Vec<Ident> = rollup
        .input
        .original
        .generics
        .lifetimes()
        .map(|parameter| parameter.lifetime.ident.clone())
        .collect();
    for column in &rollup.columns {
        for ty in column.written().filter_map(Writer::field_type) {
            if mentions(ty.to_token_stream(), &lifetimes) {
                errors.push(error(
                    ty.span(),
                    format!(
                        "columns cannot hold borrowed data, which `{}` is; use `Cow<str>`, `&str` or an owned type",
                        spelled(ty)
                    ),
                ));
            }
        }
    }
}

/// `keep` is only for values that may be absent.
pub(super) fn check_kept(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        for writer in column.written() {
            if writer.operation == Operation::SetOrKeep && !writer.is_optional() {
                errors.push(error(
                    writer.span,
                    "`keep` has no effect, since this value is never absent; use an `Option`, or remove `keep`",
                ));
            }
        }
    }
}

/// A field that is read as another type is an `Option` exactly if that type is, and has no default that SQL cannot know.
pub(super) fn check_read_as(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        for writer in column.written() {
            let Some(value) = writer.value().filter(|value| value.read_as) else { continue };
            let Some(place) = value.field else { continue };
            let field = &rollup.input.variants[writer.variant].fields[place];
            let ty = spelled(&value.ty);
            let message = match (field.optional, value.optional) {
                (true, false) => format!(
                    "the field is an `Option`, so the type that it is read as must be one too; write `as = Option<{ty}>`"
                ),
                (false, true) => {
                    format!(
                        "the field is not an `Option`, so the type that it is read as cannot be one; write `as = {ty}`"
                    )
                }
                (true, true) | (false, false) if field.absent == Absent::Default => format!(
                    "SQL cannot know the default of `{}` for an absent key; write `#[serde(default = \"function\")]` and, after the operation, what the function returns, such as `default = \"text\"`, or use an `Option`",
                    spelled(field.ty)
                ),
                (true, true) | (false, false) => continue,
            };
            errors.push(error(value.ty.span(), message));
        }
    }
}

/// A literal for an absent key has the field's type.
pub(super) fn check_defaults(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        for writer in column.written() {
            // A `default` with a `path` is reported elsewhere.
            let Some(value) = writer.value().filter(|value| value.path.is_empty()) else { continue };
            let Some((literal, span)) = &value.default else { continue };
            wire::literal(*span, literal, errors);
            let ty = spelled(&value.ty);
            if value.many.is_some() {
                errors.push(error(
                    *span,
                    format!("a literal is a single value, and the field is a list of `{ty}`; use an `Option`, or `#[serde(default)]` for an empty list"),
                ));
            } else if let Some(fault) = super::misfit(literal, &ty, false) {
                errors.push(error(*span, format!("the field is `{ty}`, {fault}")));
            }
        }
    }
}

/// A column is set to a whole list only from a `Vec`.
pub(super) fn check_collections(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for writer in rollup.columns.iter().flat_map(Column::written) {
        let Some(value) = writer.value().filter(|value| value.many.is_none() && value.sql_type.is_none())
        else {
            continue;
        };
        if let Some((Collection::Ordered | Collection::Set, _)) = collection(&value.ty) {
            errors.push(error(
                value.ty.span(),
                format!(
                    "`{}` needs a column type for the whole list, and this collection has none; use a `Vec`, or `add` or `push` its elements",
                    writer.key
                ),
            ));
        }
    }
}

/// A column whose values are cast has only such values, and only operations that do not compare or add them.
pub(super) fn check_casts(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        let Some(cast) = column.sql_type() else { continue };
        for writer in column.written() {
            let written = writer.value().and_then(|value| value.sql_type.as_ref());
            if let Some(written) = written
                && let Err(why) = TypeTexts::foreign(&written.value())
            {
                let name = written.value();
                errors.push(error(written.span(), format!("a column cannot be cast to `{name}`: {why}")));
                continue;
            }
            if let Some(message) = misfit(rollup, column, writer, cast) {
                errors.push(error(writer.span, message));
            }
        }
    }
}

/// What is wrong with an operation on a column whose values are cast.
fn misfit(rollup: &Rollup<'_>, column: &Column, writer: &Writer, cast: &LitStr) -> Option<String> {
    let (name, key, cast) = (&column.name, writer.key, cast.value());
    let value = match &writer.origin {
        Origin::Nothing => return None,
        Origin::Literal(..) | Origin::RecordedAt | Origin::Sequence => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}`, and this value cannot be cast; use another column"
            ));
        }
        Origin::Value(value) => value,
    };
    match &value.sql_type {
        None => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}` elsewhere; write `sql_type = \"{cast}\"` after this operation, or use another column"
            ));
        }
        Some(other) if TypeTexts::foreign(&other.value()) != TypeTexts::foreign(&cast) => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}` elsewhere and to `{}` here; use the same type in both places, or two columns",
                other.value()
            ));
        }
        Some(_) => {}
    }
    match writer.operation {
        Operation::Set | Operation::SetOrKeep | Operation::Clear | Operation::Push => {}
        Operation::Increment
        | Operation::Decrement
        | Operation::Max
        | Operation::Min
        | Operation::Add
        | Operation::Remove => {
            return Some(format!(
                "`{key}` does not work on values of `{cast}`, which Rust and SQL may compare or add differently; use `set` or `push`, or implement `SqlType` for a newtype"
            ));
        }
    }
    let field = value.field.filter(|_| value.path.is_empty() && !value.optional && value.many.is_none())?;
    let absent = &rollup.input.variants[writer.variant].fields[field].absent;
    (*absent == Absent::Default).then(|| {
        format!("SQL cannot know the default of `{cast}` for an absent key; remove `#[serde(default)]`, or use an `Option`")
    })
}
