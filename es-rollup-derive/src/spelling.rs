//! What the spelling of a type says about it.

use es_rollup_core::resolve::Collection;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::{Type, parse_quote_spanned};

/// The `T` of a type that is written as `Option<T>`.
///
/// An `Option` behind an alias is not recognised; the compiler refuses it, since it does not implement `SqlType`.
pub(crate) fn option(ty: &Type) -> Option<&Type> {
    argument(ty, &[&["Option"], &["std", "option", "Option"], &["core", "option", "Option"]])
}

/// The collection that the type is written as, with the type of its elements.
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

/// The owned type for one that borrows its data: `String` for `&str` and `Cow<str>`.
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

/// The type without the invisible group that a macro may have put around it.
pub(crate) fn bare(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => bare(&group.elem),
        other => other,
    }
}

/// The first type argument of a path that is written in one of these ways.
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

/// Tokens as readable text, for comparisons and messages.
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
