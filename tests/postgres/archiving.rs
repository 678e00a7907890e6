//! Events that are archived and deleted: what is left of an entity begins at its base.

mod changed;
mod lost;
mod plans;
mod races;
mod refused;
mod replicated;

use crate::fixtures::{ParcelEvent, ParcelRowEvent};
use crate::support::{refusal, run};
use es_rollup::{ErrorKind, Rollup};
use es_rollup_test_server::Database;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgExecutor, PgPool};

/// Both forms: the event table, the migration, and what takes it away.
const FORMS: [(&str, &str, &str); 2] = [
    ("parcel_events", ParcelEvent::MIGRATION_SQL, ParcelEvent::REVERT_SQL),
    ("parcel_row_events", ParcelRowEvent::MIGRATION_SQL, ParcelRowEvent::REVERT_SQL),
];

/// A database with one of the forms.
async fn with_form((table, migration, _): (&str, &str, &str)) -> Database {
    let database = Database::create().await;
    run(database.pool(), &crate::support::event_table(table, "bigint")).await.expect("the event table");
    run(database.pool(), migration).await.expect("the migration is applied");
    database
}

/// The same with parcels of six events each.
async fn with_parcels(form: (&str, &str, &str), parcels: i64) -> Database {
    let database = with_form(form).await;
    for id in 1..=parcels {
        append(database.pool(), form.0, id, 1, &course()).await.expect("good events are taken");
    }
    database
}

fn sent() -> Value {
    json!({"type": "sent", "from": "Bern", "insured": 0.1})
}

fn packed(item: &str, grams: i32) -> Value {
    json!({"type": "packed", "item": item, "grams": grams})
}

fn moved(to: &str) -> Value {
    json!({"type": "moved", "to": to})
}

fn delivered() -> Value {
    json!({"type": "delivered"})
}

/// Six events of one parcel.
fn course() -> Vec<Value> {
    vec![sent(), packed("pen", 5), moved("Olten"), packed("ink", 300), moved("Basel"), packed("pen", 6)]
}

/// Inserts events from a sequence on, each recorded in the year of its sequence.
async fn append<'e>(
    executor: impl PgExecutor<'e>,
    table: &str,
    id: i64,
    first: usize,
    events: &[Value],
) -> sqlx::Result<()> {
    let rows = events.iter().zip(first..).map(|(event, sequence)| {
        format!("({id}, {sequence}, '-', '{event}', '{}-01-01 00:00:00+00')", 2000 + sequence)
    });
    let values = rows.collect::<Vec<_>>().join(", ");
    let sql = format!("INSERT INTO {table} (id, sequence, event_type, event, recorded_at) VALUES {values}");
    sqlx::query(AssertSqlSafe(sql)).persistent(false).execute(executor).await.map(drop)
}

/// The last event of an entity that is archived then.
async fn archive<'e>(executor: impl PgExecutor<'e>, table: &str, id: i64, upto: i64) -> sqlx::Result<i64> {
    let sql = format!("SELECT {table}_rollup_archive({id}, {upto})");
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_one(executor).await
}

async fn lines(pool: &PgPool, sql: String) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar(AssertSqlSafe(sql)).persistent(false).fetch_all(pool).await
}

/// All rows of the rollup, as text.
async fn rows(pool: &PgPool, table: &str) -> Vec<String> {
    let of = |suffix: &str| format!("SELECT '{suffix} ' || r::text FROM {table}_rollup{suffix} AS r");
    let all = ["", "_items", "_history"].map(of).join(" UNION ALL ");
    lines(pool, format!("{all} ORDER BY 1")).await.expect("the rows are read")
}

/// What is found to differ from the fold, and how many rows a rebuild changes.
async fn differ(pool: &PgPool, table: &str) -> (Vec<String>, String) {
    let found = lines(pool, format!("SELECT v::text FROM {table}_rollup_verify(NULL, NULL) AS v")).await;
    let changed = lines(pool, format!("SELECT {table}_rollup_rebuild(NULL)::text")).await;
    (found.expect("it is verified"), changed.expect("it is rebuilt").remove(0))
}

async fn rows_are_folds(pool: &PgPool, table: &str) {
    assert_eq!(differ(pool, table).await, (vec![], "0".into()), "{table}");
}

async fn delete(pool: &PgPool, table: &str, chosen: &str) -> sqlx::Result<()> {
    run(pool, &format!("DELETE FROM {table} WHERE {chosen}")).await
}

#[tokio::test]
async fn archived_events_can_be_deleted_and_the_rows_stay() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 2).await;
        let pool = database.pool();
        let before = rows(pool, table).await;
        assert_eq!(archive(pool, table, 1, 4).await.expect("archived"), 4);
        rows_are_folds(pool, table).await;
        delete(pool, table, "id = 1 AND sequence <= 4").await.expect("they are archived");
        assert_eq!(rows(pool, table).await, before, "{table}");
        rows_are_folds(pool, table).await;
        // What is lost is folded again from there.
        run(pool, &format!("DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items"))
            .await
            .expect("gone");
        let (found, changed) = differ(pool, table).await;
        assert_eq!((found.len(), changed.as_str()), (6, "6"), "{table}: {found:?}");
        assert_eq!(rows(pool, table).await, before, "{table}");
        // By the next event, too.
        run(pool, &format!("DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items"))
            .await
            .expect("gone");
        append(pool, table, 1, 7, &[packed("cap", 1)]).await.expect("the stream goes on");
        append(pool, table, 2, 7, &[packed("cap", 1)]).await.expect("the stream goes on");
        rows_are_folds(pool, table).await;
        let read = |column: &str| {
            lines(pool, format!("SELECT (r.{column})::text FROM {table}_rollup AS r ORDER BY id"))
        };
        for (column, value) in
            [("version", "7"), ("things", "4"), ("route", "{Olten,Basel}"), ("insured", "0.1")]
        {
            assert_eq!(read(column).await.expect("read"), [value, value], "{table}");
        }
        // All of them can go.
        assert_eq!(archive(pool, table, 1, 7).await.expect("archived"), 7);
        assert_eq!(archive(pool, table, 1, 5).await.expect("archived before"), 7);
        delete(pool, table, "id = 1").await.expect("they are archived");
        rows_are_folds(pool, table).await;
        append(pool, table, 1, 8, &[moved("Genf")]).await.expect("the stream goes on");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn an_entity_is_shown_as_it_was_from_its_base_on() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        let shown = |call: String| lines(pool, format!("SELECT r::text FROM {table}_rollup{call} AS r"));
        let calls = [
            "_at(1, 4)",
            "_at(1, 5)",
            "_items_at(1, 4)",
            "_items_at(1, 5)",
            "_as_of(1, '2004-06-01')",
            "_items_as_of(1, '2005-06-01')",
        ];
        let mut before = Vec::new();
        for call in calls {
            before.push(shown(call.into()).await.expect("all events are there"));
        }
        let changes = shown("_changes(1)".into()).await.expect("all events are there");
        archive(pool, table, 1, 4).await.expect("archived");
        delete(pool, table, "sequence <= 4").await.expect("they are archived");
        for (call, before) in calls.iter().zip(before) {
            assert_eq!(shown((*call).into()).await.expect("not before the base"), before, "{table}{call}");
        }
        for call in
            ["_at(1, 3)", "_items_at(1, 3)", "_as_of(1, '2003-06-01')", "_items_as_of(1, '2003-06-01')"]
        {
            let error = refusal(shown(call.into()).await.map(drop));
            assert_eq!(error.code(), "RU001", "{call}");
            assert_eq!(
                error.message(),
                format!(
                    "entity 1 in \"public\".\"{table}\" is archived up to event 4: what it was before is not known"
                )
            );
        }
        let later: Vec<String> =
            changes.into_iter().filter(|line| line.starts_with("(5,") || line.starts_with("(6,")).collect();
        assert_eq!(shown("_changes(1)".into()).await.expect("those above the base"), later);
        assert_eq!(
            lines(pool, format!("SELECT version::text FROM {table}_rollup_history ORDER BY version"))
                .await
                .expect("kept"),
            ["1", "2", "3", "4", "5", "6"]
        );
        database.close().await;
    }
}

#[tokio::test]
async fn an_entity_that_has_ended_leaves_nothing_but_its_end() {
    for form in FORMS {
        let (table, migration, _) = form;
        let database = with_form(form).await;
        let pool = database.pool();
        let course = [course(), vec![delivered()]].concat();
        for id in 1..=2 {
            append(pool, table, id, 1, &course).await.expect("taken");
        }
        // One up to its end, and one up to an event before it.
        archive(pool, table, 1, 7).await.expect("archived");
        archive(pool, table, 2, 3).await.expect("archived");
        rows_are_folds(pool, table).await;
        delete(pool, table, "id = 1 OR sequence <= 3").await.expect("they are archived");
        rows_are_folds(pool, table).await;
        let before = rows(pool, table).await;
        run(pool, migration).await.expect("neither comes back");
        assert_eq!(rows(pool, table).await, before, "{table}");
        for id in 1..=2 {
            for (first, kind) in [(1, ErrorKind::Replay), (8, ErrorKind::Deleted)] {
                let error = refusal(append(pool, table, id, first, &[sent()]).await);
                assert_eq!(error.code(), kind.sqlstate(), "{table}, {id}, {first}: {error}");
            }
        }
        // Without the last events, the entity is what it was at its base.
        delete(pool, table, "id = 2").await.expect("what is left folds");
        rows_are_folds(pool, table).await;
        let places = lines(pool, format!("SELECT concat(id, ' ', version, ' ', place) FROM {table}_rollup"));
        assert_eq!(places.await.expect("read"), ["2 3 Olten"]);
        // Without its base, nothing is known of it.
        run(pool, &format!("DELETE FROM {table}_rollup_base; SELECT {table}_rollup_rebuild(NULL)"))
            .await
            .expect("all is forgotten");
        assert_eq!(rows(pool, table).await.len(), 0);
        append(pool, table, 1, 1, &[sent()]).await.expect("the id is free");
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}

#[tokio::test]
async fn what_becomes_of_archived_events_changes_nothing_and_what_becomes_of_others_is_followed() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        archive(pool, table, 1, 3).await.expect("archived");
        let before = rows(pool, table).await;
        let update = |sequence: i32| {
            let event = moved("Chur");
            format!("UPDATE {table} SET event = '{event}' WHERE sequence = {sequence}")
        };
        run(pool, &update(2)).await.expect("nobody reads it");
        assert_eq!(rows(pool, table).await, before);
        rows_are_folds(pool, table).await;
        run(pool, &update(5)).await.expect("what is left folds");
        rows_are_folds(pool, table).await;
        let places = lines(pool, format!("SELECT place || route::text FROM {table}_rollup")).await;
        assert_eq!(places.expect("read"), ["Chur{Olten,Chur}"]);
        let error = refusal(delete(pool, table, "sequence = 4").await);
        assert_eq!(error.code(), "RU001", "{error}");
        database.close().await;
    }
}

#[tokio::test]
async fn a_base_holds_each_value_as_a_text() {
    for form in FORMS {
        let (table, ..) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        archive(pool, table, 1, 4).await.expect("archived");
        let kept = lines(
            pool,
            format!(
                "SELECT concat_ws(' ', version, recorded_at AT TIME ZONE 'utc', event_types, state, views) FROM {table}_rollup_base"
            ),
        );
        assert_eq!(
            kept.await.expect("the base"),
            [concat!(
                "4 2004-01-01 00:00:00 {moved,packed,sent} ",
                "{\"place\": \"Olten\", \"route\": \"{Olten}\", \"things\": \"2\", \"insured\": \"0.1\", ",
                "\"created_at\": \"2001-01-01 00:00:00+00\", \"modified_at\": \"2004-01-01 00:00:00+00\"} ",
                "{\"items\": [",
                "{\"item\": \"ink\", \"grams\": \"300\", \"version\": \"4\", ",
                "\"created_at\": \"2004-01-01 00:00:00+00\", \"modified_at\": \"2004-01-01 00:00:00+00\"}, ",
                "{\"item\": \"pen\", \"grams\": \"5\", \"version\": \"2\", ",
                "\"created_at\": \"2002-01-01 00:00:00+00\", \"modified_at\": \"2002-01-01 00:00:00+00\"}]}",
            )]
        );
        database.close().await;
    }
}

#[tokio::test]
async fn bases_that_are_restored_before_the_events_are_where_these_begin() {
    for form in FORMS {
        let (table, ..) = form;
        let (database, other) = (with_form(form).await, with_form(form).await);
        let (from, to) = (database.pool(), other.pool());
        append(from, table, 1, 1, &course()).await.expect("taken");
        append(from, table, 2, 1, &[course(), vec![delivered()]].concat()).await.expect("taken");
        append(from, table, 3, 1, &course()).await.expect("taken");
        archive(from, table, 1, 4).await.expect("archived");
        archive(from, table, 2, 7).await.expect("archived");
        delete(from, table, "id = 2 OR id = 1 AND sequence <= 4").await.expect("they are archived");
        for table in [format!("{table}_rollup_base"), format!("{table}_rollup_history"), table.into()] {
            let kept = lines(from, format!("SELECT to_jsonb(t)::text FROM {table} AS t ORDER BY t")).await;
            for row in kept.expect("the rows are read") {
                let row = row.replace('\'', "''");
                let sql = format!(
                    "INSERT INTO {table} SELECT r.* FROM jsonb_populate_record(NULL::{table}, '{row}') AS r"
                );
                run(to, &sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            }
        }
        assert_eq!(rows(to, table).await, rows(from, table).await, "{table}");
        rows_are_folds(to, table).await;
        database.close().await;
        other.close().await;
    }
}

#[tokio::test]
async fn an_archived_event_that_stays_is_not_read_again() {
    for form in FORMS {
        let (table, migration, _) = form;
        let database = with_parcels(form, 1).await;
        let pool = database.pool();
        append(pool, table, 2, 1, &[course(), vec![delivered()]].concat()).await.expect("taken");
        archive(pool, table, 1, 4).await.expect("archived");
        archive(pool, table, 2, 7).await.expect("archived");
        let spoilt = "event = '{\"type\": \"unknown\"}', recorded_at = 'infinity'";
        run(pool, &format!("UPDATE {table} SET {spoilt} WHERE sequence <= 3"))
            .await
            .expect("nobody reads it");
        archive(pool, table, 1, 6).await.expect("archived");
        let base = format!(
            "SELECT concat(recorded_at AT TIME ZONE 'utc', event_types) FROM {table}_rollup_base WHERE id = 1"
        );
        assert_eq!(lines(pool, base).await.expect("the base"), ["2006-01-01 00:00:00{moved,packed,sent}"]);
        rows_are_folds(pool, table).await;
        // Nor by the migration, which has nothing to fold but what is missing.
        delete(pool, table, "id = 1 OR sequence = 7").await.expect("they are archived");
        run(pool, &format!("SET LOCAL es_rollup.history_limit = 2; {migration}"))
            .await
            .expect("nothing is left to do");
        let before = rows(pool, table).await;
        run(pool, &format!("DELETE FROM {table}_rollup; DELETE FROM {table}_rollup_items"))
            .await
            .expect("gone");
        run(pool, migration).await.expect("what is missing is folded");
        assert_eq!(rows(pool, table).await, before);
        rows_are_folds(pool, table).await;
        database.close().await;
    }
}
