//! What has another name in the new model than in the old one.
//!
//! A name is another one's former name if one of the two models says so: the new one on the way there, and the old one on
//! the way back. Both ways pair the same names.

use crate::alteration::{Altered, Renamed};
use crate::model::{Column, Constraint, Key, Model, View, names_in};
use crate::renamed;

/// A name, and the one before it.
type Named<'a> = (&'a str, Option<&'a str>);

/// The tables in which something has another name, with nothing else that differs. Or why a name cannot be followed.
pub(super) fn find(old: &Model, new: &Model) -> Result<Vec<Altered>, Vec<String>> {
    let mut refused = Vec::new();
    let mut tables = tables(old, new, &mut refused);
    let (before, after): (Vec<&View>, Vec<&View>) = (old.tables().collect(), new.tables().collect());
    for table in &mut tables {
        let (was, is) = (before[table.old], after[table.new]);
        let columns = pairs(&named(was), &named(is));
        table.renamed = columns.unwrap_or_else(|faults| {
            // The history has the columns of the root.
            if !matches!(is.key, Key::Version) {
                let of = |fault| format!("{}: {fault}", is.table.name);
                refused.extend(faults.into_iter().map(of));
            }
            Vec::new()
        });
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    tables.retain(|table| table.table.is_some() || !table.renamed.is_empty());
    let columns = renamed::model(old, new, &tables);
    let before: Vec<&View> = columns.tables().collect();
    for table in &mut tables {
        table.renamed_constraints = constraints(before[table.old], after[table.new], table);
    }
    Ok(tables)
}

/// The tables that both models have, also under another name.
fn tables(old: &Model, new: &Model, refused: &mut Vec<String>) -> Vec<Altered> {
    let (before, after): (Vec<&View>, Vec<&View>) = (old.tables().collect(), new.tables().collect());
    let names = |model: &Model| -> Vec<(String, Option<String>)> {
        model.views.iter().map(|view| (view.name.clone(), view.was.clone())).collect()
    };
    let (old_names, new_names) = (names(old), names(new));
    let views = pairs(&borrowed(&old_names), &borrowed(&new_names)).unwrap_or_else(|faults| {
        refused.extend(faults.into_iter().map(|fault| format!("the views: {fault}")));
        Vec::new()
    });
    let place = |views: &[&View], name: &str| {
        let is_view = |view: &&View| matches!(view.key, Key::Parts(_)) && view.name == name;
        views.iter().position(is_view).expect("the model has the view")
    };
    let mut tables = Vec::new();
    for (at, view) in after.iter().enumerate() {
        if let Some(was) = before.iter().position(|one| one.table == view.table) {
            tables.push(Altered { old: was, new: at, ..Altered::default() });
        }
    }
    for Renamed { was, is } in views {
        let (from, to) = (place(&before, &was), place(&after, &is));
        let (one, other) = (&before[from].table, &after[to].table);
        // A table that stays is the same one, whatever its view is called.
        let stays = tables.iter().any(|table: &Altered| table.old == from || table.new == to);
        if stays {
            continue;
        }
        if one.schema == other.schema {
            let table = Some(Renamed { was: one.name.clone(), is: other.name.clone() });
            tables.push(Altered { old: from, new: to, table, ..Altered::default() });
        } else {
            refused.push(format!(
                "the table of the view {is} is in another schema than that of {was}: move it back, or remove `was`"
            ));
        }
    }
    tables
}

fn borrowed(names: &[(String, Option<String>)]) -> Vec<Named<'_>> {
    names.iter().map(|(name, was)| (name.as_str(), was.as_deref())).collect()
}

fn named(view: &View) -> Vec<Named<'_>> {
    view.all_columns().map(|column: &Column| (column.name.as_str(), column.was.as_deref())).collect()
}

/// The names that have become others, or why that cannot be told.
fn pairs(old: &[Named<'_>], new: &[Named<'_>]) -> Result<Vec<Renamed>, Vec<String>> {
    let has = |all: &[Named<'_>], name: &str| all.iter().any(|(one, _)| *one == name);
    let mut refused = Vec::new();
    let mut found: Vec<Renamed> = Vec::new();
    for (was, before) in old.iter().filter(|(name, _)| !has(new, name)) {
        let said = |(is, former): &&Named<'_>| *former == Some(*was) || *before == Some(*is);
        let others: Vec<&str> =
            new.iter().filter(|(name, _)| !has(old, name)).filter(said).map(|(is, _)| *is).collect();
        match others.as_slice() {
            [] => {}
            [is] => found.push(Renamed { was: (*was).into(), is: (*is).into() }),
            [one, other, ..] => {
                refused.push(format!("{was} could be {one} or {other}: rename it in a migration of its own"));
            }
        }
    }
    for (at, Renamed { was, is }) in found.iter().enumerate() {
        if let Some(other) = found[..at].iter().find(|one| one.is == *is) {
            refused
                .push(format!("{is} could be {} or {was}: rename it in a migration of its own", other.was));
        }
    }
    if refused.is_empty() { Ok(found) } else { Err(refused) }
}

/// The constraints that are the same but for their names, in a table whose columns have the new names already.
fn constraints(was: &View, is: &View, table: &Altered) -> Vec<Renamed> {
    let has = |view: &View, name: &str| view.constraints.iter().any(|one| one.name() == name);
    let follows = |constraint: &Constraint| {
        let columns = match constraint {
            Constraint::Check { expression, .. } => names_in(expression),
            Constraint::Unique { columns, .. } | Constraint::Index { columns, .. } => columns.clone(),
        };
        table.table.is_some() || columns.iter().any(|name| table.renamed.iter().any(|one| one.is == *name))
    };
    let is_same = |one: &Constraint, other: &Constraint| match (one, other) {
        (Constraint::Check { expression: one, .. }, Constraint::Check { expression: other, .. }) => {
            one == other
        }
        (Constraint::Unique { columns: one, .. }, Constraint::Unique { columns: other, .. })
        | (Constraint::Index { columns: one, .. }, Constraint::Index { columns: other, .. }) => one == other,
        (Constraint::Check { .. } | Constraint::Unique { .. } | Constraint::Index { .. }, _) => false,
    };
    let mut found: Vec<Renamed> = Vec::new();
    for one in was.constraints.iter().filter(|one| !has(is, one.name()) && follows(one)) {
        let is_free = |name: &str| !has(was, name) && !found.iter().any(|other| other.is == name);
        let other = is.constraints.iter().find(|other| is_same(one, other) && is_free(other.name()));
        if let Some(other) = other {
            found.push(Renamed { was: one.name().into(), is: other.name().into() });
        }
    }
    found
}
