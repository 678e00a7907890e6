//! Checks that Rust and the database fold a stream alike.

use super::column::Held;
use super::database::Database;
use super::difference::{Difference, POSTGRESQL, RUST, Side};
use super::driver::Driver;
use super::history::{first_difference, history};
use super::insertion::{Answer, Form, Statements, ask};
use super::outcome::Outcome;
use super::stream::{Contexts, Folded, Stored, Stream, Testable, contexts, fold, read_back, stored};
use super::tables::{ComparedRows, Tables};
use std::any::type_name;

/// Folds the events in Rust and in the database, in every form, and compares.
///
/// # Panics
///
/// If the database cannot be queried, or the kit cannot read its answer.
#[track_caller]
pub(super) fn check<E: Testable, D: Driver>(
    database: &Database<D>,
    statements: &Statements,
    id: &E::Id,
    events: &[&E],
    recorded: &Contexts<E>,
) -> Result<Outcome<E::State>, Difference> {
    let contexts = contexts(events, recorded);
    let stream = Stream::write(id, events, &contexts);
    let stored = match stored(database, &stream) {
        Ok(stored) => stored,
        Err(error) => panic!("cannot store the events: {error}"),
    };
    let (folded, history) = survived(&statements.tables, id, events, &contexts, &stream, &stored)?;
    let told = statements.tables.told::<E>(folded.as_ref().ok().and_then(Option::as_ref), &history);
    let answers = database.with(async |work| {
        let mut answers = Vec::new();
        for form in Form::ALL {
            answers.push((form, ask::<E, D>(work, statements, form, &stream, &told).await?));
        }
        Ok::<_, String>(answers)
    });
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => panic!("{}", unread::<E>(&error)),
    };
    let mut first = None;
    for (form, answer) in answers {
        let stored = matches!(first, Some(Answer::Rows(_)));
        if !agree::<E>(&folded, &answer, form, stored) {
            return Err(difference::<E>(&statements.tables, &folded, &answer, &stream, form));
        }
        // The first answer says as much as the others.
        first.get_or_insert(answer);
    }
    Ok(match (first.expect("there are several forms"), folded) {
        (Answer::Refused(refused), _) => Outcome::Refused(refused),
        (Answer::Rows(_), Ok(Some(state))) => Outcome::State(state),
        (Answer::Rows(_), Ok(None) | Err(_)) if events.is_empty() => Outcome::Empty,
        (Answer::Rows(_), Ok(None) | Err(_)) => Outcome::Deleted,
    })
}

/// The message if the database does not answer.
pub(super) fn unread<E: Testable>(error: &str) -> String {
    let state = type_name::<E::State>();
    format!("cannot read a row of {}: {error}", state.rsplit("::").next().unwrap_or(state))
}

/// The fold of the events as serde reads them back from the database. It has to equal the fold of the events
/// themselves. Also the rows of its history.
fn survived<E: Testable>(
    tables: &Tables,
    id: &E::Id,
    events: &[&E],
    contexts: &[Option<E::Context>],
    stream: &Stream,
    stored: &[Stored],
) -> Result<(Folded<E>, Vec<Vec<Held>>), Difference> {
    let before: Folded<E> = fold(id, events.iter().copied(), contexts);
    // How serde would read a refused value does not matter.
    let taken = match &before {
        Ok(_) => events.len(),
        Err(error) => usize::try_from(error.sequence - 1).unwrap_or_default(),
    };
    let (read, stored_contexts) =
        read_back::<E>(&stored[..taken]).map_err(|error| Difference::unreadable(stream, &error))?;
    let read = read.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let read: Vec<&E> = events.iter().zip(read).map(|(event, read)| read.unwrap_or(event)).collect();
    let stored_contexts: Vec<&Option<E::Context>> = contexts
        .iter()
        .enumerate()
        .map(|(at, context)| stored_contexts.get(at).and_then(Option::as_ref).unwrap_or(context))
        .collect();
    let after: Folded<E> = fold(id, read.iter().copied(), &stored_contexts);
    let head = "the events are different after PostgreSQL has stored them and serde has read them back";
    let folded = "folded in Rust before and after";
    let differs = match (&before, &after) {
        (Ok(None), Ok(None)) => None,
        (Ok(Some(one)), Ok(Some(other))) => {
            tables.pairs::<E>(one, other).into_iter().find(|table| !table.is_equal())
        }
        (Err(one), Err(other))
            if (one.kind, one.sequence, one.view, one.column)
                == (other.kind, other.sequence, other.view, other.column) =>
        {
            return Ok((after, Vec::new()));
        }
        (Ok(_) | Err(_), Ok(_) | Err(_)) => {
            let side = |folded| Side::rust::<E>(tables, folded);
            let sides = [("before", side(&before)), ("after", side(&after))];
            return Err(Difference::new(head, stream, folded, &sides).with_hint());
        }
    };
    let ours = (events.iter().copied(), contexts);
    let theirs = (read.iter().copied(), stored_contexts.as_slice());
    match differs.or_else(|| first_difference::<E, _>(tables, id, ours, theirs)) {
        Some(table) => Err(Difference::of_serde(head, stream, folded, &table)),
        None => Ok((after, history::<E, _>(id, read.iter().copied(), &stored_contexts))),
    }
}

/// Whether an answer is what Rust expects. `stored` says whether the events were stored one by one.
fn agree<E: Testable>(folded: &Folded<E>, answer: &Answer, form: Form, stored: bool) -> bool {
    match (folded, answer) {
        (Ok(_), Answer::Rows(tables)) => tables.iter().all(ComparedRows::is_equal),
        (Err(_), Answer::Rows(_)) => false,
        // One form may be refused although another was stored only because of the state between two statements.
        (Ok(_), Answer::Refused(refused)) => refused.is_the_databases_own() && !stored,
        (Err(error), Answer::Refused(refused)) if refused.is_the_databases_own() => {
            form != Form::Single || refused.sequence.is_some_and(|sequence| sequence <= error.sequence)
        }
        (Err(error), Answer::Refused(refused)) => {
            refused.kind == Some(error.kind)
                && refused.sequence == Some(error.sequence)
                && refused.view.as_deref() == error.view
                && refused.column.as_deref() == error.column
        }
    }
}

fn difference<E: Testable>(
    tables: &Tables,
    folded: &Folded<E>,
    answer: &Answer,
    stream: &Stream,
    form: Form,
) -> Difference {
    let inserted = format!("inserted {}", form.words());
    let head = match (folded, answer) {
        (Ok(_), Answer::Rows(compared)) => {
            let differs = compared.iter().find(|table| !table.is_equal()).expect("the two do not agree");
            return Difference::of_table(stream, &inserted, differs);
        }
        (Err(_), Answer::Rows(_)) => "PostgreSQL accepts events that Rust refuses",
        (Ok(_), Answer::Refused(_)) => "PostgreSQL refuses events that Rust folds",
        (Err(_), Answer::Refused(_)) => "Rust and PostgreSQL refuse the events for different reasons",
    };
    let kept = match answer {
        Answer::Rows(compared) => Side::root(compared),
        Answer::Refused(refused) => Side::Refused(refused.to_string()),
    };
    let sides = [(RUST, Side::rust::<E>(tables, folded)), (POSTGRESQL, kept)];
    Difference::new(head, stream, &inserted, &sides)
}
