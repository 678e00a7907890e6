//! The rules for the names that columns and views had before.

use super::super::column::DeclaredColumn;
use super::super::declare::{DeclaredView, Marked};
use super::super::fault::Faults;
use super::super::former::of_view;
use super::super::meaning::Meaning;
use super::names::{TAKEN, check_identifier};
use crate::emit::RESERVED_PREFIX;

/// A column has one former name, which no column of the table has now.
pub(super) fn check_columns(meaning: &Meaning<'_>, faults: &mut Faults) {
    let mut seen: Vec<(&Marked<String>, &str)> = Vec::new();
    for DeclaredColumn { name, was, .. } in meaning.all() {
        let Some(first) = was.first() else { continue };
        if let Some(other) = was.iter().find(|other| other.is != first.is) {
            faults.add(
                other.mark,
                format!(
                    "`{name}` was called `{}` elsewhere, and a column has one former name; keep one",
                    first.is
                ),
            );
            faults.add(first.mark, format!("`{}` is first written here", first.is));
        }
        let Marked { is: was, mark } = first;
        if !is_possible(first, "column", name, faults) {
            continue;
        }
        if let Some((_, why)) = TAKEN.iter().find(|(names, _)| names.contains(&was.as_str())) {
            faults.add(*mark, format!("no column was called `{was}`: {why}; remove `was`"));
        } else if was.starts_with(RESERVED_PREFIX) {
            faults.add(
                *mark,
                format!("no column was called `{was}`: names that begin with `{RESERVED_PREFIX}` are reserved for the trigger; remove `was`"),
            );
        } else if meaning.all().any(|column| column.name == *was) {
            faults.add(*mark, is_still_there("column", &meaning.called(), was, name));
        }
        check_once(first, name, &mut seen, faults);
    }
}

/// A view has a former name that no view of the enum has now.
pub(super) fn check_views(views: &[Meaning<'_>], faults: &mut Faults) {
    let all = || views.iter().filter_map(|view| view.view);
    let mut seen: Vec<(&Marked<String>, &str)> = Vec::new();
    for view in all() {
        let (DeclaredView { name, .. }, Some(was)) = (view, of_view(view)) else { continue };
        if !is_possible(was, "view", &name.is, faults) {
            continue;
        }
        if all().any(|other| other.name.is == was.is) {
            faults.add(was.mark, is_still_there("view", "the enum", &was.is, &name.is));
        }
        check_once(was, &name.is, &mut seen, faults);
    }
}

/// Whether it is a name, and another one than now.
fn is_possible(was: &Marked<String>, what: &str, name: &str, faults: &mut Faults) -> bool {
    let before = faults.0.len();
    if was.is.is_empty() {
        faults.add(
            was.mark,
            format!("the former name is empty; write the name that the {what} had before, or remove `was`"),
        );
    } else if was.is == name {
        faults.add(
            was.mark,
            format!("`{name}` is the name that the {what} has now; write the one that it had before, or remove `was`"),
        );
    } else {
        check_identifier(&was.is, "", was.mark, faults);
    }
    faults.0.len() == before
}

fn is_still_there(what: &str, of: &str, was: &str, name: &str) -> String {
    format!(
        "`{was}` is a {what} of {of}, so it did not become `{name}`; remove `was` once the migration that renames is written, or rename one of the two in a migration of its own"
    )
}

/// What had a name before has become one thing.
fn check_once<'a>(
    was: &'a Marked<String>,
    name: &'a str,
    seen: &mut Vec<(&'a Marked<String>, &'a str)>,
    faults: &mut Faults,
) {
    if let Some((_, other)) = seen.iter().find(|(one, _)| one.is == was.is) {
        faults.add(was.mark, format!("`{}` became `{other}` already; keep one of the two", was.is));
    }
    seen.push((was, name));
}
