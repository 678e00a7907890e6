//! The struct into which a stream folds.

use super::rust_model::RustModel;
use crate::rollup_enum::RollupEnum;
use crate::spelling::spelled;
use es_rollup_core::emit::{self, Piece};
use es_rollup_core::model::Envelope;
use es_rollup_core::resolve::DeclaredColumn;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// A column's name as a field. `gen` is a keyword since edition 2024, but the parser does not treat it as one.
pub(crate) fn field(name: &str) -> Ident {
    let plain = if name == "gen" { Err(()) } else { syn::parse_str(name).map_err(drop) };
    plain.unwrap_or_else(|()| {
        syn::parse_str(&format!("r#{name}")).unwrap_or_else(|_| format_ident!("column_{}", name.len()))
    })
}

/// What each event does to each column, as Markdown for the struct's documentation, with Rust types.
pub(crate) fn explanation(lowered: &RustModel<'_>) -> String {
    let pieces = emit::explanation(lowered.model);
    let spelt = pieces.iter().map(|piece| match piece {
        // Markdown would read these as a link, a tag or emphasis.
        Piece::Text(text) => text.chars().fold(String::new(), |mut text, one| {
            if matches!(one, '[' | ']' | '<' | '>' | '*' | '`') {
                text.push('\\');
            }
            text.push(one);
            text
        }),
        Piece::Type(ty, _) => match lowered.rust(*ty) {
            Some(rust) => format!("`{}`", short(&spelled(rust))),
            None => {
                lowered.model.types.texts(*ty).map(|texts| format!("`{}`", texts.name)).unwrap_or_default()
            }
        },
        Piece::Fingerprint | Piece::If(..) => String::new(),
    });
    spelt.collect()
}

/// A type as a user writes it, if the derive wrote its full path.
fn short(spelt: &str) -> &str {
    match spelt.strip_prefix("::").and_then(|path| path.rsplit("::").next()) {
        Some("DefaultTime") => "DateTime<Utc>",
        Some(name) => name,
        None => spelt,
    }
}

/// The struct's declaration; together with errors it has no explanation.
pub(crate) fn declaration(
    rollup: &RollupEnum<'_>,
    id: &TokenStream,
    envelope: impl Iterator<Item = Envelope>,
    explanation: Option<&str>,
) -> TokenStream {
    let options = &rollup.options;
    let (vis, name, derives, time) = (&options.vis, &options.state, &options.derives, &options.time);
    let event = &rollup.input.original.ident;
    let envelope = envelope.map(|one| {
        let name = field(one.name());
        let (doc, ty) = match one {
            Envelope::Id => (" The entity's id.", id.clone()),
            Envelope::Version => {
                (" The sequence of the last event that is folded in.", quote!(::core::primitive::i64))
            }
            Envelope::CreatedAt => (" The recorded time of the first event.", quote!(#time)),
            Envelope::ModifiedAt => {
                (" The recorded time of the last event that is folded in.", quote!(#time))
            }
        };
        quote!(#[doc = #doc] #vis #name: #ty,)
    });
    let summary = format!(" The current state of an entity, folded from its [`{event}`]s.");
    let columns = rollup.columns.iter().filter(|column| !column.retired).filter_map(|column| {
        let ty = rollup.ty(column)?;
        let ty = quote_spanned!(ty.span()=> #ty);
        let ty = match (column.kind().is_many(), column.nullable) {
            (true, _) => quote!(::std::vec::Vec<#ty>),
            (false, true) => quote!(::core::option::Option<#ty>),
            (false, false) => ty,
        };
        let (name, doc) = (field(&column.name), touched(rollup, column));
        Some(quote!(#[doc = #doc] #vis #name: #ty,))
    });
    let explanation = explanation.map(|table| {
        let text = format!("\n# What each event does\n\n{table}");
        quote!(#[doc = #text])
    });
    quote! {
        #[doc = #summary]
        #explanation
        #[derive(#(#derives),*)]
        #vis struct #name {
            #(#envelope)*
            #(#columns)*
        }
    }
}

/// The events that change a column, in words.
pub(super) fn touched(rollup: &RollupEnum<'_>, column: &DeclaredColumn) -> String {
    let event = &rollup.input.original.ident;
    let mut words: Vec<String> = column
        .written()
        .map(|step| {
            if step.everywhere.is_some() {
                return format!("`{}` by every event", step.key.name());
            }
            let variant = rollup.input.variants[step.variant].original.ident.unraw();
            format!("`{}` by [`{variant}`]({event}::{variant})", step.key.name())
        })
        .collect();
    words.dedup();
    format!(" {}.", words.join(", "))
}

/// What the fold needs from every state.
pub(crate) fn accessors(rollup: &RollupEnum<'_>, id: &TokenStream) -> TokenStream {
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
