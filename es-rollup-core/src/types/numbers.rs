//! Integers and floating-point numbers of the standard library.

use std::num::NonZero;

use crate::{SqlType, TypeInfo, sql::Sql};

/// Integers: a JSON number without a fraction, within the bounds of the Rust type.
///
/// `5.0` is refused, as serde refuses it: `jsonb` keeps the zeros of the fraction, so it differs from `5`
/// (<https://www.postgresql.org/docs/current/datatype-json.html>).
macro_rules! integers {
    ($($(#[$doc:meta])* $rust:ty => $sql:literal, $lowest:literal to $highest:literal $(, list $list:path)?;)*) => {$(
        $(#[$doc])*
        ///
        #[doc = concat!("Accepts integers from ", $lowest, " to ", $highest, ", written without a fraction.")]
        /// <https://www.postgresql.org/docs/current/datatype-numeric.html>
        impl SqlType for $rust {
            const SQL: TypeInfo = TypeInfo {
                name: Sql::Text($sql),
                accepts: Sql::Text(concat!(
                    "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' \
                     THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 \
                     AND es_value::numeric OPERATOR(pg_catalog.>=) ", $lowest, " \
                     AND es_value::numeric OPERATOR(pg_catalog.<=) ", $highest, " ELSE false END",
                )),
                read: Sql::Text(concat!("es_value::", $sql)),
                expects: concat!("an integer from ", $lowest, " to ", $highest),
                default: Some(concat!("0::", $sql)),
                number: Some(Sql::Text(concat!(
                    "es_number OPERATOR(pg_catalog.>=) ", $lowest, " AND es_number OPERATOR(pg_catalog.<=) ", $highest,
                ))),
                equality: true,
                order: Some(""),
                $(list: Some(&$list),)?
                wide: size_of::<$rust>() == 16,
                ..TypeInfo::BARE
            }
            .own(Sql::Text($sql), Sql::Text(concat!("integer.1(", $lowest, " to ", $highest, ")")));
        }

        #[doc = concat!("Like `", stringify!($rust), "`, without zero.")]
        impl SqlType for NonZero<$rust> {
            const SQL: TypeInfo = TypeInfo {
                accepts: Sql::Join(&[Sql::Text("es_value OPERATOR(pg_catalog.<>) '0' AND "), <$rust>::SQL.accepts]),
                expects: concat!("an integer from ", $lowest, " to ", $highest, " other than 0"),
                default: None,
                number: None,
                list: None,
                ..<$rust>::SQL
            }
            .own(Sql::Text($sql), Sql::Text(concat!("nonzero.1(", $lowest, " to ", $highest, ")")));
        }
    )*};
}

integers! {
    /// `smallint`.
    i8 => "smallint", "-128" to "127";
    /// `smallint`.
    i16 => "smallint", "-32768" to "32767";
    /// `integer`.
    i32 => "integer", "-2147483648" to "2147483647";
    /// `bigint`.
    i64 => "bigint", "-9223372036854775808" to "9223372036854775807";
    /// `numeric(39,0)`. Refused in an enum with a `tag`, because serde does not read 128-bit integers there.
    i128 => "numeric(39,0)",
        "-170141183460469231731687303715884105728" to "170141183460469231731687303715884105727";
    /// `bigint`, on every target: a model must not depend on the machine that compiles it.
    isize => "bigint", "-9223372036854775808" to "9223372036854775807";
    /// `smallint`; a list of them is `bytea`.
    u8 => "smallint", "0" to "255", list super::lists::BYTES;
    /// `integer`, the smallest type that holds them all.
    u16 => "integer", "0" to "65535";
    /// `bigint`, the smallest type that holds them all.
    u32 => "bigint", "0" to "4294967295";
    /// `numeric(20,0)`, because `bigint` ends at half of the range.
    u64 => "numeric(20,0)", "0" to "18446744073709551615";
    /// `numeric(39,0)`. Refused in an enum with a `tag`, because serde does not read 128-bit integers there.
    u128 => "numeric(39,0)", "0" to "340282366920938463463374607431768211455";
    /// `numeric(20,0)`, on every target: a model must not depend on the machine that compiles it.
    usize => "numeric(20,0)", "0" to "18446744073709551615";
}

/// Floats: a JSON number that is zero, or whose magnitude lies between the smallest that the Rust type can distinguish
/// from zero and the greatest that fits. The bounds are written as serde writes them.
macro_rules! floats {
    ($($(#[$doc:meta])* $rust:ty => $sql:literal, $least:literal to $greatest:literal, $top:expr;)*) => {$(
        $(#[$doc])*
        ///
        /// The column holds the number nearest to the JSON text. What serde wrote therefore comes back equal,
        /// but `serde_json` itself may be off by one in the last place when it *reads* more than about 15 digits,
        /// unless its feature `float_roundtrip` is enabled
        /// (<https://docs.rs/crate/serde_json/latest/features#float_roundtrip>).
        ///
        /// Infinities and NaN do not fit: `serde_json` writes them as null, and both folds treat them as null. Numbers
        /// that are too small to differ from zero are refused, although serde reads them as zero. Negative zero comes
        /// back as zero, which equals it, because `jsonb` has no sign for zero.
        /// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-FLOAT>
        impl SqlType for $rust {
            const SQL: TypeInfo = TypeInfo {
                name: Sql::Text($sql),
                accepts: Sql::Text(concat!(
                    "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' \
                     THEN es_value::numeric OPERATOR(pg_catalog.=) 0 \
                     OR pg_catalog.abs(es_value::numeric) OPERATOR(pg_catalog.>=) ", $least, " \
                     AND pg_catalog.abs(es_value::numeric) OPERATOR(pg_catalog.<=) ", $greatest, " ELSE false END",
                )),
                read: Sql::Text(concat!("es_value::", $sql)),
                expects: concat!("zero or a number of magnitude ", $least, " to ", $greatest),
                default: Some(concat!("0::", $sql)),
                number: None,
                equality: true,
                order: Some(""),
                null: true,
                ..TypeInfo::BARE
            }
            .own(Sql::Text($sql), Sql::Text(concat!($sql, ".1")));

            #[inline]
            fn fits(&self) -> bool {
                self.abs() <= $top
            }

            #[inline]
            fn is_null(&self) -> bool {
                !self.is_finite()
            }
        }
    )*};
}

floats! {
    /// `real`.
    f32 => "real", "1e-45" to "3.4028235e38", f32::MAX;
    /// `double precision`.
    ///
    /// The three greatest floats are refused: `jsonb` prints them with 309 digits, which `serde_json` reads as infinite
    /// without `float_roundtrip`.
    f64 => "double precision", "5e-324" to "1.797693134862315e308", 1.797_693_134_862_315e308;
}
