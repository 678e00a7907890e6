//! [`SqlType`](crate::SqlType) for the types of which events consist, one file for each crate.
//!
//! Each type's `accepts` was written against what serde reads and what the column holds; `tests/types.rs`
//! of the facade compares the two on a real PostgreSQL. Three rules hold for all of them:
//!
//! - What serde writes for a value that [`fits`](crate::SqlType::fits) is accepted, and read back as the
//!   same value. JSON that serde cannot read is refused. In between are spellings that serde reads but does not
//!   write (a date without leading zeros): some are refused, and the type's documentation says so.
//! - `accepts` never raises an error, so a part that could is guarded by `CASE`: SQL does not guarantee that
//!   `AND` evaluates its left side first
//!   (<https://www.postgresql.org/docs/current/sql-expressions.html#SYNTAX-EXPRESS-EVAL>).
//! - `TimeZone`, `DateStyle` and `IntervalStyle` have no effect: times are matched against ISO 8601 before a
//!   cast, and timestamps always include their offset.
//!
//! They are also written for speed: PL/pgSQL runs an expression without a subquery about ten times as fast as
//! one with a subquery, and the cost of a regular expression grows with the number of its states.

#[cfg(feature = "bigdecimal")]
mod bigdecimal;
#[cfg(feature = "chrono")]
mod chrono;
mod foreign;
mod iso;
#[cfg(feature = "serde_json")]
mod json;
mod lists;
mod numbers;
#[cfg(feature = "rust_decimal")]
mod rust_decimal;
mod standard;
#[cfg(feature = "time")]
mod time;
#[cfg(feature = "uuid")]
mod uuid;
