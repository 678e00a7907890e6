//! Types that the macro knows by their names: the standard library's that need no `use`.
//!
//! What is known here is spelt out here, and only the rest is left to const evaluation, which takes far longer. A
//! macro cannot be sure what a name stands for, so the compiler is asked whether it was right. What depends on the
//! machine that the code is compiled for, `usize`, is not known where the macro runs.

use crate::spelling::bare;
use es_rollup_core::model::{Fact, Part};
use es_rollup_core::sql::{Sql, json};
use es_rollup_core::{Described, SqlType, TypeInfo};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// A type of the standard library: its column type, and its path.
pub(crate) struct Known {
    pub(crate) info: TypeInfo,
    /// What the model's description has of it.
    pub(crate) described: Sql,
    pub(crate) path: TokenStream,
}

/// The type, if it is one of them.
pub(crate) fn known(ty: &Type) -> Option<Known> {
    let Type::Path(path) = bare(ty) else { return None };
    let segments = &path.path.segments;
    if path.qself.is_some() || segments.iter().any(|segment| !segment.arguments.is_none()) {
        return None;
    }
    let names: Vec<String> = segments.iter().map(|segment| segment.ident.to_string()).collect();
    let name = match names.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [name] | ["std" | "alloc", "string", name @ "String"] | ["core" | "std", "primitive", name] => *name,
        _ => return None,
    };
    macro_rules! primitives {
        ($($rust:ident)*) => {
            match name {
                "String" => Some(Known {
                    info: String::SQL,
                    described: Described::<String>::JSON,
                    path: quote!(::std::string::String),
                }),
                $(stringify!($rust) => Some(Known {
                    info: $rust::SQL,
                    described: Described::<$rust>::JSON,
                    path: quote!(::core::primitive::$rust),
                }),)*
                _ => None,
            }
        };
    }
    primitives!(bool char i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64)
}

/// A part of it.
pub(crate) fn text(known: &Known, part: Part) -> String {
    let info = known.info;
    let sql = match part {
        Part::Name => info.name,
        Part::Accepts => info.accepts,
        Part::Read => info.read,
        Part::Expects => info.quotable_expects(),
        Part::Default => info.default_literal(),
        Part::Holds => info.holds(),
        Part::Collation => info.collation(),
        Part::Equality => Sql::Text(""),
        Part::Values => info.value_literals(),
        Part::Json => known.described,
        Part::ExpectsJson => return json(info.expects),
    };
    sql.to_string()
}

/// Whether that is true of it.
pub(crate) fn is_true(info: TypeInfo, fact: Fact) -> bool {
    match fact {
        Fact::OneOfValues => info.is_one_of_values(),
        Fact::ArrayOfValues => info.is_array_of_values(),
        Fact::Collated => info.is_collated(),
        Fact::Text => info.is_text(),
    }
}

#[cfg(test)]
mod tests {
    use super::known;

    fn name(ty: &str) -> Option<String> {
        known(&syn::parse_str(ty).unwrap()).map(|known| known.info.name.to_string())
    }

    #[test]
    fn types_without_a_path_are_known_by_their_names() {
        assert_eq!(name("String").as_deref(), Some("text"));
        assert_eq!(name("::std::string::String").as_deref(), Some("text"));
        assert_eq!(name("core::primitive::i32").as_deref(), Some("integer"));
    }

    #[test]
    fn what_is_called_alike_elsewhere_is_not_known() {
        for ty in
            ["Text", "model::String", "string::String", "String<16>", "Uuid", "<u8 as Of>::bool", "[u8; 4]"]
        {
            assert_eq!(name(ty), None, "{ty}");
        }
    }
}
