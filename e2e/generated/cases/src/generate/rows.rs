//! What random events do to the rows of views.

use super::keys::{give, list};
use super::variants::{add, is_inside, operate, path};
use super::{WORDS, bare, is_made, maker, plain, views};
use crate::description::{Column, Deed, Enum, Field, From, Inside, Row, Shape, Variant};
use crate::dice::Dice;
use crate::operations::{KEY, OPERATIONS, Operation, Takes};
use crate::views::{Empty, Touch};

/// Whether rows go before all else.
#[derive(Clone, Copy)]
enum Empties {
    None,
    All,
    Matching,
}

/// All that an event can do to rows; each in turn is certain for some enum.
const DEEDS: [(Touch, Empties); 11] = [
    (Touch::Create, Empties::None),
    (Touch::Add, Empties::None),
    (Touch::Change, Empties::None),
    (Touch::Remove, Empties::None),
    (Touch::Delete, Empties::None),
    (Touch::Nothing, Empties::All),
    (Touch::Nothing, Empties::Matching),
    (Touch::Create, Empties::All),
    (Touch::Create, Empties::Matching),
    (Touch::Add, Empties::All),
    (Touch::Add, Empties::Matching),
];

/// What a variant does to the rows of each view. `change`: the how-manieth of the usual events it is.
pub(super) fn rules(subject: &Enum, variant: &mut Variant, change: Option<usize>, dice: &mut Dice) {
    match variant.row {
        Row::Create | Row::Change => {}
        Row::Ignore | Row::Delete => return,
    }
    for view in 0..subject.views.len() {
        match (view, change) {
            (0, Some(0)) => {
                let deed = DEEDS[views::turn(subject.number) % DEEDS.len()];
                rule(subject, variant, view, deed, dice);
            }
            (0, Some(1)) => {
                choose(subject, variant, view, Touch::Add, dice);
                let column = subject.views[view].parts;
                add(subject, variant, views::certain(subject.number), (Some(view), column), dice);
                operations(subject, variant, view, dice);
            }
            _ if variant.other || dice.percent(60) => {
                // Half of the rest, what comes most often in practice.
                let usual = dice.percent(50);
                let deed = dice.pick(if usual { &DEEDS[..4] } else { &DEEDS });
                rule(subject, variant, view, deed, dice);
            }
            _ => {}
        }
    }
}

/// Does that to the rows of a view, if the variant can.
fn rule(
    subject: &Enum,
    variant: &mut Variant,
    view: usize,
    (touch, empties): (Touch, Empties),
    dice: &mut Dice,
) {
    // There are no rows yet when an entity is created.
    let touch = match (variant.row, touch) {
        (Row::Create, Touch::Change | Touch::Delete) => Touch::Add,
        (Row::Create | Row::Change | Row::Ignore | Row::Delete, touch) => touch,
    };
    choose(subject, variant, view, touch, dice);
    variant.rules[view].empty = match empties {
        Empties::None => None,
        Empties::All => Some(Empty::All),
        Empties::Matching => Some(matching(subject, variant, view, dice)),
    };
    operations(subject, variant, view, dice);
}

/// Chooses the row: gives each part of the key.
fn choose(subject: &Enum, variant: &mut Variant, view: usize, touch: Touch, dice: &mut Dice) {
    variant.rules[view].touch = touch;
    variant.rules[view].bare_set = dice.percent(50);
    if touch == Touch::Nothing {
        return;
    }
    if dice.percent(45) {
        variant.rules[view].each = list(subject, variant, view, dice);
    }
    for part in 0..subject.views[view].parts {
        if !is_written(variant, view, part) {
            give(subject, variant, (view, part), dice);
        }
    }
}

fn is_written(variant: &Variant, view: usize, part: usize) -> bool {
    variant.all_deeds().any(|(deed, _)| deed.view == Some(view) && deed.column == part)
}

/// Some operations on the columns of the row; at least one if nothing else says that it changes.
fn operations(subject: &Enum, variant: &mut Variant, view: usize, dice: &mut Dice) {
    if !variant.rules[view].touch.keeps() {
        return;
    }
    let (parts, columns) = (subject.views[view].parts, subject.views[view].columns.len());
    for column in parts..columns {
        if dice.percent(50) {
            of_element(subject, variant, (view, column), dice);
        }
    }
    for _ in 0..dice.between(0, 3) {
        operate(subject, variant, (Some(view), dice.between(parts, columns - 1)), dice);
    }
    let is_changed = variant.all_deeds().any(|(deed, _)| deed.view == Some(view) && deed.column >= parts);
    if variant.rules[view].touch == Touch::Change && !is_changed {
        variant.rules[view].touch = Touch::Add;
    }
}

/// An operation with what is read in each element, if elements choose rows and nothing else is done to the column.
fn of_element(subject: &Enum, variant: &mut Variant, (view, column): (usize, usize), dice: &mut Dice) {
    let Some(list) = variant.rules[view].each else { return };
    if is_written(variant, view, column) {
        return;
    }
    let Column { kind, ty, .. } = subject.views[view].columns[column];
    let inside = is_inside(&variant.fields[list]);
    if !inside && !std::ptr::eq(variant.fields[list].ty, ty) {
        return;
    }
    let reads = |one: &&Operation| {
        one.takes == Takes::Value && one.kinds.contains(&kind) && (one.types)(ty) && (inside || !one.keep)
    };
    let operations: Vec<&'static Operation> = OPERATIONS.iter().filter(reads).collect();
    let operation = dice.pick(&operations);
    let from = if inside {
        let optional = operation.keep || dice.percent(35);
        let many = operation.many && dice.percent(75);
        From::Inside(Inside { path: path(variant, dice), optional, many })
    } else {
        From::Field
    };
    variant.fields[list].deeds.push(Deed { operation, view: Some(view), column, from });
}

/// Some parts of the key, of which the event has one value each.
fn matching(subject: &Enum, variant: &mut Variant, view: usize, dice: &mut Dice) -> Empty {
    let list = variant.rules[view].each;
    let of_element = |part: usize| {
        let mut deeds = variant.all_deeds();
        let gives = |deed: &Deed| deed.view == Some(view) && deed.column == part;
        list.is_some() && deeds.any(|(deed, field)| field == list && gives(deed))
    };
    let mut parts: Vec<usize> = (0..subject.views[view].parts).filter(|part| !of_element(*part)).collect();
    if parts.is_empty() {
        return Empty::All;
    }
    dice.shuffle(&mut parts);
    parts.truncate(dice.between(1, parts.len()));
    for part in &parts {
        if !is_written(variant, view, *part) {
            give(subject, variant, (view, *part), dice);
        }
    }
    Empty::Matching(parts)
}

/// The variant without which a view would have no rows, or a column no type.
pub(super) fn brings(subject: &Enum, view: usize, dice: &mut Dice) -> Variant {
    let mut variant = bare(subject, 0, Row::Change, Shape::Struct, dice);
    variant.words = vec![dice.pick(&WORDS).to_string(), "rows".into(), subject.views[view].name.into()];
    choose(subject, &mut variant, view, dice.pick(&[Touch::Create, Touch::Add]), dice);
    for part in 0..subject.views[view].parts {
        // What is always the same says nothing of the type.
        let is_it = |deed: &Deed| deed.view == Some(view) && deed.column == part;
        if let Some(at) = variant.deeds.iter().position(is_it) {
            variant.deeds.remove(at);
            brought(subject, &mut variant, &KEY, (view, part), false);
        }
    }
    for column in subject.views[view].parts..subject.views[view].columns.len() {
        if !is_made(subject, (Some(view), column)) {
            let maker = maker(subject.views[view].columns[column].kind);
            brought(subject, &mut variant, maker, (view, column), dice.percent(30));
        }
    }
    variant
}

/// Adds a field for an operation.
fn brought(
    subject: &Enum,
    variant: &mut Variant,
    operation: &'static Operation,
    (view, column): (usize, usize),
    optional: bool,
) {
    let ty = subject.views[view].columns[column].ty;
    let words = vec!["brought".into(), format!("{}x", variant.fields.len())];
    let deeds = vec![Deed { operation, view: Some(view), column, from: From::Field }];
    variant.fields.push(Field { words, deeds, optional, ..plain(ty) });
}
