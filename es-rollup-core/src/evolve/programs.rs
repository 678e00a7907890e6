//! What each type of event does in both models, and so which entities have to be folded again.
//!
//! What an event does to a column is the same if its steps are described the same, the event's content and place in the
//! stream are, and the column is. The descriptions are those that the fingerprint covers.

use super::tables;
use crate::alteration::{Altered, Touched, Unknown};
use crate::emit::program;
use crate::model::{Constraint, Key, Model, Rule, Variant, View};

/// What becomes of each type of event.
#[derive(Debug)]
pub(super) struct Compared {
    /// The types that only the new model knows.
    pub(super) added: Vec<String>,
    /// The types that only the old model knows.
    pub(super) removed: Vec<String>,
    /// The types that do something else.
    pub(super) changed: Vec<String>,
    /// The same of all types that neither model names.
    pub(super) others: Others,
    pub(super) unknown: Option<Unknown>,
    pub(super) touched: Touched,
    pub(super) archived: Touched,
    pub(super) fillable: bool,
}

/// What becomes of the types that neither model names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Both refuse them, or treat them alike.
    Alike,
    Added,
    Removed,
    Changed,
}

pub(super) fn compare(old: &Model, new: &Model, compared: &tables::Compared) -> Compared {
    let mut names: Vec<String> = Vec::new();
    for name in new.variants.iter().chain(&old.variants).flat_map(|variant| &variant.wire) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let compare = |name: Option<&str>| match (of_type(old, name), of_type(new, name)) {
        (None, None) => Others::Alike,
        (None, Some(_)) => Others::Added,
        (Some(_), None) => Others::Removed,
        (Some(one), Some(other)) if alike(old, one, new, other, compared) => Others::Alike,
        (Some(_), Some(_)) => Others::Changed,
    };
    let outcomes: Vec<(String, Others)> =
        names.into_iter().map(|name| (name.clone(), compare(Some(&name)))).collect();
    let others = compare(None);
    let of = |outcome: Others| {
        let some = outcomes.iter().filter(|(_, one)| *one == outcome);
        some.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let not = |unwanted: &[Others]| {
        let some = outcomes.iter().filter(|(_, one)| !unwanted.contains(one));
        some.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    let (added, removed, changed) = (of(Others::Added), of(Others::Removed), of(Others::Changed));
    let unknown = (!removed.is_empty() || others == Others::Removed).then(|| Unknown {
        known: new.variants.iter().flat_map(|variant| variant.wire.iter().cloned()).collect(),
        removed: removed.clone(),
    });
    let refolds_all = refolds_all(old, new, compared);
    let touched = |which: &[Others]| {
        let some = outcomes.iter().filter(|(_, one)| which.contains(one)).map(|(name, _)| name.clone());
        let some: Vec<String> = some.collect();
        if refolds_all {
            Touched::Everybody
        } else if which.contains(&others) {
            Touched::Beyond(not(which))
        } else if some.is_empty() {
            Touched::Nobody
        } else {
            Touched::Among(some)
        }
    };
    // What only the new model knows is not stored, but an older model may have known it, and archived it.
    let (touched, archived) = (touched(&[Others::Changed]), touched(&[Others::Changed, Others::Added]));
    let fillable = is_fillable(old, new, compared);
    Compared { added, removed, changed, others, unknown, touched, archived, fillable }
}

/// Whether rows of both models can be in the tables at once: the values of the old one stay readable, and no two rows have
/// the same values where a constraint that stays wants them unique. If such values change, those of two entities may have
/// changed places.
fn is_fillable(old: &Model, new: &Model, compared: &tables::Compared) -> bool {
    let (before, after): (Vec<&View>, Vec<&View>) = (old.tables().collect(), new.tables().collect());
    compared.tables.iter().all(|table| {
        let (was, is) = (before[table.old], after[table.new]);
        let stays = |name: &String| !table.constrained.contains(name);
        let mut unique = is.constraints.iter().filter_map(|constraint| match constraint {
            Constraint::Unique { name, columns, .. } if stays(name) => Some(columns),
            Constraint::Unique { .. } | Constraint::Check { .. } | Constraint::Index { .. } => None,
        });
        table.retyped.is_empty() && unique.all(|columns| is_unmoved(old, was, new, is, columns))
    })
}

/// Whether all events of both models make the same rows of a table, with the same values in these columns.
fn is_unmoved(old: &Model, was: &View, new: &Model, is: &View, columns: &[String]) -> bool {
    let programs = |model: &Model, view: &View, name: Option<&str>| {
        of_type(model, name).map(|place| {
            let mut program = program::program(model, view, place);
            program.steps.retain(|(column, _)| columns.contains(column));
            (model.variants[place].shape, model.variants[place].life, program)
        })
    };
    let names = new.variants.iter().chain(&old.variants).flat_map(|variant| &variant.wire);
    names.map(|name| Some(name.as_str())).chain([None]).all(|name| {
        match (programs(old, was, name), programs(new, is, name)) {
            (Some(had), Some(has)) => had == has,
            // Of what only one of them knows, no event is stored.
            (None, _) | (_, None) => true,
        }
    })
}

/// The variant of an event with that type, or with a type that no model names.
fn of_type(model: &Model, name: Option<&str>) -> Option<usize> {
    let named = |variant: &Variant| variant.wire.iter().any(|one| Some(one.as_str()) == name);
    let place = |is: &dyn Fn(&Variant) -> bool| model.variants.iter().position(is);
    place(&named).or_else(|| place(&|variant| variant.other))
}

/// Whether every stream may come to other rows, or be refused, whatever its events do.
fn refolds_all(old: &Model, new: &Model, compared: &tables::Compared) -> bool {
    let tables: Vec<&View> = new.tables().collect();
    // A history has a row for each event.
    let keeps = compared.created.iter().any(|place| matches!(tables[*place].key, Key::Version));
    // A stream may have begun with any event, or may not any more.
    let begins = old.has_create() != new.has_create();
    // A check has to hold after each event, also after those that are stored.
    let before: Vec<&View> = old.tables().collect();
    let is_new = |table: &Altered| {
        let had: Vec<_> = before[table.old].checks().collect();
        let mut has = tables[table.new].checks();
        has.any(|check| !had.contains(&check))
    };
    keeps || begins || compared.tables.iter().any(is_new)
}

/// Whether two variants do the same to every table of the new model.
fn alike(old: &Model, one: usize, new: &Model, other: usize, compared: &tables::Compared) -> bool {
    let (variant, now) = (&old.variants[one], &new.variants[other]);
    if (variant.shape, variant.life) != (now.shape, now.life) {
        return false;
    }
    let (before, after): (Vec<&View>, Vec<&View>) = (old.tables().collect(), new.tables().collect());
    let created = compared.created.iter().all(|place| after[*place].rules[other] == Rule::NOTHING);
    created
        && compared.tables.iter().all(|table| {
            let (was, is) = (before[table.old], after[table.new]);
            let mut had = program::program(old, was, one);
            let has = program::program(new, is, other);
            // What happened to a column that is gone matters no more.
            had.steps.retain(|(column, _)| is.column(column).is_some());
            let remade = |(name, _): &(String, String)| {
                let meant = |model, view: &View| view.column(name).map(|one| program::column(model, one));
                meant(old, was) != meant(new, is)
            };
            had == has && !has.steps.iter().any(remade)
        })
}
