//! One variant's arm in the match of the Rust fold: its operations, as Rust.

mod operation;
mod row;
mod table;
mod view;

pub(super) use row::{Arm, Target, initial};
pub(super) use table::Table;
pub(super) use view::{Rows, held, rows};

use super::reading::{self, Readings, binding};
use super::rust_model::RustModel;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{Kind, Rule, Source, Step};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use std::collections::{BTreeMap, BTreeSet};
use syn::Type;
use syn::spanned::Spanned;

impl<'a> Arm<'a> {
    /// What a variant does to the entity's own row.
    pub(super) fn new(
        lowered: &'a RustModel<'_>,
        rollup: &'a RollupEnum<'_>,
        at: usize,
        target: Target,
    ) -> Self {
        let mut arm = Self::of(lowered, rollup, at, Table::root(lowered.model), target, BTreeSet::new());
        arm.steps();
        arm
    }

    /// An arm that does nothing to the row yet. `read`: the values that are read already.
    pub(super) fn of(
        lowered: &'a RustModel<'_>,
        rollup: &'a RollupEnum<'_>,
        at: usize,
        table: Table<'a>,
        target: Target,
        read: BTreeSet<usize>,
    ) -> Self {
        let variant = &lowered.model.variants[at];
        let krate = &rollup.options.krate;
        let places = lowered.readings[at].as_slice();
        let readings = Readings { fields: &variant.fields, places, krate, view: table.name() };
        let uses = |field| {
            let rules = lowered.model.tables().map(|table| &table.rules[at]);
            rules.flat_map(Rule::fields).filter(|other| *other == field).count()
        };
        Self {
            lowered,
            table,
            view: table.view,
            krate,
            target,
            readings,
            rule: &table.view.rules[at],
            pattern: readings.pattern(),
            moved: (0..variant.fields.len()).filter(|at| readings.is_made(*at) && uses(*at) == 1).collect(),
            read,
            statements: Vec::new(),
            replaced: BTreeMap::new(),
            filled_later: BTreeSet::new(),
            collected: Vec::new(),
        }
    }

    /// Does all operations of the variant on the row's columns.
    pub(super) fn steps(&mut self) {
        let (view, rule) = (self.view, self.rule);
        let steps = &rule.steps;
        let fields = self.readings.fields;
        if self.target == Target::NewRow {
            let may_be_none = |step: &&Step| match step.source {
                Source::Field(source) => fields[source].optional,
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => false,
            };
            let never_null = |at: &usize| {
                let column = &view.columns[*at];
                column.kind == Kind::Value && !column.nullable
            };
            self.filled_later =
                steps.iter().filter(may_be_none).map(|step| step.column).filter(never_null).collect();
        }
        // Step by step, as in SQL: of an event with several faults both refuse the first.
        for step in steps {
            if let Source::Field(source) = step.source {
                self.read(source, &view.columns[step.column].name);
            }
            // An event that it cannot hold is refused all the same.
            if view.columns[step.column].retired {
                continue;
            }
            let source = match step.source {
                Source::Field(source) => Some((source, &fields[source])),
                Source::Nothing | Source::Literal(_) | Source::RecordedAt | Source::Sequence => None,
            };
            let optional = source.is_some_and(|(_, field)| field.optional);
            let many = source.is_some_and(|(_, field)| field.many);
            // No other step builds on it, so it can be cloned into the column's existing memory.
            let alone = steps.iter().filter(|other| other.column == step.column).count() == 1;
            let ty = self.lowered.rust(view.columns[step.column].ty);
            if alone && source.is_some() && self.take_over(step, ty, optional) {
                continue;
            }
            self.step(step, ty, optional, many);
        }
    }

    /// Binds and checks a value, unless it is read already; errors name the column.
    pub(super) fn read(&mut self, source: usize, column: &str) {
        if !self.read.insert(source) {
            return;
        }
        let (readings, lowered) = (self.readings, self.lowered);
        let field = &readings.fields[source];
        if let Some(whole) = &field.whole
            && let Some(ty) = lowered.rust(whole.ty)
        {
            let member = readings.member(source);
            self.statements.push(check(readings, ty, &member, whole.optional, false, column));
        }
        let ty = lowered.rust(field.ty);
        self.statements.extend(readings.bind(source, column));
        self.statements.push(reading::keep(&readings, source, ty));
        if let Some(ty) = ty {
            let name = binding(source);
            self.statements.push(check(readings, ty, &name, field.optional, field.many, column));
        }
    }
}

/// Refuses a value that the column cannot hold.
fn check(
    readings: Readings<'_>,
    ty: &Type,
    binding: &Ident,
    optional: bool,
    many: bool,
    column: &str,
) -> TokenStream {
    let krate = readings.krate;
    // At the span of the type, where a type without `SqlType` is already reported.
    let fits = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::fits);
    let misfit = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::misfit);
    let refusal = readings.refusal(&quote!(#misfit(value)), column);
    let one = quote! {
        if !#fits(value) {
            return ::core::result::Result::Err(
                #refusal
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
