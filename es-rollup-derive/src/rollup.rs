//! `#[derive(Rollup)]`: runs the stages in order.

use crate::declare::declare;
use crate::emission::emit;
use crate::error::error;
use crate::fallback::fallback;
use crate::options::Options;
use crate::rollup_enum::RollupEnum;
use crate::wire;
use es_rollup_core::resolve::{Fault, Resolution};
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
    let options = Options::new(&read, &mut errors);
    let mut errors = errors.into_inner();
    let (declarations, tokens) = declare(&read, &options, !errors.is_empty());
    let Resolution { columns, views, lowered } = Resolution::new(&declarations);
    let rollup = RollupEnum { input: &read, options, types: declarations.types, tokens, columns, views };
    let lowered = lowered.map_err(|faults| {
        let at_spans = |fault: Fault| error(rollup.tokens.span(fault.mark), fault.message);
        errors.extend(faults.into_iter().map(at_spans));
    });
    match lowered {
        Ok(lowered) if read.refused.is_empty() => emit(&rollup, &lowered),
        Ok(_) => fallback(rollup, &read.refused),
        Err(()) => {
            let (refused, errors) = (&read.refused, darling::Error::multiple(errors).write_errors());
            fallback(rollup, &quote!(#refused #errors))
        }
    }
}
