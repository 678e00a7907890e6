//! What the derive's output expands to: it passes only tokens, so that it asks nothing of types that no kit compares.

/// Implements [`Columns`](super::Columns) and, for each view, [`ViewRow`](super::ViewRow).
///
/// The derive passes for each column its field, its name, `one`, `maybe` or `many`, its type, and the function that
/// serde writes it with, if any; for each view its field, the struct of its rows, the parts of its key in brackets, and
/// its columns; and after `=>` the table of the history.
#[doc(hidden)]
#[macro_export]
macro_rules! __es_rollup_kit {
    (
        [$($generics:tt)*] $event:ty;
        $($field:ident $name:literal $shape:ident $ty:tt $with:tt;)*
        $([
            $view:ident $row:ident
            ($($part:ident $part_name:literal $part_shape:ident $part_ty:tt $part_with:tt;)*)
            $($of:ident $of_name:literal $of_shape:ident $of_ty:tt $of_with:tt;)*
        ])*
        $(=> $history:literal)?
    ) => {
        #[automatically_derived]
        #[allow(deprecated, unused_imports, unused_variables, clippy::all, clippy::pedantic, clippy::nursery)]
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

            fn views() -> ::std::vec::Vec<$crate::testing::ViewColumns> {
                ::std::vec![$($crate::testing::ViewColumns::of::<$row>()),*]
            }

            fn rows(
                state: &<Self as $crate::Rollup>::State,
            ) -> ::std::vec::Vec<::std::vec::Vec<::std::vec::Vec<$crate::testing::Held>>> {
                ::std::vec![$($crate::testing::rows::<$row>(&state.$view)),*]
            }

            fn typed_rows(
                one: &<Self as $crate::Rollup>::State,
                other: &<Self as $crate::Rollup>::State,
            ) -> ::std::vec::Vec<::std::vec::Vec<$crate::testing::RowPair>> {
                ::std::vec![$($crate::testing::typed_rows::<$row>(&one.$view, &other.$view)),*]
            }

            const HISTORY: ::core::option::Option<&'static ::core::primitive::str> =
                $crate::__es_rollup_kit!(@history $($history)?);
        }
        $(
            #[automatically_derived]
            #[allow(deprecated, unused_imports, clippy::all, clippy::pedantic, clippy::nursery)]
            impl $crate::testing::ViewRow for $row {
                const PARTS: &'static [&'static ::core::primitive::str] = &[$($part_name),*];

                fn columns() -> ::std::vec::Vec<$crate::testing::Column> {
                    ::std::vec![
                        $crate::__es_rollup_kit!(@column "id" one {<$row as $crate::Row>::Id}),
                        $($crate::__es_rollup_kit!(@column $part_name $part_shape $part_ty),)*
                        $crate::__es_rollup_kit!(@column "version" one {::core::primitive::i64}),
                        $crate::testing::Column::time("created_at"),
                        $crate::testing::Column::time("modified_at"),
                        $($crate::__es_rollup_kit!(@column $of_name $of_shape $of_ty),)*
                    ]
                }

                fn values(&self) -> ::std::vec::Vec<$crate::testing::Held> {
                    use $crate::testing::{AsJson as _, AsTime as _, NoJson as _, NoTime as _};
                    ::std::vec![
                        $crate::__es_rollup_kit!(@value one [] (&self.id)),
                        $($crate::__es_rollup_kit!(@value $part_shape $part_with (&self.$part)),)*
                        $crate::__es_rollup_kit!(@value one [] (&self.version)),
                        $crate::__es_rollup_kit!(@value one [] (&self.created_at)),
                        $crate::__es_rollup_kit!(@value one [] (&self.modified_at)),
                        $($crate::__es_rollup_kit!(@value $of_shape $of_with (&self.$of)),)*
                    ]
                }

                fn typed(&self, other: &Self) -> ::std::vec::Vec<$crate::testing::Typed> {
                    use $crate::testing::{AsEqual as _, AsShown as _, NotEqual as _, NotShown as _};
                    ::std::vec![
                        $crate::__es_rollup_kit!(@typed self other id),
                        $($crate::__es_rollup_kit!(@typed self other $part),)*
                        $crate::__es_rollup_kit!(@typed self other version),
                        $crate::__es_rollup_kit!(@typed self other created_at),
                        $crate::__es_rollup_kit!(@typed self other modified_at),
                        $($crate::__es_rollup_kit!(@typed self other $of),)*
                    ]
                }
            }
        )*
    };
    (@history) => {
        ::core::option::Option::None
    };
    (@history $table:literal) => {
        ::core::option::Option::Some($table)
    };
    (@typed $one:tt $other:tt $field:ident) => {
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
