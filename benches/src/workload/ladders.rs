//! How the cost of an event grows with the amount of existing data, for es-rollup and for the bare insert.

use super::ladder::{Climbers, How, Ladder, steps};
use super::{Sample, Scale};
use crate::events::Stored;
use crate::streams::World;
use crate::subject::{GROUPS, Lab};
use sqlx::Connection as _;
use uuid::Uuid;

const LINES: &[(&str, &str)] = &[("A", "events only"), ("D", "es-rollup")];

const STATEMENT: Ladder = Ladder {
    file: "events-per-statement",
    title: "One statement of events of one user",
    axis: "events in the statement",
    lines: LINES,
};
const USERS: Ladder = Ladder {
    file: "rows",
    title: "A single event, by how many users there are",
    axis: "rows of the rollup table",
    lines: LINES,
};
const STREAM: Ladder = Ladder {
    file: "events-per-user",
    title: "A single event, by how many events its user has",
    axis: "events of the user",
    lines: LINES,
};
const TRANSACTION: Ladder = Ladder {
    file: "statements-per-transaction",
    title: "Statements of one event of one user in one transaction",
    axis: "statements in the transaction",
    lines: LINES,
};
const MEMBERS: Ladder = Ladder {
    file: "members-one",
    title: "A single event that adds a member, by how many the set has",
    axis: "members of the set",
    lines: LINES,
};
const MEMBERS_AT_ONCE: Ladder = Ladder {
    file: "members-at-once",
    title: "One statement of events that each add a member to an empty set",
    axis: "events in the statement",
    lines: LINES,
};

/// The ladders of users and of sets, in the order of the report.
pub const LADDERS: [Ladder; 6] = [STATEMENT, USERS, STREAM, TRANSACTION, MEMBERS, MEMBERS_AT_ONCE];

const ROUNDS: usize = 5;

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

async fn verify(labs: [&Lab; 2], world: &World, ladder: Ladder) -> sqlx::Result<()> {
    for lab in labs {
        lab.verify(world, ladder.file).await?;
    }
    Ok(())
}

async fn statement(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(29, 100);
    let mut climbers = Climbers::new(labs, &before).await?;
    // Makes the session's plans.
    for _ in 0..10 {
        climbers.warm(&world.events([0])).await?;
    }
    let mut at = 0;
    for step in steps(1, scale.of(100_000, 10_000)) {
        for round in 0..ROUNDS {
            at += 1;
            let events = world.events(std::iter::repeat_n(at, step));
            climbers.measure((STATEMENT, step, round), &events, How::Statement, samples).await?;
        }
    }
    climbers.end().await?;
    verify(labs, &world, STATEMENT).await
}

async fn users(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let mut world = World::new(31);
    let mut climbers = Climbers::new(labs, &[]).await?;
    for step in steps(1, scale.of(1_000_000, 100_000)) {
        let created: Vec<Stored> = (world.ids.len()..step).map(|_| world.create()).collect();
        climbers.prepare(&created).await?;
        for round in 0..ROUNDS {
            let places: Vec<usize> = (0..200).map(|_| world.random().below(step)).collect();
            let events = world.events(places);
            climbers.measure((USERS, step, round), &events, How::Apart, samples).await?;
        }
    }
    climbers.end().await?;
    verify(labs, &world, USERS).await
}

async fn stream(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(37, 1);
    let mut climbers = Climbers::new(labs, &before).await?;
    let mut length = 1;
    for step in steps(10, scale.of(100_000, 10_000)) {
        let more = step.saturating_sub(length);
        let events = world.events(std::iter::repeat_n(0, more));
        climbers.prepare(&events).await?;
        length += more;
        for round in 0..ROUNDS {
            let events = world.events(std::iter::repeat_n(0, 200));
            length += 200;
            climbers.measure((STREAM, step, round), &events, How::Apart, samples).await?;
        }
    }
    climbers.end().await?;
    verify(labs, &world, STREAM).await
}

async fn transaction(labs: [&Lab; 2], scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let (mut world, before) = World::with_users(41, 100);
    let mut climbers = Climbers::new(labs, &before).await?;
    let mut at = 0;
    for step in steps(10, scale.of(10_000, 1000)) {
        for round in 0..3 {
            at += 1;
            let events = world.events(std::iter::repeat_n(at, step));
            climbers.measure((TRANSACTION, step, round), &events, How::Transaction, samples).await?;
        }
    }
    climbers.end().await?;
    verify(labs, &world, TRANSACTION).await
}

async fn members(bare: &Lab, scale: Scale, samples: &mut Vec<Sample>) -> sqlx::Result<()> {
    let groups = Lab::set_up(GROUPS).await?;
    let mut climbers = Climbers::new([bare, &groups], &[]).await?;
    let mut next = 0_u128;
    let mut expected = Vec::new();
    for step in steps(1, scale.of(10_000, 1000)) {
        for round in 0..3 {
            next += 1;
            let (id, mut group) = (Uuid::from_u128(next), Group::default());
            let at_once = group.add(id, step);
            climbers.measure((MEMBERS_AT_ONCE, step, round), &at_once, How::Statement, samples).await?;
            let singly = group.add(id, 50);
            climbers.measure((MEMBERS, step, round), &singly, How::Apart, samples).await?;
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
    climbers.end().await?;
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
