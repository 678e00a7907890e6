//! What the test kit has to know about a state. It is the input of a macro that expands to nothing unless the kit is
//! enabled, so it costs ordinary builds nothing and requires nothing of the columns' types.

use super::rust_model::RustModel;
use super::state;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::emit;
use es_rollup_core::model::{self, TypeTexts};
use es_rollup_core::resolve::{Collection, DeclaredColumn};
use proc_macro2::TokenStream;
use quote::quote;

/// The macro's call.
pub(crate) fn columns(rollup: &RollupEnum<'_>, lowered: &RustModel<'_>) -> TokenStream {
    let krate = &rollup.options.krate;
    let event = &rollup.input.original.ident;
    let (impl_generics, type_generics, _) = rollup.input.original.generics.split_for_impl();
    let model = lowered.model;
    let listed = |written, columns| listed(rollup, lowered, written, columns);
    let root = listed(&rollup.columns, &model.root.columns);
    let views =
        rollup.views.iter().zip(&rollup.options.rows).zip(&model.views).map(|((written, row), view)| {
            let name = state::field(&written.name);
            let parts = listed(&written.parts, view.parts());
            let columns = listed(&written.columns, &view.columns);
            quote!([#name #row (#parts) #columns])
        });
    let history = model.history.iter().map(|history| {
        let table = emit::qualified(&history.table);
        quote!(=> #table)
    });
    quote! {
        #krate::__private::kit! { [#impl_generics] #event #type_generics; #root #(#views)* #(#history)* }
    }
}

/// The columns of a table.
fn listed(
    rollup: &RollupEnum<'_>,
    lowered: &RustModel<'_>,
    written: &[DeclaredColumn],
    columns: &[model::Column],
) -> TokenStream {
    let shown = written.iter().zip(columns).filter(|(_, column)| !column.retired);
    let columns = shown.map(|(written, column)| {
        let (field, name) = (state::field(&column.name), &column.name);
        let shape = match (column.kind.is_many(), column.nullable) {
            (true, _) => quote!(many),
            (false, true) => quote!(maybe),
            (false, false) => quote!(one),
        };
        let ty = match (lowered.rust(column.ty), lowered.model.types.texts(column.ty)) {
            (Some(ty), _) => quote!({#ty}),
            (None, Some(TypeTexts { name, read, .. })) => quote!((#name #read)),
            (None, None) => unreachable!("a type is known in Rust or in SQL"),
        };
        let with = with(rollup, written, column);
        quote!(#field #name #shape #ty [#with];)
    });
    columns.collect()
}

/// The function with which serde writes the column's field, and the type that the function takes: one value, or the
/// whole field if the column holds the whole field.
fn with(rollup: &RollupEnum<'_>, written: &DeclaredColumn, column: &model::Column) -> TokenStream {
    let is_concrete = rollup.input.original.generics.params.is_empty();
    let step = written.steps.iter().filter(|step| step.operation.brings()).find(|step| {
        // The function writes the whole field, and knows nothing of the elements of one.
        step.read().is_some_and(|read| {
            read.sql_type.is_some() && read.path.is_empty() && !read.borrowed && !read.is_in_element()
        })
    });
    let Some((step, read)) = step.and_then(|step| Some((step, step.read()?))) else {
        return TokenStream::new();
    };
    let Some(field) = read.field.map(|place| &rollup.input.variants[step.variant].fields[place]) else {
        return TokenStream::new();
    };
    let Some(function) = field.written_with.as_ref().filter(|_| is_concrete) else {
        return TokenStream::new();
    };
    let (whole, one) = (field.whole, field.ty);
    match (field.optional, read.many, column.kind.is_many(), column.nullable) {
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
