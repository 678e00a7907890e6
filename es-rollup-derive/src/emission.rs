//! The validated model as code.

mod arm;
mod fold;
mod kit;
mod known;
mod reading;
pub(crate) mod rows;
mod rust_model;
mod sql;
pub(crate) mod state;
mod template;
mod types;

use crate::rollup_enum::RollupEnum;
use crate::spelling::{collection, spelled};
use crate::wire::NO_WIDE_INTEGERS;
use es_rollup_core::model::{Envelope, Literal, Tagging};
use es_rollup_core::resolve::{self, DeclaredStep, Given, Marked};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use rust_model::RustModel;
use std::collections::BTreeSet;
use syn::spanned::Spanned;

/// The struct and the implementation of `Rollup`.
pub(crate) fn emit(rollup: &RollupEnum<'_>, lowered: &resolve::Lowered) -> TokenStream {
    let lowered = RustModel::new(rollup, lowered);
    let model = lowered.model;
    let event = &rollup.input.original.ident;
    let krate = &rollup.options.krate;
    let state_name = rollup.state();
    let id = rollup.options.id;
    let id = quote_spanned!(id.span()=> #id);
    let time = &rollup.options.time;
    let texts = texts(rollup);
    let uses = uses(rollup);
    let declaration =
        state::declaration(rollup, &id, Envelope::of(&model.store), Some(&state::explanation(&lowered)));
    let accessors = state::accessors(rollup, &id);
    let rows::Views { public: views, private: of_views } = rows::views(rollup, &id, Some(model));
    let sql::Constants { public: constants, private: types } = sql::constants(rollup, &lowered);
    let event_name = fold::event_name(model, rollup);
    let begin = fold::begin(&lowered, rollup);
    let step = fold::step(&lowered, rollup);
    let deletes = fold::deletes(model, rollup);
    let defaults = fold::defaults(rollup);
    let context = if model.store.context.is_some() { quote!(#krate::__private::Context) } else { quote!(()) };
    let kit = kit::columns(rollup, &lowered);
    let (impl_generics, type_generics, _) = rollup.input.original.generics.split_for_impl();
    quote! {
        #declaration
        #views
        const _: () = {
            #types
            #texts
            #uses
            #accessors
            #of_views
            #[automatically_derived]
            #[allow(deprecated, unreachable_code, unused_mut, unused_variables, clippy::all, clippy::pedantic, clippy::nursery)]
            impl #impl_generics #krate::Rollup for #event #type_generics {
                type Id = #id;
                type Time = #time;
                type Context = #context;
                type State = #state_name;
                type Texts = __RollupTexts<true>;
                #constants
                #event_name
                #begin
                #step
                #deletes
                #defaults
            }
            #kit
        };
    }
}

/// Refuses, in const evaluation, columns whose types do not suit their use.
fn uses(rollup: &RollupEnum<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let checks = rollup.all().filter_map(|column| {
        let ty = rollup.ty(column)?;
        let find = |given: fn(&Given) -> bool| column.steps.iter().find(|step| given(&step.given));
        let mark = |step: &DeclaredStep| rollup.tokens.span(step.mark);
        let records = find(|given| matches!(given, Given::RecordedAt));
        let numbers = find(|given| matches!(given, Given::Sequence));
        let (condition, message, span) = match (records, numbers) {
            (Some(step), _) => (
                quote!(<#ty as #krate::SqlType>::SQL.is_timestamp()),
                "a recorded time needs a column of type `timestamp with time zone`; give the column or `time` such a type",
                mark(step),
            ),
            (None, Some(step)) => (
                quote!(<#ty as #krate::SqlType>::SQL.is_bigint()),
                "a sequence needs a column of type `bigint`; give the column the type `i64`",
                mark(step),
            ),
            (None, None) if column.kind().is_many() && column.sql_type().is_none() => (
                quote!(!<#ty as #krate::SqlType>::SQL.is_array()),
                "PostgreSQL has no lists of lists; use a `Vec` of single values",
                ty.span(),
            ),
            (None, None) => return None,
        };
        Some(quote_spanned!(span=> const _: () = ::core::assert!(#condition, #message);))
    });
    let (inside, wide) = (insides(rollup), wide(rollup));
    quote!(#(#checks)* #inside #wide)
}

/// Refuses, in const evaluation, fields that serde cannot read in an enum with a tag, once per type.
fn wide(rollup: &RollupEnum<'_>) -> TokenStream {
    match rollup.input.tagging {
        Tagging::External | Tagging::Separate { .. } => return TokenStream::new(),
        Tagging::Internal { .. } | Tagging::Adjacent { .. } => {}
    }
    let krate = &rollup.options.krate;
    let mut seen = BTreeSet::new();
    let steps = rollup.all().flat_map(|column| &column.steps);
    let checks = steps.filter_map(|step| {
        let read = step.read().filter(|read| read.sql_type.is_none() && read.path.is_empty())?;
        let ty = read.field.map(|_| rollup.tokens.ty(read.ty)).filter(|ty| known::known(ty).is_none())?;
        seen.insert(spelled(ty)).then(|| {
            quote_spanned! {ty.span()=>
                const _: () =
                    ::core::assert!(<#ty as #krate::SqlType>::SQL.is_read_with_a_tag(), #NO_WIDE_INTEGERS);
            }
        })
    });
    quote!(#(#checks)*)
}

/// Refuses, in const evaluation, a path into a field if serde may read other keys than it writes: the fold looks into
/// the JSON that serde writes, the trigger into the JSON that is stored.
fn insides(rollup: &RollupEnum<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let steps = rollup.all().flat_map(|column| &column.steps);
    let checks = steps.filter_map(|step| {
        let read = step.read().filter(|read| !read.path.is_empty())?;
        let whole = rollup.input.variants[step.variant].fields[read.field?].ty;
        let element = collection(whole).filter(|_| read.is_in_element());
        let ty = element.map_or(whole, |(_, element)| element);
        Some(quote_spanned! {ty.span()=>
            const _: () = ::core::assert!(
                <#ty as #krate::SqlType>::SQL.has_exact_keys(),
                "`path` needs a `serde_json::Value`, or a struct with `#[rollup(json)]` that has no `#[serde(alias)]` and no `#[serde(default)]`; change the type of the field"
            );
        })
    });
    quote!(#(#checks)*)
}

/// Refuses, in const evaluation, a string that is not a value of its column's enum.
fn texts(rollup: &RollupEnum<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let checks = rollup.all().flat_map(|column| {
        column.steps.iter().filter_map(|step| {
            let (Marked { is: literal, mark }, ty) = match &step.given {
                Given::Literal(literal) => (literal, rollup.ty(column)?),
                Given::Read(read) => (read.default.as_ref()?, rollup.tokens.ty(read.ty)),
                Given::Nothing | Given::Sequence | Given::RecordedAt => return None,
            };
            let text = match literal {
                Literal::Text(text) => text,
                Literal::Bool(_) | Literal::Integer(_) => return None,
            };
            let message = format!("`{text}` is not a value of column `{}`", column.name);
            let span = rollup.tokens.span(*mark);
            Some(quote_spanned! {span=>
                const _: () = ::core::assert!(
                    #krate::__private::is_text_of(<#ty as #krate::__private::FromText>::TEXTS, #text),
                    "{}", #message
                );
            })
        })
    });
    quote!(#(#checks)*)
}
