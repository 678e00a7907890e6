//! Sets and lists that get many members from one statement, and what a fold of the log makes of them.
//!
//! Changes are collected once an entity has many. The random models collect early; these streams are long enough to reach
//! it with the limits as they are.

use crate::support::{Row, Stored, insert, installed, refusal, row, rows_are_folds, run, with_events};
use es_rollup::{Rollup, Sql, SqlType, TypeInfo};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};

/// A type of which only the compiler knows what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
struct Label(String);

/// A type that is written by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
struct Grade(i32);

impl SqlType for Grade {
    const SQL: TypeInfo = TypeInfo {
        equality: true,
        ..TypeInfo::new(
            Sql::Text("integer"),
            Sql::Text("jsonb_typeof(es_value) = 'number'"),
            Sql::Text("(es_value #>> '{}')::integer"),
            "an integer",
        )
    };
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(events = "shelf_events", id = i64, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
enum ShelfEvent {
    #[rollup(create)]
    Opened {
        #[rollup(set)]
        name: String,
    },
    Tagged {
        #[rollup(add = "tags")]
        tag: String,
    },
    AllTagged {
        #[rollup(add = "tags")]
        tags: Vec<String>,
    },
    Untagged {
        #[rollup(remove = "tags")]
        tag: String,
    },
    #[rollup(clear = "tags", clear = "notes", clear = "prices")]
    Cleared,
    Labelled {
        #[rollup(add = "labels")]
        label: Label,
    },
    Unlabelled {
        #[rollup(remove = "labels")]
        label: Label,
    },
    Graded {
        #[rollup(add = "grades")]
        grade: Grade,
    },
    Priced {
        #[rollup(add = "prices")]
        price: Decimal,
    },
    Noted {
        #[rollup(push = "notes")]
        note: String,
    },
}

impl Stored for ShelfEvent {
    const ID_TYPE: &'static str = "bigint";
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type")]
#[rollup(
    events = "box_events", id = i64, check(few = "cardinality(things) <= 100"),
    derive(Debug, Clone, PartialEq, sqlx::FromRow)
)]
enum BoxEvent {
    Filled {
        #[rollup(add = "things")]
        thing: i64,
    },
    Emptied {
        #[rollup(remove = "things")]
        thing: i64,
    },
}

impl Stored for BoxEvent {
    const ID_TYPE: &'static str = "bigint";
}

/// Numbers that look random, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn tag(number: u64) -> Value {
    // Of different lengths, and some beyond ASCII.
    json!(format!(
        "{}{number}",
        match number % 3 {
            0 => "tag ",
            1 => "é",
            _ => "a longer tag than the others, with the number ",
        }
    ))
}

/// One event of a shelf. There are `kinds` of members, so that many meet again.
fn change(numbers: &mut Numbers, kinds: u64) -> Value {
    let number = numbers.below(kinds);
    match numbers.below(200) {
        0..70 => json!({"type": "Tagged", "tag": tag(number)}),
        70..100 => json!({"type": "Untagged", "tag": tag(number)}),
        100..120 => json!({"type": "Labelled", "label": tag(number)}),
        120..128 => json!({"type": "Unlabelled", "label": tag(number)}),
        128..140 => json!({"type": "Graded", "grade": number}),
        // Equal numbers with different digits, of which the first stays.
        140..150 => json!({"type": "Priced", "price": format!("{number}.1")}),
        150..160 => json!({"type": "Priced", "price": format!("{number}.10")}),
        160..170 => json!({"type": "Priced", "price": format!("{number}.100")}),
        170..198 => json!({"type": "Noted", "note": tag(number)}),
        _ => json!({"type": "Cleared"}),
    }
}

/// The stream of a shelf, which begins with as many tags.
fn stream(id: i32, tags: u64, kinds: u64, changes: i32) -> Vec<Row> {
    let mut numbers = Numbers(u64::try_from(id).expect("a small number"));
    let tags: Vec<Value> = (0..tags).map(|number| tag(number * 2)).collect();
    let begun = [json!({"type": "Opened", "name": "a"}), json!({"type": "AllTagged", "tags": tags})];
    let changes = (0..changes).map(|_| change(&mut numbers, kinds));
    begun.into_iter().chain(changes).zip(1..).map(|(payload, sequence)| row(id, sequence, payload)).collect()
}

/// Shelves with few members and with many, of which some are changed by few events and some by many.
fn shelves() -> Vec<Vec<Row>> {
    [
        (0, 100, 700),
        (600, 900, 700),
        (0, 900, 40),
        (500, 20, 400),
        (70, 200, 700),
        (3, 5, 300),
        (0, 2_000, 900),
    ]
    .into_iter()
    .zip(1..)
    .map(|((tags, kinds, changes), id)| stream(id, tags, kinds, changes))
    .collect()
}

async fn count(pool: &PgPool, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_string())).fetch_one(pool).await.expect("a number")
}

/// Inserts rows that the trigger does not see.
async fn unseen(pool: &PgPool, rows: impl AsRef<[Row]>) {
    run(pool, "ALTER TABLE shelf_events DISABLE TRIGGER USER").await.expect("off");
    insert::<ShelfEvent>(pool, rows).await.expect("the events are stored");
    run(pool, "ALTER TABLE shelf_events ENABLE TRIGGER USER").await.expect("on");
}

#[tokio::test]
async fn thousands_of_members_in_one_statement_are_those_that_events_add_one_by_one() {
    assert!(ShelfEvent::MIGRATION_SQL.contains("es_changes >= 64"), "streams are longer than this");
    let database = installed::<ShelfEvent>("bigint").await;
    let pool = database.pool();
    let shelves = shelves();
    // Some begin in the first statement, all of them go on in the second.
    let first: Vec<Row> =
        shelves.iter().step_by(2).flat_map(|rows| rows[..90.min(rows.len())].to_vec()).collect();
    let all = shelves.iter().enumerate();
    let rest: Vec<Row> = all
        .flat_map(|(at, rows)| if at % 2 == 0 { rows[90.min(rows.len())..].to_vec() } else { rows.clone() })
        .collect();
    for rows in [first, rest] {
        insert::<ShelfEvent>(pool, rows).await.expect("the events are taken");
    }
    assert_eq!(rows_are_folds::<ShelfEvent>(pool).await, shelves.len());
    database.close().await;
}

#[tokio::test]
async fn a_fold_of_the_log_collects_the_same_members_and_shows_each_state_between() {
    let database = with_events::<ShelfEvent>("bigint").await;
    let pool = database.pool();
    let shelves = shelves();
    insert::<ShelfEvent>(pool, shelves.concat()).await.expect("the events are stored");
    run(pool, ShelfEvent::MIGRATION_SQL).await.expect("the migration folds them");
    assert_eq!(rows_are_folds::<ShelfEvent>(pool).await, shelves.len());
    assert_eq!(count(pool, "SELECT shelf_events_rollup_rebuild(NULL::bigint[])").await, 0);
    for version in [60, 66, 131, 250, 700] {
        let other = format!(
            "SELECT count(*) FILTER (WHERE f.es_state IS DISTINCT FROM a) + (count(*) - 1)
             FROM shelf_events_rollup_fold(ARRAY[2::bigint], NULL, NULL, false, NULL, NULL, true) AS f,
               shelf_events_rollup_at(2::bigint, {version}) AS a
             WHERE (f.es_state).version = {version}"
        );
        assert_eq!(count(pool, &other).await, 0, "the state at {version}");
    }
    database.close().await;
}

#[tokio::test]
async fn what_is_collected_of_an_entity_that_is_then_folded_from_the_log_is_forgotten() {
    let database = installed::<ShelfEvent>("bigint").await;
    let pool = database.pool();
    let (one, other) = (stream(1, 80, 300, 500), stream(2, 80, 300, 20));
    insert::<ShelfEvent>(pool, one[..100].to_vec()).await.expect("the events are taken");
    unseen(pool, one[400..401].to_vec()).await;
    let rest = [&one[100..400], &one[401..], &other].concat();
    insert::<ShelfEvent>(pool, rest).await.expect("the events are taken");
    assert_eq!(rows_are_folds::<ShelfEvent>(pool).await, 2);
    let (third, last) = (stream(3, 80, 300, 500), stream(3, 80, 300, 501).pop().expect("an event"));
    unseen(pool, third).await;
    insert::<ShelfEvent>(pool, [last]).await.expect("the event is taken");
    assert_eq!(rows_are_folds::<ShelfEvent>(pool).await, 3);
    database.close().await;
}

/// What is collected is merged when it is more than memory should hold, and again at the end.
#[tokio::test]
async fn a_hundred_thousand_changes_of_a_set_are_merged_in_between() {
    let database = installed::<ShelfEvent>("bigint").await;
    let pool = database.pool();
    let mut rows = stream(1, 100, 150, 200);
    let mut numbers = Numbers(5);
    for half in 0..2 {
        let tags: Vec<Value> = (0..100_001).map(|_| tag(numbers.below(150) + half * 100)).collect();
        rows.push(row(1, 0, json!({"type": "AllTagged", "tags": tags})));
        rows.extend((0..300).map(|_| row(1, 0, change(&mut numbers, 300))));
    }
    for (row, sequence) in rows.iter_mut().zip(1..) {
        row.sequence = sequence;
    }
    rows.extend(stream(2, 10, 20, 100));
    insert::<ShelfEvent>(pool, rows).await.expect("the events are taken");
    assert_eq!(rows_are_folds::<ShelfEvent>(pool).await, 2);
    assert_eq!(count(pool, "SELECT shelf_events_rollup_rebuild(NULL::bigint[])").await, 0);
    database.close().await;
}

#[tokio::test]
async fn a_check_of_a_set_sees_each_of_many_changes() {
    let database = installed::<BoxEvent>("bigint").await;
    let pool = database.pool();
    let filled = |from: i32, to: i32| {
        (from..=to).map(|sequence| row(1, sequence, json!({"type": "Filled", "thing": sequence})))
    };
    let emptied = |sequence: i32| row(1, sequence, json!({"type": "Emptied", "thing": 7}));
    // The last event is within the bounds again, but the one before it was not.
    let too_many: Vec<Row> = filled(1, 101).chain([emptied(102)]).collect();
    let refused = refusal(insert::<BoxEvent>(pool, too_many).await);
    assert_eq!((refused.code(), refused.constraint()), ("23514", Some("few")));
    assert!(refused.message().starts_with("event 101 (Filled) of entity 1 "), "{}", refused.message());
    let enough: Vec<Row> = filled(1, 100).chain([emptied(101)]).chain(filled(102, 102)).collect();
    insert::<BoxEvent>(pool, enough).await.expect("the events are taken");
    assert_eq!(rows_are_folds::<BoxEvent>(pool).await, 1);
    database.close().await;
}
