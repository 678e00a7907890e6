//! Types of the `uuid` crate.

use uuid::Uuid;

use crate::{SqlType, TypeInfo, sql::Sql};

/// `uuid`: 32 hexadecimal digits in either case, with the four usual hyphens or with none.
///
/// The crate also reads braces and the `urn:uuid:` prefix, which it writes only on request
/// (<https://docs.rs/uuid/latest/uuid/struct.Uuid.html#formatting>); they are refused.
/// <https://www.postgresql.org/docs/current/datatype-uuid.html>
impl SqlType for Uuid {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("uuid"),
        // `~~` is `LIKE`: 36 characters with hyphens in the four places, nothing but digits and hyphens, and no fifth
        // hyphen. This takes a fifth of the time of {8}-{4}-….
        accepts: Sql::Text(
            "(es_value OPERATOR(pg_catalog.#>>) '{}') \
             OPERATOR(pg_catalog.~~) '________-____-____-____-____________' \
             AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~) '[^0-9a-fA-F-]' \
             AND (es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.!~~) '%-%-%-%-%-%' \
             OR es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^\"[0-9a-fA-F]{32}\"$'",
        ),
        read: Sql::Text("(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.uuid"),
        expects: "a UUID, as 32 hexadecimal digits with or without the usual hyphens",
        default: Some("'00000000-0000-0000-0000-000000000000'::pg_catalog.uuid"),
        number: None,
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.uuid"), Sql::Text("uuid.1"));
}
