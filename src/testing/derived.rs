//! What the derive's output expands to: it passes only tokens, so that it asks nothing of types that no kit compares.

/// Implements [`Columns`](super::Columns) from what the derive passes for each column: its field, its name, `one`, `maybe` or `many`,
/// its type, and the function that serde writes it with, if any.
#[doc(hidden)]
#[macro_export]
macro_rules! __es_rollup_kit {
    ([$($generics:tt)*] $event:ty; $($field:ident $name:literal $shape:ident $ty:tt $with:tt;)*) => {
        #[automatically_derived]
        #[allow(deprecated, unused_imports, clippy::all, clippy::pedantic, clippy::nursery)]
        impl $($generics)* $crate::testing::Columns for $event {
            fn columns() -> ::std::vec::Vec<$crate::testing::Column> {
                ::std::vec![
                    $crate::testing::Column::time("created_at"),
                    $crate::testing::Column::time("modified_at"),
                    $($crate::__es_rollup_kit!(@column $name $shape $ty),)*
                ]
            }

            fn values(state: &<Self as $crate::Rollup>::State) -> ::std::vec::Vec<$crate::testing::Held> {
                use $crate::testing::{AsJson as _, AsTime as _, NoJson as _, NoTime as _};
                ::std::vec![
                    $crate::__es_rollup_kit!(@value one [] (&state.created_at)),
                    $crate::__es_rollup_kit!(@value one [] (&state.modified_at)),
                    $($crate::__es_rollup_kit!(@value $shape $with (&state.$field)),)*
                ]
            }

            fn typed(
                one: &<Self as $crate::Rollup>::State,
                other: &<Self as $crate::Rollup>::State,
            ) -> ::std::vec::Vec<$crate::testing::Typed> {
                use $crate::testing::{AsEqual as _, AsShown as _, NotEqual as _, NotShown as _};
                ::std::vec![
                    $crate::__es_rollup_kit!(@typed one other created_at),
                    $crate::__es_rollup_kit!(@typed one other modified_at),
                    $($crate::__es_rollup_kit!(@typed one other $field),)*
                ]
            }
        }
    };
    (@typed $one:ident $other:ident $field:ident) => {
        $crate::testing::Typed {
            is_equal: (&&$crate::testing::Probe(&$one.$field)).es_equal(&$other.$field),
            shown: (&&$crate::testing::Probe(&$one.$field)).es_shown(&$other.$field),
        }
    };
    (@column $name:literal many {$ty:ty}) => {
        $crate::testing::Column::new($name, <$ty as $crate::SqlType>::SQL, true)
    };
    (@column $name:literal $shape:ident {$ty:ty}) => {
        $crate::testing::Column::new($name, <$ty as $crate::SqlType>::SQL, false)
    };
    (@column $name:literal many ($sql_type:literal $read:literal)) => {
        $crate::testing::Column::cast($name, $sql_type, $read, true)
    };
    (@column $name:literal $shape:ident ($sql_type:literal $read:literal)) => {
        $crate::testing::Column::cast($name, $sql_type, $read, false)
    };
    (@value one $with:tt ($value:expr)) => {
        $crate::testing::Held::One($crate::__es_rollup_kit!(@seen $with $value))
    };
    // A function of the whole field, an `Option` or a list.
    (@value maybe [whole $($with:tt)*] ($value:expr)) => {
        match ::core::option::Option::is_some($value) {
            true => $crate::testing::Held::One($crate::__es_rollup_kit!(@seen [whole $($with)*] $value)),
            false => $crate::testing::Held::Null,
        }
    };
    (@value many [whole $($with:tt)*] ($value:expr)) => {
        $crate::testing::Held::One($crate::__es_rollup_kit!(@seen [whole $($with)*] $value))
    };
    (@value maybe $with:tt ($value:expr)) => {
        match $value {
            ::core::option::Option::Some(value) => {
                $crate::testing::Held::One($crate::__es_rollup_kit!(@seen $with value))
            }
            ::core::option::Option::None => $crate::testing::Held::Null,
        }
    };
    (@value many $with:tt ($value:expr)) => {
        $crate::testing::Held::Many(
            ::core::iter::Iterator::collect(::core::iter::Iterator::map(
                ::core::iter::IntoIterator::into_iter($value),
                |value| $crate::__es_rollup_kit!(@seen $with value),
            )),
        )
    };
    (@seen [] $value:expr) => {
        $crate::testing::Seen {
            nanos: (&&$crate::testing::Probe($value)).es_nanos(),
            json: (&&$crate::testing::Probe($value)).es_json(),
        }
    };
    (@seen [$how:ident {$function:expr} {$ty:ty}] $value:expr) => {{
        struct With<'value>(&'value $ty);
        impl $crate::testing::Serialize for With<'_> {
            fn serialize<S: $crate::testing::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                ($function)(self.0, serializer)
            }
        }
        $crate::testing::Seen::json(&With($value))
    }};
}
