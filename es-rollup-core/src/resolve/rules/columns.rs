//! The rules for what all events do to one column.

use super::super::column::{DeclaredColumn, DeclaredStep};
use super::super::fault::{Faults, listed, nearest};
use super::super::meaning::Meaning;
use super::views::fault_of_part;
use crate::model::Kind;

/// A column that is cleared or removed from is also filled.
pub(super) fn check_filled(meaning: &Meaning<'_>, faults: &mut Faults) {
    let is_filled = |column: &&DeclaredColumn| column.steps.iter().any(|step| step.operation.brings());
    let filled: Vec<&str> =
        meaning.columns.iter().filter(is_filled).map(|column| column.name.as_str()).collect();
    for column in meaning.columns.iter().filter(|column| !is_filled(column)) {
        let name = &column.name;
        for step in column.written() {
            let known = match (nearest(name, filled.iter().copied()), filled.is_empty()) {
                (Some(meant), _) => format!("did you mean `{meant}`?"),
                (None, false) => {
                    format!("choose a column that this enum sets: {}", listed(filled.iter().copied()))
                }
                (None, true) => "add an operation that does".into(),
            };
            let brings = if step.operation.makes() == Some(Kind::Set) { "adds to" } else { "sets" };
            let key = step.key.name();
            faults
                .add(step.mark, format!("no event {brings} `{name}`, so there is nothing to {key}; {known}"));
        }
    }
}

/// A column has one kind.
pub(super) fn check_kinds(meaning: &Meaning<'_>, faults: &mut Faults) {
    for column in &meaning.columns {
        let (name, kind) = (&column.name, column.kind());
        let Some(maker) = column.maker() else { continue };
        for step in column.written().filter(|step| !step.operation.works_on(kind)) {
            let event = &meaning.input.variants[maker.variant].name.is;
            faults.add(
                step.mark,
                format!(
                    "`{}` does not work on `{name}`, which is {} because of `{}` in `{event}`; use another column",
                    step.key.name(),
                    kind.words(),
                    maker.key.name(),
                ),
            );
        }
    }
}

/// A column has one type.
pub(super) fn check_types(meaning: &Meaning<'_>, faults: &mut Faults) {
    let types = &meaning.input.types;
    for column in meaning.all() {
        let read = |step: &DeclaredStep| {
            let read = step.read().filter(|_| fault_of_part(types, step).is_none())?;
            Some((types.get(read.ty), read.type_mark))
        };
        let Some((maker, (first, _))) = column.able().find_map(|step| Some((step, read(step)?))) else {
            continue;
        };
        for (other, mark) in column.written().filter(|step| column.has(step)).filter_map(read) {
            if other.last_segment() != first.last_segment() {
                let (name, event) = (&column.name, &meaning.input.variants[maker.variant].name.is);
                let (other, first) = (&other.spelling, &first.spelling);
                faults.add(mark, format!("column `{name}` is `{other}` here and `{first}` in `{event}`; use the same type in both places, or two columns"));
            }
        }
    }
}
