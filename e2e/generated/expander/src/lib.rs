//! The derive as a library, and what it writes with mistakes in it.

mod faults;
mod rewrite;

include!(concat!(env!("OUT_DIR"), "/derive/modules.rs"));

pub use faults::{FEW, Fault, faults};
use quote::ToTokens as _;

/// What `#[derive(Rollup)]` makes of an item.
pub fn expanded(item: &str) -> proc_macro2::TokenStream {
    rollup::derive(&syn::parse_str(item).expect("an item"))
}

/// What it would make of the item with a fault in it; `None` where the fault makes no difference.
pub fn faulty(expansion: &proc_macro2::TokenStream, fault: &Fault) -> Option<String> {
    let whole = rewrite::flat(expansion.clone());
    let new = fault.changes.iter().fold(whole.clone(), |tokens, (finds, puts)| {
        rewrite::rewritten(&tokens, &rewrite::parsed(finds), &rewrite::parsed(puts))
    });
    (new != whole).then(|| rewrite::text(&new))
}

/// The item without the attributes that only the derive understands.
pub fn without_attributes(item: &str) -> String {
    let mut item: syn::ItemEnum = syn::parse_str(item).expect("an enum");
    let strip =
        |attributes: &mut Vec<syn::Attribute>| attributes.retain(|one| !one.path().is_ident("rollup"));
    strip(&mut item.attrs);
    for variant in &mut item.variants {
        strip(&mut variant.attrs);
        variant.fields.iter_mut().for_each(|field| strip(&mut field.attrs));
    }
    item.into_token_stream().to_string()
}
