//! Random payloads of a model's events, and their contexts.

use super::chosen;
use super::subject::Subject;
use super::types::Ty;
use crate::layout::{CONTENT, TAG};
use es_rollup_core::model::{Absent, Field, Life, Origin, Shape, Tagging, Variant};
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};

fn value(ty: &'static Ty) -> impl Strategy<Value = Value> {
    prop_oneof![
        19 => prop::sample::select(ty.examples()),
        1 => prop::sample::select(ty.extremes()),
    ]
}

/// What stands for a field: `None` if nothing does.
fn field(field: &Field, ty: &'static Ty) -> BoxedStrategy<Option<Value>> {
    let present = if field.many {
        prop::collection::vec(value(ty), 0..4).prop_map(Value::Array).boxed()
    } else {
        value(ty).boxed()
    };
    let absent = match &field.absent {
        Absent::Refused => 0,
        Absent::None | Absent::Default | Absent::Literal(_) => 2,
    };
    let null = if field.optional { 2 } else { 0 };
    let mut ways = vec![(6, present.prop_map(Some).boxed())];
    if absent > 0 {
        ways.push((absent, Just(None).boxed()));
    }
    if null > 0 {
        ways.push((null, Just(Some(Value::Null)).boxed()));
    }
    Union::new_weighted(ways).boxed()
}

/// A payload of one variant, from what stands for each of its fields.
pub(crate) fn wrapped(
    tagging: &Tagging,
    variant: &Variant,
    name: &str,
    fields: Vec<(usize, Option<Value>)>,
) -> Value {
    let content = match variant.shape {
        Shape::Unit => return enveloped(tagging, name, None),
        Shape::Tuple => Some(json!([1, "two"])),
        Shape::Newtype => {
            let mut own =
                variant.fields.iter().zip(fields).filter(|(field, _)| field.origin == Origin::Payload);
            own.next().and_then(|(_, (_, value))| value)
        }
        Shape::Struct => {
            let mut object = Map::new();
            let own = variant.fields.iter().zip(fields).filter(|(field, _)| field.origin == Origin::Payload);
            for (field, (key, value)) in own {
                // Where nothing may stand for the field, nothing stands inside it.
                let refused = field.whole.as_ref().is_some_and(|whole| whole.absent == Absent::Refused);
                let value = match value {
                    Some(value) => Some(at_path(&field.path, value)),
                    None => refused.then(|| json!({"beside": [1]})),
                };
                if let Some(value) = value {
                    object.insert(field.keys[key % field.keys.len()].clone(), value);
                }
            }
            Some(Value::Object(object))
        }
    };
    match tagging {
        // Even where nothing stands for it, an external newtype has content.
        Tagging::External => json!({ name: content }),
        Tagging::Internal { .. } | Tagging::Adjacent { .. } | Tagging::Separate { .. } => {
            enveloped(tagging, name, content)
        }
    }
}

/// The value inside as many objects as there are keys.
pub(super) fn at_path(path: &[String], value: Value) -> Value {
    path.iter().rev().fold(value, |value, key| json!({ key.as_str(): value, "beside": [1] }))
}

/// Contexts of a model's events: each has what any of its variants reads, or lacks it.
pub(super) fn contexts(subject: &Subject) -> BoxedStrategy<Option<Value>> {
    let mut all = Vec::new();
    for (of, variant) in subject.model.variants.iter().enumerate() {
        for (at, one) in variant.fields.iter().enumerate().filter(|(_, one)| one.origin == Origin::Context) {
            let path = one.path.clone();
            let value = standing(subject, of, at);
            all.push(value.prop_map(move |value| (path.clone(), value)));
        }
    }
    if all.is_empty() {
        return Just(None).boxed();
    }
    all.prop_map(|values| {
        let mut context = Map::new();
        for (path, value) in values {
            let Some(value) = value else { continue };
            match path.as_slice() {
                [key] => drop(context.insert(key.clone(), value)),
                [outer, key] => {
                    let inner = context.entry(outer.clone()).or_insert_with(|| json!({}));
                    inner[key.as_str()] = value;
                }
                _ => unreachable!("paths in contexts have one key or two"),
            }
        }
        Some(Value::Object(context))
    })
    .boxed()
}

/// A payload with its content, or without any.
pub(crate) fn enveloped(tagging: &Tagging, name: &str, content: Option<Value>) -> Value {
    match tagging {
        Tagging::Internal { tag } => {
            let mut object = match content {
                Some(Value::Object(object)) => object,
                _ => Map::new(),
            };
            object.insert(tag.clone(), name.into());
            Value::Object(object)
        }
        Tagging::Adjacent { tag, content: key } => adjacent(tag, name, key, content),
        // In one piece until it is stored.
        Tagging::Separate { .. } => adjacent(TAG, name, CONTENT, content),
        Tagging::External => match content {
            None => name.into(),
            Some(content) => json!({ name: content }),
        },
    }
}

fn adjacent(tag: &str, name: &str, key: &str, content: Option<Value>) -> Value {
    let mut object = Map::from_iter([(tag.into(), name.into())]);
    object.extend(content.map(|content| (key.into(), content)));
    Value::Object(object)
}

/// What stands for a field of a variant. What is read inside an element stands there.
fn standing(subject: &Subject, variant: usize, at: usize) -> BoxedStrategy<Option<Value>> {
    let one = &subject.model.variants[variant].fields[at];
    let ty = || subject.field_type(one).expect("what is read has a type");
    match one.origin {
        Origin::Element => Just(None).boxed(),
        Origin::Payload | Origin::Context if chosen::is_each(subject, variant, at) => {
            chosen::collection(subject, variant, one, field)
        }
        Origin::Payload | Origin::Context if chosen::is_key(subject, variant, at) => chosen::part(one, ty()),
        Origin::Payload | Origin::Context => field(one, ty()),
    }
}

/// Payloads of one variant.
fn payload(subject: &Subject, of: usize) -> BoxedStrategy<Value> {
    let variant = &subject.model.variants[of];
    let mut names = variant.wire.clone();
    if variant.other {
        names.push("anything else".into());
    }
    let fields: Vec<_> =
        (0..variant.fields.len()).map(|at| (0..4_usize, standing(subject, of, at))).collect();
    let (tagging, variant) = (subject.model.tagging.clone(), variant.clone());
    (prop::sample::select(names), fields)
        .prop_map(move |(name, fields)| wrapped(&tagging, &variant, &name, fields))
        .boxed()
}

pub(super) fn payloads(subject: &Subject, wanted: impl Fn(Life) -> bool) -> Option<BoxedStrategy<Value>> {
    let variants = subject.model.variants.iter().enumerate();
    let variants = variants.filter(|(_, variant)| wanted(variant.life) && !variant.wire.is_empty());
    // Rows have to come before others can meet them.
    let weight = |at| match (chosen::is_strict(subject, at), chosen::is_any(subject, at)) {
        // Most of these are left out, because the row is not as they need it.
        (true, _) => 6,
        (false, true) => 3,
        (false, false) => 1,
    };
    let all: Vec<_> = variants.map(|(at, _)| (weight(at), payload(subject, at))).collect();
    (!all.is_empty()).then(|| Union::new_weighted(all).boxed())
}
