//! What is written: keys with their values, as tokens.

use es_rollup_core::model::Literal;
use es_rollup_core::resolve::Key;
use proc_macro2::Span;
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, Lit, LitStr, Path, Token, Type};

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
    View(Box<WrittenView>),
    Expressions(Vec<Expression>),
    Names(Vec<Ident>),
}

/// `(name, key = value)`.
pub(crate) struct WrittenView {
    pub(crate) name: Ident,
    pub(crate) written: Vec<Written>,
}

/// What is in the brackets of a view on a variant or a field.
#[derive(Default)]
pub(crate) struct Scope {
    pub(crate) written: Vec<Written>,
    /// Whether there are other keys, which were reported.
    pub(crate) mistaken: bool,
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
pub(super) const OUT_OF_RANGE: &str = "this number is out of range, since a whole number in an attribute is an `i64`, from -9223372036854775808 to 9223372036854775807; set the column from a field instead";

/// A boolean, a whole number or a string.
pub(super) fn literal(input: ParseStream<'_>) -> syn::Result<(Literal, Span)> {
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
            | WrittenValue::View(_)
            | WrittenValue::Keys { .. } => None,
        }
    }

    /// The names in the brackets of the key.
    pub(crate) fn names(&self) -> &[Ident] {
        if let WrittenValue::Names(names) = &self.value { names } else { &[] }
    }

    /// The view that the key declares.
    pub(crate) fn view(&self) -> Option<&WrittenView> {
        if let WrittenValue::View(view) = &self.value { Some(view) } else { None }
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
            | WrittenValue::View(_)
            | WrittenValue::Keys { .. } => None,
        }
    }
}
