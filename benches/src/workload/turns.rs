//! Batches of events that every subject inserts, in turns.

use super::{Sample, sample};
use crate::cost::{Cost, Session};
use crate::events::{Stored, User};
use crate::insert;
use crate::streams::World;
use crate::subject::{Keeps, Lab};
use sqlx::{Connection as _, PgConnection};

/// Batches for every subject, made once.
pub struct Workload {
    pub name: String,
    pub before: Vec<Stored>,
    /// The state of all users before the first batch, for the application.
    pub users: Vec<User>,
    /// Not measured: these make the session's plans.
    pub warm: Vec<Batch>,
    pub rounds: Vec<Vec<Batch>>,
    pub how: How,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// A loop in the server, in one transaction.
    OneByOne,
    /// An `INSERT ... SELECT FROM UNNEST(...)`.
    Statement,
}

pub struct Batch {
    pub events: Vec<Stored>,
    /// The states after the batch, for the application to write.
    pub states: Vec<User>,
}

impl Batch {
    /// A batch for subjects among which there is no application.
    pub const fn of(events: Vec<Stored>) -> Self {
        Self { events, states: Vec::new() }
    }
}

impl Workload {
    /// Whether a subject can do it: an application cannot write rows from within a loop in the server.
    pub fn suits(&self, lab: &Lab) -> bool {
        self.how == How::Statement || lab.subject.keeps != Keeps::Application
    }

    pub async fn run(&self, labs: &[Lab], samples: &mut Vec<Sample>) -> sqlx::Result<()> {
        let before = World::of(self.users.clone());
        let mut sessions = Vec::new();
        for lab in labs.iter().filter(|lab| self.suits(lab)) {
            lab.reset(&self.before, &before).await?;
        }
        labs[0].checkpoint().await?;
        for lab in labs.iter().filter(|lab| self.suits(lab)) {
            let mut session = lab.session().await?;
            self.insert(lab, &mut session, &self.warm).await?;
            sessions.push((lab, session));
        }
        for (round, batches) in self.rounds.iter().enumerate() {
            // Subjects take turns to begin a round, so that no subject is always first after a pause.
            let first = round % sessions.len();
            for at in (first..sessions.len()).chain(0..first) {
                let (lab, session) = &mut sessions[at];
                let cost = self.insert(lab, session, batches).await?;
                let events: usize = batches.iter().map(|batch| batch.events.len()).sum();
                samples.push(sample(&self.name, lab, round, events, cost));
            }
        }
        for (_, session) in sessions {
            session.connection.close().await?;
        }
        Ok(())
    }

    async fn insert(&self, lab: &Lab, session: &mut Session, batches: &[Batch]) -> sqlx::Result<Cost> {
        if self.how == How::OneByOne {
            return loop_in_server(session, batches).await;
        }
        let application = lab.subject.keeps == Keeps::Application;
        // One measurement for all statements, so that they follow each other as in practice.
        session
            .measure(async |connection: &mut PgConnection| {
                for Batch { events, states } in batches {
                    if application {
                        insert_and_keep(connection, events, states).await?;
                    } else {
                        insert::many(connection, events).await?;
                    }
                }
                Ok(())
            })
            .await
    }
}

async fn loop_in_server(session: &mut Session, batches: &[Batch]) -> sqlx::Result<Cost> {
    let mut total = Cost::default();
    for Batch { events, .. } in batches {
        insert::stage(&mut session.connection, events).await?;
        let last = i64::try_from(events.len()).unwrap_or(i64::MAX);
        let call = async |it: &mut PgConnection| {
            sqlx::query("SELECT insert_one_by_one(1, $1)").bind(last).execute(it).await.map(drop)
        };
        total += session.measure(call).await?;
    }
    Ok(total)
}

async fn insert_and_keep(
    connection: &mut PgConnection,
    events: &[Stored],
    states: &[User],
) -> sqlx::Result<()> {
    let mut transaction = connection.begin().await?;
    insert::many(&mut transaction, events).await?;
    match states {
        [state] => insert::keep_row(&mut transaction, state).await?,
        states => insert::keep_rows(&mut transaction, &states.iter().collect::<Vec<_>>()).await?,
    }
    transaction.commit().await
}
