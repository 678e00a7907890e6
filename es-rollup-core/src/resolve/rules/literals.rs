//! The rules for values that no field has.

use super::super::column::Given;
use super::super::fault::Faults;
use super::super::meaning::Meaning;
use super::super::rust_type::RustType;
use crate::model::{Literal, Need};

/// The bounds of the standard library's integer types, as far as a literal can reach them.
fn bounds(ty: &str) -> Option<(i128, i128)> {
    Some(match ty {
        "i8" => (i8::MIN.into(), i8::MAX.into()),
        "i16" => (i16::MIN.into(), i16::MAX.into()),
        "i32" => (i32::MIN.into(), i32::MAX.into()),
        "i64" | "isize" => (i64::MIN.into(), i64::MAX.into()),
        "i128" => (i128::MIN, i128::MAX),
        "u8" => (0, u8::MAX.into()),
        "u16" => (0, u16::MAX.into()),
        "u32" => (0, u32::MAX.into()),
        "u64" | "usize" => (0, u64::MAX.into()),
        "u128" => (0, i128::MAX),
        _ => return None,
    })
}

/// Whether the name is that of a standard type, so that it cannot be an alias.
fn is_standard(ty: &str) -> bool {
    bounds(ty).is_some() || ["bool", "char", "f32", "f64", "String"].contains(&ty)
}

/// A value without a field has the column's type, as far as the spelling says; the compiler checks the rest.
pub(super) fn check_fixed(meaning: &Meaning<'_>, faults: &mut Faults) {
    let types = &meaning.input.types;
    for column in meaning.all() {
        let Some(ty) = column.ty(types).map(|ty| types.get(ty)) else { continue };
        let (name, spelt, short) = (&column.name, &ty.spelling, ty.last_segment());
        for step in &column.steps {
            if matches!(step.given, Given::Sequence) && short != "i64" && is_standard(short) {
                faults.add(
                    step.mark,
                    format!(
                        "column `{name}` is `{spelt}`, and a sequence is `i64`; use another column, or change its type to `i64`"
                    ),
                );
            }
            let boolean = step.operation.definition().needs == Some(Need::Boolean);
            if boolean && column.has(step) && short != "bool" && is_standard(short) {
                let key = step.key.name();
                faults.add(
                    step.mark,
                    format!(
                        "column `{name}` is `{spelt}`, and `{key}` needs a `bool`; use another column, or change its type to `bool`"
                    ),
                );
            }
            let Given::Literal(literal) = &step.given else { continue };
            if let Some(fault) = misfit(&literal.is, ty, step.operation.counts()) {
                faults.add(literal.mark, format!("column `{name}` is `{spelt}`, {fault}"));
            }
        }
    }
}

/// What is wrong with a literal for this type, in words that follow the type.
pub(super) fn misfit(literal: &Literal, ty: &RustType, counts: bool) -> Option<String> {
    let short = ty.last_segment();
    let fits = match literal {
        Literal::Bool(_) => short == "bool",
        Literal::Integer(_) if counts => true,
        Literal::Integer(value) => match bounds(short) {
            Some((least, greatest)) if !(least..=greatest).contains(&i128::from(*value)) => {
                return Some(format!(
                    "which holds {least} to {greatest}, and this is {value}; write a number in this range, or use a wider type"
                ));
            }
            bounds => bounds.is_some(),
        },
        Literal::Text(_) => short != "bool" && bounds(short).is_none(),
    };
    (!fits).then(|| "but this literal has another type; write a value of that type".into())
}
