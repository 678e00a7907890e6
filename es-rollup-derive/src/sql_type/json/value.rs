//! The values of fields in Rust: whether they fit, what is kept of them, and facts that the compiler knows.

use super::field::JsonField;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// Facts about JSON that depend on its fields.
pub(crate) struct JsonFacts {
    pub(crate) changes: TokenStream,
    pub(crate) wide: TokenStream,
}

pub(crate) fn facts<'a>(
    krate: &TokenStream,
    fields: impl IntoIterator<Item = &'a JsonField<'a>>,
) -> JsonFacts {
    let (mut changes, mut wide) = (Vec::new(), Vec::new());
    for field in fields.into_iter().filter(|field| !field.unchecked) {
        let info = info(krate, field.ty);
        changes.push(quote!(#info.changes_json()));
        if field.optional {
            changes.push(quote!(#info.can_be_null()));
        }
        wide.push(quote!(!#info.is_read_with_a_tag()));
    }
    let any = |facts: Vec<TokenStream>| if facts.is_empty() { quote!(false) } else { quote!(#(#facts)||*) };
    JsonFacts { changes: any(changes), wide: any(wide) }
}

/// Whether all conditions hold.
pub(crate) fn all(conditions: impl Iterator<Item = Option<TokenStream>>) -> TokenStream {
    let conditions: Vec<TokenStream> = conditions.flatten().collect();
    if conditions.is_empty() { quote!(true) } else { quote!(#(#conditions)&&*) }
}

/// Whether the field at `place` fits; `None` if any JSON fits.
pub(crate) fn fits(krate: &TokenStream, field: &JsonField<'_>, place: &TokenStream) -> Option<TokenStream> {
    let ty = field.ty;
    if field.unchecked {
        return None;
    }
    let fits = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::fits);
    if field.optional {
        let value = quote!(::core::option::Option::as_ref(&#place));
        Some(quote!(::core::option::Option::is_none_or(#value, #fits)))
    } else {
        Some(quote!(#fits(&#place)))
    }
}

/// Changes a field to the value that is stored in JSON, where times keep their full precision.
pub(crate) fn keep(krate: &TokenStream, field: &JsonField<'_>, place: &TokenStream) -> TokenStream {
    if field.unchecked {
        return TokenStream::new();
    }
    let (info, ty) = (info(krate, field.ty), field.ty);
    let keep = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep);
    if !field.optional {
        return quote!(if const { #info.changes_json() } { #keep(&mut #place); });
    }
    let is_null = quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::is_null);
    quote! {
        if const { #info.can_be_null() }
            && ::core::option::Option::is_some_and(::core::option::Option::as_ref(&#place), #is_null)
        {
            #place = ::core::option::Option::None;
        }
        // Not a let chain, which only edition 2024 has.
        if const { #info.changes_json() } {
            if let ::core::option::Option::Some(value) = &mut #place {
                #keep(value);
            }
        }
    }
}

/// The SQL side of a field's type. It is always named at the same span, so that a type without it gives one error.
pub(super) fn info(krate: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::SQL)
}

/// Whether the types of all fields are those of the crate, so that an identity stands for the texts.
pub(crate) fn all_own<'a>(
    krate: &TokenStream,
    fields: impl IntoIterator<Item = &'a JsonField<'a>>,
) -> TokenStream {
    let checked = fields.into_iter().filter(|field| !field.unchecked);
    all(checked.map(|field| {
        let info = own_info(krate, field.ty);
        Some(quote!(#info.is_own()))
    }))
}

pub(super) fn own_info(krate: &TokenStream, ty: &Type) -> TokenStream {
    quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::CHECKED)
}
