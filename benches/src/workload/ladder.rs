//! A ladder increases one quantity step by step, for a few subjects.

use super::{Sample, sample};
use crate::cost::{Cost, Session};
use crate::events::Stored;
use crate::insert;
use crate::subject::Lab;
use sqlx::{Connection as _, Executor as _, PgConnection};

/// The quantity that a ladder increases, as labels for its plot.
#[derive(Debug, Clone, Copy)]
pub struct Ladder {
    pub file: &'static str,
    pub title: &'static str,
    pub axis: &'static str,
    /// The letters and names of the subjects: the bare insert first, and es-rollup last.
    pub lines: &'static [(&'static str, &'static str)],
}

impl Ladder {
    /// A step's name among the workloads.
    pub fn workload(&self, step: usize) -> String {
        format!("ladder {}: {step}", self.file)
    }
}

/// The labs of the subjects, with a session each.
pub(super) struct Climbers<'a> {
    pub(super) labs: Vec<&'a Lab>,
    pub(super) sessions: Vec<Session>,
}

impl<'a> Climbers<'a> {
    pub(super) async fn new(
        labs: impl IntoIterator<Item = &'a Lab>,
        before: &[Stored],
    ) -> sqlx::Result<Self> {
        let labs: Vec<&Lab> = labs.into_iter().collect();
        let mut sessions = Vec::new();
        for lab in &labs {
            lab.fill(before).await?;
            let mut session = lab.session().await?;
            session.connection.execute("SET synchronous_commit = off").await?;
            sessions.push(session);
        }
        Ok(Self { labs, sessions })
    }

    /// Brings all to the same state, without measuring.
    pub(super) async fn prepare(&mut self, events: &[Stored]) -> sqlx::Result<()> {
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

    /// Makes the sessions' plans.
    pub(super) async fn warm(&mut self, events: &[Stored]) -> sqlx::Result<()> {
        for session in &mut self.sessions {
            insert::many(&mut session.connection, events).await?;
        }
        Ok(())
    }

    pub(super) async fn measure(
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
            samples.push(sample(&ladder.workload(step), lab, round, events.len(), cost));
        }
        Ok(())
    }

    pub(super) async fn end(self) -> sqlx::Result<()> {
        for session in self.sessions {
            session.connection.close().await?;
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
pub(super) enum How {
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

/// Powers of ten.
pub(super) fn steps(from: usize, to: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(Some(from), |step| Some(step * 10)).take_while(move |step| *step <= to)
}
