//! The Rust fold: the match over variants, as Rust.

use super::state;
use crate::model::Rollup;
use es_rollup_core::model::{Model, Operation, Row, Source, Step, Variant, View};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::Member;

/// Each event's name on the wire, for errors.
pub(crate) fn event_type(model: &Model, rollup: &Rollup<'_>) -> TokenStream {
    let arms = model.variants.iter().zip(&rollup.input.variants).map(|(variant, written)| {
        let (ident, name) = (&written.original.ident, variant.wire.first().unwrap_or(&variant.name));
        quote!(Self::#ident { .. } => #name,)
    });
    let arms =
        if model.variants.is_empty() { quote!(_ => ::core::unreachable!(),) } else { quote!(#(#arms)*) };
    quote! {
        fn event_type(&self) -> &'static str {
            match self { #arms }
        }
    }
}

/// The state after the first event.
pub(crate) fn begin(model: &Model, view: &View, rollup: &Rollup<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let state = &rollup.options.state;
    let body = if view.has_create() {
        let mut arms = Vec::new();
        let mut others = Vec::new();
        for (at, transition) in view.transitions.iter().enumerate() {
            let ident = &rollup.input.variants[at].original.ident;
            if transition.row == Row::Create {
                let arm = Arm::new(&model.variants[at], &transition.steps, view, rollup, at);
                let values = arm.values();
                let (pattern, checks) = (&arm.pattern, &arm.checks);
                arms.push(quote! {
                    Self::#ident #pattern => {
                        #(#checks)*
                        ::core::result::Result::Ok(#state {
                            id: ::core::clone::Clone::clone(event.id),
                            version: event.sequence,
                            created_at: ::core::clone::Clone::clone(&event.recorded_at),
                            modified_at: ::core::clone::Clone::clone(&event.recorded_at),
                            #(#values,)*
                        })
                    }
                });
            } else {
                others.push(quote!(Self::#ident { .. }));
            }
        }
        let refused = if others.is_empty() {
            TokenStream::new()
        } else {
            quote! {
                #(#others)|* => ::core::result::Result::Err(
                    ::core::convert::From::from(#krate::ErrorKind::NotCreated)
                ),
            }
        };
        quote!(match event.event { #(#arms)* #refused })
    } else {
        let empty = view.columns.iter().map(|column| state::field(&column.name));
        quote! {
            let mut state = #state {
                id: ::core::clone::Clone::clone(event.id),
                version: event.sequence,
                created_at: ::core::clone::Clone::clone(&event.recorded_at),
                modified_at: ::core::clone::Clone::clone(&event.recorded_at),
                #(#empty: ::core::option::Option::None,)*
            };
            <Self as #krate::Rollup>::step(&mut state, event)?;
            ::core::result::Result::Ok(state)
        }
    };
    quote! {
        #[inline]
        fn begin(
            event: &#krate::Recorded<'_, Self>,
        ) -> ::core::result::Result<#state, #krate::__private::Refusal> {
            #body
        }
    }
}

/// The state after one more event.
pub(crate) fn step(model: &Model, view: &View, rollup: &Rollup<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let state = &rollup.options.state;
    let arms = view.transitions.iter().enumerate().map(|(at, transition)| {
        let ident = &rollup.input.variants[at].original.ident;
        if transition.row == Row::Create {
            return quote! {
                Self::#ident { .. } => return ::core::result::Result::Err(
                    ::core::convert::From::from(#krate::ErrorKind::CreatedTwice)
                ),
            };
        }
        let arm = Arm::new(&model.variants[at], &transition.steps, view, rollup, at);
        let (pattern, checks, assignments) = (&arm.pattern, &arm.checks, arm.assignments());
        quote!(Self::#ident #pattern => { #(#checks)* #(#assignments)* })
    });
    let arms =
        if view.transitions.is_empty() { quote!(_ => ::core::unreachable!(),) } else { quote!(#(#arms)*) };
    quote! {
        #[inline]
        fn step(
            state: &mut #state,
            event: &#krate::Recorded<'_, Self>,
        ) -> ::core::result::Result<(), #krate::__private::Refusal> {
            match event.event { #arms }
            state.version = event.sequence;
            state.modified_at = ::core::clone::Clone::clone(&event.recorded_at);
            ::core::result::Result::Ok(())
        }
    }
}

/// One variant's arm. Checks come before the first assignment, so that a refused event changes nothing.
struct Arm<'a> {
    view: &'a View,
    pattern: TokenStream,
    checks: Vec<TokenStream>,
    /// What each written column becomes.
    written: Vec<(usize, TokenStream)>,
}

impl<'a> Arm<'a> {
    fn new(variant: &Variant, steps: &[Step], view: &'a View, rollup: &Rollup<'_>, at: usize) -> Self {
        let krate = &rollup.options.krate;
        let mut bindings = Vec::new();
        let mut checks = Vec::new();
        let mut written = Vec::new();
        for step in steps {
            let column = &view.columns[step.column];
            let value = match (step.operation, step.source) {
                (Operation::Set, Source::Field(place)) => {
                    let field = &variant.fields[place];
                    let binding = binding(place);
                    let member = &rollup.input.variants[at]
                        .fields
                        .iter()
                        .find(|one| member(&one.member) == field.name)
                        .expect("the model's fields are the enum's")
                        .member;
                    bindings.push(quote!(#member: #binding));
                    checks.push(check(krate, &binding, field.optional, &column.name));
                    match (column.nullable, field.optional) {
                        (true, false) => {
                            quote!(::core::option::Option::Some(::core::clone::Clone::clone(#binding)))
                        }
                        (true, true) | (false, false) => quote!(::core::clone::Clone::clone(#binding)),
                        (false, true) => unreachable!("a column that an Option is set to is nullable"),
                    }
                }
                (Operation::Clear, _) => quote!(::core::option::Option::None),
                (Operation::Set, Source::Nothing) => unreachable!("set always has a source"),
            };
            written.push((step.column, value));
        }
        bindings.sort_by_key(ToString::to_string);
        bindings.dedup_by_key(|binding| binding.to_string());
        checks.sort_by_key(ToString::to_string);
        checks.dedup_by_key(|check| check.to_string());
        Self { view, pattern: quote!({ #(#bindings,)* .. }), checks, written }
    }

    /// Every column's value in a new row.
    fn values(&self) -> Vec<TokenStream> {
        let value = |place: usize| {
            let written = self.written.iter().find(|(column, _)| *column == place);
            written.map_or_else(|| quote!(::core::option::Option::None), |(_, value)| value.clone())
        };
        self.view
            .columns
            .iter()
            .enumerate()
            .map(|(place, column)| {
                let (name, value) = (state::field(&column.name), value(place));
                quote!(#name: #value)
            })
            .collect()
    }

    /// The written columns' new values in a row that is there.
    fn assignments(&self) -> Vec<TokenStream> {
        self.written
            .iter()
            .map(|(place, value)| {
                let name = state::field(&self.view.columns[*place].name);
                quote!(state.#name = #value;)
            })
            .collect()
    }
}

fn binding(place: usize) -> Ident {
    format_ident!("__field{place}")
}

fn member(member: &Member) -> String {
    match member {
        Member::Named(ident) => syn::ext::IdentExt::unraw(ident).to_string(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Refuses a value that the column cannot hold.
fn check(krate: &TokenStream, binding: &Ident, optional: bool, column: &str) -> TokenStream {
    let refuse = quote! {
        return ::core::result::Result::Err(
            #krate::__private::Refusal::column(#krate::ErrorKind::WrongValue, #column)
        );
    };
    if optional {
        quote! {
            if let ::core::option::Option::Some(value) = #binding {
                if !#krate::SqlType::fits(value) { #refuse }
            }
        }
    } else {
        quote!(if !#krate::SqlType::fits(#binding) { #refuse })
    }
}
