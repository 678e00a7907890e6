//! One model a type, with every operation that makes sense on it, from every source that it can have.

use super::generate::{Draft, KINDS, can_be, finished, makes_sense};
use super::reference::fold;
use super::streams::{Case, enveloped, wrapped};
use super::subject::{Id, Subject};
use super::types::Ty;
use crate::parity::case::Event;
use crate::parity::insertion::Form;
use chrono::{DateTime, TimeDelta};
use es_rollup_core::model::{
    Absent, Field, Kind, Literal, Operation, Row, Shape, Source, Tagging, Transition, Variant,
};
use serde_json::{Value, json};

/// How many events a stream has at most.
const LONGEST: usize = 40;

/// Sequences of one statement that are no stream, whatever the events are.
const MISNUMBERED: [&[i32]; 8] = [&[0], &[-1], &[2], &[0, 1], &[1, 0], &[1, 3], &[1, 1], &[1, 2, i32::MAX]];

/// How a field can be read: element by element, null for none, and what its absence means.
const READINGS: [(bool, bool, Absent); 8] = [
    (false, false, Absent::Refused),
    (false, true, Absent::None),
    (false, true, Absent::Refused),
    (false, false, Absent::Default),
    (true, false, Absent::Refused),
    (true, true, Absent::None),
    (true, true, Absent::Refused),
    (true, false, Absent::Default),
];

/// The type's model.
pub(crate) fn subject(number: usize, ty: &'static Ty) -> Subject {
    let tagging = match number % 3 {
        0 if !ty.is_wide() => Tagging::Internal { tag: "it's a \"type\"".into() },
        1 => Tagging::External,
        _ => Tagging::Adjacent { tag: "t".into(), content: "c\"'".into() },
    };
    let mut columns = vec![("begun".to_string(), Kind::Value, ty)];
    let mut drafts = Vec::new();
    if number.is_multiple_of(2) {
        let mut begun = Draft::new("Begun".into(), Shape::Struct, Row::Create);
        let source = begun.field(ty, vec!["with".into()], false, false, Absent::Refused);
        begun.step(0, Operation::Set, source);
        drafts.push(begun);
    }
    for kind in KINDS.into_iter().filter(|kind| can_be(*kind, ty)) {
        for operation in Operation::ALL.into_iter().filter(|one| makes_sense(*one, kind, ty)) {
            // Extremes have columns of their own, or what is set between them would hide them.
            let is_extreme = matches!(operation, Operation::Max | Operation::Min);
            let name = if is_extreme { operation.key() } else { kind_name(kind) };
            let at = columns.iter().position(|(column, ..)| column == name).unwrap_or_else(|| {
                columns.push((name.into(), kind, ty));
                columns.len() - 1
            });
            drafts.extend(doing(operation, at, ty, &tagging));
            if is_extreme {
                drafts.extend(doing(Operation::Clear, at, ty, &tagging));
            }
        }
    }
    if !matches!(tagging, Tagging::Internal { .. }) {
        drafts.push(Draft::new("Ignored".into(), Shape::Tuple, Row::Change));
    }
    if !number.is_multiple_of(2) {
        let mut begun = Draft::new("Begun".into(), Shape::Struct, Row::Change);
        let source = begun.field(ty, vec!["with".into()], false, true, Absent::None);
        begun.step(0, Operation::Set, source);
        drafts.push(begun);
    }
    finished(number, Id::ALL[number % Id::ALL.len()], tagging, columns, drafts)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Value => "value",
        Kind::Counter => "counter",
        Kind::Set => "members",
        Kind::List => "items",
    }
}

/// A variant for each source that the operation can have.
fn doing(operation: Operation, column: usize, ty: &'static Ty, tagging: &Tagging) -> Vec<Draft> {
    let name = |how: &str| format!("{} {column} {how}", operation.key());
    let mut drafts = Vec::new();
    let mut without_field = |how: &str, source| {
        let mut draft = Draft::new(name(how), Shape::Unit, Row::Change);
        draft.step(column, operation, source);
        drafts.push(draft);
    };
    match operation {
        Operation::Clear => {
            without_field("it", Source::Nothing);
            return drafts;
        }
        Operation::Set => {
            for (at, literal) in ty.literals().into_iter().enumerate() {
                without_field(&format!("literal {at}"), Source::Literal(literal));
            }
            if ty.is_moment() {
                without_field("recorded time", Source::RecordedAt);
            }
        }
        Operation::Increment => without_field("one", Source::Literal(Literal::Integer(1))),
        Operation::Decrement
        | Operation::Max
        | Operation::Min
        | Operation::Add
        | Operation::Remove
        | Operation::Push => {}
    }
    for (at, (many, optional, absent)) in READINGS.into_iter().enumerate() {
        let has_default = optional || many || ty.default().is_some();
        if (!many || operation.takes_many()) && (absent != Absent::Default || has_default) {
            let mut draft = Draft::new(name(&format!("field {at}")), Shape::Struct, Row::Change);
            let source = draft.field(ty, vec!["of".into(), "alias".into()], many, optional, absent);
            draft.step(column, operation, source);
            drafts.push(draft);
        }
    }
    if !matches!(tagging, Tagging::Internal { .. }) || ty.is_json() {
        let mut draft = Draft::new(name("newtype"), Shape::Newtype, Row::Change);
        let source = draft.field(ty, Vec::new(), false, false, Absent::Refused);
        draft.step(column, operation, source);
        drafts.push(draft);
    }
    drafts
}

/// What can stand for a field, and what cannot.
fn values(field: &Field, ty: &Ty) -> (Vec<Option<Value>>, Vec<Option<Value>>) {
    let examples = ty.examples();
    let (mut right, mut wrong) = if field.many {
        let twice = [&examples[..], &examples[..1]].concat();
        let misses = ty.near_misses().into_iter().map(|miss| json!([examples[0], miss]));
        let wrong = misses.chain([json!([null]), json!({}), json!("x"), json!(5)]).map(Some).collect();
        (vec![Some(twice.into()), Some(json!([examples[1]])), Some(json!([]))], wrong)
    } else {
        (examples.into_iter().map(Some).collect(), ty.near_misses().into_iter().map(Some).collect::<Vec<_>>())
    };
    let absent_is_right = !field.keys.is_empty() && field.absent != Absent::Refused;
    if absent_is_right { &mut right } else { &mut wrong }.insert(0, None);
    if field.optional { &mut right } else { &mut wrong }.insert(0, Some(Value::Null));
    (right, wrong)
}

/// The cases: the first streams are accepted whole, in every event of the others something is refused.
pub(crate) fn cases(subject: &Subject, number: usize) -> Vec<Case> {
    let mut turns: Vec<Vec<Value>> = Vec::new();
    let mut refused = Vec::new();
    let mut shapes = [Shape::Struct, Shape::Newtype, Shape::Tuple, Shape::Unit].map(|shape| (shape, 0));
    for (variant, transition) in subject.variants() {
        let (right, wrong) = payloads(subject, variant, transition);
        if transition.row != Row::Create {
            turns.push(right);
        }
        // Of each shape the first few with content of every form; the reference knows which is right.
        let place = shapes.iter_mut().find(|(shape, _)| *shape == variant.shape).expect("a shape");
        place.1 += 1;
        if place.1 <= 2 {
            let forms = [None, Some(Value::Null), Some(json!({})), Some(json!([])), Some(json!("x"))];
            let name = &variant.wire[0];
            refused.extend(forms.map(|content| enveloped(&subject.model.tagging, name, content)));
        }
        let all = refused.is_empty() || variant.fields.iter().any(|field| field.many && !field.optional);
        refused.extend(wrong.into_iter().take(if all { usize::MAX } else { 3 }));
    }
    let first = subject
        .variants()
        .find(|(_, transition)| transition.row == Row::Create)
        .map(|(variant, transition)| payloads(subject, variant, transition).0);
    let rounds = turns.iter().map(Vec::len).max().unwrap_or_default();
    let begun = |at: usize| first.as_ref().map(|all| all[at % all.len()].clone());
    let mut streams: Vec<Vec<Event>> = Vec::new();
    let mut stream: Vec<Event> = Vec::new();
    for round in 0..rounds {
        // Another order each time, so that operations meet in many states.
        for at in 0..turns.len() {
            let turn = &turns[(at * (round * 2 + 1) + round) % turns.len()];
            let payload = turn[round % turn.len()].clone();
            if stream.len() >= LONGEST {
                streams.push(std::mem::take(&mut stream));
            }
            if stream.is_empty() {
                stream.extend(begun(round).map(|payload| event(1, payload)));
            }
            stream.push(event(stream.len() + 1, payload));
            let events: Vec<&Event> = stream.iter().collect();
            if fold(subject, &events, |_| {}).is_err() {
                let last = stream.pop().expect("the one that was added");
                refused.push(last.payload);
            }
        }
    }
    streams.push(stream);
    let accepted = streams.chunks(3).enumerate().map(|(at, streams)| Case {
        form: Form::ALL[(at + number) % Form::ALL.len()],
        cuts: vec![40, 90, 200],
        shuffle: 7 + at as u64,
        unseen: if at % 4 == 3 { 0b0110 } else { 0 },
        again: at % 5 == 1,
        unindexed: at % 2 == 1,
        streams: numbered(subject, streams),
    });
    let alone: Vec<Vec<Event>> = refused
        .into_iter()
        .map(|payload| {
            let mut stream: Vec<Event> = begun(0).map(|payload| event(1, payload)).into_iter().collect();
            stream.push(event(stream.len() + 1, payload));
            stream
        })
        .collect();
    let refused = alone.chunks(12).map(|streams| Case {
        form: Form::Single,
        cuts: Vec::new(),
        shuffle: 0,
        unseen: 0,
        again: false,
        unindexed: false,
        streams: numbered(subject, streams),
    });
    let misnumbered = MISNUMBERED.iter().map(|sequences| {
        let events = sequences.iter().map(|sequence| {
            let payload = begun(0).filter(|_| *sequence == 1).unwrap_or_else(|| turns[0][0].clone());
            Event { sequence: *sequence, ..event(7, payload) }
        });
        Case {
            form: Form::Rows,
            cuts: Vec::new(),
            shuffle: 0,
            unseen: 0,
            again: false,
            unindexed: false,
            streams: numbered(subject, &[events.collect()]),
        }
    });
    accepted.chain(refused).chain(misnumbered).collect()
}

/// Thousands of entities in two statements: all have begun in the first or begin in the second, some do both.
pub(crate) fn crowd(subject: &Subject, number: usize) -> Case {
    let (_, stream) = cases(subject, number).swap_remove(0).streams.swap_remove(0);
    let streams: Vec<Vec<Event>> = (0..2_300).map(|at| stream[..=at % 3].to_vec()).collect();
    Case {
        form: if number.is_multiple_of(2) { Form::CopyShuffled } else { Form::Join },
        cuts: vec![120],
        shuffle: 11,
        unseen: 0,
        again: false,
        unindexed: false,
        streams: numbered(subject, &streams),
    }
}

fn payloads(subject: &Subject, variant: &Variant, transition: &Transition) -> (Vec<Value>, Vec<Value>) {
    let wrap = |(at, value): (usize, Option<Value>)| {
        let name = &variant.wire[at % variant.wire.len()];
        wrapped(&subject.model.tagging, variant, name, vec![(at, value)])
    };
    match variant.fields.as_slice() {
        [] => (vec![wrap((0, None))], Vec::new()),
        [field] => {
            let (right, wrong) = values(field, subject.field_type(transition, 0));
            (
                right.into_iter().enumerate().map(wrap).collect(),
                wrong.into_iter().enumerate().map(wrap).collect(),
            )
        }
        _ => unreachable!("these variants have one field at most"),
    }
}

fn event(sequence: usize, payload: Value) -> Event {
    let sequence = i32::try_from(sequence).expect("few events");
    let epoch = DateTime::from_timestamp(1_700_000_000, 1_000).expect("a time");
    Event { sequence, payload, recorded_at: epoch + TimeDelta::microseconds(i64::from(sequence) * 1_000_003) }
}

fn numbered(subject: &Subject, streams: &[Vec<Event>]) -> Vec<(String, Vec<Event>)> {
    (0..).map(|at| subject.id.text(at)).zip(streams.iter().cloned()).collect()
}
