//! A rollup is changed while many writers insert events: by old sessions, by statements of several entities, in long
//! transactions, and at each isolation level. What a change finds in the event table and what comes afterwards is folded
//! by the new model, and nothing is folded by both or by neither.

use crate::support::run;
use crate::views::cart::{self, added, created, noted, put, removed, stocked};
use crate::views::{EVENTS, insert_of_several};
use es_rollup_core::SqlType;
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::{Constraint, Model, Table, Trigger, Type, View};
use es_rollup_test_server::{Database, needs_several_connections};
use serde_json::Value;
use sqlx::error::DatabaseError;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

const WRITERS: u32 = 8;
const CARTS: i64 = 12;

/// How often each change is made and taken back by default.
const ROUNDS: usize = 3;

/// What a writer meets that was slower than another.
const AGAIN: [&str; 5] = ["23505", "RU001", "RU002", "40001", "40P01"];

pub(crate) fn with_history(mut model: Model) -> Model {
    model.history = Some(View::history(&model.root, Table::parse("carts_history")));
    model
}

/// The carts without the column that counts notes, which is the second of the items.
pub(crate) fn without_notes(mut model: Model) -> Model {
    let items = &mut model.views[0];
    items.columns.pop();
    for rule in &mut items.rules {
        rule.steps.retain(|step| step.column == 0);
    }
    items.constraints.clear();
    model
}

/// The carts with prices of a wider type.
fn with_wide_prices(mut model: Model) -> Model {
    let [narrow, wide] = [<i32 as SqlType>::SQL, <i64 as SqlType>::SQL].map(|ty| model.types.of(ty));
    let replace = |ty: &mut Type| {
        if *ty == narrow {
            *ty = wide;
        }
    };
    model
        .variants
        .iter_mut()
        .flat_map(|variant| &mut variant.fields)
        .for_each(|field| replace(&mut field.ty));
    model.views[0].columns.iter_mut().for_each(|column| replace(&mut column.ty));
    model
}

/// The carts with other names for their items and what these have.
fn with_other_names(mut model: Model) -> Model {
    let items = &mut model.views[0];
    (items.name, items.was) = ("things".into(), Some("items".into()));
    items.table = Table::parse("carts_things");
    for column in items.all_columns_mut() {
        let name = format!("{}_of_it", column.name);
        column.was = Some(std::mem::replace(&mut column.name, name));
    }
    let expression = "price_of_it >= 0".into();
    items.constraints = vec![Constraint::Check { name: "priced".into(), expression }];
    model
}

/// The models between which the rollup goes, each with what is different.
fn changes() -> Vec<(&'static str, Model, Model)> {
    let cart = || cart::model(Trigger::Statement);
    vec![
        ("a column of a view is filled", without_notes(cart()), cart()),
        ("a history is filled", cart(), with_history(cart())),
        ("the trigger gets another form", cart(), cart::model(Trigger::Row)),
        ("columns of a view get another type", cart(), with_wide_prices(cart())),
        ("a view and its columns get other names", cart(), with_other_names(cart())),
        ("views are filled", Model { views: Vec::new(), ..cart() }, cart()),
    ]
}

/// What the writers have met.
#[derive(Default)]
struct Met {
    written: AtomicU64,
    refused: AtomicU64,
    /// The longest statement, in milliseconds.
    longest: AtomicU64,
}

impl Met {
    /// Waits until the writers have written as many transactions more as there are writers.
    async fn some_write(&self) {
        let enough = self.written.load(Ordering::Relaxed) + u64::from(WRITERS);
        let wait = async {
            while self.written.load(Ordering::Relaxed) < enough {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_mins(1), wait).await.expect("somebody writes");
    }
}

/// Inserts events of several carts in each statement until it is told to end.
async fn write(pool: PgPool, writer: u32, ends: Arc<AtomicBool>, met: Arc<Met>) {
    let level = match writer % 4 {
        0 | 3 => "READ COMMITTED",
        1 => "REPEATABLE READ",
        _ => "SERIALIZABLE",
    };
    let mut connection = pool.acquire().await.expect("a connection");
    let mut round = i64::from(writer);
    while !ends.load(Ordering::Relaxed) {
        round += 1;
        let carts: Vec<i64> = vec![round % CARTS, (round * 5 + 3) % CARTS];
        let last = "SELECT coalesce(max(sequence), 0) FROM cart_events WHERE id = $1";
        let mut events: Vec<(i64, i32, Value)> = Vec::new();
        for cart in carts {
            if events.iter().any(|(other, ..)| *other == cart) {
                continue;
            }
            let last: i32 = sqlx::query_scalar(last)
                .bind(cart)
                .fetch_one(&mut *connection)
                .await
                .expect("the last event");
            let event = match last {
                0 => created(),
                1 => added("a", 1),
                last if last % 3 == 0 => noted("a"),
                last if last % 3 == 1 => put("b", last),
                _ => removed("b"),
            };
            events.push((cart, last + 1, event));
        }
        let begun = Instant::now();
        let outcome = async {
            connection.execute(AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {level}"))).await?;
            // A transaction that is older than what it writes.
            connection.execute("SELECT count(*) FROM carts").await?;
            if round % 9 == 0 {
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            insert_of_several(&mut connection, &events).await?;
            if round % 7 == 0 {
                tokio::time::sleep(Duration::from_millis(40)).await;
            }
            connection.execute("COMMIT").await.map(drop)
        };
        match outcome.await {
            Ok(()) => drop(met.written.fetch_add(1, Ordering::Relaxed)),
            Err(error) => {
                let code = error.as_database_error().and_then(DatabaseError::code).unwrap_or_default();
                assert!(AGAIN.contains(&&*code), "{error:?}");
                met.refused.fetch_add(1, Ordering::Relaxed);
                connection.execute("ROLLBACK").await.expect("it is rolled back");
            }
        }
        let took = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        met.longest.fetch_max(took, Ordering::Relaxed);
    }
}

/// The rows of all tables that a rebuild changes.
pub(crate) async fn drift(pool: &PgPool) -> i64 {
    sqlx::query_scalar("SELECT carts_rebuild(NULL)").fetch_one(pool).await.expect("every stream folds")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rollup_is_changed_and_taken_back_while_many_write() {
    needs_several_connections!();
    for (what, old, new) in changes() {
        change_while_many_write(what, &old, &new, async |pool, migration| run(pool, migration).await).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_are_filled_after_a_change_while_many_write() {
    needs_several_connections!();
    for (what, old, new) in changes() {
        let fillable = evolve::diff(&old, &new).expect("a change").alteration.fillable;
        if !fillable {
            continue;
        }
        change_while_many_write(what, &old, &new, async |pool, migration| {
            run(pool, &format!("SET LOCAL es_rollup.history_limit = 0;\n{migration}")).await?;
            if is_filling(pool).await {
                tokio::time::sleep(Duration::from_millis(40)).await;
                // Small batches, so that there are many.
                run_outside(pool, "CALL carts_fill(15)").await?;
            }
            Ok(())
        })
        .await;
    }
}

/// Whether the rows of the carts are still to be filled.
pub(crate) async fn is_filling(pool: &PgPool) -> bool {
    let filling = "SELECT to_regclass('carts_es_todo') IS NOT NULL";
    sqlx::query_scalar(filling).fetch_one(pool).await.expect("the catalog")
}

/// Runs SQL outside any transaction.
pub(crate) async fn run_outside(pool: &PgPool, sql: &str) -> sqlx::Result<()> {
    pool.execute(AssertSqlSafe(sql.to_string())).await.map(drop)
}

/// Changes the rollup back and forth in several rounds, and compares its rows with the fold after each change.
async fn change_while_many_write(
    what: &str,
    old: &Model,
    new: &Model,
    change: impl AsyncFn(&PgPool, &str) -> sqlx::Result<()>,
) {
    let rounds = std::env::var("ES_ROLLUP_ROUNDS").map_or(ROUNDS, |rounds| rounds.parse().expect("a number"));
    let database = Database::create().await;
    let options = PgPoolOptions::new().max_connections(WRITERS + 1);
    let pool = options.connect(database.url()).await.expect("connections");
    run(&pool, EVENTS).await.expect("the event table is made");
    run(&pool, &emit::text(old, emit::migration(old))).await.expect("the migration is applied");
    let [up, down] =
        [(old, new), (new, old)].map(|(from, to)| evolve::migration(from, to).expect("a change"));
    let (ends, met) = (Arc::new(AtomicBool::new(false)), Arc::new(Met::default()));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(pool.clone(), writer, ends.clone(), met.clone()));
    }
    let mut drifts = Vec::new();
    for round in 0..rounds {
        for migration in [&up, &down] {
            met.some_write().await;
            let outcome = change(&pool, migration).await;
            outcome.unwrap_or_else(|error| panic!("{what}, round {round}: {error}"));
            drifts.push(drift(&pool).await);
        }
    }
    met.some_write().await;
    ends.store(true, Ordering::Relaxed);
    writers.join_all().await;
    drifts.push(drift(&pool).await);
    let [written, refused, longest] =
        [&met.written, &met.refused, &met.longest].map(|count| count.load(Ordering::Relaxed));
    println!("{what}: {written} transactions, {refused} tried again, longest {longest} ms");
    assert!(drifts.iter().all(|drift| *drift == 0), "{what}: {drifts:?}");
    pool.close().await;
    database.close().await;
}

/// The rows that a change has made are not there for a snapshot from before it, and neither is any row of a table that it
/// has written anew: an event that deletes one of them would leave it.
#[tokio::test]
async fn a_transaction_with_an_older_snapshot_has_to_try_again() {
    needs_several_connections!();
    let cart = || cart::model(Trigger::Statement);
    let without = Model { views: Vec::new(), ..cart() };
    for (old, new) in [(without, cart()), (cart(), with_wide_prices(cart()))] {
        for level in ["REPEATABLE READ", "SERIALIZABLE"] {
            let database = Database::create().await;
            let pool = database.pool();
            run(pool, EVENTS).await.expect("the event table is made");
            run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
            let mut writer = pool.acquire().await.expect("a connection");
            // Without a price, so that the row of the item is folded to what it is in an empty table.
            let events = [(1, 1, created()), (1, 2, stocked(&[("b", None)]))];
            insert_of_several(&mut writer, &events).await.expect("good events");
            let begin = format!("BEGIN ISOLATION LEVEL {level}");
            writer.execute(AssertSqlSafe(begin)).await.expect("a transaction");
            writer.execute("SELECT count(*) FROM pg_class").await.expect("a snapshot");
            run(pool, &evolve::migration(&old, &new).expect("a change")).await.expect("it is changed");
            let removed = [(1, 3, removed("b"))];
            let error = insert_of_several(&mut writer, &removed).await.expect_err("its snapshot is too old");
            assert_eq!(error.as_database_error().and_then(DatabaseError::code).as_deref(), Some("40001"));
            writer.execute("ROLLBACK").await.expect("it is rolled back");
            insert_of_several(&mut writer, &removed).await.expect("a good event");
            let left = "SELECT count(*) FROM carts_items";
            let left: i64 = sqlx::query_scalar(left).fetch_one(pool).await.expect("counted");
            assert_eq!((left, drift(pool).await), (0, 0));
            drop(writer);
            database.close().await;
        }
    }
}

/// Only rows that differ are written: a column of somebody else keeps its values, and so does what refers to a row.
#[tokio::test]
async fn a_change_keeps_what_somebody_has_in_the_rows_of_a_view() {
    let database = Database::create().await;
    let pool = database.pool();
    let new = cart::model(Trigger::Statement);
    let old = with_wide_prices(cart::model(Trigger::Statement));
    run(pool, EVENTS).await.expect("the event table is made");
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    let mut session = pool.acquire().await.expect("a connection");
    let events = [(1, 1, created()), (1, 2, stocked(&[("a", Some(1)), ("b", None)]))];
    insert_of_several(&mut session, &events).await.expect("good events");
    run(
        pool,
        "ALTER TABLE carts_items ADD COLUMN remark text;
         UPDATE carts_items SET remark = 'of ' || item;
         CREATE TABLE pictures (id bigint, item text, FOREIGN KEY (id, item) REFERENCES carts_items);
         INSERT INTO pictures SELECT id, item FROM carts_items;",
    )
    .await
    .expect("somebody adds to it");
    for (from, to) in [(&old, &new), (&new, &old)] {
        run(pool, &evolve::migration(from, to).expect("a change")).await.expect("it is changed");
        let kept =
            "SELECT string_agg(remark, ', ' ORDER BY item) FROM carts_items JOIN pictures USING (id, item)";
        let kept: Option<String> = sqlx::query_scalar(kept).fetch_one(pool).await.expect("the rows are read");
        assert_eq!((kept.as_deref(), drift(pool).await), (Some("of a, of b"), 0));
    }
    drop(session);
    database.close().await;
}

/// With the table of a view, a column of somebody else would go, and what rows of another table refer to.
#[tokio::test]
async fn a_change_refuses_to_drop_a_table_that_somebody_uses() {
    let database = Database::create().await;
    let pool = database.pool();
    let old = cart::model(Trigger::Statement);
    let new = Model { views: Vec::new(), ..cart::model(Trigger::Statement) };
    run(pool, EVENTS).await.expect("the event table is made");
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    for (make, drop, expected) in [
        (
            "ALTER TABLE carts_items ADD COLUMN remark text",
            "ALTER TABLE carts_items DROP COLUMN remark",
            "the column remark of \"public\".\"carts_items\" is not the rollup's, but the migration drops the table",
        ),
        (
            "CREATE TABLE pictures (id bigint, item text, FOREIGN KEY (id, item) REFERENCES carts_items)",
            "DROP TABLE pictures",
            "public.pictures refers to \"public\".\"carts_items\" by a foreign key, but the migration drops that table",
        ),
    ] {
        is_refused(pool, make, &evolve::migration(&old, &new).expect("a change"), expected).await;
        run(pool, drop).await.expect("it is dropped");
    }
    run(pool, &evolve::migration(&old, &new).expect("a change")).await.expect("nothing is in the way");
    database.close().await;
}

#[tokio::test]
async fn a_change_refuses_a_constraint_that_has_the_name_of_its_own() {
    let database = Database::create().await;
    let pool = database.pool();
    let (old, new) = (without_notes(cart::model(Trigger::Statement)), cart::model(Trigger::Statement));
    run(pool, EVENTS).await.expect("the event table is made");
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    let up = evolve::migration(&old, &new).expect("a change");
    let make = "ALTER TABLE carts_items ADD CONSTRAINT priced CHECK (price < 100)";
    let expected =
        "priced already exists, but a constraint or index of \"public\".\"carts_items\" needs that name";
    is_refused(pool, make, &up, expected).await;
    run(pool, "ALTER TABLE carts_items DROP CONSTRAINT priced").await.expect("it is dropped");
    run(pool, &up).await.expect("nothing is in the way");
    database.close().await;
}

#[tokio::test]
async fn a_change_refuses_a_column_that_has_the_name_of_its_own() {
    let database = Database::create().await;
    let pool = database.pool();
    let (old, new) = (without_notes(cart::model(Trigger::Statement)), cart::model(Trigger::Statement));
    run(pool, EVENTS).await.expect("the event table is made");
    run(pool, &emit::text(&old, emit::migration(&old))).await.expect("the migration is applied");
    let up = evolve::migration(&old, &new).expect("a change");
    let make = "ALTER TABLE carts_items ADD COLUMN notes text";
    let expected = "the column notes of \"public\".\"carts_items\" is not the rollup's, but the migration needs that name";
    is_refused(pool, make, &up, expected).await;
    run(pool, "ALTER TABLE carts_items RENAME COLUMN notes TO remarks").await.expect("it is renamed");
    run(pool, &up).await.expect("nothing is in the way");
    database.close().await;
}

/// Whether the migration is refused once something is there.
async fn is_refused(pool: &PgPool, make: &str, migration: &str, expected: &str) {
    run(pool, make).await.expect("it is made");
    let error = run(pool, migration).await.expect_err("it is refused");
    let error = error.as_database_error().expect("the database refuses");
    assert_eq!((error.code().as_deref(), error.message()), (Some("RU020"), expected));
}
