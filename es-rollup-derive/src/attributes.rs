//! What was written in `#[rollup(...)]`, with its spans.

use crate::error::{error, listed, nearest};
use crate::keys::{Form, Key, Place};
use darling::error::Accumulator;
use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, LitStr, Path, Token, Type};

/// One key with its value.
pub(crate) struct Written {
    pub(crate) key: &'static Key,
    pub(crate) span: Span,
    pub(crate) value: Value,
}

/// The value behind a key.
pub(crate) enum Value {
    None,
    Text(LitStr),
    Type(Box<Type>),
    Paths(Vec<Path>),
}

impl Written {
    /// The column that an operation names, with the span to report errors at.
    pub(crate) fn text(&self) -> Option<&LitStr> {
        match &self.value {
            Value::Text(text) => Some(text),
            Value::None | Value::Type(_) | Value::Paths(_) => None,
        }
    }
}

/// Reads every `#[rollup(...)]` among the attributes of one place.
pub(crate) fn read(attributes: &[Attribute], place: Place, errors: &mut Accumulator) -> Vec<Written> {
    let mut written: Vec<Written> = Vec::new();
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("rollup")) {
        let syn::Meta::List(list) = &attribute.meta else {
            errors.push(empty(attribute.span(), place));
            continue;
        };
        if list.tokens.is_empty() {
            errors.push(empty(attribute.span(), place));
            continue;
        }
        let outcome = (|input: ParseStream<'_>| keys(input, place, errors)).parse2(list.tokens.clone());
        match outcome {
            Ok(keys) => written.extend(keys),
            Err(broken) => errors.push(error(broken.span(), broken)),
        }
    }
    unique(written, errors)
}

fn empty(span: Span, place: Place) -> darling::Error {
    error(
        span,
        format!("expected at least one key; those of {} are {}", place.words(), listed(Key::names(place))),
    )
}

/// Keeps the first of each key that may be written once.
fn unique(written: Vec<Written>, errors: &mut Accumulator) -> Vec<Written> {
    let mut kept: Vec<Written> = Vec::new();
    for next in written {
        let name = next.key.name;
        match kept.iter().find(|first| first.key.name == name && !next.key.repeats) {
            Some(first) => {
                errors.push(error(next.span, format!("`{name}` is written twice; keep one")));
                errors.push(error(first.span, format!("`{name}` is written here first")));
            }
            None => kept.push(next),
        }
    }
    kept
}

/// Keys separated by commas. A key that is not understood is reported and stepped over.
fn keys(input: ParseStream<'_>, place: Place, errors: &mut Accumulator) -> syn::Result<Vec<Written>> {
    let mut written = Vec::new();
    while !input.is_empty() {
        // `crate` and raw identifiers are keys like any other.
        let name = input.call(Ident::parse_any)?;
        match find(&name, place) {
            Ok(key) => match value(input, key, place) {
                Ok(value) => written.push(Written { key, span: name.span(), value }),
                Err(wrong) => {
                    errors.push(wrong.unwrap_or_else(|| {
                        error(name.span(), format!("expected {}: `{}`", form(key.form), key.example))
                    }));
                    skip(input)?;
                }
            },
            Err(wrong) => {
                errors.push(wrong);
                skip(input)?;
            }
        }
        if !input.is_empty() {
            input.parse::<Token![,]>()?;
        }
    }
    Ok(written)
}

/// The key of that name, if it belongs here.
fn find(name: &Ident, place: Place) -> Result<&'static Key, darling::Error> {
    let written = name.to_string();
    match Key::named(&written) {
        Some(key) if key.places.contains(&place) => Ok(key),
        Some(key) => {
            let elsewhere: Vec<&str> = key.places.iter().map(|place| place.words()).collect();
            let example = key.example;
            Err(error(
                name.span(),
                format!("not expected here; `#[rollup({example})]` belongs on {}", elsewhere.join(" or ")),
            ))
        }
        None => Err(error(
            name.span(),
            match nearest(&written, Key::names(place)) {
                Some(meant) => format!("unknown rollup key `{written}`; did you mean `{meant}`?"),
                None => format!(
                    "unknown rollup key `{written}`; the keys of {} are {}",
                    place.words(),
                    listed(Key::names(place))
                ),
            },
        )),
    }
}

fn form(form: Form) -> &'static str {
    match form {
        Form::Word => "the key alone",
        Form::Text => "a string",
        Form::WordOrText => "the key alone or a string",
        Form::Type => "a type",
        Form::Paths => "a list",
    }
}

/// The value of a key; `Err(None)` when there is none where one is needed.
fn value(input: ParseStream<'_>, key: &'static Key, place: Place) -> Result<Value, Option<darling::Error>> {
    let wrong = |span: Span| {
        let example = match (key.name, place) {
            ("set", _) => "set` or `set = \"column\"",
            _ => key.example,
        };
        Some(error(span, format!("expected {}: `{example}`", form(key.form))))
    };
    let bare = input.is_empty() || input.peek(Token![,]);
    match key.form {
        Form::Word if bare => Ok(Value::None),
        Form::WordOrText if bare => Ok(Value::None),
        Form::Word => Err(wrong(input.span())),
        Form::Text | Form::WordOrText => {
            if bare {
                return Err(None);
            }
            if !input.peek(Token![=]) {
                return Err(wrong(input.span()));
            }
            let _: Token![=] = input.parse().map_err(|_| wrong(input.span()))?;
            let span = input.span();
            input.parse().map(Value::Text).map_err(|_| wrong(span))
        }
        Form::Type => {
            if bare {
                return Err(None);
            }
            let _: Token![=] = input.parse().map_err(|_| wrong(input.span()))?;
            let span = input.span();
            input.parse().map(|ty| Value::Type(Box::new(ty))).map_err(|_| wrong(span))
        }
        Form::Paths => {
            let paths = |input: ParseStream<'_>| {
                let inside;
                syn::parenthesized!(inside in input);
                Punctuated::<Path, Token![,]>::parse_terminated(&inside)
            };
            let span = input.span();
            paths(input).map(|paths| Value::Paths(paths.into_iter().collect())).map_err(|_| wrong(span))
        }
    }
}

/// Steps over the rest of a key that was reported.
fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// The tokens of a string, as a Rust item of another kind, spanned where the string is.
pub(crate) fn reparse<T: syn::parse::Parse>(text: &LitStr) -> syn::Result<T> {
    text.parse()
}

/// Whether the type is `Option<T>`, and then the `T`.
///
/// An `Option` behind an alias is not seen; `SqlType` is not implemented for it, so it is refused there.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    let Type::Path(path) = ty else { return None };
    let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    if path.qself.is_some() || !matches!(names.as_slice(), ["Option"] | ["std" | "core", "option", "Option"])
    {
        return None;
    }
    match &path.path.segments.last()?.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            syn::GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        syn::PathArguments::None | syn::PathArguments::Parenthesized(_) => None,
    }
}

/// Tokens as they read, for comparing and for messages.
pub(crate) fn spelled(tokens: &impl quote::ToTokens) -> String {
    let tokens: TokenStream = tokens.to_token_stream();
    let mut text = tokens.to_string();
    for (spaced, tight) in
        [(" < ", "<"), (" >", ">"), (" :: ", "::"), (":: ", "::"), (" ,", ","), ("& ", "&")]
    {
        text = text.replace(spaced, tight);
    }
    text
}
