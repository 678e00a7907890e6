//! The structs of the views, and that of the state, which holds the rows of all tables.

mod explained;

use super::state::{field, touched};
use crate::rollup_enum::RollupEnum;
use es_rollup_core::emit;
use es_rollup_core::model::{Envelope, Model};
use es_rollup_core::resolve::{DeclaredColumn, DeclaredRows};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::Path;
use syn::spanned::Spanned;

/// What the views add to the expansion; nothing without views.
#[derive(Default)]
pub(crate) struct Views {
    /// The structs.
    pub(crate) public: TokenStream,
    /// What is implemented for them.
    pub(crate) private: TokenStream,
}

/// The structs; together with errors there is no model.
pub(crate) fn views(rollup: &RollupEnum<'_>, id: &TokenStream, model: Option<&Model>) -> Views {
    let mut views = Views::default();
    if rollup.views.is_empty() {
        return views;
    }
    for (at, (view, name)) in rollup.views.iter().zip(&rollup.options.rows).enumerate() {
        let explained = model.map(|model| explained::rows(rollup, model, at));
        let timed = model.is_none_or(|model| Envelope::of(&model.store).any(Envelope::is_time));
        views.public.extend(declaration(rollup, view, name, id, explained.as_deref(), timed));
        let table = model.map(|model| emit::qualified(&model.views[at].table)).unwrap_or_default();
        views.private.extend(row(rollup, view, name, id, &table));
    }
    views.public.extend(state(rollup));
    views.private.extend(accessors(rollup, id));
    views
}

/// The struct of a view's rows.
fn declaration(
    rollup: &RollupEnum<'_>,
    view: &DeclaredRows,
    name: &Ident,
    id: &TokenStream,
    explained: Option<&str>,
    has_times: bool,
) -> TokenStream {
    let options = &rollup.options;
    let (vis, derives, time) = (&options.vis, &options.derives, &options.time);
    let event = &rollup.input.original.ident;
    let typed = |column: &DeclaredColumn| {
        let ty = rollup.ty(column)?;
        let ty = quote_spanned!(ty.span()=> #ty);
        let ty = match (column.kind().is_many(), column.nullable) {
            (true, _) => quote!(::std::vec::Vec<#ty>),
            (false, true) => quote!(::core::option::Option<#ty>),
            (false, false) => ty,
        };
        let (name, doc) = (field(&column.name), touched(rollup, column));
        Some((name, ty, doc))
    };
    let parts = view.parts.iter().filter_map(|part| {
        let (name, ty, _) = typed(part)?;
        let doc = " A part of what tells the row apart from the others of its entity.";
        Some(quote!(#[doc = #doc] #vis #name: #ty,))
    });
    let columns = view.columns.iter().filter(|column| !column.retired).filter_map(|column| {
        let (name, ty, doc) = typed(column)?;
        Some(quote!(#[doc = #doc] #vis #name: #ty,))
    });
    let recorded = has_times.then(|| {
        quote! {
            #[doc = " The recorded time of the event that made the row."]
            #vis created_at: #time,
            #[doc = " The recorded time of the last event that touched the row."]
            #vis modified_at: #time,
        }
    });
    let explained = explained.map(|list| {
        let text = format!("\n# What each event does\n\n{list}");
        quote!(#[doc = #text])
    });
    let summary = format!(" A row of `{}`, folded from the [`{event}`]s of its entity.", view.name);
    quote! {
        #[doc = #summary]
        #explained
        #[derive(#(#derives),*)]
        #vis struct #name {
            #[doc = " The entity's id."]
            #vis id: #id,
            #(#parts)*
            #[doc = " The sequence of the last event that touched the row."]
            #vis version: ::core::primitive::i64,
            #recorded
            #(#columns)*
        }
    }
}

/// What every row has.
fn row(
    rollup: &RollupEnum<'_>,
    view: &DeclaredRows,
    name: &Ident,
    id: &TokenStream,
    table: &str,
) -> TokenStream {
    let krate = &rollup.options.krate;
    let parts = view.parts.iter().filter_map(|part| Some((field(&part.name), rollup.ty(part)?)));
    let parts = parts.map(|(name, ty)| (name, quote_spanned!(ty.span()=> #ty)));
    let (names, types): (Vec<Ident>, Vec<TokenStream>) = parts.unzip();
    let (ty, key) = match (names.as_slice(), types.as_slice()) {
        ([name], [ty]) => (quote!(#ty), quote!(::core::clone::Clone::clone(&self.#name))),
        ([] | [_, _, ..], _) | (_, [] | [_, _, ..]) => {
            (quote!((#(#types,)*)), quote!((#(::core::clone::Clone::clone(&self.#names),)*)))
        }
    };
    quote! {
        #[automatically_derived]
        #[allow(clippy::all, clippy::pedantic, clippy::nursery)]
        impl #krate::Row for #name {
            type Id = #id;
            type Key = #ty;
            const TABLE: &'static ::core::primitive::str = #table;
            #[inline]
            fn id(&self) -> &Self::Id {
                &self.id
            }
            #[inline]
            fn key(&self) -> Self::Key {
                #key
            }
            #[inline]
            fn version(&self) -> ::core::primitive::i64 {
                self.version
            }
        }
    }
}

/// The type that holds the rows of a view.
pub(super) fn held(rollup: &RollupEnum<'_>, view: &DeclaredRows, name: &Ident) -> TokenStream {
    let krate = &rollup.options.krate;
    if view.parts.is_empty() { quote!(::core::option::Option<#name>) } else { quote!(#krate::Rows<#name>) }
}

/// The struct of all rows of an entity.
fn state(rollup: &RollupEnum<'_>) -> TokenStream {
    let options = &rollup.options;
    let (vis, name, root) = (&options.vis, &options.whole, &options.state);
    let event = &rollup.input.original.ident;
    let is = |path: &&Path, name: &str| path.segments.last().is_some_and(|last| last.ident == name);
    // What is read from a database has the rows of the views as JSON.
    let reads = options.derives.iter().any(|path| is(&path, "Deserialize"));
    let from_row = reads && options.derives.iter().any(|path| is(&path, "FromRow"));
    let derives = options.derives.iter().filter(|path| from_row || !is(path, "FromRow"));
    let [flatten, json] = [quote!(flatten), quote!(json)].map(|how| from_row.then(|| quote!(#[sqlx(#how)])));
    let views = rollup.views.iter().zip(&options.rows).map(|(view, row)| {
        let (name, ty) = (field(&view.name), held(rollup, view, row));
        let doc = if view.parts.is_empty() {
            format!(" Its row of `{}`, if there is one.", view.name)
        } else {
            format!(" Its rows of `{}`.", view.name)
        };
        quote!(#[doc = #doc] #json #vis #name: #ty,)
    });
    let summary = format!(" The current state of an entity with its views, folded from its [`{event}`]s.");
    quote! {
        #[doc = #summary]
        #[derive(#(#derives),*)]
        #vis struct #name {
            #[doc = " The entity's own row."]
            #flatten
            #vis rollup: #root,
            #(#views)*
        }
    }
}

/// What is implemented for the state.
fn accessors(rollup: &RollupEnum<'_>, id: &TokenStream) -> TokenStream {
    let options = &rollup.options;
    let (krate, vis, name, root) = (&options.krate, &options.vis, &options.whole, &options.state);
    let views = || rollup.views.iter().zip(&options.rows);
    let names: Vec<Ident> = views().map(|(view, _)| field(&view.name)).collect();
    let parameters = views().zip(&names).map(|((view, row), name)| {
        if view.parts.is_empty() {
            quote!(#name: ::core::option::Option<#row>)
        } else {
            quote!(#name: impl ::core::iter::IntoIterator<Item = #row>)
        }
    });
    let checked = views().zip(&names).map(|((view, _), name)| {
        let called = &view.name;
        let rows = quote!(#krate::__private::untorn(&rollup, #called, #name)?);
        if view.parts.is_empty() {
            let all = quote!(::core::iter::IntoIterator::into_iter(#rows));
            quote!(let #name = ::core::iter::Iterator::next(&mut #all);)
        } else {
            quote!(let #name = #rows;)
        }
    });
    quote! {
        #[automatically_derived]
        #[allow(dead_code, clippy::all, clippy::pedantic, clippy::nursery)]
        impl #name {
            /// The state with these rows, which one statement has read.
            ///
            /// # Errors
            ///
            /// If a row belongs to another entity, has the key of another, or is newer than the entity's own row.
            #vis fn new(
                rollup: #root,
                #(#parameters,)*
            ) -> ::core::result::Result<Self, #krate::TornRead> {
                #(#checked)*
                ::core::result::Result::Ok(Self { rollup, #(#names,)* })
            }
        }
        #[automatically_derived]
        impl ::core::ops::Deref for #name {
            type Target = #root;
            #[inline]
            fn deref(&self) -> &#root {
                &self.rollup
            }
        }
        #[automatically_derived]
        impl #krate::State for #name {
            type Id = #id;
            #[inline]
            fn id(&self) -> &Self::Id {
                &self.rollup.id
            }
            #[inline]
            fn version(&self) -> ::core::primitive::i64 {
                self.rollup.version
            }
        }
    }
}
