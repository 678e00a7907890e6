//! One variant's arm in the match of the Rust fold: its operations, as Rust.

mod operation;
mod row;

pub(super) use row::{Arm, Target, initial};

use super::reading::{self, Readings, binding};
use super::rust_model::RustModel;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{Kind, Source, Step};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::{BTreeMap, BTreeSet};
use syn::Type;
use syn::spanned::Spanned;

impl<'a> Arm<'a> {
    pub(super) fn new(
        lowered: &'a RustModel<'_>,
        rollup: &'a RollupEnum<'_>,
        at: usize,
        target: Target,
    ) -> Self {
        let view = &lowered.model.root;
        let variant = &lowered.model.variants[at];
        let krate = &rollup.options.krate;
        let readings = Readings { fields: &variant.fields, places: &lowered.readings[at], krate };
        let steps = &view.rules[at].steps;
        let uses = |field| steps.iter().filter(|step| step.source == Source::Field(field)).count();
        let mut arm = Self {
            view,
            krate,
            target,
            pattern: readings.pattern(),
            moved: (0..variant.fields.len()).filter(|at| readings.is_made(*at) && uses(*at) == 1).collect(),
            statements: Vec::new(),
            replaced: BTreeMap::new(),
            filled_later: BTreeSet::new(),
            collected: Vec::new(),
        };
        if target == Target::NewRow {
            let may_be_none = |step: &&Step| match step.source {
                Source::Field(source) => variant.fields[source].optional,
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
            };
            let never_null = |at: &usize| {
                let column = &view.columns[*at];
                column.kind == Kind::Value && !column.nullable
            };
            arm.filled_later =
                steps.iter().filter(may_be_none).map(|step| step.column).filter(never_null).collect();
        }
        let mut checked = BTreeSet::new();
        // Step by step, as in SQL: of an event with several faults both refuse the first.
        for step in steps {
            if let Source::Field(source) = step.source
                && checked.insert(source)
            {
                let field = &variant.fields[source];
                let column = &view.columns[step.column].name;
                if let Some(whole) = &field.whole
                    && let Some(ty) = lowered.rust(whole.ty)
                {
                    let member = readings.member(source);
                    arm.statements.push(check(krate, ty, &member, whole.optional, false, column));
                }
                let ty = lowered.rust(field.ty);
                arm.statements.extend(readings.bind(source, column));
                arm.statements.push(reading::keep(&readings, source, ty));
                if let Some(ty) = ty {
                    let name = binding(source);
                    arm.statements.push(check(krate, ty, &name, field.optional, field.many, column));
                }
            }
            let source = match step.source {
                Source::Field(source) => Some((source, &variant.fields[source])),
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
            };
            let optional = source.is_some_and(|(_, field)| field.optional);
            let many = source.is_some_and(|(_, field)| field.many);
            // No other step builds on it, so it can be cloned into the column's existing memory.
            let alone = steps.iter().filter(|other| other.column == step.column).count() == 1;
            let ty = lowered.rust(view.columns[step.column].ty);
            if alone && source.is_some() && arm.take_over(step, ty, optional) {
                continue;
            }
            arm.step(step, ty, optional, many);
        }
        arm
    }
}

/// Refuses a value that the column cannot hold.
fn check(
    krate: &TokenStream,
    ty: &Type,
    binding: &Ident,
    optional: bool,
    many: bool,
    column: &str,
) -> TokenStream {
    // At the span of the type, where a type without `SqlType` is already reported.
    let fits = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::fits);
    let misfit = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::misfit);
    let one = quote! {
        if !#fits(value) {
            return ::core::result::Result::Err(
                #krate::__private::Refusal::column(#misfit(value), #column)
            );
        }
    };
    let refuse = if many { quote!(for value in value { #one }) } else { one };
    if optional {
        quote!(if let ::core::option::Option::Some(value) = #binding { #refuse })
    } else {
        quote!({ let value = #binding; #refuse })
    }
}
