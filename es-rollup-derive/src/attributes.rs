//! The contents of `#[rollup(...)]` as written, with their spans.

use crate::error::error;
use darling::error::Accumulator;
use es_rollup_core::model::{Form, Literal, Place, Repeats, Spelling};
use es_rollup_core::resolve::{Key, Name, listed};
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Ident, Lit, LitStr, Path, Token, Type};

/// One key with its value.
pub(crate) struct Written {
    pub(crate) key: &'static Key,
    pub(crate) span: Span,
    pub(crate) value: WrittenValue,
    /// The index of its attribute in this place; keys in one attribute belong together.
    pub(crate) group: usize,
    /// Whether it is implied by a key on the variant; its span is then the field's.
    pub(crate) implied: bool,
}

/// The value of a key.
pub(crate) enum WrittenValue {
    None,
    Text(LitStr),
    Type(Box<Type>),
    Literal((Literal, Span)),
    Paths(Vec<Path>),
    Assignments(Vec<Assignment>),
    Keys {
        written: Vec<Written>,
        /// Whether there are other keys, which were reported.
        mistaken: bool,
    },
    Expressions(Vec<Expression>),
    Names(Vec<Ident>),
}

/// `column = literal`.
pub(crate) struct Assignment {
    pub(crate) column: Ident,
    pub(crate) value: Literal,
    pub(crate) span: Span,
}

/// `name = "expression"`.
pub(crate) struct Expression {
    pub(crate) name: Ident,
    pub(crate) text: LitStr,
}

impl syn::parse::Parse for Expression {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, text: input.parse()? })
    }
}

impl syn::parse::Parse for Assignment {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let column = input.call(Ident::parse_any)?;
        input.parse::<Token![=]>()?;
        let (value, span) = literal(input)?;
        Ok(Self { column, value, span })
    }
}

/// The message for a number that does not fit a literal.
const OUT_OF_RANGE: &str = "this number is out of range, since a whole number in an attribute is an `i64`, from -9223372036854775808 to 9223372036854775807; set the column from a field instead";

/// A boolean, a whole number or a string.
fn literal(input: ParseStream<'_>) -> syn::Result<(Literal, Span)> {
    let span = input.span();
    let minus: Option<Token![-]> = input.parse()?;
    let wrong = |_| syn::Error::new(span, "not `true`, `false`, a whole number or a string");
    let value = match (input.parse().map_err(wrong)?, minus) {
        (Lit::Bool(flag), None) => Literal::Bool(flag.value),
        (Lit::Str(text), None) => Literal::Text(text.value()),
        (Lit::Int(number), minus) => {
            let sign = if minus.is_some() { "-" } else { "" };
            let digits = format!("{sign}{}", number.base10_digits());
            Literal::Integer(digits.parse().map_err(|_| syn::Error::new(span, OUT_OF_RANGE))?)
        }
        _ => return Err(syn::Error::new(span, "not `true`, `false`, a whole number or a string")),
    };
    Ok((value, span))
}

impl Written {
    /// The string of the key, such as the column that an operation names.
    pub(crate) fn text(&self) -> Option<&LitStr> {
        match &self.value {
            WrittenValue::Text(text) => Some(text),
            WrittenValue::None
            | WrittenValue::Type(_)
            | WrittenValue::Literal(_)
            | WrittenValue::Paths(_)
            | WrittenValue::Assignments(_)
            | WrittenValue::Expressions(_)
            | WrittenValue::Names(_)
            | WrittenValue::Keys { .. } => None,
        }
    }

    /// The type of the key.
    pub(crate) fn ty(&self) -> Option<&Type> {
        match &self.value {
            WrittenValue::Type(ty) => Some(ty),
            WrittenValue::None
            | WrittenValue::Text(_)
            | WrittenValue::Literal(_)
            | WrittenValue::Paths(_)
            | WrittenValue::Assignments(_)
            | WrittenValue::Expressions(_)
            | WrittenValue::Names(_)
            | WrittenValue::Keys { .. } => None,
        }
    }
}

/// All keys of one place.
#[derive(Default)]
pub(crate) struct Attributes {
    pub(crate) written: Vec<Written>,
    /// The names of the keys that were reported and are therefore not in `written`; an empty name for a whole attribute.
    pub(crate) mistaken: Vec<String>,
}

/// Reads every `#[rollup(...)]` among the attributes of one place.
pub(crate) fn read(attributes: &[Attribute], place: Place, errors: &mut Accumulator) -> Attributes {
    let mut found = Attributes::default();
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("rollup"));
    for (group, attribute) in ours.enumerate() {
        let first = found.written.len();
        let (span, names) = (attribute.path().span(), listed(Key::names(place)));
        let place_words = place.words();
        match &attribute.meta {
            syn::Meta::List(list) if !list.tokens.is_empty() => {
                let parse = |input: ParseStream<'_>| {
                    keys(input, place, &mut found, errors);
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
fn keys(input: ParseStream<'_>, place: Place, found: &mut Attributes, errors: &mut Accumulator) {
    while !input.is_empty() {
        // `crate` and raw identifiers can be keys too.
        if let Ok(name) = input.call(Ident::parse_any) {
            key(input, &name, place, found, errors);
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
fn key(input: ParseStream<'_>, name: &Ident, place: Place, found: &mut Attributes, errors: &mut Accumulator) {
    let span = name.span();
    if let Ok(key) = find(name, place, input)
        && let Form::Keys(inside) = key.spelling.form
        && input.peek(syn::token::Paren)
    {
        return nested(input, key, inside, span, found, errors);
    }
    let (wrong, meant) = match find(name, place, input) {
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
    let parsed = (|| {
        let inside;
        syn::parenthesized!(inside in input);
        keys(&inside, place, &mut inner, errors);
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

/// The key with this name if it is allowed here; otherwise the error, and the intended key if it is clear.
fn find(
    name: &Ident,
    place: Place,
    input: ParseStream<'_>,
) -> Result<&'static Key, (darling::Error, Option<&'static Key>)> {
    let written = name.unraw().to_string();
    let here = match Key::in_place(&written, place).count() {
        0 | 1 => Key::find(&written, place),
        _ => Key::in_place(&written, place)
            .find(|key| looks_like(key.spelling.form, input))
            .or_else(|| Key::find(&written, place)),
    };
    here.ok_or_else(|| {
        let meant = if Key::named(&written).next().is_some() { None } else { Key::nearest(&written, place) };
        (error(name.span(), Key::misplaced(&written, place)), meant)
    })
}

/// Whether the input looks like this form. Only the forms of keys that have several are told apart.
fn looks_like(form: Form, input: ParseStream<'_>) -> bool {
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
        Form::Text | Form::Type | Form::Literal | Form::Paths | Form::Expressions | Form::Keys(_) => false,
    }
}

/// The value of a key; otherwise the error, and the intended value if it is clear.
fn value(
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
        | Form::Keys(_) => {
            format!("`{}`", key.spelling.example)
        }
    };
    let elsewhere = Key::named(key.name())
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
        // Keys in parentheses are read by `nested`.
        Form::Keys(_) => Err(wrong(here(input), None)),
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
            let paths = |input: ParseStream<'_>| {
                let inside;
                syn::parenthesized!(inside in input);
                Punctuated::<Path, Token![,]>::parse_terminated(&inside)
            };
            let span = here(input);
            paths(input)
                .map(|paths| WrittenValue::Paths(paths.into_iter().collect()))
                .map_err(|_| wrong(span, None))
        }
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
