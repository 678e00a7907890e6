//! Types of the `chrono` crate.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use es_rollup_core::SqlType;
use proptest::prelude::*;

use crate::harness::{Spelling, check, check_constants, column};

column!(NaiveDate, NaiveTime, NaiveDateTime, DateTime<Utc>, Vec<DateTime<Utc>>);

/// Mostly of our days, and some of all that chrono has.
fn dates() -> impl Strategy<Value = NaiveDate> {
    let ours = (0..20_000_u64).prop_map(|day| NaiveDate::default() + Days::new(day));
    let all = (-1..10_002, 1..=366_u32)
        .prop_filter_map("a day of the year", |(year, day)| NaiveDate::from_yo_opt(year, day));
    let edges = prop::sample::select(vec![NaiveDate::MIN, NaiveDate::MAX]);
    prop_oneof![10 => ours, 10 => all, 1 => edges]
}

/// To the second, millisecond, microsecond or nanosecond, and leap seconds.
fn times() -> impl Strategy<Value = NaiveTime> {
    let unit = prop::sample::select(vec![1_000_000_000_u32, 1_000_000, 1_000, 1]);
    (0..86_400_u32, 0..1_000_000_000_u32, unit, 0..20_u8).prop_map(|(second, nanosecond, unit, leap)| {
        let last = leap == 1;
        let nanosecond = if last { 999_999_999 } else { nanosecond / unit * unit };
        let (second, nanosecond) =
            if leap == 0 { (86_399, nanosecond + 1_000_000_000) } else { (second, nanosecond) };
        NaiveTime::from_num_seconds_from_midnight_opt(second, nanosecond).expect("within a day")
    })
}

fn moments() -> impl Strategy<Value = NaiveDateTime> {
    (dates(), times()).prop_map(|(date, time)| date.and_time(time))
}

#[tokio::test]
async fn date() {
    check::<NaiveDate>(Spelling::AsWritten, dates(), &[], &[r#""0004-02-29""#, r#""2000-02-29""#]).await;
    check_constants::<NaiveDate>(Some(r#""1970-01-01""#)).await;
    assert_eq!(NaiveDate::default(), NaiveDate::from_ymd_opt(1970, 1, 1).unwrap());
}

/// The regular expression knows the calendar.
#[tokio::test]
async fn every_date_of_four_centuries() {
    let all: Vec<NaiveDate> =
        NaiveDate::from_ymd_opt(1799, 1, 1).unwrap().iter_days().take(366 * 402).collect();
    crate::harness::check_all(&all).await;
}

#[tokio::test]
async fn time() {
    let must = [
        r#""12:34:56.7""#,
        r#""12:34:56.1234560""#,
        r#""12:34:56.123456000""#,
        r#""23:59:59.999999999""#,
        r#""23:59:59.9999999999999""#,
        r#""00:00:00.000000999""#,
    ];
    check::<NaiveTime>(Spelling::AsWritten, times(), &[], &must).await;
    check_constants::<NaiveTime>(Some(r#""00:00:00""#)).await;
}

#[tokio::test]
async fn timestamp() {
    check::<NaiveDateTime>(
        Spelling::AsWritten,
        moments(),
        &[],
        &[
            r#""2026-09-27T02:30:00""#,
            r#""9999-12-31T23:59:59.999999999""#,
            r#""1969-12-31T23:59:59.9999995""#,
        ],
    )
    .await;
    check_constants::<NaiveDateTime>(Some(r#""1970-01-01T00:00:00""#)).await;
}

#[tokio::test]
async fn timestamp_with_time_zone() {
    let must = [
        r#""2026-03-01T12:34:56+00:00""#,
        r#""2026-03-01T12:34:56-00:00""#,
        r#""2026-03-01T12:34:56.1234560-15:59""#,
        r#""2026-03-01T12:34:56.1+13:00""#,
        r#""2026-03-01T12:34:56.12+13:00""#,
        r#""2026-03-01T12:34:56.123456+13:00""#,
        r#""2026-03-01T12:34:56.123456999+13:00""#,
        r#""9999-12-31T23:59:59.999999999Z""#,
        r#""0001-01-01T00:00:00.000000999Z""#,
        r#""1969-12-31T23:59:59.999999999Z""#,
        r#""1969-12-31T23:59:59.9999995Z""#,
        r#""2026-03-01T12:34:56.99999999999999999999Z""#,
        r#""2026-03-01T00:34:56.123+13:00""#,
    ];
    let values = moments().prop_map(|moment| moment.and_utc());
    check::<DateTime<Utc>>(Spelling::AsWritten, values, &[], &must).await;
    let lists = prop::collection::vec(moments().prop_map(|moment| moment.and_utc()), 0..3);
    check::<Vec<DateTime<Utc>>>(Spelling::AsWritten, lists, &[], &["[]"]).await;
    check_constants::<DateTime<Utc>>(Some(r#""1970-01-01T00:00:00Z""#)).await;
    assert!(!DateTime::<Utc>::MAX_UTC.fits());
}
