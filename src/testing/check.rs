//! Whether Rust and the database make the same of a stream.

use super::database::Database;
use super::difference::{Difference, Side};
use super::driver::Reads;
use super::insertion::{Answer, Form, Statements, ask};
use super::outcome::Outcome;
use super::stream::{Contexts, Folded, Stream, Testable, fold, read_back};
use crate::ErrorKind;
use std::any::type_name;

pub(super) const RUST: &str = "Rust";
pub(super) const POSTGRESQL: &str = "PostgreSQL";

/// Folds the events in Rust and in the database, in every form, and compares.
///
/// # Panics
///
/// Where the database cannot be asked, or the kit cannot read what it answers.
#[track_caller]
pub(super) fn check<E: Testable, D: Reads<E::State>>(
    database: &Database<D>,
    statements: &Statements,
    id: &E::Id,
    events: &[&E],
    contexts: &Contexts<E>,
) -> Result<Outcome<E::State>, Difference> {
    let stream = Stream::write(id, events, contexts);
    let folded: Folded<E> = fold(id, events.iter().copied(), contexts);
    survives(id, events, contexts, &stream, &folded)?;
    let answers = database.with(async |work| {
        let mut answers = Vec::new();
        for form in Form::ALL {
            answers.push((form, ask::<E::State, D>(work, statements, form, &stream).await?));
        }
        Ok::<_, String>(answers)
    });
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => panic!("{}", unread::<E>(&error)),
    };
    let mut first = None;
    for (form, answer) in answers {
        let stored = matches!(first, Some(Outcome::State(_) | Outcome::Deleted));
        if !agree::<E>(&folded, &answer, form, stored) {
            return Err(difference::<E>(&folded, &answer, &stream, form));
        }
        // What the others say besides is no more than the first one does.
        first.get_or_insert_with(|| outcome(answer, events.is_empty()));
    }
    Ok(first.expect("there are several forms"))
}

/// What is said where there is no answer at all.
pub(super) fn unread<E: Testable>(error: &str) -> String {
    let state = type_name::<E::State>();
    format!("a row of {} cannot be read: {error}", state.rsplit("::").next().unwrap_or(state))
}

/// The database sees what serde writes: an event that does not survive it is not the one that is folded.
fn survives<E: Testable>(
    id: &E::Id,
    events: &[&E],
    contexts: &Contexts<E>,
    stream: &Stream,
    folded: &Folded<E>,
) -> Result<(), Difference> {
    // What serde may make of a value that is refused matters to nobody.
    let taken = match folded {
        Ok(_) => events.len(),
        Err(error) => usize::try_from(error.sequence - 1).unwrap_or_default(),
    };
    let events = &events[..taken];
    let read = read_back(events).map_err(|error| Difference::unreadable(stream, &error))?;
    let again = fold(id, &read, contexts);
    let before: Folded<E> = fold(id, events.iter().copied(), contexts);
    if again == before {
        return Ok(());
    }
    Err(Difference::new::<E>(
        "the events are others after serde has written them and read them back",
        stream,
        "folded in Rust before and after that",
        &[("before", Side::rust::<E>(&before)), ("after", Side::rust::<E>(&again))],
    )
    .of_serde())
}

/// Whether an answer is what Rust expects; `stored`: the events went in one by one.
fn agree<E: Testable>(folded: &Folded<E>, answer: &Answer<E::State>, form: Form, stored: bool) -> bool {
    match (folded, answer) {
        (Ok(state), Answer::Row(row)) => state == row,
        (Err(_), Answer::Row(_)) => false,
        // Only what stands between two statements may keep one form from storing what another one does.
        (Ok(_), Answer::Refused(refused)) => refused.is_the_databases_own() && !stored,
        (Err(error), Answer::Refused(refused)) if refused.is_the_databases_own() => {
            form != Form::Single || refused.sequence.is_some_and(|sequence| sequence <= error.sequence)
        }
        (Err(error), Answer::Refused(refused)) => refused.kind.is_some_and(|kind| {
            alike(error.kind, kind)
                && refused.sequence == Some(error.sequence)
                && refused.column.as_deref() == error.column
        }),
    }
}

/// A value that JSON has no word for, such as an infinite float, is null to the database.
fn alike(rust: ErrorKind, database: ErrorKind) -> bool {
    rust == database || (rust == ErrorKind::WrongValue && database == ErrorKind::NullValue)
}

fn outcome<S>(answer: Answer<S>, empty: bool) -> Outcome<S> {
    match answer {
        Answer::Row(Some(state)) => Outcome::State(state),
        Answer::Row(None) if empty => Outcome::Empty,
        Answer::Row(None) => Outcome::Deleted,
        Answer::Refused(refused) => Outcome::Refused(refused),
    }
}

fn difference<E: Testable>(
    folded: &Folded<E>,
    answer: &Answer<E::State>,
    stream: &Stream,
    form: Form,
) -> Difference {
    let (head, row) = match (folded, answer) {
        (Ok(_), Answer::Row(row)) => {
            (format!("the row in {} is not the fold of its events", E::ROLLUP_TABLE), Side::row(row.as_ref()))
        }
        (Err(_), Answer::Row(row)) => {
            ("PostgreSQL accepts events that Rust refuses".into(), Side::row(row.as_ref()))
        }
        (Ok(_), Answer::Refused(refused)) => {
            ("PostgreSQL refuses events that Rust folds".into(), Side::refused(refused))
        }
        (Err(_), Answer::Refused(refused)) => {
            ("Rust and PostgreSQL refuse the events for different reasons".into(), Side::refused(refused))
        }
    };
    let inserted = format!("inserted {}", form.words());
    let sides = &[(RUST, Side::rust::<E>(folded)), (POSTGRESQL, row)];
    Difference::new::<E>(&head, stream, &inserted, sides)
}
