//! Errors in the house style: lower case, one sentence, then `;` and what to write instead.

use darling::Error;
use proc_macro2::Span;

/// An error at the smallest span that the user has to edit.
pub(crate) fn error(span: Span, message: impl std::fmt::Display) -> Error {
    Error::custom(message).with_span(&span)
}
