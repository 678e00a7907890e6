//! The rules: one `check_*` function per rule, which reports every violation.

mod constraints;
mod values;

use crate::error::{error, listed, nearest};
use crate::model::{Column, Decision, Origin, Rollup, Writer};
use crate::spelling::spelled;
use darling::error::Accumulator;
use es_rollup_core::emit::{LONGEST_SUFFIX, RESERVED_PREFIX};
use es_rollup_core::model::{Kind, LONGEST_NAME, Literal, Table};
use proc_macro2::Span;
use syn::LitStr;
use syn::spanned::Spanned;

/// Checks every rule.
pub(crate) fn validate(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    check_required(rollup, errors);
    check_tables(rollup, errors);
    check_columns(rollup, errors);
    check_decisions(rollup, errors);
    check_filled(rollup, errors);
    check_kinds(rollup, errors);
    check_types(rollup, errors);
    check_literals(rollup, errors);
    check_conflicts(rollup, errors);
    values::check_casts(rollup, errors);
    values::check_owned(rollup, errors);
    values::check_kept(rollup, errors);
    values::check_read_as(rollup, errors);
    values::check_defaults(rollup, errors);
    values::check_collections(rollup, errors);
    check_skipped(rollup, errors);
    constraints::check_constraints(rollup, errors);
}

/// An enum names its event table and the type of its ids.
fn check_required(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    let name = &rollup.input.original.ident;
    if rollup.options.events.is_none() {
        errors.push(error(
            name.span(),
            "the event table is missing; write `#[rollup(events = \"schema.table\", id = ...)]` on the enum",
        ));
    }
    if rollup.options.id.is_none() {
        errors.push(error(name.span(), "the type of the entity's id is missing; write `#[rollup(events = \"...\", id = UserId)]` on the enum"));
    }
}

/// A name is `[a-z_][a-z0-9_]*` and not too long.
fn check_identifier(name: &str, suffix: &str, span: Span, errors: &mut Accumulator) {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let goes_on = name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_');
    if !starts || !goes_on {
        errors.push(error(span, format!("`{name}` is not a valid name here; use lower-case letters, digits and `_`, and do not begin with a digit")));
    } else if name.len() + suffix.len() > LONGEST_NAME {
        let with = if suffix.is_empty() { String::new() } else { format!(" with the suffix `{suffix}`") };
        errors.push(error(
            span,
            format!(
                "`{name}` is {} bytes long{with}, and PostgreSQL truncates names after {LONGEST_NAME} bytes; use a shorter name",
                name.len() + suffix.len()
            ),
        ));
    }
}

/// Table names are valid, also with every suffix that is added to them.
fn check_tables(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    let table = |written: &LitStr, suffix: &str, errors: &mut Accumulator| {
        let value = written.value();
        let parts: Vec<&str> = value.split('.').collect();
        match parts.as_slice() {
            [name] => check_identifier(name, suffix, written.span(), errors),
            [schema, name] => {
                check_identifier(schema, "", written.span(), errors);
                check_identifier(name, suffix, written.span(), errors);
            }
            _ => errors.push(error(
                written.span(),
                "expected the name of a table; write `\"table\"` or `\"schema.table\"`",
            )),
        }
    };
    if let Some(written) = rollup.options.table {
        table(written, LONGEST_SUFFIX, errors);
        let table = Table::parse(&written.value());
        if rollup.options.events.is_some_and(|events| Table::parse(&events.value()) == table) {
            errors.push(error(
                written.span(),
                "the rollup table cannot be the event table; name another table",
            ));
        }
    }
    if let Some(written) = rollup.options.events {
        let suffix = format!("_rollup{LONGEST_SUFFIX}");
        table(written, if rollup.options.table.is_some() { "" } else { &suffix }, errors);
    }
}

/// The system columns of every PostgreSQL table (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Names that a column cannot have: those of every rollup, those of every table, and those that no Rust field can have.
const TAKEN: [(&[&str], &str); 3] = [
    (&["id", "version", "created_at", "modified_at"], "every rollup already has a column with this name"),
    (&SYSTEM_COLUMNS, "every PostgreSQL table has a system column with this name"),
    (&["self", "super", "crate", "_"], "a Rust field cannot have this name"),
];

/// Column names are valid and not taken.
fn check_columns(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        let name = &column.name;
        for writer in column.written() {
            check_identifier(name, "", writer.span, errors);
            let repair = if writer.implied {
                "write `#[rollup(ignore)]` on the field, or `#[rollup(set = \"column\")]` with another name"
            } else {
                "choose another name"
            };
            if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&name.as_str())) {
                errors
                    .push(error(writer.span, format!("a column cannot be called `{name}`: {why}; {repair}")));
            } else if name.starts_with(RESERVED_PREFIX) {
                errors.push(error(writer.span, format!("a column cannot be called `{name}`: names that begin with `{RESERVED_PREFIX}` are reserved for the trigger; {repair}")));
            }
        }
    }
}

/// Every variant says what it does, without contradiction.
fn check_decisions(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for (variant, decision) in rollup.input.variants.iter().zip(&rollup.decisions) {
        let name = &variant.original.ident;
        let Decision { create, delete, ignore, .. } = decision;
        // An operation without a step was reported.
        let acts = rollup.own_steps(decision).next().is_some()
            || variant.written.iter().any(|written| written.key.is_operation());
        let decided = create.is_some() || delete.is_some() || acts;
        // Keys that should accompany an operation were reported.
        let unaccompanied =
            variant.fields.iter().flat_map(|field| &field.written).any(|one| one.key.detail().is_some());
        match (ignore, delete) {
            (None, None) if !decided && !unaccompanied && !variant.wire.is_empty() => errors.push(error(
                name.span(),
                format!("nothing says what `{name}` does to the rollup; add an operation, or write `#[rollup(ignore)]` on it"),
            )),
            (Some(span), _) if decided => errors.push(error(
                *span,
                format!("`{name}` is ignored, so it cannot change the rollup; remove `ignore` or the other keys"),
            )),
            (None, Some(span)) if create.is_some() || acts => errors.push(error(
                *span,
                format!("`{name}` deletes the row, so its other keys have no effect; remove `delete` or the other keys"),
            )),
            (None | Some(_), None | Some(_)) => {}
        }
        if let (Some(span), true) = (create, variant.other) {
            errors.push(error(
                *span,
                format!("`{name}` matches every unknown event, and an unknown event cannot create a row; remove `create`"),
            ));
        }
    }
}

/// A column that is cleared or removed from is also filled.
fn check_filled(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    let is_filled = |column: &&Column| column.writers.iter().any(|writer| writer.operation.brings());
    let filled: Vec<&str> =
        rollup.columns.iter().filter(is_filled).map(|column| column.name.as_str()).collect();
    for column in rollup.columns.iter().filter(|column| !is_filled(column)) {
        let name = &column.name;
        for writer in column.written() {
            let known = match (nearest(name, filled.iter().copied()), filled.is_empty()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, false) => {
                    format!("choose a column that this enum sets: {}", listed(filled.iter().copied()))
                }
                (None, true) => "add an operation that does".into(),
            };
            let brings = if writer.operation.makes() == Some(Kind::Set) { "adds to" } else { "sets" };
            let key = writer.key;
            errors.push(error(
                writer.span,
                format!("no event {brings} `{name}`, so there is nothing to {key}; {known}"),
            ));
        }
    }
}

/// A column has one kind.
fn check_kinds(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        let (name, kind) = (&column.name, column.kind());
        let Some(maker) = column.maker() else { continue };
        for writer in column.written().filter(|writer| !writer.operation.works_on(kind)) {
            let event = &rollup.input.variants[maker.variant].original.ident;
            errors.push(error(
                writer.span,
                format!(
                    "`{}` does not work on `{name}`, which is {} because of `{}` in `{event}`; use another column",
                    writer.key,
                    kind.words(),
                    maker.key,
                ),
            ));
        }
    }
}

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

/// A literal has the column's type, as far as the spelling says; the compiler checks the rest.
fn check_literals(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        let Some(ty) = column.ty(&rollup.time()).map(|ty| spelled(&ty)) else { continue };
        let short = last_segment(&ty);
        for writer in &column.writers {
            if matches!(writer.origin, Origin::Sequence) && short != "i64" && is_standard(short) {
                let name = &column.name;
                errors.push(error(
                    writer.span,
                    format!(
                        "column `{name}` is `{ty}`, and a sequence is `i64`; use another column, or change its type to `i64`"
                    ),
                ));
            }
            let Origin::Literal(literal, span) = &writer.origin else { continue };
            if let Some(fault) = misfit(literal, &ty, writer.operation.counts()) {
                errors.push(error(*span, format!("column `{}` is `{ty}`, {fault}", column.name)));
            }
        }
    }
}

/// What is wrong with a literal for this type, in words that follow the type.
fn misfit(literal: &Literal, ty: &str, counts: bool) -> Option<String> {
    let short = last_segment(ty);
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

/// A column has one type.
fn check_types(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for column in &rollup.columns {
        let typed = |writer: &Writer| writer.field_type().map(|ty| (spelled(ty), ty.span()));
        let Some((maker, (first, _))) = column.able().find_map(|writer| Some((writer, typed(writer)?)))
        else {
            continue;
        };
        for (other, span) in column.written().filter(|writer| column.has(writer)).filter_map(typed) {
            if last_segment(&other) != last_segment(&first) {
                let (name, event) = (&column.name, &rollup.input.variants[maker.variant].original.ident);
                errors.push(error(span, format!("column `{name}` is `{other}` here and `{first}` in `{event}`; use the same type in both places, or two columns")));
            }
        }
    }
}

/// `b::C` and `C` may be the same type; the compiler compares the types themselves.
fn last_segment(spelt: &str) -> &str {
    let path = spelt.find('<').map_or(spelt, |at| &spelt[..at]);
    path.rfind("::").map_or(spelt, |at| &spelt[at + 2..])
}

/// An event writes a column once, unless each operation builds on the one before.
fn check_conflicts(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for (variant, decision) in rollup.input.variants.iter().zip(&rollup.decisions) {
        for (at, (column, writer)) in decision.steps.iter().enumerate() {
            let Column { name, writers } = &rollup.columns[*column];
            let kind = rollup.columns[*column].kind();
            let goes_on = |writer: &usize| writers[*writer].operation.accumulates();
            // An operation that does not work on the column's kind was reported.
            let able = |writer: &usize| writers[*writer].operation.works_on(kind);
            let earlier = decision.steps[..at].iter().find(|(other, first)| {
                other == column && !(goes_on(first) && goes_on(writer)) && able(first) && able(writer)
            });
            let (now, again) = (&writers[*writer], |at: &usize| writers[*at].everywhere.is_some());
            // A column that is written twice on the enum is reported once rather than for each variant.
            let reported = |first: &usize| {
                again(first)
                    && again(writer)
                    && !rollup.columns[*column].written().any(|one| std::ptr::eq(one, now))
            };
            if let Some((_, first)) = earlier.filter(|(_, first)| !reported(first)) {
                let event = &variant.original.ident;
                errors
                    .push(error(writers[*writer].span, format!("`{event}` writes `{name}` twice; keep one")));
                errors.push(error(writers[*first].span, format!("`{name}` is first written here")));
            }
        }
    }
}

/// A variant that serde never reads does nothing.
fn check_skipped(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for (variant, decision) in rollup.input.variants.iter().zip(&rollup.decisions) {
        let name = &variant.original.ident;
        if variant.wire.is_empty()
            && (decision.create.is_some() || decision.delete.is_some() || !decision.steps.is_empty())
        {
            errors.push(error(name.span(), format!("serde never reads `{name}`, so it cannot change the rollup; remove its rollup keys or the `skip`")));
        }
    }
}
