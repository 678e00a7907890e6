//! What the example shows, step by step.

use std::error::Error;
use std::io::Write;

use es_rollup::{Rollup, refusal_of};
use sqlx::PgPool;
use uuid::Uuid;

use super::support::print::{heading, list, prose, table};
use super::support::store::{self, Clock, Failed};
use super::{Command, CommentId, TicketEvent, TicketId, TicketState, UserId, append, execute, ticket};

const ANN: UserId = UserId(Uuid::from_u128(0xaa));
const BEN: UserId = UserId(Uuid::from_u128(0xbb));

const fn number(number: u128) -> TicketId {
    TicketId(Uuid::from_u128(number))
}

const fn comment(number: u128) -> CommentId {
    CommentId(Uuid::from_u128(number))
}

/// All steps, in an empty database.
pub(crate) async fn show(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    store::create_table::<TicketEvent>(pool).await?;
    store::migrate(pool, TicketEvent::MIGRATION_SQL).await?;
    let mut desk = Desk { pool, clock: Clock::starting(1_741_000_000) };
    writeln!(out)?;
    desk.comment(out).await?;
    desk.assign(out).await?;
    desk.take_a_slot_that_is_taken(out).await?;
    replay(pool, out).await?;
    compare(pool, out).await
}

struct Desk<'a> {
    pool: &'a PgPool,
    clock: Clock,
}

impl Desk<'_> {
    /// Runs commands, and shows the ticket's own row after each.
    async fn run(
        &mut self,
        out: &mut impl Write,
        commands: impl IntoIterator<Item = (UserId, u128, Command)>,
    ) -> Result<(), Box<dyn Error>> {
        let head = ["user", "ticket", "command", "outcome", "version", "assigned to", "slot"];
        let mut lines = vec![head.map(str::to_owned).to_vec()];
        for (user, ticket_number, command) in commands {
            let id = number(ticket_number);
            let outcome = execute(self.pool, id, user, self.clock.now(), &command).await;
            let row = ticket(self.pool, id).await?.ok_or("there is no such ticket")?;
            lines.push(vec![
                name(user).to_owned(),
                ticket_number.to_string(),
                words(&command),
                match outcome {
                    Err(Failed::Rejected(why)) => format!("rejected: {why}"),
                    done => done.map(|()| row.last_event.clone())?,
                },
                row.version.to_string(),
                row.assigned_to.map_or(String::new(), |user| name(user).to_owned()),
                row.slot.map_or(String::new(), |slot| slot.to_string()),
            ]);
        }
        table(out, &lines)
    }

    async fn comment(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "1. A ticket and its comments")?;
        let create = Command::Create { title: "No light", body: "The lamp in room 4 stays dark." };
        let commands = [
            (ANN, 1, create.clone()),
            (ANN, 1, create),
            (BEN, 1, Command::Comment { id: comment(0xc1), text: "Is it pluged in?" }),
            (ANN, 1, Command::Comment { id: comment(0xc2), text: "Yes." }),
            (ANN, 1, Command::Edit { id: comment(0xc1), text: "What a question." }),
            (BEN, 1, Command::Edit { id: comment(0xc1), text: "Is it plugged in?" }),
            (BEN, 1, Command::Comment { id: comment(0xc3), text: "Then I will come." }),
            (ANN, 1, Command::Delete { id: comment(0xc2) }),
            (ANN, 1, Command::Delete { id: comment(0xc2) }),
        ];
        self.run(out, commands).await?;

        prose(out, "The rows of the view. The author is from the context of the event:")?;
        let row = ticket(self.pool, number(1)).await?.ok_or("the ticket is not there")?;
        let head = ["comment", "version", "created_at", "modified_at", "author", "text", "edits"];
        let mut lines = vec![head.map(str::to_owned).to_vec()];
        lines.extend(row.comments.values().map(|comment| {
            vec![
                format!("{:x}", comment.comment_id.0.as_u128()),
                comment.version.to_string(),
                comment.created_at.format("%H:%M").to_string(),
                comment.modified_at.format("%H:%M").to_string(),
                name(comment.author).to_owned(),
                comment.text.clone(),
                comment.edits.to_string(),
            ]
        }));
        table(out, &lines)?;
        let (ever, author) = (row.comments_ever, name(row.author));
        prose(
            out,
            &format!("The row of the ticket counts {ever} comments ever, and says that {author} opened it."),
        )
    }

    async fn assign(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "2. A user has at most three open tickets")?;
        let create = |at| (ANN, at, Command::Create { title: "No light", body: "Another lamp." });
        let assign = |at, to| (ANN, at, Command::Assign { to });
        let solve = |at| (BEN, at, Command::Solve);
        let commands = [
            assign(1, BEN),
            create(2),
            assign(2, BEN),
            create(3),
            assign(3, BEN),
            create(4),
            assign(4, BEN),
            solve(2),
            assign(4, BEN),
            (ANN, 2, Command::Reopen),
            assign(3, ANN),
            (ANN, 2, Command::Reopen),
        ];
        self.run(out, commands).await
    }

    /// A command that picks a slot without looking, as one does that looks before another writer commits.
    async fn take_a_slot_that_is_taken(&mut self, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
        heading(out, "3. A slot that is taken, and one that there is not")?;
        let before = states(self.pool).await?;
        for slot in [1, 4] {
            let version = ticket(self.pool, number(3)).await?.map_or(0, |ticket| ticket.version);
            let event = TicketEvent::TicketAssigned { assigned_to: BEN, slot };
            prose(out, &format!("Ticket 3 is assigned to Ben, with slot {slot}:"))?;
            let error = append(self.pool, number(3), ANN, self.clock.now(), (version, event)).await;
            let error = error.err().ok_or("the user has too many tickets")?;
            let refusal = refusal_of::<TicketEvent>(&error).ok_or("another error")?;
            let reason = format!("Reason::{:?}", refusal.reason);
            let constraint = refusal.constraint.ok_or("no constraint is named")?;
            list(out, [("SQLSTATE", refusal.sqlstate), ("in Rust", reason), ("violated", constraint)])?;
        }
        if states(self.pool).await? != before {
            return Err("a refused event has changed a ticket".into());
        }
        prose(
            out,
            "Nothing has changed. A command takes the first for a lost race, looks again and tries again.",
        )
    }
}

/// The tables are what the events say, whichever way the events come.
async fn replay(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "4. The events are truncated, and replayed")?;
    let before = states(pool).await?;
    let steps = [
        "CREATE TABLE kept AS SELECT * FROM ticket_events",
        "TRUNCATE ticket_events",
        "INSERT INTO ticket_events SELECT * FROM kept ORDER BY random()",
    ];
    let mut lines = vec![["statement", "tickets", "comments"].map(str::to_owned).to_vec()];
    for step in steps {
        sqlx::query(step).execute(pool).await?;
        let states = states(pool).await?;
        let comments: usize = states.iter().map(|ticket| ticket.comments.len()).sum();
        lines.push(vec![step.to_owned(), states.len().to_string(), comments.to_string()]);
    }
    table(out, &lines)?;
    if states(pool).await? != before {
        return Err("the replayed events give other rows".into());
    }
    prose(out, "All rows are as they were, with their versions and times.")
}

/// The fold in Rust of all stored streams, and the tables.
pub(crate) async fn compare(pool: &PgPool, out: &mut impl Write) -> Result<(), Box<dyn Error>> {
    heading(out, "5. The fold in Rust equals the tables")?;
    let tickets = states(pool).await?;
    if tickets != store::folded::<TicketEvent>(pool).await? {
        return Err("fold and tables differ".into());
    }
    let comments: usize = tickets.iter().map(|ticket| ticket.comments.len()).sum();
    list(out, [("tickets", tickets.len().to_string()), ("comments", comments.to_string())])?;
    prose(out, "All rows are equal.")
}

/// All tickets with their comments.
pub(crate) async fn states(pool: &PgPool) -> Result<Vec<TicketState>, Box<dyn Error>> {
    let ids: Vec<TicketId> = sqlx::query_scalar("SELECT id FROM tickets ORDER BY id").fetch_all(pool).await?;
    let mut states = Vec::new();
    for id in ids {
        states.extend(ticket(pool, id).await?);
    }
    Ok(states)
}

fn name(user: UserId) -> &'static str {
    if user == ANN { "Ann" } else { "Ben" }
}

fn words(command: &Command) -> String {
    match command {
        Command::Create { .. } => "create".to_owned(),
        Command::Assign { to } => format!("assign to {}", name(*to)),
        Command::Solve => "solve".to_owned(),
        Command::Reopen => "reopen".to_owned(),
        Command::Comment { id, .. } => format!("comment {:x}", id.0.as_u128()),
        Command::Edit { id, .. } => format!("edit {:x}", id.0.as_u128()),
        Command::Delete { id } => format!("delete {:x}", id.0.as_u128()),
    }
}
