//! Whole states, read by one query.

use crate::security::{acting, forget, with_role};
use crate::support::{migration, run};
use chrono::{DateTime, Utc};
use es_rollup::{Fold, Recorded, Rollup, SqlType};
use es_rollup_test_server::Database;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgPool};
use time::OffsetDateTime;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub(crate) enum Grade {
    First,
    SecondHand,
}

/// A cart whose items have a column of each kind of type that JSON has a form of its own for.
#[derive(Debug, Clone, Serialize, Deserialize, Rollup)]
#[expect(clippy::large_enum_variant, reason = "only a few events are made")]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "cart_events", id = i64, table = "carts")]
#[rollup(derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow))]
#[rollup(view(items, key(item, place), state = Item))]
#[rollup(view(last, state = Last))]
pub(crate) enum CartEvent {
    #[rollup(create)]
    Opened,
    #[rollup(items(create, set, at = "added_at"), last(add, set, count = "times"))]
    Added {
        item: String,
        place: i32,
        price: Decimal,
        digest: Vec<u8>,
        grade: Grade,
        until: Option<OffsetDateTime>,
        prices: Vec<Decimal>,
        digests: Option<Vec<Vec<u8>>>,
        note: Value,
        weight: f64,
        #[rollup(last(max = "highest"))]
        total: i64,
        #[rollup(last(add = "fees"))]
        fee: Decimal,
        // Not one of the types that the enum's other columns have: cast from text.
        #[rollup(items(set = "seen_at", sql_type = "timestamptz"))]
        seen_at: DateTime<Utc>,
    },
    #[rollup(items(empty), last(remove))]
    Cleared,
}

fn added(item: &str, place: i32) -> CartEvent {
    CartEvent::Added {
        item: item.into(),
        place,
        price: "79228162514264337593543950.335".parse().expect("a decimal"),
        digest: vec![0, 7, 255],
        grade: Grade::SecondHand,
        until: OffsetDateTime::from_unix_timestamp_nanos(1_772_323_200_000_001_000).ok(),
        prices: vec!["1.10".parse().expect("a decimal"), Decimal::ZERO],
        digests: None,
        note: json!({"a": [null, "it's"]}),
        weight: 0.1 + 0.2,
        total: i64::MAX,
        fee: Decimal::new(10 + i64::from(place), 1),
        seen_at: DateTime::from_timestamp(-5_000_000_000, 7_000).expect("a time"),
    }
}

fn at(sequence: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_772_323_200 + sequence, 1_000).expect("a time")
}

/// Appends events, and gives their fold.
async fn append(pool: &PgPool, id: i64, events: &[CartEvent]) -> Option<CartState> {
    let mut fold = Fold::new();
    for (event, sequence) in events.iter().zip(1..) {
        fold.apply(Recorded::new(&id, sequence, at(sequence), event)).expect("the event folds");
        sqlx::query("INSERT INTO cart_events VALUES ($1, $2, $3, $4, NULL, $5)")
            .bind(id)
            .bind(i32::try_from(sequence).expect("not that many"))
            .bind(event.event_name())
            .bind(serde_json::to_value(event).expect("JSON"))
            .bind(at(sequence))
            .execute(pool)
            .await
            .expect("the event is inserted");
    }
    fold.into_state()
}

#[tokio::test]
async fn one_query_reads_a_state_that_equals_the_fold() {
    let database = Database::create().await;
    let pool = database.pool();
    run(pool, super::EVENTS).await.expect("the event table is made");
    run(pool, migration::<CartEvent>()).await.expect("the migration is applied");
    // Columns that the enum does not know are left out.
    run(pool, "ALTER TABLE carts_items ADD COLUMN comment text DEFAULT 'mine'").await.expect("a column");
    let query = format!("{} WHERE r.id = $1", CartEvent::STATE_SQL);
    // Long ago, its offset had seconds, which serde does not read.
    let mut reader = pool.acquire().await.expect("a connection");
    sqlx::query("SET TimeZone = 'Pacific/Auckland'").execute(&mut *reader).await.expect("the zone is set");
    let streams = [
        vec![CartEvent::Opened],
        vec![CartEvent::Opened, added("b", 2), added("a", 1), added("b", -1)],
        vec![CartEvent::Opened, added("b", 2), CartEvent::Cleared],
    ];
    for (events, id) in streams.iter().zip(1..) {
        let folded = append(pool, id, events).await;
        let read: Option<CartState> = sqlx::query_as(AssertSqlSafe(query.clone()))
            .bind(id)
            .fetch_optional(&mut *reader)
            .await
            .expect("the state is read");
        assert_eq!(read, folded);
    }
    let missing: Option<CartState> =
        sqlx::query_as(AssertSqlSafe(query)).bind(9_i64).fetch_optional(pool).await.expect("nothing is read");
    assert_eq!(missing, None);
    let all: Vec<CartState> = sqlx::query_as(CartEvent::STATE_SQL).fetch_all(pool).await.expect("all");
    assert_eq!(all.iter().map(|state| state.items.len()).sum::<usize>(), 3);
    drop(reader);
    database.close().await;
}

#[tokio::test]
async fn a_role_reads_states_with_select_alone_and_only_what_policies_show_it() {
    let database = Database::create().await;
    run(database.pool(), super::EVENTS).await.expect("the event table is made");
    run(database.pool(), migration::<CartEvent>()).await.expect("the migration is applied");
    append(database.pool(), 1, &[CartEvent::Opened, added("a", 1), added("b", 2)]).await;
    let grants = "GRANT SELECT ON carts, carts_items, carts_last TO app;";
    with_role(database, grants, |pool, app| async move {
        let items = async || {
            let mut reader = acting(&pool, &app).await;
            let states = sqlx::query_as(CartEvent::STATE_SQL).fetch_all(&mut *reader).await;
            let states: Vec<CartState> = states.expect("the states are read");
            forget(reader).await;
            states.iter().map(|state| state.items.len()).sum::<usize>()
        };
        assert_eq!(items().await, 2);
        let policy = "ALTER TABLE carts_items ENABLE ROW LEVEL SECURITY;
                      CREATE POLICY shown ON carts_items USING (item = 'a')";
        run(&pool, policy).await.expect("the owner may");
        assert_eq!(items().await, 1);
    })
    .await;
}
