//! What an arm does to the row: the values of its columns, as Rust.

use super::super::reading::Readings;
use super::super::rust_model::RustModel;
use super::super::state;
use super::table::Table;
use es_rollup_core::model::{Column, Kind, Rule, View};
use proc_macro2::TokenStream;
use quote::quote;
use std::collections::{BTreeMap, BTreeSet};

/// Whether the row is being created or exists already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    NewRow,
    ExistingRow,
}

/// What a column holds before any event.
pub(crate) fn initial(column: &Column, krate: &TokenStream) -> TokenStream {
    match column.kind {
        Kind::Value => quote!(::core::option::Option::None),
        Kind::Counter => quote!(#krate::__private::Number::zero()),
        Kind::Set | Kind::List => quote!(::std::vec::Vec::new()),
    }
}

/// One variant's arm. Everything that can fail comes before the first assignment to the state, so that a
/// refused event changes nothing.
pub(crate) struct Arm<'a> {
    pub(super) lowered: &'a RustModel<'a>,
    pub(super) table: Table<'a>,
    pub(super) view: &'a View,
    pub(super) rule: &'a Rule,
    pub(super) readings: Readings<'a>,
    pub(super) krate: &'a TokenStream,
    pub(super) target: Target,
    pub(crate) pattern: TokenStream,
    /// Values that are built for a single step, which can move them instead of cloning.
    pub(super) moved: BTreeSet<usize>,
    /// Values that are read already.
    pub(crate) read: BTreeSet<usize>,
    /// Checks, then the new values of columns on which later steps build.
    pub(crate) statements: Vec<TokenStream>,
    /// The new value of each replaced column.
    pub(super) replaced: BTreeMap<usize, TokenStream>,
    /// Columns of a new row that one operation of the event always fills and another may leave empty before that.
    pub(super) filled_later: BTreeSet<usize>,
    /// Changes of collections, in order, and of columns that are overwritten in place; these cannot fail.
    pub(super) collected: Vec<(usize, TokenStream)>,
}

impl Arm<'_> {
    /// The column before this step.
    pub(super) fn current(&self, column: usize) -> TokenStream {
        let field = state::field(&self.view.columns[column].name);
        match (self.replaced.contains_key(&column), self.target) {
            (true, _) => {
                let local = self.table.column(column);
                quote!(#local)
            }
            (false, Target::ExistingRow) => {
                let row = self.table.row();
                quote!(#row.#field)
            }
            (false, Target::NewRow) => initial(&self.view.columns[column], self.krate),
        }
    }

    /// Its statements so far, which it no longer has.
    pub(super) fn taken(&mut self) -> TokenStream {
        let statements = std::mem::take(&mut self.statements);
        quote!(#(#statements)*)
    }

    /// Gives the column a new value, on which later steps build.
    pub(super) fn replace(&mut self, column: usize, value: &TokenStream) {
        let local = self.table.column(column);
        self.statements.push(quote!(let #local = #value;));
        self.replaced.insert(column, quote!(#local));
        self.collected.retain(|(other, _)| *other != column);
    }

    /// Changes a collection with each value; `column` and `value` are references in the code for it.
    pub(super) fn collect(
        &mut self,
        column: usize,
        optional: bool,
        many: bool,
        value: &TokenStream,
        each: &TokenStream,
    ) {
        let each = match (optional, many) {
            (false, false) => quote!({ let value = #value; #each }),
            (true, false) => quote!(if let ::core::option::Option::Some(value) = #value { #each }),
            (false, true) => quote!(for value in #value { #each }),
            (true, true) => quote! {
                if let ::core::option::Option::Some(values) = #value { for value in values { #each } }
            },
        };
        self.collected.push((column, each));
    }

    /// Every column's value in a new row.
    pub(crate) fn values(&self) -> Vec<TokenStream> {
        let columns = self.view.columns.iter().enumerate();
        columns
            .filter(|(_, column)| !column.retired)
            .map(|(place, column)| {
                let name = state::field(&column.name);
                let each: Vec<&TokenStream> =
                    self.collected.iter().filter(|(at, _)| *at == place).map(|(_, each)| each).collect();
                let value = match (self.replaced.get(&place), each.is_empty()) {
                    (Some(value), _) if self.filled_later.contains(&place) => quote! {
                        match #value {
                            ::core::option::Option::Some(value) => value,
                            ::core::option::Option::None => ::core::unreachable!("an operation fills the column"),
                        }
                    },
                    (Some(value), _) => value.clone(),
                    (None, true) => initial(column, self.krate),
                    (None, false) => quote!({
                        let mut members = ::std::vec::Vec::new();
                        let column = &mut members;
                        #(#each)*
                        members
                    }),
                };
                quote!(#name: #value)
            })
            .collect()
    }

    /// The changes to an existing row.
    pub(crate) fn assignments(&self) -> Vec<TokenStream> {
        let row = self.table.row();
        let replaced = self.replaced.iter().map(|(place, value)| {
            let name = state::field(&self.view.columns[*place].name);
            quote!(#row.#name = #value;)
        });
        let collected = self.collected.iter().map(|(place, each)| {
            let name = state::field(&self.view.columns[*place].name);
            quote!({ let column = &mut #row.#name; #each })
        });
        replaced.chain(collected).collect()
    }
}
