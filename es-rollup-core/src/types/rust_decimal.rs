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
            "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' \
             THEN pg_catalog.length(es_value::pg_catalog.text) OPERATOR(pg_catalog.<=) 16 \
             OR pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 \
             AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 \
             AND es_value::numeric OPERATOR(pg_catalog.<=) 18446744073709551615 \
             WHEN pg_catalog.length(es_value::pg_catalog.text) OPERATOR(pg_catalog.<=) 30 \
             THEN es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"-?[0-9]+([.][0-9]+)?\"$' \
             WHEN es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"-?[0-9]{1,29}([.][0-9]{1,28})?\"$' \
             THEN pg_catalog.abs(\
             pg_catalog.replace(es_value OPERATOR(pg_catalog.#>>) '{}', '.', '')::numeric\
             ) OPERATOR(pg_catalog.<=) 79228162514264337593543950335 ELSE false END",
        ),
        read: Sql::Text(
            "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' \
             THEN pg_catalog.trim_scale(es_value::numeric) \
             ELSE (es_value OPERATOR(pg_catalog.#>>) '{}')::numeric END",
        ),
        // Digits in a string: a JSON number would go through `f64`.
        write: Some(Sql::Text("es_value::pg_catalog.text")),
        expects: "a decimal number of up to 28 digits, as a string",
        default: Some("0::numeric"),
        number: Some(Sql::Text(
            "CASE WHEN pg_catalog.scale(es_number) OPERATOR(pg_catalog.<=) 28 \
             THEN pg_catalog.replace(pg_catalog.abs(es_number)::pg_catalog.text, '.', '')::numeric \
             OPERATOR(pg_catalog.<=) 79228162514264337593543950335 ELSE false END",
        )),
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("numeric"), Sql::Text("decimal.1"));
}
