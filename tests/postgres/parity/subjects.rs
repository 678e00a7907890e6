//! Random events of the shared enums.

mod accounts;
mod clocks;
mod documents;
mod ledgers;
mod members;
mod profiles;
mod sensors;
mod users;

use crate::fixtures::Status;
use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

/// Text with everything that could break out of a literal, but no NUL, which jsonb refuses.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        Just("it's \"quoted\" \\ $es_rollup$ $$ \u{1}\u{7f} é 🦀".to_string()),
        any::<String>().prop_map(|text| text.replace('\0', "")),
    ]
}

fn date() -> impl Strategy<Value = NaiveDate> {
    (1..=9999, 1..=366_u32)
        .prop_filter_map("a day of the year", |(year, day)| NaiveDate::from_yo_opt(year, day))
}

/// To the microsecond, which is what PostgreSQL keeps.
fn time() -> impl Strategy<Value = DateTime<Utc>> {
    (-62_135_596_800_000_000..253_402_300_800_000_000_i64)
        .prop_filter_map("a time", DateTime::from_timestamp_micros)
}

fn decimal() -> impl Strategy<Value = Decimal> {
    (any::<i64>(), 0..=28_u32).prop_map(|(digits, scale)| Decimal::new(digits, scale))
}

fn status() -> impl Strategy<Value = Status> {
    prop::sample::select(vec![Status::Open, Status::OnHold, Status::Closed])
}

/// Few, so that members meet.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[abAB]{1,2}", 1 => text()]
}
