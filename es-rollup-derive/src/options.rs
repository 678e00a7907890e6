//! The enum's options and their defaults.

use crate::attributes::{Written, WrittenValue, reparse};
use crate::error::error;
use crate::wire::WireEnum;
use darling::error::Accumulator;
use es_rollup_core::model::Trigger;
use es_rollup_core::resolve::Name;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Path, Type, Visibility};

/// The enum's options, with defaults filled in.
pub(crate) struct Options<'a> {
    pub(crate) events: Option<&'a LitStr>,
    pub(crate) table: Option<&'a LitStr>,
    pub(crate) id: Option<&'a Type>,
    pub(crate) trigger: Trigger,
    pub(crate) time: TokenStream,
    pub(crate) state: Ident,
    pub(crate) derives: Vec<Path>,
    pub(crate) vis: Visibility,
    pub(crate) krate: TokenStream,
}

impl<'a> Options<'a> {
    pub(crate) fn new(input: &'a WireEnum<'a>, errors: &mut Accumulator) -> Self {
        let find = |word: Name| input.options.iter().find(|written| written.key.name == word);
        let text = |word: Name| find(word).and_then(Written::text);
        let ty = |word: Name| find(word).and_then(Written::ty);
        let krate = ty(Name::Crate).map_or_else(|| quote!(::es_rollup), ToTokens::to_token_stream);
        let time =
            ty(Name::Time).map_or_else(|| quote!(#krate::__private::DefaultTime), ToTokens::to_token_stream);
        let derives = match find(Name::Derive).map(|written| &written.value) {
            Some(WrittenValue::Paths(paths)) => paths.clone(),
            Some(
                WrittenValue::None
                | WrittenValue::Text(_)
                | WrittenValue::Type(_)
                | WrittenValue::Literal(_)
                | WrittenValue::Assignments(_)
                | WrittenValue::Expressions(_)
                | WrittenValue::Names(_)
                | WrittenValue::Keys { .. },
            )
            | None => {
                [quote!(::core::fmt::Debug), quote!(::core::clone::Clone), quote!(::core::cmp::PartialEq)]
                    .map(|path| syn::parse_quote!(#path))
                    .into()
            }
        };
        let vis = match text(Name::Vis) {
            Some(text) => reparse(text).unwrap_or_else(|_| {
                errors.push(error(
                    text.span(),
                    "expected a visibility; write `vis = \"pub(crate)\"`, for example",
                ));
                Visibility::Inherited
            }),
            None => input.original.vis.clone(),
        };
        let state = match ty(Name::State) {
            Some(written) => syn::parse2(written.to_token_stream()).unwrap_or_else(|_| {
                errors.push(error(
                    written.span(),
                    "expected the name of the struct to generate; write `state = UserState`, for example",
                ));
                default_state(&input.original.ident)
            }),
            None => default_state(&input.original.ident),
        };
        let trigger = text(Name::Trigger).map_or(Some(Trigger::default()), |text| {
            Trigger::ALL.into_iter().find(|trigger| trigger.key() == text.value())
        });
        let trigger = trigger.unwrap_or_else(|| {
            let span = text(Name::Trigger).map_or_else(Span::call_site, LitStr::span);
            errors.push(error(
                span,
                "unknown kind of trigger; write `trigger = \"statement\"`, which is the default, or `trigger = \"row\"`",
            ));
            Trigger::default()
        });
        let (events, table, id) = (text(Name::Events), text(Name::Table), ty(Name::Id));
        Self { events, table, id, trigger, time, state, derives, vis, krate }
    }
}

/// The name of the struct: that of the enum with `Rollup` in place of `Event`.
fn default_state(event: &Ident) -> Ident {
    let name = event.unraw().to_string();
    format_ident!("{}Rollup", name.strip_suffix("Event").unwrap_or(&name), span = event.span())
}
