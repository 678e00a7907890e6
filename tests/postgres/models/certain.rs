//! What the n-th random model has for certain, so that no run of the usual length goes without it.

use super::draft::Draft;
use super::generate::{Dice, KINDS, can_be, maker, makes_sense};
use super::palette::TYPES;
use super::types::Ty;
use es_rollup_core::model::{Absent, Kind, Life, Literal, Operation, Shape, Source, Tagging, Takes};
use serde_json::Value;

/// How many operations a model has for certain: in the six models of a run of the usual length, each comes up, most of
/// them with two rules for what is absent.
const EACH: usize = Operation::ALL.len().div_ceil(6) + 1;

/// Variants that do some operations, each in turn, from fields whose absence means something else each time; and one of
/// each shape.
pub(super) fn draft(
    number: usize,
    tagging: &Tagging,
    columns: &mut Vec<(String, Kind, &'static Ty)>,
    dice: &mut Dice<'_>,
) -> Vec<Draft> {
    let internal = matches!(tagging, Tagging::Internal { .. });
    let mut draft = Draft::new("Certain".into(), Shape::Struct, Life::Change);
    for at in EACH * number..EACH * (number + 1) {
        let operation = Operation::ALL[at % Operation::ALL.len()];
        let rule = at % 4;
        let fits = |kind: Kind, ty: &Ty| {
            can_be(kind, ty)
                && makes_sense(operation, kind, ty)
                && !(internal && ty.is_wide())
                && match rule {
                    2 => ty.default().is_some(),
                    3 => !ty.literals().is_empty(),
                    _ => true,
                }
        };
        let all = KINDS.into_iter().flat_map(|kind| TYPES.iter().map(move |ty| (kind, ty)));
        let fitting: Vec<(Kind, &'static Ty)> = all.filter(|(kind, ty)| fits(*kind, ty)).collect();
        // A foreign one now and then, wherever it fits.
        let foreign: Vec<_> = fitting.iter().copied().filter(|(_, ty)| ty.is_foreign()).collect();
        let (kind, ty) = *dice.pick(if foreign.is_empty() || number % 2 == 1 { &fitting } else { &foreign });
        let column = columns.len();
        columns.push((format!("certain_{at}"), kind, ty));
        let (optional, absent) = match rule {
            0 => (false, Absent::Refused),
            1 => (true, Absent::None),
            2 => (false, Absent::Default),
            _ => (false, Absent::Literal(dice.pick(&ty.literals()).clone())),
        };
        let source = match operation.definition().takes {
            Takes::Nothing => Source::Nothing,
            Takes::One | Takes::Each => {
                draft.field(ty, vec![format!("of {at}"), format!("or {at}")], false, optional, absent)
            }
        };
        draft.step(column, operation, source);
    }
    let mut drafts = vec![draft];
    match number % 4 {
        0 => {
            drafts.push(Draft::new("CertainUnit".into(), Shape::Unit, Life::Change));
            drafts.push(many(true, columns, dice));
        }
        1 => {
            drafts.push(many(false, columns, dice));
            if !internal {
                drafts.push(Draft::new("CertainTuple".into(), Shape::Tuple, Life::Change));
            }
        }
        2 => {
            let mut newtype = Draft::new("CertainNewtype".into(), Shape::Newtype, Life::Change);
            let fitting: Vec<&'static Ty> = TYPES.iter().filter(|ty| !internal || ty.is_json()).collect();
            let ty = *dice.pick(&fitting);
            columns.push(("certain_newtype".into(), Kind::Value, ty));
            let source = newtype.field(ty, Vec::new(), false, false, Absent::Refused);
            newtype.step(columns.len() - 1, Operation::Set, source);
            drafts.push(newtype);
        }
        _ => {
            // Inside a field, and inside the context.
            let (_, kind, ty) = columns[0];
            let operation = maker(kind);
            let mut inside = Draft::new("CertainInside".into(), Shape::Struct, Life::Change);
            let whole = (true, Absent::None);
            let source = inside.inside(ty, "whole".into(), vec!["part".into()], false, true, whole);
            inside.step(0, operation, source);
            let mut context = Draft::new("CertainContext".into(), Shape::Unit, Life::Change);
            let source = context.in_context(ty, vec!["certain".into()], false, true);
            context.step(0, operation, source);
            // JSON, in which null is a value; but not there.
            let json =
                TYPES.iter().find(|ty| ty.examples().contains(&Value::Null)).expect("a type with null");
            let mut part = Draft::new("CertainPart".into(), Shape::Struct, Life::Change);
            let whole = (false, Absent::Refused);
            let source = part.inside(json, "whole".into(), vec!["part".into()], false, false, whole);
            columns.push(("certain_part".into(), Kind::Value, json));
            part.step(columns.len() - 1, Operation::Set, source);
            drafts.extend([inside, context, part]);
        }
    }
    // Its other name is also JSON that is not a string.
    let mut nothing = Draft::new("CertainNothing".into(), Shape::Unit, Life::Change);
    nothing.variant.wire.push("7".into());
    drafts.push(nothing);
    drafts
}

/// A variant that creates and counts.
pub(super) fn beginning(columns: &mut Vec<(String, Kind, &'static Ty)>, number: usize) -> Draft {
    let mut draft = Draft::new("CertainBeginning".into(), Shape::Struct, Life::Create);
    let ty = TYPES.iter().find(|ty| can_be(Kind::Counter, ty) && !ty.is_wide()).expect("a number");
    let operation = if number.is_multiple_of(2) { Operation::Increment } else { Operation::Decrement };
    let source = draft.field(ty, vec!["begins with".into()], false, false, Absent::Refused);
    for (name, operation, source) in [
        ("certain_number", operation, source),
        ("certain_count", Operation::Increment, Source::Literal(Literal::Integer(1))),
    ] {
        columns.push((name.into(), Kind::Counter, ty));
        draft.step(columns.len() - 1, operation, source);
    }
    draft
}

/// A set that a list of members is added to, or one without an order.
fn many(ascending: bool, columns: &mut Vec<(String, Kind, &'static Ty)>, dice: &mut Dice<'_>) -> Draft {
    let mut draft = Draft::new("CertainMany".into(), Shape::Struct, Life::Change);
    let fitting: Vec<&'static Ty> =
        TYPES.iter().filter(|ty| can_be(Kind::Set, ty) && ty.is_ordered() && !ty.is_wide()).collect();
    let ty = *dice.pick(&fitting);
    columns.push(("certain_members".into(), Kind::Set, ty));
    let source = draft.field(ty, vec!["members".into()], true, false, Absent::Refused);
    if ascending {
        draft.ascending();
    }
    draft.step(columns.len() - 1, Operation::Add, source);
    draft
}
