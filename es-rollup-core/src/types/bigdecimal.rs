//! Types of the `bigdecimal` crate.

use bigdecimal::{BigDecimal, num_bigint::Sign};

use crate::{SqlType, TypeInfo, sql::Sql};

/// `numeric`: a string of up to 900 digits on either side of the point, exponents written out.
///
/// The bounds are chosen here: the type has almost none, and `numeric` ends at 131072 digits before and 16383 after
/// the point. Numbers come back equal; a scale below zero comes back as zero. Underscores, a plus sign
/// and a bare point are refused, since the crate writes none of them.
///
/// JSON numbers are accepted if they are integers of 64 bits. Others go through `f64` in serde and are
/// rounded as 0.1 is in binary. The crate's non-default feature `string-only` makes serde refuse numbers: don't
/// mix the two.
/// <https://docs.rs/bigdecimal/latest/bigdecimal/struct.BigDecimal.html>,
/// <https://www.postgresql.org/docs/current/datatype-numeric.html#DATATYPE-NUMERIC-DECIMAL>
impl SqlType for BigDecimal {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("numeric"),
        accepts: Sql::Text(
            "CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'number' \
             THEN pg_catalog.scale(es_value::numeric) OPERATOR(pg_catalog.=) 0 \
             AND es_value::numeric OPERATOR(pg_catalog.>=) -9223372036854775808 \
             AND es_value::numeric OPERATOR(pg_catalog.<=) 18446744073709551615 \
             WHEN pg_catalog.length(es_value::pg_catalog.text) OPERATOR(pg_catalog.<=) 1820 \
             AND es_value::pg_catalog.text \
             OPERATOR(pg_catalog.~) '^\"-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]{1,3})?\"$' \
             THEN pg_catalog.scale((es_value OPERATOR(pg_catalog.#>>) '{}')::numeric) OPERATOR(pg_catalog.<=) 900 \
             AND pg_catalog.abs((es_value OPERATOR(pg_catalog.#>>) '{}')::numeric) OPERATOR(pg_catalog.<) 1e900 \
             ELSE false END",
        ),
        read: Sql::Text("(es_value OPERATOR(pg_catalog.#>>) '{}')::numeric"),
        // Digits in a string: a JSON number would go through `f64`.
        write: Some(Sql::Text("es_value::pg_catalog.text")),
        expects: "a decimal number of up to 900 digits on either side of the point, as a string",
        default: Some("0::numeric"),
        number: Some(Sql::Text(
            "pg_catalog.scale(es_number) OPERATOR(pg_catalog.<=) 900 \
             AND pg_catalog.abs(es_number) OPERATOR(pg_catalog.<) 1e900",
        )),
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("numeric"), Sql::Text("bigdecimal.1"));

    #[inline]
    fn fits(&self) -> bool {
        let scale = self.fractional_digit_count();
        scale <= 900 && (self.sign() == Sign::NoSign || i128::from(self.digits()) - i128::from(scale) <= 900)
    }
}
