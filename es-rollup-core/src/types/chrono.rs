//! Types of the `chrono` crate.
//!
//! Years 1 to 9999 fit; leap seconds do not. Both folds drop what is below a microsecond, towards the past:
//! PostgreSQL does not keep it, and its own cast would round. chrono also reads numbers without leading zeros,
//! spaces, times without seconds and years of other lengths. It writes none of these, and they are refused.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc};

use super::iso::{DATE, FRACTION, IN_UTC, MATCHES, MICROSECONDS, THEN_MATCHES, TIME};
use crate::{SqlType, TypeInfo, sql::Sql};

/// `date`: `2026-03-01`.
///
/// <https://docs.rs/chrono/latest/chrono/naive/struct.NaiveDate.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for NaiveDate {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("date"),
        accepts: Sql::Join(&[Sql::Text(MATCHES), Sql::Text(DATE), Sql::Text("$'")]),
        read: Sql::Text("(es_value OPERATOR(pg_catalog.#>>) '{}')::pg_catalog.date"),
        expects: "a date as YYYY-MM-DD, from 0001-01-01 to 9999-12-31",
        default: Some("'1970-01-01'::pg_catalog.date"),
        number: None,
        equality: true,
        order: Some(""),
        ..TypeInfo::BARE
    }
    .own(Sql::Text("pg_catalog.date"), Sql::Text("date.1"));

    #[inline]
    fn fits(&self) -> bool {
        (1..=9999).contains(&self.year())
    }
}

/// `time without time zone`: `12:34:56.789`, kept to the microsecond.
///
/// <https://docs.rs/chrono/latest/chrono/naive/struct.NaiveTime.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for NaiveTime {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("time without time zone"),
        accepts: Sql::Join(&[
            Sql::Text(MATCHES),
            Sql::Text(TIME),
            Sql::Text("("),
            Sql::Text(FRACTION),
            Sql::Text(")?$'"),
        ]),
        read: Sql::Text("pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 15)::time"),
        expects: "a time of day as HH:MM:SS, without a leap second",
        default: Some("'00:00:00'::time"),
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("time without time zone"), Sql::Text("time.1"));

    #[inline]
    fn fits(&self) -> bool {
        // A leap second has a billion nanoseconds or more.
        self.nanosecond() < 1_000_000_000
    }

    #[inline]
    fn keep(&mut self) {
        if let Some(kept) = microseconds(self.nanosecond()).and_then(|kept| self.with_nanosecond(kept)) {
            *self = kept;
        }
    }
}

/// `timestamp without time zone`: `2026-03-01T12:34:56.789`, kept to the microsecond.
///
/// <https://docs.rs/chrono/latest/chrono/naive/struct.NaiveDateTime.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for NaiveDateTime {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("timestamp without time zone"),
        // Two patterns over half the text each are faster than one over all of it.
        accepts: Sql::Join(&[
            Sql::Text(MATCHES),
            Sql::Text(DATE),
            Sql::Text("'"),
            Sql::Text(THEN_MATCHES),
            Sql::Text("T"),
            Sql::Text(TIME),
            Sql::Text("("),
            Sql::Text(FRACTION),
            Sql::Text(")?$'"),
        ]),
        read: Sql::Text("pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 26)::timestamp"),
        expects: "a date and time as YYYY-MM-DDTHH:MM:SS, in years 1 to 9999, without a leap second",
        default: Some("'1970-01-01 00:00:00'::timestamp"),
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("timestamp without time zone"), Sql::Text("timestamp.1"));

    #[inline]
    fn fits(&self) -> bool {
        self.date().fits() && self.time().fits()
    }

    #[inline]
    fn keep(&mut self) {
        if let Some(kept) = microseconds(self.nanosecond()).and_then(|kept| self.with_nanosecond(kept)) {
            *self = kept;
        }
    }
}

/// `timestamp with time zone`: `2026-03-01T12:34:56.789Z`, kept to the microsecond.
///
/// Offsets up to 15:59 are also read, the greatest that PostgreSQL reads; but not in the years 1 and 9999, where they
/// could lead out of the range. `DateTime<FixedOffset>` and `DateTime<Local>` have no column type,
/// because the column would lose their offset.
/// <https://docs.rs/chrono/latest/chrono/struct.DateTime.html>,
/// <https://www.postgresql.org/docs/current/datatype-datetime.html>
impl SqlType for DateTime<Utc> {
    const SQL: TypeInfo = TypeInfo {
        name: Sql::Text("timestamp with time zone"),
        accepts: Sql::Join(&[
            Sql::Text(MATCHES),
            Sql::Text(DATE),
            Sql::Text("'"),
            Sql::Text(THEN_MATCHES),
            Sql::Text("T"),
            Sql::Text(TIME),
            Sql::Text("("),
            Sql::Text(FRACTION),
            Sql::Text(
                ")?(Z|[+-](0[0-9]|1[0-5]):[0-5][0-9])$' \
                 AND ((es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~~) '%Z' \
                 OR pg_catalog.left(es_value OPERATOR(pg_catalog.#>>) '{}', 4) \
                 OPERATOR(pg_catalog.<>) ALL (ARRAY['0001', '9999']))",
            ),
        ]),
        read: Sql::Join(&[Sql::Text(MICROSECONDS), Sql::Text("::timestamp with time zone")]),
        write: Some(Sql::Text(IN_UTC)),
        expects: "a date and time as YYYY-MM-DDTHH:MM:SSZ, in years 1 to 9999, without a leap second",
        default: Some("'1970-01-01 00:00:00+00'::timestamp with time zone"),
        number: None,
        equality: true,
        order: Some(""),
        changes: true,
        ..TypeInfo::BARE
    }
    .own(Sql::Text("timestamp with time zone"), Sql::Text("timestamptz.1"));

    #[inline]
    fn fits(&self) -> bool {
        self.naive_utc().fits()
    }

    #[inline]
    fn keep(&mut self) {
        // Not `nanosecond` and `with_nanosecond` of `DateTime`, which add the offset first and are several times slower.
        let utc = |kept| self.naive_utc().with_nanosecond(kept);
        if let Some(kept) = microseconds(self.timestamp_subsec_nanos()).and_then(utc) {
            *self = kept.and_utc();
        }
    }
}

/// The nanoseconds rounded down to whole microseconds; `None` if they already are.
const fn microseconds(nanosecond: u32) -> Option<u32> {
    let below = nanosecond % 1_000;
    if below == 0 { None } else { Some(nanosecond - below) }
}
