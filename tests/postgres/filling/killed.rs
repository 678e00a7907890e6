//! Processes of the server are killed outright while a rollup is changed and filled, and the same is run again. That needs
//! a server of one's own, since one that finds a session killed ends all others.

use super::{LEFT, models, number, told};
use crate::changing::{is_filling, run_outside};
use crate::support::run;
use crate::views::EVENTS;
use es_rollup_core::emit;
use es_rollup_core::evolve;
use es_rollup_core::model::{Model, Trigger};
use es_rollup_test_server::Cluster;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CARTS: i64 = 200;

/// One that is filled late.
const LATE: i64 = 150;

/// What is killed.
#[derive(Clone, Copy, Debug)]
enum Victim {
    /// The session that does the work: the server recovers by itself.
    Session,
    /// The same and the server's first process: somebody has to start it again.
    Server,
}

/// What is being done meanwhile.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Work {
    Migration,
    Fill,
}

/// Where it stands still.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    /// After the first command of this kind.
    After(&'static str),
    /// After its last command.
    BeforeCommit,
    /// In the middle of a batch, after others.
    InBatch,
    /// While nothing is left to be filled but what somebody has locked.
    BetweenBatches,
    /// It is done.
    AtItsEnd,
}

/// Before the end of a fill, what must hold in every row is checked: that is its first ALTER TABLE.
const OF_A_SESSION: [(Work, Moment); 6] = [
    (Work::Migration, Moment::After("ALTER TABLE")),
    (Work::Migration, Moment::BeforeCommit),
    (Work::Fill, Moment::InBatch),
    (Work::Fill, Moment::BetweenBatches),
    (Work::Fill, Moment::After("ALTER TABLE")),
    (Work::Fill, Moment::After("DROP TABLE")),
];

const OF_THE_SERVER: [(Work, Moment); 6] = [
    (Work::Migration, Moment::After("CREATE PROCEDURE")),
    (Work::Migration, Moment::AtItsEnd),
    (Work::Fill, Moment::InBatch),
    (Work::Fill, Moment::BetweenBatches),
    (Work::Fill, Moment::After("DROP FUNCTION")),
    (Work::Fill, Moment::AtItsEnd),
];

/// Waits for a lock that the test holds, however long others would.
const STOP: &str = "LANGUAGE plpgsql SET lock_timeout = 0
    AS 'BEGIN PERFORM pg_catalog.pg_advisory_xact_lock(1); RETURN new; END'";

const WAITING: &str = "SELECT pid::bigint FROM pg_locks WHERE locktype = 'advisory' AND NOT granted";

/// Entities off the list whose history is not whole.
const HALF: &str = "SELECT count(*) FROM carts AS c
    WHERE NOT EXISTS (SELECT FROM carts_es_todo AS t WHERE t.id = c.id)
      AND (SELECT count(*) FROM carts_history AS h WHERE h.id = c.id) <> c.version
      AND EXISTS (SELECT FROM carts_es_todo AS t WHERE t.id IS NULL)";

const SLEEPING: &str = "SELECT pid::bigint FROM pg_stat_activity
    WHERE query LIKE 'CALL carts_fill%' AND wait_event = 'PgSleep' AND
      (SELECT count(*) FROM carts_es_todo WHERE id IS NOT NULL) = 1";

impl Moment {
    /// What lets the work stand still there, beside the lock that [`STOP`] waits for.
    async fn prepare(self, pool: &PgPool, holder: &mut PgConnection) {
        holder.execute("BEGIN; SELECT pg_advisory_xact_lock(1)").await.expect("the lock is free");
        match self {
            Self::After(command) => {
                let stop = STOP.replace(" RETURN new;", "");
                let trigger = format!(
                    "CREATE FUNCTION stop() RETURNS event_trigger {stop};
                     CREATE EVENT TRIGGER stop ON ddl_command_end WHEN TAG IN ('{command}') EXECUTE FUNCTION stop()"
                );
                run(pool, &trigger).await.expect("a trigger");
            }
            Self::InBatch => {
                let trigger = format!(
                    "CREATE FUNCTION stop() RETURNS trigger {STOP};
                     CREATE TRIGGER stop BEFORE UPDATE ON carts_items FOR EACH ROW WHEN (old.id = {LATE}) EXECUTE FUNCTION stop()"
                );
                run(pool, &trigger).await.expect("a trigger");
            }
            Self::BetweenBatches => {
                let locked = format!("SELECT FROM carts WHERE id = {LATE} FOR UPDATE");
                holder.execute(AssertSqlSafe(locked)).await.expect("a locked row");
            }
            Self::BeforeCommit | Self::AtItsEnd => {}
        }
    }
}

/// Waits for something that happens by itself.
async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < Duration::from_mins(1), "{what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// A client that inserts one event after another and connects again whenever it has lost its connection.
struct Client {
    task: tokio::task::JoinHandle<Vec<(i64, i32)>>,
    ends: Arc<AtomicBool>,
    count: Arc<AtomicUsize>,
}

impl Client {
    fn begin(url: String) -> Self {
        let (ends, count) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let task = tokio::spawn(Self::go_on(url, ends.clone(), count.clone()));
        Self { task, ends, count }
    }

    async fn go_on(url: String, ends: Arc<AtomicBool>, count: Arc<AtomicUsize>) -> Vec<(i64, i32)> {
        let insertion = "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
            SELECT $1, max(sequence) + 1, 'noted', '{\"type\": \"noted\", \"item\": \"a\"}', now()
            FROM cart_events WHERE id = $1
            RETURNING sequence";
        let (mut stored, mut cart) = (Vec::new(), 0);
        while !ends.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(2)).await;
            let Ok(mut connection) = PgConnection::connect(&url).await else { continue };
            while !ends.load(Ordering::Relaxed) {
                cart = (cart + 71) % CARTS;
                if cart + 1 == LATE {
                    continue;
                }
                // All of the answer, since what follows the row says that it is committed.
                match sqlx::query_scalar(insertion).bind(cart + 1).fetch_all(&mut connection).await {
                    Ok(sequences) => {
                        stored.extend(sequences.into_iter().map(|sequence| (cart + 1, sequence)));
                    }
                    Err(sqlx::Error::Database(error)) => {
                        // The server is going down, or coming up.
                        let code = error.code().unwrap_or_default();
                        assert!(code.starts_with("57P"), "{code}: {error}");
                        break;
                    }
                    Err(_) => break,
                }
                count.store(stored.len(), Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        stored
    }

    /// Waits until it has inserted some more events.
    async fn is_served(&self) {
        let some = self.count.load(Ordering::Relaxed) + 10;
        until("events are inserted", async || self.count.load(Ordering::Relaxed) >= some).await;
    }

    /// Ends it. Returns the entities and sequences of the events that the server has said are stored.
    async fn end(self) -> (Vec<i64>, Vec<i32>) {
        self.ends.store(true, Ordering::Relaxed);
        self.task.await.expect("no event is refused").into_iter().unzip()
    }
}

/// A server with a database whose events the old model has folded.
struct Place {
    cluster: Cluster,
    old: Model,
    new: Model,
}

impl Place {
    async fn start(trigger: Trigger) -> Option<Self> {
        // What is said to be stored must be there after the server was killed.
        let Some(cluster) = Cluster::start(&[("synchronous_commit", "on")]) else {
            println!("not run: there are no server programs on this machine");
            return None;
        };
        let [old, new] = models(trigger);
        let place = Self { cluster, old, new };
        place.outside("CREATE DATABASE log").await;
        let pool = place.connect("log").await;
        run(&pool, EVENTS).await.expect("the event table is made");
        run(&pool, &emit::installation(&place.old)).await.expect("the migration is applied");
        let events = format!(
            "INSERT INTO cart_events (id, sequence, event_type, event, recorded_at)
             SELECT cart, sequence, event ->> 'type', event, now() FROM generate_series(1, {CARTS}) AS cart, (VALUES
               (1, '{{\"type\": \"created\"}}'::jsonb), (2, '{{\"type\": \"added\", \"item\": \"a\", \"price\": 1}}'),
               (3, '{{\"type\": \"noted\", \"item\": \"a\"}}'), (4, '{{\"type\": \"put\", \"item\": \"b\", \"price\": 2}}'),
               (5, '{{\"type\": \"noted\", \"item\": \"a\"}}')) AS of_each (sequence, event)"
        );
        run(&pool, &events).await.expect("good events");
        pool.close().await;
        Some(place)
    }

    /// Runs a statement about databases.
    async fn outside(&self, sql: &str) {
        let mut connection =
            PgConnection::connect(&self.cluster.url("postgres")).await.expect("a connection");
        connection.execute(AssertSqlSafe(sql)).await.expect("it works");
        connection.close().await.expect("it is closed");
    }

    /// Connects as soon as the server is up.
    async fn connect(&self, database: &str) -> PgPool {
        let url = self.cluster.url(database);
        until("the server takes connections", async || PgConnection::connect(&url).await.is_ok()).await;
        PgPoolOptions::new().max_connections(3).connect(&url).await.expect("the server takes connections")
    }

    /// Kills somebody who is at work in the database, which the other session sees, and waits until the server is up.
    async fn kill(&mut self, victim: Victim, pid: i64, mut other: PgConnection, database: &str) -> PgPool {
        let pid = pid.try_into().expect("a process id");
        match victim {
            Victim::Session => self.cluster.kill_session(pid),
            Victim::Server => self.cluster.kill(pid),
        }
        until("all sessions end", async || other.execute("SELECT 1").await.is_err()).await;
        if let Victim::Server = victim {
            self.cluster.start_again();
        }
        self.connect(database).await
    }

    /// Kills somebody at that moment, runs the same again, and looks at what comes of it.
    async fn survives(&mut self, victim: Victim, work: Work, moment: Moment) {
        let database = "copy";
        self.outside(&format!("CREATE DATABASE {database} TEMPLATE log")).await;
        let pool = self.connect(database).await;
        let change = evolve::migration(&self.old, &self.new).expect("a change");
        let change = format!("SET LOCAL es_rollup.history_limit = 10;\n{change}");
        let client = Client::begin(self.cluster.url(database));
        if work == Work::Fill {
            run(&pool, &change).await.expect("it is changed");
        }
        client.is_served().await;

        let mut holder = PgConnection::connect(&self.cluster.url(database)).await.expect("a connection");
        moment.prepare(&pool, &mut holder).await;
        let last = if moment == Moment::BeforeCommit { "SELECT pg_advisory_xact_lock(1)" } else { "" };
        let task = tokio::spawn({
            let (pool, change) = (pool.clone(), format!("{change};\n{last}"));
            async move { begun(&pool, work, &change).await }
        });
        let is_done = moment == Moment::AtItsEnd;
        let stopped = match moment {
            Moment::AtItsEnd => "SELECT pg_backend_pid()::bigint",
            Moment::BetweenBatches => SLEEPING,
            Moment::After(_) | Moment::BeforeCommit | Moment::InBatch => WAITING,
        };
        let mut pid: Option<i64> = None;
        until("it gets there", async || {
            if task.is_finished() == is_done {
                pid = sqlx::query_scalar(stopped).fetch_optional(&pool).await.expect("the activity");
            }
            pid.is_some()
        })
        .await;
        let pool = self.kill(victim, pid.expect("it was seen"), holder, database).await;
        let outcome = task.await.expect("it ends");
        assert_eq!(outcome.is_ok(), is_done, "{outcome:?}");

        // All of it is there or nothing, and of a fill those entities that are off the list.
        let filling = is_filling(&pool).await;
        assert_eq!(filling, (work == Work::Fill) != is_done);
        if filling {
            let left = number(&pool, LEFT).await;
            let expected = match (work, moment) {
                (Work::Fill, Moment::InBatch) => 1..=LATE,
                (Work::Fill, Moment::BetweenBatches) => 1..=1,
                // Nothing is listed before a fill, and nothing is left at its end.
                (Work::Migration | Work::Fill, _) => 0..=0,
            };
            assert!(expected.contains(&left), "{left}");
            assert_eq!(number(&pool, HALF).await, 0);
        }
        client.is_served().await;

        pool.execute("DROP FUNCTION IF EXISTS stop() CASCADE").await.expect("nothing stops it any more");
        let again = begun(&pool, work, &change).await;
        match (work, is_done) {
            (_, false) => again.expect("it is done now"),
            (Work::Migration, true) => assert_eq!(told(again).0, "RU020"),
            (Work::Fill, true) => assert_eq!(told(again).0, "42883"),
        }
        if work == Work::Migration {
            assert!(is_filling(&pool).await);
            begun(&pool, Work::Fill, "").await.expect("all carts fold");
        }
        assert!(!is_filling(&pool).await);
        client.is_served().await;

        self.is_whole(&pool, client.end().await).await;
        pool.close().await;
        self.outside(&format!("DROP DATABASE {database} WITH (FORCE)")).await;
    }

    /// Every event that was said to be stored is there, and all rows are those of a rollup that is installed over these
    /// events.
    async fn is_whole(&self, pool: &PgPool, (carts, sequences): (Vec<i64>, Vec<i32>)) {
        let known = i64::try_from(carts.len()).expect("a number");
        let there =
            "SELECT count(*) FROM unnest($1, $2) AS n (id, sequence) JOIN cart_events USING (id, sequence)";
        let there: i64 =
            sqlx::query_scalar(there).bind(carts).bind(sequences).fetch_one(pool).await.expect("the events");
        assert_eq!(there, known);
        // Nobody was told about the one that was being inserted.
        let untold = number(pool, "SELECT count(*) FROM cart_events").await - CARTS * 5 - known;
        assert!((0..=1).contains(&untold), "{untold}");
        assert_eq!(number(pool, "SELECT count(*) FROM carts_verify(NULL, NULL)").await, 0);
        let rows = rows(pool).await;
        run(pool, &emit::text(&self.new, emit::revert(&self.new))).await.expect("it is taken away");
        run(pool, &emit::installation(&self.new)).await.expect("it is installed");
        assert!(!is_filling(pool).await);
        assert!(rows == self::rows(pool).await, "the rows are others");
    }
}

async fn begun(pool: &PgPool, work: Work, change: &str) -> sqlx::Result<()> {
    match work {
        Work::Migration => run(pool, change).await,
        // About ten carts at a time.
        Work::Fill => run_outside(pool, "CALL carts_fill(50)").await,
    }
}

/// All rows of all tables.
async fn rows(pool: &PgPool) -> Vec<String> {
    let sql =
        "SELECT to_jsonb(c)::text FROM carts AS c UNION ALL SELECT to_jsonb(i)::text FROM carts_items AS i
        UNION ALL SELECT to_jsonb(h)::text FROM carts_history AS h ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(pool).await.expect("the rows are read")
}

async fn all_survive(victim: Victim, trigger: Trigger, steps: &[(Work, Moment)]) {
    let Some(mut place) = Place::start(trigger).await else { return };
    for (work, moment) in steps {
        let begun = Instant::now();
        place.survives(victim, *work, *moment).await;
        println!("{victim:?}, {work:?}, {moment:?}: {:?}", begun.elapsed());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_its_fill_go_on_after_their_session_was_killed() {
    all_survive(Victim::Session, Trigger::Statement, &OF_A_SESSION).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_and_its_fill_go_on_after_the_server_was_killed() {
    all_survive(Victim::Server, Trigger::Row, &OF_THE_SERVER).await;
}
