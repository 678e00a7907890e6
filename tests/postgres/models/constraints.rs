//! Constraints of random models.

use super::generate::Dice;
use super::subject::{BOUND, Subject, Typed};
use super::types::Ty;
use es_rollup_core::model::{Column, Constraint, Envelope, LONGEST_NAME, View};

/// Gives the model constraints and indexes. Which it has for certain depends on its number: uniqueness goes with the
/// models that count for certain, since counters are alike in many rows.
pub(super) fn constrain(subject: &mut Subject, number: usize, dice: &mut Dice<'_>) {
    if matches!(number % 5, 1 | 2) || dice.percent(20) {
        bound(subject, dice);
    }
    if matches!(number % 5, 1 | 4) || dice.percent(20) {
        unique(subject, dice);
    }
    if matches!(number % 5, 3 | 4) || dice.percent(20) {
        index_of_members(subject, dice);
    }
    if matches!(number % 5, 0 | 1) || dice.percent(20) {
        index(subject, dice);
    }
    for at in 0..subject.children.len() {
        let (view, typed) = (&mut subject.model.views[at], &mut subject.children[at]);
        if at == 0 || dice.percent(40) {
            typed.least = bounded(view, &typed.types, dice);
        }
        let of_key = view.parts().iter().map(|part| part.name.clone());
        let columns: Vec<String> = of_key.chain(["version".into()]).collect();
        let index = Constraint::index(&view.table, columns);
        if index.name().len() <= LONGEST_NAME && dice.percent(50) {
            view.constraints.push(index);
        }
        if dice.percent(30) {
            view.constraints.extend(unique_of_view(view, typed, dice));
        }
    }
}

/// Holds a number, if there is one, to a least value by a check.
fn bound(subject: &mut Subject, dice: &mut Dice<'_>) {
    subject.least = bounded(&mut subject.model.root, &subject.types, dice);
}

/// The same of a table; the column and the value.
fn bounded(view: &mut View, types: &[&'static Ty], dice: &mut Dice<'_>) -> Option<(usize, i64)> {
    let bounded = |(column, ty): (&Column, &&'static Ty)| !column.kind.is_many() && ty.is_number();
    let at = view.columns.iter().zip(types).position(bounded)?;
    let least = *dice.pick(&[-1_000_000, -50, -1, 0]);
    let expression = format!("\"{}\" >= {least}", view.columns[at].name);
    view.constraints.push(Constraint::Check { name: BOUND.into(), expression });
    Some((at, least))
}

/// Some columns that can be unique, if there are any: one or two.
fn unique(subject: &mut Subject, dice: &mut Dice<'_>) {
    let columns = some(subject, |column, ty| !column.kind.is_many() && ty.can_be_unique(), dice);
    let constraint = Constraint::unique(&subject.view().table, columns);
    add(subject, constraint);
}

/// A column of a view, or a part of its key, that is unique in an entity or among all of them.
fn unique_of_view(view: &View, typed: &Typed, dice: &mut Dice<'_>) -> Option<Constraint> {
    let columns = view.columns.iter().zip(&typed.types).filter(|(column, _)| !column.kind.is_many());
    let fitting = columns.chain(view.parts().iter().zip(&typed.parts)).filter(|(_, ty)| ty.can_be_unique());
    let fitting: Vec<&Column> = fitting.map(|(column, _)| column).collect();
    if fitting.is_empty() {
        return None;
    }
    let column = dice.pick(&fitting).name.clone();
    // Without the id, few rows are unique: the values are few.
    let has_id = dice.percent(60);
    let id = has_id.then(|| Envelope::Id.name().to_string());
    let constraint = Constraint::unique(&view.table, id.into_iter().chain([column.clone()]).collect());
    // The key itself is unique already, and refused.
    let is_key = matches!(view.parts(), [part] if part.name == *column) && has_id;
    (!is_key && constraint.name().len() <= LONGEST_NAME).then_some(constraint)
}

/// An index over one or two columns, and perhaps one that every rollup has.
fn index(subject: &mut Subject, dice: &mut Dice<'_>) {
    let mut columns = some(subject, |column, ty| !column.kind.is_many() && ty.can_be_unique(), dice);
    if columns.is_empty() || dice.percent(20) {
        columns.push("version".into());
    }
    let constraint = Constraint::index(&subject.view().table, columns);
    add(subject, constraint);
}

/// An index over the members of a column, if one has any.
fn index_of_members(subject: &mut Subject, dice: &mut Dice<'_>) {
    let mut columns = some(subject, |column, _| column.kind.is_many(), dice);
    columns.truncate(1);
    let constraint = Constraint::index(&subject.view().table, columns);
    add(subject, constraint);
}

/// The names of one or two columns that fit.
fn some(subject: &Subject, fits: impl Fn(&Column, &Ty) -> bool, dice: &mut Dice<'_>) -> Vec<String> {
    let columns = subject.view().columns.iter().zip(&subject.types);
    let fitting = columns.filter(|(column, ty)| fits(column, ty) && column.name.len() < 30);
    let mut names: Vec<String> = fitting.map(|(column, _)| column.name.clone()).collect();
    while names.len() > 2 || (names.len() == 2 && dice.percent(50)) {
        names.remove(dice.between(0, names.len() - 1));
    }
    names
}

fn add(subject: &mut Subject, constraint: Constraint) {
    let is_empty = match &constraint {
        Constraint::Check { .. } => false,
        Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns.is_empty(),
    };
    if !is_empty && constraint.name().len() <= LONGEST_NAME {
        subject.model.root.constraints.push(constraint);
    }
}
