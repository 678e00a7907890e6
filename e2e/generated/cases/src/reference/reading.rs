//! What the operations of an event read, and what comes of it.

use super::{Done, Why};
use crate::description::{Deed, Enum, Field, From, Inside, Variant};
use crate::events::Event;
use crate::operations::{Cell, Takes};
use crate::types::{Ty, json};
use serde_json::Value;

/// An event that is being read.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) subject: &'a Enum,
    pub(super) variant: &'a Variant,
    pub(super) event: &'a Event,
    /// What its fields stand in.
    pub(super) content: Option<&'a Value>,
    /// The recorded time, as it is kept.
    pub(super) time: &'a Value,
    /// The current element of a list, and the place of the field that the list is.
    pub(super) element: Option<(usize, &'a Value)>,
}

impl Reading<'_> {
    /// Does an operation that is written on the field with that place, or on the variant.
    pub(super) fn change(
        self,
        cells: &mut [Cell],
        deed: &Deed,
        field: Option<usize>,
        done: &mut impl FnMut(Done),
    ) -> Result<(), Why> {
        let (operation, column) = (deed.operation, self.subject.column(deed));
        let Brought { values, from } = self.brought(deed, field)?;
        let cell = &mut cells[deed.column];
        let mut each =
            |value: Option<&Value>| (operation.does)(cell, column.ty, value).map_err(|_| Why::Overflow);
        match &values {
            None => each(None)?,
            Some(values) => values.iter().try_for_each(|value| each(Some(value)))?,
        }
        done(if self.subject.is_part(deed) {
            Done::Part(from)
        } else {
            let (in_view, operation) = (deed.view.is_some(), operation.name());
            Done::Operation { in_view, operation, kind: column.kind, from }
        });
        Ok(())
    }

    fn brought(self, deed: &Deed, field: Option<usize>) -> Result<Brought, Why> {
        let ty = self.subject.column(deed).ty;
        match deed.operation.takes {
            Takes::Nothing => return Ok(Brought::none("nothing")),
            Takes::RecordedAt => return Ok(Brought::one(self.time.clone(), "recorded time")),
            Takes::Sequence => return Ok(Brought::one(Value::from(self.event.sequence), "sequence")),
            Takes::EventType => {
                let name = self.variant.names(self.subject.variants_case).swap_remove(0);
                return Ok(Brought::one(Value::from(name), "event's type"));
            }
            Takes::Literal | Takes::Value => {}
        }
        let of_field = || &self.variant.fields[field.expect("a field")];
        let element = self.element.filter(|(list, _)| field == Some(*list)).map(|(_, element)| element);
        match (&deed.from, element) {
            (From::Nothing, _) => Ok(Brought::none("nothing")),
            (From::Literal(_, text), _) => Ok(Brought::one((ty.reads)(&json(text)), "literal")),
            (From::Context(inside), _) => {
                let context = self.event.context.as_ref();
                read_inside(inside, ty, context, ["context", "context, many", "context, none"])
            }
            (From::Inside(inside), Some(element)) => {
                let from = ["element, path", "element, path, many", "element, path, none"];
                read_inside(inside, ty, Some(element), from)
            }
            (From::Inside(inside), None) => {
                let whole = found(of_field(), self.content, self.subject)?;
                read_inside(inside, ty, whole, ["path", "path, many", "path, none"])
            }
            (From::Field, Some(element)) => Ok(Brought::one(read_element(element, ty)?, "element")),
            (From::Field, None) => self.of_field(of_field(), ty),
        }
    }

    fn of_field(self, field: &Field, ty: &Ty) -> Result<Brought, Why> {
        let Some(value) = found(field, self.content, self.subject)? else {
            if let Some((_, text)) = field.default_literal {
                return Ok(Brought::one((ty.reads)(&json(text)), "default of a function"));
            }
            return match (field.optional, field.default, field.many) {
                (true, ..) => Ok(Brought::none("absent")),
                (false, true, true) => Ok(Brought { values: Some(Vec::new()), from: "default of many" }),
                (false, true, false) => Ok(Brought::one(ty.default().expect("a default"), "default")),
                (false, false, _) => Err(Why::MissingKey),
            };
        };
        if value.is_null() && field.optional {
            return Ok(Brought::none("null"));
        }
        if value.is_null() && (field.many || ty.read(value).is_none()) {
            return Err(Why::NullValue);
        }
        let from = match (field.optional, field.many) {
            _ if field.set.is_some() => "set",
            (false, false) if value.is_null() => "JSON null",
            (false, false) => "field",
            (true, false) => "option",
            (false, true) => "many",
            (true, true) => "option of many",
        };
        let mut values = read(value, ty, field.many)?;
        if field.set.is_some() {
            let order = ty.order.expect("members of sets are ordered");
            values.sort_by(order);
            values.dedup();
        }
        Ok(Brought { values: Some(values), from })
    }

    /// The elements of the list that is the field with that place, as JSON; those of a set in ascending order, each once.
    pub(super) fn elements(self, place: usize) -> Result<Vec<Value>, Why> {
        let field = &self.variant.fields[place];
        let Some(value) = found(field, self.content, self.subject)? else {
            let has_default = field.optional || field.default;
            return if has_default { Ok(Vec::new()) } else { Err(Why::MissingKey) };
        };
        if value.is_null() {
            return if field.optional { Ok(Vec::new()) } else { Err(Why::NullValue) };
        }
        let elements = value.as_array().ok_or(Why::WrongValue)?;
        if field.set.is_none() {
            return Ok(elements.clone());
        }
        // What is not a value comes last.
        let is_value = |element: &&Value| field.ty.read(element).is_some();
        let (mut values, others): (Vec<&Value>, Vec<&Value>) = elements.iter().partition(is_value);
        let order = field.ty.order.expect("members of sets are ordered");
        let kept = |value: &Value| field.ty.read(value).expect("a value");
        values.sort_by(|one, other| order(&kept(one), &kept(other)));
        values.dedup_by_key(|value| kept(value));
        Ok(values.into_iter().chain(others).cloned().collect())
    }
}

/// The values that an operation gets, and where from; no list where there is none.
struct Brought {
    values: Option<Vec<Value>>,
    from: &'static str,
}

impl Brought {
    fn none(from: &'static str) -> Self {
        Self { values: None, from }
    }

    fn one(value: Value, from: &'static str) -> Self {
        Self { values: Some(vec![value]), from }
    }
}

/// What stands for a field.
fn found<'a>(field: &Field, content: Option<&'a Value>, subject: &Enum) -> Result<Option<&'a Value>, Why> {
    if field.words.is_empty() {
        return Ok(content);
    }
    let names = field.names(subject.fields_case);
    let mut found = names.iter().filter_map(|name| content?.get(name));
    let first = found.next();
    if found.next().is_some() { Err(Why::Malformed) } else { Ok(first) }
}

fn read_inside(
    inside: &Inside,
    ty: &Ty,
    whole: Option<&Value>,
    [from, many, none]: [&'static str; 3],
) -> Result<Brought, Why> {
    let mut value = whole;
    for key in &inside.path {
        value = value.and_then(|value| value.as_object()?.get(key));
    }
    match value.filter(|value| !value.is_null()) {
        None if inside.optional => Ok(Brought::none(none)),
        None => Err(Why::MissingKey),
        Some(value) => {
            let values = Some(read(value, ty, inside.many)?);
            Ok(Brought { values, from: if inside.many { many } else { from } })
        }
    }
}

fn read(value: &Value, ty: &Ty, many: bool) -> Result<Vec<Value>, Why> {
    if !many {
        return Ok(vec![ty.read(value).ok_or(Why::WrongValue)?]);
    }
    let elements = value.as_array().ok_or(Why::WrongValue)?;
    elements.iter().map(|element| read_element(element, ty)).collect()
}

fn read_element(element: &Value, ty: &Ty) -> Result<Value, Why> {
    match element {
        Value::Null => ty.read(element).ok_or(Why::NullValue),
        element => ty.read(element).ok_or(Why::WrongValue),
    }
}
