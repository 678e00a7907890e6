//! The rules for constraints and indexes.

use super::{SYSTEM_COLUMNS, check_identifier};
use crate::constraints::{Column, Declaration, Declared};
use crate::error::{error, listed, nearest};
use crate::keys::Property;
use crate::model::{Rollup, Writer};
use darling::error::Accumulator;
use es_rollup_core::model::{Constraint, Kind, LONGEST_NAME, Table, fault_of, names_in};
use syn::LitStr;

/// The columns that every rollup has.
const ENVELOPE: [&str; 4] = ["id", "version", "created_at", "modified_at"];

/// Constraints name existing columns that can have them, and have unique names.
pub(super) fn check_constraints(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    for Declared { declaration, .. } in &rollup.constraints {
        match declaration {
            Declaration::Check { expression, .. } => check_expression(rollup, expression, errors),
            Declaration::Unique(columns) => check_columns(rollup, columns, Property::Unique, errors),
            Declaration::Index(columns) => check_columns(rollup, columns, Property::Index, errors),
            Declaration::NotNull(column) => check_never_null(rollup, column, errors),
        }
    }
    check_names(rollup, errors);
}

/// The rollup's table, if a key names it.
fn table(rollup: &Rollup<'_>) -> Option<Table> {
    match (rollup.options.table, rollup.options.events) {
        (Some(table), _) => Some(Table::parse(&table.value())),
        (None, Some(events)) => {
            let events = Table::parse(&events.value());
            Some(Table { name: format!("{}_rollup", events.name), ..events })
        }
        (None, None) => None,
    }
}

fn columns<'a>(rollup: &'a Rollup<'_>) -> impl Iterator<Item = &'a str> {
    rollup.columns.iter().map(|column| column.name.as_str()).chain(ENVELOPE)
}

fn check_expression(rollup: &Rollup<'_>, expression: &LitStr, errors: &mut Accumulator) {
    let text = expression.value();
    if let Some(fault) = fault_of(&text) {
        return errors.push(error(expression.span(), fault));
    }
    let names = names_in(&text);
    // The trigger has only the columns of the row, by their names.
    if let Some(name) = names.iter().find(|name| SYSTEM_COLUMNS.contains(&name.as_str())) {
        let message = format!(
            "`{name}` is a system column of PostgreSQL; write a condition on the rollup's own columns"
        );
        return errors.push(error(expression.span(), message));
    }
    let table = table(rollup).map(|table| table.name);
    let unknown = |name: &&String| Some(*name) == table.as_ref() && !columns(rollup).any(|one| one == *name);
    if let Some(name) = names.iter().find(unknown) {
        let message =
            format!("`{name}` is the rollup's table; write the names of its columns without the table");
        return errors.push(error(expression.span(), message));
    }
    if !columns(rollup).any(|column| names.iter().any(|name| name == column)) {
        let known = match names.iter().find_map(|name| nearest(name, columns(rollup))) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("write a condition on its columns: {}", listed(columns(rollup))),
        };
        errors
            .push(error(expression.span(), format!("this condition names no column of the rollup; {known}")));
    }
}

fn check_columns(rollup: &Rollup<'_>, named: &[Column], property: Property, errors: &mut Accumulator) {
    for (at, Column { name, span }) in named.iter().enumerate() {
        if named[..at].iter().any(|earlier| earlier.name == *name) {
            errors.push(error(*span, format!("`{name}` is listed twice; keep one")));
        }
        if !columns(rollup).any(|column| column == name) {
            let known = match nearest(name, columns(rollup)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => format!("its columns are {}", listed(columns(rollup))),
            };
            errors.push(error(*span, format!("the rollup has no column `{name}`; {known}")));
        }
        let kind = rollup.columns.iter().find(|column| column.name == *name).map(crate::model::Column::kind);
        let Some(kind) = kind.filter(|kind| kind.is_many()) else { continue };
        let kind = kind.words();
        if property == Property::Unique {
            errors.push(error(
                *span,
                format!("`{name}` is {kind}, which cannot be unique; use a column that holds a single value"),
            ));
        } else if named.len() > 1 {
            errors.push(error(
                *span,
                format!(
                    "`{name}` is {kind}, which needs a separate index of another kind; write `index({name})`"
                ),
            ));
        }
    }
}

/// A column with `not_null` cannot become NULL by any event.
fn check_never_null(rollup: &Rollup<'_>, Column { name, span }: &Column, errors: &mut Accumulator) {
    let Some(column) = rollup.columns.iter().find(|column| column.name == *name) else { return };
    if !rollup.is_nullable(column) || column.kind() != Kind::Value {
        return;
    }
    let event = |variant: usize| &rollup.input.variants[variant].original.ident;
    let mut reasons = Vec::new();
    if !rollup.has_create() {
        reasons.push("no variant is marked `create`, so any event may begin a stream".to_string());
    }
    let optional = |writer: &Writer| writer.value().is_some_and(|value| value.optional);
    let creators = rollup.decisions.iter().enumerate().filter(|(_, decision)| decision.create.is_some());
    for (variant, _) in creators {
        let fills = |writer: &&Writer| writer.operation.fills(optional(writer));
        let mut own = column.writers.iter().filter(|writer| writer.variant == variant);
        // Operations that may clear the column are listed below.
        let empties = column
            .writers
            .iter()
            .any(|writer| writer.variant == variant && writer.operation.empties(optional(writer)));
        if !empties && !own.any(|writer| fills(&writer)) {
            reasons.push(format!("`{}` creates the row and may leave it unset", event(variant)));
        }
    }
    for writer in column.writers.iter().filter(|writer| writer.operation.empties(optional(writer))) {
        let event = event(writer.variant);
        reasons.push(if optional(writer) {
            format!("`{event}` sets it from an `Option`")
        } else {
            format!("`{event}` clears it")
        });
    }
    errors.push(error(
        *span,
        format!(
            "`{name}` may be NULL: {}; set it in every event that creates the row and never clear it, or remove `not_null`",
            reasons.join(", and ")
        ),
    ));
}

/// Names are valid, not too long, and unique.
fn check_names(rollup: &Rollup<'_>, errors: &mut Accumulator) {
    let Some(table) = table(rollup) else { return };
    let mut taken = vec![(format!("{}_pkey", table.name), None)];
    for declared in &rollup.constraints {
        let Some(constraint) = declared.constraint(&table) else { continue };
        let (name, span) = (constraint.name(), declared.span);
        match &constraint {
            Constraint::Check { .. } => check_identifier(name, "", span, errors),
            Constraint::Unique { .. } | Constraint::Index { .. } if name.len() > LONGEST_NAME => {
                errors.push(error(
                    span,
                    format!(
                        "its name in the database, `{name}`, is {} bytes long, and PostgreSQL truncates names after {LONGEST_NAME} bytes; use shorter names for the table or the columns",
                        name.len()
                    ),
                ));
            }
            Constraint::Unique { .. } | Constraint::Index { .. } => {}
        }
        if let Some((_, first)) = taken.iter().find(|(one, _)| one == name) {
            let whose = if first.is_some() { "another constraint" } else { "the primary key" };
            errors.push(error(
                span,
                format!("{whose} is already called `{name}`; keep one, or choose another name"),
            ));
            errors.extend(first.map(|first| error(first, format!("`{name}` is first used here"))));
        } else {
            taken.push((name.to_string(), Some(span)));
        }
    }
}
