//! The history: a row of each entity for each of its events.

use crate::support::{event_table, insert_into, refusal, run};
use es_rollup::Rollup;
use es_rollup_core::emit;
use es_rollup_core::model::{Model, Order, Trigger};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;

#[derive(Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "meter_events", id = i64, table = "meters", history)]
pub(crate) enum MeterEvent {
    #[rollup(create)]
    Mounted,
    #[rollup(count = "readings")]
    Read {
        #[rollup(set)]
        value: i64,
    },
    #[rollup(ignore)]
    Cleaned,
    #[rollup(delete)]
    Removed,
}

fn mounted() -> Value {
    json!({"type": "mounted"})
}

fn read(value: i64) -> Value {
    json!({"type": "read", "value": value})
}

fn cleaned() -> Value {
    json!({"type": "cleaned"})
}

fn removed() -> Value {
    json!({"type": "removed"})
}

/// Meters with both forms of the trigger, each in a database of its own, and the migration.
async fn with_meters<Work: AsyncFn(&PgPool, &str)>(order: Order, work: Work) {
    for trigger in Trigger::ALL {
        let database = Database::create().await;
        let pool = database.pool();
        let mut model = Model::read(MeterEvent::MODEL).expect("the model of an enum is read");
        model.trigger = trigger;
        model.store.order = order;
        run(pool, &event_table("meter_events", "bigint")).await.expect("the event table is made");
        let migration = emit::text(&model, emit::migration(&model));
        run(pool, &migration).await.expect("the migration is applied");
        work(pool, &migration).await;
        database.close().await;
    }
}

/// Inserts events of one meter in one statement.
async fn insert(pool: &PgPool, events: impl IntoIterator<Item = (i32, Value)>) -> sqlx::Result<()> {
    insert_into("meter_events", pool, events).await
}

/// The same while the triggers are off.
async fn store_unseen(pool: &PgPool, events: impl IntoIterator<Item = (i32, Value)>) {
    run(pool, "ALTER TABLE meter_events DISABLE TRIGGER USER").await.expect("switched off");
    insert(pool, events).await.expect("they are stored");
    run(pool, "ALTER TABLE meter_events ENABLE TRIGGER USER").await.expect("switched on");
}

/// The rows of the history: version, value, readings.
async fn kept(pool: &PgPool) -> Vec<String> {
    let sql = "SELECT format('%s: %s of %s', version, coalesce(value::text, '-'), readings)
               FROM meters_history ORDER BY id, version";
    sqlx::query_scalar(sql).fetch_all(pool).await.expect("the rows are read")
}

async fn version(pool: &PgPool) -> Option<i64> {
    sqlx::query_scalar("SELECT version FROM meters").fetch_optional(pool).await.expect("the row is read")
}

/// Whether the trigger runs for each row.
async fn is_by_row(pool: &PgPool) -> bool {
    let sql = "SELECT tgtype & 1 = 1 FROM pg_trigger WHERE tgname = 'meters'";
    sqlx::query_scalar(sql).fetch_one(pool).await.expect("the trigger is there")
}

#[tokio::test]
async fn the_nth_row_is_the_fold_of_the_first_n_events() {
    with_meters(Order::Contiguous, async |pool, _| {
        insert(pool, [(1, mounted())]).await.expect("a good event");
        insert(pool, [(2, read(7))]).await.expect("a good event");
        insert(pool, [(4, read(8)), (3, cleaned())]).await.expect("good events");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 7 of 1", "3: 7 of 1", "4: 8 of 2"]);
    })
    .await;
}

#[tokio::test]
async fn it_outlives_the_entity_and_nothing_comes_after() {
    for (order, late) in [(Order::Contiguous, 4), (Order::Increasing, 40)] {
        with_meters(order, async |pool, _| {
            insert(pool, [(1, mounted()), (2, read(7)), (3, removed())]).await.expect("good events");
            let rows = ["1: - of 0", "2: 7 of 1"];
            assert_eq!((version(pool).await, kept(pool).await), (None, rows.map(String::from).to_vec()));
            for events in [vec![(late, mounted())], vec![(late, read(8)), (late + 1, read(9))]] {
                let error = refusal(insert(pool, events).await);
                assert_eq!((error.code(), error.table()), ("RU011", Some("meters")), "{error}");
                assert_eq!(kept(pool).await, rows);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_that_comes_too_late_leaves_it_alone() {
    with_meters(Order::Increasing, async |pool, _| {
        insert(pool, [(10, mounted()), (20, read(7))]).await.expect("good events");
        let rows = ["10: - of 0", "20: 7 of 1"];
        for events in [vec![(15, read(8))], vec![(15, read(8)), (30, read(9))]] {
            let error = refusal(insert(pool, events).await);
            assert_eq!(error.code(), "RU002", "{error}");
            assert_eq!((version(pool).await, kept(pool).await), (Some(20), rows.map(String::from).to_vec()));
        }
    })
    .await;
}

/// Nothing is left that it could come too late for, and the log without it is not the one that is stored.
#[tokio::test]
async fn a_late_event_of_an_ended_entity_is_kept_where_it_belongs() {
    with_meters(Order::Increasing, async |pool, _| {
        insert(pool, [(10, mounted()), (20, read(7)), (30, removed())]).await.expect("good events");
        insert(pool, [(25, read(8))]).await.expect("an event before the last");
        let rows = ["10: - of 0", "20: 7 of 1", "25: 8 of 2"];
        assert_eq!((version(pool).await, kept(pool).await), (None, rows.map(String::from).to_vec()));
        insert(pool, [(28, read(9)), (27, cleaned())]).await.expect("events before the last");
        let rows = ["10: - of 0", "20: 7 of 1", "25: 8 of 2", "27: 8 of 2", "28: 9 of 3"];
        assert_eq!((version(pool).await, kept(pool).await), (None, rows.map(String::from).to_vec()));
        let wrong: i64 =
            sqlx::query_scalar("SELECT meters_rebuild(ARRAY[1])").fetch_one(pool).await.expect("a count");
        assert_eq!(wrong, 0);
    })
    .await;
}

/// Refuses an insert since the row of version 2 is missing, and changes nothing.
async fn is_refused(pool: &PgPool, outcome: sqlx::Result<()>) {
    let error = refusal(outcome);
    assert_eq!((error.code(), error.table()), ("55000", Some("meters_history")), "{error}");
    let message = "the history \"public\".\"meters_history\" of entity 1 has no row for version 2";
    assert_eq!(error.message(), message);
    assert!(error.hint().is_some_and(|hint| hint.contains("meters_rebuild")), "{error:?}");
    assert_eq!((version(pool).await, kept(pool).await), (Some(2), vec!["1: - of 0".to_string()]));
}

/// Two events of a meter, of which the history lacks the second.
async fn begin_with_a_hole(pool: &PgPool) {
    insert(pool, [(1, mounted()), (2, read(7))]).await.expect("good events");
    run(pool, "DELETE FROM meters_history WHERE version = 2").await.expect("the owner may");
}

async fn is_whole_after_a_rebuild(pool: &PgPool) {
    run(pool, "SELECT meters_rebuild(ARRAY[1])").await.expect("it is rebuilt");
    assert_eq!(kept(pool).await, ["1: - of 0", "2: 7 of 1", "3: 8 of 2", "4: 9 of 3"]);
}

/// Several events of a statement are folded from the row that was kept after the one before them. An event alone is not:
/// its row is written beside that of the rollup.
#[tokio::test]
async fn several_events_are_refused_where_the_row_before_them_is_missing() {
    with_meters(Order::Contiguous, async |pool, _| {
        begin_with_a_hole(pool).await;
        let both = insert(pool, [(3, read(8)), (4, read(9))]).await;
        if is_by_row(pool).await {
            both.expect("each event is alone");
            assert_eq!(kept(pool).await, ["1: - of 0", "3: 8 of 2", "4: 9 of 3"]);
        } else {
            is_refused(pool, both).await;
            run(pool, "SELECT meters_rebuild(ARRAY[1])").await.expect("it is rebuilt");
            insert(pool, [(3, read(8)), (4, read(9))]).await.expect("good events");
        }
        is_whole_after_a_rebuild(pool).await;
    })
    .await;
}

/// Where something is on the rollup, no event takes the short way.
#[tokio::test]
async fn an_event_that_takes_no_short_way_is_refused_where_the_row_before_it_is_missing() {
    with_meters(Order::Contiguous, async |pool, _| {
        begin_with_a_hole(pool).await;
        let observed = "CREATE FUNCTION observe() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
                        CREATE TRIGGER observed AFTER UPDATE ON meters FOR EACH ROW EXECUTE FUNCTION observe()";
        run(pool, observed).await.expect("a trigger of the owner's");
        is_refused(pool, insert(pool, [(3, read(8))]).await).await;
        run(pool, "SELECT meters_rebuild(ARRAY[1])").await.expect("it is rebuilt");
        insert(pool, [(3, read(8))]).await.expect("a good event");
        insert(pool, [(4, read(9))]).await.expect("a good event");
        is_whole_after_a_rebuild(pool).await;
    })
    .await;
}

#[tokio::test]
async fn events_are_caught_up_from_the_row_before_them_and_not_without_it() {
    with_meters(Order::Contiguous, async |pool, _| {
        begin_with_a_hole(pool).await;
        store_unseen(pool, [(3, read(8))]).await;
        is_refused(pool, insert(pool, [(4, read(9))]).await).await;
        run(pool, "SELECT meters_rebuild(ARRAY[1])").await.expect("it is rebuilt");
        insert(pool, [(4, read(9))]).await.expect("a good event");
        is_whole_after_a_rebuild(pool).await;
    })
    .await;
}

#[tokio::test]
async fn a_later_installation_folds_on_from_the_row_before_and_not_without_it() {
    with_meters(Order::Contiguous, async |pool, migration| {
        begin_with_a_hole(pool).await;
        store_unseen(pool, [(3, read(8)), (4, read(9))]).await;
        is_refused(pool, run(pool, migration).await).await;
        is_whole_after_a_rebuild(pool).await;
        run(pool, migration).await.expect("there is nothing left to fold");
        is_whole_after_a_rebuild(pool).await;
    })
    .await;
}

#[tokio::test]
async fn it_follows_events_that_are_changed_or_deleted() {
    with_meters(Order::Contiguous, async |pool, _| {
        insert(pool, [(1, mounted()), (2, read(7)), (3, cleaned()), (4, read(8)), (5, removed())])
            .await
            .expect("good events");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 7 of 1", "3: 7 of 1", "4: 8 of 2"]);
        run(pool, "UPDATE meter_events SET event = event || '{\"value\": 9}' WHERE sequence = 2").await.expect("changed");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 9 of 1", "3: 9 of 1", "4: 8 of 2"]);
        assert_eq!(version(pool).await, None);
        run(pool, "DELETE FROM meter_events WHERE sequence = 5").await.expect("the end is taken back");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 9 of 1", "3: 9 of 1", "4: 8 of 2"]);
        assert_eq!(version(pool).await, Some(4));
        insert(pool, [(6, removed()), (5, read(1))]).await.expect("the stream goes on and ends");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 9 of 1", "3: 9 of 1", "4: 8 of 2", "5: 1 of 3"]);
        run(pool, "DELETE FROM meter_events WHERE sequence > 3").await.expect("what is left folds");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 9 of 1", "3: 9 of 1"]);
        assert_eq!(version(pool).await, Some(3));
        // Nothing differs in the rollup's row but in the history.
        run(pool, "UPDATE meter_events SET event = '{\"type\": \"read\", \"value\": 9}' WHERE sequence = 3; DELETE FROM meter_events WHERE sequence = 3")
            .await
            .expect("what is left folds");
        assert_eq!(kept(pool).await, ["1: - of 0", "2: 9 of 1"]);
        insert(pool, [(3, removed())]).await.expect("the stream ends");
        run(pool, "DELETE FROM meter_events").await.expect("nothing is left");
        assert!(kept(pool).await.is_empty());
    })
    .await;
}
