//! Counters of every kind of number at both ends of their range, in every way in which an event is folded.

use crate::support::{Row, Stored, insert, installed, refusal, row};
use es_rollup::{ErrorKind, Recorded, Rollup};
use rust_decimal::Decimal;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};

/// The same enum for both forms of the trigger.
macro_rules! gauges {
    ($name:ident, $events:literal, $trigger:literal) => {
        #[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[rollup(events = $events, id = i64, trigger = $trigger, derive(Debug, Clone, Serialize))]
        enum $name {
            #[rollup(create)]
            Made,
            UpShort {
                #[rollup(increment = "short")]
                by: i16,
            },
            DownShort {
                #[rollup(decrement = "short")]
                by: i16,
            },
            UpLong {
                #[rollup(increment = "long")]
                by: i64,
            },
            DownLong {
                #[rollup(decrement = "long")]
                by: i64,
            },
            UpWhole {
                #[rollup(increment = "whole")]
                by: u32,
            },
            DownWhole {
                #[rollup(decrement = "whole")]
                by: u32,
            },
            UpHuge {
                #[rollup(increment = "huge")]
                by: u64,
            },
            DownHuge {
                #[rollup(decrement = "huge")]
                by: u64,
            },
            UpExact {
                #[rollup(increment = "exact")]
                by: Decimal,
            },
            DownExact {
                #[rollup(decrement = "exact")]
                by: Decimal,
            },
            #[rollup(count = "long")]
            Counted,
        }

        impl Stored for $name {
            const ID_TYPE: &'static str = "bigint";
        }
    };
}

gauges!(GaugeEvent, "gauge_events", "statement");
gauges!(DialEvent, "dial_events", "row");

fn up(column: &str, by: &Value) -> Value {
    json!({"type": format!("up_{column}"), "by": by})
}

fn down(column: &str, by: &Value) -> Value {
    json!({"type": format!("down_{column}"), "by": by})
}

/// A stream up to one end of a counter's range, and events at that end: some are taken and some are refused.
struct End {
    before: Vec<Value>,
    there: Vec<Value>,
}

/// Both ends of each counter.
fn ends() -> Vec<End> {
    let mut ends = Vec::new();
    let mut both = |column: &str,
                    [lowest, highest]: [Value; 2],
                    [none, one]: [Value; 2],
                    negative: Option<Value>| {
        let back = negative.iter().flat_map(|minus| [up(column, minus), down(column, minus)]);
        let there = [up(column, &none), down(column, &none), up(column, &one), down(column, &one)];
        let far = [up(column, &lowest), down(column, &lowest), up(column, &highest), down(column, &highest)];
        let there: Vec<Value> = there.into_iter().chain(far).chain(back).collect();
        for before in [vec![], vec![up(column, &highest)], vec![up(column, &lowest)], vec![up(column, &one)]]
        {
            ends.push(End { before, there: there.clone() });
        }
        if let Some(minus) = negative {
            ends.push(End { before: vec![up(column, &minus)], there });
        }
    };
    let whole = [json!(0), json!(1)];
    both("short", [json!(i16::MIN), json!(i16::MAX)], whole.clone(), Some(json!(-1)));
    both("long", [json!(i64::MIN), json!(i64::MAX)], whole.clone(), Some(json!(-1)));
    both("whole", [json!(u32::MIN), json!(u32::MAX)], whole.clone(), None);
    both("huge", [json!(u64::MIN), json!(u64::MAX)], whole, None);
    let (lowest, highest) = (Decimal::MIN.to_string(), Decimal::MAX.to_string());
    both("exact", [json!(lowest), json!(highest)], [json!("0"), json!("1")], Some(json!("-1")));
    ends.push(End {
        before: vec![up("long", &json!(i64::MAX - 1)), json!({"type": "counted"})],
        there: vec![json!({"type": "counted"})],
    });
    ends
}

const COLUMNS: [&str; 5] = ["short", "long", "whole", "huge", "exact"];

/// The counters after a stream, as text; `None` if the fold refuses it.
fn folded<E>(events: &[Value]) -> Option<Vec<String>>
where
    E: Stored<Id = i64, Context = ()> + DeserializeOwned,
    E::State: Serialize,
{
    let decoded: Vec<E> =
        events.iter().map(|event| E::deserialize(event).expect("serde reads the event")).collect();
    let time = "2026-01-31T12:00:00Z".parse().expect("a time");
    let recorded = decoded.iter().zip(1..).map(|(event, at)| Recorded::new(&7, at, time, event));
    match E::fold(recorded) {
        Ok(state) => {
            let state = serde_json::to_value(state.expect("the entity is there")).expect("JSON");
            let text = |column: &&str| match &state[*column] {
                Value::String(text) => text.clone(),
                number => number.to_string(),
            };
            Some(COLUMNS.iter().map(text).collect())
        }
        Err(error) => {
            assert_eq!(error.kind, ErrorKind::Overflow, "{events:?}");
            None
        }
    }
}

/// The counters of an entity's row, as text.
async fn counters<E: Rollup>(pool: &PgPool, id: i64) -> Vec<String> {
    let columns = COLUMNS.map(|column| format!("{column}::text")).join(", ");
    let sql = format!("SELECT ARRAY[{columns}] FROM {} WHERE id = {id}", E::ROLLUP_TABLE);
    sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(pool).await.expect("the row")
}

fn rows(id: i64, first: i32, events: &[Value]) -> Vec<Row> {
    events.iter().zip(first..).map(|(event, at)| row(id, at, event.clone())).collect()
}

/// How the events at the end of a range reach the event table.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// A statement for each of them.
    Alone,
    /// A statement for each of them, with an event of another entity.
    Beside,
    /// With the event before it in one statement.
    Behind,
}

async fn holds_its_range<E>()
where
    E: Stored<Id = i64, Context = ()> + DeserializeOwned,
    E::State: Serialize,
{
    let database = installed::<E>("bigint").await;
    let pool = database.pool();
    let (mut id, mut taken, mut refused) = (0, 0, 0);
    for end in ends() {
        for event in &end.there {
            for way in [Way::Alone, Way::Beside, Way::Behind] {
                id += 2;
                let before = [vec![json!({"type": "made"})], end.before.clone()].concat();
                let stream = [before.clone(), vec![event.clone()]].concat();
                let Some(start) = folded::<E>(&before) else { continue };
                let all = rows(id, 1, &stream);
                let (first, last) = all.split_at(match way {
                    Way::Alone | Way::Beside => before.len(),
                    Way::Behind => before.len() - 1,
                });
                if !first.is_empty() {
                    insert::<E>(pool, first.to_vec()).await.expect("what is in range is taken");
                }
                let other = match way {
                    Way::Beside => rows(id + 1, 1, &[json!({"type": "made"})]),
                    Way::Alone | Way::Behind => vec![],
                };
                let outcome = insert::<E>(pool, [last.to_vec(), other].concat()).await;
                if let Some(expected) = folded::<E>(&stream) {
                    outcome.unwrap_or_else(|error| panic!("{way:?}, {stream:?}: {error}"));
                    assert_eq!(counters::<E>(pool, id).await, expected, "{way:?}, {stream:?}");
                    taken += 1;
                } else {
                    let error = refusal(outcome);
                    assert_eq!(error.code(), ErrorKind::Overflow.sqlstate(), "{way:?}, {stream:?}: {error}");
                    if !first.is_empty() && matches!(way, Way::Alone | Way::Beside) {
                        assert_eq!(counters::<E>(pool, id).await, start, "{way:?}, {stream:?}");
                    }
                    refused += 1;
                }
            }
        }
    }
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
    database.close().await;
}

#[tokio::test]
async fn a_counter_moves_to_both_ends_of_its_range_and_no_further_in_the_statement_form() {
    holds_its_range::<GaugeEvent>().await;
}

#[tokio::test]
async fn a_counter_moves_to_both_ends_of_its_range_and_no_further_in_the_row_form() {
    holds_its_range::<DialEvent>().await;
}
