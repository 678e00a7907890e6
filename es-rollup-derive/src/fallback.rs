//! What is emitted beside errors: the same names, so that one mistake is one error.

use crate::emission::state;
use crate::model::Rollup;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

/// The errors, the struct as far as it is known, and an implementation that is never run.
pub(crate) fn fallback(rollup: &Rollup<'_>, errors: darling::Error) -> TokenStream {
    let errors = errors.write_errors();
    let event = &rollup.input.original.ident;
    let krate = &rollup.options.krate;
    let state_name = &rollup.options.state;
    let id = match rollup.options.id {
        Some(id) => quote_spanned!(id.span()=> #id),
        None => quote!(()),
    };
    let time = &rollup.options.time;
    let declaration = state::declaration(rollup, &id);
    let accessors = state::accessors(rollup, &id);
    quote! {
        #errors
        #declaration
        #[automatically_derived]
        const _: () = {
            #accessors
            impl #krate::Rollup for #event {
                type Id = #id;
                type Time = #time;
                type State = #state_name;
                const EVENT_TABLE: &'static str = "";
                const ROLLUP_TABLE: &'static str = "";
                const MODEL: &'static str = "";
                const MIGRATION_SQL: &'static str = "";
                const REVERT_SQL: &'static str = "";
                const EXPLANATION: &'static str = "";
                fn event_type(&self) -> &'static str { "" }
                fn deletes(&self) -> bool { false }
                fn begin(_: &#krate::Recorded<'_, Self>) -> ::core::result::Result<#state_name, #krate::__private::Refusal> {
                    ::core::unreachable!()
                }
                fn step(_: &mut #state_name, _: &#krate::Recorded<'_, Self>) -> ::core::result::Result<(), #krate::__private::Refusal> {
                    ::core::unreachable!()
                }
            }
        };
    }
}
