//! The enum's options and their defaults.

use crate::attributes::{Written, WrittenValue, WrittenView, reparse};
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
    /// Where a history is asked for.
    pub(crate) history: Option<Span>,
    /// Where it is said that events can be archived.
    pub(crate) archive: Option<Span>,
    pub(crate) time: TokenStream,
    pub(crate) state: Ident,
    /// The name of the struct of all rows of an entity, if there are views.
    pub(crate) whole: Ident,
    /// The name of the struct of each view.
    pub(crate) rows: Vec<Ident>,
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
                | WrittenValue::View(_)
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
        let event = &input.original.ident;
        let state = named(ty(Name::State), named_after(event, "Rollup"), errors);
        let whole = named_after(event, "State");
        let row = |view: &WrittenView| {
            let written = view.written.iter().find(|written| written.key.name == Name::State);
            let default = named_after(event, &format!("{}Row", camel(&view.name)));
            named(written.and_then(Written::ty), default, errors)
        };
        let rows: Vec<Ident> = input.views().map(row).collect();
        let views: Vec<&WrittenView> = input.views().collect();
        check_names(&whole, &state, &views, &rows, errors);
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
        let span = |word: Name| find(word).map(|written| written.span);
        let (history, archive) = (span(Name::History), span(Name::Archive));
        let (events, table, id) = (text(Name::Events), text(Name::Table), ty(Name::Id));
        Self { events, table, id, trigger, history, archive, time, state, whole, rows, derives, vis, krate }
    }
}

/// The name of a struct, as written or by default.
fn named(written: Option<&Type>, default: Ident, errors: &mut Accumulator) -> Ident {
    let Some(written) = written else { return default };
    syn::parse2(written.to_token_stream()).unwrap_or_else(|_| {
        errors.push(error(
            written.span(),
            "expected the name of the struct to generate; write `state = UserState`, for example",
        ));
        default
    })
}

/// The default name of a struct: that of the enum with another word in place of `Event`.
fn named_after(event: &Ident, word: &str) -> Ident {
    let name = event.unraw().to_string();
    format_ident!("{}{word}", name.strip_suffix("Event").unwrap_or(&name), span = event.span())
}

/// The name of a view as a part of the name of a struct.
fn camel(view: &Ident) -> String {
    let name = view.unraw().to_string();
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    };
    name.split('_').map(capital).collect()
}

/// With views, the structs have different names.
fn check_names(
    whole: &Ident,
    state: &Ident,
    views: &[&WrittenView],
    rows: &[Ident],
    errors: &mut Accumulator,
) {
    let mut taken = if rows.is_empty() { Vec::new() } else { vec![whole, state] };
    if !rows.is_empty() && whole == state {
        errors.push(error(
            state.span(),
            format!("`{whole}` is the struct of an entity's row with its views; choose another name for the struct of the row"),
        ));
    }
    for (at, (row, view)) in rows.iter().zip(views).enumerate() {
        // Two views with one name are reported elsewhere.
        let again = views[..at].iter().any(|earlier| earlier.name == view.name);
        if taken.contains(&row) && !again {
            errors.push(error(
                row.span(),
                format!("another struct of this enum is called `{row}`; write `state = Name` with another name in `view(...)`"),
            ));
        }
        taken.push(row);
    }
}
