//! The contents of `#[rollup(...)]` as written, with their spans.

mod value;
mod written;

pub(crate) use written::{Scope, Written, WrittenValue, WrittenView};

use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::model::{Form, Place, Repeats};
use es_rollup_core::resolve::{Key, listed};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::spanned::Spanned;
use syn::{Attribute, Ident, LitStr, Token};
use value::{looks_like, value};

/// All keys of one place.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) written: Vec<Written>,
    /// The names of the keys that were reported and are therefore not in `written`; an empty name for a whole attribute.
    pub(crate) mistaken: Vec<String>,
    /// What is in the brackets of each view.
    pub(crate) scopes: Vec<Scope>,
}

/// The views that an enum declares.
#[derive(Default)]
pub(crate) struct ViewNames {
    pub(crate) names: Vec<String>,
    /// Whether there are others, which were reported.
    pub(crate) mistaken: bool,
}

/// Where keys stand, and which views can be named there.
#[derive(Clone, Copy)]
struct Here<'a> {
    place: Place,
    views: Option<&'a ViewNames>,
}

impl Here<'_> {
    fn names(&self) -> &[String] {
        self.views.map_or(&[], |views| &views.names)
    }
}

/// Reads every `#[rollup(...)]` among the attributes of one place.
pub(crate) fn read(
    attributes: &[Attribute],
    place: Place,
    views: Option<&ViewNames>,
    errors: &mut Accumulator,
) -> Attributes {
    let here = Here { place, views };
    let scopes = here.names().iter().map(|_| Scope::default()).collect();
    let mut found = Attributes { scopes, ..Attributes::default() };
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("rollup"));
    for (group, attribute) in ours.enumerate() {
        let first = found.written.len();
        let (span, names) = (attribute.path().span(), listed(Key::names(place)));
        let place_words = place.words();
        match &attribute.meta {
            syn::Meta::List(list) if !list.tokens.is_empty() => {
                let parse = |input: ParseStream<'_>| {
                    keys(input, here, &mut found, errors);
                    Ok(())
                };
                // Tokens that are left inside a group were reported with their key.
                let _: Option<()> = parse.parse2(list.tokens.clone()).ok();
            }
            syn::Meta::NameValue(_) => {
                found.mistaken.push(String::new());
                errors.push(error(
                    span,
                    format!(
                        "expected keys in parentheses, as in `#[rollup(...)]`; the keys of {place_words} are {names}"
                    ),
                ));
            }
            syn::Meta::List(_) | syn::Meta::Path(_) => {
                found.mistaken.push(String::new());
                errors.push(error(
                    span,
                    format!("expected at least one key; the keys of {place_words} are {names}"),
                ));
            }
        }
        found.written[first..].iter_mut().for_each(|written| written.group = group);
    }
    unique(&mut found.written, errors);
    for scope in &mut found.scopes {
        unique(&mut scope.written, errors);
    }
    found
}

/// Keeps only the first of each key that may be written once.
fn unique(written: &mut Vec<Written>, errors: &mut Accumulator) {
    let mut kept: Vec<Written> = Vec::new();
    for next in written.drain(..) {
        let name = next.key.name;
        let again = |first: &&Written| match next.key.spelling.repeats {
            Repeats::Never => true,
            Repeats::InOtherBrackets => first.group == next.group,
            Repeats::Always => false,
        };
        match kept
            .iter()
            .filter(again)
            .find(|first| first.key.name == name && first.key.spelling.form == next.key.spelling.form)
        {
            Some(first) => {
                let name = name.text();
                errors.push(error(next.span, format!("`{name}` is written twice; keep one")));
                errors.push(error(first.span, format!("`{name}` is first written here")));
            }
            None => kept.push(next),
        }
    }
    *written = kept;
}

/// Reads keys separated by commas. Reports and skips what it does not understand. If the intended key is clear, it is
/// used, so that it does not cause further errors.
fn keys(input: ParseStream<'_>, here: Here<'_>, found: &mut Attributes, errors: &mut Accumulator) {
    let place = here.place;
    while !input.is_empty() {
        // `crate` and raw identifiers can be keys too.
        if let Ok(name) = input.call(Ident::parse_any) {
            key(input, &name, here, found, errors);
        } else {
            found.mistaken.push(String::new());
            errors.push(error(
                input.span(),
                format!("expected a key; the keys of {} are {}", place.words(), listed(Key::names(place))),
            ));
            skip(input);
        }
        if !input.is_empty() && input.parse::<Token![,]>().is_err() {
            errors.push(error(input.span(), "a comma is missing before this; write `key = value, key`"));
            if !input.peek(Ident::peek_any) {
                skip(input);
                let _: Option<Token![,]> = input.parse().ok();
            }
        }
    }
}

/// Reads one key after its name.
fn key(
    input: ParseStream<'_>,
    name: &Ident,
    here: Here<'_>,
    found: &mut Attributes,
    errors: &mut Accumulator,
) {
    let span = name.span();
    if let Some(view) = here.names().iter().position(|view| name.unraw() == view) {
        return scope(input, name, view, here.place, found, errors);
    }
    let is_key = Key::named(&name.unraw().to_string()).next().is_some();
    if here.views.is_some_and(|views| views.mistaken) && !is_key && input.peek(syn::token::Paren) {
        // It may be the view that was reported.
        found.mistaken.push(name.unraw().to_string());
        return skip(input);
    }
    if let Ok(key) = find(name, here, input)
        && input.peek(syn::token::Paren)
    {
        match key.spelling.form {
            Form::Keys(inside) => {
                let in_view = here.place.outside().is_some();
                let inside = if in_view { Place::ViewContext } else { inside };
                return nested(input, key, inside, span, found, errors);
            }
            Form::NameAndKeys(inside) => return view(input, key, inside, span, found, errors),
            Form::Word
            | Form::Text
            | Form::WordOrText
            | Form::Type
            | Form::Literal
            | Form::Paths
            | Form::Assignments
            | Form::Expressions
            | Form::Names => {}
        }
    }
    let (wrong, meant) = match find(name, here, input) {
        Ok(key) => match value(input, key, span) {
            Ok(value) => return found.written.push(Written { key, span, value, group: 0, implied: false }),
            Err((wrong, meant)) => (wrong, meant.map(|value| (key, value))),
        },
        Err((wrong, meant)) => {
            (wrong, meant.and_then(|key| value(input, key, span).ok().map(|value| (key, value))))
        }
    };
    errors.push(wrong);
    match meant {
        Some((key, value)) => found.written.push(Written { key, span, value, group: 0, implied: false }),
        None => found.mistaken.push(name.unraw().to_string()),
    }
    skip(input);
}

/// Reads a key with its own keys in parentheses.
fn nested(
    input: ParseStream<'_>,
    key: &'static Key,
    place: Place,
    span: Span,
    found: &mut Attributes,
    errors: &mut Accumulator,
) {
    let mut inner = Attributes::default();
    let here = Here { place, views: None };
    let parsed = (|| {
        let inside;
        syn::parenthesized!(inside in input);
        keys(&inside, here, &mut inner, errors);
        Ok(())
    })();
    unique(&mut inner.written, errors);
    let mistaken = parsed.is_err() || !inner.mistaken.is_empty();
    if mistaken {
        found.mistaken.push(key.name().into());
    }
    let value = WrittenValue::Keys { written: inner.written, mistaken };
    found.written.push(Written { key, span, value, group: 0, implied: false });
}

/// Reads the name of a view and its own keys in parentheses.
fn view(
    input: ParseStream<'_>,
    key: &'static Key,
    place: Place,
    span: Span,
    found: &mut Attributes,
    errors: &mut Accumulator,
) {
    let mut inner = Attributes::default();
    let mut named = None;
    let parsed = (|| {
        let inside;
        syn::parenthesized!(inside in input);
        match inside.fork().call(Ident::parse_any) {
            // A key that takes something is not the name.
            Ok(_) if inside.peek2(Token![,]) || inside.peek2(syn::parse::End) => {
                named = Some(inside.call(Ident::parse_any)?);
                if !inside.is_empty() {
                    inside.parse::<Token![,]>()?;
                }
            }
            Ok(_) | Err(_) => {
                let example = key.spelling.example;
                errors.push(error(
                    inside.span(),
                    format!("the name of the view is missing; write `{example}`"),
                ));
            }
        }
        keys(&inside, Here { place, views: None }, &mut inner, errors);
        Ok::<(), syn::Error>(())
    })();
    unique(&mut inner.written, errors);
    let mistaken = parsed.is_err() || !inner.mistaken.is_empty() || named.is_none();
    if mistaken {
        found.mistaken.push(key.name().into());
    }
    if let Some(name) = named {
        let value = WrittenValue::View(Box::new(WrittenView { name, written: inner.written }));
        found.written.push(Written { key, span, value, group: 0, implied: false });
    }
}

/// Reads what is in the brackets of a view on a variant or a field.
fn scope(
    input: ParseStream<'_>,
    name: &Ident,
    view: usize,
    place: Place,
    found: &mut Attributes,
    errors: &mut Accumulator,
) {
    let Some(inside) = place.in_view() else { return };
    let mut inner = Attributes::default();
    let parsed = (|| {
        let brackets;
        syn::parenthesized!(brackets in input);
        keys(&brackets, Here { place: inside, views: None }, &mut inner, errors);
        Ok::<(), syn::Error>(())
    })();
    if inner.written.is_empty() && inner.mistaken.is_empty() {
        let (names, words) = (listed(Key::names(inside)), inside.words());
        errors.push(error(
            name.span(),
            format!("expected at least one key in parentheses; the keys of {words} are {names}"),
        ));
        inner.mistaken.push(String::new());
    }
    if parsed.is_err() {
        skip(input);
    }
    let scope = &mut found.scopes[view];
    let group = scope.written.last().map_or(0, |last| last.group + 1);
    inner.written.iter_mut().for_each(|written| written.group = group);
    scope.written.extend(inner.written);
    scope.mistaken |= !inner.mistaken.is_empty();
}

/// The key with this name if it is allowed here; otherwise the error, and the intended key if it is clear.
fn find(
    name: &Ident,
    here: Here<'_>,
    input: ParseStream<'_>,
) -> Result<&'static Key, (darling::Error, Option<&'static Key>)> {
    let place = here.place;
    let written = name.unraw().to_string();
    let found = match Key::in_place(&written, place).count() {
        0 | 1 => Key::find(&written, place),
        _ => Key::in_place(&written, place)
            .find(|key| looks_like(key.spelling.form, input))
            .or_else(|| Key::find(&written, place)),
    };
    found.ok_or_else(|| {
        let meant = if Key::named(&written).next().is_some() { None } else { Key::nearest(&written, place) };
        (error(name.span(), Key::misplaced_beside(&written, place, here.names())), meant)
    })
}

/// Skips the rest of a key that was reported.
fn skip(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        let _: Option<proc_macro2::TokenTree> = input.parse().ok();
    }
}

/// Parses the contents of a string as Rust; the spans are those of the string.
pub(crate) fn reparse<T: syn::parse::Parse>(text: &LitStr) -> syn::Result<T> {
    text.parse()
}
