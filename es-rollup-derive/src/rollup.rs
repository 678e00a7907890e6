//! `#[derive(Rollup)]`: runs the stages in order.

use crate::emission::emit;
use crate::fallback::fallback;
use crate::model::Rollup;
use crate::validation::validate;
use crate::wire;
use proc_macro2::TokenStream;
use quote::quote;
use syn::DeriveInput;

/// The expansion, or the errors with a fallback that keeps them from causing others.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = darling::Error::accumulator();
    let Some(read) = wire::read(input, &mut errors) else {
        return match errors.finish() {
            Ok(()) => TokenStream::new(),
            Err(errors) => errors.write_errors(),
        };
    };
    let rollup = Rollup::new(&read, &mut errors);
    validate(&rollup, &mut errors);
    match errors.finish() {
        Ok(()) if read.refused.is_empty() => emit(&rollup),
        Ok(()) => fallback(&rollup, &read.refused),
        Err(errors) => {
            let (refused, errors) = (&read.refused, errors.write_errors());
            fallback(&rollup, &quote!(#refused #errors))
        }
    }
}
