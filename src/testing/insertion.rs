//! How events get into the database.

use super::column::ident;
use super::columns::Columns;
use super::compare::Told;
use super::database::Work;
use super::driver::{Driver, Failure};
use super::outcome::Refused;
use super::stream::Stream;
use super::tables::{ComparedRows, Tables};
use crate::__private::{Layout, Order};
use crate::{Rollup, SqlType};

/// A way in which the events of a stream reach the rollup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// One event per statement.
    Single,
    /// All events in one statement, the last one first.
    Reversed,
    /// Triggers are disabled; the catch-up function folds the event table afterwards.
    CaughtUp,
}

impl Form {
    pub(super) const ALL: [Self; 3] = [Self::Single, Self::Reversed, Self::CaughtUp];

    /// The words that end a sentence about the events.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Single => "one by one",
            Self::Reversed => "in one statement, the last one first",
            Self::CaughtUp => {
                "while triggers were off, then folded from the event table by the catch-up function"
            }
        }
    }
}

/// How the database responds to events.
#[derive(Debug)]
pub(super) enum Answer {
    /// The rows in each table, with those that they were compared with.
    Rows(Vec<ComparedRows>),
    Refused(Refused),
}

/// The statements of one enum.
#[derive(Debug)]
pub(super) struct Statements {
    /// Takes rows as a JSON array.
    pub(super) insert: String,
    /// Takes an id.
    catch_up: String,
    pub(super) tables: Tables,
    off: String,
}

impl Statements {
    pub(super) fn new<E: Columns + Rollup<Id: SqlType>>() -> Self {
        let (events, rollup) = (E::EVENT_TABLE, E::ROLLUP_TABLE);
        let id = E::Id::SQL.read;
        let (columns, values) = columns(&E::LAYOUT, &id.to_string());
        // The first event that must be included.
        let first = match E::LAYOUT.order {
            Order::Contiguous => "",
            Order::Increasing => ", 1::bigint",
        };
        let bare = rollup.strip_suffix('"').unwrap_or(rollup);
        Self {
            insert: format!(
                "INSERT INTO {events} ({columns})
                 SELECT {values}
                 FROM jsonb_array_elements($1::text::jsonb) WITH ORDINALITY AS es_rows (es_row, es_place),
                   LATERAL (SELECT es_row -> 'id') AS es_ids (es_value)
                 ORDER BY es_place"
            ),
            catch_up: format!(
                "SELECT {bare}_catch_up\"({id}{first})::text FROM (SELECT $1::text::jsonb) AS es_ids (es_value)"
            ),
            tables: Tables::new::<E>(),
            off: format!("ALTER TABLE {events} DISABLE TRIGGER USER"),
        }
    }
}

/// The columns of the event table and, for each, what is read for it from a row of a stream.
fn columns(layout: &Layout, read_id: &str) -> (String, String) {
    let Layout { id, sequence, order: _, event_type, payload, recorded_at, context, filter } = layout;
    let mut columns = vec![
        (*id, read_id.to_owned()),
        (*sequence, "(es_row ->> 'sequence')::integer".into()),
        (*event_type, "es_row ->> 'event_type'".into()),
        (*payload, "es_row -> 'event'".into()),
    ];
    let time = "to_timestamp((es_row ->> 'recorded_at')::bigint)";
    columns.extend(recorded_at.map(|name| (name, time.into())));
    columns.extend(context.map(|name| (name, "nullif(es_row -> 'context', 'null')".into())));
    columns.extend(filter.map(|(name, value)| (name, format!("'{}'", value.replace('\'', "''")))));
    let (names, values): (Vec<String>, Vec<String>) =
        columns.into_iter().map(|(name, value)| (ident(name), value)).unzip();
    (names.join(", "), values.join(", "))
}

/// Inserts a stream in one form, compares its rows and rolls everything back.
pub(super) async fn ask<E: Rollup, D: Driver>(
    work: &mut Work<'_, D>,
    statements: &Statements,
    form: Form,
    stream: &Stream,
    told: &[Told],
) -> Result<Answer, String> {
    work.begin().await.map_err(|failure| failure.to_string())?;
    let answer = match insert(work, statements, form, stream).await {
        Ok(()) => statements.tables.compared(work, told, &stream.id).await.map(Answer::Rows),
        Err((Failure::Refused(report), statement)) => {
            Ok(Answer::Refused(Refused::new::<E>(*report, statement)))
        }
        Err((Failure::Other(error), _)) => Err(error),
    };
    work.end("ROLLBACK").await.map_err(|failure| failure.to_string())?;
    answer
}

/// A failure comes with the sequence of its event if the statement inserted a single one.
async fn insert<D: Driver>(
    work: &mut Work<'_, D>,
    statements: &Statements,
    form: Form,
    stream: &Stream,
) -> Result<(), (Failure, Option<i64>)> {
    let unknown = |failure| (failure, None);
    // Deferred constraints would be checked at commit, but none of these transactions commits.
    D::run(work.connection, "SET CONSTRAINTS ALL IMMEDIATE").await.map_err(unknown)?;
    if form == Form::CaughtUp {
        D::run(work.connection, &statements.off).await.map_err(unknown)?;
    }
    match form {
        Form::Single => {
            for (row, sequence) in stream.rows.iter().zip(1_i64..) {
                let rows = format!("[{row}]");
                let inserted = D::rows(work.connection, &statements.insert, &[&rows]).await;
                inserted.map_err(|failure| (failure, Some(sequence)))?;
            }
        }
        Form::Reversed | Form::CaughtUp => {
            let rows = array(stream.rows.iter().rev());
            D::rows(work.connection, &statements.insert, &[&rows]).await.map_err(unknown)?;
        }
    }
    if form == Form::CaughtUp {
        D::rows(work.connection, &statements.catch_up, &[&stream.id]).await.map_err(unknown)?;
    }
    Ok(())
}

/// Rows as a JSON array.
pub(super) fn array<'row>(rows: impl Iterator<Item = &'row String>) -> String {
    let rows: Vec<&str> = rows.map(String::as_str).collect();
    format!("[{}]", rows.join(","))
}
