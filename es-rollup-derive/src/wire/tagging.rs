//! How serde writes the variant of an event.

use crate::error::error;
use crate::serde_names::{serde_key, serde_text, text};
use darling::error::Accumulator;
use es_rollup_core::model::Tagging;
use serde_derive_internals::attr::{Container as SerdeContainer, Identifier, TagType};
use syn::DeriveInput;
use syn::spanned::Spanned;

pub(super) fn tagging(input: &DeriveInput, serde: &SerdeContainer, errors: &mut Accumulator) -> Tagging {
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
