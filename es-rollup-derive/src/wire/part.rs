//! Which fields are parts of the keys of views because of their names.

use crate::attributes::{self, Attributes, Scope, ViewNames, Written, WrittenValue, WrittenView};
use es_rollup_core::model::Place;
use es_rollup_core::resolve::Name;
use serde_derive_internals::ast::Field as SerdeField;
use syn::ext::IdentExt;

/// The views of an enum, as far as variants and fields refer to them.
pub(super) struct Views {
    pub(super) names: ViewNames,
    /// The parts of the key of each.
    parts: Vec<Vec<String>>,
}

impl Views {
    pub(super) fn new(written: &[&WrittenView], mistaken: bool) -> Self {
        let names = written.iter().map(|view| view.name.unraw().to_string()).collect();
        let parts = |view: &&WrittenView| {
            let keys = view.written.iter().filter(|one| one.key.is_part());
            keys.flat_map(Written::names).map(|part| part.unraw().to_string()).collect()
        };
        Self { names: ViewNames { names, mistaken }, parts: written.iter().map(parts).collect() }
    }

    /// For each view, the part of its key that each field of a variant is because of its name, if it is one.
    pub(super) fn keys(&self, fields: &[SerdeField<'_>], scopes: &[Scope]) -> Vec<Vec<Option<String>>> {
        // What is wrong with the attributes is reported when the fields are read.
        let mut errors = darling::Error::accumulator();
        let read = |field: &SerdeField<'_>| {
            attributes::read(&field.original.attrs, Place::Field, Some(&self.names), &mut errors)
        };
        let on_fields: Vec<Attributes> =
            if self.parts.is_empty() { Vec::new() } else { fields.iter().map(read).collect() };
        let _ = errors.into_inner();
        let views = self.parts.iter().zip(scopes).enumerate();
        let keys = views.map(|(view, (parts, on_variant))| {
            let on_fields: Vec<&[Written]> =
                on_fields.iter().map(|found| found.scopes[view].written.as_slice()).collect();
            let of_field = |(field, own): (&SerdeField<'_>, &&[Written])| {
                let name = field.original.ident.as_ref()?.unraw().to_string();
                let is_ignored = own.iter().any(|one| one.key.name == Name::Ignore);
                let is_key = parts.contains(&name)
                    && !is_ignored
                    && is_needed(&name, &on_variant.written, &on_fields)
                    && !is_given(&name, &on_variant.written, &on_fields);
                is_key.then_some(name)
            };
            fields.iter().zip(&on_fields).map(of_field).collect()
        });
        keys.collect()
    }
}

/// Whether the event does something to a row, or takes away the rows with this part.
fn is_needed(part: &str, on_variant: &[Written], on_fields: &[&[Written]]) -> bool {
    let of_row = [Name::Create, Name::Add, Name::Remove, Name::Delete];
    let matches =
        |one: &Written| one.key.name == Name::Empty && one.names().iter().any(|name| name.unraw() == part);
    let acts = |one: &Written| of_row.contains(&one.key.name) || one.key.is_operation() || matches(one);
    let in_fields = on_fields.iter().flat_map(|words| *words).any(|one| one.key.is_operation());
    on_variant.iter().any(acts) || in_fields
}

/// Whether something else gives the part: it names the part itself.
fn is_given(part: &str, on_variant: &[Written], on_fields: &[&[Written]]) -> bool {
    let mut in_fields = on_fields.iter().flat_map(|words| *words).filter(|one| one.key.is_part());
    on_variant.iter().any(|one| names(one, part)) || in_fields.any(|one| names(one, part))
}

fn names(written: &Written, part: &str) -> bool {
    written.key.gives_parts()
        && match &written.value {
            WrittenValue::Text(text) => text.value() == part,
            WrittenValue::Assignments(pairs) => pairs.iter().any(|pair| pair.column.unraw() == part),
            WrittenValue::Keys { written, .. } => written.iter().any(|one| names(one, part)),
            WrittenValue::None
            | WrittenValue::Type(_)
            | WrittenValue::Literal(_)
            | WrittenValue::Paths(_)
            | WrittenValue::Expressions(_)
            | WrittenValue::View(_)
            | WrittenValue::Names(_) => false,
        }
}
