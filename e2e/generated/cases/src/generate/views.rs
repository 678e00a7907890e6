//! The views of a random enum: their names, their keys and their columns.

use super::{columns, fits};
use crate::description::{Column, Kind};
use crate::dice::Dice;
use crate::operations::{OPERATIONS, Operation};
use crate::types::{TYPES, Ty};
use crate::views::View;

/// Names that are neither keys of es-rollup nor columns, some of which mean something to Rust or SQL.
const NAMES: [&str; 4] = ["items", "final", "members", "lines"];

/// Names of parts, none of which a column has.
const PARTS: [&str; 6] = ["user", "group", "limit", "item", "yield", "kind"];

/// The place of an enum among those with views.
pub(super) fn turn(number: usize) -> usize {
    number * 2 / 5
}

/// The operation that the first view has for certain, on its first column: each in turn.
pub(super) fn certain(number: usize) -> &'static Operation {
    &OPERATIONS[turn(number) % OPERATIONS.len()]
}

/// None, one or two. The first has no key, or one of one or two parts, in turn.
pub(super) fn views(number: usize, dice: &mut Dice) -> Vec<View> {
    let mut names = NAMES;
    dice.shuffle(&mut names);
    let mut views: Vec<View> = Vec::new();
    for name in &names[..[0, 1, 0, 2, 0][number % 5]] {
        let is_first = views.is_empty();
        let parts = if is_first { [1, 2, 1, 2, 0][turn(number) % 5] } else { dice.below(3) };
        let mut all: Vec<Column> = Vec::new();
        while all.len() < parts {
            // The first of all is of the type whose turn it is.
            let turn = (is_first && all.is_empty()).then(|| turn(number));
            let part = part(&views, turn, dice);
            if !all.iter().any(|other| other.name == part.name) {
                all.push(part);
            }
        }
        all.extend(if is_first {
            columns(certain(number), turn(number) / OPERATIONS.len(), 3, dice)
        } else {
            columns(certain(number + 5), dice.below(TYPES.len()), 2, dice)
        });
        // So that an element of a list can be both key and value.
        if let Some(ty) = all[..parts].first().map(|part| part.ty)
            && let Some(other) = all.get_mut(parts + 1).filter(|column| fits(column.kind, ty))
        {
            other.ty = ty;
        }
        views.push(View { name, parts, columns: all });
    }
    views
}

/// A part of a key, perhaps one that another view has too.
fn part(views: &[View], turn: Option<usize>, dice: &mut Dice) -> Column {
    let others: Vec<&Column> = views.iter().flat_map(View::key).collect();
    if !others.is_empty() && dice.percent(50) {
        return dice.pick(&others).clone();
    }
    let is_free = |name: &&str| !others.iter().any(|other| other.name == *name);
    let names: Vec<&'static str> = PARTS.into_iter().filter(is_free).collect();
    let types: Vec<&'static Ty> = TYPES.iter().filter(|ty| ty.can_be_member()).collect();
    let ty = turn.map_or_else(|| dice.pick(&types), |turn| types[turn % types.len()]);
    Column { name: dice.pick(&names), kind: Kind::Value, ty }
}
