//! The reference: what a stream comes to, straight from the table of operations, over JSON values.
//!
//! It shares no code with the SQL emitter nor with the derive. It reads the model, because the model says what
//! was meant.

use super::brought::Reading;
use super::rows::{self, Cells};
use super::subject::Subject;
use crate::layout::{CONTENT, NO_TAG, TAG};
use crate::parity::case::Event;
use es_rollup::ErrorKind;
use es_rollup_core::model::{Column, Life, Order, Shape, Tagging, View};
use serde_json::Value;
use std::borrow::Cow;

/// A row, as far as it is folded.
#[derive(Clone, Debug)]
pub(crate) struct State {
    version: i64,
    /// The recorded times, if the store has them.
    times: Option<[i64; 2]>,
    cells: Cells,
    /// The rows of each view.
    views: Vec<Vec<rows::Row>>,
}

/// An event that cannot be folded, and every reason that may be given for it: an event that is wrong in two
/// ways is refused for either.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) sequence: i32,
    pub(crate) causes: Vec<Cause>,
}

/// A reason for which an event is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) reason: Reason,
    /// The view, where it is about one.
    pub(crate) view: Option<usize>,
    /// The column, where it is about one.
    pub(crate) column: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Kind(ErrorKind),
    /// The event itself is fine, but a check does not hold after it.
    Check,
}

impl Cause {
    /// About the event as a whole.
    pub(crate) const fn of_event(kind: ErrorKind) -> Self {
        Self { reason: Reason::Kind(kind), view: None, column: None }
    }
}

/// Which tables are folded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// Only the one with a row for each entity.
    Root,
}

/// An operation that was done: on a column of which kind and type, and from what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Done {
    pub(crate) operation: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) ty: &'static str,
    pub(crate) from: &'static str,
}

/// Folds a stream, given in the order of its sequence; `None` where there is no row (any more).
pub(crate) fn fold(
    subject: &Subject,
    events: &[&Event],
    done: impl FnMut(Done),
) -> Result<Option<State>, Refused> {
    fold_of(subject, events, Scope::All, done)
}

/// The same of some of the tables.
pub(crate) fn fold_of(
    subject: &Subject,
    events: &[&Event],
    scope: Scope,
    done: impl FnMut(Done),
) -> Result<Option<State>, Refused> {
    folded(subject, events, scope, done, |_| {})
}

/// What the history keeps of a stream that folds: the row after each event, except after the one that deletes it.
pub(crate) fn history(subject: &Subject, events: &[&Event]) -> Result<Vec<State>, Refused> {
    let mut states = Vec::new();
    folded(subject, events, Scope::Root, |_| {}, |state| states.push(state.clone()))?;
    Ok(states)
}

/// Folds a stream, and shows the row after each event.
fn folded(
    subject: &Subject,
    events: &[&Event],
    scope: Scope,
    mut done: impl FnMut(Done),
    mut kept: impl FnMut(&State),
) -> Result<Option<State>, Refused> {
    let mut state: Option<State> = None;
    let order = subject.model.store.order;
    let mut version = 0;
    let mut deleted = false;
    for event in events {
        let sequence = i64::from(event.sequence);
        let next = if sequence <= version {
            Err(vec![Cause::of_event(ErrorKind::Replay)])
        } else if order == Order::Contiguous && sequence > version + 1 {
            Err(vec![Cause::of_event(ErrorKind::Gap)])
        } else if deleted {
            Err(vec![Cause::of_event(ErrorKind::Deleted)])
        } else {
            step(subject, state.take(), event, scope, &mut done)
        };
        let (next, life) = next.map_err(|causes| Refused { sequence: event.sequence, causes })?;
        deleted = life == Life::Delete;
        state = Some(next).filter(|_| !deleted);
        state.iter().for_each(&mut kept);
        version = sequence;
    }
    Ok(state)
}

/// One event that is the next of its stream.
fn step(
    subject: &Subject,
    state: Option<State>,
    event: &Event,
    scope: Scope,
    done: &mut impl FnMut(Done),
) -> Result<(State, Life), Vec<Cause>> {
    let one = |kind| vec![Cause::of_event(kind)];
    let (tag, content) = opened(&subject.model.tagging, &event.payload)?;
    let at = variant_of(subject, &tag).ok_or_else(|| one(ErrorKind::UnknownEvent))?;
    let (variant, rule) = (&subject.model.variants[at], &subject.view().rules[at]);
    if subject.model.has_create() {
        match (variant.life == Life::Create, &state) {
            (true, Some(_)) => return Err(one(ErrorKind::CreatedTwice)),
            (false, None) => return Err(one(ErrorKind::NotCreated)),
            (true, None) | (false, Some(_)) => {}
        }
    }
    let content_is_right = match (variant.shape, &subject.model.tagging) {
        (_, Tagging::Internal { .. })
        | (Shape::Newtype, Tagging::Adjacent { .. } | Tagging::Separate { .. }) => true,
        (Shape::Struct, _) => content.as_deref().is_some_and(Value::is_object),
        (Shape::Tuple, _) => content.as_deref().is_some_and(Value::is_array),
        (Shape::Unit, _) => content.as_deref().is_none_or(Value::is_null),
        (Shape::Newtype, Tagging::External) => content.is_some(),
    };
    if !content_is_right {
        return Err(one(ErrorKind::Malformed));
    }
    let recorded_at = event.recorded_at.timestamp_micros();
    let mut state = state.unwrap_or_else(|| {
        let times = subject.model.store.recorded_at.as_ref().map(|_| [recorded_at, 0]);
        let views = vec![Vec::new(); subject.model.views.len()];
        State { version: 0, times, cells: rows::initial(&subject.view().columns), views }
    });
    state.version = event.sequence.into();
    if let Some([_, modified_at]) = &mut state.times {
        *modified_at = recorded_at;
    }
    let reading = Reading { variant, content: content.as_deref(), event, element: None };
    let mut causes = Vec::new();
    for step in &rule.steps {
        let Column { name, kind, .. } = &subject.view().columns[step.column];
        let ty = subject.types[step.column];
        let cell = state.cells.get_mut(name).expect("every column has a cell");
        let outcome = reading.brought(&step.source, ty).and_then(|(values, from)| {
            cell.change(step.operation, *kind, ty, values)?;
            done(Done { operation: step.operation.key(), kind: kind.words(), ty: ty.name, from });
            Ok(())
        });
        causes
            .extend(outcome.err().map(|kind| Cause { column: Some(name.clone()), ..Cause::of_event(kind) }));
    }
    if !causes.is_empty() {
        return Err(causes);
    }
    let is_below = |(column, least)| rows::is_below(&state.cells, subject.view(), column, least);
    if variant.life != Life::Delete && subject.least.is_some_and(is_below) {
        return Err(vec![Cause { reason: Reason::Check, view: None, column: None }]);
    }
    match scope {
        Scope::All => rows::touch(subject, &mut state.views, at, reading, done)?,
        Scope::Root => {}
    }
    Ok((state, variant.life))
}

/// The variant of an event's type, by its place.
fn variant_of(subject: &Subject, tag: &String) -> Option<usize> {
    let variants = &subject.model.variants;
    let named = variants.iter().position(|variant| variant.wire.contains(tag));
    named.or_else(|| variants.iter().position(|variant| variant.other))
}

/// Whether an event is one that deletes, by its type.
pub(crate) fn deletes(subject: &Subject, event: &Event) -> bool {
    let Ok((tag, _)) = opened(&subject.model.tagging, &event.payload) else { return false };
    variant_of(subject, &tag).is_some_and(|at| subject.model.variants[at].life == Life::Delete)
}

/// An event's type and what its fields stand in.
fn opened<'a>(tagging: &Tagging, payload: &'a Value) -> Result<(String, Option<Cow<'a, Value>>), Vec<Cause>> {
    let malformed = || vec![Cause::of_event(ErrorKind::Malformed)];
    let text = |tag: &str| Some(payload.as_object()?.get(tag)?.as_str()?.to_string());
    match tagging {
        Tagging::Internal { tag } => {
            let mut content = payload.clone();
            content.as_object_mut().map(|object| object.remove(tag));
            Ok((text(tag).ok_or_else(malformed)?, Some(Cow::Owned(content))))
        }
        Tagging::Adjacent { tag, content } => {
            Ok((text(tag).ok_or_else(malformed)?, payload.get(content).map(Cow::Borrowed)))
        }
        // What is stored for an event without a tag, or without content.
        Tagging::Separate { .. } => {
            let content = payload.get(CONTENT).cloned().unwrap_or_default();
            Ok((text(TAG).unwrap_or_else(|| NO_TAG.into()), Some(Cow::Owned(content))))
        }
        Tagging::External => match payload {
            Value::String(tag) => Ok((tag.clone(), None)),
            Value::Object(object) if object.len() == 1 => {
                let (tag, content) = object.iter().next().expect("one key");
                Ok((tag.clone(), Some(Cow::Borrowed(content))))
            }
            _ => Err(malformed()),
        },
    }
}

impl State {
    /// Whether a unique constraint over the columns takes both for the same. What is empty is like nothing.
    pub(crate) fn is_like(&self, other: &Self, columns: &[String]) -> bool {
        columns.iter().all(|name| self.cells[name].is_like(&other.cells[name]))
    }

    /// Whether a unique constraint of a view takes two rows for the same.
    pub(crate) fn has_like_rows(states: &[Self], at: usize, view: &View, columns: &[String]) -> bool {
        let rows = states
            .iter()
            .enumerate()
            .flat_map(|(entity, state)| state.views[at].iter().map(move |row| (entity, row)));
        let rows: Vec<(usize, &rows::Row)> = rows.collect();
        rows.iter().enumerate().any(|(nth, (entity, row))| {
            let is_like =
                |(other, others): &(usize, &rows::Row)| row.is_like(others, entity == other, view, columns);
            rows[..nth].iter().any(is_like)
        })
    }

    /// The row as JSON, column by column.
    pub(crate) fn shown(&self) -> Value {
        rows::shown(&self.cells, self.version, self.times)
    }

    /// The rows of a view, each with its key.
    pub(crate) fn rows(&self, view: usize) -> impl Iterator<Item = (Value, Value)> {
        self.views[view].iter().map(|row| (row.key_shown(), row.shown()))
    }
}
