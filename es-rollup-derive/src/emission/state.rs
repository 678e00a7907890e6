//! The struct that a stream folds into.

use crate::model::{Column, Rollup};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// A column's name as a field.
pub(crate) fn field(name: &str) -> Ident {
    syn::parse_str(name).unwrap_or_else(|_| {
        syn::parse_str(&format!("r#{name}")).unwrap_or_else(|_| format_ident!("column_{}", name.len()))
    })
}

/// The struct's declaration.
pub(crate) fn declaration(rollup: &Rollup<'_>, id: &TokenStream) -> TokenStream {
    let options = &rollup.options;
    let (vis, name, derives, time) = (&options.vis, &options.state, &options.derives, &options.time);
    let event = &rollup.input.original.ident;
    let summary = format!(" The current state of an entity, folded from its [`{event}`]s.");
    let columns = rollup.columns.iter().filter_map(|column| {
        let ty = column.ty(&rollup.time())?;
        let ty = quote_spanned!(ty.span()=> #ty);
        let ty = match (column.kind().is_many(), rollup.is_nullable(column)) {
            (true, _) => quote!(::std::vec::Vec<#ty>),
            (false, true) => quote!(::core::option::Option<#ty>),
            (false, false) => ty,
        };
        let (name, doc) = (field(&column.name), touched(rollup, column));
        Some(quote!(#[doc = #doc] #vis #name: #ty,))
    });
    quote! {
        #[doc = #summary]
        #[derive(#(#derives),*)]
        #vis struct #name {
            /// The entity's id.
            #vis id: #id,
            /// The sequence of the last event that is folded in.
            #vis version: ::core::primitive::i64,
            /// The recorded time of the first event.
            #vis created_at: #time,
            /// The recorded time of the last event that is folded in.
            #vis modified_at: #time,
            #(#columns)*
        }
    }
}

/// Which events touch a column, in words.
fn touched(rollup: &Rollup<'_>, column: &Column) -> String {
    let event = &rollup.input.original.ident;
    let mut words: Vec<String> = column
        .written()
        .map(|writer| {
            if writer.everywhere.is_some() {
                return format!("`{}` by every event", writer.key);
            }
            let variant = rollup.input.variants[writer.variant].original.ident.unraw();
            format!("`{}` by [`{variant}`]({event}::{variant})", writer.key)
        })
        .collect();
    words.dedup();
    format!(" {}.", words.join(", "))
}

/// What the fold needs to know of any state.
pub(crate) fn accessors(rollup: &Rollup<'_>, id: &TokenStream) -> TokenStream {
    let (krate, name) = (&rollup.options.krate, &rollup.options.state);
    let span = Span::call_site();
    quote_spanned! {span=>
        #[automatically_derived]
        impl #krate::State for #name {
            type Id = #id;
            #[inline]
            fn id(&self) -> &Self::Id {
                &self.id
            }
            #[inline]
            fn version(&self) -> ::core::primitive::i64 {
                self.version
            }
        }
    }
}
