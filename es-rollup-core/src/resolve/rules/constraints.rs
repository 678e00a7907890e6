//! The rules for constraints and indexes.

use super::super::column::{DeclaredColumn, DeclaredStep};
use super::super::constraint::{ConstraintKind, DeclaredConstraint};
use super::super::declare::Marked;
use super::super::fault::{Faults, listed, nearest};
use super::super::key::Property;
use super::super::meaning::Meaning;
use super::names::{SYSTEM_COLUMNS, check_identifier};
use crate::model::{Constraint, Envelope, Kind, LONGEST_NAME, fault_of, names_in};
use std::collections::BTreeSet;

/// Constraints name existing columns that can have them, and have unique names.
pub(super) fn check_constraints(meaning: &Meaning<'_>, faults: &mut Faults) {
    for DeclaredConstraint { kind, .. } in &meaning.constraints {
        match kind {
            ConstraintKind::Check { expression, .. } => check_expression(meaning, expression, faults),
            ConstraintKind::Unique(columns) => check_listed(meaning, columns, Property::Unique, faults),
            ConstraintKind::Index(columns) => check_listed(meaning, columns, Property::Index, faults),
            ConstraintKind::NotNull(column) => check_never_null(meaning, column, faults),
            ConstraintKind::Retired(columns) => check_retired(meaning, columns, faults),
        }
    }
    check_names(meaning, faults);
}

fn columns<'a>(meaning: &'a Meaning<'_>) -> impl Iterator<Item = &'a str> {
    meaning.all().map(|column| column.name.as_str()).chain(Envelope::NAMES)
}

fn check_expression(meaning: &Meaning<'_>, expression: &Marked<String>, faults: &mut Faults) {
    let text = &expression.is;
    if let Some(fault) = fault_of(text) {
        return faults.add(expression.mark, fault);
    }
    let names = names_in(text);
    // The trigger has only the columns of the row, by their names.
    if let Some(name) = names.iter().find(|name| SYSTEM_COLUMNS.contains(&name.as_str())) {
        let message = format!(
            "`{name}` is a system column of PostgreSQL; write a condition on the rollup's own columns"
        );
        return faults.add(expression.mark, message);
    }
    let table = meaning.input.rollup_table().map(|table| table.name);
    let unknown = |name: &&String| Some(*name) == table.as_ref() && !columns(meaning).any(|one| one == *name);
    if let Some(name) = names.iter().find(unknown) {
        let whose = if meaning.view.is_some() { "view's" } else { "rollup's" };
        let message =
            format!("`{name}` is the {whose} table; write the names of its columns without the table");
        return faults.add(expression.mark, message);
    }
    if !columns(meaning).any(|column| names.iter().any(|name| name == column)) {
        let known = match names.iter().find_map(|name| nearest(name, columns(meaning))) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write a condition on its columns: {}", listed(columns(meaning))),
        };
        faults
            .add(expression.mark, format!("this condition names no column of {}; {known}", meaning.called()));
    }
}

/// The key is unique anyway. A second constraint over its columns could be checked only at the end of a transaction, and
/// PostgreSQL would then find no way to insert a row unless its key is there.
fn check_key(meaning: &Meaning<'_>, named: &[Marked<String>], faults: &mut Faults) {
    let parts = || meaning.parts.iter().map(|part| part.name.as_str());
    let key: BTreeSet<&str> = parts().chain([Envelope::Id.name()]).collect();
    let Some(Marked { mark, .. }) = named.last() else { return };
    if named.iter().map(|column| column.is.as_str()).collect::<BTreeSet<_>>() == key {
        let (called, key) = (meaning.called(), listed(named.iter().map(|column| column.is.as_str())));
        faults.add(
            *mark,
            format!("the rows of {called} are unique by their key already: {key}; remove this `unique`"),
        );
    }
}

/// Each is a column, and is listed once.
fn check_named(meaning: &Meaning<'_>, named: &[Marked<String>], faults: &mut Faults) {
    for (at, Marked { is: name, mark }) in named.iter().enumerate() {
        if named[..at].iter().any(|earlier| earlier.is == *name) {
            faults.add(*mark, format!("`{name}` is listed twice; keep one"));
        }
        if !columns(meaning).any(|column| column == name) {
            let known = match nearest(name, columns(meaning)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its columns are {}", listed(columns(meaning))),
            };
            faults.add(*mark, format!("{} has no column `{name}`; {known}", meaning.called()));
        }
    }
}

/// A column that is retired is missed by no program: it tells no rows apart, and no program has to know what it holds to
/// refuse an event.
fn check_retired(meaning: &Meaning<'_>, named: &[Marked<String>], faults: &mut Faults) {
    check_named(meaning, named, faults);
    for Marked { is: name, mark } in named {
        if Envelope::NAMES.contains(&name.as_str()) {
            faults.add(*mark, format!("`{name}` is a column of every rollup, which cannot be retired"));
        } else if meaning.parts.iter().any(|part| part.name == *name) {
            faults.add(*mark, format!("`{name}` is a part of the key, which cannot be retired"));
        }
        let Some(column) = meaning.columns.iter().find(|column| column.name == *name) else { continue };
        if let Some(step) = column.steps.iter().find(|step| step.operation.counts()) {
            faults.add(
                *mark,
                format!(
                    "`{name}` cannot be retired: an event that overflows it is refused, and a fold without it would not know; remove it once no program reads it"
                ),
            );
            faults.add(step.mark, format!("`{}` can overflow it", step.key.name()));
        }
    }
}

fn check_listed(meaning: &Meaning<'_>, named: &[Marked<String>], property: Property, faults: &mut Faults) {
    if property == Property::Unique {
        check_key(meaning, named, faults);
    }
    check_named(meaning, named, faults);
    for Marked { is: name, mark } in named {
        let kind = meaning.columns.iter().find(|column| column.name == *name).map(DeclaredColumn::kind);
        let Some(kind) = kind.filter(|kind| kind.is_many()) else { continue };
        let kind = kind.words();
        if property == Property::Unique {
            faults.add(
                *mark,
                format!("`{name}` is {kind}, which cannot be unique; use a column that holds a single value"),
            );
        } else if named.len() > 1 {
            faults.add(
                *mark,
                format!(
                    "`{name}` is {kind}, which needs a separate index of another kind; write `index({name})`"
                ),
            );
        }
    }
}

/// A column with `not_null` cannot become NULL by any event.
fn check_never_null(meaning: &Meaning<'_>, Marked { is: name, mark }: &Marked<String>, faults: &mut Faults) {
    let Some(column) = meaning.columns.iter().find(|column| column.name == *name) else { return };
    if !column.nullable || column.kind() != Kind::Value {
        return;
    }
    let event = |variant: usize| &meaning.input.variants[variant].name.is;
    let mut reasons = Vec::new();
    if !meaning.has_create() {
        reasons.push("no variant is marked `create`, so any event may begin a stream".to_string());
    }
    let optional = DeclaredStep::is_optional;
    let creators = meaning.decisions.iter().enumerate().filter(|(_, decision)| decision.create.is_some());
    for (variant, _) in creators {
        let fills = |step: &&DeclaredStep| step.operation.fills(optional(step));
        let mut own = column.steps.iter().filter(|step| step.variant == variant);
        // Operations that may clear the column are listed below.
        let empties =
            column.steps.iter().any(|step| step.variant == variant && step.operation.empties(optional(step)));
        if !empties && !own.any(|step| fills(&step)) {
            reasons.push(format!("`{}` creates the row and may leave it unset", event(variant)));
        }
    }
    for step in column.steps.iter().filter(|step| step.operation.empties(optional(step))) {
        let event = event(step.variant);
        reasons.push(if optional(step) {
            format!("`{event}` sets it from an `Option`")
        } else {
            format!("`{event}` clears it")
        });
    }
    faults.add(
        *mark,
        format!(
            "`{name}` may be NULL: {}; set it in every event that creates the row and never clear it, or remove `not_null`",
            reasons.join(", and ")
        ),
    );
}

/// Names are valid, not too long, and unique.
fn check_names(meaning: &Meaning<'_>, faults: &mut Faults) {
    let Some(table) = meaning.input.rollup_table() else { return };
    let mut taken = vec![(format!("{}_pkey", table.name), None)];
    for declared in &meaning.constraints {
        let Some(constraint) = declared.constraint(&table) else { continue };
        let (name, mark) = (constraint.name(), declared.mark);
        match &constraint {
            Constraint::Check { .. } => check_identifier(name, "", mark, faults),
            Constraint::Unique { .. } | Constraint::Index { .. } if name.len() > LONGEST_NAME => {
                faults.add(
                    mark,
                    format!(
                        "its name in the database, `{name}`, is {} bytes long, and PostgreSQL truncates names after {LONGEST_NAME} bytes; use shorter names for the table or the columns",
                        name.len()
                    ),
                );
            }
            Constraint::Unique { .. } | Constraint::Index { .. } => {}
        }
        if let Some((_, first)) = taken.iter().find(|(one, _)| one == name) {
            let whose = if first.is_some() { "another constraint" } else { "the primary key" };
            faults.add(mark, format!("{whose} is already called `{name}`; keep one, or choose another name"));
            if let Some(first) = *first {
                faults.add(first, format!("`{name}` is first used here"));
            }
        } else {
            taken.push((name.to_string(), Some(mark)));
        }
    }
}
