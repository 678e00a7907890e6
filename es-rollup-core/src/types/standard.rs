//! Types of the standard library.

use crate::{SqlType, TypeInfo, sql::Sql};

impl SqlType for String {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("text"),
        accepts: Sql::Text("jsonb_typeof(es_value) = 'string'"),
        read: Sql::Text("(es_value #>> '{}')"),
        expects: "a string",
        default: Some("''::text"),
    };
}
