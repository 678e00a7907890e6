//! How an arm reads the values of its operations.

use super::known::known;
use super::rust_model::Reading;
use es_rollup_core::model::{Field, Origin};
use es_rollup_core::resolve::Collection;
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

/// The values of one variant: the model's fields, and how Rust reads them.
#[derive(Clone, Copy)]
pub(super) struct Readings<'a> {
    pub(super) fields: &'a [Field],
    pub(super) places: &'a [Reading],
    pub(super) krate: &'a TokenStream,
    /// The view that is changed; `None` for the entity's own row.
    pub(super) view: Option<&'a str>,
}

/// The current element of the field whose elements choose rows.
pub(super) fn element() -> Ident {
    format_ident!("__element")
}

/// A reference to a value, or to its `Option` or `Vec`.
pub(super) fn binding(at: usize) -> Ident {
    format_ident!("__field{at}")
}

/// The value itself, if it was built from the event.
pub(super) fn owned_binding(at: usize) -> Ident {
    format_ident!("__owned{at}")
}

impl Readings<'_> {
    /// The first value that is read from the same member.
    fn first(&self, at: usize) -> usize {
        let same = |other: &Reading| other.member == self.places[at].member;
        self.places.iter().position(same).unwrap_or(at)
    }

    /// Whether a value is a member of the event as it is, and no other value is read from this member.
    fn is_plain(&self, at: usize) -> bool {
        let same = |other: &&Reading| other.member == self.places[at].member;
        let is_member = self.places[at].member.is_some();
        is_member && !self.is_made(at) && self.places.iter().filter(same).count() == 1
    }

    /// Whether a value is built from the event rather than borrowed.
    pub(super) fn is_made(&self, at: usize) -> bool {
        match self.fields[at].origin {
            Origin::Context => true,
            Origin::Payload | Origin::Element => {
                let Reading { borrowed, read_as, collection, .. } = &self.places[at];
                let other = matches!(collection, Some(Collection::Ordered | Collection::Set));
                *borrowed || *read_as || other || !self.fields[at].path.is_empty()
            }
        }
    }

    /// The name of a member that is not itself a value.
    pub(super) fn member(&self, at: usize) -> Ident {
        match self.fields[at].origin {
            Origin::Element => return element(),
            Origin::Payload | Origin::Context => {}
        }
        let first = self.first(at);
        format_ident!("__member{first}")
    }

    /// The pattern that destructures the event.
    pub(super) fn pattern(&self) -> TokenStream {
        let bindings = self.places.iter().enumerate().filter_map(|(at, reading)| {
            let member = reading.member.as_ref().filter(|_| self.first(at) == at)?;
            let name = if self.is_plain(at) { binding(at) } else { self.member(at) };
            Some(quote!(#member: #name))
        });
        quote!({ #(#bindings,)* .. })
    }

    /// The member of the event itself.
    pub(super) fn raw(&self, at: usize) -> Ident {
        if self.is_plain(at) { binding(at) } else { self.member(at) }
    }

    /// A refusal of a value of a column.
    pub(super) fn refusal(&self, kind: &TokenStream, column: &str) -> TokenStream {
        let krate = self.krate;
        let refusal = quote!(#krate::__private::Refusal::column(#kind, #column));
        match self.view {
            None => refusal,
            Some(view) => quote!(#krate::__private::Refusal::of_view(#refusal, #view)),
        }
    }

    /// The value of a result, whose refusal is of the same table.
    fn asked(&self, result: &TokenStream) -> TokenStream {
        let krate = self.krate;
        match self.view {
            None => quote!(#result?),
            Some(view) => quote! {
                ::core::result::Result::map_err(
                    #result,
                    |refusal| #krate::__private::Refusal::of_view(refusal, #view),
                )?
            },
        }
    }

    /// Binds a value if the pattern has not done so; errors name the column. A value that is built from the event is
    /// bound to `owned`.
    pub(super) fn bind(&self, at: usize, column: &str) -> Option<TokenStream> {
        if self.is_plain(at) {
            return None;
        }
        let (name, member) = (binding(at), self.member(at));
        if !self.is_made(at) {
            return Some(quote!(let #name = #member;));
        }
        let (field, reading) = (&self.fields[at], &self.places[at]);
        let made = match (field.origin, field.path.is_empty()) {
            (Origin::Payload | Origin::Element, true) if reading.read_as => {
                self.read_as(field, reading, &member, column)
            }
            (Origin::Payload | Origin::Element, true) => own(&member, field, reading.borrowed),
            (Origin::Payload | Origin::Element, false) => {
                let function = if field.many { quote!(inside_field_each) } else { quote!(inside_field) };
                self.inside(field, reading, &function, &member, column)
            }
            (Origin::Context, _) => {
                let function = if field.many { quote!(inside_each) } else { quote!(inside) };
                self.inside(field, reading, &function, &quote!(event.context), column)
            }
        };
        let owned = owned_binding(at);
        let sorted = field.ascending.then(|| self.ascending(at));
        Some(quote!(let mut #owned = #made; #sorted))
    }

    /// Puts the elements of a set in ascending order, each once.
    fn ascending(&self, at: usize) -> TokenStream {
        let owned = owned_binding(at);
        let sort = quote! {
            <[_]>::sort(values);
            ::std::vec::Vec::dedup(values);
        };
        if self.fields[at].optional {
            quote!(if let ::core::option::Option::Some(values) = &mut #owned { #sort })
        } else {
            quote!({ let values = &mut #owned; #sort })
        }
    }

    /// Reads a field as a value of another type.
    fn read_as(&self, field: &Field, reading: &Reading, member: &Ident, column: &str) -> TokenStream {
        let (krate, ty) = (self.krate, &reading.ty);
        let (function, ty) = match (field.many, field.optional) {
            (false, false) => (quote!(read_as), quote!(#ty)),
            (false, true) => (quote!(read_as), quote!(::core::option::Option<#ty>)),
            (true, false) => (quote!(read_as_each), quote!(#ty)),
            (true, true) => (quote!(read_as_each_optional), quote!(#ty)),
        };
        let read = quote_spanned!(reading.ty.span()=> #krate::__private::#function::<#ty>(#member, #column));
        self.asked(&read)
    }

    /// Reads a value inside JSON.
    fn inside(
        &self,
        field: &Field,
        reading: &Reading,
        function: &TokenStream,
        whole: &impl quote::ToTokens,
        column: &str,
    ) -> TokenStream {
        let (krate, path, ty) = (self.krate, &field.path, &reading.ty);
        let found = quote_spanned! {reading.ty.span()=>
            #krate::__private::#function::<#ty>(#whole, &[#(#path),*], #column)
        };
        let found = self.asked(&found);
        if field.optional {
            return found;
        }
        let missing = self.refusal(&quote!(#krate::ErrorKind::MissingKey), column);
        quote! {
            match #found {
                ::core::option::Option::Some(value) => value,
                ::core::option::Option::None => return ::core::result::Result::Err(
                    #missing
                ),
            }
        }
    }
}

/// Binds a value as it is stored. For a type that the macro knows this is the value itself, except for a float in an
/// `Option`, which may be null in JSON.
pub(super) fn keep(readings: &Readings<'_>, at: usize, ty: Option<&Type>) -> TokenStream {
    let (krate, field, name) = (readings.krate, &readings.fields[at], binding(at));
    let is_made = readings.is_made(at);
    let nothing =
        |ty: &Type| known(ty).is_some_and(|known| !(known.info.changes || field.optional && known.info.null));
    let source = owned_binding(at);
    let Some(ty) = ty.filter(|ty| !nothing(ty)) else {
        return if is_made { quote!(let #name = &#source;) } else { TokenStream::new() };
    };
    if is_made {
        // The value was built for this event, so it is changed in place.
        let keep = match (field.optional, field.many) {
            (false, false) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep),
            (true, false) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep_optional),
            (false, true) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep_each),
            (true, true) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::keep_each_optional),
        };
        // Values that were different may be equal now.
        let once = field.ascending.then(|| readings.ascending(at));
        return quote! {
            #keep(&mut #source);
            #once
            let #name = &#source;
        };
    }
    let kept = match (field.optional, field.many) {
        (false, false) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::kept),
        (true, false) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::kept_optional),
        (false, true) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::kept_each),
        (true, true) => quote_spanned!(ty.span()=> <#ty as #krate::SqlType>::kept_each_optional),
    };
    let local = format_ident!("__kept{at}");
    quote! {
        let #local = #kept(#name);
        let #name = &*#local;
    }
}

/// The owned value for the column, from the one that the event borrows.
fn own(member: &Ident, field: &Field, borrowed: bool) -> TokenStream {
    let each = if borrowed {
        quote!(|value| ::std::borrow::ToOwned::to_owned(&**value))
    } else {
        quote!(::core::clone::Clone::clone)
    };
    // Written in full, for crates without a prelude.
    let all = |values: TokenStream| quote!(::core::iter::Iterator::collect::<::std::vec::Vec<_>>(::core::iter::Iterator::map(#values.iter(), #each)));
    match (field.optional, field.many) {
        (false, false) => quote!(::std::borrow::ToOwned::to_owned(&**#member)),
        (true, false) => quote!(::core::option::Option::map(::core::option::Option::as_ref(#member), #each)),
        (false, true) => all(quote!(#member)),
        (true, true) => {
            let all = all(quote!(values));
            quote!(::core::option::Option::map(::core::option::Option::as_ref(#member), |values| #all))
        }
    }
}
