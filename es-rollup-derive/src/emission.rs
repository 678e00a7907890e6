//! The validated model as code.

mod fold;
mod sql;
pub(crate) mod state;

use crate::model::Rollup;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The struct and the implementation of `Rollup`.
pub(crate) fn emit(rollup: &Rollup<'_>) -> TokenStream {
    let (model, slots) = rollup.lower();
    let view = &model.views[0];
    let event = &rollup.input.original.ident;
    let krate = &rollup.options.krate;
    let state_name = &rollup.options.state;
    let id = rollup.options.id;
    let id = quote_spanned!(id.span()=> #id);
    let time = &rollup.options.time;
    let declaration = state::declaration(rollup, &id);
    let accessors = state::accessors(rollup, &id);
    let types = sql::types(event, &slots, krate);
    let constants = sql::constants(&model, view, krate);
    let event_type = fold::event_type(&model, rollup);
    let begin = fold::begin(&model, view, rollup);
    let step = fold::step(&model, view, rollup);
    quote! {
        #declaration
        const _: () = {
            #types
            #accessors
            #[automatically_derived]
            #[allow(deprecated, clippy::all, clippy::pedantic, clippy::nursery)]
            impl #krate::Rollup for #event {
                type Id = #id;
                type Time = #time;
                type State = #state_name;
                #constants
                #event_type
                #begin
                #step
            }
        };
    }
}
