//! Types of the `time` crate, in the form that their own `Serialize` writes.
//!
//! That form is an array of numbers, or a string if `time`'s feature `serde-human-readable` is enabled; arrays
//! are then still read (<https://docs.rs/time/latest/time/#feature-flags>). This crate cannot see whether it is
//! enabled, so strings are accepted with the feature `time-human-readable`, which enables it.
//!
//! Attributes such as `#[serde(with = "time::serde::rfc3339")]` write other forms. They are on the field, where no
//! trait of the type can see them, so such a field has to set its `sql_type`.
//!
//! Years 1 to 9999 fit. Both folds drop what is below a microsecond, towards the past: PostgreSQL does not keep it,
//! and its own cast would round. The types have no default.

use time::{Date, OffsetDateTime, PrimitiveDateTime, Time};

use super::iso::{DATE, FRACTION, MATCHES, THEN_MATCHES, TIME};
use crate::{SqlType, TypeInfo, sql::Sql};

/// The expression for arrays, or with the feature the one that also accepts strings.
macro_rules! forms {
    ($array:expr, $string:expr) => {
        if cfg!(feature = "time-human-readable") {
            Sql::Join(&[
                Sql::Text("CASE WHEN pg_catalog.jsonb_typeof(es_value) OPERATOR(pg_catalog.=) 'array' THEN "),
                $array,
                Sql::Text(" ELSE "),
                $string,
                Sql::Text(" END"),
            ])
        } else {
            $array
        }
    };
}

/// What is expected, in words: an array, or with the feature a string.
const fn words(array: &'static str, string: &'static str) -> &'static str {
    if cfg!(feature = "time-human-readable") { string } else { array }
}

/// Year and day of the year, the latter from 1 to 366. `jsonb` prints one space after a comma, and
/// each number in only one way.
const DAY: &str = "[1-9][0-9]{0,3}, ([1-9][0-9]?|[12][0-9]{2}|3[0-5][0-9]|36[0-6])";
/// Hour, minute, second and nanosecond.
const CLOCK: &str = "(1?[0-9]|2[0-3]), [1-5]?[0-9], [1-5]?[0-9], (0|[1-9][0-9]{0,8})";
/// After a match of [`DAY`]: whether a 366th day is in a leap year.
const LEAP: &str = "(es_value OPERATOR(pg_catalog.->>) 1) OPERATOR(pg_catalog.<>) '366' \
     OR pg_catalog.make_date((es_value OPERATOR(pg_catalog.->>) 0)::integer, 12, 31) \
     OPERATOR(pg_catalog.-) pg_catalog.make_date((es_value OPERATOR(pg_catalog.->>) 0)::integer, 1, 1) \
     OPERATOR(pg_catalog.=) 365 ELSE false END";
const READ_DAY: &str = "pg_catalog.make_date((es_value OPERATOR(pg_catalog.->>) 0)::integer, 1, 1) \
     OPERATOR(pg_catalog.+) (es_value OPERATOR(pg_catalog.->>) 1)::integer OPERATOR(pg_catalog.-) 1";
// `OPERATOR(…)` binds equally tightly for every operator, from left to right.
const READ_MOMENT: &str = "(pg_catalog.make_date((es_value OPERATOR(pg_catalog.->>) 0)::integer, 1, 1) \
     OPERATOR(pg_catalog.+) (es_value OPERATOR(pg_catalog.->>) 1)::integer OPERATOR(pg_catalog.-) 1 \
     OPERATOR(pg_catalog.+) pg_catalog.make_time((es_value OPERATOR(pg_catalog.->>) 2)::integer, \
     (es_value OPERATOR(pg_catalog.->>) 3)::integer, \
     (es_value OPERATOR(pg_catalog.->>) 4)::double precision OPERATOR(pg_catalog.+) \
     (((es_value OPERATOR(pg_catalog.->>) 5)::integer OPERATOR(pg_catalog./) 1000)::double precision \
     OPERATOR(pg_catalog./) 1e6)))";

/// The array that serde reads as a date, a time, or both.
macro_rules! array {
    ($($part:expr),*) => {
        Sql::Join(&[
            Sql::Text("CASE WHEN es_value IS NOT NULL THEN pg_catalog.jsonb_build_array("),
            $($part,)*
            Sql::Text(") END"),
        ])
    };
}

const WRITE_DAY: Sql = Sql::Text("EXTRACT(year FROM es_value)::integer, EXTRACT(doy FROM es_value)::integer");
/// The microseconds are those of the second and its fraction.
const WRITE_CLOCK: Sql = Sql::Text(
    "EXTRACT(hour FROM es_value)::integer, EXTRACT(minute FROM es_value)::integer, \
     EXTRACT(microseconds FROM es_value)::integer OPERATOR(pg_catalog./) 1000000, \
     (EXTRACT(microseconds FROM es_value)::integer OPERATOR(pg_catalog.%) 1000000) OPERATOR(pg_catalog.*) 1000",
);
const COMMA: Sql = Sql::Text(", ");

/// `date`: `[2026, 60]`, year and day of the year, or `"2026-03-01"`.
///
/// <https://docs.rs/time/latest/time/struct.Date.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for Date {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("date"),
        accepts: forms!(
            Sql::Join(&[
                Sql::Text("CASE WHEN es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^[[]"),
                Sql::Text(DAY),
                Sql::Text("[]]$' THEN "),
                Sql::Text(LEAP),
            ]),
            Sql::Join(&[Sql::Text(MATCHES), Sql::Text(DATE), Sql::Text("$'")])
        ),
        read: forms!(
            Sql::Text(READ_DAY),
            Sql::Text("(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.date")
        ),
        write: Some(array!(WRITE_DAY)),
        expects: words("an array of year (1 to 9999) and day of the year", "a date as YYYY-MM-DD"),
        default: None,
        number: None,
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.date"), Sql::Text(words("time date.1", "time date or text.1")));

    #[inline]
    fn fits(&self) -> bool {
        (1..=9999).contains(&self.year())
    }
}

/// `time without time zone`: `[12, 34, 56, 789000000]`, kept to the microsecond, or `"12:34:56.789"`.
///
/// <https://docs.rs/time/latest/time/struct.Time.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for Time {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("time without time zone"),
        accepts: forms!(
            Sql::Join(&[Sql::Text("es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^[[]"), Sql::Text(CLOCK), Sql::Text("[]]$'")]),
            Sql::Join(&[
                Sql::Text(MATCHES),
                Sql::Text(TIME),
                Sql::Text(FRACTION),
                Sql::Text("$'"),
            ])
        ),
        read: forms!(
            Sql::Text(
                "pg_catalog.make_time((es_value OPERATOR(pg_catalog.->>) 0)::integer, \
                 (es_value OPERATOR(pg_catalog.->>) 1)::integer, \
                 (es_value OPERATOR(pg_catalog.->>) 2)::double precision OPERATOR(pg_catalog.+) \
                 (((es_value OPERATOR(pg_catalog.->>) 3)::integer OPERATOR(pg_catalog./) 1000)::double precision \
                 OPERATOR(pg_catalog./) 1e6))",
            ),
            Sql::Text("pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 15)::time")
        ),
        write: Some(array!(WRITE_CLOCK)),
        expects: words("an array of hour, minute, second and nanosecond", "a time of day as HH:MM:SS.S"),
        default: None,
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("time without time zone"), Sql::Text(words("time time.1", "time time or text.1")));

    #[inline]
    fn keep(&mut self) {
        if let Ok(kept) = self.replace_nanosecond(microseconds(self.nanosecond())) {
            *self = kept;
        }
    }
}

/// `timestamp without time zone`: the arrays of [`Date`] and [`Time`] in one, or `"2026-03-01 12:34:56.789"`.
///
/// <https://docs.rs/time/latest/time/type.PrimitiveDateTime.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for PrimitiveDateTime {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("timestamp without time zone"),
        accepts: forms!(
            Sql::Join(&[
                Sql::Text("CASE WHEN es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^[[]"),
                Sql::Text(DAY),
                Sql::Text(", "),
                Sql::Text(CLOCK),
                Sql::Text("[]]$' THEN "),
                Sql::Text(LEAP),
            ]),
            Sql::Join(&[
                Sql::Text(MATCHES),
                Sql::Text(DATE),
                Sql::Text("'"),
                Sql::Text(THEN_MATCHES),
                Sql::Text(" "),
                Sql::Text(TIME),
                Sql::Text(FRACTION),
                Sql::Text("$'"),
            ])
        ),
        read: forms!(
            Sql::Text(READ_MOMENT),
            Sql::Text("pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 26)::timestamp")
        ),
        write: Some(array!(WRITE_DAY, COMMA, WRITE_CLOCK)),
        expects: words(
            "an array of year (1 to 9999), day of the year, hour, minute, second and nanosecond",
            "a date and time as YYYY-MM-DD HH:MM:SS.S",
        ),
        default: None,
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(
        Sql::Text("timestamp without time zone"),
        Sql::Text(words("time timestamp.1", "time timestamp or text.1")),
    );

    #[inline]
    fn fits(&self) -> bool {
        self.date().fits()
    }

    #[inline]
    fn keep(&mut self) {
        if let Ok(kept) = self.replace_nanosecond(microseconds(self.nanosecond())) {
            *self = kept;
        }
    }
}

/// `timestamp with time zone`: the array of [`PrimitiveDateTime`] and the offset's `0, 0, 0`, or
/// `"2026-03-01 12:34:56.789 +00:00:00"`.
///
/// Only times in UTC: the column would lose any other offset.
/// <https://docs.rs/time/latest/time/struct.OffsetDateTime.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for OffsetDateTime {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("timestamp with time zone"),
        accepts: forms!(
            Sql::Join(&[
                Sql::Text("CASE WHEN es_value::pg_catalog.text OPERATOR(pg_catalog.~) '^[[]"),
                Sql::Text(DAY),
                Sql::Text(", "),
                Sql::Text(CLOCK),
                Sql::Text(", 0, 0, 0[]]$' THEN "),
                Sql::Text(LEAP),
            ]),
            Sql::Join(&[
                Sql::Text(MATCHES),
                Sql::Text(DATE),
                Sql::Text("'"),
                Sql::Text(THEN_MATCHES),
                Sql::Text(" "),
                Sql::Text(TIME),
                Sql::Text(FRACTION),
                Sql::Text(" [+]00:00:00$'"),
            ])
        ),
        read: forms!(
            Sql::Join(&[Sql::Text("pg_catalog.timezone('UTC', "), Sql::Text(READ_MOMENT), Sql::Text(")")]),
            // Without the offset, which is always that of UTC.
            Sql::Text(
                "(pg_catalog.left(pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', -10), 26) \
                 OPERATOR(pg_catalog.||) 'Z')::timestamp with time zone",
            )
        ),
        write: Some(Sql::Join(&[
            Sql::Text("(SELECT "),
            array!(WRITE_DAY, COMMA, WRITE_CLOCK, Sql::Text(", 0, 0, 0")),
            Sql::Text(" FROM (SELECT pg_catalog.timezone('UTC', es_value)) AS es_utc(es_value))"),
        ])),
        expects: words(
            "an array of year (1 to 9999), day of the year, hour, minute, second, nanosecond and 0, 0, 0 for UTC",
            "a date and time in UTC as YYYY-MM-DD HH:MM:SS.S +00:00:00",
        ),
        default: None,
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("timestamp with time zone"), Sql::Text(words("time timestamptz.1", "time timestamptz or text.1")));

    #[inline]
    fn fits(&self) -> bool {
        self.offset().is_utc() && self.date().fits()
    }

    #[inline]
    fn keep(&mut self) {
        if let Ok(kept) = self.replace_nanosecond(microseconds(self.nanosecond())) {
            *self = kept;
        }
    }
}

/// The nanoseconds rounded down to whole microseconds.
const fn microseconds(nanosecond: u32) -> u32 {
    nanosecond - nanosecond % 1_000
}
