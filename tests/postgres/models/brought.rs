//! The values that an event brings: what stands in its fields, over JSON.

use super::held::Held;
use super::number::Number;
use super::types::Ty;
use crate::parity::case::Event;
use es_rollup::ErrorKind;
use es_rollup_core::model::{Absent, Field, Origin, Source, Variant};
use serde_json::Value;
use std::cmp::Ordering;

/// Where an event's values are read from.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) variant: &'a Variant,
    pub(super) content: Option<&'a Value>,
    pub(super) event: &'a Event,
    /// The element that chooses the row.
    pub(super) element: Option<&'a Value>,
}

impl Reading<'_> {
    /// The values that a source has for a column of the type, and where from.
    pub(super) fn brought(
        &self,
        source: &Source,
        ty: &'static Ty,
    ) -> Result<(Vec<Held>, &'static str), ErrorKind> {
        match source {
            Source::Nothing => Ok((Vec::new(), "nothing")),
            Source::RecordedAt => {
                Ok((vec![Held::Micros(self.event.recorded_at.timestamp_micros())], "recorded time"))
            }
            Source::Sequence => {
                Ok((vec![Held::Number(Number::integer(self.event.sequence.into()))], "sequence"))
            }
            Source::Literal(literal) => {
                Ok((vec![ty.literal(literal).expect("literals are of the column's type")], "literal"))
            }
            Source::Field(place) => {
                let field = &self.variant.fields[*place];
                let found = self.found(field)?;
                let (values, from) = field_values(field, ty, found.as_ref())?;
                Ok((values, place_of(field, from)))
            }
        }
    }

    /// The one value of a part of a key, and where from.
    pub(super) fn part(&self, source: &Source, ty: &'static Ty) -> Result<(Held, &'static str), ErrorKind> {
        let (values, from) = self.brought(source, ty)?;
        let [value] = <[Held; 1]>::try_from(values).expect("a part of a key has one value");
        Ok((value, from))
    }

    /// The elements of a collection, of this type if they are no objects, in the order in which they are taken. Beside
    /// them, what is wrong with any of them.
    pub(super) fn elements(
        &self,
        field: &Field,
        ty: Option<&'static Ty>,
    ) -> Result<(Vec<Value>, Vec<ErrorKind>), ErrorKind> {
        let elements = match self.found(field)? {
            None => match field.absent {
                Absent::Refused => return Err(ErrorKind::MissingKey),
                Absent::None | Absent::Default => Vec::new(),
                Absent::Literal(_) => unreachable!("a collection has no literal"),
            },
            Some(Value::Null) if field.optional => Vec::new(),
            Some(Value::Null) => return Err(ErrorKind::NullValue),
            Some(Value::Array(elements)) => elements,
            Some(_) => return Err(ErrorKind::WrongValue),
        };
        let fault = |element: &Value| match (element, ty) {
            (Value::Null, _) => Some(ErrorKind::NullValue),
            (element, Some(ty)) => ty.read(element).is_none().then_some(ErrorKind::WrongValue),
            (element, None) => (!element.is_object()).then_some(ErrorKind::WrongValue),
        };
        let faults = elements.iter().filter_map(fault).collect();
        if !field.ascending {
            return Ok((elements, faults));
        }
        // What is wrong has no place in the order.
        let ty = ty.expect("objects have no order");
        let (mut held, mut wrong): (Vec<(Held, Value)>, Vec<Value>) = (Vec::new(), Vec::new());
        for element in elements {
            match ty.read(&element) {
                Some(value) => held.push((value, element)),
                None => wrong.push(element),
            }
        }
        held.sort_by(|(one, _), (other, _)| one.compare(other));
        held.dedup_by(|(later, _), (first, _)| later.compare(first) == Ordering::Equal);
        Ok((held.into_iter().map(|(_, element)| element).chain(wrong).collect(), faults))
    }

    /// What stands for the field; `None` if nothing does.
    fn found(&self, field: &Field) -> Result<Option<Value>, ErrorKind> {
        let whole = match (field.origin, field.keys.as_slice()) {
            (Origin::Context, _) => self.event.context.as_ref(),
            (Origin::Element, _) => self.element,
            (Origin::Payload, []) => self.content,
            (Origin::Payload, keys) => {
                let mut found = keys.iter().filter_map(|key| self.content?.get(key));
                let first = found.next();
                if found.next().is_some() {
                    return Err(ErrorKind::Malformed);
                }
                first
            }
        };
        if let Some(of) = &field.whole {
            match whole {
                None if of.absent == Absent::Refused => return Err(ErrorKind::MissingKey),
                Some(Value::Null) if !of.optional => return Err(ErrorKind::NullValue),
                None | Some(Value::Null | Value::Object(_)) => {}
                Some(_) => return Err(ErrorKind::WrongValue),
            }
        }
        let inside = |value: &'_ Value, key: &String| value.as_object()?.get(key).cloned();
        let mut found = whole.cloned();
        for key in &field.path {
            found = found.as_ref().and_then(|value| inside(value, key));
        }
        Ok(if field.null_is_absent() { found.filter(|value| !value.is_null()) } else { found })
    }
}

/// Where a value comes from, in words.
fn place_of(field: &Field, from: &'static str) -> &'static str {
    match (field.origin, field.path.is_empty(), from) {
        (Origin::Context, _, "absent") => "absent from the context",
        (Origin::Context, _, _) => "context",
        (Origin::Payload, false, "absent") => "absent from a field",
        (Origin::Payload, false, _) => "inside a field",
        (Origin::Payload, true, from) => from,
        (Origin::Element, false, "absent") => "absent from an element",
        (Origin::Element, false, _) => "inside an element",
        (Origin::Element, true, _) => "an element",
    }
}

fn field_values(
    field: &Field,
    ty: &'static Ty,
    found: Option<&Value>,
) -> Result<(Vec<Held>, &'static str), ErrorKind> {
    let Field { many, optional, ref absent, .. } = *field;
    match found {
        None => match absent {
            Absent::Refused => Err(ErrorKind::MissingKey),
            Absent::None => Ok((Vec::new(), "absent")),
            Absent::Literal(literal) => {
                Ok((vec![ty.literal(literal).expect("a literal of the type")], "literal"))
            }
            Absent::Default if optional => Ok((Vec::new(), "absent")),
            Absent::Default if many => Ok((Vec::new(), "default each")),
            Absent::Default => Ok((vec![ty.default().expect("the type has a default")], "default")),
        },
        Some(Value::Null) if optional => Ok((Vec::new(), "null")),
        Some(Value::Null) if many || ty.read(&Value::Null).is_none() => Err(ErrorKind::NullValue),
        Some(Value::Array(elements)) if many => {
            let read = |element: &Value| match element {
                Value::Null => ty.read(element).ok_or(ErrorKind::NullValue),
                element => ty.read(element).ok_or(ErrorKind::WrongValue),
            };
            let from = if optional { "optional each" } else { "each" };
            let mut values: Vec<Held> = elements.iter().map(read).collect::<Result<_, _>>()?;
            if field.ascending {
                // Of equal ones the first is kept.
                values.sort_by(Held::compare);
                values.dedup_by(|later, first| later.compare(first) == Ordering::Equal);
            }
            Ok((values, from))
        }
        Some(_) if many => Err(ErrorKind::WrongValue),
        Some(value) => {
            let from = if optional { "optional" } else { "field" };
            Ok((vec![ty.read(value).ok_or(ErrorKind::WrongValue)?], from))
        }
    }
}
