//! The sweep's cases: every value that a field can have, and what no stream can be.

use super::payloads::{enveloped, wrapped};
use super::reference::fold;
use super::streams::Case;
use super::subject::Subject;
use super::types::Ty;
use crate::parity::case::Event;
use crate::parity::insertion::Form;
use chrono::{DateTime, TimeDelta};
use es_rollup_core::model::{Absent, Field, Life, Shape, Tagging, Variant};
use serde_json::{Value, json};

/// How many events a stream has at most.
const LONGEST: usize = 40;

/// Sequences of one statement that are no stream, whatever the events are.
const MISNUMBERED: [&[i32]; 8] = [&[0], &[-1], &[2], &[0, 1], &[1, 0], &[1, 3], &[1, 1], &[1, 2, i32::MAX]];

/// Streams of events that begin, end, or do something else.
const COURSES: [&str; 10] = ["o", "e", "bb", "be", "beo", "beb", "bee", "boe", "boeoo", "bob"];

/// What the cases of a model are made from.
struct Material<'a> {
    subject: &'a Subject,
    /// Payloads that create, where events do.
    first: Vec<Value>,
    /// Payloads that change: a list for each variant.
    later: Vec<Vec<Value>>,
    /// The payload that ends a stream, where one does.
    last: Option<Value>,
    /// Payloads in which something is wrong, mostly.
    wrong: Vec<Value>,
    /// A right and then a wrong payload of an event whose result depends on what the column holds.
    late: Vec<[Value; 2]>,
}

/// The cases of one model: streams that are accepted, payloads that are not, streams that are none.
pub(crate) fn cases(subject: &Subject, number: usize) -> Vec<Case> {
    let mut material = Material::new(subject);
    let mut cases = material.accepted(number);
    cases.extend(material.refused());
    cases.extend(material.misnumbered());
    cases.extend(material.courses());
    cases
}

impl<'a> Material<'a> {
    fn new(subject: &'a Subject) -> Self {
        let mut new = Self {
            subject,
            first: Vec::new(),
            later: Vec::new(),
            last: None,
            wrong: Vec::new(),
            late: Vec::new(),
        };
        let mut shapes = [Shape::Struct, Shape::Newtype, Shape::Tuple, Shape::Unit].map(|shape| (shape, 0));
        for (variant, rule) in subject.variants() {
            let (right, wrong) = payloads(subject, variant);
            let seen = &mut shapes.iter_mut().find(|(shape, _)| *shape == variant.shape).expect("a shape").1;
            *seen += 1;
            if *seen <= 2 {
                new.wrong.extend(other_contents(&subject.model.tagging, &variant.wire[0], &right[0]));
            }
            new.wrong.extend(other_tags(&subject.model.tagging, variant, &right[0]));
            if rule.steps.iter().any(|step| step.operation.definition().accumulates) {
                new.late.extend(wrong.iter().take(2).map(|wrong| [right[0].clone(), wrong.clone()]));
            }
            let all = variant.fields.iter().any(|field| field.many && !field.optional);
            new.wrong.extend(wrong.into_iter().take(if all { usize::MAX } else { 3 }));
            match variant.life {
                Life::Create => new.first.extend(right),
                Life::Change => new.later.push(right),
                Life::Delete => new.last = right.into_iter().next(),
            }
        }
        new
    }

    fn first(&self, at: usize) -> Option<Value> {
        self.first.get(at % self.first.len().max(1)).cloned()
    }

    /// Each payload in turn; what overflows is left for [`refused`](Self::refused).
    fn accepted(&mut self, number: usize) -> Vec<Case> {
        let mut streams: Vec<Vec<Event>> = Vec::new();
        let mut stream: Vec<Event> = Vec::new();
        for round in 0..self.later.iter().map(Vec::len).max().unwrap_or_default() {
            // Another order each time, so that operations meet in many states.
            for at in 0..self.later.len() {
                let turn = &self.later[(at * (round * 2 + 1) + round) % self.later.len()];
                let payload = turn[round % turn.len()].clone();
                if stream.len() >= LONGEST {
                    streams.push(std::mem::take(&mut stream));
                }
                if stream.is_empty() {
                    stream.extend(self.first(round).map(|payload| event(1, payload)));
                }
                stream.push(event(stream.len() + 1, payload));
                let events: Vec<&Event> = stream.iter().collect();
                if fold(self.subject, &events, |_| {}).is_err() {
                    self.wrong.extend(stream.pop().map(|last| last.payload));
                }
            }
        }
        streams.push(stream);
        let case = |(at, streams)| Case {
            cuts: vec![40, 90, 200],
            shuffle: 7 + at as u64,
            unseen: if at % 4 == 3 { 0b0110 } else { 0 },
            again: at % 5 == 1,
            unindexed: at % 2 == 1,
            ..plain(self.subject, Form::ALL[(at + number) % Form::ALL.len()], streams)
        };
        streams.chunks(3).enumerate().map(case).collect()
    }

    /// Each in a stream of its own; some in statements that have an accepted event of another stream.
    fn refused(&self) -> Vec<Case> {
        let stream = |payloads: &[Value]| {
            let payloads = self.first(0).into_iter().chain(payloads.iter().cloned());
            payloads.zip(1..).map(|(payload, at)| event(at, payload)).collect()
        };
        let wrong: Vec<Vec<Event>> = self.wrong.iter().map(std::slice::from_ref).map(stream).collect();
        let late: Vec<Vec<Event>> = self.late.iter().map(<[Value; 2]>::as_slice).map(stream).collect();
        let some = wrong.iter().skip(1).step_by(8).chain(late.iter().step_by(3));
        let beside = some.map(|wrong| self.beside(wrong.clone()));
        let beside: Vec<Case> = beside.collect();
        let streams = [wrong, late].concat();
        streams.chunks(12).map(|streams| self.alone(Form::Single, streams)).chain(beside).collect()
    }

    /// Each statement has an accepted event of another stream too.
    fn beside(&self, stream: Vec<Event>) -> Case {
        let accepted = self.first(0).into_iter().chain([self.other()]).zip(1..);
        let accepted = accepted.map(|(payload, at)| event(at, payload)).collect();
        self.alone(Form::Turns, &[stream, accepted])
    }

    /// What is stored of them is stored by other cases too, and is followed there.
    fn alone(&self, form: Form, streams: &[Vec<Event>]) -> Case {
        Case { followed: false, ..plain(self.subject, form, streams) }
    }

    fn misnumbered(&self) -> Vec<Case> {
        let events = |sequences: &&[i32]| {
            let events = sequences.iter().map(|sequence| {
                let payload = self.first(0).filter(|_| *sequence == 1).unwrap_or_else(|| self.other());
                Event { sequence: *sequence, ..event(7, payload) }
            });
            events.collect()
        };
        let streams: Vec<Vec<Event>> = MISNUMBERED.iter().map(events).collect();
        let alone = streams.iter().map(|events| self.alone(Form::Rows, std::slice::from_ref(events)));
        let beside = alone.chain(streams.iter().map(|events| self.beside(events.clone())));
        // An event that creates, but not as the first of its stream.
        let late = self.first(0).map(|payload| self.beside(vec![event(2, payload)]));
        beside.chain(late).collect()
    }

    fn courses(&self) -> Vec<Case> {
        let payload = |one| match one {
            'b' => self.first(0),
            'e' => self.last.clone(),
            _ => None,
        };
        let events = |course: &str| {
            let events = course.chars().zip(1..);
            events.map(|(one, at)| event(at, payload(one).unwrap_or_else(|| self.other()))).collect()
        };
        let forms = [Form::Rows, Form::Single].into_iter();
        forms.flat_map(|form| COURSES.map(|course| plain(self.subject, form, &[events(course)]))).collect()
    }

    /// A payload that neither creates nor ends.
    fn other(&self) -> Value {
        self.later[0][0].clone()
    }
}

/// Payloads of a variant with content of every form; the reference knows which is right.
fn other_contents(tagging: &Tagging, name: &str, right: &Value) -> Vec<Value> {
    let forms = [None, Some(Value::Null), Some(json!({})), Some(json!([])), Some(json!("x"))];
    let mut payloads = forms.map(|content| enveloped(tagging, name, content)).to_vec();
    // The shorter key comes first in `jsonb`, whatever it is.
    for other in ["a".to_string(), format!("not {name}")] {
        let mut payload = right.clone();
        payload.as_object_mut().map(|object| object.insert(other, json!({})));
        payloads.push(payload);
    }
    payloads
}

/// Payloads whose tag is not a string, but prints like the name of a variant.
fn other_tags(tagging: &Tagging, variant: &Variant, right: &Value) -> Vec<Value> {
    let key = match tagging {
        Tagging::Internal { tag } | Tagging::Adjacent { tag, .. } => tag,
        Tagging::Separate { .. } | Tagging::External => return Vec::new(),
    };
    let others = variant.wire.iter().filter_map(|name| serde_json::from_str::<Value>(name).ok());
    let tagged = |other| {
        let mut payload = right.clone();
        payload[key] = other;
        payload
    };
    others.map(tagged).collect()
}

fn plain(subject: &Subject, form: Form, streams: &[Vec<Event>]) -> Case {
    Case {
        streams: numbered(subject, streams),
        form,
        cuts: Vec::new(),
        shuffle: 0,
        unseen: 0,
        committed: 0,
        again: false,
        followed: true,
        unindexed: false,
        wrong: [u64::MAX; 2],
    }
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

/// Thousands of entities in two statements: all have begun in the first or begin in the second, some do both.
pub(crate) fn crowd(subject: &Subject, number: usize) -> Case {
    let (_, stream) = cases(subject, number).swap_remove(0).streams.swap_remove(0);
    let streams: Vec<Vec<Event>> = (0..2_300).map(|at| stream[..=at % 3].to_vec()).collect();
    let form = if number.is_multiple_of(2) { Form::CopyShuffled } else { Form::Join };
    Case { cuts: vec![120], shuffle: 11, ..plain(subject, form, &streams) }
}

fn payloads(subject: &Subject, variant: &Variant) -> (Vec<Value>, Vec<Value>) {
    let wrap = |(at, value): (usize, Option<Value>)| {
        let name = &variant.wire[at % variant.wire.len()];
        wrapped(&subject.model.tagging, variant, name, vec![(at, value)])
    };
    match variant.fields.as_slice() {
        [] => (vec![wrap((0, None))], Vec::new()),
        [field] => {
            let (right, wrong) = values(field, subject.field_type(field).expect("it has a type"));
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
    let recorded_at = epoch + TimeDelta::microseconds(i64::from(sequence) * 1_000_003);
    Event { sequence, payload, recorded_at, context: None }
}

fn numbered(subject: &Subject, streams: &[Vec<Event>]) -> Vec<(String, Vec<Event>)> {
    (0..).map(|at| subject.id.text(at)).zip(streams.iter().cloned()).collect()
}
