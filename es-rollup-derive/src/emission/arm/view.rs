//! What one variant does to the rows of a view, as Rust.

mod several;

use super::super::fold::envelope;
use super::super::rust_model::RustModel;
use super::super::state;
use super::row::{Arm, Target};
use super::table::Table;
use crate::rollup_enum::RollupEnum;
use es_rollup_core::model::{Empty, Envelope, Operation, Rule, Source, Touch};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// What a variant does to the rows of a view. Everything that can fail comes before the first change.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) statements: TokenStream,
    pub(crate) changes: TokenStream,
}

/// What a variant does to a view. `read`: the values that are read already, to which those of the view are added.
pub(crate) fn rows(
    lowered: &RustModel<'_>,
    rollup: &RollupEnum<'_>,
    variant: usize,
    view: usize,
    read: &mut BTreeSet<usize>,
) -> Rows {
    let rule = &lowered.model.views[view].rules[variant];
    if *rule == Rule::NOTHING {
        return Rows::default();
    }
    let of_view = OfView { lowered, rollup, variant, view, rule, krate: &rollup.options.krate };
    let mut outer = of_view.arm(Target::ExistingRow, read.clone());
    let emptied = rule.empty.as_ref().map(|empty| of_view.kept(&mut outer, empty));
    let rows = match (rule.touch, emptied) {
        (Touch::Nothing, emptied) => {
            let (held, row) = (of_view.held(), of_view.struct_name());
            let krate = of_view.krate;
            let kept = emptied.unwrap_or_else(|| quote!(true));
            let changes = quote!(#krate::__private::Holder::<#row>::keep(&mut *#held, |row| #kept););
            Rows { statements: outer.taken(), changes }
        }
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, None)
            if rule.each.is_none() =>
        {
            of_view.one(&mut outer)
        }
        (Touch::Create | Touch::Add | Touch::Change | Touch::Remove | Touch::Delete, emptied) => {
            of_view.several(&mut outer, emptied.as_ref())
        }
    };
    *read = outer.read;
    rows
}

struct OfView<'a> {
    lowered: &'a RustModel<'a>,
    rollup: &'a RollupEnum<'a>,
    variant: usize,
    view: usize,
    rule: &'a Rule,
    krate: &'a TokenStream,
}

impl<'a> OfView<'a> {
    fn arm(&self, target: Target, read: BTreeSet<usize>) -> Arm<'a> {
        let table = Table::view(self.lowered.model, self.view);
        Arm::of(self.lowered, self.rollup, self.variant, table, target, read)
    }

    /// What holds the rows.
    fn held(&self) -> Ident {
        held(self.view)
    }

    /// The row that is being changed.
    fn row(&self) -> Ident {
        Table::view(self.lowered.model, self.view).row()
    }

    fn key(&self) -> Ident {
        format_ident!("__key{}", self.view)
    }

    fn edit(&self) -> Ident {
        format_ident!("__edit{}", self.view)
    }

    fn struct_name(&self) -> &'a Ident {
        &self.rollup.options.rows[self.view]
    }

    fn refuse(&self, kind: &TokenStream) -> TokenStream {
        let (krate, view) = (self.krate, &self.lowered.model.views[self.view].name);
        quote! {
            return ::core::result::Result::Err(
                #krate::__private::Refusal::row(#krate::ErrorKind::#kind, #view)
            )
        }
    }

    /// Binds the value of a part of the key.
    fn part(&self, arm: &mut Arm<'_>, part: usize, source: &Source, name: &Ident) {
        let column = &arm.view.parts()[part];
        if let Source::Field(field) = source {
            arm.read(*field, &column.name);
        }
        let value = arm.owned(source, Operation::Set);
        let ty = self.lowered.rust(column.ty).map(|ty| quote!(: #ty));
        arm.statements.push(quote!(let #name #ty = #value;));
    }

    /// Which rows stay when others are taken away: a condition on `row`.
    fn kept(&self, arm: &mut Arm<'_>, empty: &Empty) -> TokenStream {
        match empty {
            Empty::All => quote!(false),
            Empty::Matching(parts) => {
                let differs = parts.iter().map(|(part, source)| {
                    let name = format_ident!("__match{}_{part}", self.view);
                    self.part(arm, *part, source, &name);
                    let field = state::field(&arm.view.parts()[*part].name);
                    quote!(row.#field != #name)
                });
                let differs: Vec<TokenStream> = differs.collect();
                quote!(#(#differs)||*)
            }
        }
    }

    /// Binds the key of the row.
    fn bind_key(&self, arm: &mut Arm<'_>) {
        let parts = self.rule.key.iter().enumerate().map(|(part, source)| {
            let name = format_ident!("__part{}_{part}", self.view);
            self.part(arm, part, source, &name);
            name
        });
        let (parts, key): (Vec<Ident>, Ident) = (parts.collect(), self.key());
        arm.statements.push(if let [part] = parts.as_slice() {
            quote!(let #key = #part;)
        } else {
            quote!(let #key = (#(#parts,)*);)
        });
    }

    /// A new row, after what its operations need.
    fn new_row(&self, arm: &Arm<'_>) -> TokenStream {
        let (name, key) = (self.struct_name(), self.key());
        let store = &self.lowered.model.store;
        let envelope = Envelope::of(store).map(|one| {
            let (name, value) = (state::field(one.name()), envelope(one));
            quote!(#name: #value)
        });
        let parts = arm.view.parts();
        let of_key = parts.iter().enumerate().map(|(place, part)| {
            let (name, place) = (state::field(&part.name), syn::Index::from(place));
            let value = if parts.len() == 1 { quote!(&#key) } else { quote!(&#key.#place) };
            quote!(#name: ::core::clone::Clone::clone(#value))
        });
        let values = arm.values();
        quote!(#name { #(#envelope,)* #(#of_key,)* #(#values,)* })
    }

    /// A copy of the row in a reference.
    fn copy(&self, of: &Ident) -> TokenStream {
        let name = self.struct_name();
        let view = &self.lowered.model.views[self.view];
        let envelope = Envelope::of(&self.lowered.model.store).map(|one| -> &str { one.name() });
        let columns = view.parts().iter().chain(view.shown()).map(|column| &*column.name);
        let fields = envelope.chain(columns).map(|column| {
            let field = state::field(column);
            quote!(#field: ::core::clone::Clone::clone(&#of.#field))
        });
        quote!(#name { #(#fields,)* })
    }

    /// The changes of a row that exists.
    fn changes(&self, arm: &Arm<'_>) -> TokenStream {
        let (row, assignments) = (self.row(), arm.assignments());
        let moved = Envelope::of(&self.lowered.model.store).filter(|one| !one.is_fixed()).map(|one| {
            let (name, value) = (state::field(one.name()), envelope(one));
            quote!(#row.#name = #value;)
        });
        quote!(#(#assignments)* #(#moved)*)
    }

    /// What an event does to one row.
    fn one(&self, outer: &mut Arm<'a>) -> Rows {
        let (krate, held, key, row) = (self.krate, self.held(), self.key(), self.row());
        let name = self.struct_name();
        let trait_ = quote!(#krate::__private::Holder::<#name>);
        self.bind_key(outer);
        let found = quote!(#trait_::row(&*#held, &#key));
        let put = quote!(#trait_::put(&mut *#held, #key, #row););
        let remove = quote!(#trait_::remove(&mut *#held, &#key););
        let [missing, exists] = [quote!(RowMissing), quote!(RowExists)].map(|kind| self.refuse(&kind));
        let changes = match self.rule.touch {
            Touch::Nothing => TokenStream::new(),
            Touch::Create => {
                let new = self.steps(outer, Target::NewRow);
                let new_row = self.new_row(&new);
                outer.statements.push(quote! {
                    let #row = #new_row;
                    if ::core::option::Option::is_some(&#found) {
                        #exists;
                    }
                });
                put
            }
            Touch::Add => {
                let row_or_new = self.row_or_new(outer, &found);
                outer.statements.push(quote!(let #row = #row_or_new;));
                put
            }
            Touch::Change => {
                outer.statements.push(quote! {
                    let #row = match #trait_::row_mut(&mut *#held, &#key) {
                        ::core::option::Option::Some(row) => row,
                        ::core::option::Option::None => #missing,
                    };
                });
                let existing = self.steps(outer, Target::ExistingRow);
                self.changes(&existing)
            }
            Touch::Remove => remove,
            Touch::Delete => {
                outer.statements.push(quote! {
                    if ::core::option::Option::is_none(&#found) {
                        #missing;
                    }
                });
                remove
            }
        };
        Rows { statements: outer.taken(), changes }
    }

    /// Does the operations on the row as a part of the statements outside.
    fn steps(&self, outer: &mut Arm<'a>, target: Target) -> Arm<'a> {
        let mut arm = self.arm(target, std::mem::take(&mut outer.read));
        arm.steps();
        outer.read.clone_from(&arm.read);
        outer.statements.append(&mut arm.statements);
        arm
    }

    /// The row that is found, changed, or a new one.
    fn row_or_new(&self, outer: &Arm<'a>, found: &TokenStream) -> TokenStream {
        let row = self.row();
        let changed = self.changed(outer, &row);
        let mut new = self.arm(Target::NewRow, outer.read.clone());
        new.steps();
        let (new_row, statements) = (self.new_row(&new), &new.statements);
        quote! {
            match #found {
                ::core::option::Option::Some(#row) => { #changed }
                ::core::option::Option::None => { #(#statements)* #new_row }
            }
        }
    }

    /// A changed copy of the row in a reference, as a block's contents.
    fn changed(&self, outer: &Arm<'a>, of: &Ident) -> TokenStream {
        let row = self.row();
        let mut arm = self.arm(Target::ExistingRow, outer.read.clone());
        arm.steps();
        let (copy, statements, changes) = (self.copy(of), &arm.statements, self.changes(&arm));
        quote! {
            let mut #row = #copy;
            #(#statements)*
            #changes
            #row
        }
    }
}

/// What holds the rows of a view.
pub(crate) fn held(view: usize) -> Ident {
    format_ident!("__view{view}")
}
