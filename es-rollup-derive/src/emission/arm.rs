//! One variant's arm in the match of the Rust fold: its operations, as Rust.

use super::reading::{self, Readings, binding};
use super::rust_model::RustModel;
use super::state;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{Column, Kind, Literal, Nothing, Operation, Source, Step, View};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use std::collections::{BTreeMap, BTreeSet};
use syn::Type;
use syn::spanned::Spanned;

/// Whether the row is being created or exists already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    NewRow,
    ExistingRow,
}

/// What a column holds before any event.
pub(super) fn initial(column: &Column, krate: &TokenStream) -> TokenStream {
    match column.kind {
        Kind::Value => quote!(::core::option::Option::None),
        Kind::Counter => quote!(#krate::__private::Number::zero()),
        Kind::Set | Kind::List => quote!(::std::vec::Vec::new()),
    }
}

/// One variant's arm. Everything that can fail comes before the first assignment to the state, so that a
/// refused event changes nothing.
pub(super) struct Arm<'a> {
    view: &'a View,
    krate: &'a TokenStream,
    target: Target,
    pub(super) pattern: TokenStream,
    /// Values that are built for a single step, which can move them instead of cloning.
    moved: BTreeSet<usize>,
    /// Checks, then the new values of columns on which later steps build.
    pub(super) statements: Vec<TokenStream>,
    /// The new value of each replaced column.
    replaced: BTreeMap<usize, TokenStream>,
    /// Columns of a new row that one operation of the event always fills and another may leave empty before that.
    filled_later: BTreeSet<usize>,
    /// Changes of collections, in order, and of columns that are overwritten in place; these cannot fail.
    collected: Vec<(usize, TokenStream)>,
}

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

    /// The value that a step writes: a reference to it, or to its `Option` or `Vec`.
    fn value(&self, step: &Step) -> TokenStream {
        match &step.source {
            Source::Field(source) => {
                let binding = binding(*source);
                quote!(#binding)
            }
            Source::Literal(literal) => {
                let literal = self.literal(literal, step.operation);
                quote!(&#literal)
            }
            Source::RecordedAt => quote!(&__recorded_at),
            Source::Sequence => quote!(&event.sequence),
            Source::Nothing => quote!(&()),
        }
    }

    fn literal(&self, literal: &Literal, operation: Operation) -> TokenStream {
        let krate = self.krate;
        match literal {
            Literal::Bool(value) => quote!(#value),
            Literal::Integer(1) if operation.counts() => {
                quote!(#krate::__private::Number::one())
            }
            Literal::Integer(value) => {
                let value = proc_macro2::Literal::i64_unsuffixed(*value);
                quote!(#value)
            }
            Literal::Text(value) => quote!(#krate::__private::FromText::from_text(#value)),
        }
    }

    /// The column before this step.
    fn current(&self, column: usize) -> TokenStream {
        let field = state::field(&self.view.columns[column].name);
        match (self.replaced.contains_key(&column), self.target) {
            (true, _) => {
                let local = local(column);
                quote!(#local)
            }
            (false, Target::ExistingRow) => quote!(state.#field),
            (false, Target::NewRow) => initial(&self.view.columns[column], self.krate),
        }
    }

    fn step(&mut self, step: &Step, ty: Option<&Type>, optional: bool, many: bool) {
        let (krate, column) = (self.krate, &self.view.columns[step.column]);
        let value = self.value(step);
        let owned = match step.source {
            Source::Literal(ref literal) => self.literal(literal, step.operation),
            Source::Field(source) if self.moved.contains(&source) => {
                let owned = reading::owned_binding(source);
                quote!(#owned)
            }
            Source::Field(_) | Source::RecordedAt | Source::Sequence | Source::Nothing => {
                quote!(::core::clone::Clone::clone(#value))
            }
        };
        let some = |value: TokenStream| quote!(::core::option::Option::Some(#value));
        let empty = initial(column, krate);
        match step.operation {
            Operation::Clear => self.replace(step.column, &empty),
            Operation::Set => {
                let value = match (column.kind, column.nullable, optional) {
                    (Kind::Value, true, false) => some(owned),
                    (Kind::Counter, _, true) => quote! {
                        match #value {
                            ::core::option::Option::Some(value) => ::core::clone::Clone::clone(value),
                            ::core::option::Option::None => #empty,
                        }
                    },
                    (Kind::Value | Kind::Counter | Kind::Set | Kind::List, _, _) => owned,
                };
                self.replace(step.column, &value);
            }
            Operation::SetOrKeep => {
                let current = self.current(step.column);
                // In a new row this is the initial value, which needs no clone.
                let new_row = self.target == Target::NewRow && !self.replaced.contains_key(&step.column);
                let keep = if new_row { current } else { quote!(::core::clone::Clone::clone(&#current)) };
                let taken = quote!(::core::clone::Clone::clone(value));
                let taken = if column.nullable { some(taken) } else { taken };
                let value = if optional {
                    quote! {
                        match #value {
                            ::core::option::Option::Some(value) => #taken,
                            ::core::option::Option::None => #keep,
                        }
                    }
                } else {
                    quote!({ let value = #value; #taken })
                };
                self.replace(step.column, &value);
            }
            Operation::Increment => self.count(step, &value, optional, &quote!(plus)),
            Operation::Decrement => self.count(step, &value, optional, &quote!(minus)),
            Operation::Max => self.extreme(step, &value, optional, &quote!(>)),
            Operation::Min => self.extreme(step, &value, optional, &quote!(<)),
            Operation::Toggle => self.toggle(step.column, ty),
            Operation::Add => self.collect(
                step.column,
                optional,
                many,
                &value,
                &quote! {
                    if !column.contains(value) {
                        column.push(::core::clone::Clone::clone(value));
                    }
                },
            ),
            Operation::Remove => self.collect(
                step.column,
                optional,
                many,
                &value,
                &quote! {
                    column.retain(|member| member != value);
                },
            ),
            Operation::Push => self.collect(
                step.column,
                optional,
                many,
                &value,
                &quote! {
                    column.push(::core::clone::Clone::clone(value));
                },
            ),
        }
    }

    /// Overwrites a column of an existing row in place; returns whether the step can do so.
    fn take_over(&mut self, step: &Step, ty: Option<&Type>, optional: bool) -> bool {
        // A value that was built for this step is moved instead.
        let moves = matches!(step.source, Source::Field(source) if self.moved.contains(&source));
        if moves && step.operation.definition().none != Nothing::Keeps {
            return false;
        }
        let column = &self.view.columns[step.column];
        let mut value = self.value(step);
        // The type is written once, so that a mismatch gives one error.
        if let Some(ty) = ty {
            let ty = if optional { quote!(::core::option::Option<#ty>) } else { quote!(#ty) };
            value = quote!({ let value: &#ty = #value; value });
        }
        let over = |value: &TokenStream| {
            if column.nullable {
                quote! {
                    let value = #value;
                    match column {
                        ::core::option::Option::Some(column) => ::core::clone::Clone::clone_from(column, value),
                        none => *none = ::core::option::Option::Some(::core::clone::Clone::clone(value)),
                    }
                }
            } else {
                quote!(::core::clone::Clone::clone_from(column, #value);)
            }
        };
        let clears = step.operation.definition().none == Nothing::Clears;
        if self.target == Target::NewRow || !step.operation.replaces() {
            return false;
        }
        let text = match column.kind {
            Kind::Value if clears && !optional => over(&value),
            Kind::Value if clears => {
                quote!(::core::clone::Clone::clone_from(column, #value);)
            }
            Kind::Value | Kind::Counter if !clears && optional => {
                let over = over(&quote!(value));
                quote!(if let ::core::option::Option::Some(value) = #value { #over })
            }
            Kind::Value | Kind::Counter | Kind::Set | Kind::List => return false,
        };
        self.collected.push((step.column, text));
        true
    }

    /// Replaces the column with its sum with, or difference from, a value.
    fn count(&mut self, step: &Step, value: &TokenStream, optional: bool, method: &TokenStream) {
        let (krate, column) = (self.krate, &self.view.columns[step.column]);
        let (current, name) = (self.current(step.column), &column.name);
        let sum = |value: TokenStream| {
            quote! {
                match #krate::__private::Number::#method(&#current, #value) {
                    ::core::option::Option::Some(sum) => sum,
                    ::core::option::Option::None => return ::core::result::Result::Err(
                        #krate::__private::Refusal::column(#krate::ErrorKind::Overflow, #name)
                    ),
                }
            }
        };
        let value = if optional {
            let sum = sum(quote!(value));
            quote! {
                match #value {
                    ::core::option::Option::Some(value) => #sum,
                    ::core::option::Option::None => ::core::clone::Clone::clone(&#current),
                }
            }
        } else {
            sum(quote!(#value))
        };
        self.replace(step.column, &value);
    }

    /// Replaces the column with the greater or the smaller of itself and a value.
    fn extreme(&mut self, step: &Step, value: &TokenStream, optional: bool, wins: &TokenStream) {
        let column = &self.view.columns[step.column];
        let current = self.current(step.column);
        let new_row = self.target == Target::NewRow && !self.replaced.contains_key(&step.column);
        let keep = if new_row { current.clone() } else { quote!(::core::clone::Clone::clone(&#current)) };
        let nullable = column.nullable || self.filled_later.contains(&step.column);
        let chosen = match (nullable, new_row) {
            (true, true) => quote!(::core::option::Option::Some(::core::clone::Clone::clone(value))),
            (true, false) => quote! {
                match &#current {
                    ::core::option::Option::Some(current) if !(*value #wins *current) => #keep,
                    _ => ::core::option::Option::Some(::core::clone::Clone::clone(value)),
                }
            },
            (false, true) => quote!(::core::clone::Clone::clone(value)),
            (false, false) => quote! {
                if *value #wins #current { ::core::clone::Clone::clone(value) } else { #keep }
            },
        };
        let result = if optional {
            quote! {
                match #value {
                    ::core::option::Option::Some(value) => #chosen,
                    ::core::option::Option::None => #keep,
                }
            }
        } else {
            quote!({ let value = #value; #chosen })
        };
        self.replace(step.column, &result);
    }

    /// Replaces the column with its opposite; no value counts as false.
    fn toggle(&mut self, column: usize, ty: Option<&Type>) {
        let krate = self.krate;
        let nullable = self.view.columns[column].nullable || self.filled_later.contains(&column);
        // What a new row holds before is `None`, whatever the column's type.
        let is_new = self.target == Target::NewRow && !self.replaced.contains_key(&column);
        let current = self.current(column);
        let current = match (is_new, nullable) {
            (true, true | false) => quote!(::core::option::Option::None),
            (false, true) => quote!(::core::option::Option::as_ref(&#current)),
            (false, false) => quote!(::core::option::Option::Some(&#current)),
        };
        // At the span of the type, where a type other than `bool` is reported.
        let toggled = if let Some(ty) = ty {
            quote_spanned!(ty.span()=> <#ty as #krate::__private::Flag>::toggled)
        } else {
            quote!(#krate::__private::Flag::toggled)
        };
        let toggled = quote!(#toggled(#current));
        let value = if nullable { quote!(::core::option::Option::Some(#toggled)) } else { toggled };
        self.replace(column, &value);
    }

    /// Gives the column a new value, on which later steps build.
    fn replace(&mut self, column: usize, value: &TokenStream) {
        let local = local(column);
        self.statements.push(quote!(let #local = #value;));
        self.replaced.insert(column, quote!(#local));
        self.collected.retain(|(other, _)| *other != column);
    }

    /// Changes a collection with each value; `column` and `value` are references in the code for it.
    fn collect(
        &mut self,
        column: usize,
        optional: bool,
        many: bool,
        value: &TokenStream,
        each: &TokenStream,
    ) {
        let each = match (optional, many) {
            (false, false) => quote!({ let value = #value; #each }),
            (true, false) => quote!(if let ::core::option::Option::Some(value) = #value { #each }),
            (false, true) => quote!(for value in #value { #each }),
            (true, true) => quote! {
                if let ::core::option::Option::Some(values) = #value { for value in values { #each } }
            },
        };
        self.collected.push((column, each));
    }

    /// Every column's value in a new row.
    pub(super) fn values(&self) -> Vec<TokenStream> {
        let columns = self.view.columns.iter().enumerate();
        columns
            .map(|(place, column)| {
                let name = state::field(&column.name);
                let each: Vec<&TokenStream> =
                    self.collected.iter().filter(|(at, _)| *at == place).map(|(_, each)| each).collect();
                let value = match (self.replaced.get(&place), each.is_empty()) {
                    (Some(value), _) if self.filled_later.contains(&place) => quote! {
                        match #value {
                            ::core::option::Option::Some(value) => value,
                            ::core::option::Option::None => ::core::unreachable!("an operation fills the column"),
                        }
                    },
                    (Some(value), _) => value.clone(),
                    (None, true) => initial(column, self.krate),
                    (None, false) => quote!({
                        let mut members = ::std::vec::Vec::new();
                        let column = &mut members;
                        #(#each)*
                        members
                    }),
                };
                quote!(#name: #value)
            })
            .collect()
    }

    /// The changes to an existing row.
    pub(super) fn assignments(&self) -> Vec<TokenStream> {
        let replaced = self.replaced.iter().map(|(place, value)| {
            let name = state::field(&self.view.columns[*place].name);
            quote!(state.#name = #value;)
        });
        let collected = self.collected.iter().map(|(place, each)| {
            let name = state::field(&self.view.columns[*place].name);
            quote!({ let column = &mut state.#name; #each })
        });
        replaced.chain(collected).collect()
    }
}

fn local(column: usize) -> Ident {
    format_ident!("__column{column}")
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
