//! The enum as declarations for the core, which resolves them, and the tokens that only the derive has: a span for each
//! mark, and a type for each type.

use crate::attributes::{Scope, Written, WrittenValue, WrittenView};
use crate::options::Options;
use crate::spelling::{collection, mentions, option, owned, spelled};
use crate::wire::{WireEnum, WireField, WireVariant};
use es_rollup_core::model::Literal;
use es_rollup_core::resolve::{
    Declarations, DeclaredField, DeclaredVariant, DeclaredView, InView, Mark, Marked, RustType, RustTypes,
    TypeAt, Word, WordValue,
};
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{LitStr, Member, Type, parse_quote};

/// The tokens that declarations were made from.
pub(crate) struct Tokens {
    spans: Vec<Span>,
    types: Vec<Type>,
    /// The enum's lifetimes, which no column can mention.
    lifetimes: Vec<Ident>,
}

impl Tokens {
    /// The place of a mark.
    pub(crate) fn span(&self, mark: Mark) -> Span {
        self.spans[mark.0]
    }

    /// The tokens of a type.
    pub(crate) fn ty(&self, at: TypeAt) -> &Type {
        &self.types[at.0]
    }

    fn mark(&mut self, span: Span) -> Mark {
        self.spans.push(span);
        Mark(self.spans.len() - 1)
    }

    fn text(&mut self, text: &LitStr) -> Marked<String> {
        Marked::new(text.value(), self.mark(text.span()))
    }

    fn name(&mut self, name: &Ident) -> Marked<String> {
        Marked::new(name.unraw().to_string(), self.mark(name.span()))
    }

    fn literal(&mut self, literal: &Literal, span: Span) -> Marked<Literal> {
        Marked::new(literal.clone(), self.mark(span))
    }

    /// A type without what is inside it.
    fn plain(&mut self, ty: &Type) -> RustType {
        let mark = self.mark(ty.span());
        self.types.push(ty.clone());
        let borrows = mentions(ty.to_token_stream(), &self.lifetimes);
        RustType { borrows, ..RustType::plain(spelled(ty), mark) }
    }

    /// Adds a type, after the types inside it.
    fn add(&mut self, types: &mut RustTypes, ty: &Type) -> TypeAt {
        let option = option(ty).map(|inner| self.add(types, inner));
        let elements = collection(ty).map(|(collection, inner)| (collection, self.add(types, inner)));
        let owned = owned(ty).map(|owned| self.add(types, &owned));
        let plain = self.plain(ty);
        types.add(RustType { option, elements, owned, ..plain })
    }

    fn word(&mut self, types: &mut RustTypes, written: &Written) -> Option<Word> {
        let value = match &written.value {
            WrittenValue::None => WordValue::None,
            WrittenValue::Text(text) => WordValue::Text(self.text(text)),
            WrittenValue::Type(ty) => WordValue::Type(self.add(types, ty)),
            WrittenValue::Literal((literal, span)) => WordValue::Literal(self.literal(literal, *span)),
            // Only of the struct, or among the views.
            WrittenValue::Paths(_) | WrittenValue::View(_) => return None,
            WrittenValue::Assignments(assignments) => {
                let each = assignments.iter();
                let pairs = each.map(|one| (self.name(&one.column), self.literal(&one.value, one.span)));
                WordValue::Assignments(pairs.collect())
            }
            WrittenValue::Keys { written, mistaken } => {
                WordValue::Words { words: self.words(types, written), mistaken: *mistaken }
            }
            WrittenValue::Expressions(expressions) => {
                let pairs = expressions.iter().map(|one| (self.name(&one.name), self.text(&one.text)));
                WordValue::Expressions(pairs.collect())
            }
            WrittenValue::Names(names) => {
                WordValue::Names(names.iter().map(|name| self.name(name)).collect())
            }
        };
        let Written { key, span, group, implied, .. } = written;
        Some(Word { key, mark: self.mark(*span), value, group: *group, implied: *implied })
    }

    fn words(&mut self, types: &mut RustTypes, written: &[Written]) -> Vec<Word> {
        written.iter().filter_map(|one| self.word(types, one)).collect()
    }

    fn in_views(&mut self, types: &mut RustTypes, scopes: &[Scope]) -> Vec<InView> {
        let in_view = |Scope { written, mistaken }: &Scope| InView {
            words: self.words(types, written),
            mistaken: *mistaken,
        };
        scopes.iter().map(in_view).collect()
    }

    fn view(&mut self, types: &mut RustTypes, view: &WrittenView) -> DeclaredView {
        DeclaredView { name: self.name(&view.name), words: self.words(types, &view.written) }
    }

    fn field(&mut self, types: &mut RustTypes, field: &WireField<'_>) -> DeclaredField {
        DeclaredField {
            name: match &field.member {
                Member::Named(ident) => Some(ident.unraw().to_string()),
                Member::Unnamed(_) => None,
            },
            words: self.words(types, &field.written),
            in_views: self.in_views(types, &field.scopes),
            mistaken: field.mistaken,
            ty: self.add(types, field.ty),
            optional: field.optional,
            keys: field.keys.clone(),
            absent: field.absent.clone(),
            // What `set` on the variant implies is among the words.
            left_out: true,
        }
    }

    fn variant(&mut self, types: &mut RustTypes, variant: &WireVariant<'_>) -> DeclaredVariant {
        DeclaredVariant {
            name: self.name(&variant.original.ident),
            wire: variant.wire.clone(),
            other: variant.other,
            shape: variant.shape,
            words: self.words(types, &variant.written),
            in_views: self.in_views(types, &variant.scopes),
            fields: variant.fields.iter().map(|field| self.field(types, field)).collect(),
        }
    }
}

/// The declarations of an enum, and what they were made from.
pub(crate) fn declare(input: &WireEnum<'_>, options: &Options<'_>, mistaken: bool) -> (Declarations, Tokens) {
    let lifetimes = input.original.generics.lifetimes();
    let lifetimes = lifetimes.map(|parameter| parameter.lifetime.ident.clone()).collect();
    let mut tokens = Tokens { spans: Vec::new(), types: Vec::new(), lifetimes };
    let time = syn::parse2(options.time.clone()).unwrap_or_else(|_| parse_quote!(()));
    let standard: [Type; 4] =
        [parse_quote!(bool), parse_quote!(i64), parse_quote!(::std::string::String), time];
    let mut types = RustTypes::new(standard.map(|ty| tokens.plain(&ty)));
    let declarations = Declarations {
        name: tokens.name(&input.original.ident),
        tagging: input.tagging.clone(),
        events: options.events.map(|events| tokens.text(events)),
        id: options.id.map(|id| tokens.add(&mut types, id)),
        table: options.table.map(|table| tokens.text(table)),
        trigger: options.trigger,
        history: options.history.map(|span| tokens.mark(span)),
        archive: options.archive.map(|span| tokens.mark(span)),
        words: tokens.words(&mut types, &input.options),
        views: input.views().map(|view| tokens.view(&mut types, view)).collect(),
        variants: input.variants.iter().map(|variant| tokens.variant(&mut types, variant)).collect(),
        types,
        mistaken,
    };
    (declarations, tokens)
}
