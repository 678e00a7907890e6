//! Large logs: a first installation, and how long a fill and the inserts beside it take.

use super::{CARTS, go_on, insert, models, number, told};
use crate::changing::{drift, is_filling, run_outside, without_notes};
use crate::support::run;
use crate::views::EVENTS;
use crate::views::cart::{self, added, created, noted};
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::Trigger;
use es_rollup_test_server::{Database, needs_several_connections};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_first_installation_over_many_events_is_filled_too() {
    for trigger in Trigger::ALL {
        let database = Database::create().await;
        let pool = database.pool();
        let [_, new] = models(trigger);
        run(pool, EVENTS).await.expect("the event table is made");
        for cart in 1..=CARTS {
            let stream = [(cart, 1, created()), (cart, 2, added("a", 1)), (cart, 3, noted("a"))];
            insert(pool, &stream).await.expect("nobody looks at them yet");
        }
        insert(pool, &[(1, 4, cart::ended())]).await.expect("nobody looks at it yet");
        let installation = emit::installation(&new);
        run(pool, &format!("SET LOCAL es_rollup.history_limit = 10;\n{installation}"))
            .await
            .expect("it is installed");
        assert!(is_filling(pool).await);
        assert_eq!(number(pool, "SELECT count(*) FROM carts").await, 0);
        insert(pool, &[(2, 4, noted("a")), (99, 1, created())]).await.expect("good events");
        assert_eq!(number(pool, "SELECT notes::bigint FROM carts_items WHERE id = 2").await, 2);
        assert_eq!(told(insert(pool, &[(1, 5, noted("a"))]).await).0, "RU011");
        assert_eq!(told(insert(pool, &[(3, 5, noted("a"))]).await).0, "RU001");
        assert_eq!(told(run(pool, &installation).await).0, "RU020");
        run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
        assert!(!is_filling(pool).await);
        assert_eq!(number(pool, "SELECT count(*) FROM carts").await, CARTS);
        assert_eq!(drift(pool).await, 0);
        // Once it is there, applying it again changes nothing, whatever the limit.
        run(pool, &format!("SET LOCAL es_rollup.history_limit = 10;\n{installation}"))
            .await
            .expect("nothing is left to do");
        assert!(!is_filling(pool).await);
        database.close().await;
    }
}

/// How many carts a large log has by default.
const MANY: i64 = 500;

/// How many events each of them has.
const EVENTS_OF_ONE: i64 = 20;

/// How long a transaction may take that folds carts again, as the command has it.
const WAIT: Duration = Duration::from_millis(100);

/// Does something while events are inserted, and says how long it took and how long an insert has waited.
async fn beside_writers<Work: AsyncFnOnce() -> String>(pool: &PgPool, carts: i64, what: &str, work: Work) {
    let size = "SELECT coalesce(pg_total_relation_size(to_regclass('carts')), 0)
      + coalesce(pg_total_relation_size(to_regclass('carts_items')), 0)";
    let before = number(pool, size).await;
    let ends = Arc::new(AtomicBool::new(false));
    let writers: Vec<_> =
        (0..4).map(|seed| tokio::spawn(go_on(pool.clone(), carts, seed, ends.clone()))).collect();
    tokio::time::sleep(Duration::from_millis(200)).await;
    let took = work().await;
    ends.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for writer in writers {
        waits.extend(writer.await.expect("it ends"));
    }
    waits.sort();
    println!(
        "{what}: {} events of {carts} carts, {took}; {} inserts meanwhile, median {:?}, 99 % below {:?}, longest {:?}; tables {} -> {} MB",
        carts * EVENTS_OF_ONE,
        waits.len(),
        waits[waits.len() / 2],
        waits[waits.len() * 99 / 100],
        waits[waits.len() - 1],
        before / 1_000_000,
        number(pool, size).await / 1_000_000,
    );
}

/// Migrates a rollup of many events and fills it.
async fn fill(pool: &PgPool, migration: &str) -> String {
    let begun = Instant::now();
    run(pool, &format!("SET LOCAL es_rollup.history_limit = 100;\n{migration}"))
        .await
        .expect("it is migrated");
    let (migrated, begun) = (begun.elapsed(), Instant::now());
    run_outside(pool, "CALL carts_fill()").await.expect("all carts fold");
    format!("migrated in {migrated:?}, filled in {:?}", begun.elapsed())
}

/// Folds all carts again from nothing, in parts, and gives writers as much time after each as it took.
async fn rebuild(pool: &PgPool, carts: i64) -> String {
    let (begun, mut longest, mut changed) = (Instant::now(), Duration::ZERO, 0);
    let (mut first, mut count, mut parts) = (1, 20_u32, 0);
    while first <= carts {
        let part = Instant::now();
        let last = first + i64::from(count) - 1;
        let sql = format!("SELECT carts_rebuild(ARRAY(SELECT generate_series({first}::bigint, {last})))");
        changed += number(pool, &sql).await;
        let took = part.elapsed();
        longest = longest.max(took);
        tokio::time::sleep(took).await;
        first += i64::from(count);
        parts += 1;
        let fitting = u32::try_from(u128::from(count) * WAIT.as_micros() / took.as_micros().max(1));
        count = fitting.expect("a number").clamp(1, count * 2);
    }
    format!("rebuilt in {:?}, {parts} parts of {longest:?} at most, {changed} rows changed", begun.elapsed())
}

/// `ES_ROLLUP_FILL_CARTS` is how many carts there are, each with 20 events. The docs have figures of a long run.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_log_is_filled_while_events_are_inserted() {
    needs_several_connections!();
    let carts = std::env::var("ES_ROLLUP_FILL_CARTS").map_or(MANY, |carts| carts.parse().expect("a number"));
    let database = Database::create().await;
    let options = PgPoolOptions::new().max_connections(8);
    let pool = options.connect(database.url()).await.expect("connections");
    let [old, new] = [without_notes(cart::model(Trigger::Statement)), cart::model(Trigger::Statement)];
    let log = format!(
        "{EVENTS};
         INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
         SELECT c, s, t.e ->> 'type', t.e, now()
         FROM generate_series(1, {carts}) AS c, generate_series(1, {EVENTS_OF_ONE}) AS s, LATERAL (
           SELECT CASE WHEN s = 1 THEN '{{\"type\": \"created\"}}'::jsonb
             WHEN s = 2 THEN '{{\"type\": \"added\", \"item\": \"a\", \"price\": 1}}'
             WHEN s % 3 = 0 THEN '{{\"type\": \"noted\", \"item\": \"a\"}}'
             ELSE jsonb_build_object('type', 'put', 'item', 'b' || s % 4, 'price', s) END AS e
         ) AS t"
    );
    run(&pool, &log).await.expect("a log");
    run_outside(&pool, "VACUUM ANALYZE").await.expect("statistics");
    let installation = emit::installation(&old);
    beside_writers(&pool, carts, "installed", async || fill(&pool, &installation).await).await;
    assert_eq!(number(&pool, "SELECT count(*) FROM carts").await, carts);
    let change = evolve::migration(&old, &new).expect("a change");
    beside_writers(&pool, carts, "a column of a view", async || fill(&pool, &change).await).await;
    let verified = Instant::now();
    assert_eq!(drift(&pool).await, 0);
    println!("verified in {:?}", verified.elapsed());
    let spoil = "UPDATE carts_items SET notes = notes + 1 WHERE id % 100 = 0";
    run(&pool, spoil).await.expect("somebody spoils rows");
    beside_writers(&pool, carts, "a rebuild", async || rebuild(&pool, carts).await).await;
    assert_eq!(drift(&pool).await, 0);
    pool.close().await;
    database.close().await;
}
