//! Installs an enum's rollup, inserts streams and compares what comes of each statement three ways.

mod compared;
mod stored;
mod tally;

use compared::{Expected, different, in_rust};
use es_rollup::ErrorKind;
use es_rollup_e2e_cases::description::Enum;
use es_rollup_e2e_cases::dice::Dice;
use es_rollup_e2e_cases::drawn::drawn;
use es_rollup_e2e_cases::events::Event;
use es_rollup_e2e_cases::reference::{Cause, Why};
use es_rollup_e2e_cases::source::source;
use es_rollup_e2e_cases::streams::streams;
use es_rollup_e2e_generated::Subject;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection, PgPool};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use tally::Tally;

/// How a difference between the Rust fold and the reference begins.
pub(crate) const IN_RUST: &str = "in Rust, ";

fn kind(why: Why) -> ErrorKind {
    match why {
        Why::Gap => ErrorKind::Gap,
        Why::Replay => ErrorKind::Replay,
        Why::NotCreated => ErrorKind::NotCreated,
        Why::CreatedTwice => ErrorKind::CreatedTwice,
        Why::UnknownEvent => ErrorKind::UnknownEvent,
        Why::Malformed => ErrorKind::Malformed,
        Why::MissingKey => ErrorKind::MissingKey,
        Why::NullValue => ErrorKind::NullValue,
        Why::WrongValue => ErrorKind::WrongValue,
        Why::Deleted => ErrorKind::Deleted,
        Why::Overflow => ErrorKind::Overflow,
        Why::RowMissing => ErrorKind::RowMissing,
        Why::RowExists => ErrorKind::RowExists,
    }
}

async fn run(pool: &PgPool, sql: &str) -> sqlx::Result<()> {
    let mut transaction = pool.begin().await?;
    transaction.execute(AssertSqlSafe(sql)).await?;
    transaction.commit().await
}

/// Tries an enum with random streams; says what differs, if anything does.
pub(crate) async fn prove(
    pool: &PgPool,
    described: &Enum,
    subject: &Subject,
    cases: usize,
    tally: &mut Tally,
) -> Result<(), String> {
    tally.enums += 1;
    for one in drawn(described) {
        *tally.drawn.entry(one).or_default() += 1;
    }
    let events = format!(
        "CREATE TABLE {} (id {} NOT NULL, sequence integer NOT NULL, event_type text NOT NULL, event jsonb NOT NULL,
           context jsonb, recorded_at timestamptz NOT NULL, UNIQUE (id, sequence))",
        subject.events,
        described.id.sql()
    );
    run(pool, &events).await.expect("the event table is made");
    run(pool, subject.migration).await.map_err(|error| format!("the migration fails: {error}"))?;
    let mut outcome = Ok(());
    for case in 0..cases {
        let mut dice = Dice::new(case as u64, described.number);
        let mut transaction = pool.begin().await.expect("a transaction");
        let mut session =
            Session { described, subject, connection: &mut transaction, tally, logs: BTreeMap::new() };
        outcome = session.case(&mut dice).await.map_err(|error| format!("case {case}: {error}"));
        // Nothing is kept, so that ids may come again.
        transaction.rollback().await.expect("nothing is kept");
        if outcome.is_err() {
            break;
        }
    }
    run(pool, subject.revert).await.expect("the rollup is taken away");
    run(pool, &format!("DROP TABLE {}", subject.events)).await.expect("the event table is dropped");
    outcome.map_err(|error| format!("{error}\n{}", source(described)))
}

/// A transaction of which nothing will be kept, and what each entity's log has in it.
struct Session<'a> {
    described: &'a Enum,
    subject: &'a Subject,
    connection: &'a mut PgConnection,
    tally: &'a mut Tally,
    logs: BTreeMap<String, Vec<Event>>,
}

impl Session<'_> {
    async fn case(&mut self, dice: &mut Dice) -> Result<(), String> {
        let streams = streams(self.described, dice);
        for fault in &streams.faults {
            *self.tally.faults.entry(fault).or_default() += 1;
        }
        let ids: BTreeSet<&String> = streams.statements.iter().flatten().map(|event| &event.id).collect();
        self.tally.streams += ids.len() as u64;
        for events in &streams.statements {
            *self.tally.statements.entry(streams.form).or_default() += 1;
            self.tally.events += events.len() as u64;
            events.iter().for_each(|event| self.tally.look_at(&event.payload));
            self.statement(events).await.map_err(|difference| {
                let shown: Vec<String> = events
                    .iter()
                    .map(|one| {
                        let Event { id, sequence, payload, recorded_at, context, .. } = one;
                        let context =
                            context.as_ref().map_or_else(String::new, |one| format!(" beside {one}"));
                        format!("  {id}: {sequence} at {recorded_at} {payload}{context}")
                    })
                    .collect();
                let before: Vec<String> = self
                    .logs
                    .values()
                    .flatten()
                    .map(|one| format!("  {}: {} {}", one.id, one.sequence, one.payload))
                    .collect();
                format!(
                    "{difference}\nstored before:\n{}\ninserted, {:?}:\n{}",
                    before.join("\n"),
                    streams.form,
                    shown.join("\n")
                )
            })?;
        }
        Ok(())
    }

    /// Inserts events in one statement and compares.
    async fn statement(&mut self, events: &[Event]) -> Result<(), String> {
        let mut next = self.logs.clone();
        let mut stored_already = false;
        for event in events {
            let log = next.entry(event.id.clone()).or_default();
            stored_already |= log.iter().any(|one| one.sequence == event.sequence);
            log.push(event.clone());
            log.sort_by_key(|event| event.sequence);
        }
        let touched: BTreeSet<&String> = events.iter().map(|event| &event.id).collect();
        let mut expected: BTreeMap<&String, Expected> = BTreeMap::new();
        for id in touched {
            let log: Vec<&Event> = next[id].iter().collect();
            let done = &mut self.tally.done;
            // The states before these events have been compared.
            let from = self.logs.get(id).map_or(0, Vec::len);
            let folded =
                Expected::of(self.described, &log, from, &mut |one| *done.entry(one).or_default() += 1);
            self.tally.folds += 1;
            in_rust(self.described, &log, &(self.subject.fold)(&log, from), &folded)
                .map_err(|difference| format!("{IN_RUST}entity {id}: {difference}"))?;
            expected.insert(id, folded);
        }
        self.connection.execute("SAVEPOINT before").await.expect("a savepoint");
        match stored::insert(self.connection, self.subject, self.described, events).await {
            Ok(()) => {
                let refused = expected.values().find_map(|one| one.refused.as_ref());
                if stored_already || refused.is_some() {
                    return Err(format!(
                        "the database accepts\nthe reference refuses: {refused:?}, stored already: {stored_already}"
                    ));
                }
                let rows = stored::rows(self.connection, self.subject, self.described).await;
                for (id, expected) in &expected {
                    let expected = expected.state.as_ref();
                    let row = rows.get(*id);
                    if row != expected {
                        return Err(different(id, "the row", row, expected));
                    }
                }
                self.logs = next;
            }
            Err(error) => {
                self.refused(&error, stored_already, &expected)?;
                self.connection.execute("ROLLBACK TO SAVEPOINT before").await.expect("back");
            }
        }
        Ok(())
    }

    /// Whether the database's refusal is one of those that the reference expects.
    fn refused(
        &mut self,
        error: &sqlx::Error,
        stored_already: bool,
        expected: &BTreeMap<&String, Expected>,
    ) -> Result<(), String> {
        let database = error.as_database_error().map(|error| error.downcast_ref::<PgDatabaseError>());
        let Some(error) = database else { return Err(format!("the database fails: {error}")) };
        // The event table itself refuses, before any event is looked at.
        if stored_already && error.code() == "23505" {
            *self.tally.refused.entry("Replay".into()).or_default() += 1;
            return Ok(());
        }
        let mut agreed = None;
        for (id, outcome) in expected {
            let Some(refused) = &outcome.refused else { continue };
            let names = error.message().starts_with(&format!("event {} ", refused.sequence))
                && error.message().contains(&format!("of entity {id} in"));
            let cause = |Cause { why, view, column }: &&Cause| {
                let table = stored::table(self.subject, *view);
                let is_of_table = error.table().is_none_or(|name| table.ends_with(&format!(".\"{name}\"")));
                error.code() == kind(*why).sqlstate() && error.column() == *column && is_of_table
            };
            agreed = agreed.or(refused.causes.iter().find(cause).filter(|_| names));
        }
        match agreed.filter(|_| !stored_already) {
            Some(Cause { why, view, .. }) => {
                let place = if view.is_some() { " in a view" } else { "" };
                *self.tally.refused.entry(format!("{why:?}{place}")).or_default() += 1;
                Ok(())
            }
            None => Err(format!(
                "the database refuses: {} {} (column {:?})\nthe reference: {expected:?}, stored already: {stored_already}",
                error.code(),
                error.message(),
                error.column()
            )),
        }
    }
}
