//! What serde writes for the enum, by serde's own rules; forms that SQL cannot read are refused here.

use crate::attributes::{self, Attributes, Written, WrittenValue};
use crate::brackets::{has_detail, take_unaccompanied};
use crate::error::error;
use crate::serde_names::{names, serde_key, serde_text, text};
use crate::shorthand::{AllFields, implied, take_ignored};
use crate::spelling::{mentions, option, spelled};
use darling::error::Accumulator;
use es_rollup_core::model::{Absent, Form, Place, Shape, Tagging};
use es_rollup_core::resolve::{Detail, Key, Name};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use serde_derive_internals::ast::{Container, Data, Field as SerdeField, Style, Variant as SerdeVariant};
use serde_derive_internals::attr::{
    Container as SerdeContainer, Default as SerdeDefault, Identifier, TagType,
};
use serde_derive_internals::{Ctxt, Derive};
use syn::spanned::Spanned;
use syn::{DeriveInput, ExprPath, LitStr, Member, Type};

/// The enum as written: serde's attributes and ours.
pub(crate) struct WireEnum<'a> {
    pub(crate) original: &'a DeriveInput,
    pub(crate) options: Vec<Written>,
    pub(crate) tagging: Tagging,
    pub(crate) variants: Vec<WireVariant<'a>>,
    /// Serde's own errors, as its derives report them.
    pub(crate) refused: TokenStream,
}

pub(crate) struct WireVariant<'a> {
    pub(crate) original: &'a syn::Variant,
    pub(crate) written: Vec<Written>,
    pub(crate) shape: Shape,
    /// The name that serde writes, then the others that it reads; empty for a variant that serde never reads.
    pub(crate) wire: Vec<String>,
    pub(crate) other: bool,
    pub(crate) fields: Vec<WireField<'a>>,
}

pub(crate) struct WireField<'a> {
    pub(crate) member: Member,
    pub(crate) written: Vec<Written>,
    /// Whether other keys were written and reported.
    pub(crate) mistaken: bool,
    /// The type without the `Option`.
    pub(crate) ty: &'a Type,
    /// The type as it is written.
    pub(crate) whole: &'a Type,
    /// The function that serde writes it with, if it is not that of the type.
    pub(crate) written_with: Option<ExprPath>,
    pub(crate) optional: bool,
    pub(crate) keys: Vec<String>,
    pub(crate) absent: Absent,
    /// The function that serde calls if the key is absent.
    pub(crate) default: Option<ExprPath>,
}

/// The message for 128-bit integers in an enum with a tag.
pub(crate) const NO_WIDE_INTEGERS: &str = "serde cannot read 128-bit integers inside an enum with a `tag`; use 64 bits, a decimal, or a newtype that is written as text";

/// Refuses integers that serde writes but cannot read back: with a tag it first buffers the content, and the buffer
/// has no 128-bit integers.
fn refuse_wide(variant: &SerdeVariant<'_>, errors: &mut Accumulator) {
    let wide = ["i128", "u128"].map(|name| proc_macro2::Ident::new(name, Span::call_site()));
    for field in variant.fields.iter().filter(|_| !variant.attrs.skip_deserializing()) {
        let serde = &field.attrs;
        let own = serde.skip_deserializing() || serde.deserialize_with().is_some();
        if !own && mentions(field.ty.to_token_stream(), &wide) {
            errors.push(error(field.ty.span(), NO_WIDE_INTEGERS));
        }
    }
}

/// The name of serde's private module in what its parser returns; borrowed `Cow`s get a deserializer from this module.
const PRIVATE: &str = "__es_rollup_serde_private";

/// Reads the enum. A struct is reported and read as an enum without events; `None` for a union.
pub(crate) fn read<'a>(input: &'a DeriveInput, errors: &mut Accumulator) -> Option<WireEnum<'a>> {
    let mut options = attributes::read(&input.attrs, Place::Enum, errors);
    let name = input.ident.span();
    let mut refused = TokenStream::new();
    let (tagging, variants) = match &input.data {
        syn::Data::Enum(data) => {
            if data.variants.is_empty() {
                errors.push(error(
                    name,
                    "this enum has no variants, so there are no events to fold; add a variant for each event",
                ));
            }
            read_enum(input, &mut refused, errors)
        }
        syn::Data::Struct(_) | syn::Data::Union(_) => {
            options.mistaken.push(String::new());
            errors.push(error(
                name,
                "`Rollup` can only be derived on an enum; write an enum with a variant for each event",
            ));
            if matches!(input.data, syn::Data::Union(_)) {
                return None;
            }
            (Tagging::External, Vec::new())
        }
    };
    let generics = &input.generics;
    let parameter = generics.params.iter().find(|one| !matches!(one, syn::GenericParam::Lifetime(_)));
    if let Some(parameter) = parameter {
        errors.push(error(
            parameter.span(),
            "an event enum cannot have type or const parameters; remove them and keep only lifetimes",
        ));
    } else if let Some(clause) = &generics.where_clause {
        errors.push(error(clause.span(), "an event enum cannot have a `where` clause; remove it"));
    }
    Some(WireEnum { original: input, options: completed(options, name), tagging, variants, refused })
}

/// The options, with a substitute for a required one that was mistaken, so that it is not reported as missing too.
fn completed(mut options: Attributes, span: Span) -> Vec<Written> {
    let required = [
        (Name::Events, WrittenValue::Text(LitStr::new("mistaken", span))),
        (Name::Id, WrittenValue::Type(Box::new(syn::parse_quote_spanned!(span=> ())))),
    ];
    for (word, value) in required {
        let written = options.written.iter().any(|written| written.key.name == word);
        let mistaken = options.mistaken.iter().any(|mistaken| mistaken.is_empty() || mistaken == word.text());
        if let (false, true, Some(key)) = (written, mistaken, Key::find(word.text(), Place::Enum)) {
            options.written.push(Written { key, span, value, group: 0, implied: false });
        }
    }
    options.written
}

fn read_enum<'a>(
    input: &'a DeriveInput,
    refused: &mut TokenStream,
    errors: &mut Accumulator,
) -> (Tagging, Vec<WireVariant<'a>>) {
    let context = Ctxt::new();
    let container = Container::from_ast(&context, input, Derive::Deserialize, &format_ident!("{PRIVATE}"));
    if let Err(errors) = context.check() {
        // The compiler shows equal errors once: those with the same message and the same span, first to last token.
        refused.extend(errors.into_iter().flat_map(|one| one.to_compile_error()));
    }
    match &container {
        Some(Container { attrs, data: Data::Enum(variants), .. }) => {
            if !variants.is_empty() && variants.iter().all(|variant| variant.attrs.skip_deserializing()) {
                errors.push(error(
                    input.ident.span(),
                    "serde skips every variant of this enum, so there are no events to fold; remove a `skip`",
                ));
            }
            let tagging = tagging(input, attrs, errors);
            let read: Vec<WireVariant<'_>> =
                variants.iter().map(|variant| read_variant(variant, errors)).collect();
            if !matches!(tagging, Tagging::External) {
                for variant in variants {
                    refuse_wide(variant, errors);
                }
            }
            (tagging, read)
        }
        Some(_) | None => (Tagging::External, Vec::new()),
    }
}

fn tagging(input: &DeriveInput, serde: &SerdeContainer, errors: &mut Accumulator) -> Tagging {
    let conversions =
        [("from", serde.type_from()), ("try_from", serde.type_try_from()), ("into", serde.type_into())];
    for (name, ty) in conversions {
        if let Some(ty) = ty {
            errors.push(error(
                ty.span(),
                format!("`#[serde({name} = ...)]` converts the enum to or from another type; derive `Rollup` on the type that serde writes"),
            ));
        }
    }
    if !matches!(serde.identifier(), Identifier::No) {
        errors.push(error(
            serde_key(&input.attrs, &["field_identifier", "variant_identifier"]),
            "an identifier enum holds the keys of another type; derive `Rollup` on the enum that serde writes",
        ));
    }
    if let Some(remote) = serde.remote() {
        errors.push(error(
            remote.span(),
            "`#[serde(remote = ...)]` describes another type; derive `Rollup` on that type",
        ));
    }
    let name = |name: &str, errors: &mut Accumulator| {
        text(serde_text(&input.attrs, name, input.ident.span()), name, errors);
        name.to_string()
    };
    match serde.tag() {
        TagType::External => Tagging::External,
        TagType::Internal { tag } => Tagging::Internal { tag: name(tag, errors) },
        TagType::Adjacent { tag, content } => {
            Tagging::Adjacent { tag: name(tag, errors), content: name(content, errors) }
        }
        TagType::None => {
            errors.push(error(
                serde_key(&input.attrs, &["untagged"]),
                "an untagged payload does not name its event; write `#[serde(tag = \"type\")]`",
            ));
            Tagging::External
        }
    }
}

fn read_variant<'a>(variant: &SerdeVariant<'a>, errors: &mut Accumulator) -> WireVariant<'a> {
    let serde = &variant.attrs;
    let original = variant.original;
    let Attributes { mut written, mistaken } = attributes::read(&original.attrs, Place::Variant, errors);
    let mut mistaken = !mistaken.is_empty();
    mistaken |= take_unaccompanied(&mut written, mistaken, errors);
    if serde.untagged() {
        errors.push(error(
            serde_key(&original.attrs, &["untagged"]),
            "an untagged payload does not name its event; remove `untagged`",
        ));
    }
    if serde.serialize_with().is_some() || serde.deserialize_with().is_some() {
        errors.push(error(
            serde_key(&original.attrs, &["with", "serialize_with", "deserialize_with"]),
            "a function decides how this variant is written, and SQL cannot call it; use a newtype variant of a type that serialises itself",
        ));
    }
    let shape = match variant.style {
        Style::Struct => Shape::Struct,
        Style::Newtype => Shape::Newtype,
        Style::Tuple => Shape::Tuple,
        Style::Unit => Shape::Unit,
    };
    let all = AllFields {
        sets: written.iter().find(|one| one.key.sets_all()).map(|one| one.span),
        is_mistaken: mistaken,
    };
    let fields: Vec<WireField<'_>> =
        variant.fields.iter().map(|field| read_field(field, shape, all, &mut mistaken, errors)).collect();
    let takes = |field: &WireField<'_>| field.written.iter().any(|one| one.implied);
    if let (Some(span), false) = (all.sets, mistaken || fields.iter().any(takes)) {
        let name = &original.ident;
        errors.push(error(
            span,
            format!("`set` on `{name}` has no field to take, since it leaves out fields that have their own operation, are ignored, or are skipped by serde; remove `set`"),
        ));
    }
    // A variant that serde never reads is never stored. A variant with nothing but a mistake is treated the same, so
    // that it is not also reported as doing nothing.
    let unknown = mistaken && written.is_empty() && fields.iter().all(|field| field.written.is_empty());
    let wire = if serde.skip_deserializing() || unknown {
        Vec::new()
    } else {
        names(&original.attrs, original.ident.span(), serde.name(), serde.aliases(), errors)
    };
    WireVariant { original, written, shape, wire, other: serde.other(), fields }
}

fn read_field<'a>(
    field: &SerdeField<'a>,
    shape: Shape,
    all: AllFields,
    mistaken: &mut bool,
    errors: &mut Accumulator,
) -> WireField<'a> {
    let serde = &field.attrs;
    let original = field.original;
    let found = attributes::read(&original.attrs, Place::Field, errors);
    let is_mistaken = !found.mistaken.is_empty();
    let mut written = found.written;
    *mistaken |= take_ignored(all, &mut written, errors);
    if all.sets.is_some() && !is_mistaken {
        written.extend(implied(field, shape, &written, mistaken, errors));
    }
    *mistaken |= is_mistaken | take_unaccompanied(&mut written, is_mistaken, errors);
    let inner = option(field.ty);
    let reads = |written: &&Written| written.key.reads();
    let reader = written.iter().find(reads).map(|written| written.span);
    // The value in the payload is cast as it is.
    let as_it_is = |reader: &Written| {
        has_detail(&written, reader, Detail::SqlType)
            && !has_detail(&written, reader, Detail::Path)
            && !has_detail(&written, reader, Detail::As)
    };
    let cast = written.iter().filter(reads).all(as_it_is);
    if let Some(reader) = reader {
        refuse_unreadable(field, shape, reader, cast, errors);
        if inner.is_some_and(|inner| option(inner).is_some()) {
            errors.push(error(
                field.ty.span(),
                "a column cannot distinguish `Some(None)` from `None`; use a single `Option`",
            ));
        }
    }
    let absent = read_absent(field, &written, is_mistaken, errors);
    let default = match serde.default() {
        SerdeDefault::Path(path) => Some(path.clone()),
        SerdeDefault::None | SerdeDefault::Default => None,
    };
    // A `default` with a `path` is reported elsewhere.
    let superfluous = |one: &&Written| {
        one.key.detail() == Some(Detail::Default) && !has_detail(&written, one, Detail::Path)
    };
    if let (None, Some(default_key)) = (&default, written.iter().find(superfluous)) {
        errors.push(error(
            default_key.span,
            "`default` repeats what the function in `#[serde(default = \"function\")]` returns, and this field has no such function; remove `default`",
        ));
    }
    // A key that takes the name of the column from the field needs a field with a name.
    let nameless = |written: &Written| {
        field.original.ident.is_none()
            && written.key.spelling.form == Form::WordOrText
            && matches!(written.value, WrittenValue::None)
    };
    written.retain(|written| {
        let (nameless, key) = (nameless(written), written.key.name());
        if nameless && shape != Shape::Tuple {
            errors.push(error(
                written.span,
                format!("the name of the column is missing, and this field has no name to take it from; write `{key} = \"column\"`"),
            ));
        }
        *mistaken |= nameless;
        !nameless
    });
    take_unaccompanied(&mut written, true, errors);
    let keys = match shape {
        Shape::Struct => {
            let span = original.ident.as_ref().map_or_else(|| original.span(), syn::Ident::span);
            names(&original.attrs, span, serde.name(), serde.aliases(), errors)
        }
        Shape::Newtype | Shape::Tuple | Shape::Unit => Vec::new(),
    };
    WireField {
        member: field.member.clone(),
        written,
        mistaken: is_mistaken,
        ty: inner.unwrap_or(field.ty),
        whole: field.ty,
        written_with: serde.serialize_with().cloned(),
        optional: inner.is_some(),
        keys,
        absent,
        default,
    }
}

/// What an absent key means to serde; reports a default that SQL cannot know.
fn read_absent(
    field: &SerdeField<'_>,
    written: &[Written],
    is_mistaken: bool,
    errors: &mut Accumulator,
) -> Absent {
    let serde = &field.attrs;
    let original = field.original;
    let inner = option(field.ty);
    let mut readers = written.iter().filter(|one| one.key.reads());
    // A field with a custom function is required even if it is an `Option`.
    let custom = serde.deserialize_with().is_some_and(|path| !is_borrowed(path));
    match (serde.default(), inner) {
        (SerdeDefault::None, Some(_)) if custom => Absent::Refused,
        (SerdeDefault::None | SerdeDefault::Default, Some(_)) => Absent::None,
        (SerdeDefault::None, None) => Absent::Refused,
        (SerdeDefault::Default, None) => {
            if readers.any(|reader| has_detail(written, reader, Detail::Path)) {
                errors.push(error(
                    serde_key(&original.attrs, &["default"]),
                    "SQL cannot know which value the default has at `path`; use an `Option`",
                ));
            }
            Absent::Default
        }
        (SerdeDefault::Path(path), _) => {
            // A missing `default` may be the key that was reported.
            if !is_mistaken && !readers.all(|reader| has_detail(written, reader, Detail::Default)) {
                errors.push(error(
                    path.span(),
                    format!(
                        "SQL cannot know what `{}` returns for an absent key; write the same value after the operation, as `true`, `false`, a whole number or a string: `#[rollup(set, default = 5)]` (a different default would change the meaning of old events without the key)",
                        spelled(path)
                    ),
                ));
            }
            Absent::Refused
        }
    }
}

/// Whether serde's own derive added the function, for borrowed data.
fn is_borrowed(path: &ExprPath) -> bool {
    path.path.segments.iter().any(|segment| segment.ident == PRIVATE)
}

/// Refuses a field with an operation if its value is not in the payload as its type says.
fn refuse_unreadable(
    field: &SerdeField<'_>,
    shape: Shape,
    reader: Span,
    cast: bool,
    errors: &mut Accumulator,
) {
    let serde = &field.attrs;
    let attributes = &field.original.attrs;
    let with =
        serde.serialize_with().or(serde.deserialize_with()).is_some_and(|path| !is_borrowed(path)) && !cast;
    let custom = serde.deserialize_with().is_some_and(|path| !is_borrowed(path));
    let read_without = matches!(serde.default(), SerdeDefault::Default | SerdeDefault::Path(_))
        || option(field.ty).is_some() && !custom;
    let refusals: [(bool, &[&str], &str); 6] = [
        (
            shape == Shape::Tuple,
            &[],
            "the fields of a tuple variant have no names, so they cannot be read; write `Variant { field: Type }`",
        ),
        (
            serde.flatten(),
            &["flatten"],
            "a flattened field has no key in the payload; write the fields inside it in the variant itself, or remove `flatten`",
        ),
        (
            serde.skip_deserializing(),
            &["skip", "skip_deserializing"],
            "serde never reads this field, so it cannot have an operation; remove the operation or the `skip`",
        ),
        (
            serde.skip_serializing() && !serde.skip_deserializing(),
            &["skip_serializing"],
            "serde never writes this field, so it cannot have an operation; remove the operation or the `skip_serializing`",
        ),
        (
            serde.skip_serializing_if().is_some() && !read_without,
            &["skip_serializing_if"],
            "serde may leave out this key but cannot read the payload without it; add `#[serde(default)]`, or use an `Option`",
        ),
        (
            with,
            &["with", "serialize_with", "deserialize_with"],
            "a function decides how this field is written, and SQL cannot call it; use a newtype with `#[derive(SqlType)]` that serialises itself, or name the SQL type to cast the value to, such as `sql_type = \"inet\"`",
        ),
    ];
    for (refused, keys, message) in refusals {
        if refused {
            let span = if keys.is_empty() { reader } else { serde_key(attributes, keys) };
            errors.push(error(span, message));
        }
    }
}
