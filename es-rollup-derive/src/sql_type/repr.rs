//! Enums without data that are written as numbers, as `serde_repr` does.

use super::body::{Body, one_of};
use crate::error::error;
use darling::error::Accumulator;
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use serde_derive_internals::ast::{Style, Variant};
use syn::{DeriveInput, Expr, ExprLit, ExprUnary, Lit, UnOp};

const INTEGERS: [&str; 12] =
    ["i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64", "u128", "usize"];

/// The integer type that `#[repr(...)]` names.
pub(super) fn written(input: &DeriveInput) -> Option<Ident> {
    let mut found = None;
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("repr")) {
        // The compiler checks the rest of the attribute.
        let _ = attribute.parse_nested_meta(|meta| {
            if let Some(ident) = meta.path.get_ident().filter(|ident| INTEGERS.iter().any(|one| ident == one))
            {
                found.get_or_insert(ident.clone());
            }
            Ok(())
        });
    }
    found
}

/// Whether an attribute shows that serde itself writes the names: `serde_repr` only knows `other`.
pub(super) fn has_names(input: &DeriveInput) -> bool {
    let syn::Data::Enum(data) = &input.data else { return false };
    let variants = data.variants.iter().flat_map(|variant| &variant.attrs);
    let serde = input.attrs.iter().chain(variants).filter(|attribute| attribute.path().is_ident("serde"));
    let others = serde.filter(
        |attribute| !matches!(&attribute.meta, syn::Meta::List(list) if list.tokens.to_string() == "other"),
    );
    others.count() > 0
}

/// The numbers of an enum's variants, in a column of their integer type.
pub(super) fn body(
    input: &DeriveInput,
    krate: &TokenStream,
    ty: &Ident,
    variants: &[Variant<'_>],
    errors: &mut Accumulator,
) -> Option<Body> {
    let mut numbers = Vec::new();
    let mut default = None;
    let mut next = 0_i128;
    for variant in variants {
        let original = variant.original;
        let span = original.ident.span();
        if !matches!(variant.style, Style::Unit) {
            errors.push(error(span, "a variant with data cannot be stored as a number; remove the data"));
        }
        if variant.attrs.other() {
            errors.push(error(
                span,
                "serde_repr reads this variant from any number, and a column stores one number for each variant; remove `other`",
            ));
        }
        if let Some((_, discriminant)) = &original.discriminant {
            match integer(discriminant) {
                Some(number) => next = number,
                None => errors.push(error(
                    syn::spanned::Spanned::span(discriminant),
                    "the macro cannot compute this expression; write the number itself",
                )),
            }
        }
        if original.attrs.iter().any(|attribute| attribute.path().is_ident("default")) {
            default = Some(next);
        }
        numbers.push((&original.ident, next));
        next = next.saturating_add(1);
    }
    if numbers.is_empty() {
        errors.push(error(input.ident.span(), "this enum has no variants; add one"));
        return None;
    }
    let name = &input.ident;
    let listed = numbers.iter().map(|(_, number)| number.to_string()).collect::<Vec<_>>();
    let quoted = listed.iter().map(|number| format!("'{number}'")).collect::<Vec<_>>();
    let accepts = format!("es_value::pg_catalog.text {}", one_of(&quoted));
    let identity = format!("numbers.1({})", listed.join(", "));
    let expects = format!("one of {}", listed.join(", "));
    let inner = quote!(<::core::primitive::#ty as #krate::SqlType>::SQL);
    // Each has the column's type, so that an array of them has the right type.
    let sql = sql_name(ty);
    let values = listed.iter().map(|number| format!("'{number}'::{sql}")).collect::<Vec<_>>().join(", ");
    let default = default.map_or_else(
        || quote!(::core::option::Option::None),
        |number| {
            let literal = format!("'{number}'::{sql}");
            quote!(::core::option::Option::Some(#literal))
        },
    );
    // In case the compiler counts differently.
    let checks = numbers.iter().map(|(variant, number)| {
        let number = proc_macro2::Literal::i128_unsuffixed(*number);
        quote_spanned!(variant.span()=> ::core::assert!(#name::#variant as ::core::primitive::#ty == #number);)
    });
    let info = quote! {{
        #(#checks)*
        #krate::__private::TypeInfo {
            accepts: #krate::__private::Sql::Text(#accepts),
            expects: #expects,
            default: #default,
            number: ::core::option::Option::None,
            order: ::core::option::Option::None,
            list: ::core::option::Option::None,
            values: ::core::option::Option::Some(#krate::__private::Sql::Text(#values)),
            ..#inner
        }
        .own(#inner.qualified(), #krate::__private::Sql::Text(#identity))
    }};
    Some(Body { info, fits: TokenStream::new(), traits: Vec::new(), inner: None })
}

/// The SQL name of the integer's column type.
fn sql_name(ty: &Ident) -> &'static str {
    match ty.to_string().as_str() {
        "i8" | "u8" | "i16" => "smallint",
        "i32" | "u16" => "integer",
        "i64" | "isize" | "u32" => "bigint",
        "u64" | "usize" => "numeric(20,0)",
        _ => "numeric(39,0)",
    }
}

/// A whole number with its sign.
fn integer(expression: &Expr) -> Option<i128> {
    match expression {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok(),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => integer(expr).map(|number| -number),
        Expr::Group(group) => integer(&group.expr),
        Expr::Paren(paren) => integer(&paren.expr),
        _ => None,
    }
}
