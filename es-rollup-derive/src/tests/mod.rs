//! What the derives generate, tested without running the compiler; `tests/ui` covers the rest.

mod enums;
mod expansion;
mod malformed;
mod messages;
mod views;

use proc_macro2::{Literal, TokenStream, TokenTree};
use syn::DeriveInput;

/// Parses an item.
fn parsed(item: &str) -> DeriveInput {
    syn::parse_str(item).unwrap_or_else(|wrong| panic!("{wrong} in {item}"))
}

/// The expansion, formatted, without the SQL, which has its own snapshots.
fn pretty(expansion: TokenStream) -> String {
    let file = syn::parse2(without_sql(expansion)).expect("an expansion consists of items");
    prettyplease::unparse(&file)
}

/// Leaves out long texts and the contents of `Join(…)`.
fn without_sql(tokens: TokenStream) -> TokenStream {
    const LONGEST: usize = 300;
    let mut joins = false;
    let short = |token: TokenTree| match token {
        TokenTree::Group(group) => {
            let inside = if joins { quote::quote!(&["…"]) } else { without_sql(group.stream()) };
            joins = false;
            proc_macro2::Group::new(group.delimiter(), inside).into()
        }
        TokenTree::Literal(literal) if literal.to_string().len() > LONGEST => Literal::string("…").into(),
        TokenTree::Ident(ident) => {
            joins = ident == "Join";
            ident.into()
        }
        TokenTree::Literal(_) | TokenTree::Punct(_) => token,
    };
    tokens.into_iter().map(short).collect()
}

/// The errors in an expansion, in order.
fn errors(expansion: TokenStream) -> Vec<String> {
    let file: syn::File = syn::parse2(expansion).expect("an expansion consists of items");
    let error = |item: syn::Item| match item {
        syn::Item::Macro(call) if call.mac.path.segments.last()?.ident == "compile_error" => {
            Some(call.mac.parse_body::<syn::LitStr>().expect("an error has a message").value())
        }
        _ => None,
    };
    file.items.into_iter().filter_map(error).collect()
}
