//! The tickets of a help desk: people open them, comment on them, and have a few of them to solve at a time.
//!
//! ```sh
//! cargo run --example tickets
//! ```
//!
//! - The comments of a ticket are rows of a view. Who wrote one is not in the event, but in its context: what the
//!   application records beside each event.
//! - A user has at most three open tickets, although each ticket is a stream of its own. An assignment takes one of the
//!   user's three slots, and a slot is unique: of two writers who take the same one, the second tries again.
//! - The tables are what the events say: they are empty without events, and the same as before when the events are
//!   back.
//!
//! It starts a PostgreSQL server by itself, or uses `DATABASE_URL` if that is set. The migration that the derive
//! generates for tickets is in `tickets/tickets.sql`.

#![allow(missing_docs, reason = "the fields of the events speak for themselves")]

#[path = "support/mod.rs"]
pub(crate) mod support;

#[path = "tickets/steps.rs"]
pub(crate) mod steps;

use std::error::Error;
use std::io::stdout;

use chrono::{DateTime, Utc};
use es_rollup::{ErrorKind, Reason, Rollup, SqlType, refusal_of};
use es_rollup_test_server::Database;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::{AssertSqlSafe, PgPool};
use support::store::{self, Failed};
use uuid::Uuid;

// ---- Ids and events. ----

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct TicketId(pub Uuid);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct UserId(pub Uuid);

/// The key of a view also needs an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, SqlType, sqlx::Type)]
#[sqlx(transparent)]
pub struct CommentId(pub Uuid);

/// What can happen to a ticket. Each event's type is kept as the last one, and each event has a context with the user
/// who caused it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Rollup)]
#[serde(tag = "type", rename_all = "snake_case")]
#[rollup(events = "ticket_events", id = TicketId, table = "tickets", event_type = "last_event")]
#[rollup(derive(Debug, Clone, PartialEq, Deserialize, sqlx::FromRow))]
#[rollup(unique(assigned_to, slot), check(three_open = "slot BETWEEN 1 AND 3"))]
#[rollup(view(comments, key(comment_id), state = Comment))]
pub enum TicketEvent {
    #[rollup(create, set, set(is_solved = false), context(set = "author", path = "user_id", as = UserId))]
    TicketCreated { title: String, body: String },
    /// Takes a slot of the user.
    #[rollup(set)]
    TicketAssigned { assigned_to: UserId, slot: i16 },
    /// Leaves the slot to another ticket: any number of rows may have none.
    #[rollup(set(is_solved = true), at = "solved_at", clear = "slot")]
    TicketSolved,
    /// Takes a slot again, if the ticket is assigned.
    #[rollup(set, set(is_solved = false), clear = "solved_at")]
    TicketReopened { slot: Option<i16> },
    /// The count is a column of the ticket. The rest is about the comment.
    #[rollup(count = "comments_ever")]
    #[rollup(comments(create, set, context(set = "author", path = "user_id", as = UserId)))]
    CommentAdded { comment_id: CommentId, text: String },
    #[rollup(comments(set, count = "edits"))]
    CommentEdited { comment_id: CommentId, text: String },
    #[rollup(comments(delete))]
    CommentDeleted { comment_id: CommentId },
}

// ---- Queries. ----

/// A ticket with its comments; `None` if there is no such ticket.
pub(crate) async fn ticket(pool: &PgPool, id: TicketId) -> Result<Option<TicketState>, Failed> {
    let query = format!("{} WHERE r.id = $1", TicketEvent::STATE_SQL);
    Ok(sqlx::query_as(AssertSqlSafe(query)).bind(id).fetch_optional(pool).await?)
}

/// A slot that none of the user's open tickets has. Another writer may see the same one.
async fn free_slot(pool: &PgPool, user: UserId) -> Result<i16, Failed> {
    let taken = "SELECT slot FROM tickets WHERE assigned_to = $1 AND slot IS NOT NULL";
    let taken: Vec<i16> = sqlx::query_scalar(taken).bind(user).fetch_all(pool).await?;
    let free = (1..=3).find(|slot| !taken.contains(slot));
    free.ok_or(Failed::Rejected("the user has three open tickets"))
}

// ---- Commands. ----

/// What a user asks for.
#[derive(Debug, Clone)]
pub(crate) enum Command {
    Create { title: &'static str, body: &'static str },
    Assign { to: UserId },
    Solve,
    Reopen,
    Comment { id: CommentId, text: &'static str },
    Edit { id: CommentId, text: &'static str },
    Delete { id: CommentId },
}

/// What a command comes to, and the version of the ticket on which that was decided.
pub(crate) async fn decide(
    pool: &PgPool,
    id: TicketId,
    user: UserId,
    command: &Command,
) -> Result<(i64, TicketEvent), Failed> {
    let ticket = ticket(pool, id).await?;
    if let Command::Create { title, body } = *command {
        let created = TicketEvent::TicketCreated { title: title.to_owned(), body: body.to_owned() };
        return if ticket.is_none() { Ok((0, created)) } else { rejected("there is such a ticket") };
    }
    let Some(ticket) = ticket else { return rejected("there is no such ticket") };
    let event = match *command {
        Command::Create { .. } => return rejected("there is such a ticket"),
        Command::Assign { .. } | Command::Solve if ticket.is_solved => {
            return rejected("the ticket is solved");
        }
        Command::Assign { to } if ticket.assigned_to == Some(to) => {
            return rejected("the user has the ticket");
        }
        Command::Assign { to } => {
            TicketEvent::TicketAssigned { assigned_to: to, slot: free_slot(pool, to).await? }
        }
        Command::Solve if ticket.assigned_to == Some(user) => TicketEvent::TicketSolved,
        Command::Solve => return rejected("somebody else has the ticket"),
        Command::Reopen if !ticket.is_solved => return rejected("the ticket is open"),
        Command::Reopen => TicketEvent::TicketReopened {
            slot: match ticket.assigned_to {
                Some(user) => Some(free_slot(pool, user).await?),
                None => None,
            },
        },
        Command::Comment { id, text } if !ticket.comments.contains_key(&id) => {
            TicketEvent::CommentAdded { comment_id: id, text: text.to_owned() }
        }
        Command::Comment { .. } => return rejected("there is such a comment"),
        Command::Edit { id, .. } | Command::Delete { id } => match (ticket.comments.get(&id), command) {
            (None, _) => return rejected("there is no such comment"),
            (Some(comment), _) if comment.author != user => {
                return rejected("somebody else wrote the comment");
            }
            (Some(_), Command::Edit { text, .. }) => {
                TicketEvent::CommentEdited { comment_id: id, text: (*text).to_owned() }
            }
            (Some(_), _) => TicketEvent::CommentDeleted { comment_id: id },
        },
    };
    Ok((ticket.version, event))
}

fn rejected<T>(why: &'static str) -> Result<T, Failed> {
    Err(Failed::Rejected(why))
}

/// Appends what was decided, with the user in its context.
pub(crate) async fn append(
    pool: &PgPool,
    id: TicketId,
    user: UserId,
    at: DateTime<Utc>,
    (version, event): (i64, TicketEvent),
) -> sqlx::Result<()> {
    store::append(pool, &id, version, at, Some(&json!({ "user_id": user })), &[event]).await
}

/// Runs a command: if another writer is faster, it decides again.
pub(crate) async fn execute(
    pool: &PgPool,
    id: TicketId,
    user: UserId,
    at: DateTime<Utc>,
    command: &Command,
) -> Result<(), Failed> {
    loop {
        let decided = decide(pool, id, user, command).await?;
        match append(pool, id, user, at, decided).await {
            Err(error) if another_was_faster(&error) => {}
            done => return Ok(done?),
        }
    }
}

/// Whether another writer has appended to the ticket, or has taken the slot. PostgreSQL compares slots at commit, where
/// two of several writers can wait for each other: it ends one of them as a deadlock.
pub(crate) fn another_was_faster(error: &sqlx::Error) -> bool {
    store::deadlocked(error)
        || refusal_of::<TicketEvent>(error).is_some_and(|refusal| match refusal.reason {
            Reason::Event(kind) => kind == ErrorKind::Replay,
            Reason::Unique => refusal.constraint.as_deref() == Some("tickets_assigned_to_slot_key"),
            _ => false,
        })
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let database = Database::create().await;
    let shown = steps::show(database.pool(), &mut stdout()).await;
    database.close().await;
    shown
}
