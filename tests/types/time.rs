//! Types of the `time` crate.

use proptest::prelude::*;
use time::{Date, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

use crate::harness::{Spelling, check, check_all, check_constants, column};

column!(Date, Time, PrimitiveDateTime, OffsetDateTime);

/// Mostly of our days, and some of all that the crate has.
fn dates() -> impl Strategy<Value = Date> {
    let day = |(year, day)| Date::from_ordinal_date(year, day).ok();
    let ours = (1970..2030, 1..=366_u16).prop_filter_map("a day of the year", day);
    let all = (-9999..=9999, 1..=366_u16).prop_filter_map("a day of the year", day);
    prop_oneof![ours, all]
}

/// To the second, millisecond, microsecond or nanosecond.
fn times() -> impl Strategy<Value = Time> {
    let unit = prop::sample::select(vec![1_000_000_000_u32, 1_000_000, 1_000, 1]);
    let any = (0..24_u8, 0..60_u8, 0..60_u8, 0..1_000_000_000_u32, unit).prop_map(
        |(hour, minute, second, nano, unit)| {
            Time::from_hms_nano(hour, minute, second, nano / unit * unit).expect("within a day")
        },
    );
    let last = Time::from_hms_nano(23, 59, 59, 999_999_999).expect("within a day");
    prop_oneof![20 => any, 1 => Just(last), 1 => Just(Time::MIDNIGHT)]
}

fn moments() -> impl Strategy<Value = PrimitiveDateTime> {
    (dates(), times()).prop_map(|(date, time)| PrimitiveDateTime::new(date, time))
}

/// Strings count where serde writes them.
fn must<'a>(arrays: &[&'a str], strings: &[&'a str]) -> Vec<&'a str> {
    let strings = if cfg!(feature = "time-human-readable") { strings } else { &[] };
    [arrays, strings].concat()
}

#[tokio::test]
async fn date() {
    let must =
        must(&["[2026, 365]", "[2024, 366]", "[2000, 366]", "[1, 1]", "[9999, 365]"], &[r#""2024-02-29""#]);
    check::<Date>(Spelling::AsWritten, dates(), &["[1900, 366]", "[2026, 366]", "[2026, 367]"], &must).await;
    check_constants::<Date>(None).await;
}

#[tokio::test]
async fn every_date_of_four_centuries() {
    let first = Date::from_ordinal_date(1799, 1).unwrap();
    let all: Vec<Date> = std::iter::successors(Some(first), |date| date.next_day()).take(366 * 402).collect();
    check_all(&all).await;
}

#[tokio::test]
async fn time() {
    let must = must(
        &["[12, 34, 56, 789000000]", "[0, 0, 0, 1000]", "[0, 0, 0, 1]", "[23, 59, 59, 999999999]"],
        &[r#""12:34:56.0""#, r#""12:34:56.123456000""#, r#""23:59:59.999999999""#],
    );
    check::<Time>(Spelling::AsWritten, times(), &["[12, 34, 56, 1000000000]", "[12, 34, 56.0, 0]"], &must)
        .await;
    check_constants::<Time>(None).await;
}

#[tokio::test]
async fn timestamp() {
    let must = must(
        &["[2026, 60, 12, 34, 56, 0]", "[2026, 270, 2, 30, 0, 0]", "[1969, 365, 23, 59, 59, 999999999]"],
        &[r#""2026-09-27 02:30:00.0""#, r#""1969-12-31 23:59:59.9999995""#],
    );
    check::<PrimitiveDateTime>(Spelling::AsWritten, moments(), &["[2026, 366, 0, 0, 0, 0]"], &must).await;
    check_constants::<PrimitiveDateTime>(None).await;
}

#[tokio::test]
async fn timestamp_with_time_zone() {
    let offsets = prop_oneof![
        4 => Just(UtcOffset::UTC),
        1 => (-25..=25_i8, -59..=59_i8).prop_map(|(hour, minute)| UtcOffset::from_hms(hour, minute, 0).unwrap()),
    ];
    let values = (moments(), offsets).prop_map(|(moment, offset)| moment.assume_offset(offset));
    let must = must(
        &["[2026, 60, 12, 34, 56, 123456000, 0, 0, 0]", "[9999, 365, 23, 59, 59, 999999999, 0, 0, 0]"],
        &[r#""2026-03-01 12:34:56.0 +00:00:00""#, r#""9999-12-31 23:59:59.999999999 +00:00:00""#],
    );
    check::<OffsetDateTime>(Spelling::AsWritten, values, &["[2026, 60, 12, 34, 56, 0, 0, 0, 1]"], &must)
        .await;
    check_constants::<OffsetDateTime>(None).await;
}
