//! Types of the `serde_json` crate.

use serde_json::Value;

use crate::{SqlType, TypeInfo, sql::Sql};

/// `jsonb`: any JSON.
///
/// Null is a value, and the column holds it as JSON's null. `Some(Value::Null)` is `None`, as serde reads it.
/// Numbers beyond the range of `f64` are refused, since `serde_json` does not read them, and so is JSON that is
/// nested more than 100 levels deep: `serde_json` stops at 127, counted from the event's own first brace
/// (<https://docs.rs/serde_json/latest/serde_json/struct.Deserializer.html#method.disable_recursion_limit>).
/// `jsonb` keeps numbers in full, whereas `serde_json` rounds them to `f64` when it reads them.
/// <https://www.postgresql.org/docs/current/datatype-json.html>
impl SqlType for Value {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("jsonb"),
        accepts: Sql::Text(
            "CASE WHEN pg_catalog.jsonb_path_exists(es_value, 'strict $.**{100}') THEN false \
             ELSE NOT pg_catalog.jsonb_path_exists(es_value, \
             'strict $.** ? (@ > 1.797693134862315e308 || @ < -1.797693134862315e308)') END",
        ),
        read: Sql::Text("es_value"),
        expects: "JSON, nested at most 100 levels deep and with numbers in the range of f64",
        default: None,
        number: None,
        equality: false,
        order: None,
        exact_keys: true,
        null: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.jsonb"), Sql::Text("json.1"));

    #[inline]
    fn is_null(&self) -> bool {
        Self::is_null(self)
    }
}
