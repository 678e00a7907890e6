//! The rules for values.

use super::super::column::{DeclaredColumn, DeclaredStep, Given};
use super::super::declare::Marked;
use super::super::fault::Faults;
use super::super::meaning::Meaning;
use super::super::read::Read;
use super::super::rust_type::Collection;
use super::literals;
use crate::model::{Absent, Operation, TypeTexts};

/// A column owns its data.
pub(super) fn check_owned(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in meaning.all() {
        for read in column.written().filter_map(DeclaredStep::read) {
            let ty = meaning.input.types.get(read.ty);
            if ty.borrows {
                faults.add(
                    read.type_mark,
                    format!(
                        "columns cannot hold borrowed data, which `{}` is; use `Cow<str>`, `&str` or an owned type",
                        ty.spelling
                    ),
                );
            }
        }
    }
}

/// `keep` is only for values that may be absent.
pub(super) fn check_kept(meaning: &Meaning<'_>, faults: &mut Faults) {
    let kept = Operation::ALL.iter().filter_map(|operation| operation.definition().with_keep);
    for column in &meaning.columns {
        for step in column.written() {
            if kept.clone().any(|kept| kept == step.operation) && !step.is_optional() {
                faults.add(
                    step.mark,
                    "`keep` has no effect, since this value is never absent; use an `Option`, or remove `keep`",
                );
            }
        }
    }
}

/// A field that is read as another type is an `Option` exactly if that type is, and has no default that SQL cannot know.
pub(super) fn check_read_as(meaning: &Meaning<'_>, faults: &mut Faults) {
    let types = &meaning.input.types;
    for column in meaning.all() {
        for step in column.written() {
            let Some(read) = step.read().filter(|read| read.read_as) else { continue };
            let Some(place) = read.field else { continue };
            let field = &meaning.input.variants[step.variant].fields[place];
            let ty = types.spelling(read.ty);
            let element = types.get(field.ty).elements.filter(|_| read.is_in_element());
            let optional = match element {
                Some((_, element)) => types.get(element).option.is_some(),
                None => field.optional,
            };
            let message = match (optional, read.optional) {
                (true, false) => format!(
                    "the field is an `Option`, so the type that it is read as must be one too; write `as = Option<{ty}>`"
                ),
                (false, true) => {
                    format!(
                        "the field is not an `Option`, so the type that it is read as cannot be one; write `as = {ty}`"
                    )
                }
                (true, true) | (false, false) if field.absent == Absent::Default && element.is_none() => {
                    format!(
                        "SQL cannot know the default of `{}` for an absent key; write `#[serde(default = \"function\")]` and, after the operation, what the function returns, such as `default = \"text\"`, or use an `Option`",
                        types.spelling(field.ty)
                    )
                }
                (true, true) | (false, false) => continue,
            };
            faults.add(read.type_mark, message);
        }
    }
}

/// A literal for an absent key has the field's type.
pub(super) fn check_defaults(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in meaning.all() {
        for step in column.written() {
            // A `default` with a `path` is reported elsewhere.
            let Some(read) = step.read().filter(|read| read.path.is_empty()) else { continue };
            let Some(literal) = &read.default else { continue };
            faults.literal(literal.mark, &literal.is);
            let ty = meaning.input.types.get(read.ty);
            let spelt = &ty.spelling;
            if read.many.is_some() {
                faults.add(
                    literal.mark,
                    format!("a literal is a single value, and the field is a list of `{spelt}`; use an `Option`, or `#[serde(default)]` for an empty list"),
                );
            } else if let Some(fault) = literals::misfit(&literal.is, ty, false) {
                faults.add(literal.mark, format!("the field is `{spelt}`, {fault}"));
            }
        }
    }
}

/// A column is set to a whole list only from a `Vec`.
pub(super) fn check_collections(meaning: &Meaning<'_>, faults: &mut Faults) {
    for step in meaning.columns.iter().flat_map(DeclaredColumn::written) {
        let one = |read: &&Read| read.many.is_none() && read.sql_type.is_none();
        let Some(read) = step.read().filter(one) else { continue };
        if let Some((Collection::Ordered | Collection::Set, _)) = meaning.input.types.get(read.ty).elements {
            faults.add(
                read.type_mark,
                format!(
                    "`{}` needs a column type for the whole list, and this collection has none; use a `Vec`, or `add` or `push` its elements",
                    step.key.name()
                ),
            );
        }
    }
}

/// A column whose values are cast has only such values, and only operations that do not compare or add them.
pub(super) fn check_casts(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in &meaning.columns {
        let Some(cast) = column.sql_type() else { continue };
        for step in column.written() {
            let written = step.read().and_then(|read| read.sql_type.as_ref());
            if let Some(written) = written
                && let Err(why) = TypeTexts::foreign(&written.is)
            {
                let name = &written.is;
                faults.add(written.mark, format!("a column cannot be cast to `{name}`: {why}"));
                continue;
            }
            if let Some(message) = miscast(meaning, column, step, cast) {
                faults.add(step.mark, message);
            }
        }
    }
}

/// What is wrong with an operation on a column whose values are cast.
fn miscast(
    meaning: &Meaning<'_>,
    column: &DeclaredColumn,
    step: &DeclaredStep,
    cast: &Marked<String>,
) -> Option<String> {
    let (name, key, cast) = (&column.name, step.key.name(), &cast.is);
    let read = match &step.given {
        // Without a value, only what it needs of the column matters.
        Given::Nothing => {
            return step.operation.definition().needs.map(|_| differently(key, cast));
        }
        Given::Literal(_) | Given::RecordedAt | Given::Sequence => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}`, and this value cannot be cast; use another column"
            ));
        }
        Given::Read(read) => read,
    };
    match &read.sql_type {
        None => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}` elsewhere; write `sql_type = \"{cast}\"` after this operation, or use another column"
            ));
        }
        Some(other) if TypeTexts::foreign(&other.is) != TypeTexts::foreign(cast) => {
            return Some(format!(
                "the values of `{name}` are cast to `{cast}` elsewhere and to `{}` here; use the same type in both places, or two columns",
                other.is
            ));
        }
        Some(_) => {}
    }
    if step.operation.definition().needs.is_some() {
        return Some(differently(key, cast));
    }
    if read.many == Some(Collection::Set) {
        return Some(format!(
            "the elements of a set are taken in ascending order, and `{cast}` in SQL may have another order than the type in Rust; use a `Vec`"
        ));
    }
    let is_whole = !read.is_in_element() && read.path.is_empty();
    let field = read.field.filter(|_| is_whole && !read.optional && read.many.is_none())?;
    let absent = &meaning.input.variants[step.variant].fields[field].absent;
    (*absent == Absent::Default).then(|| {
        format!("SQL cannot know the default of `{cast}` for an absent key; remove `#[serde(default)]`, or use an `Option`")
    })
}

/// The message for an operation that needs something of the values of a cast.
fn differently(key: &str, cast: &str) -> String {
    format!(
        "`{key}` does not work on values of `{cast}`, which Rust and SQL may compare or add differently; use `set` or `push`, or implement `SqlType` for a newtype"
    )
}
