//! What is emitted together with errors: the same names, so that one mistake gives one error.

use crate::emission::{rows, state};
use crate::rollup_enum::RollupEnum;
use crate::spelling::{mentions, spelled};
use es_rollup_core::model::Envelope;
use es_rollup_core::resolve::DeclaredColumn;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

/// The errors, the struct as far as it is known, and an implementation that never runs.
pub(crate) fn fallback(rollup: RollupEnum<'_>, errors: &TokenStream) -> TokenStream {
    let rollup = &declarable(rollup);
    let event = &rollup.input.original.ident;
    // Type parameters are refused, but the implementation must still name them.
    let (impl_generics, type_generics, where_clause) = rollup.input.original.generics.split_for_impl();
    let krate = &rollup.options.krate;
    let state_name = rollup.state();
    let id = rollup.options.id.map_or_else(|| quote!(()), |id| quote_spanned!(id.span()=> #id));
    let time = &rollup.options.time;
    let declaration = state::declaration(rollup, &id, Envelope::ALL.into_iter(), None);
    let accessors = state::accessors(rollup, &id);
    let rows::Views { public: views, private: of_views } = rows::views(rollup, &id, None);
    quote! {
        #errors
        #declaration
        #views
        const _: () = {
            #accessors
            #of_views
            #[automatically_derived]
            impl #impl_generics #krate::Rollup for #event #type_generics #where_clause {
                type Id = #id;
                type Time = #time;
                type Context = ();
                type State = #state_name;
                type Texts = ();
                const LAYOUT: #krate::__private::Layout = #krate::__private::Layout {
                    id: "",
                    sequence: "",
                    order: #krate::__private::Order::Contiguous,
                    event_type: "",
                    payload: "",
                    recorded_at: ::core::option::Option::None,
                    context: ::core::option::Option::None,
                    filter: ::core::option::Option::None,
                };
                const EVENT_TABLE: &'static ::core::primitive::str = "";
                const ROLLUP_TABLE: &'static ::core::primitive::str = "";
                fn event_name(&self) -> &'static ::core::primitive::str { "" }
                fn deletes(&self) -> ::core::primitive::bool { false }
                fn begin(_: &#krate::Recorded<'_, Self>) -> ::core::result::Result<#state_name, #krate::__private::Refusal> {
                    ::core::unreachable!()
                }
                fn step(_: &mut #state_name, _: &#krate::Recorded<'_, Self>) -> ::core::result::Result<(), #krate::__private::Refusal> {
                    ::core::unreachable!()
                }
            }
            #krate::__private::kit! { [#impl_generics] #event #type_generics; }
        };
    }
}

/// The enum without what the struct cannot have: columns with names that no field can have, and types that
/// mention parameters of the enum.
fn declarable(mut rollup: RollupEnum<'_>) -> RollupEnum<'_> {
    let generics = &rollup.input.original.generics;
    let mut parameters: Vec<Ident> =
        generics.lifetimes().map(|parameter| parameter.lifetime.ident.clone()).collect();
    parameters.extend(generics.type_params().map(|parameter| parameter.ident.clone()));
    parameters.extend(generics.const_params().map(|parameter| parameter.ident.clone()));
    rollup.options.id = rollup.options.id.filter(|id| !mentions(id.to_token_stream(), &parameters));
    let declarable = |rollup: &RollupEnum<'_>, column: &DeclaredColumn| {
        let mentions = |ty: &syn::Type| mentions(ty.to_token_stream(), &parameters);
        is_field(&column.name) && !rollup.ty(column).is_some_and(mentions)
    };
    let mut columns = std::mem::take(&mut rollup.columns);
    columns.retain(|column| declarable(&rollup, column));
    let views = std::mem::take(&mut rollup.views);
    let rows = std::mem::take(&mut rollup.options.rows);
    let mut structs = vec![rollup.options.state.clone(), rollup.options.whole.clone()];
    let is_whole = structs[0] == structs[1];
    let mut names: Vec<String> = vec!["rollup".into()];
    for (mut view, row) in views.into_iter().zip(rows).filter(|_| !is_whole) {
        // Two with the same name would be reported by the compiler too.
        if !is_field(&view.name) || names.contains(&view.name) || structs.contains(&row) {
            continue;
        }
        let mut fields: Vec<String> = Vec::new();
        let mut once = |column: &DeclaredColumn| {
            let is_first = !fields.contains(&column.name);
            fields.push(column.name.clone());
            is_first && declarable(&rollup, column)
        };
        view.parts.retain(&mut once);
        view.columns.retain(&mut once);
        let is_ordered = |part: &DeclaredColumn| {
            let ty = rollup.ty(part).map(spelled);
            !ty.is_some_and(|ty| ["f32", "f64", "serde_json::Value"].contains(&ty.as_str()))
        };
        view.parts.retain(is_ordered);
        names.push(view.name.clone());
        structs.push(row.clone());
        rollup.options.rows.push(row);
        rollup.views.push(view);
    }
    rollup.columns = columns;
    rollup
}

/// Whether a field can have this name in addition to the fields that every rollup has.
fn is_field(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
        && name.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
        && !Envelope::NAMES.contains(&name)
        && !["self", "super", "crate", "_"].contains(&name)
}
