//! One operation of an arm, as Rust.

use super::super::reading::{self, binding};
use super::row::{Arm, Target, initial};
use es_rollup_core::model::{Kind, Literal, Nothing, Operation, Source, Step};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

impl Arm<'_> {
    pub(super) fn step(&mut self, step: &Step, ty: Option<&Type>, optional: bool, many: bool) {
        let (krate, column) = (self.krate, &self.view.columns[step.column]);
        let value = self.value(&step.source, step.operation);
        let owned = self.owned(&step.source, step.operation);
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
    pub(super) fn take_over(&mut self, step: &Step, ty: Option<&Type>, optional: bool) -> bool {
        // A value that was built for this step is moved instead.
        let moves = matches!(step.source, Source::Field(source) if self.moved.contains(&source));
        if moves && step.operation.definition().none != Nothing::Keeps {
            return false;
        }
        let column = &self.view.columns[step.column];
        let mut value = self.value(&step.source, step.operation);
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

    /// The value of a source, which may be moved.
    pub(super) fn owned(&self, source: &Source, operation: Operation) -> TokenStream {
        match source {
            Source::Literal(literal) => self.literal(literal, operation),
            Source::Field(source) if self.moved.contains(source) => {
                let owned = reading::owned_binding(*source);
                quote!(#owned)
            }
            Source::Field(_) | Source::RecordedAt | Source::Sequence | Source::Nothing => {
                let value = self.value(source, operation);
                quote!(::core::clone::Clone::clone(#value))
            }
        }
    }

    /// The value that a step writes: a reference to it, or to its `Option` or `Vec`.
    fn value(&self, source: &Source, operation: Operation) -> TokenStream {
        match source {
            Source::Field(source) => {
                let binding = binding(*source);
                quote!(#binding)
            }
            Source::Literal(literal) => {
                let literal = self.literal(literal, operation);
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

    /// Replaces the column with its sum with, or difference from, a value.
    fn count(&mut self, step: &Step, value: &TokenStream, optional: bool, method: &TokenStream) {
        let (krate, column) = (self.krate, &self.view.columns[step.column]);
        let (current, name) = (self.current(step.column), &column.name);
        let overflow = self.readings.refusal(&quote!(#krate::ErrorKind::Overflow), name);
        let sum = |value: TokenStream| {
            quote! {
                match #krate::__private::Number::#method(&#current, #value) {
                    ::core::option::Option::Some(sum) => sum,
                    ::core::option::Option::None => return ::core::result::Result::Err(
                        #overflow
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
}
