//! How the cost of an event grows with the amount of existing data, for es-rollup and for the bare insert.

use super::{Sample, Scale};
use crate::cost::{Cost, Session};
use crate::events::Stored;
use crate::insert;
use crate::streams::World;
use crate::subject::{GROUPS, Lab};
use sqlx::{Connection as _, Executor as _, PgConnection};
use uuid::Uuid;

/// The quantity that a ladder increases, as labels for its plot.
#[derive(Debug, Clone, Copy)]
pub struct Ladder {
    pub file: &'static str,
    pub title: &'static str,
    pub axis: &'static str,
}

pub const STATEMENT: Ladder = Ladder {
    file: "events-per-statement",
    title: "One statement of events of one user",
    axis: "events in the statement",
};
const USERS: Ladder = Ladder {
    file: "rows",
    title: "A single event, by how many users there are",
    axis: "rows of the rollup table",
};
const STREAM: Ladder = Ladder {
    file: "events-per-user",
    title: "A single event, by how many events its user has",
    axis: "events of the user",
};
const TRANSACTION: Ladder = Ladder {
    file: "statements-per-transaction",
    title: "Statements of one event of one user in one transaction",
    axis: "statements in the transaction",
};
const MEMBERS: Ladder = Ladder {
    file: "members-one",
    title: "A single event that adds a member, by how many the set has",
    axis: "members of the set",
};
const MEMBERS_AT_ONCE: Ladder = Ladder {
    file: "members-at-once",
    title: "One statement of events that each add a member to an empty set",
    axis: "events in the statement",
};

/// All ladders, in the order of the report.
pub const LADDERS: [Ladder; 6] = [STATEMENT, USERS, STREAM, TRANSACTION, MEMBERS, MEMBERS_AT_ONCE];

/// A ladder's name among the workloads.
impl Ladder {
    pub fn workload(&self, step: usize) -> String {
        format!("ladder {}: {step}", self.file)
    }
}

const ROUNDS: usize = 5;

/// The labs and sessions of the bare insert and of es-rollup.
struct Pair<'a> {
    labs: [&'a Lab; 2],
    sessions: Vec<Session>,
}

impl<'a> Pair<'a> {
    async fn new(labs: [&'a Lab; 2], before: &[Stored], world: &World) -> sqlx::Result<Self> {
        let mut sessions = Vec::new();
        for lab in labs {
            lab.reset(before, world).await?;
            let mut session = lab.session().await?;
            session.connection.execute("SET synchronous_commit = off").await?;
            sessions.push(session);
        }
        Ok(Self { labs, sessions })
    }

    /// Brings both to the same state, without measuring.
    async fn prepare(&mut self, events: &[Stored]) -> sqlx::Result<()> {
        if events.is_empty() {
            return Ok(());
        }
        let text = insert::copy_text(events);
        for (lab, session) in self.labs.iter().zip(&mut self.sessions) {
            insert::copy(&mut session.connection, &text).await?;
            lab.settle(&mut session.connection).await?;
        }
        Ok(())
    }

    async fn measure(
        &mut self,
        (ladder, step, round): (Ladder, usize, usize),
        events: &[Stored],
        how: How,
        samples: &mut Vec<Sample>,
    ) -> sqlx::Result<()> {
        for (lab, session) in self.labs.iter().zip(&mut self.sessions) {
            let cost = match how {
                How::Apart => one_by_one(session, events).await?,
                How::Transaction => in_one_transaction(session, events).await?,
                How::Statement => {
                    session.measure(async |it: &mut PgConnection| insert::many(it, events).await).await?
                }
            };
            samples.push(Sample {
                workload: ladder.workload(step),
                subject: lab.subject.letter.to_string(),
                round,
                events: events.len() as f64,
                cost,
                latency: None,
                storage: None,
            });
        }
        Ok(())
    }

    async fn end(self, world: Option<&World>, what: Ladder) -> sqlx::Result<()> {
        for (lab, session) in self.labs.into_iter().zip(self.sessions) {
            session.connection.close().await?;
            if let Some(world) = world {
                lab.verify(world, what.file).await?;
            }
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum How {
    /// Each in its own transaction.
    Apart,
    /// Each in its own statement, all in one transaction.
    Transaction,
    Statement,
}

async fn one_by_one(session: &mut Session, events: &[Stored]) -> sqlx::Result<Cost> {
    session
        .measure(async |it: &mut PgConnection| {
            for event in events {
                insert::one(it, event).await?;
            }
            Ok(())
        })
        .await
}

async fn in_one_transaction(session: &mut Session, events: &[Stored]) -> sqlx::Result<Cost> {
    session
        .measure(async |it: &mut PgConnection| {
            let mut transaction = it.begin().await?;
            for event in events {
                insert::one(&mut transaction, event).await?;
            }
            transaction.commit().await
        })
        .await
}

fn steps(from: usize, to: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(from), |step| Some(step * 10)).take_while(move |step| *step <= to)
}

/// Runs all ladders.
pub async fn ladders(labs: &[Lab], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let lab = |letter| labs.iter().find(|lab| lab.subject.letter == letter).expect("the subject exists");
    let pair = [lab('A'), lab('D')];
    statement(pair, scale, samples).await?;
    users(pair, scale, samples).await?;
    stream(pair, scale, samples).await?;
    transaction(pair, scale, samples).await?;
    members(lab('A'), scale, samples).await
}

async fn statement(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(29, 100);
    let mut pair = Pair::new(labs, &before, &world).await?;
    // Makes the session's plans.
    for _ in 0..10 {
        let events = world.events([0]);
        for session in &mut pair.sessions {
            insert::many(&mut session.connection, &events).await?;
        }
    }
    let mut at = 0;
    for step in steps(1, scale.of(100_000, 10_000)) {
        for round in 0..ROUNDS {
            at += 1;
            let events = world.events(std::iter::repeat_n(at, step));
            pair.measure((STATEMENT, step, round), &events, How::Statement, samples).await?;
        }
    }
    pair.end(Some(&world), STATEMENT).await
}

async fn users(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let mut world = World::new(31);
    let mut pair = Pair::new(labs, &[], &world).await?;
    for step in steps(1, scale.of(1_000_000, 100_000)) {
        let created: Vec<Stored> = (world.ids.len()..step).map(|_| world.create()).collect();
        pair.prepare(&created).await?;
        for round in 0..ROUNDS {
            let places: Vec<usize> = (0..200).map(|_| world.random().below(step)).collect();
            let events = world.events(places);
            pair.measure((USERS, step, round), &events, How::Apart, samples).await?;
        }
    }
    pair.end(Some(&world), USERS).await
}

async fn stream(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(37, 1);
    let mut pair = Pair::new(labs, &before, &world).await?;
    let mut length = 1;
    for step in steps(10, scale.of(100_000, 10_000)) {
        let more = step.saturating_sub(length);
        let events = world.events(std::iter::repeat_n(0, more));
        pair.prepare(&events).await?;
        length += more;
        for round in 0..ROUNDS {
            let events = world.events(std::iter::repeat_n(0, 200));
            length += 200;
            pair.measure((STREAM, step, round), &events, How::Apart, samples).await?;
        }
    }
    pair.end(Some(&world), STREAM).await
}

async fn transaction(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(41, 100);
    let mut pair = Pair::new(labs, &before, &world).await?;
    let mut at = 0;
    for step in steps(10, scale.of(10_000, 1000)) {
        for round in 0..3 {
            at += 1;
            let events = world.events(std::iter::repeat_n(at, step));
            pair.measure((TRANSACTION, step, round), &events, How::Transaction, samples).await?;
        }
    }
    pair.end(Some(&world), TRANSACTION).await
}

async fn members(bare: &Lab, scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let groups = Lab::set_up(GROUPS).await?;
    let world = World::new(43);
    let mut pair = Pair::new([bare, &groups], &[], &world).await?;
    let mut next = 0_u128;
    let mut expected = Vec::new();
    for step in steps(1, scale.of(10_000, 1000)) {
        for round in 0..3 {
            next += 1;
            let (id, mut group) = (Uuid::from_u128(next), Group::default());
            let at_once = group.add(id, step);
            pair.measure((MEMBERS_AT_ONCE, step, round), &at_once, How::Statement, samples).await?;
            let singly = group.add(id, 50);
            pair.measure((MEMBERS, step, round), &singly, How::Apart, samples).await?;
            expected.push((id, i32::try_from(group.members).unwrap_or(i32::MAX)));
        }
    }
    let mut session = groups.session().await?;
    let found: Vec<(Uuid, i32)> =
        sqlx::query_as("SELECT id, cardinality(members) FROM user_events_rollup ORDER BY id")
            .fetch_all(&mut session.connection)
            .await?;
    assert_eq!(found, expected, "every set has its members");
    session.connection.close().await?;
    pair.end(None, MEMBERS).await?;
    groups.close().await;
    Ok(())
}

#[derive(Default)]
struct Group {
    members: usize,
}

impl Group {
    /// Events that each add another member.
    fn add(&mut self, id: Uuid, count: usize) -> Vec<Stored> {
        let from = self.members;
        self.members += count;
        (from..self.members)
            .map(|member| Stored {
                id,
                sequence: i32::try_from(member + 1).expect("sets are smaller than that"),
                event_type: "member_added",
                event: format!(r#"{{"type":"member_added","member":"user{member}@example.org"}}"#),
                recorded_at: chrono::DateTime::UNIX_EPOCH,
            })
            .collect()
    }
}
