//! The SQL as constants: text from the core's emitter, into which the compiler fills what the macro does not know about
//! types.

use super::rust_model::RustModel;
use super::template;
use super::types::KnownTypes;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::emit;
use es_rollup_core::model::{Filter, Model, Order, Store};
use proc_macro2::TokenStream;
use quote::quote;

/// The constants of `Rollup`, and those that they depend on.
pub(crate) struct Constants {
    pub(crate) public: TokenStream,
    pub(crate) private: TokenStream,
}

pub(crate) fn constants(rollup: &RollupEnum<'_>, lowered: &RustModel<'_>) -> Constants {
    let (model, krate) = (lowered.model, &rollup.options.krate);
    let types = KnownTypes::new(lowered);
    let events = emit::qualified(&model.store.table);
    let rollup_table = emit::qualified(&model.root.table);
    let migration = emit::migration(model);
    let private = types.constants(rollup, &migration);
    let joined = |pieces| template::text(&types.spell(pieces), |ty| types.place(ty), krate);
    let description = joined(emit::description(model));
    let migration = joined(migration);
    let revert = joined(emit::revert(model));
    let state = joined(emit::state(model, types.time()));
    let explanation = joined(emit::explanation(model));
    let layout = layout(model, krate);
    let views = model.views.iter().map(|view| {
        let (name, table) = (&view.name, emit::qualified(&view.table));
        quote!((#name, #table))
    });
    let views = (!model.views.is_empty()).then(|| {
        quote! {
            const VIEWS: &'static [(&'static ::core::primitive::str, &'static ::core::primitive::str)] = &[#(#views),*];
        }
    });
    let public = quote! {
        const LAYOUT: #krate::__private::Layout = #layout;
        const EVENT_TABLE: &'static ::core::primitive::str = #events;
        const ROLLUP_TABLE: &'static ::core::primitive::str = #rollup_table;
        #views
    };
    let private = quote! {
        #private
        #[allow(dead_code, missing_debug_implementations, missing_docs, unreachable_pub)]
        pub struct __RollupTexts<const USED: ::core::primitive::bool>;
        #[automatically_derived]
        impl<const USED: ::core::primitive::bool> #krate::__private::Texts for __RollupTexts<USED> {
            const MODEL: &'static ::core::primitive::str = #description;
            const MIGRATION_SQL: &'static ::core::primitive::str = #migration;
            const REVERT_SQL: &'static ::core::primitive::str = #revert;
            const STATE_SQL: &'static ::core::primitive::str = #state;
            const EXPLANATION: &'static ::core::primitive::str = #explanation;
        }
    };
    Constants { public, private }
}

/// The layout of the event table.
fn layout(model: &Model, krate: &TokenStream) -> TokenStream {
    let Store { id, sequence, order, payload, recorded_at, filter, context, table: _, id_type: _ } =
        &model.store;
    let event_type = model.tagging.column().map_or(Store::EVENT_TYPE, String::as_str);
    let order = match order {
        Order::Contiguous => quote!(Contiguous),
        Order::Increasing => quote!(Increasing),
    };
    let filter = filter.as_ref().map(|Filter { column, value }| quote!((#column, #value)));
    let name = |name: &Option<String>| name.as_ref().map(|name| quote!(#name));
    let option = |given: Option<TokenStream>| {
        given.map_or_else(
            || quote!(::core::option::Option::None),
            |given| quote!(::core::option::Option::Some(#given)),
        )
    };
    let [recorded_at, context, filter] = [name(recorded_at), name(context), filter].map(option);
    quote! {
        #krate::__private::Layout {
            id: #id,
            sequence: #sequence,
            order: #krate::__private::Order::#order,
            event_type: #event_type,
            payload: #payload,
            recorded_at: #recorded_at,
            context: #context,
            filter: #filter,
        }
    }
}
