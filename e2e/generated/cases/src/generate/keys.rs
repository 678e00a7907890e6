//! Where the parts of the keys of rows come from.

use super::variants::{New, add_inside, field, is_read, path};
use super::{plain, words_of, written_type};
use crate::description::{Column, Deed, Enum, Field, From, Inside, Shape, Tagging, Variant};
use crate::dice::Dice;
use crate::operations::{KEY, OPERATIONS, Operation, Takes};
use crate::types::Ty;

/// Gives a part of a view's key one value.
pub(super) fn give(subject: &Enum, variant: &mut Variant, (view, part): (usize, usize), dice: &mut Dice) {
    let Column { name, ty, .. } = subject.views[view].columns[part];
    let deed = |operation, from| Deed { operation, view: Some(view), column: part, from };
    let key = |from| deed(&KEY, from);
    if let Some((operation, from)) = fixed(variant, ty, dice) {
        variant.deeds.push(deed(operation, from));
        return;
    }
    let inside = Inside { path: path(variant, dice), optional: false, many: false };
    let is_it = |field: &Field| std::ptr::eq(field.ty, ty) && !field.many && !field.optional;
    let known = variant.fields.iter().position(|field| is_it(field) && is_read(field));
    let newtype = variant.shape == Shape::Newtype && variant.fields.is_empty();
    if let Some(at) = known.filter(|_| dice.percent(35)) {
        variant.fields[at].deeds.push(key(From::Field));
    } else if newtype && subject.tagging != Tagging::Internal {
        variant.fields.push(Field { deeds: vec![key(From::Field)], ..plain(ty) });
    } else if variant.shape != Shape::Struct || dice.percent(10) {
        variant.deeds.push(key(From::Context(inside)));
    } else if dice.percent(15) {
        add_inside(variant, key(From::Inside(inside)), dice);
    } else {
        let new = New { ty, name, named: 60, optional: false, many: false };
        let field = field(subject, variant, &new, dice);
        variant.fields.push(Field { deeds: vec![key(From::Field)], ..field });
    }
}

/// What gives a part without reading the event, if it shall be given so.
fn fixed(variant: &Variant, ty: &Ty, dice: &mut Dice) -> Option<(&'static Operation, From)> {
    let is_recorded = |one: &&Operation| match one.takes {
        Takes::RecordedAt | Takes::Sequence => (one.types)(ty),
        Takes::EventType => (one.types)(ty) && !variant.other,
        Takes::Value | Takes::Literal | Takes::Nothing => false,
    };
    // Few types have them.
    if let Some(recorded) = OPERATIONS.iter().find(is_recorded)
        && dice.percent(40)
    {
        return Some((recorded, From::Nothing));
    }
    let set = OPERATIONS.iter().find(|one| one.takes == Takes::Literal)?;
    let is_literal = !ty.literals.is_empty() && dice.percent(20);
    is_literal.then(|| dice.pick(ty.literals)).map(|(literal, value)| (set, From::Literal(literal, value)))
}

/// The field of which each element gives a part of a view's key, and perhaps all of them; `None` if the variant has no
/// place for one.
pub(super) fn list(subject: &Enum, variant: &mut Variant, view: usize, dice: &mut Dice) -> Option<usize> {
    let columns = subject.views[view].key();
    if columns.is_empty() {
        return None;
    }
    let part = dice.below(columns.len());
    let Column { name, ty, .. } = columns[part];
    let key = |column, from| Deed { operation: &KEY, view: Some(view), column, from };
    let is_it = |field: &Field| std::ptr::eq(field.ty, ty) && field.many;
    let known = variant.fields.iter().position(|field| is_it(field) && is_read(field));
    let optional = dice.percent(25);
    let at = match variant.shape {
        Shape::Unit | Shape::Tuple => return None,
        Shape::Newtype if subject.tagging == Tagging::Internal || !variant.fields.is_empty() => return None,
        Shape::Newtype => {
            variant.fields.push(Field { many: true, optional, ..plain(ty) });
            0
        }
        Shape::Struct => match known.filter(|_| dice.percent(50)) {
            Some(at) => at,
            None if dice.percent(45) => return Some(objects(variant, view, columns, part, dice)),
            None => {
                let new = New { ty, name, named: 50, optional, many: true };
                let field = field(subject, variant, &new, dice);
                variant.fields.push(field);
                variant.fields.len() - 1
            }
        },
    };
    variant.fields[at].deeds.push(key(part, From::Field));
    for (other, column) in columns.iter().enumerate() {
        if other != part && std::ptr::eq(column.ty, ty) && dice.percent(50) {
            variant.fields[at].deeds.push(key(other, From::Field));
        }
    }
    Some(at)
}

/// A list of objects, each of which has that part and perhaps others.
fn objects(variant: &mut Variant, view: usize, columns: &[Column], part: usize, dice: &mut Dice) -> usize {
    let words = words_of(&format!("list_{}", variant.fields.len()));
    let (optional, default) = (dice.percent(25), dice.percent(30));
    let at = variant.fields.len();
    variant.fields.push(Field { words, many: true, optional, default, ..plain(written_type("Json")) });
    for column in 0..columns.len() {
        if column == part || dice.percent(50) {
            let inside = Inside { path: path(variant, dice), optional: false, many: false };
            let deed = Deed { operation: &KEY, view: Some(view), column, from: From::Inside(inside) };
            variant.fields[at].deeds.push(deed);
        }
    }
    at
}
