//! The Rust fold: the match over variants, as Rust.

use super::arm::{self, Arm, Rows, Target, held, initial};
use super::rows;
use super::rust_model::RustModel;
use super::state;
use crate::rollup_enum::RollupEnum;
use crate::spelling::spelled;
use es_rollup_core::model::{Envelope, Life, Literal, Model};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};
use syn::ext::IdentExt;

/// The name of each event in the payload, for errors.
pub(crate) fn event_name(model: &Model, rollup: &RollupEnum<'_>) -> TokenStream {
    let arms = model.variants.iter().zip(&rollup.input.variants).map(|(variant, written)| {
        let (ident, name) = (&written.original.ident, variant.wire.first().unwrap_or(&variant.name));
        quote!(Self::#ident { .. } => #name,)
    });
    quote! {
        fn event_name(&self) -> &'static ::core::primitive::str {
            match self { #(#arms)* }
        }
    }
}

/// Whether the event deletes the row.
pub(crate) fn deletes(model: &Model, rollup: &RollupEnum<'_>) -> TokenStream {
    let variants = model.variants.iter().zip(&rollup.input.variants);
    let idents = variants
        .filter(|(variant, _)| variant.life == Life::Delete)
        .map(|(_, written)| &written.original.ident);
    let body = if model.has_delete() {
        quote!(::core::matches!(self, #(Self::#idents { .. })|*))
    } else {
        quote!(false)
    };
    quote! {
        #[inline]
        fn deletes(&self) -> ::core::primitive::bool { #body }
    }
}

/// Compares the results of serde's default functions with the literals that SQL uses instead.
pub(crate) fn defaults(rollup: &RollupEnum<'_>) -> Option<TokenStream> {
    let krate = &rollup.options.krate;
    let mut seen = Vec::new();
    let steps = rollup.all().flat_map(|column| &column.steps);
    let each = steps.filter_map(|step| {
        let read = step.read()?;
        let (place, literal) = (read.field?, &read.default.as_ref()?.is);
        let variant = &rollup.input.variants[step.variant];
        let field = &variant.fields[place];
        let function = field.default.as_ref()?;
        if seen.contains(&(step.variant, place)) {
            return None;
        }
        seen.push((step.variant, place));
        let (ty, as_ty) = (field.ty, rollup.tokens.ty(read.ty));
        let literal = match literal {
            Literal::Bool(flag) => quote!(#flag),
            Literal::Integer(number) => {
                let number = proc_macro2::Literal::i64_unsuffixed(*number);
                quote!(#number)
            }
            Literal::Text(text) if read.borrowed => quote!(*#text),
            Literal::Text(text) => quote!(<#as_ty as #krate::__private::FromText>::from_text(#text)),
        };
        let equal = if read.borrowed { quote!(**value == #literal) } else { quote!(*value == #literal) };
        let whole = if field.optional { quote!(::core::option::Option<#ty>) } else { quote!(#ty) };
        let value_of = if read.read_as {
            let ty = if read.optional { quote!(::core::option::Option<#as_ty>) } else { quote!(#as_ty) };
            quote!(#krate::__private::read_as::<#ty>(&value, ""))
        } else {
            quote!(::core::result::Result::<_, #krate::__private::Refusal>::Ok(value))
        };
        let pattern =
            if field.optional { quote!(::core::option::Option::Some(value)) } else { quote!(value) };
        let (event, name) = (variant.original.ident.unraw().to_string(), spelled(&field.member));
        let function_name = spelled(function);
        Some(quote! {{
            let value: #whole = #function();
            #krate::__private::Defaulted {
                event: #event,
                field: #name,
                function: #function_name,
                holds: match &#value_of {
                    ::core::result::Result::Ok(#pattern) => #equal,
                    _ => false,
                },
            }
        }})
    });
    let each: Vec<TokenStream> = each.collect();
    (!each.is_empty()).then(|| {
        quote! {
            fn defaults() -> ::std::vec::Vec<#krate::__private::Defaulted> {
                ::std::vec::Vec::from([#(#each),*])
            }
        }
    })
}

/// The state after the first event.
pub(crate) fn begin(lowered: &RustModel<'_>, rollup: &RollupEnum<'_>) -> TokenStream {
    let (krate, state) = (&rollup.options.krate, rollup.state());
    let model = &lowered.model;
    let recorded_at = recorded_at(model, krate);
    let envelope: TokenStream = Envelope::of(&model.store)
        .map(|one| {
            let (name, value) = (state::field(one.name()), envelope(one));
            quote!(#name: #value,)
        })
        .collect();
    let body = if model.has_create() {
        let mut arms = Vec::new();
        let mut others = Vec::new();
        for (at, variant) in model.variants.iter().enumerate() {
            let ident = &rollup.input.variants[at].original.ident;
            if variant.life == Life::Create {
                let arm = Arm::new(lowered, rollup, at, Target::NewRow);
                let (pattern, statements, values) = (&arm.pattern, &arm.statements, arm.values());
                let Rows { statements: of_rows, changes } = of_views(lowered, rollup, at, &arm);
                let (empty, made) =
                    (empty_views(rollup), with_views(rollup, &quote!(#envelope #(#values,)*)));
                arms.push(quote! {
                    Self::#ident #pattern => {
                        #empty
                        #(#statements)*
                        #of_rows
                        #changes
                        ::core::result::Result::Ok(#made)
                    }
                });
            } else {
                others.push(quote!(Self::#ident { .. }));
            }
        }
        let refused = if others.is_empty() {
            TokenStream::new()
        } else {
            quote! {
                #(#others)|* => ::core::result::Result::Err(
                    ::core::convert::From::from(#krate::ErrorKind::NotCreated)
                ),
            }
        };
        quote!(match event.event { #(#arms)* #refused })
    } else {
        let empty = lowered.model.root.shown().map(|column| {
            let (name, empty) = (state::field(&column.name), initial(column, krate));
            quote!(#name: #empty)
        });
        let (views, made) = (empty_views(rollup), with_views(rollup, &quote!(#envelope #(#empty,)*)));
        quote! {
            #views
            let mut state = #made;
            <Self as #krate::Rollup>::step(&mut state, event)?;
            ::core::result::Result::Ok(state)
        }
    };
    quote! {
        #[inline]
        fn begin(
            event: &#krate::Recorded<'_, Self>,
        ) -> ::core::result::Result<#state, #krate::__private::Refusal> {
            #recorded_at
            #body
        }
    }
}

/// What a field of the envelope becomes with a later event, if it changes.
fn moved(one: Envelope) -> Option<TokenStream> {
    match one {
        Envelope::Id | Envelope::CreatedAt => None,
        Envelope::Version => Some(quote!(event.sequence)),
        Envelope::ModifiedAt => Some(quote!(__recorded_at)),
    }
}

/// What a field of the envelope is after the first event.
pub(super) fn envelope(one: Envelope) -> TokenStream {
    match one {
        Envelope::Id => quote!(::core::clone::Clone::clone(event.id)),
        Envelope::Version => quote!(event.sequence),
        Envelope::CreatedAt | Envelope::ModifiedAt => quote!(::core::clone::Clone::clone(&__recorded_at)),
    }
}

/// Binds the recorded time as it is stored, if there is one.
fn recorded_at(model: &Model, krate: &TokenStream) -> TokenStream {
    if model.store.recorded_at.is_none() {
        return TokenStream::new();
    }
    quote! {
        let __recorded_at = {
            #[allow(unused_imports)]
            use #krate::__private::{Cloned as _, Kept as _};
            (&#krate::__private::Moment(&event.recorded_at)).kept()
        };
    }
}

/// What a variant does to the views, in their order, after its arm has read values for the entity's own row.
fn of_views(lowered: &RustModel<'_>, rollup: &RollupEnum<'_>, variant: usize, root: &Arm<'_>) -> Rows {
    let (mut all, mut read) = (Rows::default(), root.read.clone());
    for view in 0..lowered.model.views.len() {
        let Rows { statements, changes } = arm::rows(lowered, rollup, variant, view, &mut read);
        all.statements.extend(statements);
        all.changes.extend(changes);
    }
    all
}

/// The names of the views as fields, each with what holds its rows.
fn views<'a>(rollup: &'a RollupEnum<'_>) -> impl Iterator<Item = (Ident, Ident)> + 'a {
    rollup.views.iter().enumerate().map(|(at, view)| (state::field(&view.name), held(at)))
}

/// Views without rows.
fn empty_views(rollup: &RollupEnum<'_>) -> TokenStream {
    let types = rollup.views.iter().zip(&rollup.options.rows);
    let each = types.enumerate().map(|(at, (view, row))| {
        let (held, ty, rows) = (held(at), rows::held(rollup, view, row), format_ident!("__rows{at}"));
        quote! {
            let mut #rows: #ty = ::core::default::Default::default();
            let #held = &mut #rows;
        }
    });
    each.collect()
}

/// The state with a row of the entity, which has these fields.
fn with_views(rollup: &RollupEnum<'_>, fields: &TokenStream) -> TokenStream {
    let (root, whole) = (&rollup.options.state, &rollup.options.whole);
    let row = quote!(#root { #fields });
    if rollup.views.is_empty() {
        return row;
    }
    let views = views(rollup).map(|(name, held)| quote!(#name: ::core::mem::take(#held)));
    quote!(#whole { rollup: #row, #(#views,)* })
}

/// Takes the state apart, so that its tables can be changed one by one.
fn opened(rollup: &RollupEnum<'_>) -> TokenStream {
    if rollup.views.is_empty() {
        return TokenStream::new();
    }
    let whole = &rollup.options.whole;
    let views = views(rollup).map(|(name, held)| quote!(#name: #held));
    quote!(let #whole { rollup: state, #(#views,)* } = state;)
}

/// The state after one more event.
pub(crate) fn step(lowered: &RustModel<'_>, rollup: &RollupEnum<'_>) -> TokenStream {
    let (krate, state) = (&rollup.options.krate, rollup.state());
    let model = &lowered.model;
    let recorded_at = recorded_at(model, krate);
    let opened = opened(rollup);
    let moved = Envelope::of(&model.store).filter_map(|one| {
        let (name, value) = (state::field(one.name()), moved(one)?);
        Some(quote!(state.#name = #value;))
    });
    let arms = lowered.model.variants.iter().enumerate().map(|(at, variant)| {
        let ident = &rollup.input.variants[at].original.ident;
        if variant.life == Life::Create {
            return quote! {
                Self::#ident { .. } => return ::core::result::Result::Err(
                    ::core::convert::From::from(#krate::ErrorKind::CreatedTwice)
                ),
            };
        }
        let arm = Arm::new(lowered, rollup, at, Target::ExistingRow);
        let (pattern, statements, assignments) = (&arm.pattern, &arm.statements, arm.assignments());
        let Rows { statements: of_rows, changes } = of_views(lowered, rollup, at, &arm);
        quote!(Self::#ident #pattern => { #(#statements)* #of_rows #(#assignments)* #changes })
    });
    quote! {
        #[inline]
        fn step(
            state: &mut #state,
            event: &#krate::Recorded<'_, Self>,
        ) -> ::core::result::Result<(), #krate::__private::Refusal> {
            #recorded_at
            #opened
            match event.event { #(#arms)* }
            #(#moved)*
            ::core::result::Result::Ok(())
        }
    }
}
