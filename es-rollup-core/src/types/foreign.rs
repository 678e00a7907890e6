//! Types that are known only by their SQL names: values are cast to them.
//!
//! PostgreSQL's own types come from a list that contains all of their names: only those whose cast keeps all of the
//! text, and does so independently of settings. A type in another schema is the user's own and not known here.

use super::iso::{DATE, FRACTION, IN_UTC, MATCHES, MICROSECONDS, TIME, WHOLE};
use crate::model::{OwnTexts, TypeTexts};

/// Accepts any JSON value that can be cast from its text: not null, an object or an array.
const SCALAR: &str =
    "pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) ANY (ARRAY['string', 'number', 'boolean'])";

/// The types to which values can be cast: PostgreSQL's name for each, then the other names that it accepts.
const KNOWN: &[(&str, &[&str])] = &[
    ("bigint", &["int8"]),
    ("bit varying", &["varbit"]),
    ("boolean", &["bool"]),
    ("box", &[]),
    (
        "character varying",
        &["varchar", "char varying", "national character varying", "national char varying", "nchar varying"],
    ),
    ("cidr", &[]),
    ("circle", &[]),
    ("date", &[]),
    ("double precision", &["float8", "float"]),
    ("inet", &[]),
    ("int4multirange", &[]),
    ("int4range", &[]),
    ("int8multirange", &[]),
    ("int8range", &[]),
    ("integer", &["int4", "int"]),
    ("interval", &[]),
    ("json", &[]),
    ("jsonb", &[]),
    ("jsonpath", &[]),
    ("line", &[]),
    ("lseg", &[]),
    ("macaddr", &[]),
    ("macaddr8", &[]),
    ("numeric", &["decimal", "dec"]),
    ("nummultirange", &[]),
    ("numrange", &[]),
    ("path", &[]),
    ("pg_lsn", &[]),
    ("point", &[]),
    ("polygon", &[]),
    ("real", &["float4"]),
    ("smallint", &["int2"]),
    ("text", &[]),
    ("time with time zone", &["timetz"]),
    ("time without time zone", &["time"]),
    ("timestamp with time zone", &["timestamptz"]),
    ("timestamp without time zone", &["timestamp"]),
    ("uuid", &[]),
];

/// PostgreSQL's types whose casts lose information or depend on more than the text, and what to use instead.
const REFUSED: &[(&[&str], &str)] = &[
    (
        &["char", "character", "bpchar", "nchar", "national char", "national character", "name"],
        "its cast truncates values; use `text`, with a `check` for the length",
    ),
    (&["bit"], "its cast truncates values; use `varbit`, with a `check` for the length"),
    (&["money"], "its cast depends on the server's locale; use `numeric`"),
    (&["xml"], "its cast depends on the session's `xmloption`; use `text`"),
    (
        &["daterange", "datemultirange", "tsrange", "tsmultirange", "tstzrange", "tstzmultirange"],
        "its cast depends on the session's `DateStyle` and `TimeZone`; keep each bound in a column",
    ),
    (
        &["serial", "serial2", "serial4", "serial8", "smallserial", "bigserial"],
        "the table generates its values; use `integer` or `bigint`",
    ),
    (&["oid", "xid", "xid8", "cid", "tid"], "PostgreSQL assigns its values; use `bigint` or `text`"),
    (
        &["bytea"],
        "its cast reads backslashes as escapes; use `Vec<u8>`, or implement `SqlType` for a newtype",
    ),
    (
        &["tsvector", "tsquery"],
        "its cast drops part of the text; use `text`, and an index over an expression",
    ),
];

impl TypeTexts {
    /// A type by its SQL name, for Rust types without [`SqlType`](crate::SqlType): a string, a number or a boolean is
    /// cast from its text, and an error of the cast is caught if it can fail; JSON is kept as it is.
    ///
    /// A time is truncated to the microsecond, towards the past.
    ///
    /// # Errors
    ///
    /// Why values cannot be cast to the type, and what to use instead.
    pub fn foreign(written: &str) -> Result<Self, String> {
        let name = named(written)?;
        let qualified = qualified(name);
        let text = |pattern: &str| format!("{MATCHES}{pattern}$'");
        let cast = |text: &str| format!("{text}::{qualified}");
        let whole = || cast(WHOLE);
        let first = |length: u8| {
            cast(&format!("pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{{}}', {length})"))
        };
        let time = format!("{TIME}({FRACTION})?");
        let offset = "(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])";
        let (accepts, read, expects, raises) = match name {
            "json" => ("es_value IS NOT NULL".into(), cast("es_value"), "JSON".into(), false),
            "jsonb" => ("es_value IS NOT NULL".into(), "es_value".into(), "JSON".into(), false),
            "text" | "character varying" => {
                let accepts = "pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'string'";
                (accepts.into(), whole(), "a string".into(), false)
            }
            "date" => (text(DATE), whole(), "a date as YYYY-MM-DD".into(), false),
            "time without time zone" => (text(&time), first(15), "a time of day as HH:MM:SS".into(), false),
            "timestamp without time zone" => (
                text(&format!("{DATE}[T ]{time}")),
                first(26),
                "a date and time as YYYY-MM-DDTHH:MM:SS".into(),
                false,
            ),
            "timestamp with time zone" => (
                text(&format!("{DATE}[T ]{time}{offset}")),
                cast(MICROSECONDS),
                "a date and time as YYYY-MM-DDTHH:MM:SS with its offset".into(),
                false,
            ),
            "time with time zone" => (
                text(&format!("{time}{offset}")),
                cast(
                    "pg_catalog.regexp_replace(es_value OPERATOR(pg_catalog.#>>) '{}', '(?<=[.][0-9]{6})[0-9]+', '')",
                ),
                "a time of day as HH:MM:SS with its offset".into(),
                false,
            ),
            "interval" => (
                format!("{MATCHES}[+-]?P' AND {WHOLE} OPERATOR(pg_catalog.!~) '[.,][0-9]{{6}}[0-9]*[1-9]'"),
                whole(),
                "a duration in the form of ISO 8601, with at most microseconds".into(),
                true,
            ),
            _ => (SCALAR.into(), whole(), format!("a value that PostgreSQL reads as {name}"), true),
        };
        Ok(Self {
            name: name.into(),
            accepts,
            read,
            write: (name == "timestamp with time zone").then(|| IN_UTC.into()),
            expects,
            default: None,
            number: None,
            order: None,
            equality: false,
            values: None,
            exact_keys: false,
            changes: false,
            null: false,
            wide: false,
            raises,
            own: Some(OwnTexts { identity: format!("cast.1({name})"), qualified }),
        })
    }
}

/// The type's name with its schema. Names of two words and these are keywords of SQL, which are not looked up.
fn qualified(name: &str) -> String {
    const KEYWORDS: [&str; 7] = ["bigint", "boolean", "integer", "interval", "numeric", "real", "smallint"];
    if KEYWORDS.contains(&name) || name.contains([' ', '.']) {
        name.into()
    } else {
        format!("pg_catalog.{name}")
    }
}

/// PostgreSQL's own name of the type, if values can be cast to it.
fn named(written: &str) -> Result<&str, String> {
    if written.contains(['(', ')']) {
        return Err("a cast to a length or a precision truncates or rounds values; write the type without it, and a `check` for the limit".into());
    }
    if written.contains('[') {
        return Err(
            "a list is more than a single value; name the type of one value, and `push` or `add` each".into(),
        );
    }
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase() || first == '_')
            && word.chars().all(|one| one.is_ascii_lowercase() || one.is_ascii_digit() || one == '_')
    };
    let (schema, own) = written.split_once('.').map_or((None, written), |(schema, own)| (Some(schema), own));
    let several = own.contains(' ') && schema.is_some();
    if several || !schema.is_none_or(word) || !own.split(' ').all(word) {
        return Err(
            "expected the name of an SQL type: `inet`, or `schema.type` for one that is not PostgreSQL's own"
                .into(),
        );
    }
    match schema {
        None | Some("pg_catalog") => {}
        Some("information_schema") => {
            return Err(
                "casts to the types of this schema truncate or round values; use `text`, a number or a time"
                    .into(),
            );
        }
        Some(_) => return Ok(written),
    }
    if let Some((name, _)) = KNOWN.iter().find(|(name, others)| *name == own || others.contains(&own)) {
        return Ok(name);
    }
    if let Some((_, why)) = REFUSED.iter().find(|(names, _)| names.contains(&own)) {
        return Err((*why).into());
    }
    if own.starts_with("reg") {
        return Err("its cast depends on other objects in the database; use `text`".into());
    }
    if own.starts_with("interval ") {
        return Err("a cast to some fields of an interval drops the others; use `interval`".into());
    }
    Err(format!(
        "values cannot be cast to a PostgreSQL type with this name; for a type of an extension or of your own, name its schema: `public.{}`",
        own.replace(' ', "_")
    ))
}

#[cfg(test)]
mod tests {
    use super::{KNOWN, REFUSED, TypeTexts};

    fn name(written: &str) -> Result<String, String> {
        TypeTexts::foreign(written).map(|texts| texts.name)
    }

    #[test]
    fn a_type_has_one_name_however_it_is_written() {
        for (written, canonical) in [
            ("inet", "inet"),
            ("pg_catalog.int4", "integer"),
            ("int", "integer"),
            ("decimal", "numeric"),
            ("nchar varying", "character varying"),
            ("pg_catalog.timestamptz", "timestamp with time zone"),
            ("public.citext", "public.citext"),
        ] {
            assert_eq!(name(written).as_deref(), Ok(canonical), "{written}");
        }
    }

    #[test]
    fn a_type_that_truncates_or_rounds_or_depends_on_a_session_is_refused_under_every_name() {
        for written in [
            "nchar",
            "pg_catalog.char",
            "pg_catalog.bpchar",
            "national character",
            "\"char\"",
            "name",
            "interval year",
            "interval day to second",
            "money",
            "pg_catalog.money",
            "serial",
            "bigserial",
            "bit",
            "regclass",
            "pg_catalog.regrole",
            "tstzrange",
            "xml",
            "oid",
            "information_schema.time_stamp",
            "numeric(12,2)",
            "varchar(10)",
            "text[]",
            "_text",
            "int2vector",
            "anyelement",
            "record",
        ] {
            assert!(name(written).is_err(), "{written}");
        }
    }

    #[test]
    fn a_name_that_is_not_that_of_a_type_is_refused() {
        for written in ["", "Inet", "inet; DROP TABLE x", "a.b.c", "public.two words", "public."] {
            assert!(name(written).is_err(), "{written}");
        }
        assert!(name("citext").unwrap_err().contains("`public.citext`"));
        assert!(name("char").unwrap_err().contains("`check`"));
    }

    #[test]
    fn no_type_is_both_known_and_refused() {
        let refused: Vec<&str> = REFUSED.iter().flat_map(|(names, _)| *names).copied().collect();
        for name in KNOWN.iter().flat_map(|(name, others)| others.iter().chain([name])) {
            assert!(!refused.contains(name), "{name}");
        }
    }

    #[test]
    fn only_a_cast_that_can_fail_is_caught() {
        let raises = |name: &str| TypeTexts::foreign(name).map(|texts| texts.raises);
        assert_eq!(
            [raises("jsonb"), raises("timestamptz"), raises("inet")],
            [Ok(false), Ok(false), Ok(true)]
        );
    }
}
