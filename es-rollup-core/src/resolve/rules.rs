//! The rules: one `check_*` function per rule, which reports every violation.

mod constraints;
mod places;
mod values;

use super::column::{Column, Decision, Given, Writer};
use super::declare::{Marked, RustType};
use super::fault::{Faults, Mark, listed, nearest};
use super::meaning::Meaning;
use crate::emit::{LONGEST_SUFFIX, RESERVED_PREFIX};
use crate::model::{Envelope, Kind, LONGEST_NAME, Literal, Need, Table};

/// Checks every rule.
pub(super) fn check(meaning: &Meaning<'_>, faults: &mut Faults) {
    places::check_places(meaning, faults);
    check_required(meaning, faults);
    check_tables(meaning, faults);
    check_columns(meaning, faults);
    check_decisions(meaning, faults);
    check_filled(meaning, faults);
    check_kinds(meaning, faults);
    check_types(meaning, faults);
    check_fixed(meaning, faults);
    check_conflicts(meaning, faults);
    values::check_casts(meaning, faults);
    values::check_owned(meaning, faults);
    values::check_kept(meaning, faults);
    values::check_read_as(meaning, faults);
    values::check_defaults(meaning, faults);
    values::check_collections(meaning, faults);
    check_skipped(meaning, faults);
    constraints::check_constraints(meaning, faults);
}

/// An enum names its event table and the type of its ids.
fn check_required(meaning: &Meaning<'_>, faults: &mut Faults) {
    let name = &meaning.input.name;
    if meaning.input.events.is_none() {
        faults.add(
            name.mark,
            "the event table is missing; write `#[rollup(events = \"schema.table\", id = ...)]` on the enum",
        );
    }
    if meaning.input.id.is_none() {
        faults.add(name.mark, "the type of the entity's id is missing; write `#[rollup(events = \"...\", id = UserId)]` on the enum");
    }
}

/// A name is `[a-z_][a-z0-9_]*` and not too long.
fn check_identifier(name: &str, suffix: &str, mark: Mark, faults: &mut Faults) {
    let starts = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    let goes_on = name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_');
    if !starts || !goes_on {
        faults.add(mark, format!("`{name}` is not a valid name here; use lower-case letters, digits and `_`, and do not begin with a digit"));
    } else if name.len() + suffix.len() > LONGEST_NAME {
        let with = if suffix.is_empty() { String::new() } else { format!(" with the suffix `{suffix}`") };
        faults.add(
            mark,
            format!(
                "`{name}` is {} bytes long{with}, and PostgreSQL truncates names after {LONGEST_NAME} bytes; use a shorter name",
                name.len() + suffix.len()
            ),
        );
    }
}

/// Table names are valid, also with every suffix that is added to them.
fn check_tables(meaning: &Meaning<'_>, faults: &mut Faults) {
    let table = |written: &Marked<String>, suffix: &str, faults: &mut Faults| {
        let parts: Vec<&str> = written.is.split('.').collect();
        match parts.as_slice() {
            [name] => check_identifier(name, suffix, written.mark, faults),
            [schema, name] => {
                check_identifier(schema, "", written.mark, faults);
                check_identifier(name, suffix, written.mark, faults);
            }
            _ => faults
                .add(written.mark, "expected the name of a table; write `\"table\"` or `\"schema.table\"`"),
        }
    };
    let (events, named) = (&meaning.input.events, &meaning.input.table);
    if let Some(written) = named {
        table(written, LONGEST_SUFFIX, faults);
        let table = Table::parse(&written.is);
        if events.as_ref().is_some_and(|events| Table::parse(&events.is) == table) {
            faults.add(written.mark, "the rollup table cannot be the event table; name another table");
        }
    }
    if let Some(written) = events {
        let suffix = format!("_rollup{LONGEST_SUFFIX}");
        table(written, if named.is_some() { "" } else { &suffix }, faults);
    }
}

/// The system columns of every PostgreSQL table (<https://www.postgresql.org/docs/current/ddl-system-columns.html>).
const SYSTEM_COLUMNS: [&str; 6] = ["tableoid", "xmin", "cmin", "xmax", "cmax", "ctid"];

/// Names that a column cannot have: those of every rollup, those of every table, and those that no Rust field can have.
const TAKEN: [(&[&str], &str); 3] = [
    (&Envelope::NAMES, "every rollup already has a column with this name"),
    (&SYSTEM_COLUMNS, "every PostgreSQL table has a system column with this name"),
    (&["self", "super", "crate", "_"], "a Rust field cannot have this name"),
];

/// Column names are valid and not taken.
fn check_columns(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in &meaning.columns {
        let name = &column.name;
        for writer in column.written() {
            check_identifier(name, "", writer.mark, faults);
            let repair = if writer.implied {
                "write `#[rollup(ignore)]` on the field, or `#[rollup(set = \"column\")]` with another name"
            } else {
                "choose another name"
            };
            if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&name.as_str())) {
                faults.add(writer.mark, format!("a column cannot be called `{name}`: {why}; {repair}"));
            } else if name.starts_with(RESERVED_PREFIX) {
                faults.add(writer.mark, format!("a column cannot be called `{name}`: names that begin with `{RESERVED_PREFIX}` are reserved for the trigger; {repair}"));
            }
        }
    }
}

/// Every variant says what it does, without contradiction.
fn check_decisions(meaning: &Meaning<'_>, faults: &mut Faults) {
    for (variant, decision) in meaning.input.variants.iter().zip(&meaning.decisions) {
        let Marked { is: name, mark } = &variant.name;
        let Decision { create, delete, ignore, .. } = decision;
        // An operation without a step was reported.
        let acts = meaning.own_steps(decision).next().is_some()
            || variant.words.iter().any(|word| word.key.is_operation());
        let decided = create.is_some() || delete.is_some() || acts;
        // Keys that should accompany an operation were reported.
        let unaccompanied =
            variant.fields.iter().flat_map(|field| &field.words).any(|one| one.key.detail().is_some());
        match (ignore, delete) {
            (None, None) if !decided && !unaccompanied && !variant.wire.is_empty() => faults.add(
                *mark,
                format!("nothing says what `{name}` does to the rollup; add an operation, or write `#[rollup(ignore)]` on it"),
            ),
            (Some(mark), _) if decided => faults.add(
                *mark,
                format!("`{name}` is ignored, so it cannot change the rollup; remove `ignore` or the other keys"),
            ),
            (None, Some(mark)) if create.is_some() || acts => faults.add(
                *mark,
                format!("`{name}` deletes the row, so its other keys have no effect; remove `delete` or the other keys"),
            ),
            (None | Some(_), None | Some(_)) => {}
        }
        if let (Some(mark), true) = (create, variant.other) {
            faults.add(
                *mark,
                format!("`{name}` matches every unknown event, and an unknown event cannot create a row; remove `create`"),
            );
        }
    }
}

/// A column that is cleared or removed from is also filled.
fn check_filled(meaning: &Meaning<'_>, faults: &mut Faults) {
    let is_filled = |column: &&Column| column.writers.iter().any(|writer| writer.operation.brings());
    let filled: Vec<&str> =
        meaning.columns.iter().filter(is_filled).map(|column| column.name.as_str()).collect();
    for column in meaning.columns.iter().filter(|column| !is_filled(column)) {
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
            faults.add(
                writer.mark,
                format!("no event {brings} `{name}`, so there is nothing to {key}; {known}"),
            );
        }
    }
}

/// A column has one kind.
fn check_kinds(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in &meaning.columns {
        let (name, kind) = (&column.name, column.kind());
        let Some(maker) = column.maker() else { continue };
        for writer in column.written().filter(|writer| !writer.operation.works_on(kind)) {
            let event = &meaning.input.variants[maker.variant].name.is;
            faults.add(
                writer.mark,
                format!(
                    "`{}` does not work on `{name}`, which is {} because of `{}` in `{event}`; use another column",
                    writer.key,
                    kind.words(),
                    maker.key,
                ),
            );
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

/// A value without a field has the column's type, as far as the spelling says; the compiler checks the rest.
fn check_fixed(meaning: &Meaning<'_>, faults: &mut Faults) {
    let types = &meaning.input.types;
    for column in &meaning.columns {
        let Some(ty) = column.ty(types).map(|ty| types.get(ty)) else { continue };
        let (name, spelt, short) = (&column.name, &ty.spelling, ty.last_segment());
        for writer in &column.writers {
            if matches!(writer.given, Given::Sequence) && short != "i64" && is_standard(short) {
                faults.add(
                    writer.mark,
                    format!(
                        "column `{name}` is `{spelt}`, and a sequence is `i64`; use another column, or change its type to `i64`"
                    ),
                );
            }
            let boolean = writer.operation.definition().needs == Some(Need::Boolean);
            if boolean && column.has(writer) && short != "bool" && is_standard(short) {
                let key = writer.key;
                faults.add(
                    writer.mark,
                    format!(
                        "column `{name}` is `{spelt}`, and `{key}` needs a `bool`; use another column, or change its type to `bool`"
                    ),
                );
            }
            let Given::Literal(literal) = &writer.given else { continue };
            if let Some(fault) = misfit(&literal.is, ty, writer.operation.counts()) {
                faults.add(literal.mark, format!("column `{name}` is `{spelt}`, {fault}"));
            }
        }
    }
}

/// What is wrong with a literal for this type, in words that follow the type.
fn misfit(literal: &Literal, ty: &RustType, counts: bool) -> Option<String> {
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

/// A column has one type.
fn check_types(meaning: &Meaning<'_>, faults: &mut Faults) {
    let types = &meaning.input.types;
    for column in &meaning.columns {
        let read = |writer: &Writer| writer.read().map(|read| (types.get(read.ty), read.type_mark));
        let Some((maker, (first, _))) = column.able().find_map(|writer| Some((writer, read(writer)?))) else {
            continue;
        };
        for (other, mark) in column.written().filter(|writer| column.has(writer)).filter_map(read) {
            if other.last_segment() != first.last_segment() {
                let (name, event) = (&column.name, &meaning.input.variants[maker.variant].name.is);
                let (other, first) = (&other.spelling, &first.spelling);
                faults.add(mark, format!("column `{name}` is `{other}` here and `{first}` in `{event}`; use the same type in both places, or two columns"));
            }
        }
    }
}

/// An event writes a column once, unless each operation builds on the one before.
fn check_conflicts(meaning: &Meaning<'_>, faults: &mut Faults) {
    for (variant, decision) in meaning.input.variants.iter().zip(&meaning.decisions) {
        for (at, (column, writer)) in decision.steps.iter().enumerate() {
            let Column { name, writers, .. } = &meaning.columns[*column];
            let kind = meaning.columns[*column].kind();
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
                    && !meaning.columns[*column].written().any(|one| std::ptr::eq(one, now))
            };
            if let Some((_, first)) = earlier.filter(|(_, first)| !reported(first)) {
                let event = &variant.name.is;
                faults.add(writers[*writer].mark, format!("`{event}` writes `{name}` twice; keep one"));
                faults.add(writers[*first].mark, format!("`{name}` is first written here"));
            }
        }
    }
}

/// A variant that serde never reads does nothing.
fn check_skipped(meaning: &Meaning<'_>, faults: &mut Faults) {
    for (variant, decision) in meaning.input.variants.iter().zip(&meaning.decisions) {
        let Marked { is: name, mark } = &variant.name;
        if variant.wire.is_empty()
            && (decision.create.is_some() || decision.delete.is_some() || !decision.steps.is_empty())
        {
            faults.add(*mark, format!("serde never reads `{name}`, so it cannot change the rollup; remove its rollup keys or the `skip`"));
        }
    }
}
