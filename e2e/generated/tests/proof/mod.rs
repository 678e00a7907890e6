//! Installs an enum's rollup, inserts streams and compares what comes of each statement three ways.

mod tally;

use es_rollup::ErrorKind;
use es_rollup_e2e_cases::description::{Enum, Kind};
use es_rollup_e2e_cases::dice::Dice;
use es_rollup_e2e_cases::drawn::drawn;
use es_rollup_e2e_cases::events::Event;
use es_rollup_e2e_cases::reference::{self, Why};
use es_rollup_e2e_cases::source::source;
use es_rollup_e2e_cases::streams::streams;
use es_rollup_e2e_cases::types::Ty;
use es_rollup_e2e_generated::{Folded, Subject};
use serde_json::Value;
use sqlx::postgres::PgDatabaseError;
use sqlx::{AssertSqlSafe, Executor, PgConnection, PgPool};
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

/// What the reference says of one entity.
type Expected = Result<Option<Value>, reference::Refused>;

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
            let folded = reference::fold(self.described, &log, &mut |one| *done.entry(one).or_default() += 1);
            self.tally.folds += 1;
            in_rust(self.described, &log, &(self.subject.fold)(&log), &folded)
                .map_err(|difference| format!("{IN_RUST}entity {id}: {difference}"))?;
            expected.insert(id, folded);
        }
        self.connection.execute("SAVEPOINT before").await.expect("a savepoint");
        match insert(self.connection, self.subject, self.described, events).await {
            Ok(()) => {
                let refused = expected.values().find_map(|one| one.as_ref().err());
                if stored_already || refused.is_some() {
                    return Err(format!(
                        "the database accepts\nthe reference refuses: {refused:?}, stored already: {stored_already}"
                    ));
                }
                let rows = self.rows().await;
                for (id, expected) in &expected {
                    let expected = expected.as_ref().ok().and_then(Option::as_ref);
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
            let Err(refused) = outcome else { continue };
            let names = error.message().starts_with(&format!("event {} ", refused.sequence))
                && error.message().contains(&format!("of entity {id} in"));
            let cause = |(why, column): &&(Why, Option<&str>)| {
                error.code() == kind(*why).sqlstate() && error.column() == *column
            };
            agreed = agreed.or(refused.causes.iter().find(cause).filter(|_| names));
        }
        match agreed.filter(|_| !stored_already) {
            Some((why, _)) => {
                *self.tally.refused.entry(format!("{why:?}")).or_default() += 1;
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

    /// The rows by id, as the reference shows them.
    async fn rows(&mut self) -> BTreeMap<String, Value> {
        let time = moment().sql;
        let mut shown = vec!["'version', to_jsonb(r.version)".to_string()];
        for name in ["created_at", "modified_at"] {
            shown.push(format!("'{name}', {}", time.replace('@', &format!("r.{name}"))));
        }
        for column in &self.described.columns {
            let name = format!("r.\"{}\"", column.name);
            let value = match column.kind {
                Kind::Value | Kind::Counter => column.ty.sql.replace('@', &name),
                Kind::Set | Kind::List => format!(
                    "(SELECT coalesce(jsonb_agg({} ORDER BY at), '[]') FROM unnest({name}) WITH ORDINALITY AS m (v, at))",
                    column.ty.sql.replace('@', "m.v")
                ),
            };
            shown.push(format!("'{}', {value}", column.name));
        }
        let sql = format!(
            "SELECT r.id::text, jsonb_build_object({}) FROM {} AS r",
            shown.join(", "),
            self.subject.rollup
        );
        let rows: Vec<(String, Value)> =
            sqlx::query_as(AssertSqlSafe(sql)).fetch_all(&mut *self.connection).await.expect("the rows");
        rows.into_iter().map(|(id, row)| (id, kept(self.described, row))).collect()
    }
}

fn moment() -> &'static Ty {
    let mut types = es_rollup_e2e_cases::types::TYPES.iter();
    types.find(|ty| ty.rust == "DateTime<Utc>").expect("the type")
}

/// A row or a state with one form of all that means the same.
fn kept(described: &Enum, mut row: Value) -> Value {
    let object = row.as_object_mut().expect("a row is an object");
    object.remove("id");
    for name in ["created_at", "modified_at"] {
        let time = &mut object[name];
        *time = (moment().kept)(time);
    }
    for column in &described.columns {
        let value = &mut object[column.name];
        match (column.kind, &mut *value) {
            (_, Value::Null) => {}
            (Kind::Set | Kind::List, Value::Array(members)) => {
                members.iter_mut().for_each(|member| *member = (column.ty.kept)(member));
            }
            (_, value) => *value = (column.ty.kept)(value),
        }
    }
    row
}

fn different(id: &str, what: &str, one: Option<&Value>, other: Option<&Value>) -> String {
    let (Some(Value::Object(row)), Some(Value::Object(fold))) = (one, other) else {
        return format!("entity {id}: {what} is {one:?}\nthe reference: {other:?}");
    };
    let columns = fold.iter().filter(|(column, value)| row.get(*column) != Some(value));
    let columns: Vec<String> = columns
        .map(|(column, value)| format!("\n  {column}: {what} {:?}, the reference {value}", row.get(column)))
        .collect();
    format!("entity {id}: {what} is not the reference's{}", columns.concat())
}

/// Whether the Rust fold comes to what the reference does.
fn in_rust(described: &Enum, log: &[&Event], rust: &Folded, expected: &Expected) -> Result<(), String> {
    let shown = |state: &Option<Value>| state.clone().map(|state| kept(described, state));
    match (rust, expected) {
        (Ok(rust), Ok(expected)) if shown(rust) == *expected => Ok(()),
        (Ok(rust), Ok(expected)) => {
            Err(different("it", "the state", shown(rust).as_ref(), expected.as_ref()))
        }
        (Err(rust), Err(expected)) => {
            if shown(&rust.state) != expected.before {
                let before = expected.before.as_ref();
                return Err(different("it", "the refused state", shown(&rust.state).as_ref(), before));
            }
            let unreadable = log.iter().any(|event| event.unreadable && event.sequence == rust.sequence);
            let exact =
                |(why, column): &(Why, Option<&str>)| rust.kind == Some(kind(*why)) && rust.column == *column;
            let agrees = match rust.kind {
                // What serde cannot read the database may refuse for another reason.
                None => unreadable,
                Some(_) => expected.causes.iter().any(exact),
            };
            if agrees && rust.sequence == expected.sequence {
                return Ok(());
            }
            Err(format!("Rust refuses: {rust:?}\nthe reference: {expected:?}"))
        }
        (rust, expected) => Err(format!("Rust: {rust:?}\nthe reference: {expected:?}")),
    }
}

async fn insert(
    connection: &mut PgConnection,
    subject: &Subject,
    described: &Enum,
    events: &[Event],
) -> sqlx::Result<()> {
    let sql = format!(
        "INSERT INTO {} (id, sequence, event_type, event, context, recorded_at)
         SELECT id::{}, sequence, '-', event, context, recorded_at::timestamptz
         FROM unnest($1::text[], $2::integer[], $3::jsonb[], $4::jsonb[], $5::text[])
           AS rows (id, sequence, event, context, recorded_at)",
        subject.events,
        described.id.sql()
    );
    let all = || events.iter();
    let sequence = |event: &Event| i32::try_from(event.sequence).expect("a small sequence");
    sqlx::query(AssertSqlSafe(sql))
        .bind(all().map(|event| event.id.clone()).collect::<Vec<_>>())
        .bind(all().map(sequence).collect::<Vec<_>>())
        .bind(all().map(|event| event.payload.clone()).collect::<Vec<_>>())
        .bind(all().map(|event| event.context.clone()).collect::<Vec<_>>())
        .bind(all().map(|event| event.recorded_at.clone()).collect::<Vec<_>>())
        .execute(connection)
        .await
        .map(drop)
}
