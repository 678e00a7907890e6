//! Values that choose rows of views: few, so that they meet again and again, and now and then one that is none.

use super::payloads::at_path;
use super::subject::Subject;
use super::types::Ty;
use es_rollup_core::model::{Absent, Empty, Field, Origin, Rule, Source, Touch};
use proptest::prelude::*;
use proptest::strategy::Union;
use serde_json::{Map, Value, json};
use std::cmp::Ordering;

/// How many different values a part of a key has.
const FEW: usize = 3;

/// The rules of the views for a variant.
fn rules(subject: &Subject, variant: usize) -> impl Iterator<Item = &Rule> {
    subject.model.views.iter().map(move |view| &view.rules[variant])
}

/// Whether the variant does something to a view.
pub(super) fn is_any(subject: &Subject, variant: usize) -> bool {
    rules(subject, variant).any(|rule| *rule != Rule::NOTHING)
}

/// Whether the variant creates a row that must not be there, or deletes one that must.
pub(super) fn is_strict(subject: &Subject, variant: usize) -> bool {
    rules(subject, variant).any(|rule| matches!(rule.touch, Touch::Create | Touch::Delete))
}

/// Whether a view takes each element of the field.
pub(super) fn is_each(subject: &Subject, variant: usize, field: usize) -> bool {
    rules(subject, variant).any(|rule| rule.each == Some(field))
}

/// Whether the field is a part of a key.
pub(super) fn is_key(subject: &Subject, variant: usize, field: usize) -> bool {
    rules(subject, variant).any(|rule| {
        let matching = match &rule.empty {
            Some(Empty::Matching(parts)) => parts.as_slice(),
            Some(Empty::All) | None => &[],
        };
        let mut sources = matching.iter().map(|(_, source)| source).chain(&rule.key);
        sources.any(|source| *source == Source::Field(field))
    })
}

/// The first values of the type, in all ways in which they are written.
pub(super) fn few(ty: &Ty) -> Vec<Value> {
    let all = ty.examples();
    let first: Vec<_> = all.iter().take(FEW).filter_map(|one| ty.read(one)).collect();
    let is_one = |value: &Value| {
        let held = ty.read(value).expect("an example is read");
        first.iter().any(|one| one.compare(&held) == Ordering::Equal)
    };
    all.iter().filter(|value| is_one(value)).cloned().collect()
}

/// A value of a part of a key; seldom one that is none.
fn key(ty: &'static Ty) -> BoxedStrategy<Value> {
    let (few, wrong) = (prop::sample::select(few(ty)), prop::sample::select(ty.near_misses()));
    prop_oneof![60 => few, 1 => wrong, 1 => Just(Value::Null)].boxed()
}

/// What stands for a part of a key: `None` if nothing does.
pub(super) fn part(field: &Field, ty: &'static Ty) -> BoxedStrategy<Option<Value>> {
    let absent = match &field.absent {
        Absent::Refused => 1,
        Absent::None | Absent::Default | Absent::Literal(_) => 20,
    };
    prop_oneof![60 => key(ty).prop_map(Some), absent => Just(None)].boxed()
}

/// What stands for a collection whose elements choose rows; `other` gives what stands for a field that is no part of a
/// key.
pub(super) fn collection(
    subject: &Subject,
    variant: usize,
    field: &Field,
    other: impl Fn(&Field, &'static Ty) -> BoxedStrategy<Option<Value>>,
) -> BoxedStrategy<Option<Value>> {
    let element = match subject.field_type(field) {
        Some(ty) => key(ty),
        None => object(subject, variant, field, other),
    };
    let junk = prop::sample::select(vec![Value::Null, json!(5), json!("x"), json!([]), json!({})]);
    let element = prop_oneof![80 => element, 1 => junk];
    let list = prop::collection::vec(element, 0..4).prop_map(|elements| Some(Value::Array(elements)));
    let wrong = prop::sample::select(vec![json!({}), json!("x"), json!(5)]).prop_map(Some);
    let mut ways = vec![(60, list.boxed()), (1, wrong.boxed())];
    let (absent, null) = match (&field.absent, field.optional) {
        (Absent::Refused, optional) => (1, if optional { 6 } else { 1 }),
        (Absent::None | Absent::Default | Absent::Literal(_), optional) => (6, if optional { 6 } else { 1 }),
    };
    ways.extend([(absent, Just(None).boxed()), (null, Just(Some(Value::Null)).boxed())]);
    Union::new_weighted(ways).boxed()
}

/// An element that is an object with all that is read inside it.
fn object(
    subject: &Subject,
    variant: usize,
    collection: &Field,
    other: impl Fn(&Field, &'static Ty) -> BoxedStrategy<Option<Value>>,
) -> BoxedStrategy<Value> {
    let fields = subject.model.variants[variant].fields.iter().enumerate();
    let inside = fields.filter(|(_, one)| one.origin == Origin::Element && one.keys == collection.keys);
    let inside: Vec<_> = inside
        .map(|(at, one)| {
            let ty = subject.field_type(one).expect("what is read has a type");
            let value = if is_key(subject, variant, at) { part(one, ty) } else { other(one, ty) };
            let path = one.path.clone();
            value.prop_map(move |value| value.map(|value| (path.clone(), value)))
        })
        .collect();
    let merged = |values: Vec<Option<(Vec<String>, Value)>>| {
        let mut object = Map::new();
        for (path, value) in values.into_iter().flatten() {
            let (first, rest) = path.split_first().expect("a path");
            object.insert(first.clone(), at_path(rest, value));
        }
        Value::Object(object)
    };
    inside.prop_map(merged).boxed()
}
