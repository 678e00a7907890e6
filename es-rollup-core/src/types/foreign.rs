//! Types that are known by their SQL names only: what serde writes is cast to them.

use super::iso::{DATE, FRACTION, TIME};
use crate::model::Type;

/// What the cast of any JSON value but an object or an array begins with.
const SCALAR: &str = "jsonb_typeof(es_value) IN ('string', 'number', 'boolean')";

/// Casts that lose something, or depend on more than the text.
const REFUSED: [(&[&str], &str); 4] = [
    (&["char", "character", "bpchar", "name", "bit"], "its cast cuts values off; use `text` or `varbit`"),
    (&["money"], "its cast depends on the server's locale; use `numeric`"),
    (
        &[
            "regclass",
            "regproc",
            "regprocedure",
            "regoper",
            "regoperator",
            "regtype",
            "regrole",
            "regnamespace",
            "regconfig",
            "regdictionary",
            "regcollation",
        ],
        "its cast depends on what else is in the database; use `text`",
    ),
    (
        &["bytea"],
        "its cast takes backslashes for escapes; use `Vec<u8>`, or implement `SqlType` for a newtype",
    ),
];

impl Type {
    /// A type by its SQL name, for what has no [`SqlType`](crate::SqlType): a string, a number or a flag is cast
    /// from its text, which is caught where it can fail; JSON is kept as it is.
    ///
    /// # Errors
    ///
    /// Why the type cannot be had so, and what to use.
    pub fn foreign(name: &str) -> Result<Self, String> {
        if let Some(why) = misnamed(name) {
            return Err(why.into());
        }
        if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.contains(&name)) {
            return Err((*why).into());
        }
        let text = |pattern: &str| format!("(es_value #>> '{{}}') ~ '^{pattern}$'");
        let cast = format!("(es_value #>> '{{}}')::{name}");
        let time = format!("{TIME}({FRACTION})?");
        let (accepts, read, expects, raises) = match name {
            "json" | "jsonb" => {
                let read = if name == "json" { "es_value::json" } else { "es_value" };
                ("jsonb_typeof(es_value) <> 'null'".into(), read.into(), "JSON other than null".into(), false)
            }
            "text" | "varchar" | "character varying" => {
                ("jsonb_typeof(es_value) = 'string'".into(), cast, "a string".into(), false)
            }
            "date" => (text(DATE), cast, "a date as YYYY-MM-DD".into(), false),
            "time" | "time without time zone" => {
                (text(&time), cast, "a time of day as HH:MM:SS, with at most microseconds".into(), false)
            }
            "timestamp" | "timestamp without time zone" => (
                text(&format!("{DATE}[T ]{time}")),
                cast,
                "a date and time as YYYY-MM-DDTHH:MM:SS, with at most microseconds".into(),
                false,
            ),
            "timestamptz" | "timestamp with time zone" => (
                text(&format!("{DATE}[T ]{time}(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])")),
                cast,
                "a moment as YYYY-MM-DDTHH:MM:SS with its offset, with at most microseconds".into(),
                false,
            ),
            "timetz" | "time with time zone" => (
                text(&format!("{time}(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])")),
                cast,
                "a time of day as HH:MM:SS with its offset, with at most microseconds".into(),
                false,
            ),
            "interval" => (
                "(es_value #>> '{}') ~ '^[+-]?P'".into(),
                cast,
                "a period as ISO 8601 writes it".into(),
                true,
            ),
            _ => (SCALAR.into(), cast, format!("what PostgreSQL reads as {name}"), true),
        };
        Ok(Self::Known {
            name: name.into(),
            accepts,
            read,
            expects,
            default: None,
            holds: None,
            collation: None,
            equality: false,
            values: None,
            raises,
        })
    }
}

/// What is wrong with a type's name.
fn misnamed(name: &str) -> Option<&'static str> {
    if name.contains(['(', ')']) {
        return Some(
            "a cast to a length or a precision cuts values off or rounds them; write the type without, and a `check` for the limit",
        );
    }
    if name.contains('[') {
        return Some("a list is no single value; name the type of one value and `push` or `add` each");
    }
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && word.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
    };
    let (schema, own) = name.split_once('.').map_or((None, name), |(schema, own)| (Some(schema), own));
    (!schema.is_none_or(word) || !own.split(' ').all(word)).then_some(
        "expected the name of an SQL type: `inet`, or `schema.type` for one that is not PostgreSQL's own",
    )
}

#[cfg(test)]
mod tests {
    use super::Type;

    #[test]
    fn types_are_named_plainly() {
        for name in ["inet", "public.citext", "double precision", "timestamp with time zone"] {
            assert!(Type::foreign(name).is_ok(), "{name}");
        }
        for name in ["", "numeric(12,2)", "text[]", "Inet", "inet; DROP TABLE x", "a.b.c", "money", "bit"] {
            assert!(Type::foreign(name).is_err(), "{name}");
        }
    }

    #[test]
    fn only_a_cast_that_can_fail_is_caught() {
        let raises = |name: &str| Type::foreign(name).map(|ty| ty.raises());
        assert_eq!(
            [raises("jsonb"), raises("timestamptz"), raises("inet")],
            [Ok(false), Ok(false), Ok(true)]
        );
    }
}
