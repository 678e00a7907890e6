//! Of an event with several faults, the first is reported: those of the entity's own row, then those of the views in
//! their order.

use crate::support::refused;
use chrono::NaiveDate;
use es_rollup::{ErrorKind, Rollup};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "thing_events", id = i64)]
#[rollup(view(first, key(one, other), state = First))]
#[rollup(view(second, key(one), state = Second))]
pub(crate) enum ThingEvent {
    #[rollup(create)]
    Made,
    #[rollup(first(create), second(create))]
    Put {
        #[rollup(increment = "sum")]
        by: i64,
        one: NaiveDate,
        other: NaiveDate,
        #[rollup(first(set), second(set))]
        value: NaiveDate,
    },
    #[rollup(second(create))]
    PutSecond {
        one: NaiveDate,
        #[rollup(second(set))]
        value: NaiveDate,
    },
    #[rollup(first(delete), second(delete))]
    Dropped { one: NaiveDate, other: NaiveDate },
}

use ThingEvent::{Dropped, Made, Put, PutSecond};

/// No column can hold it.
const WRONG: i32 = 10_000;

fn day(year: i32) -> NaiveDate {
    NaiveDate::from_yo_opt(year, 1).expect("a day")
}

fn put(by: i64, one: i32, other: i32, value: i32) -> ThingEvent {
    Put { by, one: day(one), other: day(other), value: day(value) }
}

fn dropped(one: i32, other: i32) -> ThingEvent {
    Dropped { one: day(one), other: day(other) }
}

#[test]
fn the_row_of_the_entity_speaks_first() {
    let full = put(i64::MAX, 1, 1, 1);
    let all = put(1, WRONG, WRONG, WRONG);
    assert_eq!(refused(&[Made, full, all]), (ErrorKind::Overflow, None, Some("sum")));
}

#[test]
fn the_key_speaks_before_the_operations_and_each_part_in_its_turn() {
    let wrong = |column| (ErrorKind::WrongValue, Some("first"), Some(column));
    assert_eq!(refused(&[Made, put(1, WRONG, WRONG, WRONG)]), wrong("one"));
    assert_eq!(refused(&[Made, put(1, 1, WRONG, WRONG)]), wrong("other"));
    assert_eq!(refused(&[Made, put(1, 1, 1, WRONG)]), wrong("value"));
}

#[test]
fn the_operations_speak_before_a_row_that_exists() {
    let twice = |value| [Made, put(1, 1, 1, 1), put(1, 1, 1, value)];
    assert_eq!(refused(&twice(WRONG)), (ErrorKind::WrongValue, Some("first"), Some("value")));
    assert_eq!(refused(&twice(2)), (ErrorKind::RowExists, Some("first"), None));
}

#[test]
fn a_later_view_refuses_what_an_earlier_one_accepts() {
    let second = |one| PutSecond { one: day(one), value: day(1) };
    let in_second = [Made, second(1), put(1, 1, 1, 1)];
    assert_eq!(refused(&in_second), (ErrorKind::RowExists, Some("second"), None));
    let only_first = [Made, second(2), dropped(2, 1)];
    assert_eq!(refused(&only_first), (ErrorKind::RowMissing, Some("first"), None));
}

#[test]
fn a_refusal_names_the_view_and_the_column() {
    let mut fold = es_rollup::Fold::<ThingEvent>::new();
    let at = crate::support::at;
    assert_eq!(fold.apply(es_rollup::Recorded::new(&7, 1, at(1), &Made)), Ok(()));
    let mut error = |event: &ThingEvent| {
        fold.apply(es_rollup::Recorded::new(&7, 2, at(2), event)).expect_err("a refusal").to_string()
    };
    assert_eq!(
        error(&put(1, 1, WRONG, 1)),
        "event 2 (put) of entity 7 is refused at version 1: a value does not fit its column (column other of first)"
    );
    assert_eq!(
        error(&dropped(1, 1)),
        "event 2 (dropped) of entity 7 is refused at version 1: the row that it changes does not exist (in first)"
    );
}
