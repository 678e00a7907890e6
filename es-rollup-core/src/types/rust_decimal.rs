//! Types of the `rust_decimal` crate.

use rust_decimal::Decimal;

use crate::{SqlType, TypeInfo, sql::Sql};

/// `numeric`: a string of digits, with its scale: `"1.10"` stays 1.10.
///
/// Numbers that `Decimal` cannot hold without rounding are refused, although it reads them: more than 28 digits after
/// the point, or digits beyond 79228162514264337593543950335 in all. Exponents, underscores, a plus sign
/// and a bare point are also refused, since it writes none of them.
///
/// JSON numbers are accepted if the conversion through `f64` that serde makes is exact: integers of 64 bits,
/// and other numbers of up to 16 characters (14 or 15 digits). Their trailing zeros are dropped, as in that
/// conversion. The crate's non-default feature `serde-str` makes serde refuse numbers: don't mix the two.
/// <https://docs.rs/rust_decimal/latest/rust_decimal/struct.Decimal.html>,
/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL>
impl SqlType for Decimal {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("numeric"),
        // 28 digits always fit, and 30 characters including the quotes are at most 28 digits.
        accepts: Sql::Text(
            "CASE WHEN jsonb_typeof(es_value) = 'number' THEN length(es_value::text) <= 16 \
             OR scale(es_value::numeric) = 0 \
             AND es_value::numeric BETWEEN -9223372036854775808 AND 18446744073709551615 \
             WHEN length(es_value::text) <= 30 THEN es_value::text ~ '^\"-?[0-9]+([.][0-9]+)?\"$' \
             WHEN es_value::text ~ '^\"-?[0-9]{1,29}([.][0-9]{1,28})?\"$' \
             THEN abs(replace(es_value #>> '{}', '.', '')::numeric) <= 79228162514264337593543950335 \
             ELSE false END",
        ),
        read: Sql::Text(
            "CASE WHEN jsonb_typeof(es_value) = 'number' THEN trim_scale(es_value::numeric) \
             ELSE (es_value #>> '{}')::numeric END",
        ),
        expects: "a decimal number of up to 28 digits, as a string",
        default: Some("0::numeric"),
        number: Some(Sql::Text(
            "CASE WHEN scale(es_number) <= 28 \
             THEN replace(abs(es_number)::text, '.', '')::numeric <= 79228162514264337593543950335 \
             ELSE false END",
        )),
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    };
}
