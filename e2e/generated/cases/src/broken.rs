//! What can be wrong with a stream.

use crate::description::{Deed, Enum, From, Row, Shape, Tagging, Variant};
use crate::dice::Dice;
use crate::events::{Event, enveloped, event, slot};
use crate::operations::Takes;
use crate::types::json;
use serde_json::{Value, json};

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

/// Does something to a stream; says what, if it can be done to this one.
pub(crate) fn break_stream(subject: &Enum, events: &mut Vec<Event>, dice: &mut Dice) -> Option<&'static str> {
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
    /// Inside each element of a list.
    Element(Vec<String>, Vec<String>),
    Context(Vec<String>),
}

/// Puts something else where an operation reads.
fn break_value(subject: &Enum, event: &mut Event, dice: &mut Dice) -> Option<&'static str> {
    let variant = read_as(subject, &event.payload).filter(|variant| variant.row != Row::Delete)?;
    let mut places = Vec::new();
    for field in &variant.fields {
        let is_inside = |deed: &Deed| matches!(deed.from, From::Inside(_));
        if field.many && field.deeds.iter().any(is_inside) {
            let place = Place::Key(field.names(subject.fields_case));
            places.push((place, field.ty, field.optional, field.default, true));
        }
        for deed in field.deeds.iter().filter(|deed| deed.operation.takes == Takes::Value) {
            let names = if field.words.is_empty() { Vec::new() } else { field.names(subject.fields_case) };
            let ty = subject.column(deed).ty;
            match &deed.from {
                From::Inside(one) => {
                    let place = if field.many { Place::Element } else { Place::Inside };
                    places.push((place(names, one.path.clone()), ty, one.optional, false, one.many));
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
            let ty = subject.column(deed).ty;
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
        Place::Element(names, path) => {
            let list = names.iter().find_map(|name| content.get(name.as_str()).map(|_| name))?;
            let elements = content.get_mut(list)?.as_array_mut()?;
            let count = elements.len();
            (elements.get_mut(dice.below(count.max(1)))?, path.clone())
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
