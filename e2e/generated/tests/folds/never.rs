//! What a run should have met, and did not.

use crate::proof::Tally;
use es_rollup_e2e_cases::broken::FAULTS;
use es_rollup_e2e_cases::drawn::{ALL, ALL_IN_VIEWS};
use es_rollup_e2e_cases::operations::{OPERATIONS, Operation};
use es_rollup_e2e_cases::reference::{Done, Met, Why};
use es_rollup_e2e_cases::streams::Form;
use es_rollup_e2e_cases::views::Touch;

const REASONS: [Why; 11] = [
    Why::Gap,
    Why::Replay,
    Why::NotCreated,
    Why::CreatedTwice,
    Why::UnknownEvent,
    Why::Malformed,
    Why::MissingKey,
    Why::NullValue,
    Why::WrongValue,
    Why::Deleted,
    Why::Overflow,
];

const REASONS_IN_VIEWS: [Why; 6] =
    [Why::MissingKey, Why::NullValue, Why::WrongValue, Why::Overflow, Why::RowMissing, Why::RowExists];

/// What happens to rows, and how they are found; what is refused is among the reasons.
const ROWS: [(Touch, Met); 9] = [
    (Touch::Create, Met::Nothing),
    (Touch::Add, Met::Nothing),
    (Touch::Add, Met::Row),
    (Touch::Add, Met::RowOfElement),
    (Touch::Change, Met::Row),
    (Touch::Change, Met::RowOfElement),
    (Touch::Remove, Met::Nothing),
    (Touch::Remove, Met::Row),
    (Touch::Delete, Met::Row),
];

/// Where values come from.
const SOURCES: [&str; 20] = [
    "field",
    "option",
    "null",
    "absent",
    "default",
    "default of many",
    "default of a function",
    "set",
    "JSON null",
    "event's type",
    "many",
    "option of many",
    "literal",
    "context",
    "context, none",
    "path",
    "path, none",
    "recorded time",
    "sequence",
    "nothing",
];

/// Where only the values of views come from.
const SOURCES_IN_VIEWS: [&str; 4] =
    ["element", "element, path", "element, path, many", "element, path, none"];

/// Where the parts of keys come from.
const SOURCES_OF_PARTS: [&str; 11] = [
    "field",
    "default",
    "default of a function",
    "literal",
    "context",
    "path",
    "element",
    "element, path",
    "recorded time",
    "sequence",
    "event's type",
];

/// What every run should have met.
pub(crate) fn met(tally: &Tally) -> Vec<String> {
    let reasons = REASONS.iter().map(|why| format!("{why:?}"));
    let refused = reasons.filter(|why| !tally.refused.contains_key(why));
    let refused = refused.map(|why| format!("a refusal: {why}"));
    operations(tally, false).chain(refused).chain(values(tally, &SOURCES)).collect()
}

/// What a run of the usual length should have met in views.
pub(crate) fn met_in_views(tally: &Tally) -> Vec<String> {
    let reasons = REASONS_IN_VIEWS.iter().map(|why| format!("{why:?} in a view"));
    let refused = reasons.filter(|why| !tally.refused.contains_key(why));
    let refused = refused.map(|why| format!("a refusal: {why}"));
    let parts = SOURCES_OF_PARTS.iter().filter(|from| !tally.done.contains_key(&Done::Part(from)));
    let parts = parts.map(|from| format!("a part of a key from {from}"));
    let values = values(tally, &SOURCES_IN_VIEWS);
    operations(tally, true).chain(refused).chain(values).chain(parts).chain(rows(tally)).collect()
}

/// Operations that were never done.
fn operations(tally: &Tally, views: bool) -> impl Iterator<Item = String> {
    let is_done = move |key: &&str| {
        tally.done.keys().any(|done| match done {
            Done::Operation { in_view, operation, .. } => operation == key && *in_view == views,
            Done::Part(_) | Done::Row(..) | Done::Empty { .. } => false,
        })
    };
    let place = if views { "a row of a view" } else { "an entity's own row" };
    let keys = OPERATIONS.iter().map(Operation::name).filter(move |key| !is_done(key));
    keys.map(move |key| format!("{key} on {place}"))
}

/// Sources from which no value came.
fn values(tally: &Tally, sources: &[&'static str]) -> impl Iterator<Item = String> {
    let is_met = |source: &&&str| {
        tally.done.keys().any(|done| match done {
            Done::Operation { from, .. } => *from == **source,
            Done::Part(_) | Done::Row(..) | Done::Empty { .. } => false,
        })
    };
    sources.iter().filter(move |source| !is_met(source)).map(|source| format!("a value from {source}"))
}

/// What should have happened to rows.
fn rows(tally: &Tally) -> Vec<String> {
    let rows = ROWS.iter().filter(|(touch, met)| !tally.done.contains_key(&Done::Row(*touch, *met)));
    let rows = rows.map(|(touch, met)| format!("{} of {met:?}", touch.word()));
    let emptied = [(false, false), (false, true), (true, false), (true, true)];
    let emptied = emptied.map(|(matching, some)| Done::Empty { matching, some });
    let emptied = emptied.iter().filter(|done| !tally.done.contains_key(*done));
    rows.chain(emptied.map(|done| format!("{done:?}"))).collect()
}

/// What a run of the usual length should have drawn.
pub(crate) fn drawn(tally: &Tally) -> Vec<String> {
    let drawn = ALL.into_iter().chain(ALL_IN_VIEWS).filter(|one| !tally.drawn.contains_key(*one));
    let forms = Form::ALL.into_iter().filter(|one| !tally.statements.contains_key(one));
    let faults = FAULTS.into_iter().filter(|one| !tally.faults.contains_key(one));
    let counts = [(tally.fine_times, "a time with nanoseconds"), (tally.nulls, "a null")];
    let uncounted = counts.into_iter().filter(|(count, _)| *count == 0).map(|(_, what)| what.to_string());
    drawn
        .map(String::from)
        .chain(forms.map(|one| format!("form: {one:?}")))
        .chain(faults.map(|one| format!("fault: {one}")))
        .chain(uncounted)
        .collect()
}
