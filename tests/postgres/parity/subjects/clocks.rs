//! Clocks: values of which columns keep less than Rust.

use super::super::case::Subject;
use super::{name, time};
use crate::fixtures::{ClockEvent, Tick};
use chrono::{DateTime, NaiveDate, NaiveTime};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Few moments that differ by nanoseconds, so that they meet, and any others.
fn tick() -> impl Strategy<Value = Tick> {
    let near = (0..4_000_i64).prop_map(|nanoseconds| DateTime::from_timestamp_nanos(nanoseconds - 2_000));
    let any = (time(), 0..1_000_i64).prop_filter_map("a time", |(time, below)| {
        time.checked_add_signed(chrono::TimeDelta::nanoseconds(below))
    });
    prop_oneof![4 => near, 1 => any].prop_map(Tick)
}

fn clock() -> impl Strategy<Value = NaiveTime> {
    (0..86_400_u32, prop_oneof![Just(999_999_999_u32), 0..1_000_000_000_u32])
        .prop_filter_map("a time of day", |(second, nanosecond)| {
            NaiveTime::from_num_seconds_from_midnight_opt(second, nanosecond)
        })
}

fn json_value() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![Value::Null, json!([null]), json!("x"), json!({"a": null})])
}

impl Subject for ClockEvent {
    const ID_TYPE: &'static str = "bigint";

    fn id() -> BoxedStrategy<i64> {
        any::<i64>().boxed()
    }

    fn id_text(id: &i64) -> String {
        id.to_string()
    }

    fn first() -> BoxedStrategy<Self> {
        (tick(), prop::option::of(clock()), json_value())
            .prop_map(|(at, alarm, note)| Self::Wound { at, alarm, note })
            .boxed()
    }

    fn later() -> BoxedStrategy<Self> {
        let day = || (1..4_u32).prop_filter_map("a day", |day| NaiveDate::from_ymd_opt(2026, 3, day));
        let days = prop::collection::hash_set(day(), 0..4);
        let more = prop::option::of(prop::collection::btree_set(tick(), 0..5));
        let names = prop::collection::hash_set(name(), 0..4);
        let rang = (tick(), days, more, names).prop_map(|(at, days, more, names)| Self::Rang {
            at,
            days,
            more,
            names,
        });
        let removed = prop::collection::vec_deque(tick(), 0..4);
        let names = prop::option::of(prop::collection::linked_list(name(), 0..4));
        let notes = (prop::option::of(json_value()), prop::collection::vec(json_value(), 0..3));
        let rate = prop::option::of(prop_oneof![9 => (-8..8_i32).prop_map(f64::from), 1 => Just(f64::NAN)]);
        let beside = prop_oneof![
            2 => Just(Value::Null),
            1 => Just(json!(5)),
            4 => tick().prop_map(|at| json!({"rung": {"at": at}, "place": null})),
            4 => name().prop_map(|place| json!({"place": place})),
        ];
        let local = prop::collection::vec(
            (tick(), clock()).prop_map(|(tick, clock)| tick.0.date_naive().and_time(clock)),
            0..3,
        );
        let stopped = (removed, names, notes, rate, beside, local).prop_map(
            |(rung, names, (note, notes), rate, beside, local)| Self::Stopped {
                rung,
                names,
                note,
                notes,
                rate,
                beside,
                local,
            },
        );
        prop_oneof![rang, stopped].boxed()
    }

    fn keys() -> &'static [&'static str] {
        &[
            "/type",
            "/at",
            "/alarm",
            "/note",
            "/days",
            "/days/0",
            "/more",
            "/more/0",
            "/names",
            "/rung",
            "/rung/0",
            "/notes",
            "/notes/0",
            "/rate",
            "/beside",
            "/beside/place",
            "/beside/rung/at",
            "/local",
            "/local/0",
        ]
    }

    fn tag() -> Option<&'static str> {
        Some("type")
    }
}
