//! What can be told from a type as it is written.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Type, parse_quote_spanned};

/// Whether the type is `Option<T>`, and then the `T`.
///
/// An `Option` behind an alias is not seen; `SqlType` is not implemented for it, so it is refused there.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    argument(ty, &[&["Option"], &["std", "option", "Option"], &["core", "option", "Option"]])
}

/// A collection of the standard library that serde writes as an array.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Collection {
    Vec,
    /// Another one with the order in which it is written.
    Ordered,
    /// One that has each element once, which are taken in ascending order.
    Set,
}

/// Whether the type is such a collection, and then of what.
pub(crate) fn collection(ty: &Type) -> Option<(Collection, &Type)> {
    let known = [
        ("Vec", "vec", Collection::Vec),
        ("VecDeque", "collections", Collection::Ordered),
        ("LinkedList", "collections", Collection::Ordered),
        ("BTreeSet", "collections", Collection::Set),
        ("HashSet", "collections", Collection::Set),
    ];
    known.into_iter().find_map(|(name, module, collection)| {
        let element =
            argument(ty, &[&[name], &[module, name], &["std", module, name], &["alloc", module, name]])?;
        Some((collection, element))
    })
}

/// What a type that borrows its data owns instead: `String` for `&str` and `Cow<str>`.
pub(crate) fn owned(ty: &Type) -> Option<Type> {
    let borrowed = match ty {
        Type::Reference(reference) if reference.mutability.is_none() => Some(&*reference.elem),
        _ => argument(
            ty,
            &[&["Cow"], &["borrow", "Cow"], &["std", "borrow", "Cow"], &["alloc", "borrow", "Cow"]],
        ),
    }?;
    Some(match borrowed {
        Type::Path(path) if path.path.is_ident("str") => {
            parse_quote_spanned!(borrowed.span()=> ::std::string::String)
        }
        Type::Slice(slice) => {
            let element = &slice.elem;
            parse_quote_spanned!(borrowed.span()=> ::std::vec::Vec<#element>)
        }
        other => other.clone(),
    })
}

/// A type without what a macro that handed it over has put around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        other => other,
    }
}

/// The first type argument of a path that is spelt in one of these ways.
fn argument<'a>(ty: &'a Type, paths: &[&[&str]]) -> Option<&'a Type> {
    let Type::Path(path) = bare(ty) else { return None };
    let names: Vec<String> = path.path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    if path.qself.is_some() || !paths.iter().any(|path| names == *path) {
        return None;
    }
    match &path.path.segments.last()?.arguments {
        syn::PathArguments::AngleBracketed(arguments) => {
            arguments.args.iter().find_map(|argument| match argument {
                syn::GenericArgument::Type(inner) => Some(inner),
                _ => None,
            })
        }
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

/// Whether the tokens contain one of the names.
pub(crate) fn mentions(tokens: TokenStream, names: &[Ident]) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => names.contains(&ident),
        TokenTree::Group(group) => mentions(group.stream(), names),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
