//! What one variant does to several rows of a view: those of elements, or those that it takes away before it makes one.
//! They are changed apart from the state, since a later one may be refused.

use super::super::super::reading::{self, Readings, binding, element};
use super::super::row::{Arm, Target};
use super::{OfView, Rows};
use es_rollup_core::model::{Origin, Source, Touch};
use proc_macro2::TokenStream;
use quote::quote;

impl<'a> OfView<'a> {
    /// What an event does to several rows: those of elements, or those that it takes away before it makes one.
    pub(super) fn several(&self, outer: &mut Arm<'a>, emptied: Option<&TokenStream>) -> Rows {
        let (krate, held, edit) = (self.krate, self.held(), self.edit());
        let name = self.struct_name();
        outer.statements.push(quote!(let mut #edit = #krate::__private::Edit::<#name>::new();));
        if let Some(kept) = emptied {
            outer.statements.push(quote!(#krate::__private::Edit::keep(&mut #edit, &*#held, |row| #kept);));
        }
        match self.rule.each {
            None => {
                let body = self.edited(outer);
                outer.statements.push(body);
            }
            Some(each) => {
                let (elements, element) = (self.elements(outer, each), element());
                let mut inner = self.arm(Target::ExistingRow, outer.read.clone());
                let body = self.edited(&mut inner);
                outer.statements.push(quote!(for #element in #elements { #body }));
            }
        }
        let changes = quote!(#krate::__private::Edit::make(#edit, &mut *#held););
        Rows { statements: outer.taken(), changes }
    }

    /// What an event does to one of several rows.
    fn edited(&self, arm: &mut Arm<'a>) -> TokenStream {
        let (krate, held, key, row, edit) = (self.krate, self.held(), self.key(), self.row(), self.edit());
        self.bind_key(arm);
        let before = arm.taken();
        let found = quote!(#krate::__private::Edit::row(&#edit, &*#held, &#key));
        let put = quote!(#krate::__private::Edit::put(&mut #edit, #key, #row););
        let remove = quote!(#krate::__private::Edit::remove(&mut #edit, &#key););
        let [missing, exists] = [quote!(RowMissing), quote!(RowExists)].map(|kind| self.refuse(&kind));
        let then = match self.rule.touch {
            Touch::Nothing => TokenStream::new(),
            Touch::Create => {
                let mut new = self.arm(Target::NewRow, arm.read.clone());
                new.steps();
                let (new_row, statements) = (self.new_row(&new), &new.statements);
                quote! {
                    let #row = { #(#statements)* #new_row };
                    if ::core::option::Option::is_some(&#found) {
                        #exists;
                    }
                    #put
                }
            }
            Touch::Add => {
                let row_or_new = self.row_or_new(arm, &found);
                quote!(let #row = #row_or_new; #put)
            }
            Touch::Change => {
                let changed = self.changed(arm, &row);
                quote! {
                    let #row = match #found {
                        ::core::option::Option::Some(#row) => { #changed }
                        ::core::option::Option::None => #missing,
                    };
                    #put
                }
            }
            Touch::Remove => remove,
            Touch::Delete => quote! {
                if ::core::option::Option::is_none(&#found) {
                    #missing;
                }
                #remove
            },
        };
        quote!(#before #then)
    }

    /// The elements that choose rows. Errors name the first part of the key that is read from an element.
    fn elements(&self, outer: &mut Arm<'_>, each: usize) -> TokenStream {
        let readings: Readings<'_> = outer.readings;
        let field = &readings.fields[each];
        let is_element =
            |source: &Source| source.field().is_some_and(|at| readings.fields[at].origin == Origin::Element);
        let part = self.rule.key.iter().position(is_element).unwrap_or_default();
        let column = &outer.view.parts()[part].name;
        let name = if field.ascending {
            if !outer.read.contains(&each) {
                outer.statements.extend(readings.bind(each, column));
                outer.statements.push(reading::keep(&readings, each, self.lowered.rust(field.ty)));
            }
            binding(each)
        } else {
            // The elements are checked one by one.
            readings.raw(each)
        };
        if field.optional {
            quote!(::core::iter::Iterator::flatten(::core::option::Option::iter(#name)))
        } else {
            quote!(#name)
        }
    }
}
