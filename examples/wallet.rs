//! The wallets of a payment service: money comes in and goes out, and never more goes out than is there.
//!
//! ```sh
//! cargo run --example wallet
//! ```
//!
//! It mirrors a service whose balance is decided in the database. A debit beyond the balance is refused in the
//! transaction of its own event, and the attempt is put on record with another one. The transactions of a wallet are a
//! view, and the wallet after each event is kept in a history. Readers are told by `NOTIFY` what has changed, and never
//! read a version older than the one that they were told. The migration is in `wallet/wallet.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{Write, stdout};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use es_rollup::{Reason, Recorded, Rollup, refusal_of};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::postgres::PgListener;
use support::print::{heading, list, prose, sql, table};

// ---- The part that an application writes. ----

/// What can happen to a wallet. Amounts are in cents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "wallet_events", id = i64, table = "wallets", derive(Debug, Clone, PartialEq, sqlx::FromRow))]
#[rollup(history, event_type = "last_event", check(no_overdraft = "balance >= 0"))]
#[rollup(view(transactions, key(number), state = Transaction))]
pub enum WalletEvent {
    #[rollup(create)]
    Opened,
    /// The row of the transaction has the event's own number.
    #[rollup(transactions(create, set, sequence = "number", event_type = "kind"))]
    Credited {
        #[rollup(increment = "balance")]
        amount: i64,
    },
    #[rollup(transactions(create, set, sequence = "number", event_type = "kind"))]
    Debited {
        #[rollup(decrement = "balance")]
        amount: i64,
    },
    /// A debit that was refused: it moves no money, and is a transaction all the same.
    #[rollup(count = "rejections", transactions(create, set, sequence = "number", event_type = "kind"))]
    DebitRejected { amount: i64, reason: String },
}

/// The event table belongs to the application.
const EVENT_TABLE: &str = "\
CREATE TABLE wallet_events (
  id bigint NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  context jsonb,
  recorded_at timestamptz NOT NULL,
  UNIQUE (id, sequence)
)";

/// A plain trigger of the application. What it sends is delivered when the event is committed, and with it the row.
const NOTIFICATION: &str = "\
CREATE FUNCTION wallet_told() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('wallets', concat(NEW.id, ' ', NEW.sequence));
  RETURN NULL;
END
$$;
CREATE TRIGGER wallet_told AFTER INSERT ON wallet_events FOR EACH ROW EXECUTE FUNCTION wallet_told()";

const INSERT: &str = "\
INSERT INTO wallet_events (id, sequence, event_type, event, recorded_at)
VALUES ($1, $2, $3, $4, $5)";

const WALLET: &str = "SELECT * FROM wallets WHERE id = $1";

const TRANSACTIONS: &str = "SELECT * FROM wallets_transactions WHERE id = $1 ORDER BY number";

const HISTORY: &str = "SELECT * FROM wallets_history WHERE id = $1 ORDER BY version";

/// What became of a debit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Debit {
    Done,
    Rejected,
}

/// Takes money out, if there is enough. The command does not look at the balance: the database does, with the event.
pub(crate) async fn debit(
    pool: &PgPool,
    wallet: i64,
    amount: i64,
) -> Result<Debit, Box<dyn Error + Send + Sync>> {
    let outcome = append(pool, wallet, &WalletEvent::Debited { amount }).await;
    let Err(error) = outcome else { return Ok(Debit::Done) };
    let refused = refusal_of::<WalletEvent>(&error);
    let overdrawn = refused.is_some_and(|refusal| {
        refusal.reason == Reason::Check && refusal.constraint.as_deref() == Some("no_overdraft")
    });
    if !overdrawn {
        return Err(error.into());
    }
    // The refused event is gone with its transaction; the attempt stays on record.
    let reason = "the balance is too low".to_owned();
    append(pool, wallet, &WalletEvent::DebitRejected { amount, reason }).await?;
    Ok(Debit::Rejected)
}

pub(crate) async fn credit(pool: &PgPool, wallet: i64, amount: i64) -> sqlx::Result<()> {
    append(pool, wallet, &WalletEvent::Credited { amount }).await
}

/// Appends an event. If another writer takes the next sequence first, it reads the version again.
async fn append(pool: &PgPool, wallet: i64, event: &WalletEvent) -> sqlx::Result<()> {
    loop {
        let version: Option<i64> = sqlx::query_scalar("SELECT version FROM wallets WHERE id = $1")
            .bind(wallet)
            .fetch_optional(pool)
            .await?;
        let sequence = version.unwrap_or(0) + 1;
        let inserted = sqlx::query(INSERT)
            .bind(wallet)
            .bind(i32::try_from(sequence).expect("a stream is shorter"))
            .bind(event.event_name())
            .bind(sqlx::types::Json(event))
            .bind(recorded_at(sequence))
            .execute(pool)
            .await;
        match inserted {
            Ok(_) => return Ok(()),
            Err(error) => {
                let refusal = refusal_of::<WalletEvent>(&error);
                let overtaken =
                    refusal.and_then(|refusal| refusal.kind()) == Some(es_rollup::ErrorKind::Replay);
                if !overtaken {
                    return Err(error);
                }
            }
        }
    }
}

/// The same times in each run; a service would take the time of its clock.
fn recorded_at(sequence: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_767_225_600 + 60 * sequence, 0).expect("a time in 2026")
}

// ---- The rest shows that it works. ----

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = show(database.pool(), &mut stdout()).await;
    let loaded = match shown {
        Ok(()) => load(database.pool(), READERS, Duration::from_secs(2)).await,
        Err(error) => Err(error),
    };
    database.close().await;
    let Load { reads, writes, seconds } = loaded?;
    heading(&mut stdout(), "6. Many readers at once")?;
    let rate = |count: u64| format!("{count} in {seconds:.1} s");
    list(&mut stdout(), [("reads", rate(reads)), ("writes", rate(writes))])?;
    prose(
        &mut stdout(),
        &format!("{READERS} readers; none of them saw a version older than one it had seen."),
    )
}

/// The five steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    writeln!(out)?;
    install(pool).await?;
    heading(out, "1. Money comes in and goes out")?;
    append(pool, 1, &WalletEvent::Opened).await?;
    credit(pool, 1, 10_000).await?;
    credit(pool, 1, 2_550).await?;
    let paid = debit(pool, 1, 4_000).await.map_err(|error| error.to_string())?;
    sql(out, WALLET)?;
    show_wallet(pool, out).await?;

    heading(out, "2. A debit beyond the balance is refused, and is on record")?;
    let refused = debit(pool, 1, 100_000).await.map_err(|error| error.to_string())?;
    list(out, [("4,000", format!("{paid:?}")), ("100,000", format!("{refused:?}"))])?;
    show_wallet(pool, out).await?;

    heading(out, "3. The transactions are rows of their own")?;
    sql(out, TRANSACTIONS)?;
    let rows: Vec<Transaction> = sqlx::query_as(TRANSACTIONS).bind(1_i64).fetch_all(pool).await?;
    let mut lines = vec![["number", "kind", "amount", "reason"].map(str::to_owned).to_vec()];
    lines.extend(rows.into_iter().map(|row| {
        let reason = row.reason.unwrap_or_else(|| "NULL".into());
        vec![row.number.to_string(), row.kind, row.amount.to_string(), reason]
    }));
    table(out, &lines)?;

    heading(out, "4. The wallet after each event")?;
    sql(out, HISTORY)?;
    let rows: Vec<WalletRollup> = sqlx::query_as(HISTORY).bind(1_i64).fetch_all(pool).await?;
    wallets(out, &rows)?;

    heading(out, "5. The fold in Rust equals every row")?;
    let compared = compare(pool).await?;
    list(out, [("wallets, transactions, versions", compared.map(|count| count.to_string()).join(", "))])?;
    prose(out, "Fold and rows are equal.")
}

/// The event table, the rollup, and the application's trigger.
pub(crate) async fn install(pool: &PgPool) -> sqlx::Result<()> {
    sqlx::raw_sql(EVENT_TABLE).execute(pool).await?;
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql(WalletEvent::MIGRATION_SQL).execute(&mut *transaction).await?;
    transaction.commit().await?;
    sqlx::raw_sql(NOTIFICATION).execute(pool).await?;
    Ok(())
}

async fn show_wallet(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let row: WalletRollup = sqlx::query_as(WALLET).bind(1_i64).fetch_one(pool).await?;
    wallets(out, &[row])
}

fn wallets(out: &mut impl Write, rows: &[WalletRollup]) -> Result<(), Box<dyn Error>> {
    let mut lines = vec![["version", "balance", "rejections", "last_event"].map(str::to_owned).to_vec()];
    lines.extend(rows.iter().map(|row| {
        let numbers = [row.version, row.balance, row.rejections].map(|number| number.to_string());
        numbers.into_iter().chain([row.last_event.clone()]).collect()
    }));
    table(out, &lines)
}

/// Compares the fold with the rows of all tables, for each wallet and each version of it. Counts wallets, transactions
/// and versions.
pub(crate) async fn compare(pool: &PgPool) -> Result<[usize; 3], Box<dyn Error>> {
    let ids: Vec<i64> =
        sqlx::query_scalar("SELECT DISTINCT id FROM wallet_events ORDER BY id").fetch_all(pool).await?;
    let mut counts = [0; 3];
    for id in ids {
        let events: Vec<StoredEvent> = sqlx::query_as(EVENTS).bind(id).fetch_all(pool).await?;
        let folded = |length: usize| {
            let recorded = events[..length].iter().map(StoredEvent::recorded);
            WalletEvent::fold(recorded).map(|state| state.ok_or("a wallet is never deleted"))
        };
        let row: WalletRollup = sqlx::query_as(WALLET).bind(id).fetch_one(pool).await?;
        let transactions: Vec<Transaction> = sqlx::query_as(TRANSACTIONS).bind(id).fetch_all(pool).await?;
        let history: Vec<WalletRollup> = sqlx::query_as(HISTORY).bind(id).fetch_all(pool).await?;
        counts = [counts[0] + 1, counts[1] + transactions.len(), counts[2] + history.len()];
        if WalletState::new(row, transactions)? != folded(events.len())?? {
            return Err(format!("the fold of wallet {id} differs from its rows").into());
        }
        for (length, kept) in (1..=events.len()).zip(&history) {
            if *kept != folded(length)??.rollup {
                return Err(format!("version {length} of wallet {id} differs from the fold").into());
            }
        }
        if history.len() != events.len() {
            return Err(format!("the history of wallet {id} is not complete").into());
        }
    }
    Ok(counts)
}

const EVENTS: &str =
    "SELECT id, sequence, event, recorded_at FROM wallet_events WHERE id = $1 ORDER BY sequence";

/// A row of the event table.
#[derive(Debug, sqlx::FromRow)]
struct StoredEvent {
    id: i64,
    sequence: i32,
    #[sqlx(json)]
    event: WalletEvent,
    recorded_at: DateTime<Utc>,
}

impl StoredEvent {
    fn recorded(&self) -> Recorded<'_, WalletEvent> {
        Recorded::new(&self.id, self.sequence, self.recorded_at, &self.event)
    }
}

/// How many readers there are at once.
const READERS: usize = 64;

/// What a load has done.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) reads: u64,
    pub(crate) writes: u64,
    pub(crate) seconds: f64,
}

/// Writes to one wallet while many readers follow it: each waits to be told of a version, reads the row, and must find at
/// least that version, and none older than the last it has read.
pub(crate) async fn load(pool: &PgPool, readers: usize, duration: Duration) -> Result<Load, Box<dyn Error>> {
    const WALLET_OF_LOAD: i64 = 2;
    append(pool, WALLET_OF_LOAD, &WalletEvent::Opened).await?;
    let begun = Instant::now();
    let (told, _) = tokio::sync::broadcast::channel::<i64>(4096);
    let mut listener = PgListener::connect_with(pool).await?;
    listener.listen("wallets").await?;
    let mut reading = tokio::task::JoinSet::new();
    for _ in 0..readers {
        let (pool, mut versions) = (pool.clone(), told.subscribe());
        reading.spawn(async move {
            let (mut seen, mut reads) = (0, 0_u64);
            loop {
                use tokio::sync::broadcast::error::RecvError;
                let told = match versions.recv().await {
                    Ok(version) => version,
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return Ok(reads),
                };
                if told <= seen {
                    continue; // read already
                }
                let row: WalletRollup = sqlx::query_as(WALLET)
                    .bind(WALLET_OF_LOAD)
                    .fetch_one(&pool)
                    .await
                    .map_err(|it| it.to_string())?;
                if row.version < told || row.version < seen {
                    return Err(format!("told {told} and having seen {seen}, it read {}", row.version));
                }
                (seen, reads) = (row.version, reads + 1);
            }
        });
    }
    let telling = tokio::spawn(async move {
        while let Ok(notification) = listener.recv().await {
            let version = notification.payload().split_once(' ').and_then(|(id, version)| {
                (id.parse() == Ok(WALLET_OF_LOAD)).then(|| version.parse().ok()).flatten()
            });
            if let Some(version) = version {
                let _ = told.send(version);
            }
        }
    });
    let mut writes = 0;
    while begun.elapsed() < duration {
        credit(pool, WALLET_OF_LOAD, 100).await?;
        writes += 1;
    }
    telling.abort();
    let _ = telling.await;
    let mut reads = 0;
    while let Some(read) = reading.join_next().await {
        reads += read??;
    }
    Ok(Load { reads, writes, seconds: begun.elapsed().as_secs_f64() })
}
