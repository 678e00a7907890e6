//! What the test kit has to know about a state. It is the input of a macro that expands to nothing unless the kit is
//! enabled, so it costs ordinary builds nothing and requires nothing of the columns' types.

use super::state;
use crate::lowering::Lowered;
use crate::model::{Column, Rollup};
use crate::spelling::Collection;
use es_rollup_core::model::{self, Type};
use proc_macro2::TokenStream;
use quote::quote;

/// The macro's call.
pub(crate) fn columns(rollup: &Rollup<'_>, lowered: &Lowered) -> TokenStream {
    let krate = &rollup.options.krate;
    let event = &rollup.input.original.ident;
    let (impl_generics, type_generics, _) = rollup.input.original.generics.split_for_impl();
    let columns = rollup.columns.iter().zip(&lowered.model.root.columns).map(|(written, column)| {
        let (field, name) = (state::field(&column.name), &column.name);
        let shape = match (column.kind.is_many(), column.nullable) {
            (true, _) => quote!(many),
            (false, true) => quote!(maybe),
            (false, false) => quote!(one),
        };
        let ty = match &column.ty {
            Type::Slot(slot) => {
                let ty = &lowered.slots[*slot];
                quote!({#ty})
            }
            Type::Known { name, read, .. } => quote!((#name #read)),
        };
        let with = with(rollup, written, column);
        quote!(#field #name #shape #ty [#with];)
    });
    quote! {
        #krate::__private::kit! { [#impl_generics] #event #type_generics; #(#columns)* }
    }
}

/// The function with which serde writes the column's field, and the type that the function takes: one value, or the
/// whole field if the column holds the whole field.
fn with(rollup: &Rollup<'_>, written: &Column, column: &model::Column) -> TokenStream {
    let is_concrete = rollup.input.original.generics.params.is_empty();
    let writer = written.writers.iter().filter(|writer| writer.operation.brings()).find(|writer| {
        writer
            .value()
            .is_some_and(|value| value.sql_type.is_some() && value.path.is_empty() && !value.borrowed)
    });
    let Some((writer, value)) = writer.and_then(|writer| Some((writer, writer.value()?))) else {
        return TokenStream::new();
    };
    let Some(field) = value.field.map(|place| &rollup.input.variants[writer.variant].fields[place]) else {
        return TokenStream::new();
    };
    let Some(function) = field.written_with.as_ref().filter(|_| is_concrete) else {
        return TokenStream::new();
    };
    let (whole, one) = (field.whole, field.ty);
    match (field.optional, value.many, column.kind.is_many(), column.nullable) {
        (true, None, false, true) | (false, Some(Collection::Vec), true, false) => {
            quote!(whole {#function} {#whole})
        }
        (false, None, _, _) => quote!(each {#function} {#one}),
        // The column does not hold the field in the form that the function takes.
        (true, None, true | false, true | false)
        | (
            true | false,
            Some(Collection::Vec | Collection::Ordered | Collection::Set),
            true | false,
            true | false,
        ) => TokenStream::new(),
    }
}
