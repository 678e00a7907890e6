//! The users of a bank's access module: their events are inserted with plain SQL, and PostgreSQL keeps the current
//! state.
//!
//! ```sh
//! cargo run --example users
//! ```
//!
//! It starts a PostgreSQL server by itself, or uses `DATABASE_URL` if that is set. The events are in
//! `users/events.jsonl`.
//!
//! The migrations are in `users/migrations`. A test has written each of them when the enum had changed:
//!
//! ```sh
//! ES_ROLLUP_MIGRATIONS=write cargo test migrations_of_users
//! ```
//!
//! The enum as it is at first is below, and those after its changes are in `users/later.rs`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "users/change.rs"]
mod change;
#[path = "users/events.rs"]
pub(crate) mod events;
#[path = "users/later.rs"]
pub(crate) mod later;
#[path = "users/print.rs"]
mod print;
#[path = "support/mod.rs"]
pub(crate) mod support;

use std::error::Error;
use std::io::{Write, stdout};
use std::path::Path;

use es_rollup::{Rollup, SqlType};
use es_rollup_test_server::Database;
use events::{
    ALL_EVENTS, ALL_ROWS, CATALOG, EVENT_TABLE, FileEvent, INSERT_ONE, INSERT_SHUFFLED, ONE_ROW, StoredEvent,
    count_events, events_of_the_file, insert_one, insert_shuffled, row_of,
};
use print::{or_null, short, show_events, show_refusal};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgPool;
use sqlx::migrate::{MigrateError, Migrator};
use support::print::{heading, list, prose, sql, table};
use uuid::Uuid;

// ---- The part that an application writes: its ids, its events, and what each event does to a column. ----

/// Each kind of id has its own type. `SqlType` gives the migration its column type, which is that of the `Uuid`
/// inside, and `sqlx::Type` gives sqlx the same.
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
pub struct RoleId(pub Uuid);

/// The entry in the audit log that an event belongs to. No column reads it, so it does not need an SQL type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditInfo {
    entry_id: i64,
    subject: String,
}

/// What can happen to a user.
///
/// serde determines how an event is written, and the trigger reads exactly that. The attributes say which columns an
/// event changes. From both, the derive generates the struct `UserRollup`, the fold and the migration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "core_user_events", id = UserId, derive(Debug, Clone, PartialEq, sqlx::FromRow))]
pub enum UserEvent {
    /// The first event of every user. From here on each user has an e-mail address, so the column is NOT NULL.
    #[rollup(create)]
    Initialized {
        id: UserId,
        #[rollup(set)]
        email: String,
        audit_info: AuditInfo,
    },
    /// Sets the column with the field's name. It has no value before, so it is an `Option` in `UserRollup`.
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
    /// Does not need to name the role that it revokes.
    #[rollup(clear = "role")]
    RoleRevoked { audit_info: AuditInfo },
    /// Changes no column. This has to be stated: an event without a decision does not compile.
    #[rollup(ignore)]
    AccessReviewed { audit_info: AuditInfo },
}

// ---- The rest shows that it works. ----

/// One of the bank's roles; events refer to it by its id.
const ACCOUNTANT: &str = "0195374a-f734-74a7-a677-58af847382e5";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}

/// All ten steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    show_first(pool, out).await?;
    change::show(pool, out).await
}

/// The first seven steps, before the enum changes.
pub(crate) async fn show_first(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
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

/// What a test has written, for sqlx.
async fn migrations() -> Result<Migrator, MigrateError> {
    Migrator::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/users/migrations")).await
}

/// 1: what the derive understood, for a review or for documentation.
fn explain(out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "1. What each event does to each column")?;
    // A Markdown table: shown aligned, and without the rule under its header.
    let mut lines: Vec<Vec<String>> = UserEvent::EXPLANATION
        .lines()
        .map(|line| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect();
    lines.retain(|line| !line.iter().all(|cell| cell.starts_with("---")));
    table(out, &lines)?;
    prose(
        out,
        "This is UserEvent::EXPLANATION. Like the migration, it is generated from the enum at compile time.",
    )
}

/// 2: runs once for an event table, with your usual migration tool, which is sqlx here.
async fn migrate(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "2. The migration")?;
    prose(out, "The application's event table:")?;
    sql(out, EVENT_TABLE)?;
    sqlx::raw_sql(EVENT_TABLE).execute(pool).await?;

    migrations().await?.run_to(1, pool).await?;
    prose(
        out,
        "The first migration in examples/users/migrations, which a test has written. It has the statements\n\
         of UserEvent::MIGRATION_SQL (examples/users/users.sql), and has created:",
    )?;
    let made: Vec<(String, String)> = sqlx::query_as(CATALOG).fetch_all(pool).await?;
    list(out, made)
}

/// 3: the writer does not need to know about the rollup. It could just as well be psql.
async fn insert_one_by_one(
    pool: &PgPool,
    out: &mut impl Write,
    events: &[FileEvent],
) -> Result<(), Box<dyn Error>> {
    heading(out, "3. Events are inserted with plain SQL, and the row follows")?;
    sql(out, INSERT_ONE)?;
    sql(out, ONE_ROW)?;
    prose(out, "Each event, and the user's row after it (only the last four digits of ids are shown):")?;
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

/// 4: an event that clears a column does not need a value.
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

/// 5: the database refuses everything that the fold in Rust would refuse, and the statement has no effect.
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

    prose(out, "A name instead of the id of a role:")?;
    let misnamed = grant(1, "treasurer");
    show_events(out, &[&misnamed])?;
    show_refusal(out, insert_one(pool, &misnamed).await)?;

    prose(out, "A good event, and another in the same statement that leaves a gap:")?;
    let with_gap = [grant(1, ACCOUNTANT), grant(3, ACCOUNTANT)];
    show_events(out, &with_gap.each_ref())?;
    show_refusal(out, insert_shuffled(pool, &with_gap).await)?;

    let after = (row_of(pool, last.id).await?, count_events(pool).await?);
    if before != after {
        return Err(format!("a refused statement had an effect: {before:?} became {after:?}").into());
    }
    let (row, events) = after;
    let version = row.version;
    prose(
        out,
        &format!(
            "The row is unchanged, at version {version}, and so is the event table, with {events} events."
        ),
    )
}

/// 6: the rows of a statement can be in any order, as often happens with `UNNEST` and joins.
async fn insert_shuffled_batch(
    pool: &PgPool,
    out: &mut impl Write,
    events: &[FileEvent],
) -> Result<(), Box<dyn Error>> {
    heading(out, "6. A batch in random order gives the right result")?;
    sql(out, INSERT_SHUFFLED)?;
    insert_shuffled(pool, events).await?;
    let count = events.len();
    prose(
        out,
        &format!(
            "This inserts the other {count} events of the file in one statement, in a new order on each run."
        ),
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

/// 7: the same enum also folds in Rust, and must give the same result.
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
        // In both directions, because an extra row is as wrong as a missing one.
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
