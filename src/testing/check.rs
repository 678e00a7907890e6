//! Checks that Rust and the database fold a stream alike.

use super::compare::{Comparison, all_equal};
use super::database::Database;
use super::difference::{Difference, POSTGRESQL, RUST, Side};
use super::driver::Driver;
use super::insertion::{Answer, Form, Statements, ask};
use super::outcome::Outcome;
use super::stream::{Contexts, Folded, Stored, Stream, Testable, contexts, fold, read_back, stored};
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
    let folded = survived(&statements.comparison, id, events, &contexts, &stream, &stored)?;
    let told = statements.comparison.told::<E>(folded.as_ref().ok().and_then(Option::as_ref));
    let answers = database.with(async |work| {
        let mut answers = Vec::new();
        for form in Form::ALL {
            answers.push((form, ask::<D>(work, statements, form, &stream, &told).await?));
        }
        Ok::<_, String>(answers)
    });
    let answers = match answers {
        Ok(answers) => answers,
        Err(error) => panic!("{}", unread::<E>(&error)),
    };
    let mut first = None;
    for (form, answer) in answers {
        let stored = matches!(first, Some(Answer::Row(_)));
        if !agree::<E>(&folded, &answer, form, stored) {
            return Err(difference::<E>(&statements.comparison, &folded, &answer, &stream, form));
        }
        // The first answer says as much as the others.
        first.get_or_insert(answer);
    }
    Ok(match (first.expect("there are several forms"), folded) {
        (Answer::Refused(refused), _) => Outcome::Refused(refused),
        (Answer::Row(_), Ok(Some(state))) => Outcome::State(state),
        (Answer::Row(_), Ok(None) | Err(_)) if events.is_empty() => Outcome::Empty,
        (Answer::Row(_), Ok(None) | Err(_)) => Outcome::Deleted,
    })
}

/// The message if the database does not answer.
pub(super) fn unread<E: Testable>(error: &str) -> String {
    let state = type_name::<E::State>();
    format!("cannot read a row of {}: {error}", state.rsplit("::").next().unwrap_or(state))
}

/// The fold of the events as serde reads them back from the database. It has to equal the fold of the events
/// themselves.
fn survived<E: Testable>(
    comparison: &Comparison,
    id: &E::Id,
    events: &[&E],
    contexts: &[Option<E::Context>],
    stream: &Stream,
    stored: &[Stored],
) -> Result<Folded<E>, Difference> {
    let before: Folded<E> = fold(id, events.iter().copied(), contexts);
    // How serde would read a refused value does not matter.
    let taken = match &before {
        Ok(_) => events.len(),
        Err(error) => usize::try_from(error.sequence - 1).unwrap_or_default(),
    };
    let (read, stored_contexts) =
        read_back::<E>(&stored[..taken]).map_err(|error| Difference::unreadable(stream, &error))?;
    let read = read.iter().map(Option::as_ref).chain(std::iter::repeat(None));
    let stored_contexts: Vec<&Option<E::Context>> = contexts
        .iter()
        .enumerate()
        .map(|(at, context)| stored_contexts.get(at).and_then(Option::as_ref).unwrap_or(context))
        .collect();
    let after: Folded<E> =
        fold(id, events.iter().zip(read).map(|(event, read)| read.unwrap_or(event)), &stored_contexts);
    let head = "the events are different after PostgreSQL has stored them and serde has read them back";
    let folded = "folded in Rust before and after";
    match (&before, &after) {
        (Ok(None), Ok(None)) => Ok(after),
        (Ok(Some(one)), Ok(Some(other))) => {
            let pairs = comparison.pairs::<E>(one, other);
            if pairs.iter().all(|pair| pair.is_equal) {
                return Ok(after);
            }
            Err(Difference::of_serde(head, stream, folded, &pairs))
        }
        (Err(one), Err(other))
            if (one.kind, one.sequence, one.column) == (other.kind, other.sequence, other.column) =>
        {
            Ok(after)
        }
        (Ok(_) | Err(_), Ok(_) | Err(_)) => {
            let side = |folded| Side::rust::<E>(comparison, folded);
            let sides = [("before", side(&before)), ("after", side(&after))];
            Err(Difference::new(head, stream, folded, &sides).with_hint())
        }
    }
}

/// Whether an answer is what Rust expects. `stored` says whether the events were stored one by one.
fn agree<E: Testable>(folded: &Folded<E>, answer: &Answer, form: Form, stored: bool) -> bool {
    match (folded, answer) {
        (Ok(Some(_)), Answer::Row(row)) => row.as_ref().is_some_and(|row| all_equal(row)),
        (Ok(None), Answer::Row(row)) => row.is_none(),
        (Err(_), Answer::Row(_)) => false,
        // One form may be refused although another was stored only because of the state between two statements.
        (Ok(_), Answer::Refused(refused)) => refused.is_the_databases_own() && !stored,
        (Err(error), Answer::Refused(refused)) if refused.is_the_databases_own() => {
            form != Form::Single || refused.sequence.is_some_and(|sequence| sequence <= error.sequence)
        }
        (Err(error), Answer::Refused(refused)) => {
            refused.kind == Some(error.kind)
                && refused.sequence == Some(error.sequence)
                && refused.column.as_deref() == error.column
        }
    }
}

fn difference<E: Testable>(
    comparison: &Comparison,
    folded: &Folded<E>,
    answer: &Answer,
    stream: &Stream,
    form: Form,
) -> Difference {
    let inserted = format!("inserted {}", form.words());
    let head = match (folded, answer) {
        (Ok(_), Answer::Row(row)) => {
            let head = format!("the row in {} is not the fold of its events", E::ROLLUP_TABLE);
            if let (Ok(Some(_)), Some(row)) = (folded, row) {
                return Difference::of_columns(&head, stream, &inserted, row);
            }
            head
        }
        (Err(_), Answer::Row(_)) => "PostgreSQL accepts events that Rust refuses".into(),
        (Ok(_), Answer::Refused(_)) => "PostgreSQL refuses events that Rust folds".into(),
        (Err(_), Answer::Refused(_)) => "Rust and PostgreSQL refuse the events for different reasons".into(),
    };
    let kept = match answer {
        Answer::Row(row) => Side::row(row.as_deref()),
        Answer::Refused(refused) => Side::Refused(refused.to_string()),
    };
    Difference::new(
        &head,
        stream,
        &inserted,
        &[(RUST, Side::rust::<E>(comparison, folded)), (POSTGRESQL, kept)],
    )
}
