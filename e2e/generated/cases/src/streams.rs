//! Random streams of an enum's events, and what can be wrong with them.

use crate::description::{Enum, Field, From, Inside, Row, Shape, Tagging, Variant};
use crate::dice::Dice;
use crate::operations::Takes;
use crate::types::{Ty, json};
use serde_json::{Map, Value, json};

/// One event as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    pub id: String,
    pub sequence: i64,
    pub payload: Value,
    /// In UTC, to the microsecond.
    pub recorded_at: String,
    pub context: Option<Value>,
    /// Whether serde may be unable to read it.
    pub unreadable: bool,
}

/// Events of some entities, in any order, and in which statements they come.
#[derive(Clone, Debug)]
pub struct Streams {
    pub statements: Vec<Vec<Event>>,
    pub form: Form,
    /// What is wrong, if anything is.
    pub faults: Vec<&'static str>,
}

/// How events are cut into statements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    OneByOne,
    AllShuffled,
    Chunks,
    ChunksShuffled,
}

impl Form {
    pub const ALL: [Self; 4] = [Self::OneByOne, Self::AllShuffled, Self::Chunks, Self::ChunksShuffled];
}

/// What can be wrong with a stream.
pub const FAULTS: [&str; 14] = [
    "gap",
    "replay",
    "another first event",
    "created again",
    "more after the end",
    "an unknown event",
    "not a payload",
    "other content",
    "a missing value",
    "a null value",
    "not a list",
    "a null element",
    "a wrong value",
    "a key twice",
];

/// Streams of one to five entities.
pub fn streams(subject: &Enum, dice: &mut Dice) -> Streams {
    let (mut all, mut faults) = (Vec::new(), Vec::new());
    let salt = dice.below(50);
    for number in 0..dice.between(1, 5) {
        let mut events = stream(subject, &subject.id.text(number + salt), dice);
        if dice.percent(25) {
            faults.extend(break_stream(subject, &mut events, dice));
        }
        all.push(events);
    }
    // Those of one entity in their order, and those of different ones in any.
    let mut mixed = Vec::new();
    while !all.is_empty() {
        let at = dice.below(all.len());
        mixed.push(all[at].remove(0));
        all.retain(|events| !events.is_empty());
    }
    let form = dice.pick(&Form::ALL);
    let mut statements: Vec<Vec<Event>> = vec![Vec::new()];
    for event in mixed {
        let cut = match form {
            Form::OneByOne => true,
            Form::AllShuffled => false,
            Form::Chunks | Form::ChunksShuffled => dice.percent(25),
        };
        if cut && !statements.last().expect("one").is_empty() {
            statements.push(Vec::new());
        }
        statements.last_mut().expect("one").push(event);
    }
    if matches!(form, Form::AllShuffled | Form::ChunksShuffled) {
        statements.iter_mut().for_each(|events| dice.shuffle(events));
    }
    Streams { statements, form, faults }
}

fn stream(subject: &Enum, id: &str, dice: &mut Dice) -> Vec<Event> {
    let with = |row: &[Row]| -> Vec<&Variant> {
        let mut variants = subject.variants.iter();
        variants.by_ref().filter(|variant| !variant.skipped && row.contains(&variant.row)).collect()
    };
    let (creating, later, last) =
        (with(&[Row::Create]), with(&[Row::Change, Row::Ignore]), with(&[Row::Delete]));
    let mut chosen = Vec::new();
    if !creating.is_empty() {
        chosen.push(dice.pick(&creating));
    }
    for _ in 0..dice.between(usize::from(creating.is_empty()), 9) {
        chosen.extend((!later.is_empty()).then(|| dice.pick(&later)));
    }
    if !last.is_empty() && (dice.percent(30) || chosen.is_empty()) {
        chosen.push(dice.pick(&last));
    }
    let event = |(at, variant): (usize, &Variant)| event(subject, variant, id, at + 1, dice);
    chosen.into_iter().enumerate().map(event).collect()
}

fn event(subject: &Enum, variant: &Variant, id: &str, sequence: usize, dice: &mut Dice) -> Event {
    let micros = dice.below(1_000_000);
    let (minute, second) = (dice.below(60), dice.below(60));
    Event {
        id: id.into(),
        sequence: i64::try_from(sequence).expect("few events"),
        payload: payload(subject, variant, dice),
        recorded_at: format!("2026-01-01T00:{minute:02}:{second:02}.{micros:06}Z"),
        context: context(subject, dice),
        unreadable: false,
    }
}

fn one(ty: &Ty, dice: &mut Dice) -> Value {
    let among = if !ty.edges.is_empty() && dice.percent(6) { ty.edges } else { ty.good };
    json(dice.pick(among))
}

fn some(ty: &Ty, many: bool, dice: &mut Dice) -> Value {
    if many { (0..dice.below(4)).map(|_| one(ty, dice)).collect() } else { one(ty, dice) }
}

fn inside(whole: &mut Value, inside: &Inside, ty: &Ty, dice: &mut Dice) {
    if inside.optional && dice.percent(20) {
        return;
    }
    let value = if inside.optional && dice.percent(20) { Value::Null } else { some(ty, inside.many, dice) };
    *slot(whole, &inside.path) = value;
}

/// The place of a path, made where it is missing.
fn slot<'a>(whole: &'a mut Value, path: &[String]) -> &'a mut Value {
    path.iter().fold(whole, |place, key| {
        if !place.is_object() {
            *place = json!({});
        }
        place.as_object_mut().expect("an object").entry(key.clone()).or_insert(Value::Null)
    })
}

fn context(subject: &Enum, dice: &mut Dice) -> Option<Value> {
    let reads = subject.in_context().count() > 0;
    let mut whole = json!({"beside": [1.5]});
    for (deed, place) in subject.in_context() {
        inside(&mut whole, place, subject.columns[deed.column].ty, dice);
    }
    reads.then_some(whole)
}

/// What stands for a field; `None` if nothing does.
fn field(subject: &Enum, field: &Field, dice: &mut Dice) -> Option<Value> {
    let mut whole = json!({"beside": [1]});
    let mut is_inside = false;
    for deed in &field.deeds {
        if let From::Inside(place) = &deed.from {
            is_inside = true;
            inside(&mut whole, place, subject.columns[deed.column].ty, dice);
        }
    }
    if is_inside {
        return Some(whole);
    }
    let has_default = field.default || field.default_literal.is_some();
    let can_be_absent = (field.optional || has_default) && !field.words.is_empty();
    match dice.below(10) {
        0 | 1 if can_be_absent => None,
        2 | 3 if field.optional => Some(Value::Null),
        _ => Some(some(field.ty, field.many, dice)),
    }
}

fn payload(subject: &Enum, variant: &Variant, dice: &mut Dice) -> Value {
    let mut names = variant.names(subject.variants_case);
    if variant.other {
        names.push("anything else".into());
    }
    let name = names.swap_remove(dice.below(names.len()));
    let content = match variant.shape {
        Shape::Unit => None,
        Shape::Tuple => Some(json!([1, "two"])),
        Shape::Newtype => field(subject, &variant.fields[0], dice),
        Shape::Struct => {
            let mut object = Map::new();
            for one in &variant.fields {
                if let Some(value) = field(subject, one, dice) {
                    let mut names = one.names(subject.fields_case);
                    let name = names.swap_remove(dice.below(names.len()));
                    object.insert(name, value);
                }
            }
            Some(Value::Object(object))
        }
    };
    enveloped(subject.tagging, &name, content)
}

/// A payload with its content, or without any.
fn enveloped(tagging: Tagging, name: &str, content: Option<Value>) -> Value {
    match (tagging, content) {
        (Tagging::Internal, content) => {
            let mut object = match content {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            object.insert("type".into(), name.into());
            Value::Object(object)
        }
        (Tagging::Adjacent, Some(content)) => json!({"kind": name, "data": content}),
        (Tagging::Adjacent, None) => json!({"kind": name}),
        (Tagging::External, Some(content)) => json!({ name: content }),
        (Tagging::External, None) => name.into(),
    }
}

/// Does something to a stream; says what, if it can be done to this one.
fn break_stream(subject: &Enum, events: &mut Vec<Event>, dice: &mut Dice) -> Option<&'static str> {
    let at = dice.below(events.len());
    let last = events.last().expect("an event").clone();
    let next = usize::try_from(last.sequence).expect("a sequence") + 1;
    let pick = |row: Row, dice: &mut Dice| {
        let all: Vec<&Variant> =
            subject.variants.iter().filter(|one| one.row == row && !one.skipped).collect();
        (!all.is_empty()).then(|| dice.pick(&all))
    };
    match dice.below(12) {
        0 => {
            events[at..].iter_mut().for_each(|event| event.sequence += 1);
            Some("gap")
        }
        1 => {
            events.push(events[at].clone());
            Some("replay")
        }
        2 => {
            events[0] = event(subject, pick(Row::Change, dice)?, &last.id, 1, dice);
            Some("another first event")
        }
        3 => {
            events.push(event(subject, pick(Row::Create, dice)?, &last.id, next, dice));
            Some("created again")
        }
        4 => {
            events.push(event(subject, pick(Row::Delete, dice)?, &last.id, next, dice));
            events.push(event(subject, pick(Row::Change, dice)?, &last.id, next + 1, dice));
            Some("more after the end")
        }
        5 => {
            // One that skips nothing else is unknown, unless some variant stands for all that is.
            let content = (subject.tagging != Tagging::External).then(|| json!({}));
            events[at].payload = enveloped(subject.tagging, "no such event", content);
            events[at].unreadable = true;
            Some("an unknown event")
        }
        6 => {
            let junk = ["null", "5", "[]", "{}", "\"no such event\"", "{\"type\": 5}", "{\"kind\": null}"];
            events[at].payload = json(dice.pick(&junk));
            events[at].unreadable = true;
            Some("not a payload")
        }
        7 => {
            let variant = read_as(subject, &events[at].payload)?;
            if subject.tagging == Tagging::Internal || variant.shape == Shape::Newtype || variant.other {
                return None;
            }
            let name = variant.names(subject.variants_case)[0].clone();
            events[at].payload = enveloped(subject.tagging, &name, Some(json(dice.pick(&["5", "\"x\""]))));
            events[at].unreadable = true;
            Some("other content")
        }
        _ => break_value(subject, &mut events[at], dice),
    }
}

/// The variant that a good payload is of.
fn read_as<'a>(subject: &'a Enum, payload: &Value) -> Option<&'a Variant> {
    let tag = match subject.tagging {
        Tagging::Internal => payload.get("type")?.as_str()?,
        Tagging::Adjacent => payload.get("kind")?.as_str()?,
        Tagging::External => match payload {
            Value::String(tag) => tag,
            _ => payload.as_object()?.keys().next()?,
        },
    };
    let named = |variant: &&Variant| {
        !variant.other && variant.names(subject.variants_case).iter().any(|name| name == tag)
    };
    subject.variants.iter().find(named)
}

/// Where an operation finds its value.
enum Place {
    Key(Vec<String>),
    Inside(Vec<String>, Vec<String>),
    Context(Vec<String>),
}

/// Puts something else where an operation reads.
fn break_value(subject: &Enum, event: &mut Event, dice: &mut Dice) -> Option<&'static str> {
    let variant = read_as(subject, &event.payload).filter(|variant| variant.row != Row::Delete)?;
    let mut places = Vec::new();
    for field in &variant.fields {
        for deed in field.deeds.iter().filter(|deed| deed.operation.takes == Takes::Value) {
            let names = if field.words.is_empty() { Vec::new() } else { field.names(subject.fields_case) };
            let ty = subject.columns[deed.column].ty;
            match &deed.from {
                From::Inside(one) => {
                    places.push((Place::Inside(names, one.path.clone()), ty, one.optional, false, one.many));
                }
                From::Field => {
                    let default = field.default || field.default_literal.is_some();
                    places.push((Place::Key(names), ty, field.optional, default, field.many));
                }
                From::Nothing | From::Literal(..) | From::Context(_) => {}
            }
        }
    }
    for deed in variant.deeds.iter().chain(&subject.everywhere) {
        if let From::Context(one) = &deed.from {
            let ty = subject.columns[deed.column].ty;
            places.push((Place::Context(one.path.clone()), ty, one.optional, false, one.many));
        }
    }
    if places.is_empty() {
        return None;
    }
    let (place, ty, optional, default, many) = &places[dice.below(places.len())];
    let is_inside = !matches!(place, Place::Key(_));
    let (junk, what) = match dice.below(4) {
        _ if matches!(place, Place::Key(names) if names.len() > 1) && dice.percent(40) => {
            (Some(Value::Null), "a key twice")
        }
        0 if !optional && !default => (None, "a missing value"),
        1 if !optional && ty.rust != "Json" => (Some(Value::Null), "a null value"),
        _ if *many && dice.percent(30) => (Some(json!({})), "not a list"),
        2 if *many && ty.rust != "Json" => (Some(json!([Value::Null])), "a null element"),
        _ if !ty.bad.is_empty() => {
            let bad = json(dice.pick(ty.bad));
            (Some(if *many { json!([bad]) } else { bad }), "a wrong value")
        }
        _ => return None,
    };
    let content = match subject.tagging {
        Tagging::Internal => &mut event.payload,
        Tagging::Adjacent => event.payload.get_mut("data")?,
        Tagging::External => event.payload.as_object_mut()?.values_mut().next()?,
    };
    let (whole, path) = match place {
        Place::Context(path) => (event.context.as_mut()?, path.clone()),
        Place::Inside(names, path) => {
            let key = names.iter().find(|name| content.get(name.as_str()).is_some());
            (content, key.cloned().into_iter().chain(path.clone()).collect())
        }
        Place::Key(names) => {
            let object = content.as_object_mut();
            let Some(object) = object.filter(|_| !names.is_empty()) else {
                // The content is the value.
                if subject.tagging == Tagging::Internal || junk.is_none() {
                    return None;
                }
                *match subject.tagging {
                    Tagging::Internal => return None,
                    Tagging::Adjacent => event.payload.get_mut("data")?,
                    Tagging::External => event.payload.as_object_mut()?.values_mut().next()?,
                } = junk?;
                event.unreadable = true;
                return Some(what);
            };
            if what == "a key twice" {
                let value = names.iter().find_map(|name| object.get(name)).cloned()?;
                object.extend(names.iter().map(|name| (name.clone(), value.clone())));
                event.unreadable = true;
                return Some(what);
            }
            names.iter().for_each(|name| drop(object.remove(name)));
            (content, vec![names[0].clone()])
        }
    };
    match junk {
        Some(junk) => *slot(whole, &path) = junk,
        None => {
            let (key, parents) = path.split_last()?;
            slot(whole, parents).as_object_mut()?.remove(key);
        }
    }
    event.unreadable = !is_inside;
    Some(what)
}
