//! The users of a bank's access module: their events go in by plain SQL, and PostgreSQL keeps the current state.
//!
//! ```sh
//! cargo run --example users
//! ```
//!
//! The server comes by itself; it is that of `DATABASE_URL` where one is set. The events are in
//! `users/events.jsonl`, the migration that the derive writes for them is in `users/users.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

use std::error::Error;
use std::io::{Write, stdout};

use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Recorded, Rollup, SqlType};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::PgDatabaseError;
use sqlx::types::Json;
use uuid::Uuid;

// ---- The part that an application writes: its ids, its events, and what each of them does to a column. ----

/// Ids are types of their own. `SqlType` tells the migration what column they take (that of the `Uuid` inside),
/// `sqlx::Type` tells sqlx the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(Uuid);

/// Who the user is at the identity provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct AuthenticationId(Uuid);

/// What the user may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct RoleId(Uuid);

/// Which entry of the audit log an event belongs to. No column reads it, so it needs no SQL type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditInfo {
    entry_id: i64,
    subject: String,
}

/// What can happen to a user.
///
/// serde decides how an event is written, and the trigger reads exactly that. The attributes say which column an
/// event touches. From both, the derive makes the struct `UserRollup`, the fold and the migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "core_user_events", id = UserId, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
pub enum UserEvent {
    /// The first event of every user. Each user has an e-mail from here on: the column is NOT NULL.
    #[rollup(create)]
    Initialized {
        id: UserId,
        #[rollup(set)]
        email: String,
        audit_info: AuditInfo,
    },
    /// Sets the column of the field's own name. There is none before, so it is an `Option` in `UserRollup`.
    AuthenticationIdUpdated {
        #[rollup(set)]
        authentication_id: AuthenticationId,
        audit_info: AuditInfo,
    },
    /// `set = "role"` names the column, whatever the field is called.
    RoleGranted {
        #[rollup(set = "role")]
        role: RoleId,
        audit_info: AuditInfo,
    },
    /// Need not name the role that it takes away.
    #[rollup(clear = "role")]
    RoleRevoked { audit_info: AuditInfo },
    /// Touches no column, which has to be said: an event that nobody decided about does not compile.
    #[rollup(ignore)]
    AccessReviewed { audit_info: AuditInfo },
}

// ---- The rest shows that it works. ----

/// The event table in es-entity's layout. It is the application's own: the migration does not change it.
const EVENT_TABLE: &str = "\
CREATE TABLE core_user_events (
  id uuid NOT NULL,
  sequence integer NOT NULL,
  event_type text NOT NULL,
  event jsonb NOT NULL,
  context jsonb,
  recorded_at timestamptz NOT NULL,
  UNIQUE (id, sequence)
)";

/// What the migration has made, as the database tells it.
const CATALOG: &str = "\
SELECT 'table', c.relname::text || ': ' || string_agg(a.attname, ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relkind = 'r' AND c.relname = 'core_user_events_rollup'
GROUP BY c.oid
UNION ALL
(SELECT 'function', proname::text FROM pg_proc WHERE proname LIKE 'core_user_events_rollup%' ORDER BY oid)
UNION ALL
(SELECT 'trigger', tgname::text || ', after ' ||
   CASE tgtype WHEN 4 THEN 'INSERT' WHEN 32 THEN 'TRUNCATE' ELSE 'DELETE' END || ' on ' || tgrelid::regclass::text ||
   CASE WHEN tgqual IS NULL THEN '' ELSE ', never fires' END
 FROM pg_trigger WHERE tgname LIKE 'core_user_events_rollup%' ORDER BY oid)";

const INSERT_ONE: &str = "\
INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
VALUES ($1, $2, $3, $4, $5)";

const INSERT_SHUFFLED: &str = "\
INSERT INTO core_user_events (id, sequence, event_type, event, recorded_at)
SELECT * FROM jsonb_to_recordset($1)
  AS file (id uuid, sequence int, event_type text, event jsonb, recorded_at timestamptz)
ORDER BY random()";

const ONE_ROW: &str = "SELECT * FROM core_user_events_rollup WHERE id = $1";

const ALL_ROWS: &str = "SELECT * FROM core_user_events_rollup ORDER BY id";

const ALL_EVENTS: &str =
    "SELECT id, sequence, event, recorded_at FROM core_user_events ORDER BY id, sequence";

/// A role of the bank's; the events know it by its id.
const ACCOUNTANT: &str = "0195374a-f734-74a7-a677-58af847382e5";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}

/// All seven steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let events = events_of_the_file()?;
    let (first, rest) = events.split_at_checked(6).ok_or("the file is too short")?;
    let (revoke, rest) = rest.split_first().ok_or("the file is too short")?;

    writeln!(out)?;
    explain(out)?;
    migrate(pool, out).await?;
    insert_one_by_one(pool, out, first).await?;
    revoke_the_role(pool, out, revoke).await?;
    be_refused(pool, out, revoke).await?;
    insert_shuffled_batch(pool, out, rest).await?;
    compare(pool, out).await
}

/// 1: what the derive has understood, to be looked over in a review or put into the documentation.
fn explain(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "1. What each event does to each column")?;
    // A Markdown table: aligned here, and without the rule that it has under its head.
    let mut lines: Vec<Vec<String>> = UserEvent::EXPLANATION
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    lines.retain(|line| !line.iter().all(|cell| cell.starts_with("---")));
    table(out, &lines)?;
    prose(out, "This is UserEvent::EXPLANATION, made of the enum at compile time, as the migration is.")
}

/// 2: once in the life of an event table, by whatever runs your migrations.
async fn migrate(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "2. The migration")?;
    prose(out, "The application's event table:")?;
    sql(out, EVENT_TABLE)?;
    sqlx::raw_sql(EVENT_TABLE).execute(pool).await?;

    // Several statements in one transaction, as every migration tool does it.
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql(UserEvent::MIGRATION_SQL).execute(&mut *transaction).await?;
    transaction.commit().await?;

    let lines = UserEvent::MIGRATION_SQL.lines().count();
    prose(out, &format!("UserEvent::MIGRATION_SQL, {lines} lines (examples/users/users.sql), has made:"))?;
    let made: Vec<(String, String)> = sqlx::query_as(CATALOG).fetch_all(pool).await?;
    list(out, made)
}

/// 3: the writer knows nothing of the rollup. It could as well be psql.
async fn insert_one_by_one(
    pool: &PgPool,
    out: &mut impl Write,
    events: &[FileEvent],
) -> Result<(), Box<dyn Error>> {
    heading(out, "3. Events go in by plain SQL, the row follows")?;
    sql(out, INSERT_ONE)?;
    sql(out, ONE_ROW)?;
    prose(out, "Each event, and the user's row after it (ids by their last four digits):")?;
    let head = ["user", "event", "version", "email", "authentication_id", "role"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    for event in events {
        insert_one(pool, event).await?;
        let row = row_of(pool, event.id).await?;
        lines.push(vec![
            short(row.id.0),
            format!("{} {}", event.sequence, event.event_type),
            row.version.to_string(),
            row.email,
            or_null(row.authentication_id.map(|id| short(id.0))),
            or_null(row.role.map(|id| short(id.0))),
        ]);
    }
    table(out, &lines)
}

/// 4: an event that clears a column needs no value.
async fn revoke_the_role(
    pool: &PgPool,
    out: &mut impl Write,
    event: &FileEvent,
) -> Result<(), Box<dyn Error>> {
    heading(out, "4. A role is revoked: its column becomes NULL")?;
    let before = row_of(pool, event.id).await?;
    insert_one(pool, event).await?;
    let after = row_of(pool, event.id).await?;
    show_events(out, &[event])?;
    let cells = |row: &UserRollup| {
        [
            row.id.0.to_string(),
            row.version.to_string(),
            row.created_at.to_string(),
            row.modified_at.to_string(),
            row.email.clone(),
            or_null(row.authentication_id.map(|id| id.0.to_string())),
            or_null(row.role.map(|id| id.0.to_string())),
        ]
    };
    let names = ["id", "version", "created_at", "modified_at", "email", "authentication_id", "role"];
    let mut lines = vec![["column", "before", "after"].map(str::to_owned).to_vec()];
    for ((name, before), after) in names.iter().zip(cells(&before)).zip(cells(&after)) {
        lines.push(vec![(*name).to_owned(), before, after]);
    }
    table(out, &lines)?;
    match after.role {
        None => Ok(()),
        Some(_) => Err("the role is still there".into()),
    }
}

/// 5: what the fold in Rust would refuse, the database refuses too, and the statement leaves nothing behind.
async fn be_refused(pool: &PgPool, out: &mut impl Write, last: &FileEvent) -> Result<(), Box<dyn Error>> {
    heading(out, "5. A bad event is refused, and nothing is lost")?;
    let grant = |ahead: i32, role: &str| FileEvent {
        id: last.id,
        sequence: last.sequence + ahead,
        event_type: "role_granted".to_owned(),
        event: json!({ "type": "role_granted", "role": role, "audit_info": last.event["audit_info"] }),
        recorded_at: last.recorded_at,
    };
    let before = (row_of(pool, last.id).await?, count_events(pool).await?);

    prose(out, "A name where the id of a role has to be:")?;
    let misnamed = grant(1, "treasurer");
    show_events(out, &[&misnamed])?;
    show_refusal(out, insert_one(pool, &misnamed).await)?;

    prose(out, "A good event, and in the same statement one that leaves a gap after it:")?;
    let with_gap = [grant(1, ACCOUNTANT), grant(3, ACCOUNTANT)];
    show_events(out, &with_gap.each_ref())?;
    show_refusal(out, insert_shuffled(pool, &with_gap).await)?;

    let after = (row_of(pool, last.id).await?, count_events(pool).await?);
    if before != after {
        return Err(format!("a refused statement has left something: {before:?} became {after:?}").into());
    }
    let (row, events) = after;
    let version = row.version;
    prose(out, &format!("The row is as before, at version {version}; so is the log, with {events} events."))
}

/// 6: a statement's rows come in any order, in particular from `UNNEST` and joins.
async fn insert_shuffled_batch(
    pool: &PgPool,
    out: &mut impl Write,
    events: &[FileEvent],
) -> Result<(), Box<dyn Error>> {
    heading(out, "6. A batch in shuffled order comes out right")?;
    sql(out, INSERT_SHUFFLED)?;
    insert_shuffled(pool, events).await?;
    let count = events.len();
    prose(
        out,
        &format!("The other {count} events of the file in one statement, in another order each time."),
    )?;
    sql(out, ALL_ROWS)?;
    let rows: Vec<UserRollup> = sqlx::query_as(ALL_ROWS).fetch_all(pool).await?;
    let head = ["id", "version", "created_at", "modified_at", "email", "authentication_id", "role"];
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(rows.into_iter().map(|row| {
        vec![
            short(row.id.0),
            row.version.to_string(),
            row.created_at.format("%b %d %H:%M").to_string(),
            row.modified_at.format("%b %d %H:%M").to_string(),
            row.email,
            or_null(row.authentication_id.map(|id| short(id.0))),
            or_null(row.role.map(|id| short(id.0))),
        ]
    }));
    table(out, &lines)
}

/// 7: the same enum folds in Rust, and has to come to the same.
pub(crate) async fn compare(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "7. The fold in Rust equals the row, for every user")?;
    let events: Vec<StoredEvent> = sqlx::query_as(ALL_EVENTS).fetch_all(pool).await?;
    let rows: Vec<UserRollup> = sqlx::query_as(ALL_ROWS).fetch_all(pool).await?;

    // The events are ordered by user and sequence: each run of one id is a stream.
    let streams = events.chunk_by(|one, next| one.id == next.id);
    let folded = streams
        .map(|stream| UserEvent::fold(stream.iter().map(StoredEvent::recorded)))
        .collect::<Result<Vec<_>, _>>()?;
    let folded: Vec<UserRollup> = folded.into_iter().flatten().collect();

    if rows != folded {
        // Both ways: a row too many is as wrong as one too few.
        let rows_only =
            rows.iter().filter(|row| !folded.contains(row)).map(|row| ("row", format!("{row:?}")));
        let folds_only = folded.iter().filter(|it| !rows.contains(it)).map(|it| ("fold", format!("{it:?}")));
        list(out, rows_only.chain(folds_only))?;
        return Err("fold and row differ".into());
    }
    let counted = [("events", events.len()), ("folds", folded.len()), ("rows", rows.len())];
    list(out, counted.map(|(label, count)| (label, count.to_string())))?;
    prose(out, "Fold and row are equal.")
}

// ---- Events, from the file and from the table. ----

/// A line of the file. The payload stays JSON: nothing of Rust is needed to insert it.
#[derive(Debug, Serialize, Deserialize)]
struct FileEvent {
    id: UserId,
    sequence: i32,
    event_type: String,
    event: Value,
    recorded_at: DateTime<Utc>,
}

fn events_of_the_file() -> serde_json::Result<Vec<FileEvent>> {
    include_str!("users/events.jsonl").lines().map(serde_json::from_str).collect()
}

/// A row of the event table, its payload read by serde.
#[derive(Debug, sqlx::FromRow)]
struct StoredEvent {
    id: UserId,
    sequence: i32,
    #[sqlx(json)]
    event: UserEvent,
    recorded_at: DateTime<Utc>,
}

impl StoredEvent {
    /// What the fold wants to know.
    fn recorded(&self) -> Recorded<'_, UserEvent> {
        Recorded {
            id: &self.id,
            sequence: self.sequence.into(),
            recorded_at: self.recorded_at,
            event: &self.event,
            context: None,
        }
    }
}

async fn insert_one(pool: &PgPool, event: &FileEvent) -> sqlx::Result<()> {
    sqlx::query(INSERT_ONE)
        .bind(event.id)
        .bind(event.sequence)
        .bind(&event.event_type)
        .bind(&event.event)
        .bind(event.recorded_at)
        .execute(pool)
        .await?;
    Ok(())
}

async fn insert_shuffled(pool: &PgPool, events: &[FileEvent]) -> sqlx::Result<()> {
    sqlx::query(INSERT_SHUFFLED).bind(Json(events)).execute(pool).await?;
    Ok(())
}

async fn row_of(pool: &PgPool, user: UserId) -> sqlx::Result<UserRollup> {
    sqlx::query_as(ONE_ROW).bind(user).fetch_one(pool).await
}

async fn count_events(pool: &PgPool) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM core_user_events").fetch_one(pool).await
}

// ---- Printing: each block ends with an empty line, and fits a terminal of 100 columns. ----

const WIDTH: usize = 100;

fn heading(out: &mut impl Write, title: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(out, "{title}\n{}\n", "─".repeat(title.len()))?)
}

fn prose(out: &mut impl Write, text: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(out, "{text}\n")?)
}

fn sql(out: &mut impl Write, statement: &str) -> Result<(), Box<dyn Error>> {
    for line in statement.lines() {
        writeln!(out, "    {line}")?;
    }
    Ok(writeln!(out)?)
}

/// The payloads, without what the audit data has in it.
fn show_events(out: &mut impl Write, events: &[&FileEvent]) -> Result<(), Box<dyn Error>> {
    let lines = events.iter().map(|event| {
        let role = event.event.get("role").map_or(String::new(), |role| format!(r#""role":{role},"#));
        let payload = format!(r#"{{"type":"{}",{role}"audit_info":{{…}}}}"#, event.event_type);
        (format!("event {}", event.sequence), payload)
    });
    list(out, lines)
}

/// What the database says about a statement that it has to refuse.
fn show_refusal(out: &mut impl Write, outcome: sqlx::Result<()>) -> Result<(), Box<dyn Error>> {
    let Err(error) = outcome else {
        return Err("the bad event was accepted".into());
    };
    let refusal = error.as_database_error().and_then(|it| it.try_downcast_ref::<PgDatabaseError>());
    // Each kind of refusal has an SQLSTATE of its own; the fold in Rust has the same kinds.
    let kind = refusal.and_then(|it| ErrorKind::from_sqlstate(it.code()));
    let (Some(refusal), Some(kind)) = (refusal, kind) else {
        return Err(error.into());
    };
    let sqlstate = format!("{}, in Rust ErrorKind::{kind:?}", refusal.code());
    let fields = [
        ("SQLSTATE", Some(sqlstate.as_str())),
        ("message", Some(refusal.message())),
        ("detail", refusal.detail()),
        ("hint", refusal.hint()),
        ("table", refusal.table()),
        ("column", refusal.column()),
    ];
    list(out, fields.into_iter().filter_map(|(label, text)| Some((label, text?))))
}

/// Labels, and beside each its text, in as many lines as it takes.
fn list<L: AsRef<str>, T: AsRef<str>>(
    out: &mut impl Write,
    items: impl IntoIterator<Item = (L, T)>,
) -> Result<(), Box<dyn Error>> {
    const MARGIN: usize = 14;
    for (label, text) in items {
        let mut line = format!("    {:<1$}", label.as_ref(), MARGIN - 4);
        for word in text.as_ref().split_whitespace() {
            let used = line.chars().count();
            if used > MARGIN && used + 1 + word.chars().count() > WIDTH {
                writeln!(out, "{line}")?;
                line = " ".repeat(MARGIN);
            } else if used > MARGIN {
                line.push(' ');
            }
            line.push_str(word);
        }
        writeln!(out, "{line}")?;
    }
    Ok(writeln!(out)?)
}

/// Columns as wide as their widest cell, with a rule under the head.
fn table(out: &mut impl Write, lines: &[Vec<String>]) -> Result<(), Box<dyn Error>> {
    let mut widths: Vec<usize> = Vec::new();
    for line in lines {
        widths.resize(widths.len().max(line.len()), 0);
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.chars().count().max(*width);
        }
    }
    let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
    let (head, body) = lines.split_at(lines.len().min(1));
    for line in head.iter().chain([&rule]).chain(body) {
        let cells: Vec<String> =
            line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", cells.join("  ").trim_end())?;
    }
    Ok(writeln!(out)?)
}

/// An id by its last four digits, which are random; the first ones are the time.
fn short(id: Uuid) -> String {
    let digits = id.simple().to_string();
    format!("…{}", &digits[digits.len() - 4..])
}

fn or_null(cell: Option<String>) -> String {
    cell.unwrap_or_else(|| "NULL".to_owned())
}
