//! The value of a key, in the form that the key has.

use super::written::{OUT_OF_RANGE, WrittenValue, literal};
use crate::error::error;
use es_rollup_core::model::{Form, Place, Spelling};
use es_rollup_core::resolve::{Key, Name};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token, Type};

/// The value of a key; otherwise the error, and the intended value if it is clear.
pub(super) fn value(
    input: ParseStream<'_>,
    key: &'static Key,
    name: Span,
) -> Result<WrittenValue, (darling::Error, Option<WrittenValue>)> {
    let done = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![,]);
    let example = match key.spelling.form {
        Form::WordOrText => format!("`{}` or `{}`", key.name(), key.spelling.example),
        Form::Word
        | Form::Text
        | Form::Type
        | Form::Literal
        | Form::Paths
        | Form::Assignments
        | Form::Expressions
        | Form::Names
        | Form::Keys(_)
        | Form::NameAndKeys(_) => {
            format!("`{}`", key.spelling.example)
        }
    };
    let elsewhere = Key::named(key.name())
        // A word that exists only in views is not what was meant outside of them.
        .filter(|other| !other.is_only_in_views() || key.is_only_in_views())
        .find(|other| other.spelling.form != key.spelling.form && looks_like(other.spelling.form, input));
    let wrong = |span: Span, meant: Option<WrittenValue>| {
        let message = match elsewhere {
            Some(Key { spelling: Spelling { example: other, places, .. }, .. }) => format!(
                "`#[rollup({other})]` belongs on {}; on {} write {example}",
                Place::words_of(places),
                Place::words_of(key.spelling.places)
            ),
            None => format!("expected {}; write {example}", key.spelling.form.words()),
        };
        (error(span, message), meant)
    };
    // The span of the value, or of the key if there is no value.
    let here = |input: ParseStream<'_>| if done(input) { name } else { input.span() };
    match key.spelling.form {
        Form::Word | Form::WordOrText if done(input) => Ok(WrittenValue::None),
        Form::Word => Err(wrong(input.span(), Some(WrittenValue::None))),
        Form::Text | Form::WordOrText => {
            if input.parse::<Token![=]>().is_err() {
                return Err(wrong(here(input), None));
            }
            let (span, meant) = (here(input), unquoted(input));
            let meant =
                meant.or_else(|| (key.spelling.form == Form::WordOrText).then_some(WrittenValue::None));
            input.parse().map(WrittenValue::Text).map_err(|_| wrong(span, meant))
        }
        Form::Type => {
            if input.parse::<Token![=]>().is_err() {
                return Err(wrong(here(input), None));
            }
            let span = here(input);
            match input.parse() {
                // A path, because generated code appends to it.
                Ok(ty)
                    if key.name != Name::Crate || matches!(&ty, Type::Path(path) if path.qself.is_none()) =>
                {
                    Ok(WrittenValue::Type(Box::new(ty)))
                }
                Ok(_) | Err(_) => Err(wrong(span, None)),
            }
        }
        Form::Assignments => {
            let inside = elsewhere.is_none() && input.peek(syn::token::Paren);
            let span = here(input);
            members(input).map(WrittenValue::Assignments).map_err(|misfit| {
                out_of_range(&misfit)
                    .unwrap_or_else(|| wrong(if inside { misfit.span() } else { span }, None))
            })
        }
        Form::Literal => {
            if input.parse::<Token![=]>().is_err() {
                return Err(wrong(here(input), None));
            }
            let span = here(input);
            literal(input)
                .map(WrittenValue::Literal)
                .map_err(|misfit| out_of_range(&misfit).unwrap_or_else(|| wrong(span, None)))
        }
        // Keys in parentheses are read by `nested` and `view`.
        Form::Keys(_) | Form::NameAndKeys(_) => Err(wrong(here(input), None)),
        Form::Expressions => {
            let inside = input.peek(syn::token::Paren);
            let span = here(input);
            members(input)
                .map(WrittenValue::Expressions)
                .map_err(|misfit| wrong(if inside { misfit.span() } else { span }, None))
        }
        Form::Names => {
            let inside = elsewhere.is_none() && input.peek(syn::token::Paren);
            let span = here(input);
            members(input)
                .map(|names: Vec<Bare>| {
                    WrittenValue::Names(names.into_iter().map(|Bare(name)| name).collect())
                })
                .map_err(|misfit| wrong(if inside { misfit.span() } else { span }, None))
        }
        Form::Paths => {
            let span = here(input);
            paths(input).map(WrittenValue::Paths).map_err(|_| wrong(span, None))
        }
    }
}

/// Whether the input looks like this form. Only the forms of keys that have several are told apart.
pub(super) fn looks_like(form: Form, input: ParseStream<'_>) -> bool {
    let inside = |input: ParseStream<'_>| {
        let inside;
        syn::parenthesized!(inside in input);
        Ok((inside.call(Ident::parse_any).is_ok(), inside.peek(Token![=])))
    };
    let inside = inside(&input.fork());
    match form {
        Form::Assignments => matches!(inside, Ok((true, true))),
        Form::WordOrText => !matches!(inside, Ok((true, true))),
        Form::Names => matches!(inside, Ok((true, false))),
        Form::Word => input.is_empty() || input.peek(Token![,]),
        Form::Text
        | Form::Type
        | Form::Literal
        | Form::Paths
        | Form::Expressions
        | Form::Keys(_)
        | Form::NameAndKeys(_) => false,
    }
}

/// The error for a number that does not fit a literal.
fn out_of_range(misfit: &syn::Error) -> Option<(darling::Error, Option<WrittenValue>)> {
    (misfit.to_string() == OUT_OF_RANGE).then(|| (error(misfit.span(), OUT_OF_RANGE), None))
}

/// At least one member in parentheses, separated by commas.
fn members<T: syn::parse::Parse>(input: ParseStream<'_>) -> syn::Result<Vec<T>> {
    let inside;
    syn::parenthesized!(inside in input);
    let members = Punctuated::<T, Token![,]>::parse_terminated(&inside)?;
    if members.is_empty() { Err(inside.error("empty")) } else { Ok(members.into_iter().collect()) }
}

/// Paths in parentheses, separated by commas; there may be none.
fn paths(input: ParseStream<'_>) -> syn::Result<Vec<Path>> {
    let inside;
    syn::parenthesized!(inside in input);
    let paths = Punctuated::<Path, Token![,]>::parse_terminated(&inside)?;
    Ok(paths.into_iter().collect())
}

/// A name, which may be a keyword.
struct Bare(Ident);

impl syn::parse::Parse for Bare {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        input.call(Ident::parse_any).map(Self)
    }
}

/// A name that lacks its quotes; the intended string is clear.
fn unquoted(input: ParseStream<'_>) -> Option<WrittenValue> {
    let name: Ident = input.fork().parse().ok()?;
    Some(WrittenValue::Text(LitStr::new(&name.unraw().to_string(), name.span())))
}
