//! Regular expressions for dates and times as ISO 8601 and RFC 3339 write them.
//!
//! A match guarantees that the following cast succeeds, and leaves it nothing to interpret: years have four digits,
//! so `DateStyle` has no effect
//! (<https://www.postgresql.org/docs/current/datetime-input-rules.html>).

/// A date from 0001-01-01 to 9999-12-31. Ten characters, always.
pub(super) const DATE: &str = concat!(
    "(([1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])-(",
    "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))",
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|(0[48]|[2468][048]|[13579][26])00)-02-29)",
);

/// A time of day to the second. No leap second: PostgreSQL would count it to the next minute.
pub(super) const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]";

/// The fraction of a second, with any number of digits.
pub(super) const FRACTION: &str = "[.][0-9]+";

/// The text of a date and a time, or of a time, without what is below a microsecond. The cast would round it, whereas
/// truncating goes towards the past. Text of up to 27 characters, which is what serde writes with microseconds, needs
/// no regular expression: even with an offset of six characters, the fraction has at most one digit.
pub(super) const MICROSECONDS: &str = "(CASE WHEN pg_catalog.length(es_value OPERATOR(pg_catalog.#>>) '{}') \
     OPERATOR(pg_catalog.<=) 27 THEN es_value OPERATOR(pg_catalog.#>>) '{}' \
     ELSE pg_catalog.regexp_replace(es_value OPERATOR(pg_catalog.#>>) '{}', '(?<=[.][0-9]{6})[0-9]+', '') END)";

/// Writes a moment in UTC: the offset of the session's time zone can have seconds, which serde does not read.
pub(super) const IN_UTC: &str =
    "pg_catalog.to_char(pg_catalog.timezone('UTC', es_value), 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";

/// The text of a string, or of a number.
pub(super) const WHOLE: &str = "(es_value OPERATOR(pg_catalog.#>>) '{}')";

/// Begins a test of that text against a pattern.
pub(super) const MATCHES: &str = "(es_value OPERATOR(pg_catalog.#>>) '{}') OPERATOR(pg_catalog.~) '^";

/// Begins a test of what follows a date.
#[cfg(any(feature = "chrono", feature = "time"))]
pub(super) const THEN_MATCHES: &str =
    " AND pg_catalog.substr(es_value OPERATOR(pg_catalog.#>>) '{}', 11) OPERATOR(pg_catalog.~) '^";
