//! Types that the macro recognises by name: types of the standard library that need no `use`.
//!
//! The macro writes the SQL of these types itself and leaves only the others to const evaluation, which takes far
//! longer. A macro cannot be sure which type a name refers to, so the generated code has the compiler check it. `usize`
//! is not among them, since it depends on the target, which the macro does not know.

use crate::spelling::bare;
use es_rollup_core::model::TypeTexts;
use es_rollup_core::{SqlType, TypeInfo};
use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

/// A type of the standard library.
pub(crate) struct Known {
    pub(crate) info: TypeInfo,
    pub(crate) texts: TypeTexts,
    pub(crate) path: TokenStream,
}

/// The known type, if this is one.
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
                    texts: TypeTexts::of(String::SQL),
                    path: quote!(::std::string::String),
                }),
                $(stringify!($rust) => Some(Known {
                    info: $rust::SQL,
                    texts: TypeTexts::of($rust::SQL),
                    path: quote!(::core::primitive::$rust),
                }),)*
                _ => None,
            }
        };
    }
    primitives!(bool char i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64)
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
    fn similar_names_of_other_types_are_not_known() {
        for ty in
            ["Text", "model::String", "string::String", "String<16>", "Uuid", "<u8 as Of>::bool", "[u8; 4]"]
        {
            assert_eq!(name(ty), None, "{ty}");
        }
    }
}
