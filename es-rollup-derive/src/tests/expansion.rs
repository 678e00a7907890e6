//! Expansions: their text, and that it is stable.

use super::enums::{ACCOUNTS, ALL, COLUMN_TYPES, OPERATIONS, SENSORS, SHORTHANDS, USERS, VALUES};
use super::{errors, parsed, pretty};
use crate::{rollup, sql_type};

fn expansion(item: &str) -> String {
    pretty(rollup::derive(&parsed(item)))
}

#[test]
fn of_a_stream_that_is_created() {
    insta::assert_snapshot!("users", expansion(USERS));
}

#[test]
fn of_every_option() {
    insta::assert_snapshot!("accounts", expansion(ACCOUNTS));
}

#[test]
fn of_a_stream_that_begins_with_any_event() {
    insta::assert_snapshot!("sensors", expansion(SENSORS));
}

#[test]
fn of_every_operation() {
    insta::assert_snapshot!("operations", expansion(OPERATIONS));
}

#[test]
fn of_values_inside_fields_from_the_context_borrowed_and_cast() {
    insta::assert_snapshot!("values", expansion(VALUES));
}

#[test]
fn of_every_short_form() {
    insta::assert_snapshot!("shorthands", expansion(SHORTHANDS));
}

#[test]
fn the_struct_documents_what_each_event_does() {
    let all: Vec<String> = ALL.iter().map(|item| documented(item)).collect();
    insta::assert_snapshot!("documentation", all.join("\n"));
}

/// The documentation of the generated struct.
fn documented(item: &str) -> String {
    let file: syn::File = syn::parse2(rollup::derive(&parsed(item))).expect("the expansion is Rust");
    let Some(syn::Item::Struct(generated)) = file.items.first() else { panic!("a struct comes first") };
    let lines = generated.attrs.iter().filter_map(|attribute| match &attribute.meta {
        syn::Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) => Some(text.value()),
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn of_column_types() {
    let all: Vec<String> =
        COLUMN_TYPES.into_iter().map(|item| pretty(sql_type::derive(&parsed(item)))).collect();
    insta::assert_snapshot!("column_types", all.join("\n"));
}

#[test]
fn with_errors_has_the_struct_and_the_fold() {
    let mistaken = USERS.replace("#[rollup(ignore)]", "#[rollup(ignored)]");
    insta::assert_snapshot!("with_errors", expansion(&mistaken));
}

/// A migration's identity is its bytes.
#[test]
fn twice_gives_the_same_bytes() {
    for item in ALL {
        let [one, other] = [(); 2].map(|()| rollup::derive(&parsed(item)));
        assert_eq!(errors(one.clone()), [""; 0]);
        assert_eq!(one.to_string(), other.to_string());
    }
    for item in COLUMN_TYPES {
        let [one, other] = [(); 2].map(|()| sql_type::derive(&parsed(item)));
        assert_eq!(errors(one.clone()), [""; 0]);
        assert_eq!(one.to_string(), other.to_string());
    }
}
